"""Responses: their bodies, their streams, what they remember, and what becomes of them in the background."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import responses_driver
from asking import HEADERS, ask
from hypothesis import given
from hypothesis import strategies as st

from mockai import ManualClock, MockAI
from mockai.http import Reply, Request
from mockai.registry import registry
from mockai.tokens import count

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings" / "interactions.jsonl"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather at a place",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
LONG = "Explain electroencephalography, thermodynamics, and counterrevolutionaries"
HOSTED: dict[str, dict[str, Any]] = {
    "web_search": {},
    "file_search": {"vector_store_ids": []},
    "code_interpreter": {"container": {"type": "auto"}},
    "image_generation": {"size": "1024x1024", "output_format": "jpeg"},
    "mcp": {"server_label": "shop", "server_url": "https://example.com", "require_approval": "never"},
    "shell": {"environment": {"type": "local"}},
    "local_shell": {},
    "apply_patch": {},
    "computer": {},
}
CLIENT_RUNS = {"shell", "local_shell", "apply_patch", "computer"}


def mocked(**options: Any) -> MockAI:
    return MockAI(clock=ManualClock(), **options)


def reply(mock: MockAI, path: str, body: Any = None, *, method: str = "", query: str = "") -> Reply:
    sent = json.dumps(body).encode() if body is not None else b""
    return ask(mock, Request(method or ("POST" if body is not None else "GET"), path, query, HEADERS, sent))


def see(mock: MockAI, path: str, body: Any = None, **more: Any) -> Any:
    return json.loads(reply(mock, path, body, **more).content)


def respond(mock: MockAI, given: Any = "hi", **more: Any) -> Any:
    return see(mock, "/v1/responses", {"model": "gpt-4o", "input": given, **more})


def events(answer: Reply) -> list[Any]:
    blocks = answer.content.decode().strip().split("\n\n")
    pairs = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    told = [json.loads(pair["data"]) for pair in pairs]
    assert [pair["event"] for pair in pairs] == [event["type"] for event in told]
    return told


def stream(mock: MockAI, given: Any = "hi", **more: Any) -> list[Any]:
    return events(reply(mock, "/v1/responses", {"model": "gpt-4o", "input": given, "stream": True, **more}))


def kinds_of(told: list[Any]) -> list[str]:
    """The types of events in order, without `response.`; deltas that follow each other are one."""
    names = [event["type"].removeprefix("response.") for event in told]
    return [name for place, name in enumerate(names) if not place or name != names[place - 1]]


def text(response: Any) -> str:
    return "".join(part["text"] for item in response["output"] if item["type"] == "message" for part in item["content"])


def types(response: Any) -> list[str]:
    return [item["type"] for item in response["output"]]


# -- bodies


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5-nano", "gpt-5.4", "gpt-5.6", "gpt-6-astra", "my-own"])
@pytest.mark.parametrize("name", ["responses/response.Response", "beta/beta_response.BetaResponse"])
def test_a_body_is_what_the_schema_says(model: str, name: str) -> None:
    mock = mocked()
    assert registry().valid(name, respond(mock, model=model), "produce")
    assert registry().valid(name, respond(mock, model=model, tools=[WEATHER], tool_choice="required"), "produce")


def test_what_was_asked_comes_back_with_defaults_beside_it() -> None:
    mine = {
        "instructions": "Be brief.",
        "temperature": 0,
        "metadata": {"a": "b"},
        "tools": [WEATHER, {"type": "web_search"}],
        "service_tier": "priority",
        "user": "me",
        "safety_identifier": "s",
        "max_output_tokens": 900,
    }
    found = respond(mocked(), **mine)
    assert {name: found[name] for name in mine if name != "tools"} == {
        **{name: part for name, part in mine.items() if name != "tools"},
        "temperature": 0.0,
    }
    closed = {**WEATHER["parameters"], "additionalProperties": False}
    assert found["tools"][0] == {**WEATHER, "output_schema": None, "parameters": closed, "strict": True}
    assert found["tools"][1]["search_context_size"] == "medium"
    assert (found["model"], found["object"], found["status"]) == ("gpt-4o-2024-08-06", "response", "completed")
    assert found["reasoning"] == {"context": None, "effort": None, "summary": None}
    assert found["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert [found[name] for name in ("tool_choice", "truncation", "top_p", "store")] == ["auto", "disabled", 1.0, True]


def test_what_models_of_the_sixth_generation_say_of_themselves() -> None:
    found = respond(mocked(), model="gpt-6.1-sol")
    assert list(found)[2:5] == ["created_at", "status", "access_programs"]
    assert (found["model"], found["access_programs"], found["top_p"]) == ("gpt-6.1-sol", None, 0.98)
    assert found["reasoning"] == {"context": "all_turns", "effort": "medium", "mode": "standard", "summary": None}
    assert [item["phase"] for item in found["output"] if item["type"] == "message"] == ["final_answer"]
    assert "access_programs" not in respond(mocked(), model="gpt-5.6")
    chosen = {"cyber": "standard"}
    assert respond(mocked(), model="gpt-6.1-sol", access_programs=chosen)["access_programs"] == chosen
    assert respond(mocked(), model="gpt-6.1-sol", access_programs={})["access_programs"] is None


def test_who_hardly_thinks_neither_searches_nor_draws() -> None:
    body = {"model": "gpt-5", "input": "hi", **HARDLY}
    tools = [{"type": "web_search_preview"}, {"type": "image_generation"}, WEATHER]
    answer = reply(mocked(admission="semantic"), "/v1/responses", {**body, "tools": tools})
    words = "The following tools cannot be used with reasoning.effort 'minimal': image_gen, web_search."
    assert json.loads(answer.content)["error"]["message"] == words
    assert reply(mocked(admission="semantic"), "/v1/responses", {**body, "tools": [WEATHER]}).status == 200


def test_the_fast_tier_answers_by_its_older_name() -> None:
    assert respond(mocked(), service_tier="fast")["service_tier"] == "priority"


def test_tools_are_shown_with_their_defaults() -> None:
    asked = [
        {"type": "custom", "name": "run"},
        {"type": "image_generation", "quality": "low", "partial_images": 2},
        {"type": "web_search", "external_web_access": False},
        {"type": "web_search_preview", "user_location": {"type": "approximate", "city": "Utrecht"}},
        {"type": "mcp", "server_label": "a", "server_url": "https://example.com", "require_approval": {"never": {}}},
    ]
    custom, image, search, preview, server = respond(mocked(), tools=asked)["tools"]
    assert custom["format"] == {"type": "text"}
    drawn = {name: image[name] for name in ("background", "moderation", "n", "output_compression", "size")}
    assert drawn == {"background": "auto", "moderation": "auto", "n": 1, "output_compression": 100, "size": "auto"}
    assert "partial_images" not in image  # as recorded answers have it
    assert "filters" not in search
    wanted = {"filters": {"blocked_domains": ["example.com"]}, "return_token_budget": "unlimited"}
    [chosen] = respond(mocked(admission="semantic"), tools=[{"type": "web_search", **wanted}])["tools"]
    assert {name: chosen[name] for name in wanted} == wanted
    assert {*search} - {*preview} == {"return_token_budget"}
    nowhere = {"type": "approximate", "city": None, "country": None, "region": None, "timezone": None}
    assert (search["user_location"], preview["user_location"]) == (
        {**nowhere, "country": "US"},
        {**nowhere, "city": "Utrecht"},  # whose country is not taken for the usual one
    )
    assert server["require_approval"] == {"always": None, "never": {}}


def test_functions_are_strict_where_nobody_says_and_their_parameters_can_be_closed() -> None:
    inner = {"type": "object", "properties": {"b": {"type": "string"}}}
    parameters = {"$schema": "x", "type": "object", "properties": {"a": {"type": "array", "items": inner}}}
    function = {"type": "function", "name": "f", "parameters": parameters}
    shut = {"additionalProperties": False}
    [found] = respond(mocked(), tools=[function])["tools"]
    assert (found["strict"], list(found["parameters"])) == (True, ["type", "properties", *shut, "required"])
    assert found["parameters"] == {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {**inner, **shut, "required": ["b"]}}},
        **shut,
        "required": ["a"],
    }
    for loose in ({**parameters, "additionalProperties": True}, {"type": "object"}):
        [found] = respond(mocked(), tools=[{**function, "parameters": loose}])["tools"]
        assert (found["strict"], found["parameters"]) == (False, loose)
    for said in (True, False):
        closed = {**parameters, **shut, "required": ["a"]}
        [found] = respond(mocked(), tools=[{**function, "strict": said, "parameters": closed}])["tools"]
        assert (found["strict"], found["parameters"]) == (said, closed)
    assert respond(mocked(), tools=[{**function, "description": ""}])["tools"][0]["description"] is None


def test_arguments_keep_to_the_parameters_that_are_shown() -> None:
    optional = {name: {"type": "string"} for name in "abcd"}
    function = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": optional}}
    for strict, all_there in ((None, True), (False, False)):
        tools = [{**function, "strict": strict}]
        answers = [respond(mocked(), f"Joke {n}", tools=tools, tool_choice="required") for n in range(8)]
        for found in answers:
            assert found["tools"][0]["strict"] is all_there
            assert ({*found["tools"][0]["parameters"]} >= {"required"}) is all_there
        made = [json.loads(found["output"][-1]["arguments"]) for found in answers]
        assert all(each.keys() == optional.keys() for each in made) is all_there


def test_a_search_for_tools_is_shown_behind_what_there_is_without_it() -> None:
    space = {"type": "namespace", "name": "n", "description": "", "tools": [WEATHER]}
    asked = [space, {"type": "tool_search"}, {**WEATHER, "name": "f"}]
    found = respond(mocked(), model="gpt-5.4", tools=asked)["tools"]
    assert [tool["type"] for tool in found] == ["function", "tool_search", "namespace"]


def test_tools_that_were_found_or_added_are_at_hand() -> None:
    late, loaded = {**WEATHER, "strict": False, "defer_loading": True}, {**WEATHER, "strict": False}
    hosted, client = {"type": "tool_search"}, {"type": "tool_search", "execution": "client"}
    said, found = {"role": "user", "content": "hi"}, {"type": "tool_search_output", "call_id": "c", "tools": [late]}

    def at_hand(tools: list[Any], *items: Any) -> list[Any]:
        shown = respond(mocked(), [said, *items], model="gpt-5.4", tools=tools)["tools"]
        return [(tool["type"], tool.get("name"), tool.get("defer_loading", False)) for tool in shown]

    function, search = ("function", "get_weather", False), ("tool_search", None, False)
    home = ("namespace", "get_weather", False)
    assert at_hand([hosted, late]) == [("function", "get_weather", True), search]
    assert at_hand([hosted, late], {**found, "execution": "server"}) == [search, home]
    assert at_hand([hosted, late], {**found, "id": f"tso_{'0' * 50}"}) == at_hand([hosted, late])
    assert at_hand([client], {**found, "execution": "client"}) == [search, home]
    assert at_hand([hosted, late], {**found, "execution": "client"}) == [function, search]
    added = {"type": "additional_tools", "role": "developer", "tools": [loaded]}
    assert at_hand([], added) == [function]
    assert at_hand([hosted, late], added) == [function, search]
    nameless = {**added, "tools": [{"type": "image_generation"}]}
    assert [kind for kind, *_ in at_hand([{"type": "web_search"}, hosted], nameless)] == [
        "web_search",
        "image_generation",
        "tool_search",
    ]


def test_a_prompt_is_shown_with_its_variables_as_parts() -> None:
    said = {
        "a": "hi",
        "b": {"type": "input_file", "filename": "f", "file_data": "x"},
        "c": {"type": "input_text", "text": ""},
    }
    prompt = {"id": "pmpt_1", "variables": said}
    assert see(mocked(), "/v1/responses", {"prompt": prompt})["prompt"]["variables"] == {
        "a": {"type": "input_text", "text": "hi"},
        "b": {"type": "input_file", "file_id": None, "filename": "f"},
        "c": {"type": "input_text", "text": ""},
    }


def test_usage_is_counted() -> None:
    found = respond(mocked(), "What is 1 + 1?", model="gpt-4o-mini")
    assert found["usage"]["input_tokens"] == 15  # as the API has said
    assert found["usage"]["output_tokens"] == count(text(found), "gpt-4o-mini") + 1
    assert found["usage"]["total_tokens"] == sum(found["usage"][f"{side}_tokens"] for side in ("input", "output"))


def test_structured_output_is_json_of_its_schema() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = {"type": "json_schema", "name": "x", "schema": schema, "strict": True}
    found = respond(mocked(), text={"format": form})
    assert isinstance(json.loads(text(found))["n"], int)
    assert found["text"]["format"] == {**form, "description": None}
    assert json.loads(text(respond(mocked(), "json please", text={"format": {"type": "json_object"}})))


def test_reasoning_models_think_first() -> None:
    asked = {"model": "gpt-5", "reasoning": {"effort": "high", "summary": "auto"}}
    found = respond(mocked(), include=["reasoning.encrypted_content"], **asked)
    assert types(found) == ["reasoning", "message"]
    thoughts = found["output"][0]
    assert thoughts["summary"][0]["type"] == "summary_text"
    assert thoughts["encrypted_content"].startswith("gAAAAA")
    assert found["usage"]["output_tokens_details"]["reasoning_tokens"] >= 64
    assert found["reasoning"]["summary"] == "detailed"


def test_log_probabilities_are_given_where_included() -> None:
    found = respond(mocked(), include=["message.output_text.logprobs"], top_logprobs=2)
    heard = found["output"][0]["content"][0]["logprobs"]
    assert "".join(each["token"] for each in heard) == text(found)
    told = stream(mocked(), include=["message.output_text.logprobs"], top_logprobs=2)
    deltas = [event for event in told if event["type"] == "response.output_text.delta"]
    assert [each["token"] for event in deltas for each in event["logprobs"]] == [each["token"] for each in heard]
    name = "responses/response_stream_event.ResponseStreamEvent"
    assert all(registry().valid(name, event, "produce") for event in told)


def test_a_limit_of_tokens_makes_an_answer_incomplete() -> None:
    mock = mocked()
    found = respond(mock, LONG, max_output_tokens=16)
    assert (found["status"], found["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert found["usage"]["output_tokens"] == 16
    assert (found["output"][0]["status"], found["completed_at"]) == ("incomplete", None)
    assert kinds_of(stream(mock, LONG, max_output_tokens=16))[-1] == "incomplete"
    thinking = respond(mock, model="gpt-5", max_output_tokens=16, reasoning={"effort": "high"})
    assert (types(thinking), thinking["status"]) == (["reasoning"], "incomplete")


def test_a_moderation_looks_at_both_sides() -> None:
    found = respond(mocked(), "I want to kill you", moderation={"model": "omni-moderation-latest"})
    assert found["moderation"]["input"]["flagged"]
    assert not found["moderation"]["output"]["flagged"]
    assert registry().valid("responses/response.Response", found, "produce")


# -- tools


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("required", True),
        ("none", False),
        ("auto", False),
        ({"type": "function", "name": "get_weather"}, True),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]},
            True,
        ),
    ],
)
def test_tool_choice(choice: Any, called: bool) -> None:
    found = respond(mocked(), "Tell me a joke", tools=[WEATHER], tool_choice=choice)
    assert types(found) == ["function_call" if called else "message"]
    assert found["tool_choice"] == choice
    if called:
        call = found["output"][0]
        assert list(call) == ["id", "type", "status", "arguments", "call_id", "name"]
        assert isinstance(json.loads(call["arguments"])["city"], str)


def test_words_follow_the_result_of_a_tool() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"}
    items = [{"role": "user", "content": "weather?"}, call]
    result = {"type": "function_call_output", "call_id": "c", "output": "sunny"}
    assert types(respond(mocked(), [*items, result], tools=[WEATHER])) == ["message"]
    more: Any = {"tools": [WEATHER, {"type": "image_generation"}], "tool_choice": "required"}
    assert types(respond(mocked(), [*items, result], **more)) == ["image_generation_call", "message"]
    drawn = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA"}
    assert types(respond(mocked(), [items[0], drawn], **more)) == ["function_call"]
    more["tools"].reverse()
    assert types(respond(mocked(), "Fix the errors and try again.", **more)) == ["function_call"]


def test_custom_tools_take_text_and_tools_of_a_namespace_say_so() -> None:
    mock = mocked()
    custom = respond(mock, tools=[{"type": "custom", "name": "sql"}], tool_choice="required")
    assert types(custom) == ["custom_tool_call"]
    space = {"type": "namespace", "name": "crm", "description": "", "tools": [WEATHER]}
    found = respond(mock, tools=[space], tool_choice="required")
    assert (found["output"][0]["name"], found["output"][0]["namespace"]) == ("get_weather", "crm")
    told = stream(mock, tools=[{"type": "custom", "name": "sql"}], tool_choice="required")
    assert "custom_tool_call_input.done" in kinds_of(told)


@pytest.mark.parametrize("kind", HOSTED)
def test_tools_that_openai_runs(kind: str) -> None:
    mock = mocked()
    asked: dict[str, Any] = {"tools": [{"type": kind, **HOSTED[kind]}], "tool_choice": "required"}
    found = respond(mock, "cats", include=["code_interpreter_call.outputs", "web_search_call.action.sources"], **asked)
    listed = ["mcp_list_tools"] if kind == "mcp" else []
    assert types(found) == [*listed, f"{kind}_call", *([] if kind in CLIENT_RUNS else ["message"])]
    for name in ("responses/response.Response", "beta/beta_response.BetaResponse"):
        assert registry().valid(name, found, "produce")
    told = stream(mock, "cats", **asked)
    name = "responses/response_stream_event.ResponseStreamEvent"
    assert all(registry().valid(name, event, "produce") for event in told)
    assert told[-1]["response"]["output"] == [e["item"] for e in told if e["type"].endswith("output_item.done")]


def test_a_search_of_files_finds_what_a_vector_store_holds() -> None:
    mock = mocked()
    boundary = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    boundary += (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="cats.txt"\r\n\r\nCats purr.\r\n--b--\r\n'
    )
    head = (("authorization", "Bearer sk-x"), ("content-type", "multipart/form-data; boundary=b"))
    file = json.loads(ask(mock, Request("POST", "/v1/files", "", head, boundary)).content)["id"]
    store = see(mock, "/v1/vector_stores", {"file_ids": [file]})["id"]
    tools = [{"type": "file_search", "vector_store_ids": [store]}]
    found = respond(
        mock,
        "Do cats purr?",
        tools=tools,
        tool_choice={"type": "file_search"},
        include=["file_search_call.results"],
    )
    assert found["output"][0]["results"][0]["text"] == "Cats purr."
    assert found["output"][1]["content"][0]["annotations"][0]["file_id"] == file
    assert "output_text.annotation.added" in kinds_of(stream(mock, "cats", tools=tools, tool_choice="required"))


# -- streams


def test_a_stream_tells_of_all_that_happens_in_the_api_s_order() -> None:
    told = stream(mocked())
    words = ["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done"]
    assert kinds_of(told) == ["created", "in_progress", *words, "output_item.done", "completed"]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    deltas = [event for event in told if event["type"] == "response.output_text.delta"]
    assert "".join(event["delta"] for event in deltas) == text(told[-1]["response"])
    assert {(len(event["delta"]) + len(event["obfuscation"])) % 16 for event in deltas} == {0}
    assert told[0]["response"]["usage"] is None
    assert "billing" not in told[-1]["response"]
    plain = stream(mocked(), stream_options={"include_obfuscation": False})
    assert not any("obfuscation" in event for event in plain)


def test_a_stream_of_a_call_and_of_thoughts() -> None:
    told = stream(mocked(), tools=[WEATHER], tool_choice="required")
    call = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"]
    assert kinds_of(told) == ["created", "in_progress", *call, "completed"]
    told = stream(mocked(), model="gpt-5", reasoning={"effort": "high", "summary": "auto"})
    thoughts = ["reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.done"]
    assert kinds_of(told)[2:8] == ["output_item.added", *thoughts, "reasoning_summary_part.done", "output_item.done"]


@given(st.text(max_size=60), st.booleans())
def test_deltas_add_up_to_what_is_said(words: str, refused: bool) -> None:
    mock = mocked()
    stub = mock.on("responses.create")
    _ = stub.refuse(words) if refused else stub.reply(words)
    told = stream(mock)
    kind, field = ("refusal", "refusal") if refused else ("output_text", "text")
    assert "".join(event["delta"] for event in told if event["type"] == f"response.{kind}.delta") == words
    assert told[-1]["response"]["output"][-1]["content"][0][field] == words


# -- stubs


def test_stubs_speak_in_this_shape() -> None:
    mock = mocked()
    mock.on("responses.create", input="a").reply("Hello!")
    mock.on("responses.create", input="b").call_tool("get_weather", city="Paris")
    mock.on("responses.create", input="c").stream(["He", "llo"], ttft=1.0, tps=2)
    mock.on("responses.create", input="d").refuse("No.")
    assert text(respond(mock, "a")) == "Hello!"
    call = respond(mock, "b", tools=[WEATHER])["output"][0]
    assert (call["type"], json.loads(call["arguments"])) == ("function_call", {"city": "Paris"})
    paced = reply(mock, "/v1/responses", {"model": "gpt-4o", "input": "c", "stream": True})
    assert [event["delta"] for event in events(paced) if "delta" in event] == ["He", "llo"]
    assert [getattr(chunk, "after", None) for chunk in paced.body][:3] == [1.0, 0.5, 0.5]
    assert respond(mock, "d")["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]


# -- memory


def test_what_was_said_before_is_part_of_the_prompt() -> None:
    mock = mocked()
    first = respond(mock, "Tell me of whales")
    alone = respond(mock, "And more")["usage"]["input_tokens"]
    second = respond(mock, "And more", previous_response_id=first["id"])
    assert second["previous_response_id"] == first["id"]
    assert second["usage"]["input_tokens"] > alone + count(text(first), "gpt-4o")
    listed = see(mock, f"/v1/responses/{second['id']}/input_items", query="order=asc")
    assert [item["role"] for item in listed["data"]] == ["user", "assistant", "user"]
    assert listed["data"][1] == first["output"][0]
    page = see(mock, f"/v1/responses/{second['id']}/input_items", query=f"limit=1&after={listed['last_id']}")
    assert [item["id"] for item in page["data"]] == [listed["data"][1]["id"]]
    assert page["has_more"]
    again = respond(mock, [{"type": "item_reference", "id": first["output"][0]["id"]}])
    assert again["usage"]["input_tokens"] > count(text(first), "gpt-4o")


def test_unknown_and_unkept_responses() -> None:
    mock = mocked()
    gone = respond(mock, store=False)["id"]
    for id in (gone, "resp_x"):
        answer = reply(mock, "/v1/responses", {"model": "gpt-4o", "input": "x", "previous_response_id": id})
        error = json.loads(answer.content)["error"]
        assert answer.status == 400
        assert (error["code"], error["param"]) == ("previous_response_not_found", "previous_response_id")
        assert error["message"] == f"Previous response with id '{id}' not found."
        missing = reply(mock, f"/v1/responses/{id}")
        assert (missing.status, f"'{id}' not found" in missing.content.decode()) == (404, True)
        assert reply(mock, f"/v1/responses/{id}/input_items").status == 404


def test_a_stored_response_is_shown_told_again_and_deleted() -> None:
    mock = mocked()
    told = stream(mock)
    id = told[0]["response"]["id"]
    assert see(mock, f"/v1/responses/{id}") == {**told[-1]["response"], "status": "completed"}
    assert events(reply(mock, f"/v1/responses/{id}", query="stream=true")) == told
    assert events(reply(mock, f"/v1/responses/{id}", query="stream=true&starting_after=4")) == told[5:]
    deleted = {"id": id, "object": "response.deleted", "deleted": True}
    assert see(mock, f"/v1/responses/{id}", method="DELETE") == deleted
    assert reply(mock, f"/v1/responses/{id}").status == 404


# -- in the background


def test_in_the_background_a_response_takes_its_time() -> None:
    mock = mocked(lifecycle="looks=1")
    begun = respond(mock, background=True, store=False)
    assert (begun["status"], begun["output"], begun["usage"]) == ("queued", [], None)
    assert [see(mock, f"/v1/responses/{begun['id']}")["status"] for _ in range(3)] == [
        "in_progress",
        "completed",
        "completed",
    ]
    done = see(mock, f"/v1/responses/{begun['id']}")
    assert (done["background"], bool(text(done)), done["billing"]) == (True, True, {"payer": "developer"})


def test_what_runs_in_the_background_can_be_cancelled() -> None:
    mock = mocked()
    begun = respond(mock, background=True)
    for _ in range(2):
        assert see(mock, f"/v1/responses/{begun['id']}/cancel", {})["status"] == "cancelled"
    assert kinds_of(events(reply(mock, f"/v1/responses/{begun['id']}", query="stream=true")))[-1] == "in_progress"
    done = respond(mock, background=True)
    see(mock, f"/v1/responses/{done['id']}")
    refused = see(mock, f"/v1/responses/{done['id']}/cancel", {})["error"]
    assert refused["message"] == "Cannot cancel a completed response."
    refused = see(mock, f"/v1/responses/{respond(mock)['id']}/cancel", {})["error"]
    assert refused["message"] == "Cannot cancel a synchronous response."


def test_a_stream_from_the_background_is_queued_first() -> None:
    mock = mocked()
    told = stream(mock, background=True)
    assert kinds_of(told)[:3] == ["created", "queued", "in_progress"]
    begun = respond(mock, background=True)
    again = events(reply(mock, f"/v1/responses/{begun['id']}", query="stream=true&starting_after=0"))
    assert (kinds_of(again)[0], kinds_of(again)[-1]) == ("queued", "completed")


# -- counting and compacting


def test_tokens_are_counted_without_an_answer() -> None:
    ask_for = {"model": "gpt-5.4", "input": [{"role": "user", "content": "What is the weather?"}]}
    assert see(mocked(), "/v1/responses/input_tokens", ask_for) == {
        "object": "response.input_tokens",
        "input_tokens": 11,
    }


def test_a_conversation_is_compacted() -> None:
    talk = [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hi."}]
    found = see(mocked(), "/v1/responses/compact", {"model": "gpt-4o", "input": talk})
    assert found["object"] == "response.compaction"
    assert [item["type"] for item in found["output"]] == ["message", "compaction"]
    assert registry().valid("responses/compacted_response.CompactedResponse", found, "produce")
    again = respond(mocked(), [*found["output"], {"role": "user", "content": "Go on"}])
    assert again["status"] == "completed"


# -- Azure, the beta, and what is refused


def test_azure_filters_and_has_its_own_paths() -> None:
    mock = mocked()
    body = {"model": "gpt-4o", "input": "hi"}
    for path in ("/openai/responses", "/openai/v1/responses"):
        found = see(mock, path, body, query="api-version=2025-04-01-preview")
        assert [each["source_type"] for each in found["content_filters"]] == ["prompt", "completion"]
        assert "billing" not in found
        told = events(reply(mock, path, {**body, "stream": True}))
        assert told[0]["response"]["content_filters"] is None


def test_the_beta_shares_everything() -> None:
    mock = mocked()
    found = see(mock, "/v1/responses", {"model": "gpt-4o", "input": "hi"}, query="beta=true")
    assert see(mock, f"/v1/responses/{found['id']}", query="beta=true") == found
    assert see(mock, f"/v1/responses/{found['id']}") == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "gpt-9"}, "The requested model 'gpt-9' does not exist."),
        ({"model": "whisper-1"}, "cannot be used with the Responses API"),
        ({"conversation": "c", "previous_response_id": "r"}, "Mutually exclusive"),
        ({"tool_choice": {"type": "function", "name": "x"}}, "Tool choice 'function' not found"),
        ({"tool_choice": "required"}, "Tool choice 'required' must be specified with 'tools' parameter."),
        (
            {"input": [{"type": "function_call_output", "call_id": "c", "output": ""}]},
            "No tool call found for function call output with call_id c.",
        ),
        (
            {"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]},
            "No tool output found for function call c.",
        ),
        (
            {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}, {"role": "user", "content": "x"}]},
            "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        ),
        ({"model": "gpt-4", "input": "word " * 9_000}, "exceeds the context window"),
    ],
)
def test_what_the_api_refuses(body: dict[str, Any], words: str) -> None:
    answer = reply(mocked(admission="semantic"), "/v1/responses", {"model": "gpt-4o", "input": "hi", **body})
    assert answer.status == 400
    assert words in json.loads(answer.content)["error"]["message"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("stre", " Did you mean 'store' or 'stream'?"), ("strem", " Did you mean 'stream' or 'store'?"), ("inpu", "")],
)
def test_what_was_meant_is_told_unless_it_was_sent(name: str, meant: str) -> None:
    answer = reply(mocked(), "/v1/responses", {"model": "gpt-4o", "input": "hi", name: 1})
    assert json.loads(answer.content)["error"]["message"] == f"Unknown parameter: '{name}'.{meant}"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("input", 7, "one of a string or array of input items"),
        ("input", [7], "an input item"),
        ("tools", "x", "an array of tools"),
        ("metadata", "x", "a metadata object"),
        ("tool_choice", 7, "one of an object or 'none', 'auto', or 'required'"),
        ("service_tier", {}, "one of 'auto', 'default', 'fast', 'flex', 'priority', or 'ultrafast'"),
    ],
)
@pytest.mark.parametrize("query", ["", "beta=true"])
def test_what_was_expected_has_the_name_that_the_api_gives_it(name: str, value: Any, words: str, query: str) -> None:
    answer = reply(mocked(), "/v1/responses", {"model": "gpt-4o", "input": "hi", name: value}, query=query)
    assert f"expected {words}, but got " in json.loads(answer.content)["error"]["message"]


EVERY_PART = (
    "'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', 'computer_screenshot', "
)
EVERY_PART += "'summary_text', and 'encrypted_content'."


@pytest.mark.parametrize(
    ("role", "kind", "offered", "at"),
    [
        ("user", "text", EVERY_PART, ".type"),
        ("assistant", "text", EVERY_PART, ".type"),
        ("user", "summary_text", "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'.", ""),
        ("user", "output_text", "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'.", ""),
        ("assistant", "input_text", "'output_text' and 'refusal'.", ""),
    ],
)
def test_parts_of_a_message_are_told_by_who_says_it(role: str, kind: str, offered: str, at: str) -> None:
    said = {"role": role, "content": [{"type": kind, "text": "hi"}]}
    for path in ("/v1/responses", "/v1/responses/compact") if not at and kind != "summary_text" else ("/v1/responses",):
        error = see(mocked(admission="cross-field"), path, {"model": "gpt-4o", "input": [said]})["error"]
        assert error["message"] == f"Invalid value: '{kind}'. Supported values are: {offered}"
        assert (error["param"], error["code"]) == (f"input[0].content[0]{at}", "invalid_value")
    late = {"model": "gpt-4o", "input": [said], "truncation": "x"}
    assert see(mocked(admission="cross-field"), "/v1/responses", late)["error"]["param"] == error["param"]


@pytest.mark.parametrize(
    ("effort", "words"),
    [
        (5, "one of 'minimal', 'low', 'medium', or 'high', but got an integer instead."),
        (["low"], "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer, but got an "
         "array instead."),
        ({}, "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer, but got an "
         "object instead."),
    ],
)  # fmt: skip
def test_an_effort_that_is_no_word(effort: Any, words: str) -> None:
    error = respond(mocked(), model="gpt-5.6", reasoning={"effort": effort})["error"]
    assert error["message"] == f"Invalid type for 'reasoning.effort': expected {words}"
    assert (error["param"], error["code"]) == ("reasoning.effort", "invalid_type")


def test_what_the_api_takes() -> None:
    mock = mocked(admission="semantic")
    talk = [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "1"},
    ]
    assert respond(mock, talk)["status"] == "completed"
    assert respond(mock, [{"type": "item_reference", "id": "x"}, *talk[2:]])["status"] == "completed"
    thought = [*talk[:1], {"role": "assistant", "content": "So."}, {"role": "user", "content": "Why?"}]
    assert respond(mock, thought, store=False)["status"] == "completed"  # nothing is kept: the id is no promise
    drawn = [{"type": "image_generation_call", "id": "ig_1"}, {"role": "user", "content": "Larger"}]
    assert respond(mock, drawn)["status"] == "completed"
    ran = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "cntr_1", "status": "completed"}
    assert respond(mock, [ran, drawn[1]])["status"] == "completed"
    assert respond(mock, "word " * 9_000, model="gpt-4", truncation="auto")["status"] == "completed"
    assert see(mock, "/openai/v1/responses", {"model": "mine", "input": "x"})["model"] == "mine"


def test_ids_that_nobody_knows_can_be_conjured() -> None:
    mock = mocked(missing="conjure")
    assert see(mock, "/v1/responses/resp_x")["id"] == "resp_x"
    assert kinds_of(events(reply(mock, "/v1/responses/resp_x", query="stream=true")))[0] == "created"
    assert see(mock, "/v1/responses/resp_x/cancel", {})["status"] == "cancelled"
    assert see(mock, "/v1/responses/resp_y/input_items")["data"] == []
    assert respond(mock, previous_response_id="resp_z", conversation=None)["status"] == "completed"
    assert see(mock, "/v1/responses", {"prompt": {"id": "pmpt_1"}})["prompt"] == {"id": "pmpt_1"}


# -- the SDK


@pytest.mark.parametrize("sdk", ["3", "2", "1"])
def test_the_sdk_s_helpers_see_a_whole_day(sdk: str) -> None:
    if sdk == "3":
        seen = responses_driver.main()
    else:
        folder = Path(sys.prefix, "sdk", f"openai-{sdk}")
        if not folder.is_dir():
            pytest.skip(f"There is no {folder}; `make test` puts it there.")
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        command = [sys.executable, str(Path(responses_driver.__file__))]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        seen = json.loads(done.stdout)
        assert seen["version"].startswith(f"{sdk}.")
    day: Mapping[str, Any] = seen["sync"]
    assert day == seen["async"]
    assert day["said"] == day["streamed"] == day["resumed"] == "Hello!"
    assert (day["parsed"], day["polled"], day["deleted"]) == (True, ["queued", "completed"], True)
    assert (day["called"], day["remembered"], day["azure"]) == ("get_weather", 5, "completed")
    assert day["missing"] == ["NotFoundError", "BadRequestError"]


# -- the recordings


@pytest.mark.skipif(not RECORDINGS.exists(), reason=f"There is no {RECORDINGS}.")
def test_fields_and_their_order_are_those_of_recorded_answers() -> None:
    newest: dict[str, Any] = {}
    with RECORDINGS.open() as lines:
        rows = [json.loads(line) for line in lines if '"endpoint": "/v1/responses"' in line[:900]]
    for row in rows:
        body = (row["response_body"] or {}).get("json")
        if row["status"] != 200 or not isinstance(body, dict) or next(iter(body)) != "id" or "tool_usage" not in body:
            continue
        newest = body if body["created_at"] > newest.get("created_at", 0) else newest
    mine = respond(mocked(), model=newest["model"])
    assert list(mine) == list(newest)
    assert list(mine["usage"]["input_tokens_details"]) == list(newest["usage"]["input_tokens_details"])
    for name in ("text", "tool_usage"):
        assert list(mine[name]) == list(newest[name])


# -- what is refused before anybody answers


GONE = object()
LOGPROBS = "message.output_text.logprobs"
FORMER = "reasoning.generate_summary"
LOOSE = {"type": "object", "properties": {"a": {"type": "string"}}}
FORM = {"type": "json_schema", "name": "n", "strict": True, "schema": LOOSE}
TOOL = {"type": "function", "name": "f", "strict": True, "parameters": LOOSE}
HARDLY = {"reasoning": {"effort": "minimal"}}
INVALID = "invalid_function_parameters"
SOUND = [{"role": "user", "content": [{"type": "input_file", "file_url": "https://example.com/a.mp3?b=c"}]}]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"text": {"format": FORM}}, "text.format.schema", "invalid_json_schema"),
        ({"tools": [TOOL]}, "tools[0].parameters", "invalid_function_parameters"),
        ({"text": {"format": {"type": "json_object"}}}, "input", None),
        ({"input": SOUND}, "input", "unsupported_file"),
        ({"model": "gpt-5", "temperature": 0.5}, "temperature", None),
        ({"model": "gpt-5", **HARDLY, "tools": [{"type": "web_search"}]}, "tools", None),
        ({"model": "gpt-5", **HARDLY, "tools": [{"type": "image_generation"}, TOOL]}, "tools[1].parameters", INVALID),
        ({"model": "o3", "top_p": 0.5}, "top_p", None),
        ({"model": "gpt-5.6", "presence_penalty": 0.5}, "presence_penalty", None),
        ({"model": "gpt-5.6", "top_logprobs": 1, "temperature": 0.5}, "temperature", None),
        ({"model": "gpt-5.6", "top_logprobs": 1}, "top_logprobs", "unsupported_parameter"),
        ({"model": "gpt-5.6", "top_logprobs": 1, "include": [LOGPROBS]}, "include", "unsupported_parameter"),
        ({"model": "gpt-5.6", "prompt_cache_retention": "in_memory"}, "prompt_cache_retention", "invalid_parameter"),
        ({"presence_penalty": 3}, "presence_penalty", "decimal_above_max_value"),
        ({"max_output_tokens": 15}, "max_output_tokens", "integer_below_min_value"),
        ({"max_output_tokens": 0}, "max_output_tokens", "integer_below_min_value"),
        ({"max_tool_calls": 0}, "max_tool_calls", "integer_below_min_value"),
        ({"model": "gpt-5.6", "reasoning": {"generate_summary": "auto"}}, FORMER, "unknown_parameter"),
        ({"service_tier": "scale"}, "service_tier", "invalid_value"),
        ({"service_tier": "flex"}, "service_tier", None),
        ({"store": "x", "service_tier": "x"}, "store", "invalid_type"),
        ({"include": ["x"], "moderation": "x"}, "moderation", "invalid_type"),
        ({"instructions": 7, "truncation": "x"}, "truncation", "invalid_value"),
        ({"model": GONE, "input": GONE}, "model", "missing_required_parameter"),
        ({"model": None}, "model", "invalid_type"),
        ({"input": GONE, "zzz": 1}, "input", "missing_required_parameter"),
        ({"input": GONE, "previous_response_id": "resp_1"}, "input", "missing_required_parameter"),
        ({"input": None}, "input", "invalid_type"),
        ({"input": []}, None, "missing_required_parameter"),
        ({"input": "", "zzz": 1}, "zzz", "unknown_parameter"),
        ({"messages": []}, None, "unsupported_parameter"),
        ({"max_completion_tokens": 99}, None, "unsupported_parameter"),
        ({"max_tokens": 99}, "max_tokens", "unknown_parameter"),
        ({"input": [{}], "truncation": "x"}, "input[0]", "invalid_value"),
        ({"input": [{"type": "x"}]}, "input[0]", "invalid_value"),
        ({"input": [{"role": "x", "content": "Hello"}]}, "input[0]", "invalid_value"),
        (
            {"input": [{"role": "user", "content": "Hello", "phase": "commentary"}]},
            "input[0].phase",
            "unknown_parameter",
        ),
        ({"model": "gpt-4.1", "reasoning": {"effort": "low"}}, "reasoning.effort", "unsupported_parameter"),
        ({"model": "gpt-5", "reasoning": {"effort": "xhigh"}}, "reasoning.effort", "unsupported_value"),
    ],
)
@pytest.mark.parametrize("query", ["", "beta=true"])
def test_what_no_model_could_keep_to_is_refused(body: dict[str, Any], param: str, code: str | None, query: str) -> None:
    sent = {name: each for name, each in {"model": "gpt-4.1", "input": "Hello", **body}.items() if each is not GONE}
    refused = reply(mocked(admission="semantic"), "/v1/responses", sent, query=query)
    error = json.loads(refused.content)["error"]
    assert (refused.status, error["type"], error["param"], error["code"]) == (400, "invalid_request_error", param, code)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_output_tokens": 1, "max_tool_calls": "x"}, "max_output_tokens"),
        ({"max_output_tokens": 1, "background": "x"}, "background"),
        ({"max_output_tokens": 1, "input": [], "zzz": 1}, "zzz"),
    ],
)
def test_the_least_room_is_told_at_its_place(body: dict[str, Any], param: str) -> None:
    sent = {"model": "gpt-5.6", "input": "hi", **body}
    for admission in ("schema", "semantic"):
        assert see(mocked(admission=admission), "/v1/responses", sent)["error"]["param"] == param


def test_a_prompt_is_there_if_its_id_can_be_one() -> None:
    sent = {"model": "gpt-5.6", "input": "Hello", "prompt": {"id": "pmpt_1"}}
    refused = reply(mocked(admission="semantic"), "/v1/responses", {**sent, "temperature": 0.5})
    error = json.loads(refused.content)["error"]
    assert (refused.status, error["message"]) == (404, "Prompt with id 'pmpt_1' not found.")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)
    assert reply(mocked(), "/v1/responses", sent).status == 200
    there = {**sent, "prompt": {"id": "pmpt_" + "0f" * 24}}
    assert reply(mocked(admission="semantic"), "/v1/responses", there).status == 200


@pytest.mark.parametrize(
    ("names", "status", "code"),
    [
        (("conversation", "prompt"), 404, None),
        (("prompt", "previous_response_id"), 404, None),
        (("previous_response_id",), 400, "previous_response_not_found"),
    ],
)
def test_what_was_before_is_looked_for_before_the_model_is_asked(names: Any, status: int, code: Any) -> None:
    named = {"conversation": "conv_x", "prompt": {"id": "pmpt_x"}, "previous_response_id": "resp_x"}
    sent = {"model": "gpt-5.6", "input": [], "temperature": 0.5, **{name: named[name] for name in names}}
    refused = reply(mocked(admission="semantic"), "/v1/responses", sent)
    error = json.loads(refused.content)["error"]
    assert (refused.status, error["code"], "not found" in error["message"]) == (status, code, True)
    first = names[0].removesuffix("_id").replace("_", " ")
    assert error["message"].lower().startswith(first)
    late = reply(mocked(admission="semantic"), "/v1/responses", {**sent, "truncation": "x"})
    assert json.loads(late.content)["error"]["param"] == "truncation"


def test_what_a_script_may_know_is_not_looked_for() -> None:
    sent = {"model": "gpt-5.6", "input": "hi", "temperature": 0.5, "previous_response_id": "resp_x"}
    scripted = mocked(admission="semantic")
    scripted.on("responses.create").reply("Hello")
    for mock in (scripted, mocked(admission="semantic", missing="conjure")):
        assert see(mock, "/v1/responses", sent)["error"]["param"] == "temperature"


@pytest.mark.parametrize(
    "body",
    [
        {"model": "gpt-5.4", "temperature": 0.5},
        {"model": "gpt-5.6", "temperature": 0.5, "reasoning": {"effort": "none"}},
        {"model": "gpt-5", "temperature": 1},
        {"model": "gpt-5.4", "include": [LOGPROBS]},
        {"model": "gpt-4.1", "presence_penalty": 0.5, "max_output_tokens": 16},
        {"model": "nobody/knows", "temperature": 0.5},
        {"model": "gpt-5-nano", "service_tier": "flex"},
        {"model": "gpt-5", "reasoning": {"generate_summary": "auto"}},
    ],
)
def test_what_a_model_takes_is_taken(body: dict[str, Any]) -> None:
    level: Any = "cross-field" if "/" in body["model"] else "semantic"
    taken = reply(mocked(admission=level), "/v1/responses", {"input": "Hello", **body})
    assert taken.status == 200, taken.content


def test_odd_but_allowed_requests_are_answered_validly() -> None:
    odd = {"type": "function", "name": "f", "strict": False, "parameters": {"properties": "text"}}
    for body in ({"tools": [odd]}, {"prompt_cache_options": {}}, {"prompt_cache_options": {"ttl": "12h"}}):
        value = respond(mocked(), **body)
        assert registry().valid("responses/response.Response", value, "produce")
