"""What is wrong with a value, in the API's own words.

The patterns of the sentences and their codes are the API's: recorded 400s, and what its users quote of them. A union
is never "not valid under any of the schemas": the branch the client meant is found by its tag (`type`, `role` …), then
by JSON type, then by the fewest problems, and the problem is told at its own place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .document import Document
from .errors import BadRequest
from .expected import (
    CALLED,
    KINDS,
    Schema,
    alternatives,
    choices,
    elided,
    expected,
    is_a,
    json_equal,
    kinds,
    one_of,
    tags,
)
from .patterns import matches
from .sentences import (
    Finding,
    Path,
    finding_at,
    misfit,
    missing,
    of_names,
    of_number,
    of_string,
    too_long,
    too_short,
    unknown_parameter,
    unsupported,
    wrong_type,
)

if TYPE_CHECKING:
    from jsonschema_rs import Validator


DEEPEST = 50
"""Levels of nesting that are walked; what lies deeper is judged as a whole."""

OTHERS = (
    (("not",), "is not allowed"),
    (("oneOf",), "fits more than one of the variants it may have"),
    (("if", "then", "else"), "does not meet the condition it is under"),
    (("contains", "minContains", "maxContains"), "does not contain the items it must"),
    (("dependentRequired",), "lacks a property that another one needs"),
    (("dependentSchemas",), "does not fit what one of its properties asks for"),
    (("propertyNames",), "has a property whose name is not allowed"),
    (("multipleOf",), "is not a multiple of {}"),
)
"""Keywords without a sentence of the API's, with what is said when they are broken."""

TAGS = ("type", "role", "object", "event", "status", "mode")
"""Properties that tell the variants of a union apart, the surest first; any other constant property comes after."""


def findings(schema: Schema, value: Any, validator: Validator | None = None) -> list[Finding]:
    """Everything wrong with `value`, in the order the API would tell it; empty if and only if it is valid.

    `validator` is the schema's, compiled, where there is one already.
    """
    if validator is None:
        import jsonschema_rs

        validator = jsonschema_rs.validator_for(schema, offline=True)
    if validator.is_valid(value):
        return []
    return _Walk(schema).problems(schema, value, ()) or [misfit((), "does not fit its schema")]


def complaints(schema: Schema, value: Any, validator: Validator | None = None) -> list[BadRequest]:
    """The findings as the 400s that the API answers with: it tells the first."""
    found = findings(schema, value, validator)
    return [BadRequest(each.message, param=each.path or None, code=each.code) for each in found]


