"""Asking afterwards: the verbs of a MockAI that look at the calls it has answered. What they say is in `hindsight`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from .errors import StubError, VerificationError

if TYPE_CHECKING:
    from threading import RLock

    from .behaviours import Mock
    from .clock import Clock
    from .hindsight import Calling, PastCall
    from .journal import Journal
    from .spent import Usage
    from .stubs import When
    from .verdict import Verdict

PATIENCE_SECONDS = 600.0
"""How long the official SDKs wait for an answer by default."""


class Asked:
    """What a mock was asked so far; conditions are those of `mock.on`, without an operation they are about all calls.

    Each request counts as a call: an SDK that asks again after an error has made two. Failing verbs raise
    VerificationError, an AssertionError, which names the calls, the nearest of them and where they differ; all raise
    StubError for an operation or a parameter that does not exist.
    """

    journal: Journal
    lock: RLock
    seed: int
    clock: Clock
    connections: Callable[[], dict[str, float]]

    def calls(self, operation: str | When | None = None, /, *when: When, **where: Any) -> list[PastCall]:
        """The calls so far that are so, in order; all of them where nothing is said."""
        from .hindsight import calling, past

        made = past(_mock(self), self.seed)
        if operation is None and not when and not where:
            return made
        return calling(operation, *when, **where).among(made, _mock(self))

    def assert_called(
        self, operation: str | When | None = None, /, *when: When, times: int | None = None, **where: Any
    ) -> list[PastCall]:
        """There was such a call, or there were exactly `times` of them; gives them."""
        __tracebackhide__ = True
        from .hindsight import calling, miscounted, past

        if times is not None and (not isinstance(times, int) or times < 0):
            raise StubError(f"assert_called(..., times={times!r}): how often is a whole number, or 0.")
        made, wanted = past(_mock(self), self.seed), calling(operation, *when, **where)
        found = wanted.among(made, _mock(self))
        if len(found) == times or (times is None and found):
            return found
        raise VerificationError(miscounted(wanted, made, _mock(self), times))

    def assert_called_once(self, operation: str | When | None = None, /, *when: When, **where: Any) -> PastCall:
        """There was exactly one such call; gives it."""
        __tracebackhide__ = True
        return self.assert_called(operation, *when, times=1, **where)[0]

    def assert_called_once_with(self, operation: str, /, *when: When, **where: Any) -> PastCall:
        """The operation was called exactly once, and the call was so; gives it."""
        __tracebackhide__ = True
        from .hindsight import calling, otherwise

        call = self.assert_called_once(operation)
        wanted = calling(operation, *when, **where)
        if not wanted.among([call], _mock(self)):
            raise VerificationError(otherwise(wanted, call, _mock(self)))
        return call

    def assert_not_called(self, operation: str | When | None = None, /, *when: When, **where: Any) -> None:
        """There was no such call."""
        __tracebackhide__ = True
        self.assert_called(operation, *when, times=0, **where)

    def assert_calls(self, expected: Sequence[str | Calling], *, any_order: bool = False) -> list[PastCall]:
        """The calls so far are exactly these, in this order; each is an operation's id or `calling(…)`."""
        __tracebackhide__ = True
        return self._these(expected, any_order, alone=True)

    def assert_has_calls(self, expected: Sequence[str | Calling], *, any_order: bool = False) -> list[PastCall]:
        """These calls were made in this order, perhaps with others before, between and after them; gives them."""
        __tracebackhide__ = True
        return self._these(expected, any_order, alone=False)

    def _these(self, expected: Sequence[str | Calling], any_order: bool, alone: bool) -> list[PastCall]:
        __tracebackhide__ = True
        from .hindsight import disordered, expectations, matched, past

        made, wanted = past(_mock(self), self.seed), expectations(expected)
        found = matched(wanted, made, _mock(self), any_order=any_order, alone=alone)
        if None in found or (alone and len(made) > len(found)):
            raise VerificationError(disordered(wanted, found, made, _mock(self), any_order=any_order, alone=alone))
        return [call for call in found if call is not None]

    def usage(self) -> Usage:
        """The requests and tokens that the calls so far have used, in all and by model."""
        from .spent import usage

        with self.lock:
            return usage(self.journal.tally())

    def cost(self, prices: Mapping[str, tuple[float, float, float]] | None = None) -> float:
        """What all that would have cost in US dollars, by OpenAI's list prices as published in 2025.

        `prices` adds to them or replaces them: by the model's name (that of the snapshot that answered, or its
        beginning), dollars for a million tokens of input, cached input and output.
        Raises ConfigError for a model without a price.
        """
        from .spent import cost

        with self.lock:
            return cost(self.journal.tally(), prices or {})

    def verdict(self, patience: float = PATIENCE_SECONDS) -> Verdict:
        """What the exchanges so far say of the client that made them: see `mockai.verdict`.

        A client that waits more than `patience` seconds for an answer that does not come runs without a timeout.
        """
        from .judging import judged

        with self.lock:
            return judged(self.journal, self.connections(), self.clock.now(), patience)

    def assert_resilient(self, patience: float = PATIENCE_SECONDS) -> None:
        """Raise VerificationError, naming the exchanges and what to do, if the verdict on the client has findings."""
        verdict = self.verdict(patience)
        if verdict.findings:
            raise VerificationError(str(verdict))


def _mock(asked: Asked) -> Mock:
    return cast("Mock", asked)
