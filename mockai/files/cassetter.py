"""Cassettes of cassetter: YAML or TOML, `interactions` whose bodies say their `type`: json, text, binary (hex) or none.

In TOML, `body_type` and `body_content` stand in the request and the response themselves, and JSON is a text. The
recorder parses JSON, undoes compression and normalises text to Unicode's form NFC, so the wire's own bytes are gone.
Conversations over websockets and gRPC stand apart in the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ForeignFormatError
from .foreign import Kept, Lost, Message, headers_of, line, part, restore, restored
from .foreign_json import answered_json, encoded, parsed, sent_json
from .vcrpy import MARKS, URI, document, fields

NAME = "cassetter"
LOOKED_FOR = "`interactions:` whose bodies have a `type:`"

TABLE = re.compile(r"^\[\[interactions\]\]", re.MULTILINE)
TYPED = re.compile(r"""["']?body["']?:\s*(?:\{\s*)?["']?type["']?:\s*["']?(?:json|text|binary|none)\b""")


def recognise(text: str) -> bool:
    """Whether the text holds interactions with bodies of a type."""
    if TABLE.search(text) is not None:
        return "body_type" in text
    return MARKS.search(text) is not None and URI.search(text) is not None and TYPED.search(text) is not None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """Every interaction, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    tape = part(table(text) if TABLE.search(text) else document(text))
    found = restored(tape.get("interactions", []), line, interaction)
    for name, why in (("ws", "It was a websocket's."), ("grpc", "It was gRPC's.")):
        others = tape.get(f"{name}_interactions") or []
        count = len(others) if isinstance(others, list) else 1
        found += [Lost(f"{name} interaction {n}", f"{why} Only HTTP is imported.", True) for n in range(1, count + 1)]
    return found


def table(text: str) -> Any:
    """A file of TOML as plain values."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ForeignFormatError(f"It is not readable TOML: {error}.") from error


def interaction(recorded: Any) -> Kept:
    """One interaction; ForeignFormatError says why it cannot be restored."""
    method, uri = line(recorded)
    request, response = part(recorded, "request"), part(recorded, "response")
    return restore(method, uri, message(request), response.get("status"), message(response, uri))


def message(half: Mapping[str, Any], uri: str | None = None) -> Message:
    """A request, or the answer of a URI."""
    headers = headers_of(fields(half))
    held = half.get("body")
    if isinstance(held, Mapping):
        kind, content = held.get("type"), held.get("content")
    else:
        kind, content = half.get("body_type"), half.get("body_content")
        content = parsed(content) if kind == "json" and isinstance(content, str) else content
    if kind == "json":
        body = sent_json(content, headers) if uri is None else answered_json(uri, content, headers)
        return Message(headers, body, rewritten=True)
    if kind in (None, "none"):
        return Message(headers, b"")
    if not isinstance(content, str):
        raise ForeignFormatError(f"A body of type {kind} is {type(content).__name__}.")
    if kind == "text":
        return Message(headers, encoded(content))
    try:
        return Message(headers, bytes.fromhex(content))
    except ValueError as error:
        raise ForeignFormatError(f"A body of type {kind} is not hexadecimal: {error}.") from error
