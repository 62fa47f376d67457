"""What tests of mockai by other people's code stand on: environments of their own, and a server of this checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".conformance"
STOP_SECONDS = 15
UNAVAILABLE = 3


def pinned() -> str:
    """The version of the SDK that the development dependencies name."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return str(next(each for each in groups["dev"] if each.startswith("openai==")).partition("==")[2])


def pip(python: Path, command: str, *arguments: str) -> None:
    """Run pip for the environment of `python`; where it fails, say so and what to do."""
    run = [sys.executable, "-m", "pip", "--python", str(python), command, "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*run, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        fail(f"pip could not {command} {arguments[-1]}.", *reason, "Is the package index within reach?")


def environment(home: Path, ready: str, *options: str) -> Path:
    """The Python of the environment in `home`, made by pip's `options` unless it was already, for the same `ready`."""
    python, mark = home / "bin" / "python", home / "ready"
    if not mark.exists() or mark.read_text() != ready:
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home)
        pip(python, "install", "--no-compile", *options)
        mark.write_text(ready)
    return python


def fail(*lines: str) -> NoReturn:
    """End because the world outside does not let the tests run."""
    print("conformance:", *lines, file=sys.stderr)
    sys.exit(UNAVAILABLE)


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """The address of a mockai server, as a process of its own that ends with the block."""
    command = [sys.executable, "-m", "mockai.cli", "serve", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline().strip()
            if not said.startswith("MOCKAI_URL="):
                fail("the server did not start.")
            yield said.removeprefix("MOCKAI_URL=")
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
