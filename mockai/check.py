"""Whether an exchange is one that the API could have had: its request, its answer and every event, held against the
schemas in their accepting reading (what the API takes or has ever sent); the order of its events against the grammar
of such streams, and figures and names of the answer against each other.

Fields that no schema knows are nothing wrong: the API adds some every month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias

import orjson

from .admit import body_of, query_of
from .call import Call
from .coding import coded, coding_of, undone
from .complaint import findings
from .errors import ApiError
from .expected import Resolver, alternatives
from .grammar import Slip, Told, disorder, sums, told_type
from .http import Break, Exchange, Reply
from .operations import Operation
from .registry import registry
from .sentences import dotted, pointer
from .sse import DONE, Event, parse
from .understand import understand

REFUSED = frozenset((400, 404, 409, 413, 415, 422))
"""Statuses by which the API said itself that it does not take the request: there is nothing to hold against it."""

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "anyOf": [
                {
                    "type": "object",
                    "required": ["message", "type", "param", "code"],
                    "properties": {
                        "message": {"type": "string"},
                        **dict.fromkeys(("type", "param", "code"), MAYBE_TEXT),
                    },
                },
                {
                    "type": "object",
                    "required": ["message", "code"],
                    "properties": {"message": TEXT, "type": MAYBE_TEXT, "code": TEXT},
                },
            ]
        }
    },
}
"""An error's body. OpenAI's has all four fields in every recording; Azure's has a code that is text, and no param."""


Level: TypeAlias = Literal["error", "warning"]
"""`error`: the API could not have said this. `warning`: it has, now and then, and a client should not count on it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with an exchange.

    `part` is `request`, `query`, `response`, `event N` (from 1, as they stand in the stream), or `order`. `path` is the
    place in it as the API writes places (`choices[0].delta`, empty for the whole), `pointer` the same as a JSON
    pointer. `event` is the number of the event, None where it is not about one, or about the end of the stream.
    """

    part: str
    message: str
    path: str = ""
    pointer: str = ""
    event: int | None = None
    level: Level = "error"


def check(exchange: Exchange) -> list[Flaw] | None:
    """Everything wrong with an exchange, in its order; None for a path that the API does not have."""
    call = understand(exchange.request)
    row = call.operation
    if row is None:
        return None
    asked = [] if exchange.reply.status in REFUSED else _request(call, row)
    return [*asked, *_response(call, exchange.reply, row)]


def events(exchange: Exchange) -> int:
    """How many events the answer has; 0 if it is no stream."""
    body = content(exchange.reply)
    return sum(1 for _ in parse(body)) if body and streams(exchange.reply, body) else 0


def content(reply: Reply) -> bytes | None:
    """The body without its content coding; None where that cannot be undone."""
    coding = coding_of(reply.headers) or ""
    return undone(reply.content, coding) if coded(coding) else reply.content


def streams(reply: Reply, body: bytes) -> bool:
    """Whether a body is a stream of events: by its label, or by its looks (chat streams of 2023 are labelled JSON)."""
    return (reply.header("content-type") or "").startswith("text/event-stream") or body.startswith(
        (b"data:", b"event:")
    )


def _request(call: Call, row: Operation) -> Iterator[Flaw]:
    fields = query_of(call, row)
    if row.query is not None and fields is not None:
        yield from _flaws("query", row.query, fields)
    try:
        body = body_of(call, row)
    except ApiError as error:
        yield Flaw("request", error.message)
        return
    if row.body is not None and body is not None:
        yield from _flaws("request", row.body, body)


def _response(call: Call, reply: Reply, row: Operation) -> Iterator[Flaw]:
    body = content(reply)
    if body is None:
        yield Flaw("response", f"The body is not what content-encoding: {coding_of(reply.headers)} says.")
    elif reply.status >= 400:
        yield from _error(reply, body)
    elif 200 <= reply.status < 300 and streams(reply, body):
        events = list(parse(body))
        if row.stream is not None:
            yield from _events(events, row.stream)
        yield from _order(call, reply, row, events)
    elif 200 <= reply.status < 300 and row.answer == "json" and row.result is not None:
        yield from _result(reply, body, row.result)


