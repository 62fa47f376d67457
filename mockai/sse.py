"""Server-sent events: from objects to the chunks of a timeline, and from bytes back to events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from .http import Chunk
from .value import value

DONE = "[DONE]"


@value(frozen=True, slots=True)
class Event:
    """One event: its `data`, and its `name` where the stream names its events."""

    data: str
    name: str | None = None

    @property
    def value(self) -> Any:
        """The data as JSON; raises `orjson.JSONDecodeError` for `[DONE]` and anything else that is not JSON."""
        return orjson.loads(self.data)


def encode(event: Event) -> bytes:
    """The bytes of one event as the API frames them: line feeds only, a blank line at the end."""
    name = f"event: {event.name}\n" if event.name is not None else ""
    return f"{name}data: {event.data}\n\n".encode()


def timeline(values: Iterable[Any], *, named: bool = False, done: str | None = DONE) -> tuple[Chunk, ...]:
    """One Chunk for each object of `values`, all of them due at once; a Pace spreads them.

    `named` puts the `type` of each object into an `event:` line, as the Responses API does. `done` is the data of a
    last event that is not JSON (`[DONE]`), None for a stream without one.
    """
    events = [Event(orjson.dumps(value).decode(), value["type"] if named else None) for value in values]
    if done is not None:
        events.append(Event(done))
    return tuple(Chunk(0.0, encode(event)) for event in events)


def parse(body: bytes) -> Iterator[Event]:
    """The events of a stream, read as the standard reads them.

    LF, CR and CRLF end a line, lines that start with a colon are comments, and several `data:` lines are joined by a
    line feed. What follows the last blank line is a truncated event and is left out.
    """
    name: str | None = None
    data: list[str] = []
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n")[:-1]:
        if not line:
            if data:
                yield Event("\n".join(data), name)
            name, data = None, []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
