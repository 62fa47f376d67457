"""Any JSON Schema a user may pass: a valid value is made for nearly all, the rest refused, none answered wrongly.

The corpus is the official suite of draft 2020-12, as far as a schema speaks of objects or arrays, types of pydantic,
and the schemas that were sent to the real API. Nothing is left out for what becomes of it. Those who judge the values
are not those that the generator asks itself: Python's `jsonschema`, with the documents that the suite serves, and
pydantic.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

import jsonschema
import pytest
from asking import ask, chat, request, said
from pydantic import BaseModel, Field, RootModel, TypeAdapter, create_model
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mockai import MockAI, compiled
from mockai.errors import ConfigError
from mockai.options import VALUES
from mockai.synthesize import Unsatisfiable, synthesize

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
SUITE = Path(sys.prefix) / "suite" / "jsonschema-4.26.0.tar.gz"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
TESTS, REMOTES = "json/tests/draft2020-12/", "json/remotes/"
SERVED = "http://localhost:1234/"
"""Where the suite serves documents of its own; the generator cannot see them, and those who judge its values can."""

LEAST = 0.98
"""The part of the schemas for which a value must be made."""

KEYWORDS = frozenset(
    ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
     "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "items", "prefixItems",
     "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems")
)  # fmt: skip
"""Keywords of objects and arrays."""

Judge: TypeAlias = Callable[[Any], object]
Case: TypeAlias = tuple[str, Any, tuple[Judge, ...]]
"""A schema, what it is called, and who raises ValueError or ValidationError for a value that does not fit it."""


@cache
def suite() -> dict[str, Any]:
    """The suite's files of draft 2020-12 and the documents it serves, by their names."""
    assert hashlib.sha256(SUITE.read_bytes()).hexdigest() == SHA256
    found = {}
    with tarfile.open(SUITE) as archive:
        for member in archive:
            for folder in (TESTS, REMOTES):
                _, inside, name = member.name.partition(folder)
                if inside and name.endswith(".json") and (folder == REMOTES or "/" not in name):
                    text = archive.extractfile(member)
                    assert text is not None
                    found[folder + name] = json.load(text)
    return found


@cache
def documents() -> Registry[Any]:
    """What the suite serves, by address, for those who judge."""
    if not SUITE.exists():
        return Registry()
    return Registry().with_resources(
        (SERVED + name.removeprefix(REMOTES), DRAFT202012.create_resource(schema))
        for name, schema in suite().items()
        if name.startswith(REMOTES)
    )


def judge(schema: Any) -> Judge:
    return jsonschema.Draft202012Validator(schema, registry=documents()).validate


def of_objects_or_arrays(schema: Any) -> bool:
    """Whether a schema uses a keyword or the type of an object or array anywhere."""
    if isinstance(schema, list):
        return any(map(of_objects_or_arrays, schema))
    if not isinstance(schema, dict):
        return False
    kinds = schema.get("type")
    named = {"object", "array"} & set(kinds if isinstance(kinds, list) else [str(kinds)])
    below = (part for key, part in schema.items() if key not in ("enum", "const"))
    return bool(named or schema.keys() & KEYWORDS or any(map(of_objects_or_arrays, below)))


def official() -> Iterator[Case]:
    """The suite's schemas of objects and arrays that have a valid instance."""
    for name, groups in suite().items():
        for group in groups if name.startswith(TESTS) else ():
            schema = group["schema"]
            if any(test["valid"] for test in group["tests"]) and of_objects_or_arrays(schema):
                yield f"{name.removeprefix(TESTS)}: {group['description']}", schema, (judge(schema),)


def modelled() -> Iterator[Case]:
    """Types of pydantic, which reads the values itself, too."""
    for wrap, wrapped in WRAPS.items():
        for leaf in LEAVES:
            adapter = TypeAdapter(wrapped(leaf))
            schema = adapter.json_schema()
            reads = (adapter.validate_python, lambda value, adapter=adapter: adapter.validate_json(json.dumps(value)))
            yield f"{wrap}: {leaf}", schema, (judge(schema), *reads)


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    """The schemas of a request's tools and answers."""
    if isinstance(value, dict):
        yield from (value[key] for key in ("parameters", "schema") if isinstance(value.get(key), dict))
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from schemas_in(item)


def recorded() -> Iterator[Case]:
    """The distinct schemas that were sent to the real API."""
    found = {}
    for line in (RECORDINGS / "interactions.jsonl").read_text("utf-8").splitlines():
        sent = (json.loads(line).get("request_body") or {}).get("json")
        if isinstance(sent, dict):
            for schema in schemas_in([sent.get(key) for key in ("tools", "functions", "response_format", "text")]):
                found[json.dumps(schema, sort_keys=True)] = schema
    for number, schema in enumerate(found.values()):
        yield f"recorded schema {number}", schema, (judge(schema),)


