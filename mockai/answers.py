"""Replies out of values: JSON as the API's services write it, events, bytes and nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from . import sse
from .http import Chunk, Headers, Reply


def answer(
    value: Any, *, newline: bool = False, compact: bool = False, status: int = 200, headers: Headers = ()
) -> Reply:
    """A JSON body, indented by two spaces unless `compact`; `newline` ends it with one, as some services do.

    Which do is in the recorded traffic: chat completions, completions, models and files end with a newline;
    transcriptions are compact.
    """
    style = (0 if compact else orjson.OPT_INDENT_2) | (orjson.OPT_APPEND_NEWLINE if newline else 0)
    return Reply(
        status, (("content-type", "application/json"), *headers), (Chunk(0.0, orjson.dumps(value, option=style)),)
    )


def content(data: bytes, media: str = "application/octet-stream", headers: Headers = ()) -> Reply:
    """Bytes of a media type."""
    return Reply(200, (("content-type", media), *headers), (Chunk(0.0, data),))


def events(values: Iterable[Any], *, named: bool = False, done: str | None = sse.DONE) -> Reply:
    """A stream of server-sent events; `named` and `done` as in `mockai.sse.timeline`."""
    return Reply(
        200, (("content-type", "text/event-stream; charset=utf-8"),), sse.timeline(values, named=named, done=done)
    )
