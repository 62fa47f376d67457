"""What happened: the exchanges since the last reset, in order, within bounds."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

from . import secrets
from .http import Chunk, Exchange, Reply, Request
from .tally import Tally
from .value import value

if TYPE_CHECKING:
    from .redaction import Redaction

MOST_EXCHANGES = 10_000
MOST_BYTES = 32 * 1024 * 1024
MOST_KEYS = 1_000
SHOWN = 300  # characters of a body in a report
HIDDEN = secrets.HEADERS | {"cookie"}


@value(frozen=True, slots=True)
class End:
    """How a client was done with an answer: it `heard` all of it, `left` before that, or would have waited `forever`.

    `at` and `moment` say when, by the two clocks of an Exchange.
    """

    how: str
    at: float
    moment: float


class Journal:
    """The latest exchanges of a scope: at most 10,000, and 32 MiB of bodies; older ones are counted, not kept.

    `begun` are the answers that a client in process has not heard to their end yet, `ended` how others were left.

    Headers that prove who a client is are left out; what they held is known only so that it can be hidden elsewhere.
    """

    def __init__(self, redaction: Redaction | None = None) -> None:
        self.redaction = redaction
        self._hidden: dict[str, str] = {}
        self.begun: set[int] = set()
        self.ended: dict[int, End] = {}
        self._proofs: dict[tuple[str, str], None] = {}  # headers that were left out
        self.clear()

    def clear(self) -> None:
        """Forget every exchange."""
        self.exchanges: deque[Exchange] = deque()
        self.begun.clear()
        self.ended.clear()
        self.forgotten = 0
        self.size = 0
        self._tally = Tally()

    def note(
        self,
        request: Request,
        reply: Reply,
        operation: str | None = None,
        source: str = "upstream",
        at: float = 0.0,
        number: int = 0,
        faults: tuple[str, ...] = (),
    ) -> Exchange:
        """Keep an exchange (its parts as in Exchange) without its keys, and give it as it is kept."""
        kept = []
        for pair in request.headers:
            if pair[0] not in HIDDEN:
                kept.append(pair)
            elif pair not in self._proofs:
                self._learn(pair)
        safe = Request(request.method, request.path, request.query, tuple(kept), request.body, request.client)
        exchange = Exchange(safe, reply, operation, source, at, number, faults, monotonic())
        if self.redaction is not None:
            self.see(request)
        self.exchanges.append(exchange)
        self.size += weight(exchange)
        if len(self.exchanges) > MOST_EXCHANGES or (self.size > MOST_BYTES and len(self.exchanges) > 1):
            self._forget()
        return exchange

    def begin(self, number: int) -> None:
        """A client in process begins to hear the answer of this number: until `end` it holds on to its connection."""
        if number:
            self.begun.add(number)

    def hears(self, number: int) -> bool:
        """Whether a client in process has begun to hear an answer, and is not done with it."""
        return number in self.begun

    def end(self, number: int, how: str, at: float) -> None:
        """What became of an answer at its client, at unix time `at`, where an edge can tell; `how` as in End."""
        if number:
            self.begun.discard(number)
            self.ended[number] = End(how, at, monotonic())

    def tally(self) -> Tally:
        """What the exchanges since the last reset used, also those that are no longer kept."""
        for rank, exchange in enumerate(self.exchanges, self.forgotten):
            self._tally.count(rank, exchange)
        return self._tally

    def text(self, data: bytes, most: int) -> str:
        """Bytes for a reader: keys hidden, and what the user's rules take out; at most `most` characters."""
        known = set(secrets.keys(Request("", "", "", tuple(self._proofs))))
        text = secrets.hidden(data, known, Counter(), same_length=False).decode("utf-8", "replace")
        if self.redaction is not None:
            from .covering import Cover

            text = Cover(self.redaction, seen=self._hidden).anywhere(text)
        return text[:most]

    def shown(self, exchange: Exchange) -> Exchange:
        """An exchange as the user's rules let readers see it; its bodies are withheld where these fail."""
        if self.redaction is None:
            return exchange
        from .covering import withheld

        return withheld(self.redaction, exchange)

    def query(self, exchange: Exchange) -> str:
        """The query of an exchange for a reader."""
        pairs = [secrets.parameter(pair, Counter()) for pair in exchange.request.query.split("&")]
        return self.text("&".join(pairs).encode("utf-8", "surrogateescape"), len(exchange.request.query) + 100)

    def since(self, moment: float) -> list[Exchange]:
        """The exchanges from a moment on (`Exchange.moment`)."""
        return [exchange for exchange in self if exchange.moment >= moment]

    def told(self, moment: float = 0.0) -> str:
        """The exchanges since a moment for a reader, three lines each: what was asked, what answered, cut to 300."""
        lines = [f"({self.forgotten} earlier exchanges are no longer kept)"] if self.forgotten else []
        for exchange in map(self.shown, self.since(moment)):
            request, reply = exchange.request, exchange.reply
            asked = request.path + (f"?{self.query(exchange)}" if request.query else "")
            spoilt = f", spoiled by {', '.join(exchange.faults)}" if exchange.faults else ""
            status = reply.status or "no answer"
            lines.append(f"{exchange.number}. {request.method} {asked} -> {status} from {exchange.source}{spoilt}")
            lines += [
                f"   {mark} {self._cut(body)}" for mark, body in ((">", request.body), ("<", reply.content)) if body
            ]
        return "\n".join(lines)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self.exchanges))

    def __len__(self) -> int:
        return len(self.exchanges)

    def see(self, request: Request) -> None:
        """Remember what the user's rules take out of a request, so that no message says it."""
        from .covering import texts_of

        assert self.redaction is not None
        self._hidden |= texts_of(self.redaction, request)
        while len(self._hidden) > MOST_KEYS:
            del self._hidden[next(iter(self._hidden))]

    def _learn(self, pair: tuple[str, str]) -> None:
        self._proofs[pair] = None
        if len(self._proofs) > MOST_KEYS:
            del self._proofs[next(iter(self._proofs))]

    def _forget(self) -> None:
        """Forget the oldest exchanges, a hundredth of all at a time: to read many in a row takes half the time."""
        most = MOST_EXCHANGES - MOST_EXCHANGES // 100
        while len(self.exchanges) > most or (self.size > MOST_BYTES and len(self.exchanges) > 1):
            oldest = self.exchanges.popleft()
            self._tally.count(self.forgotten, oldest)
            self.size -= weight(oldest)
            self.forgotten += 1
            if self.begun or self.ended:
                self.begun.discard(oldest.number)
                self.ended.pop(oldest.number, None)

    def _cut(self, body: bytes) -> str:
        text = " ".join(self.text(body, len(body)).split())
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(body)} bytes)"


def weight(exchange: Exchange) -> int:
    """Bytes that an exchange holds on to: its request, and its reply unless a cassette holds that anyway."""
    size = len(exchange.request.body)
    if exchange.source != "cassette":
        for chunk in exchange.reply.body:
            if isinstance(chunk, Chunk):
                size += len(chunk.data)
    return size


def number_of(reply: Reply) -> int:
    """The number of an answer's exchange; 0 for one that no journal knows of."""
    return int(reply.header("x-mockai-exchange") or 0)
