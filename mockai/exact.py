"""An answer given in full: one that the API could give, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from .errors import StubError
from .http import Chunk, Reply
from .operations import Operation
from .registry import registry
from .sse import DONE, Event, encode, timeline


def value_of(exact: Any) -> Any:
    """What a user gave as an answer: bytes, or a JSON value of its own. Raises StubError for what is neither."""
    if isinstance(exact, bytes):
        return exact
    try:
        return orjson.loads(orjson.dumps(exact))
    except TypeError as error:
        raise StubError(f"exact= must be bytes or what JSON can hold ({error}).") from None


def are_events(row: Operation | None, value: Any) -> bool:
    """Whether an answer is the events of a stream: a list, where the operation can stream."""
    return isinstance(value, list) and row is not None and row.stream is not None


def check(row: Operation, value: Any) -> None:
    """Raise StubError, naming the places, for a successful answer that this operation could never give."""
    if isinstance(value, bytes):
        if row.answer == "json":
            raise StubError(f"{row.id} answers in JSON, never in bytes. Give exact= the value, or pass unchecked=True.")
        return
    events = are_events(row, value)
    name = row.stream if events else row.result
    for index, part in enumerate(value if events else [value]):
        if name is not None and not registry().valid(name, part):
            _refuse(row, name, part, f"event {index} of " if events else "")


def written(value: Any, status: int, events: bool) -> Reply:
    """The answer as it stands on the wire."""
    if isinstance(value, bytes):
        return Reply(status, (("content-type", "application/octet-stream"),), (Chunk(0, value),))
    if events:
        return Reply(status, (("content-type", "text/event-stream; charset=utf-8"),), framed(value))
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(status, (("content-type", "application/json"),), (Chunk(0, data),))


def framed(events: Sequence[Any]) -> Sequence[Chunk]:
    """Events as their family of endpoints frames them.

    A name beside the data (`{event, data}`, the assistants' streams), the `type` as the name (responses, images,
    audio), or no name and `[DONE]` at the end (completions).
    """
    if all(isinstance(event, Mapping) and event.keys() == {"event", "data"} for event in events):
        texts = [
            each["data"] if isinstance(each["data"], str) else orjson.dumps(each["data"]).decode() for each in events
        ]
        named = zip(texts, events, strict=True)
        return [Chunk(0.0, encode(Event(text, each["event"]))) for text, each in named]
    typed = all(isinstance(event, Mapping) and isinstance(event.get("type"), str) for event in events)
    return timeline(events, named=typed, done=None if typed else DONE)


def _refuse(row: Operation, schema: str, value: Any, place: str) -> None:
    from .complaint import findings

    found = findings(registry().schema(schema), value, registry().validator(schema))
    told = "\n".join(f"  - {finding.message}" for finding in found[:5])
    raise StubError(
        f"The API could never give this answer to {row.id}; {place}exact= is wrong in:\n{told}\n"
        f"Mend it, or pass unchecked=True to answer with it all the same."
    )
