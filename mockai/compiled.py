"""Validators that are compiled once for each schema, and schemas that need no other document.

Nothing is ever fetched. What stands in a document that is not there is taken to allow nothing, so that an optional
member or an item that refers to it is left out, and the rest of the value is still known to be valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from .dice import mark
from .expected import Schema

if TYPE_CHECKING:
    from jsonschema_rs import Validator

ROOT = "urn:mockai:root"
"""What a document is called that has schemas of its own outside it."""

KEPT = 256
"""Compiled validators that are kept, those that were used last."""

OFFICIAL = ("https://json-schema.org/", "http://json-schema.org/")
VALUES = frozenset(("enum", "const", "default", "examples"))
"""Keywords that hold values and no schemas."""

NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
"""Keywords that hold schemas by names, which are no keywords."""

TURNED = frozenset(("not", "if", "oneOf", "maxContains"))
"""Keywords by which a value may become invalid because a part of the schema allows more."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A schema to be compiled, and the document its references lead into, if that is another one.

    Two are the same if their texts are.
    """

    mark: bytes
    schema: Schema = field(compare=False)
    root: Schema | None = field(compare=False)


def validator(schema: Schema, root: Schema | None = None) -> Validator:
    """The validator of a schema, formats included; compiled when its text is first seen.

    With a `root`, references into it begin with ROOT. Raises ValueError for what is no schema.
    """
    text = json.dumps(schema)
    if root is not None and not any(word in text for word in ('"$ref"', '"$dynamicRef"')):
        root = None
    return _compiled(Sought(mark(text) if root is None else mark(text, json.dumps(root)), schema, root))


@lru_cache(KEPT)
def _compiled(sought: Sought) -> Validator:
    import jsonschema_rs

    registry = None if sought.root is None else jsonschema_rs.Registry([(ROOT, sought.root)])
    return jsonschema_rs.validator_for(sought.schema, registry=registry, validate_formats=True, offline=True)


def outward(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The references that lead out of a document, and where they stand."""
    yield from ((place, reference) for place, _, reference in _leaving(schema, path))


def enclosed(root: Schema) -> Schema | None:
    """The document without need of others, or None if that could make invalid values valid.

    A `$schema` that is none of the official ones is taken for the draft of today.
    """
    if not isinstance(root, dict):
        return None
    leaving = list(_leaving(root))
    if leaving and any(part.keys() & TURNED for _, part, _ in _parts(root, (), "")):
        return None
    closed: Schema = _without(root, {id(part) for _, part, _ in leaving})
    assert isinstance(closed, dict)
    if not str(closed.get("$schema", "")).startswith(OFFICIAL):
        closed.pop("$schema", None)
    return closed


def _leaving(root: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any], str]]:
    parts = list(_parts(root, path, ""))
    known = {base for _, _, base in parts}
    for place, part, base in parts:
        for keyword in ("$ref", "$dynamicRef"):
            reference = part.get(keyword)
            if isinstance(reference, str):
                target = _joined(base, reference)
                if not reference.startswith("#") and target not in known and not target.startswith(OFFICIAL):
                    yield place, part, reference


def _parts(schema: Any, path: tuple[str, ...], base: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any], str]]:
    """Every schema in a schema: its place, itself, and the address that its references start from."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from _parts(part, (*path, str(index)), base)
    if isinstance(schema, dict):
        own = schema.get("$id")
        base = _joined(base, own) if isinstance(own, str) else base
        yield path, schema, base
        for key, part in schema.items():
            if key in NAMED and isinstance(part, dict):
                for name, below in part.items():
                    yield from _parts(below, (*path, key, name), base)
            elif key not in VALUES:
                yield from _parts(part, (*path, key), base)


def _joined(base: str, reference: str) -> str:
    try:
        return urldefrag(urljoin(base, reference)).url
    except ValueError:  # not an address
        return reference


def _without(schema: Any, leaving: set[int]) -> Any:
    """A copy in which the schemas of those identities allow nothing, and what is defined in them is still there."""
    if isinstance(schema, list):
        return [_without(part, leaving) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: part if key in VALUES else _without(part, leaving) for key, part in schema.items()}
    if id(schema) in leaving:
        copy = {key: part for key, part in copy.items() if key not in ("$ref", "$dynamicRef")}
        copy["allOf"] = [False, *copy.get("allOf", ())]
    return copy
