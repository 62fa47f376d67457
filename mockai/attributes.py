"""Attribute filters: which files of a vector store a search looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}


def passes(attributes: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether attributes are what a filter of the API wants: a comparison, or several joined by `and` and `or`.

    An attribute that is not there, or of another type, is unequal to everything, and neither more nor less.
    """
    if not wanted:
        return True
    kind = str(wanted.get("type"))
    if kind in ("and", "or"):
        found = (passes(attributes, each) for each in wanted.get("filters") or ())
        return all(found) if kind == "and" else any(found)
    value, limit = attributes.get(str(wanted.get("key"))), wanted.get("value")
    if kind in ("eq", "ne"):
        return _same(value, limit) is (kind == "eq")
    if kind in ("in", "nin"):
        return any(_same(value, each) for each in limit or ()) is (kind == "in")
    return kind in ORDERED and _sort(value) == _sort(limit) in ("number", "text") and ORDERED[kind](value, limit)


def _same(one: Any, other: Any) -> bool:
    return _sort(one) == _sort(other) and bool(one == other)


def _sort(value: Any) -> str:
    """What sort of value it is: a yes is no 1."""
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "nothing"
