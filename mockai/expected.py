"""What a schema asks for, in the API's words: `one of a string or array of objects`, `one of 'auto' or 'disabled'`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from .value import value

Schema: TypeAlias = dict[str, Any] | bool

KINDS = ("null", "boolean", "integer", "number", "string", "array", "object")

EVERY = frozenset(KINDS)

ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a decimal",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
"""Each JSON type as the API expects it; a number is "a decimal"."""


CALLED = "x-called"
"""The keyword of a schema that says what the API calls it, with its article."""


class Resolver:
    """Finds what a `$ref` into the same document points at."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.kinds: dict[int, frozenset[str]] = {}

    def target(self, schema: dict[str, Any]) -> Schema:
        """The schema `schema["$ref"]` leads to; anything goes where it leads out of the document."""
        reference: str = schema["$ref"]
        found: Any = self.root
        for step in reference.removeprefix("#").split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict) and step in found:
                found = found[step]
            else:
                return True
        return found if reference.startswith("#") and isinstance(found, dict | bool) else True

    def plain(self, schema: Schema) -> Schema:
        """`schema`, or what it refers to if it is nothing but references."""
        for _ in range(20):
            if isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and not schema.keys() & MEANT:
                schema = self.target(schema)
            else:
                break
        return schema


MEANT = frozenset(
    ("type", "enum", "const", "properties", "required", "items", "anyOf", "oneOf", "allOf", "additionalProperties")
)
"""Keywords beside a `$ref` that make it more than a reference."""


@value(frozen=True, slots=True)
class Tag:
    """The constants a property of a variant may have, and whether it must be there."""

    values: tuple[str, ...]
    required: bool


def is_a(value: Any, kind: str) -> bool:
    """Whether a value is of the JSON type `kind`; 1.0 is an integer, and every integer a number."""
    match value:
        case None:
            return kind == "null"
        case bool():
            return kind == "boolean"
        case int():
            return kind in ("integer", "number")
        case float():
            return kind == "number" or (kind == "integer" and value.is_integer())
        case str():
            return kind == "string"
        case list() | tuple():
            return kind == "array"
    return kind == "object"


def json_equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 is 1.0 and not true, at any depth."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(json_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def alternatives(
    resolver: Resolver, branches: Sequence[Schema], opened: frozenset[int] = frozenset()
) -> Iterator[Schema]:
    """The branches of a union with the unions among them laid open, each once."""
    for branch in branches:
        plain = resolver.plain(branch)
        alone = isinstance(plain, dict) and not plain.keys() & (MEANT - {"anyOf", "oneOf"}) and id(plain) not in opened
        inner = (plain.get("anyOf") or plain.get("oneOf")) if isinstance(plain, dict) and alone else None
        if inner:
            yield from alternatives(resolver, inner, opened | {id(plain)})
        else:
            yield plain


def kinds(resolver: Resolver, schema: Schema) -> frozenset[str]:
    """The JSON types a schema can take."""
    if not isinstance(schema, dict):
        return EVERY if schema else frozenset()
    if id(schema) not in resolver.kinds:
        resolver.kinds[id(schema)] = EVERY  # what a schema that leads back to itself adds to itself
        resolver.kinds[id(schema)] = _kinds(resolver, schema)
    return resolver.kinds[id(schema)]


def _kinds(resolver: Resolver, schema: dict[str, Any]) -> frozenset[str]:
    found = EVERY
    if "type" in schema:
        named = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        found = frozenset(named) | (frozenset({"integer"}) if "number" in named else frozenset())
    offered = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    if offered is not None:
        found &= frozenset(kind for kind in KINDS for item in offered if is_a(item, kind))
    if isinstance(schema.get("$ref"), str):
        found &= kinds(resolver, resolver.target(schema))
    for part in schema.get("allOf", ()):
        found &= kinds(resolver, part)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            found &= frozenset().union(*(kinds(resolver, part) for part in schema[union]))
    return found


def choices(resolver: Resolver, schema: Schema) -> Sequence[Any] | None:
    """The values of a schema that is a list of constants, else None."""
    schema = resolver.plain(schema)
    if not isinstance(schema, dict):
        return None
    return schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None


