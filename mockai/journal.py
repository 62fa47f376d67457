"""What happened: the exchanges since the last reset, in order, within bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from .http import Exchange

MOST_EXCHANGES = 10_000
MOST_BYTES = 32 * 1024 * 1024


class Journal:
    """The latest exchanges of a scope: at most 10,000, and at most 32 MiB of bodies; older ones are counted, not kept."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.exchanges: deque[Exchange] = deque()
        self.forgotten = 0
        self.size = 0

    def note(self, exchange: Exchange) -> Exchange:
        """Keep an exchange, and give it back."""
        self.exchanges.append(exchange)
        self.size += weight(exchange)
        while len(self.exchanges) > MOST_EXCHANGES or (self.size > MOST_BYTES and len(self.exchanges) > 1):
            self.size -= weight(self.exchanges.popleft())
            self.forgotten += 1
        return exchange

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self.exchanges))

    def __len__(self) -> int:
        return len(self.exchanges)


def weight(exchange: Exchange) -> int:
    """Bytes that an exchange holds on to: its request, and its reply unless a cassette holds that anyway."""
    body = len(exchange.request.body)
    return body if exchange.source == "cassette" else body + len(exchange.reply.content)


def told(journal: Journal) -> str:
    """The exchanges for a reader, three lines each: what was asked, what answered, both cut to 300 characters."""
    lines = [f"({journal.forgotten} earlier exchanges are no longer kept)"] if journal.forgotten else []
    for exchange in journal:
        request, reply = exchange.request, exchange.reply
        lines.append(f"{exchange.number}. {request.method} {request.path} -> {reply.status} from {exchange.source}")
        lines += [f"   {mark} {_cut(body)}" for mark, body in ((">", request.body), ("<", reply.content)) if body]
    return "\n".join(lines)


def _cut(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= 300 else f"{text[:300]}… ({len(body)} bytes)"
