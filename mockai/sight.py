"""An answer as it is compared with others of its kind: its status, its media type, its features and its course."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from .call import Call
from .check import ERROR, content, streams
from .course import Courses, courses
from .features import Features, features
from .ground import Ground, ground, ground_of
from .http import Break, Reply
from .operations import Operation
from .sse import DONE, Event, parse

KEEPALIVE = "keepalive"
"""The event by which the API keeps a connection open while it thinks (recorded in 2025, in no schema)."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of an answer.

    `features` and `courses` are empty where there is no JSON to be seen; `unread` says what there is instead. `kinds`
    are the kinds of events, each with whether the schemas know it. `error` is the API's own, whole or in a stream.
    """

    reply: Reply
    media: str = ""
    features: Features = field(default_factory=dict)
    courses: Courses = field(default_factory=dict)
    kinds: dict[str, bool] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    unread: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the connection lasted until the end of the body."""
        return not any(isinstance(step, Break) for step in self.reply.body)

    @property
    def sort(self) -> tuple[bool, bool]:
        """Only answers of one sort can be compared: those that went well, or did not; streams, or not."""
        return self.reply.status < 400, bool(self.courses)


def family(call: Call) -> tuple[str, ...]:
    """What calls have in common whose answers should look alike: operation, model, the parameters that were given, the
    version of a beta."""
    asked = call.body if isinstance(call.body, dict) else {}
    beta = call.request.header("openai-beta")
    telling = (asked.get("model") or call.deployment, asked.get("stream"), asked.get("stream_options"), beta)
    return (call.name if call.operation else call.request.path, *map(str, telling), *sorted(asked))


def sight(call: Call, reply: Reply) -> Sight:
    """What is seen of the answer to a call."""
    row = call.operation
    media = (reply.header("content-type") or "").partition(";")[0].strip().lower()
    body = content(reply)
    if body is None:
        return Sight(reply, media, unread="bytes that are not what content-encoding says")
    if streams(reply, body):
        return _stream(reply, media, body, row)
    if not body:
        return Sight(reply, media, unread="nothing")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Sight(reply, media, unread="text" if media.startswith("text/") else "bytes that are not JSON")
    if reply.status >= 400:
        return Sight(reply, media, features(value, *_of_errors()), error=error_of(value))
    if row is None or row.result is None or row.answer != "json":
        return Sight(reply, media, features(value, None, None))
    return Sight(reply, media, features(value, ground(row.result, "accept"), ground(row.result, "produce")))


def error_of(value: Any) -> dict[str, Any] | None:
    """The error that a body or an event holds."""
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, dict) else None


def _stream(reply: Reply, media: str, body: bytes, row: Operation | None) -> Sight:
    name = row.stream if row is not None else None
    grounds = (ground(name, "accept"), ground(name, "produce")) if name is not None else (None, None)
    seen: list[tuple[str, Any]] = []
    found: Features = {}
    kinds: dict[str, bool] = {}
    error = None
    for event in parse(body):
        kind, value = _read(event)
        if kind == KEEPALIVE:
            continue
        seen.append((kind, value))
        if value is None:
            continue
        if isinstance(value, dict) and error_of(value) and not value.keys() & {"type", "object"}:
            error = error_of(value)
            continue
        kinds[kind] = _knows(grounds[0], kind)
        if kinds[kind]:
            accepted, produced = (_enclosed(each, kind) for each in grounds)
            features(value, accepted, produced, (f"{{{kind}}}",), found)
    return Sight(reply, media, found, courses(seen), kinds, error)


def _read(event: Event) -> tuple[str, Any]:
    """An event's kind and its JSON; None for `[DONE]` and for what is none."""
    try:
        value = event.value
    except orjson.JSONDecodeError:
        return (DONE if event.data == DONE else event.name or "text"), None
    inner = value if isinstance(value, dict) else {}
    kind = event.name or inner.get("type") or inner.get("object")
    return kind if isinstance(kind, str) else "event", value


def _enclosed(schema: Ground | None, kind: str) -> Ground | None:
    """The ground of an event's data; the assistants' schemas describe it below the event's name."""
    if schema is not None and all({"event", "data"} <= arm.get("properties", {}).keys() for arm in schema.objects):
        return schema.narrowed({"event": kind, "data": {}}).member("data")
    return schema


def _knows(schema: Ground | None, kind: str) -> bool:
    """Whether events of this kind are known; all are where no schema speaks of them."""
    if schema is None or kind == "event":
        return True
    named = [words for name in ("type", "event", "object") if (words := _words(schema, name))]
    return not named or any(kind in words for words in named)


def _words(schema: Ground, name: str) -> frozenset[str] | None:
    found = schema.member(name)
    return found.words if found is not None else None


@cache
def _of_errors() -> tuple[Ground, Ground]:
    return ground_of(ERROR), ground_of(ERROR)
