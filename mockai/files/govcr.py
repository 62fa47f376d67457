"""Cassettes of go-vcr, versions 1 to 4: YAML or JSON, `interactions` whose requests have a `url`.

Go writes the status as a number in `code` beside its line in `status`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .foreign import Kept, Lost, Message, headers_of, line, part, restore, restored
from .vcrpy import MARKS, URI, body, document, fields

NAME = "go-vcr"
LOOKED_FOR = "`interactions:` whose requests have a `url:`"

URL = re.compile(r'^[\s-]*url\s*:|"url"\s*:', re.MULTILINE)


def recognise(text: str) -> bool:
    """Whether the text holds interactions with a `url`."""
    return MARKS.search(text) is not None and URL.search(text) is not None and URI.search(text) is None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """Every interaction, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    return restored(part(document(text)).get("interactions"), line, interaction)


def interaction(recorded: Any) -> Kept:
    """One interaction; ForeignFormatError says why it cannot be restored."""
    request, response = part(recorded, "request"), part(recorded, "response")
    asked, answered = (Message(headers_of(fields(half)), body(half.get("body"))) for half in (request, response))
    return restore(*line(recorded), asked, response.get("code"), answered)
