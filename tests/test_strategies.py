"""Drawn requests: allowed by their schemas, and small where they shrink."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from mockai.call import Call
from mockai.errors import StubError
from mockai.multipart import parse
from mockai.operations import operation, operations
from mockai.registry import registry
from mockai.strategies import Upload, bodies, from_schema, requests
from mockai.understand import understand

FEW = settings(max_examples=5, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
ONCE = settings(max_examples=100, derandomize=True, database=None)


def least(strategy: st.SearchStrategy[Any]) -> Any:
    """The value that a strategy shrinks to."""
    return find(strategy, lambda _: True, settings=ONCE)


def named(value: Any) -> Any:
    """A body with the name of each file in its place, as a form is read."""
    match value:
        case Upload():
            return value.filename
        case dict():
            return {name: named(each) for name, each in value.items()}
        case list():
            return [named(each) for each in value]
    return value


@pytest.mark.parametrize("id", [id for id, row in operations().items() if row.body and row.kind != "websocket"])
def test_every_body_is_allowed_by_its_schema(id: str) -> None:
    schema = operation(id).body or ""

    @FEW
    @given(bodies(id))
    def allowed(value: Any) -> None:
        assert registry().valid(schema, named(value)), next(registry().errors(schema, named(value))).message

    allowed()


@settings(max_examples=50)
@given(requests("beta.threads.runs.create", thread_id=st.just("thread a/b"), assistant_id=st.just("asst_1")))
def test_a_request_says_what_it_was_told_to(request: Any) -> None:
    call: Call = understand(request, 1, 0)
    assert call.name == "beta.threads.runs.create"
    assert call.values == {"thread_id": "thread a/b"}
    assert call.body["assistant_id"] == "asst_1"


@settings(max_examples=50)
@given(requests("audio.transcriptions.create", file=st.just(Upload("mine.wav", b"RIFF"))))
def test_a_form_brings_its_files(request: Any) -> None:
    files = [part for part in parse(request.header("content-type"), request.body) if part.filename]
    assert [(part.name, part.filename, part.data) for part in files] == [("file", "mine.wav", b"RIFF")]


@pytest.mark.parametrize(
    ("id", "smallest"),
    [
        ("embeddings.create", {"input": "", "model": "text-embedding-3-large"}),
    ],
)
def test_a_request_shrinks_to_what_must_be(id: str, smallest: Any) -> None:
    assert json.loads(least(requests(id)).body) == smallest


def test_a_request_shrinks_to_what_breaks() -> None:
    found = find(bodies("moderations.create"), lambda body: len(body["input"]) > 1, settings=ONCE)
    assert found == {"input": "00"}


def test_an_operation_that_is_none() -> None:
    with pytest.raises(StubError, match=r"chat\.completions\.create"):
        requests("chat.completion.create")


SCHEMA = {
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {"of": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "minItems": 0}},
            "additionalProperties": False,
        }
    },
    "type": "object",
    "properties": {
        "tree": {"$ref": "#/$defs/tree"},
        "word": {"anyOf": [{"type": "string", "pattern": "^[a-z]+$"}, {"type": "null"}], "maxLength": 5},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "labels": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 3},
            "propertyNames": {"maxLength": 4},
            "maxProperties": 2,
        },
        "anything": True,
        "kind": {"enum": ["a", 1, None]},
    },
    "required": ["share", "word"],
    "additionalProperties": False,
}


@settings(max_examples=50)
@given(from_schema(SCHEMA))
def test_a_schema_of_one_s_own(value: Any) -> None:
    assert Draft202012Validator(SCHEMA).is_valid(value), value


@settings(max_examples=50)
@given(from_schema(SCHEMA, kind=st.just("b"), share=st.just(0.5)))
def test_what_is_told_holds_only_where_a_schema_agrees(value: Any) -> None:
    assert value["share"] == 0.5
    assert value["kind"] in ("a", 1, None)
