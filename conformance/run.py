"""`make conformance`: the official SDK's own tests of the API's resources, run against a mockai server.

The SDK's source comes from the package index, in the version that `pyproject.toml` pins, and is kept in `.conformance/`
with an environment of its own. Ends with 0 if every test passed that the SDK does not skip itself, else with 1; with 3
if the source or the environment could not be had.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

from ground import HOME, pinned, pip, serving

TESTS = ("tests/api_resources", "tests/lib/test_fine_tuning_positional_arguments.py")
NEEDED = ("pytest>=9.0.3", "pytest-asyncio>=1.4", "pytest-xdist>=3.6.1", "rich>=13.7.1", "inline-snapshot>=0.28")
WORKERS = 2


def prepared(version: str) -> tuple[Path, Path]:
    """The SDK's source and a Python that can run its tests, fetched where an earlier run has not."""
    home = HOME / version
    source, python = home / f"openai-{version}", home / "venv" / "bin" / "python"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home / "venv")
        pip(python, "install", *NEEDED, f"openai[aiohttp]=={version}")
        pip(python, "download", "--no-deps", "--no-binary", "openai", "--dest", str(home), f"openai=={version}")
        with tarfile.open(home / f"openai-{version}.tar.gz") as archive:
            archive.extractall(home, filter="data")
        (home / "ready").touch()
    return source, python


def main() -> int:
    """Fetch, serve, test; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    version = pinned()
    source, python = prepared(version)
    with serving("--missing=conjure", "--admission=schema") as url:
        print(f"openai {version}: its own tests against {url}", flush=True)
        own = {"DEFER_PYDANTIC_BUILD": "false", "TEST_API_BASE_URL": url, "NO_PROXY": "*"}
        options = ("-q", "-p", "no:cacheprovider", "-n", str(WORKERS), "--durations", "0", "--durations-min", "5")
        run = [str(python), "-m", "pytest", *TESTS, *options]
        return subprocess.run(run, cwd=source, env={**os.environ, **own}, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
