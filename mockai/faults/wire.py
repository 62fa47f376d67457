"""Faults of the connection and of the bytes on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..call import Call
from ..errors import StubError
from ..events import cut
from ..http import Break, Chunk, Reply, Timeline, sendable
from .fault import BodyFault, Fault

BROKEN = b"\xff\xfe"  # bytes that UTF-8 never has
UNREADABLE = b"#~#~"  # what no JSON holds outside of a string


# -- of the head


@dataclass(frozen=True, slots=True)
class slow_head(Fault):
    """Status and headers come `seconds` later."""

    name = "slow_head"
    seconds: float = 1.0

    def __call__(self, reply: Reply) -> Reply:
        return Reply(reply.status, reply.headers, reply.body, reply.after + self.seconds)


@dataclass(frozen=True, slots=True)
class never(Fault):
    """The request is taken, and no answer ever comes."""

    name, early = "never", True

    def instead(self, _call: Call) -> Reply:
        return Reply(0, (), (Break(0.0, "stall"),))


@dataclass(frozen=True, slots=True)
class drop(Fault):
    """The connection ends before a single byte of an answer: `how` is `close` or `reset`."""

    name, early = "drop", True
    how: str = "close"

    def __post_init__(self) -> None:
        if self.how not in ("close", "reset"):
            raise StubError(f"drop(how={self.how!r}): a connection ends by close or by reset.")

    def instead(self, _call: Call) -> Reply:
        return Reply(0, (), (Break(0.0, self.how),))


@dataclass(frozen=True, slots=True)
class content_type(Fault):
    """The answer says it is of another media type than it is."""

    name = "content_type"
    media: str = "text/html"

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        if not sendable("content-type", self.media):
            raise StubError(f"content_type(media={self.media!r}): a header has no such characters.")

    def __call__(self, reply: Reply) -> Reply:
        rest = tuple(pair for pair in reply.headers if pair[0] != "content-type")
        return Reply(reply.status, (("content-type", self.media), *rest), reply.body, reply.after)


# -- of the body


@dataclass(frozen=True, slots=True)
class slow_first_token(BodyFault):
    """The head comes in time, the first byte of the body `seconds` later."""

    name = "slow_first_token"
    seconds: float = 1.0

    def spoil(self, body: Timeline, _stream: bool) -> Timeline:
        return [replace(chunk, after=chunk.after + self.seconds) if not n else chunk for n, chunk in enumerate(body)]


@dataclass(frozen=True, slots=True)
class Cut(BodyFault):
    """A fault that ends the body after `chunks` events or `bytes`."""

    how: ClassVar[str]
    chunks: int | None = None
    bytes: int | None = None

    def spoil(self, body: Timeline, stream: bool) -> Timeline:
        before, _ = cut(body, stream, self.chunks, self.bytes)
        return [*before, Break(0.0, self.how)] if self.how else before


@dataclass(frozen=True, slots=True)
class truncate(Cut):
    """The body ends early as if it were whole: a stream without its last events, JSON cut short."""

    name, how = "truncate", ""


@dataclass(frozen=True, slots=True)
class close(Cut):
    """The connection is closed in mid-body."""

    name, how = "close", "close"


@dataclass(frozen=True, slots=True)
class reset(Cut):
    """The connection is reset in mid-body."""

    name, how = "reset", "reset"


@dataclass(frozen=True, slots=True)
class stall(Cut):
    """Nothing more comes, and the connection stays open until the client gives up."""

    name, how = "stall", "stall"


@dataclass(frozen=True, slots=True)
class empty(BodyFault):
    """Status and headers, and nothing after them."""

    name = "empty"

    def spoil(self, _body: Timeline, _stream: bool) -> Timeline:
        return ()


@dataclass(frozen=True, slots=True)
class OneChunk(BodyFault):
    """A fault of one event, number `chunk` from 1; the one in the middle if it is not told which."""

    chunk: int | None = None

    def spoil(self, body: Timeline, _stream: bool) -> Timeline:
        place = (len(body) - 1) // 2 if self.chunk is None else max(self.chunk, 1) - 1
        if not 0 <= place < len(body) or isinstance(body[place], Break):
            return body
        return [*body[:place], *self.struck(body[place:])]

    def struck(self, rest: Timeline) -> Timeline:
        """The events from the one that is struck on."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class garble(OneChunk):
    """An event whose data is not JSON any more."""

    name = "garble"

    def struck(self, rest: Timeline) -> Timeline:
        return [_overwritten(rest[0], UNREADABLE), *rest[1:]]


@dataclass(frozen=True, slots=True)
class invalid_utf8(OneChunk):
    """An event with bytes that no text has."""

    name = "invalid_utf8"

    def struck(self, rest: Timeline) -> Timeline:
        return [_overwritten(rest[0], BROKEN), *rest[1:]]


def _overwritten(chunk: Chunk | Break, by: bytes) -> Chunk:
    """A chunk with other bytes right behind the brace that opens its JSON, where they are part of no string."""
    assert isinstance(chunk, Chunk)
    place = chunk.data.find(b"{") + 1
    return Chunk(chunk.after, chunk.data[:place] + by + chunk.data[place + len(by) :])


@dataclass(frozen=True, slots=True)
class duplicate(OneChunk):
    """An event that comes twice."""

    name = "duplicate"

    def struck(self, rest: Timeline) -> Timeline:
        return [rest[0], replace(rest[0], after=0.0), *rest[1:]]


@dataclass(frozen=True, slots=True)
class reorder(OneChunk):
    """An event that comes after the one that should have followed it."""

    name = "reorder"

    def struck(self, rest: Timeline) -> Timeline:
        if len(rest) < 2 or isinstance(rest[1], Break) or not isinstance(rest[0], Chunk):
            return rest
        return [Chunk(rest[0].after, rest[1].data), Chunk(rest[1].after, rest[0].data), *rest[2:]]


@dataclass(frozen=True, slots=True)
class split(BodyFault):
    """Every event arrives in pieces of so many `bytes`, one each, so that they cut words and characters."""

    name = "split"
    bytes: int = 1

    def spoil(self, body: Timeline, _stream: bool) -> Timeline:
        size = max(self.bytes, 1)
        out: list[Chunk | Break] = []
        for chunk in body:
            if isinstance(chunk, Break):
                out.append(chunk)
                continue
            parts = [chunk.data[place : place + size] for place in range(0, len(chunk.data), size)]
            out += [Chunk(0.0 if number else chunk.after, part) for number, part in enumerate(parts)]
        return out
