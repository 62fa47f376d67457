"""A driver, a script that says what an SDK saw, run with the SDK at hand, with an older one, or by Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TYPESCRIPT = Path(__file__).parent / "typescript"


def driven(driver: ModuleType, sdk: str, *arguments: str) -> Any:
    """What `driver.main(*arguments)` gives with openai 3, or, in a process of its own, with the major version `sdk`.

    Skips the test where that version is not there.
    """
    if sdk == "3":
        return driver.main(*arguments)
    folder = Path(sys.prefix, "sdk", f"openai-{sdk}")
    if not folder.is_dir():
        pytest.skip(f"There is no {folder}; `make test` puts it there.")
    assert driver.__file__ is not None
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, driver.__file__, *arguments]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["version"].startswith(f"{sdk}."), seen["version"]
    return seen


def node(script: str, url: str, told: str = "") -> dict[str, Any]:
    """What a script of tests/typescript prints as JSON: the SDK from npm, against the server at `url`.

    `told` is its standard input. Skips the test where Node.js or the SDK is not there, but not in CI.
    """
    program = shutil.which("node")
    if program is None or not (TYPESCRIPT / "node_modules" / "openai").is_dir():
        if os.environ.get("CI"):
            pytest.fail("The TypeScript SDK is not installed: .ci/run must install Node.js, and make its packages.")
        pytest.skip("needs Node.js and `npm ci` in tests/typescript")
    environment = {**os.environ, "OPENAI_BASE_URL": url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    run = subprocess.run(
        [program, script],
        cwd=TYPESCRIPT,
        env=environment,
        input=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    seen: dict[str, Any] = json.loads(run.stdout)
    return seen
