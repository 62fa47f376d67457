"""A file of what a test asked and heard, one exchange a line, for a reader and for tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from ..control import told
from ..mock import MockAI


def write(path: Path, mock: MockAI, moment: float = 0.0, **facts: Any) -> None:
    """Write the exchanges since a moment as JSON lines.

    In the first line stand `facts`, what nobody answered, and the numbers of the recordings that did, by cassette.

    Keys are hidden and bodies cut to 10,000 characters, as in the journal of the control surface.
    """
    misses = [mock.journal.text(miss.encode("utf-8", "replace"), len(miss)) for miss in mock.misses]
    played: dict[str, list[int]] = {}
    for cassette in mock.cassettes:
        unused = {(take.name, take.number) for take in cassette.unused()}
        for take in (take for takes in cassette.takes.values() for take in takes):
            numbers = played.setdefault(str(Path(take.name).resolve()), [])
            numbers += [] if (take.name, take.number) in unused else [take.number]
    first = {**facts, "misses": misses, "cassettes": {name: sorted(numbers) for name, numbers in played.items()}}
    lines = [first, *(told(mock, exchange) for exchange in mock.journal.since(moment))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
