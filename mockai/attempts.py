"""Which requests are attempts at the same thing: the journal as chains of a request and its retries.

A request continues a chain when it asks the same of the same operation, by the same client, after the chain's latest
attempt failed, within the time that a client may wait. Requests that count their retries (`x-stainless-retry-count`)
are taken at their word; as code around a client may repeat it, too, `Chain.repeats` has chains that begin anew with
what the one before them asked in vain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .http import Break, Exchange
from .journal import End
from .match import key

WINDOW_SECONDS = 150.0
"""A client waits at most two minutes (the SDKs' limit for retry-after) before it asks again, and then some."""

STORM = 10
"""Attempts at one thing that are too many, however long they wait."""

RETRYABLE = frozenset((408, 409, 429))


@dataclass(slots=True)
class Attempt:
    """One exchange as its client met it.

    `outcome` is `ok`, `retryable` (the next attempt may succeed), `final` (it cannot), `lost` (no answer at all:
    retryable as well) or `broken` (half a body: some clients ask again, some cannot).
    """

    exchange: Exchange
    end: End | None = None
    outcome: str = field(init=False)
    ended: float = field(init=False)  # by the mock's clock
    finished: float = field(init=False)  # by the clock that nobody puts on

    def __post_init__(self) -> None:
        reply, exchange = self.exchange.reply, self.exchange
        spent = reply.after + sum(chunk.after for chunk in reply.body)
        if self.end is not None and self.end.how != "heard":
            self.ended, self.finished = self.end.at, self.end.moment
        else:
            self.ended, self.finished = exchange.at + spent, exchange.moment + spent
        self.outcome = self._outcome()

    def _outcome(self) -> str:
        reply = self.exchange.reply
        if reply.status == 0:
            return "lost"
        if reply.status >= 400:
            again = reply.header("x-should-retry")
            if again is not None:
                return "retryable" if again == "true" else "final"
            return "retryable" if reply.status in RETRYABLE or reply.status >= 500 else "final"
        if reply.body and isinstance(reply.body[-1], Break):
            return "broken"
        return "ok"

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream of events."""
        return (self.exchange.reply.header("content-type") or "").startswith("text/event-stream")

    @property
    def count(self) -> int | None:
        """How many retries came before it, where the client says so."""
        text = self.exchange.request.header("x-stainless-retry-count") or ""
        return int(text) if text.isdecimal() else None

    @property
    def told(self) -> float | None:
        """How many seconds the answer says to wait."""
        for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
            try:
                seconds = float(self.exchange.reply.header(name) or "") / unit
            except ValueError:
                continue
            return seconds if seconds > 0 else None
        return None

    def pause(self, after: Attempt) -> float:
        """Seconds since the end of an earlier attempt, by the clock on which more has passed."""
        return max(self.exchange.at - after.ended, self.exchange.moment - after.finished)


@dataclass(slots=True)
class Chain:
    """The attempts at one thing, in order.

    `vain` chains before it asked the same in vain; `repeats` are the latest of them. `repeated` says whether code
    around the client asked the same again after it.
    """

    attempts: list[Attempt]
    repeats: list[Chain] = field(default_factory=list)
    vain: int = 0
    repeated: bool = False

    @property
    def last(self) -> Attempt:
        """The latest attempt."""
        return self.attempts[-1]

    @property
    def failed(self) -> bool:
        """Whether the latest attempt can be retried, or was in vain."""
        return self.last.outcome != "ok"


def identity(exchange: Exchange) -> tuple[str | None, ...]:
    """Who asks what: the same for a request and its retries, another for another client or question."""
    request = exchange.request
    who = tuple(request.header(name) for name in ("user-agent", "x-stainless-async", "idempotency-key"))
    return (*who, exchange.operation, key(request))


def attempts(exchanges: Iterable[Exchange], ended: dict[int, End]) -> list[Attempt]:
    """Every exchange as its client met it."""
    return [Attempt(exchange, ended.get(exchange.number)) for exchange in exchanges]


def chains(tried: Sequence[Attempt]) -> list[Chain]:
    """The chains of the attempts, in the order in which they began."""
    found: list[Chain] = []
    latest: dict[tuple[str | None, ...], Chain] = {}
    for attempt in tried:
        who = identity(attempt.exchange)
        chain = latest.get(who)
        if chain is not None and _continues(attempt, chain):
            chain.attempts.append(attempt)
            continue
        if chain is not None and chain.failed and _soon(attempt, chain.last):
            before, chain = chain, Chain([attempt], [*chain.repeats, chain][1 - STORM :], chain.vain + 1)
            before.repeated = True
            before.repeats = before.repeats if before.vain < STORM else []  # nobody asks any more
        else:
            chain = Chain([attempt])
        found.append(chain)
        latest[who] = chain
    return found


def _continues(attempt: Attempt, chain: Chain) -> bool:
    if not chain.failed or not _soon(attempt, chain.last):
        return False
    count = attempt.count
    return count is None or count > (chain.last.count or 0)  # one in between may not have reached the server


def _soon(attempt: Attempt, after: Attempt) -> bool:
    """Whether an attempt came when the one before had ended, and not long after that."""
    return -0.001 <= attempt.pause(after) <= WINDOW_SECONDS + (after.told or 0)
