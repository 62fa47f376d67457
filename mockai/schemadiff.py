"""What changed in the API between two editions of its schemas: operations, and what they take and send."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .edition import Edition
from .expected import ARTICLES, one_of

Role: TypeAlias = Literal["request", "answer"]
PARTS: tuple[tuple[str, Role], ...] = (
    ("body", "request"),
    ("query", "request"),
    ("result", "answer"),
    ("stream", "answer"),
)
"""What an operation has schemas for, and who sends it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `schema` is the name of the type it is in, empty where the operation itself changed.

    `breaking` says that a request or an answer that was right may be wrong now; `operations` are those that it
    concerns, `roles` whether in what they take, in what they send, or in both.
    """

    schema: str
    place: str
    message: str
    breaking: bool
    operations: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()

    def __str__(self) -> str:
        mark = "breaking: " if self.breaking else ""
        return f"{mark}{self.message}"


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a type before it is known who uses it: it breaks requests, answers, both or neither."""

    place: str
    message: str
    breaks: tuple[Role, ...] = ()


def changes(old: Edition, new: Edition) -> list[Change]:
    """Every difference, of operations first, then type by type."""
    found = list(_operations(old, new))
    before, after = _types(old), _types(new)
    uses = _uses(old)
    for name, more in _uses(new).items():
        uses[name] |= more
    for name in sorted(before.keys() & after.keys()):
        for step in compared(before[name], after[name], ""):
            roles = {role for _, role in uses[name]}
            operations = tuple(sorted({id for id, _ in uses[name]}))
            breaking = bool(roles & set(step.breaks))
            found.append(Change(name, step.place, step.message, breaking, operations, tuple(sorted(roles))))
    return found


def _operations(old: Edition, new: Edition) -> Iterator[Change]:
    before, after = old.operations, new.operations
    for id, row in before.items():
        if id not in after:
            yield Change("", "", f"{id} is gone ({row.method} {row.path}).", True, (id,))
            continue
        now = after[id]
        if (row.method, row.path) != (now.method, now.path):
            text = f"{id} was {row.method} {row.path} and is {now.method} {now.path}."
            yield Change("", "", text, True, (id,))
        for part, role in PARTS:
            was, is_ = getattr(row, part), getattr(now, part)
            if was != is_:
                words = {"body": "its body", "query": "its query", "result": "its answer", "stream": "its events"}[part]
                text = f"{id}: {words} was {_short(was)} and is {_short(is_)}."
                yield Change("", part, text, was is not None, (id,), (role,))
    for id, row in after.items():
        if id not in before:
            yield Change("", "", f"{id} is new ({row.method} {row.path}).", False, (id,))


def _short(name: str | None) -> str:
    return "nothing" if name is None else name.rpartition("/")[2].partition(".")[2] or name


def _types(edition: Edition) -> dict[str, Any]:
    """Every type that an operation uses, by its name with dots in place of slashes."""
    found: dict[str, Any] = {}
    for row in edition.operations.values():
        for part, _ in PARTS:
            if name := getattr(row, part):
                found |= edition.registry.schema(name)["$defs"]
    return found


def _uses(edition: Edition) -> defaultdict[str, set[tuple[str, Role]]]:
    """Which operations use a type, and in which role; of two names for one route, the first."""
    found: defaultdict[str, set[tuple[str, Role]]] = defaultdict(set)
    for row in edition.operations.values():
        if row.twin is not None:
            continue
        for part, role in PARTS:
            if name := getattr(row, part):
                for each in edition.registry.schema(name)["$defs"]:
                    found[each].add((row.id, role))
    return found


# -- one type beside another


def compared(old: Any, new: Any, place: str) -> Iterator[Step]:
    """Where two schemas differ; a reference is compared by its name, as what it refers to is a type of its own."""
    if old == new:
        return
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield Step(place, f"{place or 'it'} was {_told(old)} and is {_told(new)}.", ("request", "answer"))
    elif "anyOf" in old or "anyOf" in new:
        yield from _variants(_arms(old), _arms(new), place)
    else:
        yield from _plain(old, new, place)


def _plain(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Step]:
    if old.get("$ref") != new.get("$ref") or _kinds(old) != _kinds(new):
        yield from _retyped(old, new, place)
        return
    yield from _words(old, new, place)
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in (*before, *(name for name in after if name not in before)):
        inner = f"{place}.{name}" if place else name
        if name not in after:
            yield Step(inner, f"{inner} is gone.", ("request", "answer") if name in needed else ("request",))
        elif name not in before:
            must = name in needs
            yield Step(inner, f"{inner} is new{', and required' if must else ''}.", ("request",) if must else ())
        else:
            if name in needs - needed:
                yield Step(inner, f"{inner} is required now.", ("request", "answer"))
            elif name in needed - needs:
                yield Step(inner, f"{inner} is optional now.", ("answer",))
            yield from compared(before[name], after[name], inner)
    if "items" in old and "items" in new:
        yield from compared(old["items"], new["items"], f"{place}[]")
    one, other = old.get("additionalProperties"), new.get("additionalProperties")
    if one != other and isinstance(one, dict) and isinstance(other, dict):
        yield from compared(one, other, f"{place}.*")
    ranges = {key for key in RANGES if old.get(key) != new.get(key)}
    for key in sorted(ranges):
        was, is_ = (each.get(key, "none") for each in (old, new))
        yield Step(place, f"{place or 'it'}: {key} was {was} and is {is_}.", ("request",))


