"""The tally: what all requests since the last reset used and changed in the organization.

Usage is kept by minute, so that it grows with what is asked for and not with how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import TypeAlias

from .http import Chunk, Exchange
from .value import value

MINUTE = 60
AUDITED = ("admin.", "fine_tuning.checkpoints.permissions.")
"""Beginnings of the ids of operations that change what an organization is and may do."""

MOST_KNOWN, MOST_KNOWN_BYTES = 256, 65_536
"""How many exchanges are remembered by their bytes, and how large one may be."""

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
    facets: Facets
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
        self.open: set[str | None] = {None}  # work that is not done; and what is none's end, which always counts
        self.counted = 0
        self._known: dict[tuple[object, ...], Sequence[Use]] = {}

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
        minute = int(exchange.at // MINUTE) * MINUTE
        for use in [use for use in self._uses(name, exchange) if use.closes in self.open]:
            if use.closes or use.opens:
                self.open.discard(use.closes)
                self.open |= {use.opens, None}
            key = (minute, use.service, use.facets)
            used = self.used.get(key)
            if used is None:
                self.used[key] = Counter(use.amounts)
                continue
            for unit, amount in use.amounts.items():
                if amount:
                    used[unit] += amount

    def _uses(self, name: str, exchange: Exchange) -> Sequence[Use]:
        """What an exchange used; what a cassette replays often is read once."""
        metering = _metering()
        if name not in metering.METERS:
            return ()
        if exchange.source != "cassette":
            found: Sequence[Use] = metering.uses(exchange)
            return found
        request, body = exchange.request, exchange.reply.body
        said = body[0].data if len(body) == 1 and isinstance(body[0], Chunk) else exchange.reply.content
        about = tuple(pair for pair in request.headers if pair[0] in metering.FACETS)
        key = (name, request.path, about, request.body, said)
        known = self._known.get(key)
        if known is None:
            known = metering.uses(exchange)
            if len(self._known) < MOST_KNOWN and len(request.body) + len(said) < MOST_KNOWN_BYTES:
                self._known[key] = known
        return known


@cache
def _metering() -> ModuleType:
    """The module that reads exchanges: imported when the first of them is counted, not when a mock is made."""
    from . import metering

    return metering
