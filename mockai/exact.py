"""An answer given in full: one that the API could give, and its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from .behaviours import renderer_of
from .errors import StubError
from .http import Chunk, Reply
from .operations import Operation
from .registry import registry
from .sse import DONE, Event, encode, timeline


def value_of(exact: Any, row: Operation | None = None) -> Any:
    """What a user gave as an answer: bytes, or a JSON value of its own, in which objects of pydantic are plain ones.

    Such objects leave out what nobody has set; what the answers of `row` must have, and may be null, is null then.
    Raises StubError for what is neither bytes nor JSON.
    """
    if isinstance(exact, bytes):
        return exact
    exact = list(exact) if isinstance(exact, Iterator) else exact
    models: list[Any] = []

    def plain(given: Any) -> Any:
        if not hasattr(given, "model_dump"):
            raise TypeError(f"Type is not JSON serializable: {type(given).__name__}")
        models.append(given)
        return given.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)

    try:
        value = orjson.loads(orjson.dumps(exact, default=plain))
    except TypeError as error:
        raise StubError(f"exact= must be bytes or what JSON can hold ({error}).") from None
    if models and row is not None:
        name = row.stream if are_events(row, value) else row.result
        for part in value if are_events(row, value) else [value]:
            if name is not None:
                _complete(name, part)
    return value


def _complete(schema: str, value: Any) -> None:
    """Put null wherever `value` lacks what the API's own answers have and what may be null."""
    from .complaint import findings

    tried: set[str] = set()
    while not registry().valid(schema, value, "produce"):
        found = findings(registry().schema(schema, "produce"), value, registry().validator(schema, "produce"))
        lacking = {each.pointer for each in found if each.code == MISSING} - tried
        for pointer in {each.pointer for each in found} & tried:
            place, name = _place(value, pointer)
            place.pop(name, None)
        if not lacking:
            return
        for pointer in lacking:
            place, name = _place(value, pointer)
            place[name] = None
        tried |= lacking


def _place(value: Any, pointer: str) -> tuple[Any, str]:
    """The object that a JSON pointer leads to, and the name in it."""
    *above, name = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for step in above:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value, name


MISSING = "missing_required_parameter"


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
            _refuse(row, name, part, f"event {index}" if events else "the body")
    if events:
        _ordered(row, value)


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


def _ordered(row: Operation, values: Sequence[Any]) -> None:
    """Raise StubError for events that the API could never send in this order; `[DONE]` is put behind chunks."""
    from .grammar import Told, disorder, told_type

    enveloped = [isinstance(each, Mapping) and each.keys() == {"event", "data"} for each in values]
    pairs = [
        (each["event"], each["data"]) if inside else (told_type(each), each)
        for each, inside in zip(values, enveloped, strict=True)
    ]
    if not any(kind for kind, _ in pairs):
        pairs.append((DONE, None))
    told = [Told(index, kind, value) for index, (kind, value) in enumerate(pairs)]
    slips = [slip for slip in disorder(row, told) if not slip.warning]
    if slips:
        lines = (f"event {slip.number}: {slip.message}" if slip.number is not None else slip.message for slip in slips)
        listed = "\n".join(f"  - {line}" for line in list(lines)[:5])
        raise StubError(
            f"The API could never answer {row.id} with these events in this order:\n{listed}\n"
            "Mend it, or pass unchecked=True to answer with it all the same."
        )


def _refuse(row: Operation, schema: str, value: Any, place: str) -> None:
    from .complaint import findings

    found = findings(registry().schema(schema), value, registry().validator(schema))
    told = "\n".join(f"  - {finding.message}" for finding in found[:5])
    way = "Mend it, or pass unchecked=True to answer with it all the same."
    known = registry().schema(schema).get("properties")
    if known and renderer_of(row.id) is not None and isinstance(value, Mapping) and not value.keys() & known.keys():
        way = f"JSON that is to be said in words is given as a text: reply(json.dumps(…)). {way}"
    raise StubError(f"The API could never give this answer to {row.id}; {place} is wrong in:\n{told}\n{way}")
