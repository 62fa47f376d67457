"""Strict mode: which JSON Schemas the API takes for answers and arguments that it promises to fit them.

The rules and limits are those of the guide to structured outputs (September 2026); their order, and how messages name
a place (`In context=('properties', 'city')`), are known from errors that users have reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias

from .errors import BadRequest
from .metaschema import unsound
from .value import value

LEVELS, PROPERTIES, ENUMS, CHARACTERS = 10, 5_000, 1_000, 120_000
"""How deep objects may nest, and how many properties, enum values and characters of names and values there may be."""

LONG_ENUM, LONG_ENUM_CHARACTERS = 250, 15_000
"""An enum of more strings than this may hold so many characters in all."""

FORMATS = frozenset(["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"])
FORBIDDEN = (
    *("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties"),
    *("prefixItems", "unevaluatedItems", "contains", "minContains", "maxContains", "uniqueItems"),
)
"""Keywords that strict mode knows nothing of; all others it keeps to, or passes over."""

SCRIPT = "Or script an answer: mock.on(…).reply(…)."
"""What else can be done about a schema that no value is found for."""

Path: TypeAlias = tuple[str, ...]


def answer_schema(name: str, schema: Any, *, param: str = "response_format", code: str | None = None) -> None:
    """Raise BadRequest for a schema that an answer cannot be held to.

    `param` and `code` are those of the endpoint: Responses says `text.format.schema` and `invalid_json_schema`.
    """
    found = fault(schema)
    if found:
        raise answer_fault(name, found, param=param, code=code)


def function_schema(name: str, schema: Any, *, param: str, strict: bool = True) -> None:
    """Raise BadRequest for parameters a function cannot have.

    Without `strict` little is asked of them: they are an object with properties, and its arrays say what is in them.
    `param` is where they stand: `tools[0].function.parameters` in a chat, `tools[0].parameters` in Responses.
    """
    found = fault(schema) if strict else loose_fault(schema)
    if found:
        raise function_fault(name, found, param=param)


def answer_fault(name: str, found: str, *, param: str = "response_format", code: str | None = None) -> BadRequest:
    """What is said of an answer's schema in which something was `found`."""
    return BadRequest(f"Invalid schema for response_format '{name}': {found}", param=param, code=code)


def function_fault(name: str, found: str, *, param: str) -> BadRequest:
    """What is said of a function's schema in which something was `found`."""
    words = f"Invalid schema for function '{name}': {found}"
    return BadRequest(words, param=param, code="invalid_function_parameters")


def fault(schema: Any) -> str | None:
    """The first thing in a schema that strict mode does not take, in the API's manner; None if there is none."""
    found = (unsound(schema) if isinstance(schema, dict) else None) or _root(schema)
    if found:
        return found
    for part in walk(schema):
        for check in (_form, _object, _array, _string):
            words = check(part, schema)
            if words:
                return f"In context={part.path!r}, {words}"
    return _size(schema)


def loose_fault(schema: Any) -> str | None:
    """The first thing that parameters may not have even without strict mode; None if there is none."""
    if not schema:
        return None
    if isinstance(schema, dict):
        found = unsound(schema) or (_root(schema) or _empty(schema) if "type" in schema else None)
    else:
        found = _root(schema)
    if found:
        return found
    for part in walk(schema):
        words = _array(part, schema)
        if words:
            return f"In context={part.path!r}, {words}"
    return None


def kept_to(schema: Any) -> Any:
    """A schema as strict mode has it where nobody says whether it is strict: closed, with all properties required.

    None if strict mode does not take it even so, or if it says itself that its objects are open.
    """
    closed = _closed(schema)
    return None if fault(closed) else closed


def held(function: Mapping[str, Any]) -> tuple[Any, bool]:
    """What arguments of a function of responses keep to, and whether strictly: where nobody says, if they can."""
    schema, strict = function.get("parameters"), function.get("strict")
    if strict is not None or not schema:
        return schema, strict is not False
    kept = kept_to(schema)
    return (schema, False) if kept is None else (kept, True)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: part for key, part in schema.items() if key != "$schema"}
    for key in ("properties", "$defs", "definitions"):
        if isinstance(made.get(key), dict):
            made[key] = {name: _closed(part) for name, part in made[key].items()}
    for key in ("items", "anyOf"):
        if key in made:
            made[key] = _closed(made[key])
    names = made.get("properties")
    if isinstance(names, dict):
        made.setdefault("additionalProperties", False)
        if not isinstance(made.get("required"), list) or {*made["required"]} != names.keys():
            made["required"] = list(names)
    return made