def outcome(case: Case, values: str, seed: int) -> str:
    """`generated`, `refused` or `invalid`."""
    _, schema, judges = case
    try:
        value = synthesize(schema, random.Random(seed), values=values)
    except Unsatisfiable:
        return "refused"
    try:
        for fits in judges:
            fits(value)
    except (ValueError, jsonschema.ValidationError):
        return "invalid"
    return "generated"


SOURCES = {
    "official suite": (official, SUITE, "the official suite is not here: `make test` fetches it, as does "
                       f"`pip download --no-deps --no-binary jsonschema --dest {SUITE.parent} jsonschema==4.26.0`"),
    "pydantic": (modelled, Path(__file__), ""),
    "recordings": (recorded, RECORDINGS, "the real recordings are not beside the checkout"),
}  # fmt: skip


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_value_is_made_for_nearly_every_schema_and_never_a_wrong_one(source, values):
    cases, needed, missing = SOURCES[source]
    if not needed.exists():
        pytest.skip(missing)
    results = [(case[0], outcome(case, values, seed)) for case in cases() for seed in (0, 1)]
    counts = Counter(result for _, result in results)
    print(f"{source}, {values}: {len(results) // 2} schemas, twice each: {dict(counts)}")
    assert [name for name, result in results if result == "invalid"] == []
    refused = [name for name, result in results if result == "refused"]
    assert len(refused) <= (1 - LEAST) * len(results), refused


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=0, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field(pattern=r"^[A-Z][a-z]+$", max_length=12)


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


class Grade(NamedTuple):
    subject: str
    mark: float


@dataclass
class Film:
    title: Annotated[str, Field(min_length=1)]
    year: Annotated[int, Field(ge=1888, le=2100)] = 1895
    sequel: Film | None = None


class Shelf(RootModel[Annotated[list[Annotated[str, Field(pattern="^[A-Z]{2}[0-9]+$")]], Field(min_length=2)]]):
    pass


class Expression(BaseModel):
    operator: Literal["+", "-"]
    left: Expression | float
    right: Expression | float


LEAVES: tuple[Any, ...] = (
    int, float, bool, str, date, datetime, UUID, Shade, Node, Literal["a", 1, None],
    Annotated[int, Field(gt=3, lt=9, multiple_of=2)],
    Annotated[float, Field(ge=-1, lt=0.5)],
    Annotated[str, Field(min_length=3, max_length=5)],
    Annotated[str, Field(pattern=r"^[a-f0-9]{8}(-[0-9]{2})?$")],
    Annotated[Cat | Dog, Field(discriminator="kind")],
    Grade, Film, Shelf, Expression, Decimal, timedelta, int | str | None, Any,
)  # fmt: skip
"""Types that others are made of."""

WRAPS: dict[str, Any] = {
    "plain": lambda leaf: leaf,
    "optional": lambda leaf: leaf | None,
    "union": lambda leaf: leaf | Cat,
    "list": lambda leaf: list[leaf],
    "some": lambda leaf: Annotated[list[leaf], Field(min_length=1, max_length=3)],
    "unique": lambda leaf: Annotated[list[leaf], Field(json_schema_extra={"uniqueItems": True})],
    "dict": lambda leaf: dict[str, leaf],
    "tuple": lambda leaf: tuple[leaf, int],
    "nested": lambda leaf: create_model("Inner", __config__={"extra": "forbid"}, item=(leaf, ...), more=list[leaf]),
    "deep": lambda leaf: create_model("Deep", inner=(dict[str, list[leaf]], ...), other=(leaf | None, None)),
}


ELSEWHERE = {"$ref": "https://example.com/person.json"}
NEEDS_ANOTHER = {"type": "object", "properties": {"who": ELSEWHERE}, "required": ["who"]}
CONTRADICTS = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 2, "maximum": 1}},
    "required": ["n"],
}
NO_SCHEMA = {"type": "object", "properties": {"n": {"type": "string", "pattern": "("}}, "required": ["n"]}
REFUSED = {"needs-another": NEEDS_ANOTHER, "contradicts": CONTRADICTS, "no-schema": NO_SCHEMA}


@pytest.mark.parametrize("name", REFUSED)
def test_a_schema_without_a_value_is_refused_as_the_api_would(name, golden):
    mock, schema = MockAI(), REFUSED[name]
    person = {"name": "person", "schema": schema}
    look = {"name": "look", "parameters": schema}
    asked = [
        chat(response_format={"type": "json_schema", "json_schema": person}),
        chat(tools=[{"type": "function", "function": look}], tool_choice="required"),
        chat(functions=[look], function_call={"name": "look"}),
        request("/v1/responses", model="gpt-5", input="hi", text={"format": {"type": "json_schema", **person}}),
        request("/v1/responses", model="gpt-5", input="hi", tools=[{"type": "function", "strict": False, **look}],
                tool_choice="required"),
    ]  # fmt: skip
    said = [ask(mock, each) for each in asked]
    assert {reply.status for reply in said} == {400}
    golden(f"schema-{name}", "\n".join(json.dumps(json.loads(reply.content)["error"]) for reply in said))