def _error(reply: Reply, body: bytes) -> Iterator[Flaw]:
    """JSON must be an error; proxies and gateways before the API answer in plain text."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        if "json" in (reply.header("content-type") or "") and body and not _broken(reply):
            yield Flaw("response", "The body is not JSON, although its content-type says so.")
        return
    yield from _flaws("response", None, value)


def _result(reply: Reply, body: bytes, name: str) -> Iterator[Flaw]:
    if _broken(reply):
        return
    media = reply.header("content-type") or "application/json"
    if "json" not in media and name.startswith("audio/"):
        return  # text, srt and vtt have no schema
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield Flaw("response", f"The body is not JSON, and {name.rpartition('.')[2]} is (its content-type: {media}).")
        return
    yield from _flaws("response", name, value)
    for slip in sums(value):
        yield _slipped("response", slip)


def _events(events: Sequence[Event], name: str) -> Iterator[Flaw]:
    for number, event in enumerate(events, 1):
        if event.data != DONE:
            for flaw in _event(f"event {number}", event, name):
                yield replace(flaw, event=number)


def _order(call: Call, reply: Reply, row: Operation, events: Sequence[Event]) -> Iterator[Flaw]:
    """What is wrong with the order of events, and with what they say of each other."""
    told = list(_told(events))
    asked = {**(query_of(call, row) or {}), **(call.body if isinstance(call.body, dict) else {})}
    for slip in disorder(row, told, asked, whole=not _broken(reply)):
        yield _slipped("order", slip)
    for event in told:
        for slip in sums(event.value):
            yield replace(_slipped(f"event {event.number}", slip), event=event.number)


def _told(events: Iterable[Event]) -> Iterator[Told]:
    for number, event in enumerate(events, 1):
        try:
            value = None if event.data == DONE else event.value
        except orjson.JSONDecodeError:
            continue
        yield Told(number, event.name or told_type(value, event.data), value)


def _slipped(part: str, slip: Slip) -> Flaw:
    return Flaw(
        part, slip.message, dotted(slip.path), pointer(slip.path), slip.number, "warning" if slip.warning else "error"
    )


def _event(part: str, event: Event, name: str) -> Iterator[Flaw]:
    try:
        value = event.value
    except orjson.JSONDecodeError:
        yield Flaw(part, f"The data is neither JSON nor {DONE}.")
        return
    kind = value.get("type") if isinstance(value, dict) else None
    if _enveloped(name):
        value = {"event": event.name, "data": value}
    elif event.name is not None and kind is not None and event.name != kind:
        yield Flaw(part, f"The event is named {event.name!r}, and its data is of type {kind!r}.", "type", "/type")
    if isinstance(value, dict) and "error" in value and not value.keys() & {"type", "object", "event"}:
        yield from _flaws(part, None, value)
    else:
        yield from _flaws(part, name, value)


@cache
def _enveloped(name: str) -> bool:
    """Whether a schema describes events as an object of `event` and `data`, as the assistants' streams have them."""
    schema = registry().schema(name)
    arms = alternatives(Resolver(schema), [schema])
    return all(isinstance(arm, dict) and {"event", "data"} <= arm.get("properties", {}).keys() for arm in arms)


def _flaws(part: str, name: str | None, value: Any) -> Iterator[Flaw]:
    """What is wrong with a value by the schema called `name`, or as an error where there is no name."""
    if name is None:
        found = findings(ERROR, value)
    elif registry().valid(name, value):
        return
    else:
        found = findings(registry().schema(name), value, registry().validator(name))
    for finding in found:
        yield Flaw(part, finding.message, finding.path, finding.pointer)


def _broken(reply: Reply) -> bool:
    """Whether the connection ended before the body did: what there is of it need not be whole."""
    return any(isinstance(step, Break) for step in reply.body)
