"""Recorded exchanges that answer again: each once, in order, found by the hash of the request."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .call import Call
from .http import Exchange, Reply, Request
from .match import Mismatch, differences, key, key_of
from .matching import PLAIN, Rule
from .timeline import joined, scaled
from .understand import understand
from .value import value

# How many recordings a miss looks at for its three nearest: enough for any test, bounded for any folder.
MOST_COMPARED = 2_000


class Recording(Protocol):
    """One recorded exchange, where it stands (`name`, `number` from 1) and the hash it answers to.

    A `Take` has been read. What is still to be read raises CassetteError where it turns out to be no exchange.
    """

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def operation(self) -> str | None: ...
    @property
    def request(self) -> Request: ...
    @property
    def exchange(self) -> Exchange: ...

    def at(self, speed: float, exact_pieces: bool) -> Reply:
        """The reply with its recorded delays times `speed`: 0 at once (pieces may be joined then), 1 as recorded."""
        ...


def called(take: Recording) -> str:
    """What messages call a recording."""
    return f"{take.name} #{take.number} [{take.key[:8]}] {take.request.method} {take.request.path}"


@value(frozen=True, slots=True)
class Take:
    """A recorded exchange that has been read."""

    exchange: Exchange
    name: str
    number: int
    key: str
    ready: dict[tuple[float, bool], Reply] = field(default_factory=dict, repr=False, compare=False)
    """The replies made so far, by speed and exactness: what is played again is not cut and joined again."""

    @property
    def operation(self) -> str | None:
        return self.exchange.operation

    @property
    def request(self) -> Request:
        return self.exchange.request

    def at(self, speed: float, exact_pieces: bool) -> Reply:
        reply = self.exchange.reply
        if speed == 1:
            return reply
        made = self.ready.get((speed, exact_pieces))
        if made is None:
            body = scaled(reply.body, speed)
            body = body if speed or exact_pieces else joined(body)
            made = self.ready[speed, exact_pieces] = Reply(reply.status, reply.headers, body, reply.after * speed)
        return made

    def __str__(self) -> str:
        return called(self)


@dataclass(slots=True)
class Cassette:
    """The takes that share one rule of matching.

    `repeats` lets an exchange answer more than once: the last one of its request then goes on answering. `ordered`
    lets an exchange answer only when all before it in its file have.
    `clean` is what recording does to a request that holds a key: such a request is found by its clean form.
    Finding a take costs one hash and one look-up, however many there are.
    """

    rule: Rule = PLAIN
    repeats: bool = False
    clean: Callable[[Request], Request] | None = None
    ordered: bool = False
    takes: dict[str, list[Recording]] = field(default_factory=dict)
    played: dict[str, int] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    """The number of the last take of each file that answered, where they must in order."""

    def add(self, exchanges: Iterable[Exchange], name: str) -> None:
        """Take in the exchanges of one file, in their order."""
        for number, exchange in enumerate(exchanges, 1):
            self.put(Take(exchange, name, number, key(exchange.request, self.rule)))

    def put(self, take: Recording) -> None:
        """Take in one exchange, whose key is by this cassette's rule."""
        self.takes.setdefault(take.key, []).append(take)

    def rewound(self) -> Cassette:
        """The same takes with nothing played yet; shares them, so it costs nothing."""
        return Cassette(self.rule, self.repeats, self.clean, self.ordered, self.takes)

    def knows(self, call: Call) -> bool:
        """Whether this request was recorded, played already or not."""
        return self._find(call) is not None

    def play(self, call: Call) -> Recording | None:
        """The next recorded take of this very request, or None."""
        found = self._find(call)
        if found is None:
            return None
        if self.ordered:
            return self._next(found)
        takes, index = self.takes[found], self.played.get(found, 0)
        if index >= len(takes):
            if not self.repeats:
                return None
            index = len(takes) - 1
        self.played[found] = index + 1
        return takes[index]

    def _next(self, found: str) -> Recording | None:
        """The take of this key whose turn it is; where none is, one that just answered may repeat itself."""
        takes = self.takes[found]
        turn = next((take for take in takes if take.number == self.heard.get(take.name, 0) + 1), None)
        if turn is None and self.repeats:
            turn = next((take for take in takes if take.number == self.heard.get(take.name)), None)
        if turn is not None:
            self.heard[turn.name] = turn.number
        return turn

    def due(self) -> Iterator[Recording]:
        """The take of each file whose turn it is, where they must answer in order."""
        if self.ordered:
            for takes in self.takes.values():
                yield from (take for take in takes if take.number == self.heard.get(take.name, 0) + 1)

    def _find(self, call: Call) -> str | None:
        """The key under which this request was recorded."""
        if not self.takes:
            return None
        found = key_of(call, self.rule)
        if found not in self.takes and self.clean is not None:
            found = key(self.clean(call.request), self.rule)
        return found if found in self.takes else None

    def unused(self) -> Iterator[Recording]:
        """Every take that has not answered yet."""
        for found, takes in self.takes.items():
            if self.ordered:
                yield from (take for take in takes if take.number > self.heard.get(take.name, 0))
            else:
                yield from takes[self.played.get(found, 0) :]

    def nearest(self, call: Call, count: int = 3) -> Sequence[tuple[Recording, list[Mismatch]]]:
        """The takes most like a request that none answers, each with where it differs; the nearest first."""
        if self.clean is not None:
            call = understand(self.clean(call.request), call.number, call.seed)
        recorded = [(take, understand(take.request)) for take in self._alike(call)]
        scored = (
            (len(found), index, take, found)
            for index, (take, taken) in enumerate(recorded)
            for found in [list(differences(taken, call, self.rule))]
        )
        return [(take, found) for _, _, take, found in heapq.nsmallest(count, scored, key=lambda entry: entry[:2])]

    def _alike(self, call: Call) -> list[Recording]:
        """Takes of the same operation, or any if there is none; not more than can be compared in reasonable time."""
        name = call.operation.id if call.operation else None
        everything = [take for takes in self.takes.values() for take in takes]
        alike = [take for take in everything if name is not None and take.operation == name]
        return (alike or everything)[:MOST_COMPARED]
