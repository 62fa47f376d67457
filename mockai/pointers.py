"""JSON pointers with wildcards: `/messages/*/tool_call_id` is that member of every message.

A pointer is as in RFC 6901, but for `*`, which stands for every member or entry of its place; `~2` is a member that is
called `*`. In front of a pointer may stand the operation it is for, as in `chat.completions.create:/seed`, with `*` for
any part of its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeAlias

from .errors import ConfigError

Steps: TypeAlias = tuple[str | None, ...]
"""The way to a place; None is every member."""

EVERY: None = None


class Nothing:
    """Stands for what was not picked."""


NOTHING = Nothing()


@lru_cache(maxsize=1024)
def steps(pointer: str) -> Steps:
    """The steps of a pointer."""
    return tuple(EVERY if step == "*" else _member(step) for step in pointer.split("/")[1:])


def _member(step: str) -> str:
    return step.replace("~2", "*").replace("~1", "/").replace("~0", "~")


def drop(value: Any, way: Steps) -> None:
    """Take out what is at a place, where there is something."""
    if len(way) == 1 and isinstance(value, dict) and way[0] is not EVERY:  # the usual one, and often on a hot path
        value.pop(way[0], None)
        return
    for inside, name in reversed(list(places(value, way))):
        del inside[name]


def put(value: Any, way: Steps, change: Callable[[Any], Any]) -> bool:
    """Change what is at a place; whether there was something."""
    found = list(places(value, way))
    for inside, name in found:
        inside[name] = change(inside[name])
    return bool(found)


def places(value: Any, way: Steps) -> Iterator[tuple[Any, Any]]:
    """Every container on the last step of a way, and the name or index in it."""
    if not way:
        return
    found = [value]
    for step in way[:-1]:
        found = [inside[name] for inside in found for name in _names(inside, step)]
    for inside in found:
        for name in _names(inside, way[-1]):
            yield inside, name


def picked(value: Any, ways: Iterable[Steps]) -> Any:
    """Only what lies at these places, in the containers that lead there; NOTHING where nothing does."""
    ways = list(ways)
    if () in ways:
        return value
    if isinstance(value, dict):
        found = {name: picked(inner, _rest(ways, name)) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner is not NOTHING} or NOTHING
    if isinstance(value, list):
        inside = [picked(inner, _rest(ways, str(index))) for index, inner in enumerate(value)]
        return [inner for inner in inside if inner is not NOTHING] or NOTHING
    return NOTHING


def _rest(ways: Iterable[Steps], name: str) -> list[Steps]:
    return [way[1:] for way in ways if way and (way[0] is EVERY or way[0] == name)]


def _names(value: Any, step: str | None) -> list[Any]:
    if isinstance(value, dict):
        return list(value) if step is EVERY else [step] if step in value else []
    if isinstance(value, list):
        if step is EVERY:
            return list(range(len(value)))
        return [int(step)] if step.isdecimal() and int(step) < len(value) else []
    return []


# -- for one operation or for all


def split(text: str) -> tuple[str, str]:
    """The operation in front of a pointer or a word (empty for all), and what is left."""
    if text.startswith("/") or ":" not in text:
        return "", text
    operation, _, rest = text.partition(":")
    return operation, rest


def meant(operation: str, id: str | None) -> bool:
    """Whether what is said for `operation` is said for the one with this id."""
    return not operation or (id is not None and fnmatchcase(id, operation))


def listed(given: str | Iterable[str] | Mapping[str, str | Iterable[str]]) -> tuple[str, ...]:
    """Texts out of one, several, or several by operation: `{"embeddings.create": ["/user"], "*": ["/seed"]}`."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Mapping):
        return tuple(given)
    return tuple(
        text if operation == "*" else f"{operation}:{text}"
        for operation, texts in given.items()
        for text in ((texts,) if isinstance(texts, str) else texts)
    )


def checked(text: str, what: str) -> str:
    """The pointer, which is one. Raises ConfigError for what is none, or is for an operation that is none."""
    operation, pointer = split(text)
    if not pointer.startswith("/"):
        raise ConfigError(
            f"Not a JSON pointer {what}: {text!r}. They begin with a slash, such as /user or /messages/*/name; the "
            "operation they are for may stand in front: chat.completions.create:/seed."
        )
    known(operation)
    return text


def known(pattern: str) -> None:
    """Raises ConfigError for a pattern that is the id of no operation."""
    if not pattern or pattern == "*":
        return
    from .operations import operations

    if any(fnmatchcase(id, pattern) for id in operations()):
        return
    import difflib

    near = difflib.get_close_matches(pattern, operations(), 2, 0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ConfigError(f"The API has no operation {pattern!r}.{hint} The names are the SDK's: chat.completions.create.")
