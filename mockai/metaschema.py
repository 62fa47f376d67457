"""What is wrong with a JSON Schema as a schema, whether or not it is kept to strictly.

The API asks the `jsonschema` package of Python and repeats its words: users quote them of functions whose `required`
is a bool, whose type is unknown, whose members are no schemas, and whose patterns are not Python's (2024 to 2026).
"""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .expected import is_a

TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))

KINDS = {
    **dict.fromkeys(("properties", "$defs", "definitions", "patternProperties", "dependentSchemas"), ("object",)),
    **dict.fromkeys(("required", "enum", "anyOf", "allOf", "oneOf", "prefixItems"), ("array",)),
    **dict.fromkeys(("title", "description", "pattern", "format", "$ref"), ("string",)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), ("number",)),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), ("integer",)),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), ("integer",)),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), ("boolean",)),
    **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames"), ("object", "boolean")),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), ("object", "boolean")),
    **dict.fromkeys(("not", "if", "then", "else"), ("object", "boolean")),
}
"""The types of JSON that the values of keywords have."""

NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Keywords whose members are schemas."""

LISTED = ("anyOf", "allOf", "oneOf", "prefixItems")
"""Keywords whose items are schemas."""

SCHEMA = ("object", "boolean")


def unsound(schema: Any) -> str | None:
    """The first thing that no JSON Schema can have, from the outside in; None if there is none."""
    waiting = deque([schema])
    while waiting:
        part = waiting.popleft()
        if not _fits(part, SCHEMA):
            return misfit(part, SCHEMA)
        if isinstance(part, dict):
            for words in _faults(part):
                return words
            waiting.extend(_inside(part))
    return None


def _faults(schema: dict[str, Any]) -> Iterator[str]:
    for key, given in schema.items():
        if key in KINDS and not _fits(given, KINDS[key]):
            yield misfit(given, KINDS[key])
        elif key == "type" and not _known(given):
            yield f"{given!r} is not valid under any of the given schemas."
        elif key == "required":
            yield from (misfit(each, ("string",)) for each in given if not isinstance(each, str))
        elif key == "pattern" and not is_regex(given):
            yield f"{given!r} is not a 'regex'."


def _inside(schema: dict[str, Any]) -> Iterator[Any]:
    for key, given in schema.items():
        if key in NAMED:
            yield from given.values()
        elif key in LISTED:
            yield from given
        elif KINDS.get(key) == SCHEMA:
            yield given


def _known(given: Any) -> bool:
    """Whether a `type` is one there is, or several."""
    kinds = given if isinstance(given, list) else [given]
    return bool(kinds) and all(isinstance(kind, str) and kind in TYPES for kind in kinds)


def _fits(given: Any, kinds: tuple[str, ...]) -> bool:
    return any(is_a(given, kind) for kind in kinds)


def misfit(given: Any, kinds: tuple[str, ...]) -> str:
    """What is said of a value of another type."""
    return f"{given!r} is not of type {', '.join(map(repr, kinds))}."


@lru_cache(maxsize=256)
def is_regex(pattern: str) -> bool:
    """Whether Python compiles it: `\\p{L}` and `(?<name>…)` are others' regular expressions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what later Pythons may read otherwise
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            return False
    return True
