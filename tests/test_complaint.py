"""A complaint says what the API says, at the place the client got wrong, also inside unions."""

from __future__ import annotations

import random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_synthesize import SCHEMAS

from mockai.complaint import complaints, findings
from mockai.synthesize import synthesize

PART = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
            "required": ["type", "text"],
        },
        {
            "type": "object",
            "properties": {"type": {"const": "image"}, "url": {"type": "string"}},
            "required": ["type", "url"],
        },
    ]
}
SCHEMA: dict[str, Any] = {
    "$ref": "#/$defs/Request",
    "$defs": {
        "Request": {
            "type": "object",
            "additionalProperties": False,
            "required": ["messages", "model"],
            "properties": {
                "messages": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 3,
                    "items": {"anyOf": [{"$ref": "#/$defs/User"}, {"$ref": "#/$defs/Assistant"}]},
                },
                "model": {"anyOf": [{"type": "string"}, {"enum": ["gpt-x", "gpt-y"]}]},
                "temperature": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 2}, {"type": "null"}]},
                "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 8},
                "stream": {"anyOf": [{"const": True}, {"enum": [False, None]}]},
                "choice": {"anyOf": [{"enum": ["none", "auto"]}, {"$ref": "#/$defs/Named"}]},
                "include": {"type": "array", "items": {"enum": ["short", "a.very.long.name"]}},
                "name": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]*$"},
                "tags": {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 2,
                    "propertyNames": {"maxLength": 12},
                    "additionalProperties": {"type": "string"},
                },
                "pair": {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
                "odd": {"not": {"const": 3}},
                "once": {"oneOf": [{"minimum": 1}, {"maximum": 5}]},
                "input": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}},
                                    {"type": "array", "items": {"type": "integer"}}]},
            },
        },
        "User": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "role": {"const": "user"},
                "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": PART}]},
            },
            "required": ["role", "content"],
        },
        "Assistant": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"role": {"const": "assistant"}, "content": {"type": ["string", "null"]}},
            "required": ["role"],
        },
        "Named": {
            "type": "object",
            "properties": {"type": {"const": "function"}, "function": {"type": "object", "required": ["name"]}},
            "required": ["type", "function"],
        },
    },
}  # fmt: skip


def user(content: Any, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content, **more}]}


