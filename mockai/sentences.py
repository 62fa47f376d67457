"""The API's sentences about a wrong value: one function a fault, each giving a Finding with the API's code.

The patterns and codes are those of recorded 400s and of what the API's users quote of them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .expected import EVERY, elided, got, one_of, quote
from .patterns import matches

Path: TypeAlias = tuple[str | int, ...]

NEAR = 2
"""Letters by which a parameter may be misspelled for the API to say what was meant (measured in August 2026)."""

BELOW, ABOVE = ("below", "minimum", "min"), ("above", "maximum", "max")
BOUNDS = (
    ("minimum", ">=", operator.ge, BELOW),
    ("exclusiveMinimum", ">", operator.gt, BELOW),
    ("maximum", "<=", operator.le, ABOVE),
    ("exclusiveMaximum", "<", operator.lt, ABOVE),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a value.

    `path` is written as the API writes it (`messages[0].content[1].type`, empty for the whole value), `pointer` is the
    same place as a JSON pointer; `message` and `code` are the API's.
    """

    path: str
    pointer: str
    message: str
    code: str | None


def dotted(path: Path) -> str:
    """A path as the API writes it: `messages[0].content`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def pointer(path: Path) -> str:
    """A path as a JSON pointer: `/messages/0/content`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def finding_at(path: Path, message: str, code: str | None) -> Finding:
    """A finding; `{}` in its message stands for the quoted path."""
    place = dotted(path)
    return Finding(place, pointer(path), message.replace("{}", f"'{place or 'body'}'", 1), code)


def wrong_type(path: Path, wanted: str, value: Any) -> Finding:
    """A value of another type than `wanted`, which is said in the words of `expected`."""
    return finding_at(path, f"Invalid type for {{}}: expected {wanted}, but got {got(value)} instead.", "invalid_type")


def unsupported(path: Path, value: Any, offered: Sequence[Any]) -> Finding:
    """A value that is none of those `offered`."""
    named = [quote(item) for item in offered if item is not None]
    text = f"Invalid value: {quote(value)}. Supported values are: {one_of(named, 'and', bare=True)}."
    return Finding(dotted(path), pointer(path), text, "invalid_value")


def misfit(path: Path, words: str) -> Finding:
    """A value at fault in a way the API has no sentence for."""
    return finding_at(path, f"Invalid value for {{}}: it {words}.", "invalid_value")


def missing(path: Path) -> Finding:
    """A parameter that must be there and is not."""
    return finding_at(path, "Missing required parameter: {}.", "missing_required_parameter")


def unknown_parameter(path: Path, known: Iterable[str] = ()) -> Finding:
    """A parameter that there is not, with those of the `known` that may have been meant: the nearest first."""
    name = str(path[-1])
    near = sorted((apart, each) for each in known if (apart := _apart(name, each)) <= NEAR)
    meant = f" Did you mean {one_of([quote(each) for _, each in near], bare=True)}?" if near else ""
    return finding_at(path, f"Unknown parameter: {{}}.{meant}", "unknown_parameter")


def _apart(one: str, other: str) -> int:
    """How many letters must be put in, left out or changed to make one of the other; some number above NEAR if many."""
    if abs(len(one) - len(other)) > NEAR:
        return NEAR + 1
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        last, row[0] = row[0], place
        for column, each in enumerate(other, 1):
            last, row[column] = row[column], min(last + (letter != each), row[column] + 1, row[column - 1] + 1)
    return row[-1]


def too_short(path: Path, kind: str, least: int, size: int) -> Finding:
    """A string or array (`kind`) with fewer characters or items than it must have."""
    article = "an" if kind == "array" else "a"
    if size == 0:
        wanted = f"Expected {article} {kind} with minimum length {least}, but got an empty {kind} instead."
        return finding_at(path, f"Invalid {{}}: empty {kind}. {wanted}", f"empty_{kind}")
    wanted = (
        f"Expected {article} {kind} with minimum length {least}, but got {article} {kind} with length {size} instead."
    )
    return finding_at(path, f"Invalid {{}}: {kind} too short. {wanted}", f"{kind}_below_min_length")


def too_long(path: Path, kind: str, most: int, size: int) -> Finding:
    """A string or array (`kind`) with more characters or items than it may have."""
    article = "an" if kind == "array" else "a"
    wanted = (
        f"Expected {article} {kind} with maximum length {most}, but got {article} {kind} with length {size} instead."
    )
    return finding_at(path, f"Invalid {{}}: {kind} too long. {wanted}", f"{kind}_above_max_length")


def of_string(schema: dict[str, Any], value: str, path: Path) -> Iterator[Finding]:
    """A string's length, else its pattern."""
    size, least, most = len(value), schema.get("minLength", 0), schema.get("maxLength")
    if size < least:
        yield too_short(path, "string", least, size)
    elif most is not None and size > most:
        yield too_long(path, "string", most, size)
    elif "pattern" in schema and not matches(schema["pattern"], value):
        wanted = f"Expected a string that matches the pattern '{schema['pattern']}'."
        yield finding_at(path, f"Invalid {{}}: string does not match pattern. {wanted}", "invalid_value")


def of_number(schema: dict[str, Any], value: float, path: Path, taken: frozenset[str]) -> Iterator[Finding]:
    """A number out of bounds, called after the type the schema takes; after its own where any type will do."""
    whole = isinstance(value, int) if taken == EVERY else "number" not in taken
    kind = "integer" if whole else "decimal"
    for keyword, sign, keeps, (where, word, short) in BOUNDS:
        limit = schema.get(keyword)
        if limit is not None and not keeps(value, limit):
            wanted = f"Expected a value {sign} {limit}, but got {value} instead."
            yield finding_at(
                path, f"Invalid {{}}: {kind} {where} {word} value. {wanted}", f"{kind}_{where}_{short}_value"
            )
            return


def _count(path: Path, word: str, bound: str, size: int, code: str) -> Finding:
    wanted = f"Expected an object with {bound} properties, but got an object with {size} properties instead."
    return finding_at(path, f"Invalid {{}}: too {word} properties. {wanted}", f"object_{code}_properties")


def of_names(schema: dict[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Too many or too few members, and names that are too long."""
    size = len(value)
    most, least = schema.get("maxProperties"), schema.get("minProperties", 0)
    if most is not None and size > most:
        yield _count(path, "many", f"at most {most}", size, "above_max")
    if size < least:
        yield _count(path, "few", f"at least {least}", size, "below_min")
    rule = schema.get("propertyNames")
    longest = rule.get("maxLength") if isinstance(rule, dict) else None
    for name in value:
        if longest is not None and len(name) > longest:
            wanted = (
                f"Expected a string with maximum length {longest}, but got a string with length {len(name)} instead."
            )
            text = f"Invalid property name in '{dotted(path)}': {elided(name)} is too long. {wanted}"
            yield Finding(dotted((*path, name)), pointer((*path, name)), text, "property_name_above_max_length")
