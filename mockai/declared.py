"""Conditions that no call could meet, found when they are declared: names the API has not, wants that no value is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from .conditions import Condition, steps
from .errors import StubError
from .match import show
from .operations import Operation
from .parameters import names
from .registry import Schema, registry

KINDS: tuple[tuple[type | tuple[type, ...], tuple[str, ...]], ...] = (
    (bool, ("boolean",)),
    (str, ("string",)),
    (int, ("integer", "number")),
    (float, ("number", "integer")),
    (Mapping, ("object",)),
    ((list, tuple), ("array",)),
)
"""What a value of Python's may be in a schema; a bool is an int to Python, so it comes first."""


def check(row: Operation, path: str, wanted: Any) -> None:
    """Raise StubError for a path that leads to nothing in an operation's parameters, or a value that none there is."""
    if names(row) is None:
        return
    where, arms = _reached(row, path)
    kinds = next((kinds for kind, kinds in KINDS if isinstance(wanted, kind)), ())
    if not kinds or not arms:
        return
    if not any(arm["type"] in kinds for arm in arms):
        taken = " or ".join(dict.fromkeys(str(arm["type"]) for arm in arms))
        raise StubError(f"{row.id}: {where} is never {show(wanted)}. It is of the type {taken}.")
    if isinstance(wanted, Mapping | list | tuple):
        inner = wanted.items() if isinstance(wanted, Mapping) else enumerate(wanted)
        way = "/".join(["", *map(_escaped, steps(path))])
        for step, part in inner:
            check(row, f"{way}/{_escaped(step)}", part)


def check_wanted(wanted: Any, place: str) -> None:
    """Raise StubError for what no value of a request is equal to, and for functions that give no answer when asked."""
    if wanted is None or isinstance(wanted, str | int | float | Condition):
        return  # the usual ones
    if isinstance(wanted, Mapping):
        for name, inner in wanted.items():
            check_wanted(inner, f"{place}.{name}")
    elif isinstance(wanted, list | tuple):
        for inner in wanted:
            check_wanted(inner, place)
    elif isinstance(wanted, set | frozenset | Iterator):
        raise StubError(
            f"{place}: no value of a request is a {type(wanted).__name__}. For one of several give a function: "
            "lambda value: value in {…}."
        )
    elif inspect.iscoroutinefunction(wanted) or inspect.isgeneratorfunction(wanted):
        raise StubError(
            f"{place}={show(wanted)}: a condition says yes or no at once, and this function is "
            f"{'async' if inspect.iscoroutinefunction(wanted) else 'a generator'}. Give an ordinary function."
        )


@cache
def silent(row: Operation) -> frozenset[str]:
    """The parameters of which not saying anything means `False`."""
    given = (schema.get("properties", {}).items() for schema in _schemas(row))
    return frozenset(name for each in given for name, schema in each if schema.get("default") is False)


def _schemas(row: Operation) -> list[Schema]:
    return [registry().schema(name) for name in (row.body, row.query) if name]


@lru_cache(maxsize=4096)
def _reached(row: Operation, path: str) -> tuple[str, list[Schema]]:
    """A path as the API writes it, and the schemas of what may stand there: none where anything may."""
    name, *way = steps(path)
    known = names(row) or frozenset()
    if name not in known:
        raise StubError(f"{row.id} has no parameter {name!r}. {_hint(name, known)}")
    where, arms = name, list(_arms_of(row, name))
    for step in way:
        if {} in arms:
            break
        inner = [found for arm in arms for found in _inside(arm, step)]
        if not inner:
            raise StubError(_lost(row, where, step, arms))
        where, arms = f"{where}[{step}]" if _is_index(step) else f"{where}.{step}", inner
    return where, [] if {} in arms else arms


def _arms_of(row: Operation, name: str) -> Iterator[Schema]:
    """What a parameter may be; those of the path are texts."""
    if f"{{{name}}}" in row.path:
        yield {"type": "string"}
        return
    for schema in _schemas(row):
        if name in schema["properties"]:
            yield from _arms(schema["properties"][name], schema["$defs"])


def _arms(schema: Schema, defs: Mapping[str, Schema]) -> Iterator[Schema]:
    """The alternatives of a schema, each with a single `type`, or with none where anything goes."""
    if "$ref" in schema:
        yield from _arms(defs[schema["$ref"].rpartition("/")[2]], defs)
        return
    unions = [arm for word in ("anyOf", "oneOf") for arm in schema.get(word, ())]
    for arm in unions:
        yield from _arms(arm, defs)
    kinds = schema.get("type")
    for kind in () if unions else [kinds] if isinstance(kinds, str) else kinds or [None]:
        yield {"type": kind, "schema": schema, "defs": defs} if kind else {}


def _inside(arm: Schema, step: str) -> Iterator[Schema]:
    """What may stand one step further in; an empty schema where anything may."""
    schema, defs = arm.get("schema", {}), arm.get("defs", {})
    if arm["type"] == "array" and _is_index(step):
        yield from _arms(schema["items"], defs) if schema.get("items") else [{}]
    elif arm["type"] == "object":
        if step in schema.get("properties", {}):
            yield from _arms(schema["properties"][step], defs)
        elif (more := schema.get("additionalProperties", True)) is not False:
            yield from _arms(more, defs) if isinstance(more, dict) and more else [{}]


def _lost(row: Operation, where: str, step: str, arms: list[Schema]) -> str:
    """What to say of a step that leads to nothing."""
    kinds = {arm["type"] for arm in arms}
    members = {name for arm in arms for name in arm.get("schema", {}).get("properties", ())}
    if "array" in kinds and not _is_index(step) and not members:
        return f"{row.id}: {where} is a list, so say which of it, from 0: {where}__0__{step}."
    if members:
        return f"{row.id}: {where} has no {step!r}. {_hint(step, members)}"
    return f"{row.id}: {where} has nothing inside, so no {step!r}."


def _hint(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), 1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"It has: {', '.join(sorted(known))}." if known else "It has none."


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _is_index(step: str) -> bool:
    return re.fullmatch(r"[-_]?[0-9]+", step) is not None
