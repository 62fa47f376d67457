"""Schemas by name: complete in themselves, in two readings, and read no sooner than needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mockai.errors import StubError
from mockai.operations import operation, operations
from mockai.registry import SchemaRegistry, registry

REQUEST = "chat/completion_create_params.CompletionCreateParams"
NAMES = sorted(
    {name for row in operations().values() for name in (row.body, row.query, row.result, row.stream) if name}
)
HELLO = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for each in schema.values():
            yield from references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from references(each)


@pytest.mark.parametrize("reading", ["accept", "produce"])
def test_every_schema_of_the_table_stands_alone_and_compiles(reading: Any) -> None:
    for name in NAMES:
        schema = registry().schema(name, reading)
        assert {f"#/$defs/{key}" for key in schema["$defs"]} >= set(references(schema))
        registry().validator(name, reading)


def test_a_schema_is_found_by_its_fields_without_following_a_reference() -> None:
    assert "messages" in registry().schema(REQUEST)["properties"]


def test_a_schema_that_is_not_there() -> None:
    for name in ("chat/nothing.Nothing", "nowhere/x.X", "plain"):
        with pytest.raises(StubError, match=f"There is no schema '{name}'"):
            registry().schema(name)


def test_one_operation_reads_the_files_of_its_closure_alone() -> None:
    fresh = SchemaRegistry()
    assert fresh.files == {}
    assert fresh.valid(REQUEST, HELLO)
    assert {file for file, _ in fresh.files} == {"chat", "shared_params"}
    fresh.schema(operation("models.retrieve").result or "")
    assert {file for file, _ in fresh.files} == {"chat", "shared_params", "openai"}
    assert {reading for _, reading in fresh.files} == {"accept"}


def test_a_validator_is_compiled_once() -> None:
    fresh = SchemaRegistry()
    assert fresh.validator(REQUEST) is fresh.validator(REQUEST)
    assert fresh.schema(REQUEST) is fresh.schema(REQUEST)
    assert fresh.schema(REQUEST, "produce") is not fresh.schema(REQUEST)
    assert registry() is registry()


def test_the_validator_is_not_imported_before_it_is_needed() -> None:
    program = """
import sys
from mockai.registry import registry
registry().schema("chat/chat_completion.ChatCompletion")
assert "jsonschema_rs" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_requests_are_closed_and_answers_open() -> None:
    assert registry().valid(REQUEST, HELLO)
    assert not registry().valid(REQUEST, {**HELLO, "temprature": 1})
    assert not registry().valid(REQUEST, {**HELLO, "stream_options": {"include_usages": True}})
    model = {"id": "gpt-5", "object": "model", "created": 1, "owned_by": "openai"}
    assert registry().valid("openai/model.Model", {**model, "something": "new"})


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"temperature": 2}, True),
        ({"temperature": 2.1}, False),
        ({"n": 1.0}, True),
        ({"n": 129}, False),
        ({"model": "a-model-of-tomorrow"}, True),
        ({"model": None}, False),
        ({"stream": None}, True),
        ({"stream": "true"}, False),
        ({"messages": []}, False),
        ({"stop": []}, True),
        ({"stop": ["a"] * 5}, False),
        ({"metadata": {"a": "b"}}, True),
        ({"metadata": {"a": 1}}, False),
        ({"metadata": {str(key): "" for key in range(17)}}, False),
        ({"logit_bias": {"50256": -101}}, False),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"any": ["thing"]}}}},
            True,
        ),
        ({"tools": [{"type": "function", "function": {"name": "with space"}}]}, False),
    ],
)
def test_what_a_chat_request_may_be(change: dict[str, Any], valid: bool) -> None:
    assert registry().valid(REQUEST, {**HELLO, **change}) == valid
    assert bool(list(registry().errors(REQUEST, {**HELLO, **change}))) != valid


def test_producing_is_stricter_than_accepting() -> None:
    old = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
    }
    assert registry().valid("chat/chat_completion.ChatCompletion", old)
    assert not registry().valid("chat/chat_completion.ChatCompletion", old, "produce")


@pytest.mark.parametrize("row", [row for row in operations().values() if row.page], ids=lambda row: row.id)
def test_a_list_says_what_it_is(row: Any) -> None:
    schema = registry().schema(row.result, "produce")
    assert {"data"} <= set(schema["required"]) <= set(schema["properties"])
    assert row.page == "token" or "object" in schema["required"]
    assert row.page == "page" or "has_more" in schema["required"]
