"""What a part of a request must look like, beyond being equal: `contains("rain")`, `matches(r"\\d+")`, `anything`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .errors import StubError
from .match import ABSENT, Mismatch
from .value import value


@value(frozen=True, slots=True)
class Condition:
    """A test of one value, with the words to name it in a message."""

    test: Callable[[Any], bool]
    words: str

    def __call__(self, value: Any) -> bool:
        return self.test(value)

    def __repr__(self) -> str:
        return self.words


def contains(part: Any) -> Condition:
    """Text in which `part` occurs, anywhere inside the value; bytes in bytes; or a list with an item `part` fits."""

    def test(value: Any) -> bool:
        if isinstance(part, bytes) and isinstance(value, bytes):
            return part in value
        if isinstance(value, list) and any(next(wanting(part, item), None) is None for item in value):
            return True
        return isinstance(part, str) and any(part in text for text in texts(value))

    return Condition(test, f"contains({part!r})")


def matches(pattern: str) -> Condition:
    """Text, anywhere inside the value, in which the regular expression finds something.

    Raises StubError for what is no regular expression.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, TypeError) as error:
        raise StubError(f"matches({pattern!r}): this is not a regular expression ({error}).") from None
    return Condition(lambda value: any(compiled.search(text) for text in texts(value)), f"matches({pattern!r})")


def glob(pattern: str) -> Condition:
    """Text of which `*` stands for any part, and `?` for any sign: how `model="gpt-5*"` is read."""
    return Condition(lambda value: isinstance(value, str) and fnmatchcase(value, pattern), repr(pattern))


anything = Condition(lambda value: value is not ABSENT, "anything")
"""Any value, as long as there is one."""


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value; keys are not looked at."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from texts(inner)


def wanting(wanted: Any, got: Any, where: str = "") -> Iterator[Mismatch]:
    """Every place where `got` is not what was asked for: objects may have more fields, all else must be equal."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for name, value in wanted.items():
            yield from wanting(value, got.get(name, ABSENT), f"{where}.{name}" if where else name)
    elif isinstance(wanted, list | tuple) and isinstance(got, list) and len(wanted) == len(got):
        for index, value in enumerate(wanted):
            yield from wanting(value, got[index], f"{where}[{index}]")
    elif isinstance(wanted, Condition):
        if not wanted(got):
            yield Mismatch(where, wanted, got)
    elif callable(wanted):
        yield from _judged(wanted, got, where)
    elif wanted is None and got is ABSENT:
        return  # to the API a null is the same as nothing
    elif wanted != got or isinstance(wanted, bool) is not isinstance(got, bool):
        yield Mismatch(where, wanted, got)


def steps(path: str) -> list[str]:
    """The steps of a path, written as a JSON pointer, with `__`, or as the API writes it.

    `/messages/0/content`, `messages__0__content` and `messages[0].content` are the same.
    """
    if path.startswith("/"):
        return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    if "__" in path:
        return path.split("__")
    return re.findall(r"[^.\[\]]+", path) or [path]


def reach(value: Any, path: str) -> tuple[str, Any]:
    """What stands at `path`, and the path as the API writes it: `messages__0__content` is `messages[0].content`.

    A negative index counts from the end: `messages__-1__role`, or `messages___1__role` where only a name may stand.
    """
    where = ""
    for step in steps(path):
        if isinstance(value, list) and re.fullmatch(r"[-_]?[0-9]+", step):
            index = int(step.replace("_", "-"))
            value = value[index] if -len(value) <= index < len(value) else ABSENT
            where += f"[{index}]"
        else:
            value = value.get(step, ABSENT) if isinstance(value, Mapping) else ABSENT
            where += f".{step}" if where else step
    return where, value


def _judged(test: Callable[[Any], Any], got: Any, where: str) -> Iterator[Mismatch]:
    """What a user's own function says of a value that is there; one that raises says no."""
    name = getattr(test, "__name__", repr(test))
    try:
        fits = got is not ABSENT and test(got)
    except Exception as error:
        fits, name = False, f"{name} (which raised {error!r})"
    if not fits:
        yield Mismatch(where, Condition(test, name), got)
