"""One answer of a stub, and whose turn it is of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .call import Call, Forward
from .http import Reply

if TYPE_CHECKING:
    from .faults import Fault
    from .mock import MockAI

Answer = Callable[[Call, "MockAI"], Reply | Forward | None]
"""Gives a Reply, what an upstream is to answer, or None for the ordinary answer."""


def ordinary(_call: Call, _mock: MockAI) -> None:
    """Leave the call to the sources after the stubs."""


@dataclass(slots=True)
class Step:
    """One answer of a stub: how often it may be used (None: for ever, or once if another follows) and was.

    `faults` are what goes wrong with it; one that is `always` there is never owed.
    """

    answer: Answer
    words: str
    times: int | None = None
    used: int = 0
    faults: tuple[Fault, ...] = ()
    always: bool = False

    def fresh(self) -> Step:
        """The same answer, not used yet."""
        return replace(self, used=0)

    @property
    def missing(self) -> int:
        """How many uses are still owed: an answer without a number owes one."""
        return 0 if self.always else max(0, (self.times or 1) - self.used)

    def __str__(self) -> str:
        words = self.words + (f".fault({', '.join(map(str, self.faults))})" if self.faults else "")
        if self.always:
            return f"{words}.always()"
        return words if self.times in (None, 1) else f"{words}.times({self.times})"


def due(steps: Sequence[Step]) -> Step | None:
    """The answer whose turn it is, or None when all are used up."""
    return next((step for step in steps if step.times is None or step.used < step.times), None)


def owed(steps: Sequence[Step]) -> str | None:
    """The first answer that was used less often than promised, in words; None if there is none."""
    return next(
        (f"{each.words} was used {each.used} of {each.times or 1} times." for each in steps if each.missing), None
    )
