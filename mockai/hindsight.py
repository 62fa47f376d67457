"""Calls seen afterwards: which of them are as described, and what to say where they are not those promised."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .call import Call
from .errors import StubError
from .http import Exchange, Reply
from .match import Mismatch, show
from .parameters import parameters
from .stubs import Stub, When
from .understand import understand
from .value import value

if TYPE_CHECKING:
    from .behaviours import Mock

NEAREST = 3
MOST_MISMATCHES = 8
MOST_LINES = 24  # of a diff
WIDTH = 100  # of a line of it, in characters


@value(frozen=True, slots=True)
class PastCall(Call):
    """A Call and what became of it: the exchange of the journal."""

    exchange: Exchange = field(kw_only=True)

    def __repr__(self) -> str:
        asked = ", ".join(f"{name}={show(given)}" for name, given in self.params.items())
        return f"<call {self.number}: {self.name}({asked})"[:200] + ">"

    @property
    def params(self) -> dict[str, Any]:
        """What it gave by the SDK's names, wherever it travelled: path, query, body or form."""
        return parameters(self)

    @property
    def reply(self) -> Reply:
        """The answer as the client heard it: `reply.status`, `reply.content`."""
        return self.exchange.reply

    @property
    def source(self) -> str:
        """Who answered: `stub`, `cassette`, `upstream`, `behaviour`, …"""
        return self.exchange.source


def past(mock: Mock, seed: int = 0) -> list[PastCall]:
    """The calls that the journal of a mock still has, in order."""
    found = []
    for exchange in mock.journal:
        call = understand(exchange.request, exchange.number, seed)
        known = (call.request, call.operation, call.values, call.body, call.deployment, call.number, seed, call.media)
        found.append(PastCall(*known, exchange=exchange))
    return found


@dataclass(frozen=True, slots=True)
class Calling:
    """A description of calls, made by `calling`: `operation` is None for any."""

    operation: str | None
    when: tuple[When, ...]
    where: dict[str, Any]

    def among(self, made: Sequence[PastCall], mock: Mock) -> list[PastCall]:
        """Those of the calls that are so. Raises StubError for a description that no operation could fulfil."""
        return [call for call, found in zip(made, self.differences(made, mock), strict=True) if not found]

    def differences(self, made: Sequence[PastCall], mock: Mock) -> list[list[Mismatch]]:
        """Where each of the calls is not so."""
        if self.operation is not None:
            stub = self._stub(self.operation, mock)
            return [list(stub.mismatches(call)) for call in made]
        stubs: dict[str, Stub | StubError] = {}
        for call in made:
            if call.name not in stubs:
                try:
                    stubs[call.name] = self._stub(call.name, mock)
                except StubError as error:
                    stubs[call.name] = error
        if stubs and all(isinstance(stub, StubError) for stub in stubs.values()):
            raise next(error for error in stubs.values() if isinstance(error, StubError))
        found = []
        for call in made:
            stub_or_error = stubs[call.name]
            if isinstance(stub_or_error, StubError):
                found.append([Mismatch("operation", f"one with {self._conditions}", call.name)])
            else:
                found.append(list(stub_or_error.mismatches(call)))
        return found

    def _stub(self, operation: str, mock: Mock) -> Stub:
        return Stub(operation, self.where, when=self.when, mock=mock)

    @property
    def _conditions(self) -> str:
        whole = [getattr(each, "__name__", repr(each)) for each in self.when]
        named = [f"{name}={'***' if name == 'key' else show(wanted)}" for name, wanted in self.where.items()]
        return ", ".join([*whole, *named])

    def __str__(self) -> str:
        conditions = self._conditions
        return f"{self.operation or 'any operation'}" + (f"({conditions})" if conditions else "")


def calling(operation: str | When | None = None, /, *when: When, **where: Any) -> Calling:
    """A description of calls in the words of `mock.on`, for `assert_calls` and `assert_has_calls`.

    Without an operation it is about all calls.
    """
    if operation is None or isinstance(operation, str):
        return Calling(operation, when, where)
    return Calling(None, (operation, *when), where)


def expectations(expected: Sequence[str | Calling]) -> list[Calling]:
    """Descriptions of calls, of which some are an operation's id. Raises StubError for what is neither."""
    for each in [expected] if isinstance(expected, str) else expected:
        if isinstance(expected, str) or not isinstance(each, str | Calling):
            raise StubError(
                f"{show(each)}: calls are expected as a list of operations and of calling(…), as in "
                "assert_calls(['models.list', calling('chat.completions.create', model='gpt-5')])."
            )
    return [calling(each) if isinstance(each, str) else each for each in expected]


def matched(
    wanted: Sequence[Calling], made: Sequence[PastCall], mock: Mock, *, any_order: bool, alone: bool
) -> list[PastCall | None]:
    """The call that each description stands for, None where there is none; no call stands for two."""
    fits = [[not found for found in each.differences(made, mock)] for each in wanted]
    if any_order:
        return [None if index is None else made[index] for index in _assigned(fits, len(made))]
    found: list[PastCall | None] = []
    start = 0
    for position, row in enumerate(fits):
        places = [position] if alone else range(start, len(made))
        place = next((index for index in places if index < len(made) and row[index]), None)
        found.append(None if place is None else made[place])
        start = start if place is None else place + 1
    return found