SAID: list[tuple[dict[str, Any], str, str, str]] = [
    ({"messages": None}, "messages", "invalid_type",
     "Invalid type for 'messages': expected an array of objects, but got null instead."),
    ({"messages": []}, "messages", "empty_array",
     "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."),
    ({"messages": [{"role": "assistant"}] * 4}, "messages", "array_above_max_length",
     "Invalid 'messages': array too long. Expected an array with maximum length 3, but got an array with length 4"
     " instead."),
    ({"messages": ["hi"]}, "messages[0]", "invalid_type",
     "Invalid type for 'messages[0]': expected an object, but got a string instead."),
    ({"messages": [{"content": "hi"}]}, "messages[0].role", "missing_required_parameter",
     "Missing required parameter: 'messages[0].role'."),
    ({"messages": [{"role": "robot"}]}, "messages[0].role", "invalid_value",
     "Invalid value: 'robot'. Supported values are: 'user' and 'assistant'."),
    ({"messages": [{"role": 7}]}, "messages[0].role", "invalid_type",
     "Invalid type for 'messages[0].role': expected one of 'user' or 'assistant', but got an integer instead."),
    (user(7), "messages[0].content", "invalid_type",
     "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer"
     " instead."),
    (user([{"type": "text"}]), "messages[0].content[0].text", "missing_required_parameter",
     "Missing required parameter: 'messages[0].content[0].text'."),
    (user([{"type": "image", "url": "x"}, {"type": "sound"}]), "messages[0].content[1].type", "invalid_value",
     "Invalid value: 'sound'. Supported values are: 'text' and 'image'."),
    (user([{}]), "messages[0].content[0].type", "missing_required_parameter",
     "Missing required parameter: 'messages[0].content[0].type'."),
    (user("hi", mood="good"), "messages[0].mood", "unknown_parameter", "Unknown parameter: 'messages[0].mood'."),
    ({"zzz": 1, "n": "x"}, "zzz", "unknown_parameter", "Unknown parameter: 'zzz'."),
    ({"strem": 1}, "strem", "unknown_parameter", "Unknown parameter: 'strem'. Did you mean 'stream'?"),
    ({"modell": 1}, "modell", "unknown_parameter", "Unknown parameter: 'modell'."),
    ({"model": 1}, "model", "invalid_type",
     "Invalid type for 'model': expected a string, but got an integer instead."),
    ({"temperature": "hot"}, "temperature", "invalid_type",
     "Invalid type for 'temperature': expected a decimal, but got a string instead."),
    ({"temperature": 99.0}, "temperature", "decimal_above_max_value",
     "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 99.0 instead."),
    ({"temperature": -1}, "temperature", "decimal_below_min_value",
     "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead."),
    ({"n": 0}, "n", "integer_below_min_value",
     "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead."),
    ({"n": 9}, "n", "integer_above_max_value",
     "Invalid 'n': integer above maximum value. Expected a value <= 8, but got 9 instead."),
    ({"n": 1.5}, "n", "invalid_type",
     "Invalid type for 'n': expected an integer, but got a decimal number instead."),
    ({"stream": "yes"}, "stream", "invalid_type",
     "Invalid type for 'stream': expected a boolean, but got a string instead."),
    ({"choice": 7}, "choice", "invalid_type",
     "Invalid type for 'choice': expected one of one of 'none' or 'auto' or object, but got an integer instead."),
    ({"choice": "always"}, "choice", "invalid_value",
     "Invalid value: 'always'. Supported values are: 'none' and 'auto'."),
    ({"choice": {"type": "function", "function": {}}}, "choice.function.name", "missing_required_parameter",
     "Missing required parameter: 'choice.function.name'."),
    ({"include": "short"}, "include", "invalid_type",
     "Invalid type for 'include': expected an array of one of 'short' or 'a.v...ame', but got a string instead."),
    ({"include": ["other"]}, "include[0]", "invalid_value",
     "Invalid value: 'other'. Supported values are: 'short' and 'a.very.long.name'."),
    ({"name": ""}, "name", "empty_string",
     "Invalid 'name': empty string. Expected a string with minimum length 1, but got an empty string instead."),
    ({"name": "abcdef"}, "name", "string_above_max_length",
     "Invalid 'name': string too long. Expected a string with maximum length 5, but got a string with length 6"
     " instead."),
    ({"name": "AB"}, "name", "invalid_value",
     "Invalid 'name': string does not match pattern. Expected a string that matches the pattern '^[a-z]*$'."),
    ({"tags": {}}, "tags", "object_below_min_properties",
     "Invalid 'tags': too few properties. Expected an object with at least 1 properties, but got an object with 0"
     " properties instead."),
    ({"tags": {"a": "", "b": "", "c": ""}}, "tags", "object_above_max_properties",
     "Invalid 'tags': too many properties. Expected an object with at most 2 properties, but got an object with 3"
     " properties instead."),
    ({"tags": {"k" * 13: "v"}}, "tags." + "k" * 13, "property_name_above_max_length",
     "Invalid property name in 'tags': 'kkk...kkk' is too long. Expected a string with maximum length 12, but got a"
     " string with length 13 instead."),
    ({"tags": {"k": 7}}, "tags.k", "invalid_type",
     "Invalid type for 'tags.k': expected a string, but got an integer instead."),
    ({"pair": [1, 2]}, "pair[1]", "invalid_type",
     "Invalid type for 'pair[1]': expected a string, but got an integer instead."),
    ({"input": [1, 2, "x"]}, "input[2]", "invalid_type",
     "Invalid type for 'input[2]': expected an integer, but got a string instead."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "code", "message"), SAID, ids=[message[:60] for *_, message in SAID])
