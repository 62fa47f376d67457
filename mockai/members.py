"""Objects and arrays that a schema allows: which members there are, and by which schemas each is ruled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from math import inf
from typing import TYPE_CHECKING, Any

from .expected import Schema, json_equal
from .patterns import matches, texts

if TYPE_CHECKING:
    from .conjunction import Node, Plain
    from .maker import Maker

DEEP = 12
"""Levels of nesting after which optional members and items are left out."""


MANY = 12
"""Items of a list that is long."""

MOST = 10_000
"""Values that are tried for the items of one list, beyond those that may be equal."""


def objects(maker: Maker, plain: Plain, node: Node) -> Iterator[dict[str, Any]]:
    """Different objects: with the optional members that are wished for, then with fewer, others, and one unheard of."""
    modes = [maker.wish.optional, *(mode for mode in ("none", "all", "some", "more") if mode != maker.wish.optional)]
    for mode in ["none"] if maker.tight or len(node.path) > DEEP else modes:
        built = _object(maker, plain, node, mode)
        if built is not None:
            yield built
    if not maker.tight and len(node.path) < 4:
        yield from _variants(maker, plain, node)


def _variants(maker: Maker, plain: Plain, node: Node) -> Iterator[dict[str, Any]]:
    """The smallest object again, one member changed at a time."""
    built = _object(maker, plain, node, "none") or _object(maker, plain, node, "all")
    for name in built or {}:
        place = node.child(name, ruling(plain, name) or ())
        for value in islice(maker.values(place), 8):
            yield {**(built or {}), name: value}


def ruling(plain: Plain, name: str) -> list[Schema] | None:
    """The schemas that rule the member `name`; None if it must not be there."""
    known = {key for part in plain.parts for key in part.get("properties", ())}
    schemas: list[Schema] = []
    for part in plain.parts:
        own = [part["properties"][name]] if name in part.get("properties", {}) else []
        own += [schema for pattern, schema in part.get("patternProperties", {}).items() if matches(pattern, name)]
        if not own:
            own = [part.get("additionalProperties", True)]
            if name not in known:
                own.append(part.get("unevaluatedProperties", True))
        if name == _barred(part.get("not")):
            return None
        schemas += own
    return None if any(schema is False for schema in schemas) else [schema for schema in schemas if schema is not True]


def _barred(schema: Any) -> str | None:
    """The name a `not` forbids, if that is all it does."""
    if not isinstance(schema, dict) or schema.keys() - {"required", "type"}:
        return None
    required = schema.get("required", [])
    return str(required[0]) if len(required) == 1 else None


def _dependents(plain: Plain, name: str) -> tuple[list[str], list[Schema]]:
    """The names and the schemas that the presence of `name` brings along."""
    names: list[str] = []
    schemas: list[Schema] = []
    for keyword in ("dependentRequired", "dependentSchemas", "dependencies"):
        for rules in plain.gather(keyword):
            rule = rules.get(name, [])
            if isinstance(rule, list):
                names += rule
            else:
                schemas.append(rule)
    return names, schemas


def _object(maker: Maker, plain: Plain, node: Node, mode: str) -> dict[str, Any] | None:
    """One object, or None if a member that must be there cannot be."""
    least, most = max([0, *plain.gather("minProperties")]), min([inf, *plain.gather("maxProperties")])
    required = list(dict.fromkeys(name for names in plain.gather("required") for name in names))
    for name in required:
        required += [other for other in _dependents(plain, name)[0] if other not in required]
    brought = [schema for name in required for schema in _dependents(plain, name)[1]]
    if brought:
        return _with(maker, plain, node, mode, required, tuple(brought))
    declared = list(dict.fromkeys(name for properties in plain.gather("properties") for name in properties))
    rules = tuple(plain.gather("propertyNames"))
    members: dict[str, Any] = {}
    for name in [*required, *(name for name in declared if name not in required)]:
        must = name in required
        wanted = mode in ("all", "more") or (mode == "some" and maker.rng.random() < 0.5) or len(members) < least
        if must or (wanted and len(members) < most and not any(_dependents(plain, name))):
            schemas = ruling(plain, name)
            fitting = schemas is not None and (not rules or maker.document.fits(rules, name))
            value = maker.first(node.child(name, schemas or ())) if fitting else []
            if value:
                members[name] = value[0]
            elif must:
                return None
    target = least
    if mode == "more" or (mode != "none" and not declared and _is_map(plain)):
        target = min(max(least, len(members) + 1), most)
    for name in islice(_names(maker, plain, node), 1000):
        if len(members) >= target:
            break
        schemas = None if name in members or any(_dependents(plain, name)) else ruling(plain, name)
        if schemas is not None and (not rules or maker.document.fits(rules, name)):
            members.update((name, value) for value in maker.first(node.child(name, schemas)))
    if not least <= len(members) <= most:
        return None
    order = [*declared, *(name for name in members if name not in declared)]
    return {name: members[name] for name in order if name in members}


def _with(
    maker: Maker, plain: Plain, node: Node, mode: str, required: list[str], brought: tuple[Schema, ...]
) -> dict[str, Any] | None:
    """The object of a reading whose required members bring more schemas along."""
    dependents = ("dependentSchemas", "dependentRequired", "dependencies")
    parts = tuple({key: rule for key, rule in part.items() if key not in dependents} for part in plain.parts)
    for wider in maker.plain((*parts, *brought, {"required": required}), type(plain)(references=plain.references)):
        built = _object(maker, wider, node, mode)
        if built is not None:
            return built
    return None


def _is_map(plain: Plain) -> bool:
    """Whether free names are what the schema is about."""
    open_ended = plain.gather("additionalProperties") + plain.gather("patternProperties")
    return any(isinstance(rule, dict) and rule for rule in open_ended)


def _names(maker: Maker, plain: Plain, node: Node) -> Iterator[str]:
    """Names for members that the schema does not name."""
    for rules in plain.gather("patternProperties"):
        for pattern in rules:
            yield from islice(texts(pattern, maker.rng), 6)
    rules = tuple(plain.gather("propertyNames"))
    if rules:
        yield from islice(maker.values(node.child("key", ({"type": "string"}, *rules))), 30)
    yield from (f"key_{number}" if number else "key" for number in count())


def arrays(maker: Maker, plain: Plain, node: Node) -> Iterator[list[Any]]:
    """Different arrays: as many items as are wished for, then fewer and more."""
    least = max([0, *plain.gather("minItems")])
    most = min([inf, *plain.gather("maxItems")])
    wished = _length(maker, len(node.path)) if maker.wish.thrown else maker.wish.items
    if maker.tight or len(node.path) > DEEP:
        wished = 0
    first = _prefix(plain)
    lengths = [max(wished, first if wished else 0), first, 0, 1, 2, 3, least]
    tried = list(dict.fromkeys(int(min(max(length, least), most)) for length in lengths)) if least <= most else []
    for length in tried[:1] if maker.tight else tried:
        yield from _array(maker, plain, node, length, int(least))


def _length(maker: Maker, depth: int) -> int:
    """How many items a list has by chance."""
    if maker.wish.values == "varied":
        return maker.rng.choice((0, 1, MANY if depth < 3 else 3))
    return maker.rng.randint(0, 3)


def _array(maker: Maker, plain: Plain, node: Node, length: int, least: int) -> Iterator[list[Any]]:
    """One array of `length` items or, where later places cannot be filled, of as few as `least`."""
    inside = [
        (part["contains"], part.get("minContains", 1), part.get("maxContains"))
        for part in plain.parts
        if "contains" in part
    ]
    needed = [schema for schema, fewest, _ in inside for _ in range(min(int(fewest), MOST))]
    capped = tuple({"not": schema} for schema, _, highest in inside if highest is not None)
    unique = any(plain.gather("uniqueItems"))
    if needed:
        length = max(length, min([len(needed), *map(int, plain.gather("maxItems"))]))
    start = _prefix(plain) if len(needed) + _prefix(plain) <= length else 0
    found: list[Any] = []
    going: dict[
        tuple[int, ...], Iterator[Any]
    ] = {}  # places with the same rules share their values, so that each is new
    for index in range(length):
        extra: tuple[Schema, ...] = capped
        if start <= index < start + len(needed):
            extra = (needed[index - start],)
        place = node.child(index, (*_item(plain, index), *extra))
        candidates: Iterator[Any] = islice(maker.values(place), min(length, MOST) + 200)
        if unique:
            candidates = going.setdefault(tuple(map(id, place.schemas)), candidates)
        fresh = (value for value in candidates if not (unique and any(json_equal(value, other) for other in found)))
        value = list(islice(fresh, 1))
        if not value:
            break
        found += value
    if len(found) >= least:
        yield found


def _prefix(plain: Plain) -> int:
    return max([0, *map(len, plain.gather("prefixItems"))])


def _item(plain: Plain, index: int) -> list[Schema]:
    """The schemas that rule the item at `index`; `items` as a list is the older drafts' `prefixItems`."""
    schemas: list[Schema] = []
    spoken_of = False
    for part in plain.parts:
        listed = part["items"] if isinstance(part.get("items"), list) else None
        prefix = part.get("prefixItems", listed or ())
        rest = "items" if listed is None else "additionalItems"
        spoken_of = spoken_of or index < len(prefix) or rest in part
        schemas.append(prefix[index] if index < len(prefix) else part.get(rest, True))
    if not spoken_of:
        schemas += plain.gather("unevaluatedItems")
    return [schema for schema in schemas if schema is not True]
