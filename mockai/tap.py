"""Listens in on an answer while it passes: what came, when, and how it ended. The edge tells it the time."""

from __future__ import annotations

from dataclasses import dataclass, field

from .http import Break, Chunk, Headers, Reply

# Meant for one connection, not for the answer (RFC 9110, 7.6.1); the next hop makes its own. A content-length is
# kept apart from the body, too: it follows from it.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
    }
)


def end_to_end(headers: Headers) -> Headers:
    """The headers that belong to the message itself, and not to a mock that stands in for the upstream."""
    return tuple(pair for pair in headers if pair[0] not in HOP_BY_HOP and not pair[0].startswith("x-mockai-"))


@dataclass(slots=True)
class Tap:
    """One answer as it arrives; all times are seconds of one monotonic clock, `start` when the request left."""

    start: float
    status: int = 0
    headers: Headers = ()
    after: float = 0.0
    last: float = 0.0
    body: list[Chunk | Break] = field(default_factory=list)

    def head(self, now: float, status: int, headers: Headers) -> None:
        """Status and headers have arrived."""
        self.status, self.headers = status, end_to_end(headers)
        self.after, self.last = now - self.start, now

    def piece(self, now: float, data: bytes) -> None:
        """Some bytes of the body have arrived."""
        self.body.append(Chunk(now - self.last, data))
        self.last = now

    def broke(self, now: float, how: str) -> None:
        """The connection ended before the body did; `how` as in Break."""
        self.body.append(Break(now - self.last, how))

    def reply(self) -> Reply:
        """The whole answer."""
        return Reply(self.status, self.headers, tuple(self.body), self.after)
