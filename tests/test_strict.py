"""Strict mode takes the schemas that the API takes, and says of the others what the API says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai import strict
from mockai.admit import admit
from mockai.errors import ApiError, BadRequest
from mockai.http import Request
from mockai.understand import understand

TEXT = {"type": "string"}
ROOT = """schema must be a JSON Schema of 'type: "object"', got 'type: "%s"'."""
KEYS = "In context=(), 'required' is required to be supplied and to be an array including every key in properties."
MOST = "Expected at most %s in total within a schema when using structured outputs, but got %s."


def thing(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    schema: Any = TEXT
    for _ in range(levels):
        schema = thing(inner={"type": "array", "items": schema})
    assert isinstance(schema, dict)
    return schema


TREE = thing(value=TEXT, children={"type": "array", "items": {"$ref": "#"}})
LINKED = {
    **thing(first={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}),
    "$defs": {"node": thing(next={"$ref": "#/$defs/node"})},
}
RANGES = thing(
    age={"type": "integer", "minimum": 0, "exclusiveMaximum": 150, "multipleOf": 1},
    name={"type": ["string", "null"], "pattern": "^[A-Z]", "description": "With a capital"},
    when={"type": "string", "format": "date-time"},
    tags={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3},
    kind={"enum": ["a", "b"]},
    fixed={"const": 1},
    given={"type": "string", "default": "x", "title": "Given"},
)


@pytest.mark.parametrize("schema", [thing(), thing(a=TEXT), TREE, LINKED, RANGES, nested(10)])
def test_what_it_takes(schema: Any) -> None:
    assert strict.fault(schema) is None
    strict.answer_schema("answer", schema)
    strict.function_schema("do", schema, param="tools[0].function.parameters")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (None, ROOT % "None"),
        (
            {"type": "array", "items": TEXT},
            ROOT % "array",
        ),
        ({"anyOf": [thing()]}, ROOT % "None"),
        (
            {"type": "object", "properties": {}},
            "In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            thing(a={**thing(b=TEXT), "additionalProperties": True}),
            "In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            {**thing(a=TEXT, b=TEXT), "required": ["a"]},
            f"{KEYS} Missing 'b'.",
        ),
        (
            {**thing(), "required": ["a"]},
            f"{KEYS} Extra required key 'a' supplied.",
        ),
        (thing(a={}), "In context=('properties', 'a'), schema must have a 'type' key."),
        (thing(a={"type": "array"}), "In context=('properties', 'a'), array schema missing items."),
        (thing(a={"allOf": [TEXT]}), "In context=('properties', 'a'), 'allOf' is not permitted."),
        (
            thing(a={"type": "array", "items": {"oneOf": [TEXT]}}),
            "In context=('properties', 'a', 'items'), 'oneOf' is not permitted.",
        ),
        (
            thing(a={"anyOf": [TEXT, {"type": "string", "format": "uri"}]}),
            "In context=('properties', 'a', 'anyOf', '1'), 'uri' is not a valid format.",
        ),
        (
            thing(a={"type": ["string", "null"], "format": "uri"}),
            "In context=('properties', 'a', 'type', '0'), 'uri' is not a valid format.",
        ),
        (
            thing(a={"$ref": "#/$defs/b", "description": "B"}) | {"$defs": {"b": TEXT}},
            "In context=('properties', 'a'), $ref cannot have keywords {'description'}.",
        ),
        (
            thing(a={"$ref": "#/$defs/b"}),
            "In context=('properties', 'a'), reference to component '#/$defs/b' which was not found in the schema.",
        ),
        (
            thing(a={"$ref": "other.json"}),
            "In context=('properties', 'a'), reference to component 'other.json' which was not found in the schema.",
        ),
        (nested(11), "11 levels of nesting exceeds limit of 10."),
        (
            thing(**{f"p{n}": TEXT for n in range(5001)}),
            MOST % ("5000 object properties", 5001),
        ),
        (
            thing(a={"enum": list(range(600))}, b={"enum": list(range(401))}),
            MOST % ("1000 enum values", 1001),
        ),
        (
            thing(a={"const": "x" * 120_000}),
            MOST % ("120000 characters in names, enum values and constants", 120_001),
        ),
        (
            thing(a={"type": "string", "enum": [f"{n:060}" for n in range(251)]}),
            "Expected at most 15000 characters in an enum of more than 250 values when using structured outputs, "
            "but got 15060.",
        ),
    ],
)
def test_what_it_does_not_take(schema: Any, words: str) -> None:
    assert strict.fault(schema) == words
    with pytest.raises(BadRequest) as answered:
        strict.answer_schema("answer", schema, param="text.format.schema", code="invalid_json_schema")
    assert answered.value.error == {
        "message": f"Invalid schema for response_format 'answer': {words}",
        "type": "invalid_request_error",
        "param": "text.format.schema",
        "code": "invalid_json_schema",
    }


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, ROOT % "string"),
        ({"type": "object", "additionalProperties": TEXT}, "In context=(), object schema missing properties."),
        (
            {"type": "object", "properties": {"a": {"type": "array"}}},
            "In context=('properties', 'a'), array schema missing items.",
        ),
    ],
)
def test_what_no_function_may_have(schema: Any, words: str) -> None:
    with pytest.raises(BadRequest) as answered:
        strict.function_schema("do", schema, param="tools[0].parameters", strict=False)
    assert answered.value.error == {
        "message": f"Invalid schema for function 'do': {words}",
        "type": "invalid_request_error",
        "param": "tools[0].parameters",
        "code": "invalid_function_parameters",
    }


@pytest.mark.parametrize("schema", [{}, {"properties": {"a": {"oneOf": [TEXT]}}}, {"type": "object", "properties": {}}])
def test_a_function_that_is_not_strict_may_have_nearly_anything(schema: Any) -> None:
    strict.function_schema("do", schema, param="tools[0].function.parameters", strict=False)


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    listed = inner.map(lambda each: {"type": "array", "items": each})
    return st.builds(thing, a=inner, b=listed, c=inner.map(lambda each: {"anyOf": [each]}))


@given(st.recursive(st.sampled_from([TEXT, {"type": "null"}]), grown, max_leaves=8))
def test_the_first_fault_is_named_wherever_good_parts_stand(schema: Any) -> None:
    """Good parts have no fault but their depth; a bad part beside them is the fault."""
    assert "levels of nesting" in (strict.fault(thing(root=schema)) or "levels of nesting")
    bad = thing(root=schema, z={"type": "array"})
    assert strict.fault(bad) == "In context=('properties', 'z'), array schema missing items."


def told(level: Any, **more: Any) -> dict[str, Any] | None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], **more}
    call = understand(Request("POST", "/v1/chat/completions", body=orjson.dumps(body)))
    try:
        admit(call, level)
    except ApiError as error:
        return {**error.error, "status": error.status}
    return None


def shape(schema: Any, strictly: bool | None = True) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": strictly, "schema": schema}}


def function(parameters: Any, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "do", "parameters": parameters, **more}}


def test_chats_are_held_to_it() -> None:
    loose = {"type": "object", "properties": {"a": TEXT}}
    said = told("cross-field", response_format=shape(loose))
    assert said
    assert said["message"].startswith("Invalid schema for response_format 'answer': In context=()")
    assert (said["status"], said["param"], said["code"]) == (400, "response_format", None)
    said = told("cross-field", tools=[function({}), function(loose, strict=True)])
    assert said
    assert said["message"].startswith("Invalid schema for function 'do': In context=()")
    assert (said["status"], said["param"]) == (400, "tools[1].function.parameters")
    assert said["code"] == "invalid_function_parameters"
    said = told("cross-field", functions=[{"name": "do", "parameters": {"type": "array"}}])
    assert said
    assert said["param"] == "functions[0].parameters"


@pytest.mark.parametrize("strictly", [False, None])
def test_chats_that_do_not_ask_for_it_are_not(strictly: bool | None) -> None:
    loose = {"type": "object", "properties": {"a": TEXT}}
    assert told("semantic", response_format=shape(loose, strictly), tools=[function(loose, strict=strictly)]) is None


def test_the_schema_level_leaves_it_to_others() -> None:
    """The SDK's own tests send schemas that no model could keep."""
    assert told("schema", response_format=shape({"foo": "bar"}), tools=[function({"foo": "bar"}, strict=True)]) is None
