"""Sessions of websockets as pydantic-ai's tests record them: YAML, `interactions` of a `kind` and a `direction`.

They are known, so that the report can name them, and lost: a cassette holds exchanges of HTTP.
"""

from __future__ import annotations

import re
from pathlib import Path

from .foreign import Kept, Lost, part
from .vcrpy import MARKS, document

NAME = "websocket session"
LOOKED_FOR = "`interactions:` with a `kind:` and a `direction:`"

KIND = re.compile(r"^[\s-]*kind\s*:\s*\w+", re.MULTILINE)
DIRECTION = re.compile(r"^\s*direction\s*:\s*(sent|received)", re.MULTILINE)


def recognise(text: str) -> bool:
    """Whether the text holds messages that were sent and received."""
    start = text[:2_000]
    return MARKS.search(start) is not None and KIND.search(start) is not None and DIRECTION.search(start) is not None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """The session, lost; raises ForeignFormatError if the file cannot be read."""
    messages = part(document(text)).get("interactions")
    count = len(messages) if isinstance(messages, list) else 0
    return [Lost(f"a session of {count} messages", "It was a websocket's. Only HTTP is imported.")]
