"""A scripted conversation: what each turn expects to be told, and what it answers.

Which turn a call has come to is read from the history that the call itself brings along, never counted: conversations
may interleave, begin again, and be asked the same twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Self

import orjson

from .call import Call
from .conditions import Condition, anything, wanting
from .declared import check_wanted
from .errors import StubError
from .history import HISTORIES, Said, turns
from .match import ABSENT, Mismatch, show
from .step import Answer, Step, due, owed
from .stubs import Stub

if TYPE_CHECKING:
    from .behaviours import Mock

GOING_ON = Condition(bool, "a request to go on, with nothing new from the user or a tool")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a turn expects: the result of a `tool`, or a message of the user's where that is empty."""

    tool: str
    content: Any

    def __str__(self) -> str:
        if not self.tool:
            return f"user({show(self.content)})"
        return f"tool_result({self.tool!r}" + ("" if self.content is anything else f", {show(self.content)}") + ")"


@dataclass(slots=True)
class Turn:
    """What is expected to be said to the model, and its answers as in a Stub."""

    wanted: list[Wanted] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def mismatches(self, said: Sequence[Said], place: str) -> Iterator[Mismatch]:
        """Where what was said is not what was expected; of several messages of a user's the last ones count."""
        for tool in ("", "tool"):
            wanted = [each for each in self.wanted if bool(each.tool) is bool(tool)]
            got = [each for each in said if (each.who == "tool") is bool(tool)]
            if not tool and wanted:
                got = got[-len(wanted) :]
            for one, other in zip_longest(wanted, got):
                yield from _differs(one, other, place)

    def __str__(self) -> str:
        return ".".join(map(str, self.wanted)) + ".then".join(f".{step}" for step in self.steps)


