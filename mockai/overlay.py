"""Hand-written corrections of the generated schemas: what the SDK's types do not say, or say otherwise than the API.

One file of `schemas/overlay/` corrects the generated file of the same name; `everywhere.json` has corrected all of them
before. Each is a list of entries, one per cause: `why` says the cause, `reading` limits it to one reading, and any of
the keys below say what to change. A *place* is a schema's key in its file, then the fields on the way: `[]` steps into
the items of an array, `{}` into the values of an object, `~1` is a slash in a field's name. A place that is not there
is an error; but a star in the key means every schema that matches, wherever one has such a field.

    optional   places    the field may be absent
    required   places    the field is always there
    nullable   places    the value may be null
    open       places    fields that are not listed are allowed, or values that are not
    fields     {place: schema}      one more field, not required
    variants   {place: [schema]}    more shapes that the value may have
    keywords   {place: {keyword: value}}    ranges, lengths, defaults, or any other keyword
    order      {place: [field]}     the fields that are looked at first, one after the other
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

Schema = dict[str, Any]


def apply(folder: Path, file: str, reading: str, schemas: dict[str, Schema]) -> None:
    """Correct the schemas of one generated `file` in place; LookupError names an entry that corrects nothing."""
    for name in ("everywhere", file):
        path = folder / f"{name}.json"
        for entry in orjson.loads(path.read_bytes()) if path.is_file() else ():
            if entry.get("reading", reading) == reading:
                correct(schemas, entry, f"{name}.json")


def correct(schemas: dict[str, Schema], entry: dict[str, Any], source: str) -> None:
    """Make the changes of one entry."""
    for change, edit in EDITS.items():
        places = entry.get(change, ())
        for place in places:
            argument = places[place] if isinstance(places, dict) else None
            key, *steps = (step.replace("~1", "/") for step in place.split("/"))
            if "*" in key:
                for each in schemas:
                    if fnmatchcase(each, key):
                        with suppress(LookupError):
                            edit(schemas, [each, *steps], argument)
                continue
            try:
                edit(schemas, [key, *steps], argument)
            except LookupError:
                raise LookupError(f"overlay/{source}: {change} finds no {place!r}.") from None


def optional(schemas: dict[str, Schema], steps: list[str], _: Any) -> None:
    """The field may be absent."""
    for owner in owners(schemas, steps):
        if steps[-1] in owner.get("required", ()):
            owner["required"] = [each for each in owner["required"] if each != steps[-1]]


def required(schemas: dict[str, Schema], steps: list[str], _: Any) -> None:
    """The field is always there."""
    for owner in owners(schemas, steps):
        owner["required"] = sorted({*owner.get("required", ()), steps[-1]})


def nullable(schemas: dict[str, Schema], steps: list[str], _: Any) -> None:
    """The value may be null."""
    variants(schemas, steps, [{"type": "null"}])


def open(schemas: dict[str, Schema], steps: list[str], _: Any) -> None:
    """Fields or values that are not listed are allowed."""
    schema = at(schemas, steps)
    for keyword in ("enum", "const"):
        schema.pop(keyword, None)
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]


def fields(schemas: dict[str, Schema], steps: list[str], schema: Schema) -> None:
    """One more field."""
    for owner in owners(schemas, steps, known=False):
        owner["properties"][steps[-1]] = deepcopy(schema)


def variants(schemas: dict[str, Schema], steps: list[str], more: list[Schema]) -> None:
    """More shapes that the value may have."""
    schema = at(schemas, steps)
    if schema.keys() != {"anyOf"}:
        before = dict(schema)
        schema.clear()
        schema["anyOf"] = [before]
    schema["anyOf"] = [*schema["anyOf"], *deepcopy(more)]


def keywords(schemas: dict[str, Schema], steps: list[str], more: Schema) -> None:
    """Keywords beside those that are there."""
    at(schemas, steps).update(more)


def order(schemas: dict[str, Schema], steps: list[str], first: list[str]) -> None:
    """The fields that are looked at first; those that are not there are passed over."""
    schema = at(schemas, steps)
    known = schema["properties"]
    schema["properties"] = {name: known[name] for name in (*first, *known) if name in known}


EDITS: dict[str, Callable[[dict[str, Schema], list[str], Any], None]] = {
    edit.__name__: edit for edit in (fields, optional, required, open, keywords, variants, nullable, order)
}


def owners(schemas: dict[str, Schema], steps: list[str], *, known: bool = True) -> Iterator[Schema]:
    """The object schema whose field the last step names: of a union, every arm that has it."""
    schema = at(schemas, steps[:-1])
    arms = [arm for arm in schema.get("anyOf", [schema]) if "properties" in arm]
    found = [arm for arm in arms if steps[-1] in arm["properties"] or not known]
    if not found:
        raise KeyError(steps[-1])
    yield from found


def at(schemas: dict[str, Schema], steps: list[str]) -> Schema:
    """The schema at a place; of a union, the first arm that leads on."""
    schema: Schema = schemas[steps[0]]
    for step in steps[1:]:
        arms: list[Schema] = schema.get("anyOf", [schema])
        below = [found for arm in arms if (found := _below(arm, step)) is not None]
        if not below:
            raise KeyError(step)
        schema = below[0]
    return schema


def _below(schema: Schema, step: str) -> Schema | None:
    if step == "[]":
        found = schema.get("items")
    elif step == "{}":
        found = schema.get("additionalProperties")
    else:
        found = schema.get("properties", {}).get(step)
    return found if isinstance(found, dict) else None
