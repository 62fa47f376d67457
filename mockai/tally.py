"""The tally: what all requests since the last reset used, by minute; it grows with what is asked for, not how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from .http import Exchange
from .value import value

MINUTE = 60

Facets: TypeAlias = tuple[tuple[str, str | bool], ...]
"""What usage is grouped and filtered by, in the order of the names: `(("batch", False), ("model", "gpt-5"))`."""


@value(frozen=True, slots=True)
class Use:
    """What one request used of one service.

    `service` is a name of the usage API (`completions`, `embeddings`, …), `amounts` are in its units: tokens, requests,
    images, characters, seconds, sessions, calls.
    """

    service: str
    facets: Mapping[str, str | bool]
    amounts: Mapping[str, int]


class Tally:
    """Amounts by minute (unix seconds of its start), service and facets.

    An exchange is read only when somebody asks for usage, or when the journal is about to forget it.
    """

    def __init__(self) -> None:
        self.used: dict[tuple[int, str, Facets], Counter[str]] = {}
        self.counted = 0

    def count(self, rank: int, exchange: Exchange) -> None:
        """Add what an exchange used, once: `rank` is how many came before it since the last reset."""
        if rank < self.counted:
            return
        self.counted = rank + 1
        from .metering import METERS, uses

        if exchange.operation not in METERS or exchange.reply.status != 200:
            return
        minute = int(exchange.at // MINUTE) * MINUTE
        for use in uses(exchange):
            key = (minute, use.service, tuple(sorted(use.facets.items())))
            self.used.setdefault(key, Counter()).update(use.amounts)