RANGES = ("minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems", "maxItems", "pattern")


def _words(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Step]:
    before, after = _choices(old), _choices(new)
    if before is None and after is None:
        return
    if before is None or after is None:
        text = "any text" if after is None else f"only {one_of([*map(_quoted, after)])}"
        yield Step(place, f"{place or 'it'} may be {text} now.", ("request", "answer") if after is not None else ())
        return
    gone, more = ([each for each in one if each not in other] for one, other in ((before, after), (after, before)))
    if gone:
        named = one_of([*map(_quoted, gone)], "and", bare=True)
        yield Step(place, f"{place or 'it'} has {named} no more.", ("request", "answer"))
    if more:
        yield Step(place, f"{place or 'it'} may be {one_of([*map(_quoted, more)])} now.", ())


def _retyped(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Step]:
    was, is_ = _kinds(old), _kinds(new)
    wider = old.get("$ref") == new.get("$ref") and was is not None and is_ is not None and was < is_
    yield Step(place, f"{place or 'it'} was {_told(old)} and is {_told(new)}.", () if wider else ("request", "answer"))


def _variants(old: Sequence[Any], new: Sequence[Any], place: str) -> Iterator[Step]:
    """Unions: the same variants on both sides are compared, the others are gone or new."""
    before, after = _by_name(old), _by_name(new)
    gone = [name for name in before if name not in after]
    more = [name for name in after if name not in before]
    if len(gone) == len(more) == 1 and not {"$ref"} & {*before[gone[0]], *after[more[0]]}:
        yield from compared(before[gone[0]], after[more[0]], place)
        gone, more = [], []
    for name in before:
        if name in after:
            yield from compared(before[name], after[name], place)
    for name in gone:
        yield Step(place, f"{place or 'it'} is {_told(before[name])} no more.", ("request", "answer"))
    for name in more:
        yield Step(place, f"{place or 'it'} may be {_told(after[name])} now.", ())


def _arms(schema: dict[str, Any]) -> list[Any]:
    """The variants of a union; a type with null beside it is two."""
    if "anyOf" in schema:
        return list(schema["anyOf"])
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds and len(kinds) == 2:
        other = next(each for each in kinds if each != "null")
        return [{**schema, "type": other}, {"type": "null"}]
    return [schema]


def _by_name(arms: Sequence[Any]) -> dict[str, Any]:
    """Variants by what is the same of them in both editions."""
    found: dict[str, Any] = {}
    for arm in arms:
        if not isinstance(arm, dict):
            continue
        consts = [f"{name}={part['const']}" for name, part in arm.get("properties", {}).items() if "const" in part]
        kind = " ".join([arm.get("$ref") or str(arm.get("type")), *consts])
        found[kind if kind not in found else f"{kind} {len(found)}"] = arm
    return found


def _kinds(schema: dict[str, Any]) -> frozenset[str] | None:
    kinds = schema.get("type")
    return None if kinds is None else frozenset([kinds] if isinstance(kinds, str) else kinds)


def _choices(schema: dict[str, Any]) -> list[Any] | None:
    found = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    return list(found) if found is not None else None


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def _told(schema: Any) -> str:
    """A schema in a few words."""
    if not isinstance(schema, dict) or not schema:
        return "anything"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].rpartition(".")[2]
    if "anyOf" in schema:
        return one_of([_told(arm) for arm in schema["anyOf"]])
    if (choices := _choices(schema)) is not None:
        return one_of([_quoted(each) for each in choices])
    kinds = schema.get("type", "anything")
    if kinds == "array" and "items" in schema:
        return f"an array of {_told(schema['items'])}"
    if kinds == "object" and schema.get("properties"):
        return f"an object of {', '.join(list(schema['properties'])[:4])}"
    return one_of([ARTICLES.get(each, each) for each in ([kinds] if isinstance(kinds, str) else kinds)])


def concerned(change: Change) -> str:
    """Who is concerned by a change, in words: `in answers of responses.create, responses.retrieve and 2 more`."""
    words: dict[tuple[Role, ...], str] = {("answer",): "in answers of", ("request",): "in requests of"}
    where = words.get(change.roles, "in requests and answers of")
    names = change.operations
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{where} {', '.join(names[:3])}{more}" if names and change.schema else ""
