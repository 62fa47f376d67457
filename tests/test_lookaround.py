"""Patterns that look around, which later models do not compile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_responses import mocked, reply

from mockai.rules.lookaround import around

EMAIL = {"type": "string", "pattern": r"^(?!\.)[^@]+@[^@]+$"}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


@pytest.mark.parametrize("pattern", [r"a(?=b)", r"(?!a)b", r"(?<=a)b", r"(?<!a)b", r"\\(?=a)", r"[)](?=a)"])
def test_what_looks_around_is_found(pattern: str) -> None:
    assert list(around({"anyOf": [{"pattern": pattern}]})) == ["$.anyOf[0].pattern"]


@pytest.mark.parametrize("pattern", [r"(?:a)", r"(?P<a>b)", r"\(?=a", r"[(?=]", r"(a)?=b"])
def test_what_does_not_is_let_through(pattern: str) -> None:
    assert not list(around({"pattern": pattern}))
    assert not list(around({"enum": [EMAIL], "properties": {"pattern": {"type": "string"}}}))


def test_later_models_refuse_it() -> None:
    tool = {"type": "function", "name": "send", "parameters": fields(to={"type": "array", "items": EMAIL})}
    form = {"format": {"type": "json_schema", "name": "who", "strict": True, "schema": fields(email=EMAIL)}}
    space = {"type": "namespace", "name": "mail", "description": "Letters", "tools": [tool]}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("$.properties.to.items.pattern", "tools", {"tools": [tool]}),
        ("$.properties.to.items.pattern", "tools", {"tools": [space]}),
        ("$.properties.email.pattern", "text", {"text": form}),
    ]
    for place, param, more in asked:
        answer = reply(mocked(admission="semantic"), "/v1/responses", {"model": "gpt-5.6", "input": "hi", **more})
        error = json.loads(answer.content)["error"]
        assert error["message"] == f"Invalid JSON schema: regex lookaround is not supported. Found at {place}."
        assert (answer.status, error["param"], error["code"]) == (400, param, "invalid_json_schema")
        older = {"model": "gpt-5.4", "input": "hi", **more}
        assert reply(mocked(admission="semantic"), "/v1/responses", older).status == 200
