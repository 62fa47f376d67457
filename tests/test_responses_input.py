"""What may stand in the input of a response: alone, and after what was said before it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_responses import WEATHER, mocked, reply, respond, see

from mockai import MockAI

CALLED = {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"}
TOLD = {"type": "function_call_output", "call_id": "c", "output": "1"}
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "content": "So."}
DECLARED = {**WEATHER, "output_schema": {"type": "object", "properties": {}, "additionalProperties": False}}
TWICE = "Duplicate item found with id {}. Remove duplicate items from your input and try again."
IN_JSON = "Invalid function_call_output.output: expected a JSON string because the function declares output_schema."


def strict() -> MockAI:
    return mocked(admission="semantic")


def refused(mock: MockAI, given: Any, **more: Any) -> tuple[str, str | None, str | None]:
    answer = reply(mock, "/v1/responses", {"model": "gpt-5.6", "input": given, **more})
    assert answer.status == 400
    error = json.loads(answer.content)["error"]
    return error["message"], error["param"], error["code"]


def test_no_item_is_there_twice() -> None:
    assert refused(strict(), [MESSAGE, MESSAGE]) == (TWICE.format("msg_1"), "input", None)
    again = {"type": "item_reference", "id": "msg_1"}
    assert refused(strict(), [MESSAGE, again])[0] == TWICE.format("msg_1")
    unnamed = {name: part for name, part in MESSAGE.items() if name != "id"}
    assert respond(strict(), [unnamed, unnamed])["status"] == "completed"


def test_items_of_two_kinds_are_two_whatever_their_ids() -> None:
    named = [MESSAGE, {**CALLED, "id": "msg_1"}, TOLD]
    assert respond(strict(), named)["status"] == "completed"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({**CALLED, "id": "call_1"}, "begins with 'fc'"),
        ({**TOLD, "id": "toolu_1"}, "begins with 'fc'"),
        ({"type": "reasoning", "id": "reasoning_1", "summary": []}, "begins with 'rs'"),
        ({**MESSAGE, "id": "run-1"}, "begins with 'msg'"),
        (
            {**MESSAGE, "id": "msg:1"},
            "contains letters, numbers, underscores, or dashes, but this value contained additional characters",
        ),
    ],
)
def test_ids_are_those_of_items(item: dict[str, Any], expected: str) -> None:
    words = f"Invalid 'input[1].id': '{item['id']}'. Expected an ID that {expected}."
    assert refused(strict(), [{"role": "user", "content": "Hi"}, item]) == (words, "input[1].id", "invalid_value")
    long = f"msg_{'a' * 61}"
    assert refused(strict(), [{**MESSAGE, "id": long}])[2] == "string_above_max_length"
    assert respond(strict(), [{**CALLED, "id": "fc_1"}, {**TOLD, "id": "fco_1"}])["status"] == "completed"
    assert respond(strict(), [{**CALLED, "status": None}, TOLD])["status"] == "completed"


def test_functions_have_names_of_a_few_letters() -> None:
    pattern = "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
    for given, tools, where in (
        ("hi", [{**WEATHER, "name": "sky.weather"}], "tools[0].name"),
        ([{**CALLED, "name": "sky.weather"}, TOLD], [], "input[0].name"),
    ):
        assert refused(strict(), given, tools=tools) == (f"Invalid '{where}': {pattern}", where, "invalid_value")
    assert respond(strict(), "hi", tools=[{**WEATHER, "name": "a" * 128}])["status"] == "completed"
    assert refused(strict(), "hi", tools=[{**WEATHER, "name": "a" * 129}])[2] == "string_above_max_length"


def test_what_was_said_before_is_not_said_again() -> None:
    mock = strict()
    first = respond(mock)
    [said] = first["output"]
    for given in (said, {"type": "item_reference", "id": said["id"]}):
        assert refused(mock, [given], previous_response_id=first["id"])[0] == TWICE.format(said["id"])
    talk = see(mock, "/v1/conversations", {"items": [{"type": "message", "role": "user", "content": "Hi"}]})
    [kept] = see(mock, f"/v1/conversations/{talk['id']}/items")["data"]
    assert refused(mock, [kept], conversation=talk["id"])[0] == TWICE.format(kept["id"])
    assert respond(mock, [said])["status"] == "completed"


def test_talks_may_go_on_with_results_of_calls_that_another_model_has_made() -> None:
    mock = strict()
    first = respond(mock)
    assert respond(mock, [TOLD], previous_response_id=first["id"])["status"] == "completed"


def test_a_call_names_the_namespace_of_its_function() -> None:
    words = "Missing namespace for function_call 'get_weather'. It does not exist in the default namespace."
    space = {"type": "namespace", "name": "sky", "description": "The sky", "tools": [WEATHER]}
    for tools in ([space], [{**WEATHER, "defer_loading": True}, {"type": "tool_search"}]):
        message, param, code = refused(strict(), [CALLED, TOLD], tools=tools)
        assert message.startswith(words)
        assert (param, code) == ("input[0].namespace", None)
        assert respond(strict(), [{**CALLED, "namespace": "sky"}, TOLD], tools=tools)["status"] == "completed"
    for shown in ([space, WEATHER], [WEATHER], []):
        assert respond(strict(), [CALLED, TOLD], tools=shown)["status"] == "completed"


def test_results_are_as_their_function_declares_them() -> None:
    mock = strict()
    assert refused(mock, [CALLED, {**TOLD, "output": "sunny"}], tools=[DECLARED]) == (IN_JSON, "input", "invalid_value")
    for output, tool in (('"sunny"', DECLARED), ("{}", DECLARED), ("sunny", WEATHER)):
        assert respond(mock, [CALLED, {**TOLD, "output": output}], tools=[tool])["status"] == "completed"
    first = respond(mock, "How is the weather?", tools=[DECLARED], tool_choice="required")
    result = {**TOLD, "call_id": first["output"][-1]["call_id"], "output": "sunny"}
    assert refused(mock, [result], tools=[DECLARED], previous_response_id=first["id"])[0] == IN_JSON


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        ({"type": "image_generation"}, "image_generation"),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "file_search"}]}, "file_search"),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "web_search"}]},
            "web_search",
        ),
    ],
)
def test_only_what_is_offered_can_be_chosen(choice: dict[str, Any], named: str) -> None:
    tools = [{"type": "web_search"}, WEATHER]
    words = f"Tool choice '{named}' not found in 'tools' parameter."
    assert refused(strict(), "hi", tools=tools, tool_choice=choice) == (words, "tool_choice", None)
    allowed = [{"type": "web_search_preview"}, {"type": "function", "name": "get_weather"}]
    fitting = {"type": "allowed_tools", "mode": "auto", "tools": allowed}
    assert respond(strict(), "hi", tools=tools, tool_choice=fitting)["status"] == "completed"