class _Walk:
    """One reading of a value along its schema.

    Each (schema, place) is read once however many unions meet there, so the cost is at most schemas x places, and a
    reference that leads back to itself ends.
    """

    def __init__(self, root: Schema) -> None:
        self.document = Document(root)
        self.resolver = self.document.resolver
        self.seen: dict[tuple[int, Path], list[Finding]] = {}

    def problems(self, schema: Schema, value: Any, path: Path) -> list[Finding]:
        """What is wrong with `value` at `path`."""
        if not isinstance(schema, dict):
            return [] if schema else [unknown_parameter(path)]
        if len(path) > DEEPEST:
            return [] if self.document.fits((schema,), value) else [misfit(path, "does not fit its schema")]
        key = (id(schema), path)
        if key not in self.seen:
            self.seen[key] = []
            self.seen[key] = list(self.read(schema, value, path))
        return self.seen[key]

    def read(self, schema: dict[str, Any], value: Any, path: Path) -> Iterator[Finding]:
        """The problems of one schema object: a wrong type hides everything else."""
        wrong = self.type(schema, value, path) or self.choice(schema, value, path)
        found = [wrong] if wrong else list(self.parts(schema, value, path))
        return iter(found or self.others(schema, value, path))

    def parts(self, schema: dict[str, Any], value: Any, path: Path) -> Iterator[Finding]:
        """The problems that its references, unions and the keywords of the value's type tell."""
        if isinstance(schema.get("$ref"), str):
            yield from self.problems(self.resolver.target(schema), value, path)
        for part in schema.get("allOf", ()):
            yield from self.problems(part, value, path)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                yield from self.union(schema[union], value, path)
        if isinstance(value, Mapping):
            yield from self.object(schema, value, path)
        elif isinstance(value, list):
            yield from self.array(schema, value, path)
        elif isinstance(value, str):
            yield from of_string(schema, value, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from of_number(schema, value, path, kinds(self.resolver, schema))

    def others(self, schema: dict[str, Any], value: Any, path: Path) -> Iterator[Finding]:
        """The keywords that no schema of the API uses, each judged as a whole."""
        for keywords, words in OTHERS:
            if keywords[0] in schema:
                rule = {keyword: schema[keyword] for keyword in keywords if keyword in schema}
                if not self.document.fits((rule,), value):
                    yield misfit(path, words.format(schema[keywords[0]]))

    def type(self, schema: dict[str, Any], value: Any, path: Path) -> Finding | None:
        """A value of another JSON type than the schema names, or than what it is called may have."""
        if CALLED in schema and not kinds(self.resolver, schema) & _kind(value):
            return wrong_type(path, schema[CALLED], value)
        wanted = schema.get("type")
        if wanted is None or any(is_a(value, name) for name in ([wanted] if isinstance(wanted, str) else wanted)):
            return None
        return wrong_type(path, expected(self.resolver, [schema]), value)

    def choice(self, schema: dict[str, Any], value: Any, path: Path) -> Finding | None:
        """A value outside `enum` or `const`; one of another type than all of them is a wrong type."""
        offered = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
        if offered is None or any(json_equal(value, item) for item in offered):
            return None
        if not any(_kind(value) & _kind(item) for item in offered):
            return wrong_type(path, expected(self.resolver, [schema]), value)
        return unsupported(path, value, offered)

    def object(self, schema: dict[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Finding]:
        """Missing members, then unknown ones, then the members themselves in the schema's order (as measured)."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield missing((*path, name))
        yield from of_names(schema, value, path)
        others = schema.get("additionalProperties", True)
        unknown = [name for name in value if name not in properties and not _patterned(schema, name)]
        if others is False:
            for name in unknown:
                yield unknown_parameter((*path, name), () if path else properties.keys() - value.keys())
        for name, part in properties.items():
            if name in value:
                yield from self.problems(part, value[name], (*path, name))
        for name in value:
            for part in _patterned(schema, name):
                yield from self.problems(part, value[name], (*path, name))
        if isinstance(others, dict):
            for name in unknown:
                yield from self.problems(others, value[name], (*path, name))

    def array(self, schema: dict[str, Any], value: list[Any], path: Path) -> Iterator[Finding]:
        """Its length, then its items."""
        size, least, most = len(value), schema.get("minItems", 0), schema.get("maxItems")
        if size < least:
            yield too_short(path, "array", least, size)
        if most is not None and size > most:
            yield too_long(path, "array", most, size)
        if schema.get("uniqueItems") and _repeats(value):
            yield finding_at(path, "Invalid {}: array contains duplicates. Expected unique items.", "invalid_value")
        first = schema.get("prefixItems", ())
        for index, item in enumerate(value):
            part = first[index] if index < len(first) else schema.get("items", True)
            yield from self.problems(part, item, (*path, index))

    def union(self, branches: Sequence[Schema], value: Any, path: Path) -> list[Finding]:
        """The problems of the branch the client meant; none if any branch takes the value."""
        flat: list[Schema] = [branch for branch in alternatives(self.resolver, branches) if branch is not False]
        fitting = [branch for branch in flat if kinds(self.resolver, branch) & _kind(value)]
        if not fitting:
            return [wrong_type(path, expected(self.resolver, flat), value)]
        if isinstance(value, Mapping):
            fitting, wrong = self.tagged(fitting, value, path)
            if wrong:
                return [wrong]
        named = [choices(self.resolver, branch) for branch in fitting]
        if all(values is not None for values in named):
            values = [item for group in named for item in group or ()]
            return [] if any(json_equal(value, item) for item in values) else [unsupported(path, value, values)]
        return min(
            (self.problems(branch, value, path) for branch in fitting), key=lambda found: (len(found), _depth(found))
        )

    def tagged(
        self, branches: list[Schema], value: Mapping[str, Any], path: Path
    ) -> tuple[list[Schema], Finding | None]:
        """The branches whose tags agree with the value's, or what is wrong with a tag."""
        known = [(branch, tags(self.resolver, branch)) for branch in branches]
        names = [name for _, tag in known for name in tag]
        shared = sorted({name for name in names if names.count(name) > 1 or len(known) == 1}, key=_surest)
        for name in shared:
            if name in value:
                kept = [(b, tag) for b, tag in known if name not in tag or value[name] in tag[name].values]
            else:
                kept = [(b, tag) for b, tag in known if name not in tag or not tag[name].required]
            if not kept:
                offered = list(dict.fromkeys(item for _, tag in known if name in tag for item in tag[name].values))
                if name not in value:
                    return [], missing((*path, name))
                if not isinstance(value[name], str):
                    return [], wrong_type((*path, name), one_of([elided(item) for item in offered]), value[name])
                return [], unsupported((*path, name), value[name], offered)
            known = kept
        return [branch for branch, _ in known], None


def _surest(name: str) -> tuple[int, str]:
    return (TAGS.index(name) if name in TAGS else len(TAGS), name)


def _depth(found: list[Finding]) -> int:
    """Shallow problems speak against a branch more than deep ones."""
    return -max((one.pointer.count("/") for one in found), default=0)


def _kind(value: Any) -> frozenset[str]:
    return frozenset(name for name in KINDS if is_a(value, name))


def _patterned(schema: dict[str, Any], name: str) -> list[Schema]:
    """The schemas of the `patternProperties` that `name` matches."""
    return [part for pattern, part in schema.get("patternProperties", {}).items() if matches(pattern, name)]


def _repeats(items: list[Any]) -> bool:
    return any(json_equal(item, other) for index, item in enumerate(items) for other in items[:index])
