"""What is wrong with a value, in the API's own words.

The patterns of the sentences and their codes are the API's: recorded 400s, and what its users quote of them. A union
is never "not valid under any of the schemas": the branch the client meant is found by its tag (`type`, `role` …), then
by JSON type, then by the fewest problems, and the problem is told at its own place.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import BadRequest
from .expected import (
    EVERY,
    KINDS,
    Resolver,
    Schema,
    alternatives,
    choices,
    elided,
    expected,
    got,
    is_a,
    json_equal,
    kinds,
    one_of,
    quote,
    tags,
)
from .patterns import matches

if TYPE_CHECKING:
    from jsonschema_rs import Validator

Path: TypeAlias = tuple[str | int, ...]

DEEPEST = 50
"""Levels of nesting that are walked; what lies deeper is told by the validator alone."""

TAGS = ("type", "role", "object", "event", "status", "mode")
"""Properties that tell the variants of a union apart, the surest first; any other constant property comes after."""


BELOW, ABOVE = ("below", "minimum", "min"), ("above", "maximum", "max")
BOUNDS = (
    ("minimum", ">=", operator.ge, BELOW),
    ("exclusiveMinimum", ">", operator.gt, BELOW),
    ("maximum", "<=", operator.le, ABOVE),
    ("exclusiveMaximum", "<", operator.lt, ABOVE),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a value.

    `path` is written as the API writes it (`messages[0].content[1].type`, empty for the whole value), `pointer` is the
    same place as a JSON pointer; `message` and `code` are the API's.
    """

    path: str
    pointer: str
    message: str
    code: str | None


def dotted(path: Path) -> str:
    """A path as the API writes it: `messages[0].content`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def pointer(path: Path) -> str:
    """A path as a JSON pointer: `/messages/0/content`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def findings(schema: Schema, value: Any, validator: Validator | None = None) -> list[Finding]:
    """Everything wrong with `value`, in the order the API would tell it; empty if and only if it is valid.

    `validator` is the schema's, compiled, where there is one already. Where the walk has no words of its own (`not`,
    `if`, `contains`, great depth …) the validator's are used.
    """
    if validator is None:
        import jsonschema_rs

        validator = jsonschema_rs.validator_for(schema)
    if validator.is_valid(value):
        return []
    return _Walk(schema).problems(schema, value, ()) or [
        _finding(tuple(error.instance_path), f"Invalid {{}}: {error.message}.", "invalid_value")
        for error in validator.iter_errors(value)
    ]


def complaint(schema: Schema, value: Any, validator: Validator | None = None) -> BadRequest:
    """The 400 the API answers `value` with: the first of its findings.

    Raises ValueError if the value is valid.
    """
    for finding in findings(schema, value, validator):
        return BadRequest(finding.message, param=finding.path or None, code=finding.code)
    raise ValueError("The value is valid: there is nothing to complain about.")


def _finding(path: Path, message: str, code: str | None) -> Finding:
    """A finding; `{}` in its message stands for the quoted path."""
    place = dotted(path)
    return Finding(place, pointer(path), message.replace("{}", f"'{place or 'body'}'", 1), code)


