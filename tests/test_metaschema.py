"""What no JSON Schema can have: said as the API says it, in Python's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import ask, request

from mockai import MockAI
from mockai.metaschema import unsound

WRONG: list[tuple[Any, str]] = [
    ({"type": "web_search_20250305"}, "'web_search_20250305' is not valid under any of the given schemas."),
    ({"type": ["string", "any"]}, "['string', 'any'] is not valid under any of the given schemas."),
    ({"properties": {"a": {"type": "string", "required": True}}}, "True is not of type 'array'."),
    ({"properties": {"a": "text"}}, "'text' is not of type 'object', 'boolean'."),
    ({"properties": None}, "None is not of type 'object'."),
    ({"items": [{"type": "number"}]}, "[{'type': 'number'}] is not of type 'object', 'boolean'."),
    ({"required": [1]}, "1 is not of type 'string'."),
    ({"minLength": 1.5}, "1.5 is not of type 'integer'."),
    ({"exclusiveMinimum": True}, "True is not of type 'number'."),
    ({"anyOf": [{"pattern": "^\\p{L}$"}]}, "'^\\\\p{L}$' is not a 'regex'."),
    ({"properties": {"a": {"not": 5}}, "title": 1}, "1 is not of type 'string'."),
]


@pytest.mark.parametrize(("schema", "words"), WRONG)
def test_what_no_schema_can_have_is_told_from_the_outside_in(schema: Any, words: str) -> None:
    assert unsound(schema) == words


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"type": ["string", "null"], "pattern": "^(?!a)[[a]$", "nullable": True, "enum": [{"type": "odd"}]},
        {"properties": {"type": {"type": "string"}, "pattern": {"const": {"items": 1}}}, "minItems": 2.0},
    ],
)
def test_what_a_schema_can_have_is_not_spoken_of(schema: Any) -> None:
    assert unsound(schema) is None


def test_functions_are_refused_for_it_strict_or_not() -> None:
    parameters = {"type": "object", "properties": {"a": {"type": "string", "required": True}}}
    words = "Invalid schema for function 'look': True is not of type 'array'."
    for strict in (True, False):
        function = {"name": "look", "parameters": parameters, "strict": strict}
        said = [{"role": "user", "content": "hi"}]
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("tools[0].parameters", "responses", {"input": said, "tools": [{"type": "function", **function}]}),
            (
                "tools[0].function.parameters",
                "chat/completions",
                {"messages": said, "tools": [{"type": "function", "function": function}]},
            ),
        ]
        for param, path, body in asked:
            answer = ask(MockAI(admission="semantic"), request(f"/v1/{path}", model="gpt-4.1", **body))
            error = json.loads(answer.content)["error"]
            found = (answer.status, error["message"], error["param"], error["code"])
            assert found == (400, words, param, "invalid_function_parameters")
