"""The fields of a form or a query as the JSON they mean, read with the schema they are for.

Everything in a form is text: `true`, `0.5`, `metadata[team]=a`, `image[]=…`. What the schema expects decides what
it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from .expected import Resolver, Schema, alternatives, choices, kinds
from .multipart import Part

FILE = "a file"
"""What stands for an uploaded file where only its presence matters."""


def form(parts: Iterable[Part], schema: Schema) -> dict[str, Any]:
    """The fields of a multipart body as an object; a file is the text `a file`."""
    return _object([(part.name, _text(part)) for part in parts], schema)


def query(text: str, schema: Schema) -> dict[str, Any]:
    """The fields of a query string or an urlencoded body as an object."""
    return _object(parse_qsl(text, keep_blank_values=True), schema)


def _text(part: Part) -> str:
    return FILE if part.filename is not None else part.data.decode("utf-8", "replace")


def _object(pairs: Iterable[tuple[str, str]], schema: Schema) -> dict[str, Any]:
    """Names such as `a[b][]` unfolded, repeated names gathered, texts read as what their schema takes."""
    resolver = Resolver(schema)
    tree: dict[str, Any] = {}
    for name, text in pairs:
        *above, last = [step.rstrip("]") for step in name.split("[")]
        place: Any = tree
        for step in above:
            place = place.setdefault(step, {}) if isinstance(place, dict) else None
        texts = place.setdefault(last, []) if isinstance(place, dict) else None
        if isinstance(texts, list):  # a name that is both a field and an object keeps what came first
            texts.append(text)
    return {name: _read(resolver, _members(resolver, [schema], name), value) for name, value in tree.items()}


def _members(resolver: Resolver, schemas: list[Schema], name: str) -> list[Schema]:
    """The schemas a member may have."""
    found: list[Schema] = []
    for schema in alternatives(resolver, schemas):
        if isinstance(schema, dict):
            part = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            found += [part] if isinstance(part, dict) else []
    return found


def _read(resolver: Resolver, schemas: list[Schema], value: Any) -> Any:
    """One place of the tree: an object, a list, or a text."""
    taken = frozenset[str]().union(*(kinds(resolver, schema) for schema in schemas))
    if isinstance(value, dict) and "object" in taken and not all(key == "" or key.isdigit() for key in value):
        return {key: _read(resolver, _members(resolver, schemas, key), part) for key, part in value.items()}
    several = isinstance(value, dict)
    texts = [text for part in value.values() for text in _flat(part)] if several else list(value)
    if "array" in taken and (several or len(texts) > 1 or "string" not in taken):
        whole = _json(texts[0]) if len(texts) == 1 and not several else None
        if isinstance(whole, list):
            return whole
        items = [
            each["items"] for each in alternatives(resolver, schemas) if isinstance(each, dict) and "items" in each
        ]
        return [_scalar(resolver, items, text) for text in texts]
    return _scalar(resolver, schemas, texts[-1])


def _flat(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [text for inner in part.values() for text in _flat(inner)]
    return list(part)


def _scalar(resolver: Resolver, schemas: list[Schema], text: str) -> Any:
    """A text as the first thing the schemas take: itself, a boolean, a number, JSON; itself if they take none."""
    if not schemas:
        return text
    taken = frozenset[str]().union(*(kinds(resolver, schema) for schema in schemas))
    for schema in alternatives(resolver, schemas):
        offered = choices(resolver, schema)
        if "string" in kinds(resolver, schema) and (offered is None or text in offered):
            return text
    if "boolean" in taken and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    value = _json(text)
    match value:
        case bool():
            fits = "boolean" in taken
        case int() | float():
            fits = "number" in taken or "integer" in taken
        case dict() | list():
            fits = "object" in taken or "array" in taken
        case _:
            fits = value is None and text == "null" and "null" in taken
    return value if fits else text


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