@value(frozen=True, slots=True)
class Part:
    """A schema inside a schema: where it is, how many objects it is in, itself included, and one of its types."""

    path: Path
    schema: Mapping[str, Any]
    level: int
    type: Any


def walk(schema: Any, path: Path = (), level: int = 0) -> Iterator[Part]:
    """The schema and those inside it, outer ones first; one of several types comes once for each."""
    if not isinstance(schema, dict):
        return
    kinds = schema.get("type")
    inner = level + ("properties" in schema or kinds == "object")
    if isinstance(kinds, list) and kinds:
        yield from (Part((*path, "type", str(place)), schema, inner, kind) for place, kind in enumerate(kinds))
    else:
        yield Part(path, schema, inner, kinds)
    for key in ("properties", "$defs", "definitions"):
        named = schema.get(key)
        for name, inside in named.items() if isinstance(named, dict) else ():
            yield from walk(inside, (*path, key, name), inner if key == "properties" else 0)
    yield from walk(schema.get("items"), (*path, "items"), inner)
    options = schema.get("anyOf")
    for place, option in enumerate(options if isinstance(options, list) else ()):
        yield from walk(option, (*path, "anyOf", str(place)), inner)


def _root(schema: Any) -> str | None:
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind == "object":
        return None
    return f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{kind}"'."""


def _empty(schema: Mapping[str, Any]) -> str | None:
    """What is said of parameters that do not even say that there are none (quoted from 2023 to December 2025)."""
    return None if "properties" in schema else "In context=(), object schema missing properties."


def lost(reference: str) -> str:
    """What the API says of a reference that leads nowhere (seen from October 2025 to August 2026)."""
    return f"reference to component '{reference}' which was not found in the schema."


def _form(part: Part, root: Any) -> str | None:
    """What every schema must have and must not."""
    reference = part.schema.get("$ref")
    if reference is not None:
        beside = sorted(part.schema.keys() - {"$ref", "$defs", "definitions"})
        if beside:
            return f"$ref cannot have keywords {{{', '.join(map(repr, beside))}}}."
        return None if _target(reference, root) else lost(reference)
    for word in FORBIDDEN:
        if word in part.schema:
            return f"'{word}' is not permitted."
    if not any(word in part.schema for word in ("type", "anyOf", "enum", "const")):
        return "schema must have a 'type' key."
    return None


def _object(part: Part, _root: Any) -> str | None:
    if part.type != "object":
        return None
    if part.schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    given = part.schema.get("required")
    known = part.schema.get("properties") or {}
    listed = given if isinstance(given, list) else []
    wrong = [f"Missing '{name}'." for name in known if name not in listed]
    wrong += [f"Extra required key '{name}' supplied." for name in listed if name not in known]
    rule = "'required' is required to be supplied and to be an array including every key in properties."
    return f"{rule} {wrong[0]}" if wrong else None


def _array(part: Part, _root: Any) -> str | None:
    return "array schema missing items." if part.type == "array" and "items" not in part.schema else None


def _string(part: Part, _root: Any) -> str | None:
    form = part.schema.get("format")
    return f"'{form}' is not a valid format." if part.type == "string" and form and form not in FORMATS else None


def _target(reference: Any, root: Any) -> bool:
    """Whether a reference leads to a part of the schema it stands in."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    place = root
    for step in reference[1:].split("/")[1:]:
        place = place.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(place, dict) else None
    return place is not None


def _size(schema: Any) -> str | None:
    """What is too much of a schema whose parts are all as they should be."""
    parts = {id(part.schema): part for part in walk(schema)}.values()
    depth = max(part.level for part in parts)
    if depth > LEVELS:
        return f"{depth} levels of nesting exceeds limit of {LEVELS}."
    keys = [part.schema.get(key) or {} for part in parts for key in ("properties", "$defs", "definitions")]
    enums = [list(part.schema.get("enum") or ()) for part in parts]
    words = [*chain(*keys, *enums), *(part.schema.get("const") for part in parts)]
    long = [_letters(enum) for enum in enums if len(enum) > LONG_ENUM]
    total = "in total within a schema"
    counted = (
        (sum(len(part.schema.get("properties") or ()) for part in parts), PROPERTIES, f"object properties {total}"),
        (sum(map(len, enums)), ENUMS, f"enum values {total}"),
        (_letters(words), CHARACTERS, f"characters in names, enum values and constants {total}"),
        (max(long, default=0), LONG_ENUM_CHARACTERS, f"characters in an enum of more than {LONG_ENUM} values"),
    )
    for count, most, what in counted:
        if count > most:
            return f"Expected at most {most} {what} when using structured outputs, but got {count}."
    return None


def _letters(values: Iterable[Any]) -> int:
    return sum(len(value) for value in values if isinstance(value, str))
