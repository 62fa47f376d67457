"""The values that travel along the straight line: what a client sent, and what it will hear, with time as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from .value import value

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in the order of the wire: names in lower case, repeats kept."""

NAME = re.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile("[\t -~\x80-\xff]*")


def header(headers: Headers, name: str) -> str | None:
    """The first value of the header called `name` (lower case), or None."""
    for key, text in headers:
        if key == name:
            return text
    return None


class _Fields(dict[tuple[bytes, bytes], tuple[str, str]]):
    """Header fields decoded once: clients repeat theirs with every request, and the journal keeps thousands of them."""

    MOST = 4096

    def __missing__(self, pair: tuple[bytes, bytes]) -> tuple[str, str]:
        decoded = pair[0].decode("latin-1").lower(), pair[1].decode("latin-1")
        if len(self) < self.MOST:
            self[pair] = decoded
        return decoded


_FIELDS = _Fields()


def fields(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Header fields of the wire."""
    return tuple([_FIELDS[pair] for pair in pairs])


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Header fields as bytes of the wire."""
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


def sendable(name: str, value: str) -> bool:
    """Whether there can be such a header: its value is Latin-1 without control characters (RFC 9110, 5.1 and 5.5)."""
    return bool(NAME.fullmatch(name) and VALUE.fullmatch(value))


@value(frozen=True, slots=True)
class Request:
    """What a client sent, before anyone has understood it.

    `path` and `query` are percent-encoded as they came; `query` has no question mark. `client` is the connection it
    came by, as `127.0.0.1:50422`; empty where there is none.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    client: str = ""
    known: dict[str, str] = field(init=False, default_factory=dict, repr=False, compare=False)
    """The first value of each header, once somebody has asked for one."""

    def header(self, name: str) -> str | None:
        """The first value of the header called `name` (lower case), or None."""
        if not self.known:
            self.known.update(reversed(self.headers))
        return self.known.get(name)


@value(frozen=True, slots=True)
class Chunk:
    """Bytes that leave `after` seconds later than the chunk before them."""

    after: float
    data: bytes


@value(frozen=True, slots=True)
class Break:
    """The connection ends here, `after` seconds after the last chunk, the way `how` says.

    `close` ends it in mid-body (the client sees an incomplete answer), `reset` with a TCP reset,
    `stall` lets it hang until the client gives up.
    """

    after: float = 0.0
    how: str = "close"


Timeline: TypeAlias = Sequence[Chunk | Break]
"""The chunks of one answer in order, perhaps ending in a Break."""


@value(frozen=True, slots=True)
class Reply:
    """An answer: status, headers, seconds until the head leaves, and the timeline of its body.

    Status 0 is no answer at all: the body is one Break, and not even a head comes before it. `gist` is what the body
    tells of its cost (`model`, `usage`, `service_tier`), where who wrote it knows, so that nobody reads it again.
    """

    status: int
    headers: Headers = ()
    body: Timeline = ()
    after: float = 0.0
    gist: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    def header(self, name: str) -> str | None:
        """The first value of the header called `name` (lower case), or None."""
        return header(self.headers, name)

    @property
    def content(self) -> bytes:
        """All bytes of the body, as they stand on the wire (compressed if it is)."""
        return b"".join([chunk.data for chunk in self.body if isinstance(chunk, Chunk)])


@value(frozen=True, slots=True)
class Exchange:
    """A request, the reply it had, and which source gave it.

    `at` is the unix time in seconds at which the request came in; `operation` is the operation's id
    (None for a path the API does not have); `number` is its place in the journal, from 1; `faults` names what was
    done to the reply, which is as the client heard it; `moment` is when it came by a clock that nobody puts on, in
    seconds.
    """

    request: Request
    reply: Reply
    operation: str | None = None
    source: str = "upstream"
    at: float = 0.0
    number: int = 0
    faults: tuple[str, ...] = ()
    moment: float = 0.0
