"""HAR 1.2, as browsers, mitmproxy and Polly.js write it.

What differs: binary content is base64; Polly.js writes a compressed body as a JSON list of such pieces; mitmproxy keeps
bytes that are no UTF-8 as lone surrogates; browsers list HTTP/2's pseudo headers, name the parts of a form instead of
its text, and give a stream's events apart (`_eventSourceMessages`) from a content without text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..errors import ForeignFormatError
from ..http import Headers, Timeline
from .foreign import UNTIMED, Kept, Lost, Message, headers_of, line, named, part, restore, restored, unbase64

NAME = "HAR"
LOOKED_FOR = '`"log"` with `"entries"`'

MARKS = re.compile(r'\s*\{\s*"log"\s*:\s*\{')
BOUNDARY = re.compile(r'boundary="?([^";\s]+)')


def recognise(text: str) -> bool:
    """Whether the text is a JSON object with a log of entries."""
    return MARKS.match(text) is not None and '"entries"' in text


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost]:
    """Every entry, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    try:
        log = part(json.loads(text), "log")
    except (ValueError, RecursionError) as error:
        raise ForeignFormatError(f"It is not readable JSON: {error}.") from error
    return restored(log.get("entries"), line, entry, "entry")


def entry(recorded: Any) -> Kept:
    """One entry; ForeignFormatError says why it cannot be restored."""
    request, response = part(recorded, "request"), part(recorded, "response")
    status = response.get("status")
    if status == 0:
        raise ForeignFormatError("It was never answered: its status is 0.")
    events = part(recorded).get("_eventSourceMessages") or response.get("_eventSourceMessages") or []
    kept = restore(*line(recorded), sent(request), status, answered(response, events))
    wait = recorded.get("timings")
    wait = wait.get("wait") if isinstance(wait, Mapping) else None
    after = round(wait) / 1000 if isinstance(wait, int | float) and 0 <= wait < DAY else 0.0
    body = timed(kept.exchange.reply.body, events)
    notes = tuple(note for note in kept.notes if note != UNTIMED or body is kept.exchange.reply.body)
    reply = replace(kept.exchange.reply, after=after, body=body)
    return Kept(replace(kept.exchange, at=moment(recorded.get("startedDateTime")), reply=reply), notes)


def timed(body: Timeline, events: Any) -> Timeline:
    """The pieces of a stream with the delays between its events, if the browser noted when each came (in seconds)."""
    told = [each.get("time") for each in events if isinstance(each, Mapping)] if isinstance(events, list) else []
    times = [time for time in told if isinstance(time, int | float)]
    if not times or len(times) != len(body):
        return body
    gaps = [0.0, *(later - earlier for earlier, later in pairwise(times))]
    if not all(0 <= gap < DAY / 1000 for gap in gaps):
        return body
    return tuple(replace(step, after=round(gap, 3)) for step, gap in zip(body, gaps, strict=True))


DAY = 86_400_000
"""Milliseconds beyond which a delay is none that anybody waited for."""


def moment(told: Any) -> float:
    """Unix seconds, to the millisecond; 0 where there is none, or none that can be read."""
    try:
        when = datetime.fromisoformat(told)
        return max(0.0, round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000) / 1000)
    except (TypeError, ValueError, OverflowError, OSError):
        return 0.0


def headers(message: Mapping[str, Any]) -> Headers:
    """The headers that were headers."""
    pairs = named(message.get("headers") or [])
    return headers_of((name, value) for name, value in pairs if not str(name).startswith(":"))


def sent(request: Mapping[str, Any]) -> Message:
    """The request; a form of which only the parts were kept is written again."""
    fields, data = headers(request), request.get("postData")
    if not isinstance(data, Mapping):
        return Message(fields, None)
    if data.get("text") is not None:
        return Message(fields, content(data))
    if not data.get("params"):
        return Message(fields, None)
    return Message(fields, form(data["params"], str(data.get("mimeType"))), rewritten=True)


def form(params: Any, kind: str) -> bytes:
    """The parts of a form as its body, in the type it had."""
    pairs = named(params)
    if "urlencoded" in kind:
        return urlencode([(str(name), str(value)) for name, value in pairs], errors="replace").encode()
    boundary = BOUNDARY.search(kind)
    if boundary is None or any(value is None for _, value in pairs):
        raise ForeignFormatError("Of the request's form only the names of its parts were recorded.")
    written = []
    for each in params:
        file = f'; filename="{each["fileName"]}"' if each.get("fileName") else ""
        of_type = f"\r\nContent-Type: {each['contentType']}" if each.get("contentType") else ""
        start = f'--{boundary[1]}\r\nContent-Disposition: form-data; name="{each.get("name")}"{file}{of_type}'
        written.append(f"{start}\r\n\r\n{each['value']}\r\n")
    return as_bytes(f"{''.join(written)}--{boundary[1]}--\r\n")


def answered(response: Mapping[str, Any], events: Any) -> Message:
    """The answer; a stream of which the browser kept the events is written again."""
    fields, held = headers(response), response.get("content")
    if isinstance(held, Mapping) and held.get("text"):
        return Message(fields, content(held))
    if isinstance(events, list) and events:
        return Message(fields, b"".join(event(each) for each in events), rewritten=True)
    if isinstance(held, Mapping) and held.get("size") == 0:
        return Message(fields, b"")
    return Message(fields, None)


def event(message: Any) -> bytes:
    """One event of a stream as it stood on the wire; `message` is the name of events without one."""
    told = part(message)
    name = told.get("eventName")
    start = f"event: {name}\n" if name and name != "message" else ""
    start += f"id: {told['eventId']}\n" if told.get("eventId") else ""
    data = "".join(f"data: {each}\n" for each in str(told.get("data", "")).split("\n"))
    return as_bytes(f"{start}{data}\n")


def content(held: Mapping[str, Any]) -> bytes:
    """The bytes of a body in any of its forms."""
    text = str(held["text"])
    if held.get("_isBinary") or coding(held) == "base64":
        return b"".join(piece(each, held) for each in pieces(text))
    return as_bytes(text)


def coding(held: Mapping[str, Any]) -> Any:
    """What was done to a text; HAR has a word for it in answers alone, so that tools have their own in requests."""
    return held.get("encoding") or held.get("_encoding")


def pieces(text: str) -> list[Any]:
    """The pieces of an encoded body: Polly.js lists them, all others have one."""
    if not text.startswith("["):
        return [text]
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ForeignFormatError(f"A body's list of pieces cannot be read: {error}.") from error
    return found if isinstance(found, list) else [found]


def piece(text: Any, held: Mapping[str, Any]) -> bytes:
    """One piece: base64, or hexadecimal as Polly.js wrote it before version 5."""
    if coding(held) == "base64":
        return unbase64(text)
    try:
        return bytes.fromhex(str(text))
    except ValueError as error:
        raise ForeignFormatError(f"A body is not hexadecimal: {error}.") from error


def as_bytes(text: str) -> bytes:
    """Text as UTF-8, and lone surrogates as the bytes they stand for."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ForeignFormatError(f"A body cannot be written as UTF-8: {error}.") from error