def test_it_says_what_the_api_says(change, param, code, message):
    error, *_ = complaints(SCHEMA, {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}], **change})
    assert error.error == {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    assert error.status == 400


def test_missing_parameters_come_first_and_all_of_them():
    found = findings(SCHEMA, {"zzz": 1})
    assert [finding.path for finding in found] == ["messages", "model", "zzz"]


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"not": {"const": 3}}, 3, "is not allowed"),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, 3, "fits more than one of the variants it may have"),
        ({"if": {"type": "integer"}, "then": {"minimum": 5}}, 3, "does not meet the condition it is under"),
        ({"contains": {"const": 1}}, [2], "does not contain the items it must"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "lacks a property that another one needs"),
        ({"dependentSchemas": {"a": False}}, {"a": 1}, "does not fit what one of its properties asks for"),
        ({"propertyNames": {"pattern": "^x"}}, {"a": 1}, "has a property whose name is not allowed"),
        ({"multipleOf": 2}, 3, "is not a multiple of 2"),
        ({"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False}, {"b": 1}, None),
    ],
)
def test_keywords_the_api_does_not_use_are_told_too(schema, value, words):
    (finding,) = findings({"properties": {"x": schema}}, {"x": value})
    expected = (
        ("x", f"Invalid value for 'x': it {words}.")
        if words
        else ("", "Invalid value for 'body': it does not fit its schema.")
    )
    assert (finding.path, finding.message) == expected


def test_a_pointer_names_the_same_place():
    (finding,) = findings(SCHEMA, {"model": "m", **user([{"type": "text"}])})
    assert finding.pointer == "/messages/0/content/0/text"


def test_the_whole_value_has_no_param():
    error, *_ = complaints(SCHEMA, [])
    assert error.error["param"] is None
    assert "expected an object, but got an array" in error.message


def test_a_valid_value_is_no_matter_for_complaint():
    assert complaints({"type": "integer"}, 1) == []


NODE = {
    "type": "object",
    "properties": {"kind": {"const": "node"}, "next": {"$ref": "#/$defs/any"}},
    "required": ["next"],
}
TREE = {
    "$ref": "#/$defs/any",
    "$defs": {"any": {"anyOf": [{"type": "integer"}, NODE, {**NODE, "title": "twin"}, {**NODE, "minProperties": 1}]}},
}


@pytest.mark.parametrize("depth", [3, 40])
def test_unions_inside_unions_cost_no_more_than_their_places(depth):
    value: Any = "wrong"
    for _ in range(depth):
        value = {"kind": "node", "next": value}
    (finding,) = findings(TREE, value)
    assert finding.path == ".".join(["next"] * depth)


def test_great_depth_is_survived():
    value: Any = "wrong"
    for _ in range(180):
        value = {"kind": "node", "next": value}
    (finding,) = findings(TREE, value)
    assert finding.message.endswith("it does not fit its schema.")
    assert finding.path.startswith("next.next.")


def test_a_schema_that_leads_back_to_itself_ends():
    loop = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]},
                                           "b": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "string"}]}}}  # fmt: skip
    assert isinstance(findings(loop, 3), list)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-60, 60), st.floats(-9, 9), st.sampled_from(["", "foo", "ab", "x@y"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["city", "age", "email", "zz"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(SCHEMAS, JSON)
def test_there_is_a_finding_if_and_only_if_the_value_is_invalid(schema, value):
    assert bool(findings(schema, value)) is not jsonschema_rs.validator_for(schema).is_valid(value)


@settings(deadline=None, max_examples=100)
@given(SCHEMAS, st.integers(0, 9))
def test_what_is_synthesised_has_no_findings(schema, seed):
    assert findings(schema, synthesize(schema, random.Random(seed))) == []
