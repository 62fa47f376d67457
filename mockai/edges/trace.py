"""A file of what a test asked and heard, one exchange a line, for a reader and for tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from ..control import told
from ..mock import MockAI


def write(path: Path, mock: MockAI, moment: float = 0.0, **facts: Any) -> None:
    """Write the exchanges since a moment as JSON lines; `facts` and what nobody answered stand in the first line.

    Keys are hidden and bodies cut to 10,000 characters, as in the journal of the control surface.
    """
    misses = [mock.journal.text(miss.encode("utf-8", "replace"), len(miss)) for miss in mock.misses]
    lines = [{**facts, "misses": misses}, *(told(mock, exchange) for exchange in mock.journal.since(moment))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
