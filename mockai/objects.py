"""Objects as their schema has them: new ones, changed by a request, and seen through another schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from .expected import Resolver, Schema, alternatives, choices, kinds, tags
from .registry import registry
from .synthesize import synthesize

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

NOW = frozenset(("created_at", "created", "updated_at", "last_active_at", "last_modified_at", "added_at"))
"""Fields that say when the object came to be or was last used; any other time is that of something yet to happen."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape that objects of a schema may have: the schemas of its fields, and which are always there."""

    schema: Schema
    fields: Mapping[str, Schema]
    resolver: Resolver

    def takes(self, name: str, kind: str) -> bool:
        """Whether a field may be of a JSON type."""
        return kind in kinds(self.resolver, self.fields[name])

    def fits(self, given: Mapping[str, Any]) -> int:
        """How well the shape goes with fields that are given: -1 where a constant contradicts one of them."""
        told = 0
        for name in self.fields.keys() & given.keys():
            offered = choices(self.resolver, self.fields[name])
            if offered is not None and isinstance(given[name], str):
                if given[name] not in offered:
                    return -1
                told += 10
            told += 1
        return told


def fresh(name: str, given: Mapping[str, Any], rng: Random, now: float, /, **known: Any) -> dict[str, Any]:
    """A new object of the schema called `name`, valid against it: what `given` (a request's fields) says of it, times
    from `now` (unix seconds), null for what has not happened yet, and the least the schema asks for elsewhere.

    `known` fields are the object's own (its id, the ids in its path) and stand before all.
    """
    shape = max(_shapes(name), key=lambda each: each.fits({**given, **known}))
    value = synthesize(shape.schema, rng, root=shape.resolver.root, optional="none", nulls=True, items=0)
    for field, schema in shape.fields.items():
        if field in NOW or (field.endswith("_at") and not shape.takes(field, "null")):
            value[field] = _time(shape, field, now)
        elif field not in value:
            empty = _empty(shape, field, schema)
            if empty is not ...:
                value[field] = empty
    changed(name, value, given, shape)
    return changed(name, value, known, shape)


def changed(name: str, value: dict[str, Any], given: Mapping[str, Any], shape: Shape | None = None) -> dict[str, Any]:
    """`value`, in place, with all that is `given` for the fields it has by its schema, as long as it stays valid."""
    fields = shape.fields if shape else {field: part for each in _shapes(name) for field, part in each.fields.items()}
    news = {field: part for field, part in given.items() if field in fields}
    validator = _validator(name)
    if validator.is_valid({**value, **news}):
        value.update(news)
        return value
    for field, part in news.items():
        if validator.is_valid({**value, field: part}):
            value[field] = part
    return value


def formed(name: str, part: Any, rng: Random) -> Any:
    """A part of a request as an object of the schema called `name` shows it: without what is only ever written, and
    with what it always has and nobody spoke of.
    """
    schema = registry().schema(name, "produce")
    return _formed(Resolver(schema), schema, part, rng)


def _formed(resolver: Resolver, schema: Schema, part: Any, rng: Random) -> Any:
    arms = [each for each in alternatives(resolver, [schema]) if isinstance(each, dict)]
    if isinstance(part, list):
        items = next((arm["items"] for arm in arms if "items" in arm), True)
        return [_formed(resolver, items, each, rng) for each in part if _spoken_of(resolver, items, each)]
    shapes = [Shape(arm, arm["properties"], resolver) for arm in arms if "properties" in arm]
    if not isinstance(part, dict) or not shapes:
        return part
    shape = max(shapes, key=lambda each: each.fits(part))
    assert isinstance(shape.schema, dict)
    needed = shape.schema.get("required", ())
    out = {}
    for field, below in shape.fields.items():
        if part.get(field) is not None:
            out[field] = _formed(resolver, below, part[field], rng)
        elif field in needed and kinds(resolver, below) == {"object"} and not _default(below):
            out[field] = _formed(resolver, below, {}, rng)
        elif (empty := _empty(shape, field, below)) is not ...:
            out[field] = empty
        elif field in needed:
            out[field] = synthesize(below, rng, root=resolver.root, optional="none", nulls=True, items=0)
    return out


def _spoken_of(resolver: Resolver, schema: Schema, part: Any) -> bool:
    """Whether objects of a part's `type` are shown at all: some tools can be given, and no answer has a form."""
    type_ = part.get("type") if isinstance(part, dict) else None
    known = [tags(resolver, arm).get("type") for arm in alternatives(resolver, [schema])]
    return type_ is None or any(tag is None or type_ in tag.values for tag in known)


def touched(value: dict[str, Any], now: float) -> None:
    """Note in an object that it was changed at `now` (unix seconds), where it says when it was."""
    if isinstance(value.get("updated_at"), int):
        value["updated_at"] = int(now)


def seen(name: str, value: dict[str, Any], rng: Random, now: float) -> dict[str, Any]:
    """A stored object in the shape of another schema, such as that of the answer to its creation."""
    return value if _validator(name).is_valid(value) else fresh(name, value, rng, now)


@cache
def _shapes(name: str) -> tuple[Shape, ...]:
    schema = registry().schema(name, "produce")
    resolver = Resolver(schema)
    arms = [each for each in alternatives(resolver, [schema]) if isinstance(each, dict) and "properties" in each]
    if not arms:
        return (Shape(schema, {}, resolver),)
    return tuple(Shape(schema if len(arms) == 1 else arm, arm["properties"], resolver) for arm in arms)


def _validator(name: str) -> Draft202012Validator:
    return registry().validator(name, "produce")


def _time(shape: Shape, field: str, now: float) -> int | str:
    if shape.takes(field, "integer") or shape.takes(field, "number"):
        return int(now)
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _empty(shape: Shape, field: str, schema: Schema) -> Any:
    """What stands for a field that nobody spoke of: null, nothing in it, its default; Ellipsis where it is left out."""
    if isinstance(schema, dict) and _default(schema):
        return schema["default"]
    if shape.takes(field, "null"):
        return None
    taken = kinds(shape.resolver, schema)
    if taken == {"array"}:
        return []
    plain = shape.resolver.plain(schema)
    return {} if taken == {"object"} and isinstance(plain, dict) and not plain.get("required") else ...


def _default(schema: Schema) -> bool:
    return isinstance(schema, dict) and "default" in schema
