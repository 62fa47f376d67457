"""The grammar of completions, whose chunks all look alike: what may follow what is in their choices.

A choice begins with its role, ends with its one finish_reason, and says nothing after it; what all of them used comes
last, in a chunk without choices, and then `[DONE]`. Read off recorded streams of 2023 to 2026, with what Azure does
otherwise: a first chunk of empty names without choices, and verdicts of its filter without a delta, at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..sse import DONE
from .spans import Slip, Told

CONSTANT = ("id", "model", "created")


@dataclass(slots=True)
class _Choice:
    """A choice that has begun."""

    finished: bool = False
    calls: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Chunks:
    """One reading of a stream of chunks. `chat` says that they have deltas, `usage` that it was asked for."""

    chat: bool
    usage: bool = False
    choices: dict[int, _Choice] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)
    differing: set[str] = field(default_factory=set)
    spent: bool = False
    closing: bool = False
    done: bool = False
    failed: bool = False
    audio: bool = False

    def slips(self, events: Sequence[Told], whole: bool) -> Iterator[Slip]:
        """What is out of order; of a stream that is not `whole`, its end is not looked at."""
        for event in events:
            if self.done:
                yield Slip(event.number, f"There is more after {DONE}, which is the end.")
            elif event.type == DONE:
                self.done = True
            elif isinstance(event.value, dict):
                yield from self.chunk(event.number, event.value)
        if whole:
            yield from self.end()

    def chunk(self, number: int, value: dict[str, Any]) -> Iterator[Slip]:
        """One chunk, or an error in the place of one."""
        choices = value.get("choices")
        if not isinstance(choices, list):
            self.failed = self.failed or "error" in value
            return
        if value.get("id"):
            yield from self.constant(number, value)
            if choices and self.closing:
                yield Slip(number, "A chunk with choices comes after the one without, which is the last.", ("choices",))
            self.closing = self.closing or not choices
        if value.get("usage") and not choices:
            if self.spent:
                yield Slip(number, "What was used is told a second time.", ("usage",))
            self.spent = True
        indexes = [choice.get("index") for choice in choices if isinstance(choice, dict)]
        for place, choice in enumerate(choices):
            if isinstance(choice, dict):
                if indexes.count(choice.get("index")) > 1:
                    yield Slip(number, "Two choices have the same index.", ("choices", place, "index"))
                yield from self.choice(number, place, choice)

    def constant(self, number: int, value: dict[str, Any]) -> Iterator[Slip]:
        """What is the same in all chunks of an answer."""
        for name in CONSTANT:
            said = value.get(name)
            if self.first.setdefault(name, said) != said and name not in self.differing:
                self.differing.add(name)
                yield Slip(number, f"{name} is {said!r}, and {self.first[name]!r} in the chunks before.", (name,))

    def choice(self, number: int, place: int, choice: dict[str, Any]) -> Iterator[Slip]:
        """One choice of a chunk."""
        index, delta, path = choice.get("index"), choice.get("delta"), ("choices", place)
        if not isinstance(index, int):
            return  # the schema says so
        if self.chat and not isinstance(delta, dict):
            self.choices.setdefault(index, _Choice())  # the verdict of Azure's filter, which may stand for the role
            return
        known = self.choices.get(index)
        if known is None:
            known = self.choices[index] = _Choice()
            if self.chat and "role" not in (delta or {}):
                yield Slip(number, f"Choice {index} begins without its role.", (*path, "delta"))
        elif known.finished:
            yield Slip(number, f"Choice {index} goes on after its finish_reason.", path)
        elif self.chat and (delta or {}).get("role"):
            yield Slip(number, f"Choice {index} begins a second time.", (*path, "delta", "role"))
        known.finished = known.finished or bool(choice.get("finish_reason"))
        if isinstance(delta, dict):
            self.audio = self.audio or bool(delta.get("audio"))
            yield from self.calls(number, place, known, delta.get("tool_calls"))

    def calls(self, number: int, place: int, choice: _Choice, calls: Any) -> Iterator[Slip]:
        """The calls of tools in a delta: the first piece of each has its id."""
        for at, call in enumerate(calls if isinstance(calls, list) else ()):
            index = call.get("index") if isinstance(call, dict) else None
            if not isinstance(index, int):
                continue
            path = ("choices", place, "delta", "tool_calls", at)
            if index not in choice.calls and not call.get("id"):
                yield Slip(number, f"Tool call {index} begins without its id.", path)
            elif index in choice.calls and call.get("id"):
                yield Slip(number, f"Tool call {index} begins a second time.", path)
            elif index > len(choice.calls):
                yield Slip(number, f"Tool call {index} comes before number {len(choice.calls)}.", path)
            choice.calls.add(index)

    def end(self) -> Iterator[Slip]:
        """What is missing at the end; after an error nothing but `[DONE]`, and sound has no finish_reason."""
        if not (self.failed or self.audio):
            for index, choice in self.choices.items():
                if not choice.finished:
                    yield Slip(None, f"The stream ends without the finish_reason of choice {index}.")
            if not self.choices:
                yield Slip(None, "The stream ends without a choice.")
            elif self.usage and not self.spent:
                yield Slip(None, "stream_options asks for usage, and no chunk has it.", warning=True)
        if not self.done:
            yield Slip(None, f"The stream ends without {DONE}.")