def _assigned(fits: Sequence[Sequence[bool]], count: int) -> list[int | None]:
    """A largest choice of one column for each row, no column twice (augmenting paths)."""
    owner: list[int | None] = [None] * count

    def place(row: int, seen: set[int]) -> bool:
        for column in range(count):
            if fits[row][column] and column not in seen:
                seen.add(column)
                before = owner[column]
                if before is None or place(before, seen):
                    owner[column] = row
                    return True
        return False

    for row in range(len(fits)):
        place(row, set())
    return [owner.index(row) if row in owner else None for row in range(len(fits))]


# -- what to say


def miscounted(wanted: Calling, made: Sequence[PastCall], mock: Mock, times: int | None) -> str:
    """What to say of calls that were not made, or not as often as they should be."""
    found = wanted.among(made, mock)
    if not made:
        return f"{wanted} was never called: no request came at all. {LOST}"
    if not found:
        lines = [f"{wanted} was never called" + (f", and should have been {_times(times)}." if times else ".")]
    elif times == 0:
        lines = [f"{wanted} was called {_times(len(found))}, and should not have been:", *map(_line, found[:10])]
    else:
        lines = [f"{wanted} was called {_times(len(found))}, not {_times(times or 0)}:", *map(_line, found[:10])]
    if len(found) < (times or 1):
        near = list(_nearest(wanted, [call for call in made if call not in found], mock))
        lines += near if near or found else ["The calls so far:", *map(_line, made[-10:])]
    return _message(lines, mock)


def otherwise(wanted: Calling, call: PastCall, mock: Mock) -> str:
    """What to say of the only call of an operation, which is not as described."""
    lines = [f"{wanted.operation} was called once, and not as {wanted}."]
    return _message([*lines, *_nearest(wanted, [call], mock)], mock)


def disordered(
    wanted: Sequence[Calling],
    found: Sequence[PastCall | None],
    made: Sequence[PastCall],
    mock: Mock,
    *,
    any_order: bool,
    alone: bool,
) -> str:
    """What to say of calls that are not those expected, or not in this order."""
    order = "in any order" if any_order else "in this order"
    lines = [f"The calls were not these, {order}" + (", and no others:" if alone else ":")]
    for position, (one, call) in enumerate(zip(wanted, found, strict=True)):
        if call is not None:
            lines.append(f"  {position + 1}. {one}: call {call.number}")
            continue
        here = (
            made[position : position + 1] if alone and not any_order else [each for each in made if each not in found]
        )
        fitting = [str(each.number) for each in one.among(made, mock)]
        place = f"only elsewhere, as call {', '.join(fitting)}." if fitting else "never came."
        lines.append(f"  {position + 1}. {one}: {place}")
        lines += [] if fitting else [f"     {line}" for line in _nearest(one, here, mock, 1)]
    extra = made[len(wanted) :] if not any_order else [call for call in made if call not in found]
    if alone and extra:
        lines += ["Nobody expected:", *map(_line, extra[:10])]
    return _message(lines if made else [*lines, f"No request came at all. {LOST}"], mock)


LOST = "See that the client has the address of this mock, or its transport."


def _nearest(wanted: Calling, made: Sequence[PastCall], mock: Mock, most: int = NEAREST) -> Iterator[str]:
    """The calls of the operation that are nearly as described, and where they differ."""
    differences = zip(made, wanted.differences(made, mock), strict=True)
    pairs = [(call, found) for call, found in differences if found and found[0].where != "operation"]
    pairs.sort(key=lambda pair: (len(pair[1]), -pair[0].number))
    if pairs:
        yield "The nearest:"
    for call, found in pairs[:most]:
        yield f"  call {call.number} ({call.name}) differs in:"
        for mismatch in found[:MOST_MISMATCHES]:
            yield from (f"    {line}" for line in _told(mismatch))


def _told(mismatch: Mismatch) -> Iterator[str]:
    """A mismatch in one line, or as a diff where its values are too long for that."""
    wanted, got = (_lines(each) for each in (mismatch.wanted, mismatch.got))
    if not wanted or not got or max(len(repr(each)) for each in (mismatch.wanted, mismatch.got)) <= 80:
        yield f"- {mismatch}"
        return
    yield f"- {mismatch.where}, wanted (-) and got (+):"
    diff = [line.rstrip() for line in difflib.unified_diff(wanted, got, n=1, lineterm="")][2:]
    shown = [line for line in diff if not line.startswith("@@")]
    yield from (f"    {line}" for line in shown[:MOST_LINES])
    if len(shown) > MOST_LINES:
        yield f"    … ({len(shown) - MOST_LINES} more lines)"


def _lines(given: object) -> list[str]:
    """A text or a JSON value in lines; nothing for what is neither."""
    if isinstance(given, str):
        return [part for line in given.splitlines() for part in textwrap.wrap(line, WIDTH) or [""]]
    if isinstance(given, dict | list | tuple):
        return json.dumps(given, indent=2, ensure_ascii=False, default=repr).splitlines()
    return []


def _line(call: PastCall) -> str:
    return f"  {repr(call)[1:-1]}"


def _times(count: int | None) -> str:
    return {1: "once", 2: "twice"}.get(count or 0, f"{count} times")


def _message(lines: Sequence[str], mock: Mock) -> str:
    """The message, without the keys that a client has sent."""
    left = mock.journal.forgotten
    more = [f"{left} earlier calls are no longer in the journal, and were not looked at."] if left else []
    text = "\n".join([*lines, *more])
    return mock.journal.text(text.encode("utf-8", "replace"), len(text))
