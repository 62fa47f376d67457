"""What a fault is: a value that turns a Reply into a spoiled one."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from ..call import Call
from ..coding import coded, undone
from ..errors import StubError
from ..events import is_stream, pieces
from ..http import Break, Chunk, Reply, Timeline
from ..ongoing import Ongoing


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. Raises StubError for a figure that cannot be: less than nothing, or not a number.

    Each has one of two ways to say it: an early one `instead`, any other `__call__`; nobody asks it for the other.
    """

    name: ClassVar[str]
    """What headers, files and the control surface call it."""
    early: ClassVar[bool] = False
    """Whether nothing is done for the request at all: no answer is used up, nothing is stored."""
    told: ClassVar[bool] = False
    """Whether the API itself tells of it, so that it can happen where there is no connection: in a line of a batch."""

    def __post_init__(self) -> None:
        for field in fields(self):
            wrong = _wrong(str(field.type), getattr(self, field.name))
            if wrong:
                raise StubError(f"{self.name}({field.name}={getattr(self, field.name)!r}): give {wrong}.")

    def __call__(self, reply: Reply) -> Reply:
        """The spoiled reply."""
        raise NotImplementedError

    def instead(self, call: Call) -> Reply:
        """What an early fault answers."""
        raise NotImplementedError

    def __str__(self) -> str:
        told = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value, usual in told if value != usual)})"


def _wrong(kind: str, value: Any) -> str | None:
    """What a figure of this annotation should have been, or None."""
    if value is None and "None" in kind:
        return None
    if kind.startswith("int"):
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return None if good else "a whole number, 0 or more"
    if kind.startswith("float"):
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
        return None if good else "seconds, 0 or more"
    return None if isinstance(value, str) else "a text"


@dataclass(frozen=True, slots=True)
class BodyFault(Fault):
    """A fault of the timeline alone: `spoil` gets it piece by piece, events of a stream one by one."""

    def __call__(self, reply: Reply) -> Reply:
        if isinstance(reply.body, Ongoing) or reply.status == 0:
            return reply
        if coded(reply.header("content-encoding")):
            reply = _plain(reply)
        return Reply(reply.status, reply.headers, tuple(self.spoil(pieces(reply), is_stream(reply))), reply.after)

    def spoil(self, body: Timeline, stream: bool) -> Timeline:
        """The timeline as it comes to the client; `stream` says whether its chunks are events."""
        raise NotImplementedError


def _plain(reply: Reply) -> Reply:
    """A reply without its content coding, in one piece; one that cannot be read stays as it is."""
    data = undone(reply.content, reply.header("content-encoding") or "")
    if data is None:
        return reply
    headers = tuple(pair for pair in reply.headers if pair[0] not in ("content-encoding", "content-length"))
    ends = [chunk for chunk in reply.body if isinstance(chunk, Break)]
    return Reply(reply.status, headers, (Chunk(reply.body[0].after if reply.body else 0.0, data), *ends), reply.after)
