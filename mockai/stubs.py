"""What a user scripts: when a call looks like this, answer like that, so many times, then like something else.

The most recently declared stub that matches answers; one that is used up is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .call import Call
from .conditions import glob, reach, wanting
from .declared import check, check_wanted, silent
from .errors import StubError
from .match import ABSENT, Mismatch, show
from .operations import Operation, find, operation
from .parameters import names, parameters
from .requirements import KEYWORDS, Requirement, requirement
from .script import Script
from .step import Answer as Answer
from .step import Step as Step
from .step import due, owed

if TYPE_CHECKING:
    from .behaviours import Mock

When = Requirement | Mapping[str, Any] | Callable[[Call], Any]
"""A condition of its own: one on the whole call, a dict of paths, or a function of the Call."""


@dataclass(eq=False, repr=False)
class Stub(Script):
    """A matcher and its answers in order. Made by `mock.on(...)`; every method returns the stub, so that calls chain.

    `operation` is an operation's id or `METHOD /path`; `where` maps paths into the call's parameters
    (`messages__0__content`, `/messages/0/content`) to values, parts of objects, Conditions or functions; `when` are
    the conditions on the call as a whole. `mock` is whose stored conversations those know, `origin` the file that the
    stub was read from.
    """

    operation: str
    where: Mapping[str, Any]
    steps: list[Step] = field(default_factory=list)
    when: Sequence[When] = ()
    mock: Mock = field(kw_only=True)
    origin: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        self.row = self._row()
        self._sort()
        for path, wanted in self.where.items():
            check_wanted(wanted, path)
            if self.row is not None:
                check(self.row, path, wanted)

    def fresh(self, mock: Mock, /) -> Stub:
        """The same stub, for another mock, with nothing used yet."""
        steps = [step.fresh() for step in self.steps]
        return Stub(self.operation, self.where, steps, self.whole, mock=mock, origin=self.origin)

    # -- what the straight line asks

    def mismatches(self, call: Call) -> Iterator[Mismatch]:
        """Where the call is not what this stub answers; nothing means it is."""
        if self.operation != call.name:
            yield Mismatch("operation", self.operation, call.name)
            return
        if self.where:
            given = parameters(call)
            for path, wanted in self.where.items():
                where, got = reach(given, path)
                if wanted is False and got is ABSENT and self.row is not None and path in silent(self.row):
                    continue
                yield from wanting(wanted, got, where)
        for each in self.whole:
            yield from each.mismatches(call, self.mock)

    def step(self, call: Call) -> Step | None:
        """The answer to this call; None where it is not this stub's, or all are used up."""
        step = due(self.steps)
        return step if step is not None and next(self.mismatches(call), None) is None else None

    def unlike(self, found: Sequence[Mismatch]) -> Iterator[str]:
        """Why this stub does not answer a call with these mismatches: the lines of a message."""
        yield f"{self} " + ("differs in:" if found else "is used up." if self.steps else "has no answer.")
        for mismatch in found[:8]:
            yield f"  - {mismatch}"

    def unmet(self) -> str | None:
        """What was promised and did not happen, in words; None if all did."""
        if not self.steps:
            return f"{self} says nothing. Give it an answer: .reply(…), .call_tool(…), .fail(…) or .answer()."
        left = owed(self.steps)
        if left is None:
            return None
        return f"{self}: {left}" if self.used else f"{self} was never used."

    @property
    def used(self) -> int:
        """How many calls it answered."""
        return sum(step.used for step in self.steps)

    @property
    def head(self) -> str:
        """The operation and its conditions, as they were typed."""
        typed = [f"{name}={show(wanted)}" for name, wanted in self.where.items() if not name.startswith("/")]
        pointers = {name: wanted for name, wanted in self.where.items() if name.startswith("/")}
        return ", ".join(
            [repr(self.operation), *map(repr, self.whole), *([show(pointers)] if pointers else []), *typed]
        )

    def __str__(self) -> str:
        return f"on({self.head})" + ".then".join(f".{step}" for step in self.steps)

    def __repr__(self) -> str:
        return str(self)

    # -- declared well?

    def _row(self) -> Operation | None:
        """The row of the table; `operation` and `where` then say what it means in the table's own words."""
        if not isinstance(self.operation, str):
            raise StubError(f"on({show(self.operation)}): an operation is a name such as 'chat.completions.create'.")
        method, _, path = self.operation.partition(" ")
        if not path:
            row = operation(self.operation)
            row = operation(row.twin) if row.twin else row
            self.operation = row.id
            return row
        if not path.startswith("/"):
            raise StubError(f"on({self.operation!r}): a path begins with a slash, as in 'POST /v1/chat/completions'.")
        route = find(method.upper(), path)
        if route is None:
            self.operation = f"{method.upper()} {path}"
            return None
        self.operation = route.operation.id
        self.where = {name: value for name, value in route.values.items() if value != f"{{{name}}}"} | {**self.where}
        return route.operation

    def _sort(self) -> None:
        """Tell the conditions on the whole call from those on its parameters: a parameter's name is a parameter."""
        known = (names(self.row) if self.row is not None else None) or frozenset()
        where, self.whole = {}, [self._whole(each) for each in self.when if not isinstance(each, Mapping)]
        for given in (*(each for each in self.when if isinstance(each, Mapping)), self.where):
            for path, wanted in given.items():
                if path in KEYWORDS and path not in known:
                    self.whole.append(requirement(path, wanted, self.operation))
                elif isinstance(wanted, str) and path in ("model", "/model") and ("*" in wanted or "?" in wanted):
                    where[path] = glob(wanted)
                else:
                    where[path] = wanted
        self.where = where

    def _whole(self, given: When) -> Requirement:
        if isinstance(given, Requirement):
            return requirement(given.word, given.wanted, self.operation)
        if callable(given):
            return requirement("call", given, self.operation)
        raise StubError(
            f"on({self.operation!r}, {show(given)}): what comes after the operation is a condition such as "
            f"last_user(…), a dict of paths, or a function of the call; parameters are named, as in model=…."
        )


def unmatched(call: Call, stubs: Sequence[Stub]) -> str:
    """What to say of a call that no stub answers: the closest stubs, where they differ, what to do."""
    scored = sorted(((stub, list(stub.mismatches(call))) for stub in stubs), key=lambda pair: len(pair[1]))
    lines = [f"No stub answers {call.name} (call {call.number})."]
    for stub, found in scored[:3]:
        lines += [f"  {line}" for line in stub.unlike(found)]
    lines.append("Loosen a stub, add another, or let the mock answer by itself with unmatched='synthesize'.")
    return "\n".join(lines)
