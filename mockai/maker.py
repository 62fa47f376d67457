"""One attempt at a value: readings of the schemas that rule each place, tried the most wanted first.

A place in the value is ruled by all the schemas that apply there at once (a *conjunction*): references and `allOf` add
to it, `anyOf`, `oneOf` and `if` are choices tried in turn, and each member or item has a conjunction of its own. What a
conjunction cannot show beforehand (`not`, a `oneOf` matched twice …) is checked on the finished part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Any, Literal, TypeAlias

from . import members, scalars
from .conjunction import HARD, SPEAKS, Node, Plain, kinds_of
from .document import Document
from .expected import KINDS, Schema, json_equal

Values: TypeAlias = Literal["full", "plausible", "smallest", "varied"]
"""The manner of a value: `full` has all there may be, and of each the first; `plausible` is thrown for, and looks like
real data; `smallest` is the least there may be; `varied` has what tests forget: the empty, the long, the outermost.
"""
Optionals: TypeAlias = Literal["all", "some", "none"]

NOTES = frozenset(
    (
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$comment",
        "$schema",
        "$id",
        "$defs",
        "definitions",
        "$anchor",
    )
)

PATIENCE = 10_000
"""Places visited before a schema is given up; after a tenth of it only the smallest values are tried."""

TRIES, EACH = 600, 60
"""Values of one place that may turn out wrong before it is given up, and those of each type that are tried."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of value is wanted where the schema leaves it open.

    `optional` members are filled, left out or thrown for; a list gets `items` items if it may, or as many as dice say;
    `nulls` prefers null where null is allowed.
    """

    values: Values = "full"
    optional: Optionals = "all"
    items: int = 1
    nulls: bool = False

    @property
    def thrown(self) -> bool:
        """Whether dice choose what otherwise is the first."""
        return self.values in ("plausible", "varied")


class Maker:
    """One attempt at a value: follows one Wish and remembers where it failed."""

    def __init__(self, document: Document, rng: random.Random, wish: Wish, turns: int) -> None:
        self.document = document
        self.rng = rng
        self.wish = wish
        self.turns = turns
        self.steps = 0
        self.dead: tuple[tuple[str | int, ...], str] | None = None
        self.finite: dict[tuple[int, int], bool] = {}
        self.weights: dict[tuple[int, int], float] = {}

    @property
    def tight(self) -> bool:
        """Whether it is time to stop growing."""
        return self.steps > PATIENCE // 10

    def blame(self, node: Node, reason: str) -> None:
        """Remember the deepest place that could not be filled."""
        if self.dead is None or len(node.path) > len(self.dead[0]):
            self.dead = (node.path, reason)

    def verdict(self) -> str:
        """Where it failed, and why, in words."""
        path, reason = self.dead or ((), "what was tried is not valid")
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        return f"No value was found for the schema at ${place}: {reason}. Loosen the schema there."

    def values(self, node: Node) -> Iterator[Any]:
        """Different values for a place, the most wanted first; as valid as can be told at this place."""
        self.steps += 1
        found, rejected = False, 0
        if self.steps < PATIENCE:
            for plain in islice(self.plain(node.schemas, Plain(references=node.references)), 200):
                for value in self.of(plain, replace(node, references=plain.references)):
                    if not plain.hard or self.document.fits(node.schemas, value):
                        found = True
                        yield value
                    else:
                        rejected += 1
                    if rejected > TRIES:
                        break
                if self.steps > PATIENCE or rejected > TRIES:
                    break
        if not found:
            self.blame(
                node, "its keywords contradict each other, or it never ends" if self.steps < PATIENCE else "too large"
            )

    def first(self, node: Node) -> list[Any]:
        """The most wanted value in a list, or an empty list."""
        return list(islice(self.values(node), 1))

    def plain(self, todo: tuple[Schema, ...], done: Plain) -> Iterator[Plain]:
        """Every reading of a conjunction, the most wanted first."""
        if not todo:
            yield done
            return
        schema, rest = todo[0], todo[1:]
        if isinstance(schema, bool) or not schema:
            if schema is not False:
                yield from self.plain(rest, done)
            return
        done = done if done.hard or not schema.keys() & HARD else replace(done, hard=True)
        for keyword in ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if"):
            if keyword in schema:
                others = {key: part for key, part in schema.items() if key != keyword}
                yield from self.choice(keyword, schema, (others, *rest), done)
                return
        kinds = done.kinds & kinds_of(schema)
        if kinds:
            yield from self.plain(rest, replace(done, parts=(*done.parts, schema), kinds=kinds))

    def choice(self, keyword: str, schema: dict[str, Any], rest: tuple[Schema, ...], done: Plain) -> Iterator[Plain]:
        """The readings that one reference, union or condition leaves open."""
        part = schema[keyword]
        if keyword in ("$ref", "$dynamicRef"):
            if done.references.count(part) < self.turns:
                followed = replace(done, references=(*done.references, part))
                yield from self.plain((self.document.target(part), *rest), followed)
        elif keyword == "allOf":
            yield from self.plain((*part, *rest), done)
        elif keyword == "if":
            yield from self.plain((part, schema.get("then", True), *rest), done)
            yield from self.plain((schema.get("else", True), *rest), done)
        else:
            for branch in self.ordered(part):
                yield from self.plain((branch, *rest), done)

    def ordered(self, branches: Sequence[Schema]) -> list[Schema]:
        """The branches of a union, the most wanted first."""
        order = list(branches)
        if self.wish.thrown:
            self.rng.shuffle(order)
            if any(isinstance(branch, dict) and branch.get("type") in ("number", "integer") for branch in order):
                order.sort(key=_is_any_text)  # beside a number, text means one in writing, as of pydantic's Decimal
        elif self.wish.values == "smallest":
            order.sort(key=self.weight)
        else:
            order.sort(key=lambda branch: _is_null(branch) is not self.wish.nulls)
        if self.tight:
            order.sort(key=self.height)
        return order

    def height(self, schema: Schema) -> int:
        """How many references in a row a smallest value of `schema` needs, up to 9."""
        return next((budget for budget in range(9) if self.ends(schema, budget)), 9)

    def ends(self, schema: Any, budget: int) -> bool:
        """Whether a value of `schema` can be finished within `budget` references in a row."""
        if not isinstance(schema, dict):
            return schema is not False
        key = (id(schema), budget)
        if key not in self.finite:
            self.finite[key] = False
            self.finite[key] = self.ends_now(schema, budget)
        return self.finite[key]

    def ends_now(self, schema: dict[str, Any], budget: int) -> bool:
        if "$ref" in schema and (budget == 0 or not self.ends(self.document.target(schema["$ref"]), budget - 1)):
            return False
        unions = (any(self.ends(part, budget) for part in parts) for parts in _unions(schema))
        return all(unions) and all(self.ends(part, budget) for part in _needed(schema))

    def weight(self, schema: Any, budget: int = 8) -> float:
        """How many values a smallest value of `schema` consists of, infinite below `budget` levels."""
        if not isinstance(schema, dict):
            return inf if schema is False else 1
        key = (id(schema), budget)
        if key not in self.weights:
            below = [*_needed(schema), *([self.document.target(schema["$ref"])] if "$ref" in schema else ())]
            unions = (min((self.weight(part, budget - 1) for part in parts), default=inf) for parts in _unions(schema))
            known = sum(self.weight(part, budget - 1) for part in below) + sum(unions) if budget else inf
            self.weights[key] = 1 + known
        return self.weights[key]

    def of(self, plain: Plain, node: Node) -> Iterator[Any]:
        """Values of one reading: its constants if it has any, else values of each type it takes."""
        offered = [*plain.gather("enum"), *([value] for value in plain.gather("const"))]
        if offered:
            yield from self.constants(offered, plain)
            return
        for kind in self.likely(plain):
            made = self.of_kind(kind, plain, node)
            yield from islice(made, EACH) if plain.hard else made

    def of_kind(self, kind: str, plain: Plain, node: Node) -> Iterator[Any]:
        """Values of one JSON type."""
        match kind:
            case "null":
                return iter([None])
            case "boolean":
                return iter(self.shuffled([True, False]))
            case "integer" | "number":
                return scalars.numbers(plain, node.name, kind, self.rng, self.wish.values)
            case "string":
                return scalars.strings(plain, node.name, self.rng, self.wish.values)
            case "array":
                return members.arrays(self, plain, node)
        return members.objects(self, plain, node)

    def constants(self, offered: list[Sequence[Any]], plain: Plain) -> Iterator[Any]:
        """The constants that all lists share and the other keywords allow."""
        rules = tuple(part for part in plain.parts if part.keys() - NOTES - {"enum", "const", "type"})
        order = sorted(self.shuffled(offered[0]), key=lambda value: (value is None) is not self.wish.nulls)
        for value in order:
            shared = all(any(json_equal(value, other) for other in others) for others in offered[1:])
            if (
                shared
                and any(scalars.is_a(value, kind) for kind in plain.kinds)
                and (not rules or self.document.fits(rules, value))
            ):
                yield value

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        """The items in the order in which to try them."""
        return self.rng.sample(list(items), len(items)) if self.wish.thrown else list(items)

    def likely(self, plain: Plain) -> list[str]:
        """The types a reading takes: first those its keywords speak of, null at the end it is wanted at."""
        spoken = [kind for kind, words in SPEAKS.items() if any(part.keys() & words for part in plain.parts)]
        order = [
            kind
            for kind in (*spoken, "string", "integer", "number", "boolean", "object", "array")
            if kind in plain.kinds
        ]
        if "number" in plain.kinds and "integer" in order:
            order.remove("integer")
        unique = list(dict.fromkeys(order))
        null = ["null"] if "null" in plain.kinds else []
        if self.wish.thrown and not plain.kinds.issuperset(KINDS):
            return self.shuffled([*unique, *null])
        return [*null, *unique] if self.wish.nulls else [*unique, *null]


def _is_null(schema: Schema) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "null" or schema.get("enum") == [None])


def _is_any_text(schema: Schema) -> bool:
    return isinstance(schema, dict) and not schema.keys() - NOTES - {"type"} and schema.get("type") == "string"


def _unions(schema: dict[str, Any]) -> list[list[Schema]]:
    return [schema[name] for name in ("anyOf", "oneOf") if name in schema]


def _needed(schema: dict[str, Any]) -> list[Schema]:
    """The schemas within a schema of which every value of it has one."""
    known = schema.get("properties", {})
    members = [known[name] for name in schema.get("required", ()) if name in known]
    items = [schema.get("items", True)] * min(int(schema.get("minItems", 0)), 9)
    return [*schema.get("allOf", ()), *members, *items]
