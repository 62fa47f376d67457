"""Where faults meet the straight line: some answer instead of everyone else, the others spoil what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .call import Call, Decision
from .http import Reply
from .timeline import scaled

if TYPE_CHECKING:
    from .faults import Fault


def instead(faults: Sequence[Fault], call: Call) -> Decision | None:
    """What an early fault decides before anything is done for the call; None if they all wait for an answer."""
    return next((Decision("fault", fault.instead(call)) for fault in faults if fault.early), None)


def spoilt(reply: Reply, faults: Sequence[Fault]) -> Reply:
    """A reply after all that goes wrong with it on its way: what it told of its cost may be lost."""
    for fault in faults:
        if not fault.early:
            reply = replace(fault(reply), gist=None)
    return reply


def without_wire(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Those of the faults that can strike where there is no connection."""
    return tuple(fault for fault in faults if fault.told)


def at_once(reply: Reply) -> Reply:
    """A reply that has been waited for already."""
    return Reply(reply.status, reply.headers, scaled(reply.body, 0))