def test_what_may_be_left_out_is_left_out_where_its_document_is_not_here():
    schema = {**NEEDS_ANOTHER, "required": ["name"]}
    schema["properties"] = {**NEEDS_ANOTHER["properties"], "name": {"type": "string"}, "more": {"items": ELSEWHERE}}
    assert synthesize(schema, random.Random(0)).keys() <= {"name", "more"}
    with pytest.raises(
        Unsatisfiable, match=r"In context=\('properties', 'who'\), reference to component 'https://example"
    ):
        synthesize({**schema, "not": {"required": ["who"]}}, random.Random(0))


def test_a_schema_is_compiled_once():
    schema = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "minItems": 2}}}
    synthesize(schema, random.Random(0))
    before = compiled._compiled.cache_info()
    synthesize(json.loads(json.dumps(schema)), random.Random(0))
    assert compiled._compiled.cache_info().misses == before.misses
    assert before.maxsize == compiled.KEPT


class Trip(BaseModel):
    goal: Expression | Cat | None
    stops: list[str]
    note: Annotated[str, Field(max_length=40)] = ""
    seats: Annotated[int, Field(ge=1, le=9)]


def test_each_manner_of_values():
    made = {
        values: [synthesize(Trip.model_json_schema(), random.Random(seed), values=values) for seed in range(40)]
        for values in VALUES
    }
    assert all(one.keys() == {"goal", "stops", "seats"} for one in made["smallest"])
    assert all(one["goal"] is None and one["stops"] == [] for one in made["smallest"])
    for values in ("plausible", "varied"):
        assert {type(one["goal"]).__name__ for one in made[values]} == {"dict", "NoneType"}
        assert {"note" in one for one in made[values]} == {True, False}
    assert {1, 9} <= {one["seats"] for one in made["varied"]}
    notes = {one["note"] for one in made["varied"] if "note" in one}
    assert "" in notes
    assert any(len(note) == 40 for note in notes)
    assert any(not note.isascii() for note in notes)
    assert {0, 12} <= {len(one["stops"]) for one in made["varied"]}


def test_a_mock_is_told_the_manner_of_its_values():
    form = {"type": "json_schema", "json_schema": {"name": "trip", "schema": Trip.model_json_schema()}}
    for values in VALUES:
        first, again = (said(MockAI(values=values), response_format=form) for _ in range(2))
        assert first == again
        Trip.model_validate_json(first)
    assert json.loads(said(MockAI(values="smallest"), response_format=form))["stops"] == []
    with pytest.raises(ConfigError, match=r"Not a manner of values: 'odd'[.] Choose plausible, smallest, varied[.]"):
        MockAI(values="odd")


def test_numbers_in_writing_and_words_of_an_office():
    names = ("age", "year", "price", "isbn", "version", "status", "phone_number")
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}
    made = synthesize(schema, random.Random(0))
    assert 18 <= int(made["age"]) <= 80
    assert 1990 <= int(made["year"]) <= 2025
    assert float(made["price"]) > 0
    assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(made["isbn"])) % 10 == 0
    assert made["version"].count(".") == 2
    assert made["phone_number"].startswith("+")


def test_members_stand_as_the_schema_has_them():
    names = ["zeta", "alpha", "middle"]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": sorted(names)}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert list(json.loads(said(MockAI(), response_format=form))) == names


def test_a_search_for_tools_whose_schema_has_no_value_is_refused(golden):
    search = {"type": "tool_search", "execution": "client", "parameters": CONTRADICTS}
    hidden = {"type": "function", "name": "look_up", "strict": False, "defer_loading": True, "parameters": {}}
    asked = request("/v1/responses", model="gpt-5.4", input="Look up", tools=[search, hidden])
    golden("schema-tool-search", json.loads(ask(MockAI(), asked).content)["error"]["message"])


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 1e10},
        {"type": "array", "minItems": 1e300},
        {"type": "array", "contains": {"type": "integer"}, "minContains": 1e9},
        {"$id": "http://[", "$ref": "elsewhere"},
    ],
    ids=["characters", "items", "contained", "no-address"],
)
def test_what_nobody_can_mean_is_refused_at_once(schema):
    with pytest.raises(Unsatisfiable):
        synthesize(schema, random.Random(0))


@pytest.mark.parametrize("depth", [150, 300, 900])
def test_what_is_nested_too_deeply_is_refused(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    with pytest.raises(Unsatisfiable):
        synthesize(schema, random.Random(0))
