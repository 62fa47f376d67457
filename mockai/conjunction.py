"""A place in a value that is being made, and the schemas that rule it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .expected import KINDS, Schema

HARD = frozenset(
    ("not", "oneOf", "if", "contains", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems",
     "patternProperties", "propertyNames", "uniqueItems", "$dynamicRef")
)  # fmt: skip
"""Keywords whose meaning shows only on a finished value."""

SPEAKS = {
    "object": frozenset(
        ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
         "propertyNames", "dependentRequired")
    ),
    "array": frozenset(("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains")),
    "string": frozenset(("pattern", "format", "minLength", "maxLength")),
    "number": frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
}  # fmt: skip
"""Keywords that say nothing of a type, but are only used where it is meant."""


def kinds_of(schema: dict[str, Any]) -> frozenset[str]:
    """The types a schema names; a number may be an integer."""
    if "type" not in schema:
        return frozenset(KINDS)
    named = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    return frozenset(named | {"integer"} if "number" in named else named)


@dataclass(frozen=True, slots=True)
class Node:
    """A place to fill: the schemas that rule it, its path, and the references that led there."""

    schemas: tuple[Schema, ...]
    path: tuple[str | int, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The nearest property name above this place."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    def child(self, step: str | int, schemas: Sequence[Schema]) -> Node:
        """The place of a member or item."""
        return Node(tuple(schemas), (*self.path, step), self.references)


@dataclass(frozen=True, slots=True)
class Plain:
    """One reading of a Node: schemas without references, unions or conditions, which must all hold at once."""

    parts: tuple[dict[str, Any], ...] = ()
    references: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)
    hard: bool = False

    def gather(self, keyword: str) -> list[Any]:
        """The values of `keyword` in all parts that have it."""
        return [part[keyword] for part in self.parts if keyword in part]
