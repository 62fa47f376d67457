"""`python bench/importing.py [FOLDER]`: how long recordings of other tools take to be imported, and exported again.

The recordings are 1,000 of a folder; without one they are cassettes of vcrpy, made as large as real ones are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from mockai.files.exporting import TARGETS, export
from mockai.files.importing import SUFFIXES, import_sources

FILES, WANTED = 1_000, 20.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = folder / "sources"
        gather(sources, FILES, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
        report = timed("imported", lambda: import_sources([sources], folder / "tapes"), WANTED)
        print(f"  {report.summary()}")
        for format in TARGETS:
            timed(f"exported as {format}", lambda format=format: export([folder / "tapes"], folder / format, format))


def gather(to: Path, count: int, originals: Path | None) -> None:
    """Fill a folder with `count` recordings."""
    files = [path for path in sorted(originals.rglob("*.*")) if path.suffix in SUFFIXES] if originals else []
    for number in range(count):
        path = to / f"{number // 100}" / f"{number}{files[number % len(files)].suffix if files else '.yaml'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[number % len(files)].read_bytes() if files else made(number))


def made(number: int) -> bytes:
    """A cassette with a completion and a stream."""
    headers = {"content-type": ["application/json"], "x-request-id": [f"req_{number}"]}
    asked = f'{{"model":"gpt-5","messages":[{{"role":"user","content":"{number} {"word " * 200}"}}]}}'
    said = [f'{{"id": "c", "choices": [{{"message": {{"content": "{"word " * 300}"}}}}]}}']
    said.append("".join(f'data: {{"choices":[{{"delta":{{"content":"{n}"}}}}]}}\n\n' for n in range(100)))
    interactions = [
        {
            "request": {"body": asked, "headers": headers, "method": "POST", "uri": URL},
            "response": {"body": {"string": text}, "headers": headers, "status": {"code": 200, "message": "OK"}},
        }
        for text in said
    ]
    return yaml.safe_dump({"interactions": interactions, "version": 1}).encode()


URL = "https://api.openai.com/v1/chat/completions"


def timed(what: str, work: Callable[[], object], wanted: float | None = None):
    """Do it, and say how long it took; seconds of this process are what counts where others use the machine."""
    began, used = time.perf_counter(), time.process_time()
    done = work()
    bound = f" (wanted < {wanted:.0f} s)" if wanted else ""
    print(f"{what}: {time.perf_counter() - began:.1f} s, {time.process_time() - used:.1f} s of CPU{bound}", flush=True)
    return done


if __name__ == "__main__":
    main()
