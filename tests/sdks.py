"""A driver, a script that says what an SDK saw, run with the SDK at hand or with an older one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


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
