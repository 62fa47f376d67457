"""Drift that a mock in record mode `verify` meets: each answer of the upstream beside the recording of its request."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .call import Call
from .carried import carried, matched
from .cassette import Cassette
from .drift import Drift, Severity, drift
from .http import Reply
from .sight import sight
from .sources import missed
from .understand import understand

if TYPE_CHECKING:
    from .mock import MockAI

LOG = logging.getLogger("mockai")
PASSING = frozenset((401, 403, 408, 409, 429))
"""Statuses that say something of the moment or the key; so do those from 500 on."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """A difference between the answer to a call and its recording (`take`, where it stands); no recording is one."""

    call: str
    number: int
    take: str | None
    drift: Drift

    @property
    def severity(self) -> Severity:
        """How grave it is: `breaking`, `warning` or `note`."""
        return self.drift.severity

    def __str__(self) -> str:
        return (
            f"call {self.number} ({self.call}), recorded as {self.take}: {self.drift}"
            if self.take
            else self.drift.message
        )


def compare(mock: MockAI, call: Call, reply: Reply) -> None:
    """Hold an upstream's answer against the recorded one; the mock keeps, and the log tells, where they differ."""
    with mock.lock:
        found, ids = compared(call, reply, mock.cassettes, mock.ids)
        mock.drift += found
        mock.ids |= ids
    for each in found:
        if each.severity != "note":
            LOG.warning("mockai: %s", each)


def compared(
    call: Call, reply: Reply, cassettes: Sequence[Cassette], ids: Mapping[str, str]
) -> tuple[list[Drifted], dict[str, str]]:
    """Where an upstream's answer differs from the recorded one; and what it calls what the recording calls otherwise.

    `ids` are those that earlier answers gave, with the recorded ones. Answers that say something of the moment alone
    are not compared.
    """
    if reply.status in PASSING or reply.status >= 500:
        return [], {}
    asked = understand(carried(call.request, ids), call.number)
    found = next((found for cassette in cassettes if (found := _lasting(cassette, asked)) is not None), None)
    if found is None:
        return [Drifted(call.name, call.number, None, Drift("status", "warning", "", missed(asked, cassettes)))], {}
    place, recorded = found
    differences = drift([sight(asked, recorded)], sight(asked, reply))
    fresh = matched(reply, recorded) if recorded.status < 400 and reply.status < 400 else {}
    return [Drifted(call.name, call.number, place, one) for one in differences], fresh


def _lasting(cassette: Cassette, call: Call) -> tuple[str, Reply] | None:
    """The next recorded answer to a request that does not say something of its moment alone, and where it stands."""
    while (take := cassette.play(call)) is not None:
        reply = take.exchange.reply
        if reply.status not in PASSING and reply.status < 500:
            return f"{take.name} #{take.number}", reply
        if cassette.repeats:
            return None
    return None


def told(several: Sequence[Drifted]) -> list[str]:
    """What a test fails for: all but notes, below a line that says what they are."""
    grave = dict.fromkeys(each for each in several if each.severity != "note")
    lines = [f"  {each}" for each in grave if each.take is not None]
    unrecorded = [f"Nothing to compare an answer with. {each}" for each in grave if each.take is None]
    return [*(["The API does not answer any more as it was recorded:"] if lines else []), *lines, *unrecorded]
