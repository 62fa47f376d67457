"""An exchange as JSON: the fields that were asked with, and the objects that were answered."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeAlias

import orjson

from .admit import body_of
from .coding import CodingError, decode
from .errors import ApiError
from .http import Exchange
from .understand import understand

Json: TypeAlias = dict[str, Any]


def asked(exchange: Exchange) -> Json:
    """The fields of a request: of its body, JSON or a form (files as their bytes), and of its path."""
    with suppress(ApiError):
        call = understand(exchange.request, exchange.number, 0)
        if call.operation is not None:
            parts = call.body if isinstance(call.body, tuple) else ()
            files = {part.name: part.data for part in parts if part.filename is not None}
            return {**(body_of(call, call.operation) or {}), **files, **call.values}
    return {}


def told(exchange: Exchange) -> list[Json]:
    """The JSON objects of an answer: its body, or the events of its stream."""
    reply = exchange.reply
    media = reply.header("content-type") or ""
    if not media.startswith(("application/json", "text/event-stream")):
        return []
    body = reply.content
    if found := _objects([body]):  # as it mostly stands there: one object that nothing has coded
        return found
    coding = reply.header("content-encoding")
    if coding:
        with suppress(CodingError):
            body = decode(body, coding)
    if body.startswith((b"data:", b"event:", b":")):
        return _objects([line[5:] for line in body.splitlines() if line.startswith(b"data:")])
    return _objects([body])


def _objects(parts: Iterable[bytes]) -> list[Json]:
    found = []
    for part in parts:
        try:
            value = orjson.loads(part)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
