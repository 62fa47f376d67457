"""vcrpy cassettes: YAML or JSON, every form its versions, its httpx stubs and its users' serialisers have written.

The forms, by what stands in an interaction:
    response.status {code, message} + body {string}       vcrpy with requests, aiohttp, and httpx since vcrpy 6
    response.status_code, http_version, content           httpx before that
    parsed_body in place of body                          serialisers that store JSON as YAML; the wire's bytes are gone
Bodies are text, `!!binary`, a pickled `io.BytesIO` or null; header names may be pickled multidict strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ForeignFormatError
from .foreign import Elsewhere, Kept, Lost, Message, headers_of, restore, unbase64
from .foreign_json import answered_json, encoded, sent_json
from .foreign_yaml import load

NAME = "vcrpy"
LOOKED_FOR = "`interactions:` whose requests have a `uri:`"

MARKS = re.compile(r'^interactions:|"interactions"\s*:', re.MULTILINE)
URI = re.compile(r'^[\s-]*"?uri"?\s*:|"uri"\s*:', re.MULTILINE)
EMPTY = re.compile(r"interactions\"?\s*:\s*\[\s*\]")


def recognise(text: str) -> bool:
    """Whether the text holds interactions with a `uri`, or none at all."""
    return MARKS.search(text) is not None and (URI.search(text) is not None or EMPTY.search(text) is not None)


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """Every interaction, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    tape = document(text)
    interactions = tape.get("interactions") if isinstance(tape, Mapping) else None
    if not isinstance(interactions, list):
        raise ForeignFormatError("Its `interactions` are not a list.")
    return [interaction(number, each) for number, each in enumerate(interactions, 1)]


def document(text: str) -> Any:
    """The file as plain values. JSON is read as JSON, which YAML is not quite."""
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # flow-style YAML starts with a brace, too
    return load(text)


def interaction(number: int, recorded: Any) -> Kept | Lost:
    """One interaction, restored if everything it needs is there."""
    what = f"interaction {number}"
    try:
        request, response = section(recorded, "request"), section(recorded, "response")
        method, uri = str(request.get("method")), str(request.get("uri"))
        what = f"{what}, {method} {uri.partition('?')[0]}"
        return restore(method, uri, sent(request), status(response), answered(uri, response))
    except ForeignFormatError as error:
        return Lost(what, str(error), isinstance(error, Elsewhere))


def section(recorded: Any, name: str) -> Mapping[str, Any]:
    """The request or the response of an interaction."""
    found = recorded.get(name) if isinstance(recorded, Mapping) else None
    if not isinstance(found, Mapping):
        raise ForeignFormatError(f"It has no {name}.")
    return found


def sent(request: Mapping[str, Any]) -> Message:
    """The request as it was sent."""
    headers = headers_of(fields(request))
    stored = body(request.get("body"))
    if stored is None and request.get("parsed_body") is not None:
        return Message(headers, sent_json(request["parsed_body"], headers), rewritten=True)
    return Message(headers, stored)


def status(response: Mapping[str, Any]) -> Any:
    """The status code, wherever this version keeps it."""
    found = response.get("status", response.get("status_code"))
    return found.get("code") if isinstance(found, Mapping) else found


def answered(uri: str, response: Mapping[str, Any]) -> Message:
    """The response as it came."""
    headers = headers_of(fields(response))
    stored = body(response.get("body", response.get("content")))
    parsed = response.get("parsed_body")
    if stored is not None or parsed is None:
        return Message(headers, stored)
    return Message(headers, answered_json(uri, parsed, headers), rewritten=True)


def fields(message: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """The headers as pairs, from a mapping or from a list of pairs."""
    headers = message.get("headers") or {}
    if isinstance(headers, Mapping):
        return list(headers.items())
    if isinstance(headers, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in headers):
        return [(name, value) for name, value in headers]
    raise ForeignFormatError("Its headers are neither a mapping nor a list of pairs.")


def body(stored: Any) -> bytes | None:
    """The bytes of a body, None if it was not kept."""
    if isinstance(stored, Mapping):
        if "base64_string" in stored:
            return unbase64(stored["base64_string"])
        stored = stored.get("string")
    if stored is None or isinstance(stored, bytes):
        return stored
    if isinstance(stored, str):
        return encoded(stored)
    raise ForeignFormatError(f"A body is {stored if type(stored).__name__ == 'Unread' else type(stored).__name__}.")