class _Walk:
    """One reading of a value along its schema.

    Each (schema, place) is read once however many unions meet there, so the cost is at most schemas x places, and a
    reference that leads back to itself ends.
    """

    def __init__(self, root: Schema) -> None:
        self.resolver = Resolver(root)
        self.seen: dict[tuple[int, Path], list[Finding]] = {}

    def problems(self, schema: Schema, value: Any, path: Path) -> list[Finding]:
        """What is wrong with `value` at `path`."""
        if schema is True or len(path) > DEEPEST:
            return []
        if not isinstance(schema, dict):
            return [_finding(path, "Unknown parameter: {}.", "unknown_parameter")]
        key = (id(schema), path)
        if key not in self.seen:
            self.seen[key] = []
            self.seen[key] = list(self.read(schema, value, path))
        return self.seen[key]

    def read(self, schema: dict[str, Any], value: Any, path: Path) -> Iterator[Finding]:
        """The problems of one schema object: a wrong type hides everything else."""
        wrong = self.type(schema, value, path) or self.choice(schema, value, path)
        if wrong:
            yield wrong
            return
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
            yield from _string(schema, value, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from _number(schema, value, path, kinds(self.resolver, schema))

    def type(self, schema: dict[str, Any], value: Any, path: Path) -> Finding | None:
        """A value of another JSON type than the schema names."""
        wanted = schema.get("type")
        if wanted is None or any(is_a(value, name) for name in ([wanted] if isinstance(wanted, str) else wanted)):
            return None
        return _wrong_type(path, expected(self.resolver, [schema]), value)

    def choice(self, schema: dict[str, Any], value: Any, path: Path) -> Finding | None:
        """A value outside `enum` or `const`; one of another type than all of them is a wrong type."""
        offered = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
        if offered is None or any(json_equal(value, item) for item in offered):
            return None
        if not any(_kind(value) & _kind(item) for item in offered):
            return _wrong_type(path, expected(self.resolver, [schema]), value)
        return _unsupported(path, value, offered)

    def object(self, schema: dict[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Finding]:
        """Missing members, then unknown ones, then the members themselves in the schema's order (as measured)."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield _missing((*path, name))
        yield from _names(schema, value, path)
        others = schema.get("additionalProperties", True)
        unknown = [name for name in value if name not in properties and not _patterned(schema, name)]
        if others is False:
            for name in unknown:
                yield _finding((*path, name), "Unknown parameter: {}.", "unknown_parameter")
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
            yield _short(path, "array", least, size)
        if most is not None and size > most:
            yield _long(path, "array", most, size)
        if schema.get("uniqueItems") and _repeats(value):
            yield _finding(path, "Invalid {}: array contains duplicates. Expected unique items.", "invalid_value")
        first = schema.get("prefixItems", ())
        for index, item in enumerate(value):
            part = first[index] if index < len(first) else schema.get("items", True)
            yield from self.problems(part, item, (*path, index))

    def union(self, branches: Sequence[Schema], value: Any, path: Path) -> list[Finding]:
        """The problems of the branch the client meant; none if any branch takes the value."""
        flat: list[Schema] = [branch for branch in alternatives(self.resolver, branches) if branch is not False]
        fitting = [branch for branch in flat if kinds(self.resolver, branch) & _kind(value)]
        if not fitting:
            return [_wrong_type(path, expected(self.resolver, flat), value)]
        if isinstance(value, Mapping):
            fitting, wrong = self.tagged(fitting, value, path)
            if wrong:
                return [wrong]
        named = [choices(self.resolver, branch) for branch in fitting]
        if all(values is not None for values in named):
            values = [item for group in named for item in group or ()]
            return [] if any(json_equal(value, item) for item in values) else [_unsupported(path, value, values)]
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
                    return [], _missing((*path, name))
                if not isinstance(value[name], str):
                    return [], _wrong_type((*path, name), one_of([elided(item) for item in offered]), value[name])
                return [], _unsupported((*path, name), value[name], offered)
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


def _wrong_type(path: Path, wanted: str, value: Any) -> Finding:
    return _finding(path, f"Invalid type for {{}}: expected {wanted}, but got {got(value)} instead.", "invalid_type")


def _unsupported(path: Path, value: Any, offered: Sequence[Any]) -> Finding:
    named = [quote(item) for item in offered if item is not None]
    text = f"Invalid value: {quote(value)}. Supported values are: {one_of(named, 'and', bare=True)}."
    return Finding(dotted(path), pointer(path), text, "invalid_value")


def _missing(path: Path) -> Finding:
    return _finding(path, "Missing required parameter: {}.", "missing_required_parameter")


def _short(path: Path, kind: str, least: int, size: int) -> Finding:
    article = "an" if kind == "array" else "a"
    if size == 0:
        wanted = f"Expected {article} {kind} with minimum length {least}, but got an empty {kind} instead."
        return _finding(path, f"Invalid {{}}: empty {kind}. {wanted}", f"empty_{kind}")
    wanted = (
        f"Expected {article} {kind} with minimum length {least}, but got {article} {kind} with length {size} instead."
    )
    return _finding(path, f"Invalid {{}}: {kind} too short. {wanted}", f"{kind}_below_min_length")


def _long(path: Path, kind: str, most: int, size: int) -> Finding:
    article = "an" if kind == "array" else "a"
    wanted = (
        f"Expected {article} {kind} with maximum length {most}, but got {article} {kind} with length {size} instead."
    )
    return _finding(path, f"Invalid {{}}: {kind} too long. {wanted}", f"{kind}_above_max_length")


def _string(schema: dict[str, Any], value: str, path: Path) -> Iterator[Finding]:
    size, least, most = len(value), schema.get("minLength", 0), schema.get("maxLength")
    if size < least:
        yield _short(path, "string", least, size)
    elif most is not None and size > most:
        yield _long(path, "string", most, size)
    elif "pattern" in schema and not matches(schema["pattern"], value):
        wanted = f"Expected a string that matches the pattern '{schema['pattern']}'."
        yield _finding(path, f"Invalid {{}}: string does not match pattern. {wanted}", "invalid_value")


def _number(schema: dict[str, Any], value: float, path: Path, taken: frozenset[str]) -> Iterator[Finding]:
    """A number out of bounds, called after the type the schema takes; after its own where any type will do."""
    whole = isinstance(value, int) if taken == EVERY else "number" not in taken
    kind = "integer" if whole else "decimal"
    for keyword, sign, keeps, (where, word, short) in BOUNDS:
        limit = schema.get(keyword)
        if limit is not None and not keeps(value, limit):
            wanted = f"Expected a value {sign} {limit}, but got {value} instead."
            yield _finding(
                path, f"Invalid {{}}: {kind} {where} {word} value. {wanted}", f"{kind}_{where}_{short}_value"
            )
            return


def _members(path: Path, word: str, bound: str, size: int, code: str) -> Finding:
    wanted = f"Expected an object with {bound} properties, but got an object with {size} properties instead."
    return _finding(path, f"Invalid {{}}: too {word} properties. {wanted}", f"object_{code}_properties")


def _names(schema: dict[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Too many or too few members, and names that are too long."""
    size = len(value)
    most, least = schema.get("maxProperties"), schema.get("minProperties", 0)
    if most is not None and size > most:
        yield _members(path, "many", f"at most {most}", size, "above_max")
    if size < least:
        yield _members(path, "few", f"at least {least}", size, "below_min")
    rule = schema.get("propertyNames")
    longest = rule.get("maxLength") if isinstance(rule, dict) else None
    for name in value:
        if longest is not None and len(name) > longest:
            wanted = (
                f"Expected a string with maximum length {longest}, but got a string with length {len(name)} instead."
            )
            text = f"Invalid property name in '{dotted(path)}': {elided(name)} is too long. {wanted}"
            yield Finding(dotted((*path, name)), pointer((*path, name)), text, "property_name_above_max_length")


def _repeats(items: list[Any]) -> bool:
    return any(json_equal(item, other) for index, item in enumerate(items) for other in items[:index])
