"""Bodies that go on for as long as their connection does: a subscription to what will be said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from .http import Break, Chunk, Timeline

GAP_SECONDS = 0.02
"""How long a client may wait for what has just been said."""

GAPS = 500
"""After so many gaps in which nothing was said a comment goes out, lest the connection be taken for dead."""

BEAT = b":\n\n"


class Ongoing(Sequence[Chunk]):
    """A body whose pieces are added to `said` while it is played, from the piece number `start` on.

    As a sequence it is what has been heard so far, so that a journal can show it. `wait` is asked in each pause: it
    lets time move on what it moves on, and says whether anything can still come. `heard` is told how far the client is.
    """

    def __init__(
        self, said: Sequence[bytes], start: int, wait: Callable[[], bool], heard: Callable[[int], None]
    ) -> None:
        self.said, self.start, self.end = said, start, start
        self.wait, self.heard = wait, heard

    def __len__(self) -> int:
        return self.end - self.start

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, index: int | slice) -> Chunk | Sequence[Chunk]:
        return tuple(Chunk(0.0, data) for data in self.said[self.start : self.end])[index]

    def follow(self) -> Iterator[Chunk]:
        """Every piece as it is said; empty ones and heartbeats where nothing is."""
        quiet = 0
        while True:
            while self.end < len(self.said):
                self.end, quiet = self.end + 1, 0
                self.heard(self.end)
                yield Chunk(0.0, self.said[self.end - 1])
            if not self.wait():
                return
            if self.end == len(self.said):
                quiet += 1
                yield Chunk(GAP_SECONDS, b"" if quiet % GAPS else BEAT)


def played(body: Timeline) -> Iterator[Chunk | Break]:
    """The pieces of a body in the order and the time of their playing."""
    return body.follow() if isinstance(body, Ongoing) else iter(body)
