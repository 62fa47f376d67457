"""The Synthesizer keeps its one promise, whatever the schema: what it hands out is valid, and the same every time."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from mockai.plausible import CITIES
from mockai.synthesize import Unsatisfiable, synthesize

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"


def made(schema: Any, seed: int = 0, **options: Any) -> Any:
    """A synthesised value, checked by both validators."""
    value = synthesize(schema, random.Random(seed), **options)
    assert jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(value)
    text = json.dumps(schema)
    if "p{" not in text and not ("format" in text and ("not" in text or "oneOf" in text)):
        # The second opinion has Python's patterns, without Unicode classes, and asserts no formats.
        jsonschema.Draft202012Validator(schema).validate(value)
    return value


NAMES = st.sampled_from(["city", "age", "email", "id", "x"])
SCALARS = st.one_of(
    st.just({"type": "null"}),
    st.just({"type": "boolean"}),
    st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span},
              st.integers(-50, 50), st.integers(0, 9)),
    st.builds(lambda low, step: {"type": "number", "exclusiveMinimum": low, "multipleOf": step},
              st.integers(-5, 5), st.sampled_from([0.01, 0.5, 1, 7])),
    st.builds(lambda least, span: {"type": "string", "minLength": least, "maxLength": least + span},
              st.integers(0, 12), st.integers(0, 9)),
    st.sampled_from(["^[a-z]{2,5}$", r"^\d{3}-\d{4}$", "^(foo|bar)+$", r"\S@\S"]).map(
        lambda pattern: {"type": "string", "pattern": pattern}),
    st.sampled_from(["date", "date-time", "time", "duration", "email", "uuid", "uri", "hostname", "ipv4", "ipv6"]).map(
        lambda form: {"type": "string", "format": form}),
    st.lists(st.one_of(st.integers(), st.text(max_size=3), st.none()), min_size=1, max_size=3).map(
        lambda values: {"enum": values}),
    st.integers(0, 3).map(lambda value: {"const": value}),
    st.just(True),
)  # fmt: skip


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.builds(
        lambda properties, others, optional: {
            "type": "object",
            "properties": properties,
            "required": [name for index, name in enumerate(properties) if index % 2 or not optional],
            "additionalProperties": others,
        },
        st.dictionaries(NAMES, inner, max_size=3), st.one_of(st.booleans(), inner), st.booleans(),
    )  # fmt: skip
    arrays = st.builds(
        lambda items, least, span: {"type": "array", "items": items, "minItems": least, "maxItems": least + span},
        inner, st.integers(0, 3), st.integers(0, 2),
    )  # fmt: skip
    tuples = st.lists(inner, min_size=1, max_size=3).map(
        lambda parts: {"type": "array", "prefixItems": parts, "items": False, "minItems": len(parts)}
    )
    unions = st.builds(
        lambda key, parts: {key: parts}, st.sampled_from(["anyOf"]), st.lists(inner, min_size=1, max_size=3)
    )
    nodes = inner.map(lambda part: {"allOf": [part, {"title": "x"}]})
    return st.one_of(objects, arrays, tuples, unions, nodes)


SCHEMAS = st.recursive(SCALARS, larger, max_leaves=8)


@settings(deadline=None, max_examples=150)
@given(
    SCHEMAS,
    st.integers(0, 9),
    st.sampled_from(["full", "plausible", "smallest", "varied"]),
    st.sampled_from(["all", "some", "none"]),
    st.booleans(),
)
def test_every_schema_that_can_be_satisfied_is(schema, seed, values, optional, nulls):
    value = made(schema, seed, values=values, optional=optional, nulls=nulls)
    again = synthesize(schema, random.Random(seed), values=values, optional=optional, nulls=nulls)
    assert json.dumps(value) == json.dumps(again)


@settings(deadline=None, max_examples=80)
@given(st.lists(SCHEMAS, min_size=2, max_size=3), st.sampled_from(["allOf", "oneOf", "not"]), st.integers(0, 5))
def test_a_schema_that_may_contradict_itself_gives_a_valid_value_or_says_so(parts, key, seed):
    schema = {"not": parts[0]} if key == "not" else {key: parts}
    with suppress(Unsatisfiable):
        made(schema, seed)


CASES: dict[str, Any] = {
    "anything": {},
    "true": True,
    "if-then": {"properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"],
                "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["only_a"]}},
    "else": {"type": "integer", "if": {"minimum": 10}, "then": {"maximum": 5}, "else": {"minimum": 3}},
    "not-a-type": {"type": ["string", "integer"], "not": {"type": "string"}},
    "not-required": {"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}},
    "one-of-overlap": {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 50}, "minContains": 2},
    "few-contained": {"type": "array", "contains": {"const": 1}, "maxContains": 1, "minItems": 3},
    "unique-enums": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
    "unique-objects": {"type": "array", "uniqueItems": True, "minItems": 4,
                       "items": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "pattern-properties": {"type": "object", "patternProperties": {"^x_[0-9]+$": {"type": "integer"}},
                           "additionalProperties": False, "minProperties": 2},
    "property-names": {"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2},
    "dependent-required": {"properties": {"a": True, "b": True}, "required": ["a"], "dependentRequired": {"a": ["b"]}},
    "dependent-schemas": {"properties": {"a": True}, "required": ["a"],
                          "dependentSchemas": {"a": {"properties": {"c": {"const": 7}}, "required": ["c"]}}},
    "unevaluated": {"allOf": [{"properties": {"a": {"type": "string"}}}], "required": ["a"],
                    "unevaluatedProperties": False},
    "intersection": {"allOf": [{"minimum": 3}, {"maximum": 4}, {"type": "integer"}, {"multipleOf": 2}]},
    "thin-slice": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "far-multiple": {"type": "integer", "minimum": 10**12, "multipleOf": 17},
    "every-kind-of-character": {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d)(?=.*[a-z]).{8,}$"},
    "pattern-and-length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 40, "maxLength": 41},
    "unicode-class": {"type": "string", "pattern": r"^\p{L}+$"},
    "long-text": {"type": "string", "minLength": 500},
    "tree": {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "additionalProperties": False,
             "properties": {"value": {"type": "integer"},
                            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
             "required": ["value", "children"]}}},
    "linked-list": {"type": "object", "required": ["next"],
                    "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}},
    "mutual": {"$ref": "#/$defs/a", "$defs": {
        "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
        "b": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/c"}]},
        "c": {"type": "array", "items": {"$ref": "#/$defs/a"}}}},
}  # fmt: skip


@pytest.mark.parametrize("schema", CASES.values(), ids=CASES)
@pytest.mark.parametrize("values", ["full", "plausible", "smallest", "varied"])
def test_every_keyword_is_understood(schema, values):
    for seed in range(3):
        made(schema, seed, values=values)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (False, "$:"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "$:"),
        (
            {
                "type": "object",
                "properties": {"a": {"allOf": [{"type": "string"}, {"type": "null"}]}},
                "required": ["a"],
            },
            "$.a:",
        ),
        ({"type": "array", "items": {"enum": [1]}, "uniqueItems": True, "minItems": 2}, "$"),
        ({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}, ".next:"),
    ],
)
def test_what_cannot_be_is_refused_with_the_place(schema, place):
    with pytest.raises(Unsatisfiable, match="No value was found") as caught:
        synthesize(schema, random.Random(0))
    assert place in str(caught.value)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 300, "items": {"type": "integer"}, "uniqueItems": True},
        {"type": "object", "minProperties": 300},
        {"type": "string", "minLength": 100_000},
        {"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": [{"$ref": f"#/$defs/t{i}"} for i in range(9)] + [True]},
         **{f"t{i}": {"type": "object", "properties": {key: {"$ref": "#/$defs/e"} for key in "abcd"}, "required": ["a"]}
            for i in range(9)}}},
    ],
    ids=["items", "members", "characters", "recursion"],
)  # fmt: skip
def test_large_wishes_are_met(schema):
    made(schema)


def crowd(kinds: int, fanout: int) -> Any:
    """Types that all lead to one another, and to a number only as the last choice."""
    names = [f"t{number}" for number in range(kinds)]
    anything = {"anyOf": [*({"$ref": f"#/$defs/{name}"} for name in names), {"type": "integer"}]}
    body = {"type": "object", "properties": {f"k{number}": {"$ref": "#/$defs/any"} for number in range(fanout)}}
    return {"$ref": "#/$defs/any", "$defs": {"any": anything, **{name: {**body, "required": ["k0"]} for name in names}}}


@pytest.mark.parametrize("values", ["full", "plausible", "smallest", "varied"])
def test_recursion_that_would_fill_the_world_is_cut_short(values):
    assert len(json.dumps(made(crowd(18, 18), values=values))) < 200_000
    wide = {f"t{i}": {"properties": {f"k{j}": {"$ref": f"#/$defs/t{j}"} for j in range(14)}} for i in range(14)}
    assert len(json.dumps(made({"$ref": "#/$defs/t0", "$defs": wide, "type": "object"}, values=values))) < 200_000


def test_anchors_and_deep_schemas_are_followed():
    schema: Any = {"$ref": "#here"}
    for _ in range(60):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    assert '"Oslo"' in json.dumps(made({**schema, "$defs": {"x": {"$anchor": "here", "const": "Oslo"}}}))


def test_what_is_too_large_is_said_to_be():
    with pytest.raises(Unsatisfiable, match="too large"):
        synthesize({"type": "array", "minItems": 10**6}, random.Random(0))


@pytest.mark.parametrize("schema", [{"type": "foo"}, {"pattern": "("}, {"$ref": "#/nowhere"}])
def test_what_is_no_schema_is_refused(schema):
    with pytest.raises(Unsatisfiable, match="not a JSON Schema"):
        synthesize(schema, random.Random(0))


class Street(BaseModel):
    name: str
    number: int = Field(ge=1, le=999)
    kind: Literal["road", "square"] = "road"


class Person(BaseModel):
    name: str
    email: Annotated[str, Field(pattern=r"^\S+@\S+$")]
    age: int | None = Field(default=None, ge=0, lt=150)
    nicknames: list[Annotated[str, Field(min_length=2)]] = Field(min_length=1, max_length=3)
    home: Street | str
    scores: dict[str, float]
    pair: tuple[int, str]
    friends: list[Person] = []


@pytest.mark.parametrize("values", ["full", "plausible", "smallest", "varied"])
def test_pydantic_takes_what_is_made_of_its_schema(values):
    for seed in range(20):
        Person.model_validate(made(Person.model_json_schema(), seed, values=values))


def test_names_decide_what_a_value_looks_like():
    names = ("email", "homepage_url", "city", "createdAt", "age", "price")
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names[:4]},
        "required": list(names[:4]),
    }
    schema["properties"] |= {"age": {"type": "integer"}, "price": {"type": "number"}}
    person = made(schema)
    assert list(person) == list(names)
    assert person["email"].endswith("@example.com")
    assert person["homepage_url"].startswith("https://")
    assert person["createdAt"].endswith("Z")
    assert 18 <= person["age"] <= 80


def test_what_stands_in_a_list_is_named_by_the_list():
    texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    names = ("emails", "cities", "addresses")
    contact = made({"type": "object", "properties": dict.fromkeys(names, texts), "required": list(names)})
    assert contact["emails"][0].endswith("@example.com")
    assert contact["cities"][0] in CITIES
    assert contact["addresses"][0].endswith(" Street")


def test_optional_members_are_all_there_or_none():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": ["string", "null"]}},
        "required": ["a"],
    }
    assert made(schema).keys() == {"a", "b"}
    assert made(schema, optional="none").keys() == {"a"}
    assert made(schema, nulls=True)["b"] is None


def test_a_part_may_refer_into_another_document():
    root = {"$defs": {"city": {"enum": ["Oslo"]}}}
    assert synthesize({"$ref": "#/$defs/city"}, random.Random(0), root=root) == "Oslo"


def schemas_in(value: Any) -> Any:
    if isinstance(value, dict):
        yield from (value[key] for key in ("parameters", "schema") if isinstance(value.get(key), dict))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from schemas_in(item)


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the real recordings are not beside the checkout")
def test_every_schema_that_was_sent_to_the_real_api_is_answered():
    found = {}
    for line in (RECORDINGS / "interactions.jsonl").read_text("utf-8").splitlines():
        body = json.loads(line).get("request_body") or {}
        sent = body.get("json")
        if isinstance(sent, dict):
            for schema in schemas_in([sent.get(key) for key in ("tools", "functions", "response_format", "text")]):
                found[json.dumps(schema, sort_keys=True)] = schema
    assert len(found) > 80
    for schema in found.values():
        made(schema)
        made(schema, values="plausible")
