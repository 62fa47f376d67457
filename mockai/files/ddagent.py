"""Recordings of Datadog's test agent: one JSON object a file, `request` and `response`, with bodies as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .foreign import Kept, Lost, Message, headers_of, line, part, restore, restored
from .vcrpy import body, document, fields, status

NAME = "dd test agent"
LOOKED_FOR = 'a JSON object of `"request"` with a `"url"` and `"response"`'

MARKS = re.compile(r'\s*\{\s*"request"\s*:\s*\{.*"url"\s*:.*"response"\s*:\s*\{', re.DOTALL)


def recognise(text: str) -> bool:
    """Whether the text is one request and one response."""
    return MARKS.match(text) is not None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """The one exchange, restored or lost; raises ForeignFormatError if the file cannot be read."""
    return restored([document(text)], line, exchange, "exchange")


def exchange(recorded: Any) -> Kept:
    """The exchange; ForeignFormatError says why it cannot be restored."""
    request, response = part(recorded, "request"), part(recorded, "response")
    asked, answered = (Message(headers_of(fields(half)), body(half.get("body"))) for half in (request, response))
    return restore(*line(recorded), asked, status(response), answered)
