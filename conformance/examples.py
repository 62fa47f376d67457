"""`make examples`: the tests of `examples/*/`, as a user of mockai would run them, without a network.

Examples that pin the same SDK share an environment in `.conformance/`, with this checkout in it. Only making one needs
the package index. Ends with 0 if every test passed, else with 1; with 3 if an environment could not be had.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ground import HOME, ROOT, environment

NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody runs: what goes past the mock goes nowhere, from a subprocess too."""


def groups() -> dict[str, list[Path]]:
    """The folders of the examples by the SDK that they pin."""
    found: dict[str, list[Path]] = {}
    for file in sorted((ROOT / "examples").glob("*/requirements.txt")):
        sdk = next(line for line in file.read_text().split() if line.startswith("openai=="))
        found.setdefault(sdk, []).append(file.parent)
    return found


def options(folders: list[Path]) -> Iterator[str]:
    """What pip installs for these examples: this checkout, which is what they call mockai-server, and their pins."""
    yield from ("--editable", str(ROOT))
    for folder in folders:
        yield from ("--requirement", str(folder / "requirements.txt"))


def prepared(sdk: str, folders: list[Path]) -> Path:
    """A Python that can run these examples, made where an earlier run has not."""
    pins = "\n".join((folder / "requirements.txt").read_text() for folder in folders)
    return environment(HOME / f"examples-{sdk.replace('==', '-')}", pins, *options(folders))


def tested(sdk: str, folders: list[Path]) -> subprocess.CompletedProcess[str]:
    """The run of these examples' tests, with what it said."""
    run = [str(prepared(sdk, folders)), "-m", "pytest", "--mockai-block-network", "-p", "no:cacheprovider"]
    run += [str(folder) for folder in folders]
    offline = os.environ | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    return subprocess.run(
        run, cwd=ROOT / "examples", env=offline, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def main() -> int:
    """Install and test, the groups side by side; the number of those that failed."""
    began = time.monotonic()
    asked = groups()
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(tested, asked, asked.values()))
    for (sdk, folders), run in zip(asked.items(), done, strict=True):
        print(f"{sdk}: {', '.join(folder.name for folder in folders)}\n{run.stdout}", flush=True)
    print(f"examples: {time.monotonic() - began:.0f} s")
    return sum(run.returncode != 0 for run in done)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
