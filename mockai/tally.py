"""The tally: what all requests since the last reset used and changed in the organization.

Usage is kept by minute, so that it grows with what is asked for and not with how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from .http import Exchange
from .value import value

MINUTE = 60
AUDITED = ("admin.", "fine_tuning.checkpoints.permissions.")
"""Beginnings of the ids of operations that change what an organization is and may do."""

Facets: TypeAlias = tuple[tuple[str, str | bool], ...]
"""What usage is grouped and filtered by, in the order of the names: `(("batch", False), ("model", "gpt-5"))`."""


@value(frozen=True, slots=True)
class Use:
    """What one request used of one service.

    `service` is a name of the usage API (`completions`, `embeddings`, …), `amounts` are in its units: tokens, requests,
    images, characters, seconds, sessions, calls. `opens` is the id of work that was not done when it was answered, what
    it used is still to come; `closes` is the id of the work whose use this is.
    """

    service: str
    facets: Mapping[str, str | bool]
    amounts: Mapping[str, int]
    opens: str | None = None
    closes: str | None = None


class Tally:
    """Amounts by minute (unix seconds of its start), service and facets; and the exchanges that the audit log tells of.

    An exchange is read only when somebody asks for usage, or when the journal is about to forget it.
    """

    def __init__(self) -> None:
        self.used: dict[tuple[int, str, Facets], Counter[str]] = {}
        self.changes: list[Exchange] = []
        self.open: set[str] = set()
        self.counted = 0

    def count(self, rank: int, exchange: Exchange) -> None:
        """Add what an exchange used or changed, once: `rank` is how many came before it since the last reset."""
        if rank < self.counted:
            return
        self.counted = rank + 1
        name = exchange.operation
        if name is None or exchange.reply.status != 200:
            return
        if name.startswith(AUDITED):
            if exchange.request.method != "GET":
                self.changes.append(exchange)
            return
        from .metering import METERS, uses

        if name not in METERS:
            return
        minute = int(exchange.at // MINUTE) * MINUTE
        found = [use for use in uses(exchange) if use.closes is None or use.closes in self.open]
        for use in found:
            self.open -= {use.closes or ""}
            self.open |= {use.opens} if use.opens else set()
            key = (minute, use.service, tuple(sorted(use.facets.items())))
            self.used.setdefault(key, Counter()).update(use.amounts)