def tags(resolver: Resolver, schema: Schema) -> dict[str, Tag]:
    """The properties of an object schema that are string constants: what tells it from its siblings."""
    schema = resolver.plain(schema)
    if not isinstance(schema, dict):
        return {}
    found = {}
    for name, part in schema.get("properties", {}).items():
        options = [choices(resolver, option) for option in alternatives(resolver, [part]) if not _is_null(option)]
        if options and all(values is not None for values in options):
            texts = tuple(item for values in options for item in values or () if isinstance(item, str))
            if texts:
                found[name] = Tag(texts, name in schema.get("required", ()))
    return found


def _is_null(schema: Schema) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def got(value: Any) -> str:
    """What a value is: `an integer`, `a decimal number`, `null`."""
    if isinstance(value, float) and not isinstance(value, bool):
        return "a decimal number"
    return next(ARTICLES[kind] for kind in KINDS if is_a(value, kind))


def quote(value: Any) -> str:
    """A value in single quotes, as the API shows it."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def elided(text: Any) -> str:
    """A quoted constant as it stands in `expected one of`: the middle of one above nine characters is left out."""
    return f"'{text[:3]}...{text[-3:]}'" if isinstance(text, str) and len(text) > 9 else quote(text)


def one_of(items: Sequence[str], word: str = "or", *, bare: bool = False) -> str:
    """`one of 'a', 'b', or 'c'`; a lone item stands for itself; `bare` leaves `one of` out."""
    listed = f" {word} ".join(items) if len(items) < 3 else f"{', '.join(items[:-1])}, {word} {items[-1]}"
    return listed if bare or len(items) == 1 else f"one of {listed}"


def expected(resolver: Resolver, branches: Sequence[Schema]) -> str:
    """What a union asks for: `a string`, `one of a string or array of objects`.

    Null is left out, as the API does; constants beside a plain string are strings.
    """
    phrases = list(dict.fromkeys(phrase for branch in branches for phrase in _phrases(resolver, branch)))
    if "a string" in phrases:
        phrases = [phrase for phrase in phrases if not phrase.startswith(("'", "one of '"))]
    if len(phrases) > 1:
        phrases = [phrase for phrase in phrases if phrase != "null"]
    if "a decimal" in phrases and "an integer" in phrases:
        phrases.remove("an integer")
    return one_of([*phrases[:1], *map(_bare, phrases[1:])])


def _bare(phrase: str) -> str:
    return phrase.removeprefix("a ").removeprefix("an ")


def called(resolver: Resolver, schema: Schema) -> str | None:
    """What the API calls what a schema describes, `an input item`, where it does not go by its JSON type."""
    for each in (schema, resolver.plain(schema)):
        if isinstance(each, dict) and CALLED in each:
            return str(each[CALLED])
    return None


def _phrases(resolver: Resolver, schema: Schema) -> Iterator[str]:
    """The ways to say what one branch asks for."""
    name = called(resolver, schema)
    if name is not None:
        yield name
        return
    schema = resolver.plain(schema)
    if not isinstance(schema, dict):
        return
    offered = choices(resolver, schema)
    if offered is not None:
        if all(isinstance(item, bool) for item in offered if item is not None):
            yield ARTICLES["boolean" if any(item is not None for item in offered) else "null"]
        else:
            yield one_of([elided(item) for item in offered if item is not None])
        return
    for union in ("anyOf", "oneOf"):
        for part in schema.get(union, ()):
            yield from _phrases(resolver, part)
    named = schema.get("type", ())
    for kind in [named] if isinstance(named, str) else named:
        items = schema.get("items")
        yield ARTICLES[kind] + (_of(resolver, items) if kind == "array" and isinstance(items, dict) else "")
    if not named and "properties" in schema:
        yield ARTICLES["object"]


def _of(resolver: Resolver, items: Schema) -> str:
    """` of objects`, ` of strings`; nothing where the items are of several kinds."""
    if choices(resolver, items) is not None:
        return " of " + expected(resolver, [items])
    name = called(resolver, items)
    if name is not None:
        return f" of {_bare(name)}s"
    taken = kinds(resolver, items)
    for kind in ("object", "string", "integer", "number", "boolean", "array"):
        if taken <= {kind, "integer"} and kind in taken:
            return f" of {'decimal' if kind == 'number' else kind}s"
    return ""