@dataclass(eq=False, repr=False)
class Conversation(Stub):
    """A whole agent loop as one stub. Made by `mock.conversation(...)`; every method returns it, so that calls chain.

    `user` and `tool_result` say what a turn expects, the answers of a Stub what it then says; `steps` are those of
    the latest turn.
    """

    turns: list[Turn] = field(default_factory=list, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.operation not in HISTORIES:
            raise StubError(
                f"{self.operation} has no conversations: its requests bring no history along. "
                f"These do: {', '.join(HISTORIES)}."
            )

    def fresh(self, mock: Mock, /) -> Conversation:
        """The same conversation, for another mock, with nothing used yet."""
        own = [Turn(turn.wanted, [step.fresh() for step in turn.steps]) for turn in self.turns]
        steps = own[-1].steps if own else []
        return Conversation(
            self.operation, self.where, steps, self.whole, mock=mock, origin=self.origin, turns=own
        )  # fmt: skip

    # -- what to expect

    def user(self, content: Any = anything) -> Self:
        """The user says this: a text, a condition (`contains("weather")`), a function."""
        return self._expect(Wanted("", content))

    def tool_result(self, name: str, content: Any = anything, /) -> Self:
        """The tool called `name` gave this: a text, an object (the result is read as JSON), a condition, a function.

        Results of several calls stand in the order of the calls, in whatever order they are sent.
        """
        if not isinstance(name, str) or not name:
            raise StubError(f"tool_result({show(name)}): the name of the tool comes first, then what it gave.")
        return self._expect(Wanted(name, content))

    def _expect(self, wanted: Wanted) -> Self:
        check_wanted(wanted.content, f"tool_result({wanted.tool!r})" if wanted.tool else "user")
        if not self.turns or self.turns[-1].steps:
            self.turns.append(Turn())
            self.steps = self.turns[-1].steps
        self.turns[-1].wanted.append(wanted)
        return self

    def _step(self, answer: Answer, words: str) -> Self:
        if not self.turns:
            raise StubError(f"{self} answers before it is asked. Begin with .user(…): what the first turn expects.")
        if self.steps and self.steps[-1].times is None:
            raise StubError(
                f"Turn {len(self.turns)} of {self} has its answer already. Go on with .user(…) or .tool_result(…), or "
                f"say .then before an answer to the same turn asked once more."
            )
        return super()._step(answer, words)

    # -- what the straight line asks

    def mismatches(self, call: Call) -> Iterator[Mismatch]:
        """Where the call is none of this conversation: the first turn that went another way."""
        yield from self._reached(call)[1]

    def step(self, call: Call) -> Step | None:
        """The answer of the turn that the call has come to; None where it is none of this conversation's."""
        number, found = self._reached(call)
        return None if found else due(self.turns[number].steps)

    def _reached(self, call: Call) -> tuple[int, list[Mismatch]]:
        """The index of the turn that the call has come to, and where that went another way."""
        found = list(super().mismatches(call))
        if found:
            return 0, found
        assert self.mock is not None
        heard = turns(HISTORIES[self.operation](call, self.mock))
        for index, said in enumerate(heard):
            known = index < len(self.turns)
            turn = self.turns[index] if known else Turn()
            place = f"turn {index + 1} of {len(self.turns)}" if known else f"after turn {index} of {len(self.turns)}"
            if found := list(turn.mismatches(said, place)):
                return index, found
        if len(heard) > len(self.turns):
            return len(self.turns), [Mismatch(f"after turn {len(self.turns)} of {len(self.turns)}", ABSENT, GOING_ON)]
        return len(heard) - 1, []

    @property
    def used(self) -> int:
        """How many calls it answered."""
        return sum(step.used for turn in self.turns for step in turn.steps)

    def unlike(self, found: Sequence[Mismatch]) -> Iterator[str]:
        """Why this conversation does not answer a call with these mismatches, and what it expects turn by turn."""
        yield f"{self._head} " + ("differs in:" if found else "has no more answers in this turn.")
        for mismatch in found[:8]:
            yield f"  - {mismatch}"
        yield "  Its turns:"
        for number, turn in enumerate(self.turns, 1):
            yield f"  {number}. {turn}"

    def unmet(self) -> str | None:
        """The turns that never happened, in words; None if all did."""
        if not self.turns:
            return f"{self} says nothing. Begin with .user(…), and give it an answer: .reply(…) or .call_tool(…)."
        wrong, silent = [], False
        for number, turn in enumerate(self.turns, 1):
            place = f"{self._head}: turn {number} of {len(self.turns)}, {turn},"
            if not turn.steps:
                silent = True
                wrong.append(f"{place} has no answer. Give it one: .reply(…), .call_tool(…), .fail(…) or .answer().")
            elif left := owed(turn.steps):
                used = any(step.used for step in turn.steps)
                wrong.append(f"{place} was left early: {left}" if used else f"{place} never happened.")
        if wrong and not self.used and not silent:
            return f"{self} was never used."
        return "\n".join(wrong) or None

    @property
    def _head(self) -> str:
        return f"conversation({self.head})"

    def __str__(self) -> str:
        return ".".join([self._head, *map(str, self.turns)])


def _differs(wanted: Wanted | None, got: Said | None, place: str) -> Iterator[Mismatch]:
    """Where one thing that was said is not the one expected; None is nothing."""
    if got is None:
        assert wanted is not None
        told = f"the result of {wanted.tool}" if wanted.tool else "a message of the user's"
        yield Mismatch(f"{place}, {told}", wanted.content, ABSENT)
        return
    about = f"the result of {got.tool or 'a tool'} in " if got.who == "tool" else ""
    where, content = f"{place}, {about}{got.where}", got.content
    if wanted is None:
        yield Mismatch(where, ABSENT, content)
        return
    if wanted.tool and wanted.tool != got.tool:
        yield Mismatch(f"{place}, the tool whose result is {got.where}", wanted.tool, got.tool or ABSENT)
        return
    if wanted.tool and isinstance(wanted.content, dict | list) and isinstance(content, str):
        with suppress(orjson.JSONDecodeError):
            content = orjson.loads(content)
    yield from wanting(wanted.content, content, where)
