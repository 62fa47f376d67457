"""What a part of a request must look like, beyond being equal: `contains("weather")`, `matches(r"\\d+")`, `anything`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .match import ABSENT, Mismatch


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one value, with the words to name it in a message."""

    test: Callable[[Any], bool]
    words: str

    def __call__(self, value: Any) -> bool:
        return self.test(value)

    def __repr__(self) -> str:
        return self.words


def contains(part: Any) -> Condition:
    """Text in which `part` occurs; in a list or an object, text anywhere inside it; or a list that has `part`."""

    def test(value: Any) -> bool:
        if isinstance(value, list) and part in value:
            return True
        return isinstance(part, str) and any(part in text for text in texts(value))

    return Condition(test, f"contains({part!r})")


def matches(pattern: str) -> Condition:
    """Text, perhaps deep inside a list or an object, in which the regular expression finds something."""
    compiled = re.compile(pattern)
    return Condition(lambda value: any(compiled.search(text) for text in texts(value)), f"matches({pattern!r})")


anything = Condition(lambda value: value is not ABSENT, "anything")
"""Any value, as long as there is one."""


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value; keys are not looked at."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from texts(inner)


def wanting(wanted: Any, got: Any, where: str) -> Iterator[Mismatch]:
    """Every place where `got` is not what was asked for: objects may have more fields, everything else must be equal."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for name, value in wanted.items():
            yield from wanting(value, got.get(name, ABSENT), f"{where}.{name}" if where else name)
    elif isinstance(wanted, Sequence) and not isinstance(wanted, str) and isinstance(got, Sequence):
        if len(wanted) == len(got):
            for index, value in enumerate(wanted):
                yield from wanting(value, got[index], f"{where}[{index}]")
        else:
            yield Mismatch(where, wanted, got)
    elif callable(wanted):
        if not wanted(got):
            yield Mismatch(where, wanted if isinstance(wanted, Condition) else getattr(wanted, "__name__", wanted), got)
    elif wanted != got or isinstance(wanted, bool) is not isinstance(got, bool):
        yield Mismatch(where, wanted, got)


def reach(value: Any, path: str) -> tuple[str, Any]:
    """What stands at `path` (`messages__0__content`; a negative index counts from the end), and the path as the API writes it."""
    where = ""
    for step in path.split("__"):
        number = re.fullmatch(r"-?\d+|_\d+", step)
        if number and isinstance(value, list):
            index = int(step.replace("_", "-"))
            value = value[index] if -len(value) <= index < len(value) else ABSENT
            where += f"[{index}]"
        else:
            value = value.get(step, ABSENT) if isinstance(value, Mapping) else ABSENT
            where += f".{step}" if where else step
    return where, value
