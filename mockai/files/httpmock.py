"""Recordings of httpmock for Rust: YAML, one document an exchange, `when` (the request) and `then` (the answer).

They hold no host, so the path decides whether it was the OpenAI API. A binary answer is base64 and says so in
`body_encoding`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..errors import ForeignFormatError
from .foreign import Kept, Lost, Message, headers_of, named, part, restore, restored, unbase64
from .foreign_yaml import load
from .vcrpy import body as body_of

NAME = "httpmock"
LOOKED_FOR = "`when:` and `then:`"

WHEN = re.compile(r"^when:", re.MULTILINE)
THEN = re.compile(r"^then:", re.MULTILINE)
DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""Where a document starts: YAML allows this at the start of a line nowhere else."""


def recognise(text: str) -> bool:
    """Whether the text has a `when` and a `then`."""
    return WHEN.search(text) is not None and THEN.search(text) is not None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """Every document as an exchange, restored or lost; raises ForeignFormatError if the file cannot be read."""
    documents = [load(each) for each in DOCUMENT.split(text) if each.strip()]
    return restored([each for each in documents if each is not None], line, exchange, "document")


def line(recorded: Any) -> tuple[str, str]:
    """Method and path with its query; a request without a method matched any, and recordings always have one."""
    when = part(recorded, "when")
    query = named(when.get("query_param") or [])
    path = str(when.get("path"))
    try:
        return str(when.get("method")).upper(), f"{path}?{urlencode(query)}" if query else path
    except (TypeError, ValueError) as error:
        raise ForeignFormatError(f"Its query cannot be written: {error}.") from error


def exchange(recorded: Any) -> Kept:
    """One document; ForeignFormatError says why it cannot be restored."""
    when, then = part(recorded, "when"), part(recorded, "then")
    asked, answered = (Message(headers_of(named(half.get("header") or [])), stored(half)) for half in (when, then))
    return restore(*line(recorded), asked, then.get("status"), answered)


def stored(half: Mapping[str, Any]) -> bytes | None:
    """The body of a request or an answer; none at all was an empty one where nothing could have been in it."""
    body = half.get("body")
    return unbase64(body) if half.get("body_encoding") == "base64" and body is not None else body_of(body)
