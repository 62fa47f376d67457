"""Chat completions: every parameter's promise, and that no answer breaks its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai import behaviours, catalogue, sse, tokens
from mockai.behaviours.chat_tokens import prompt_tokens
from mockai.call import Call
from mockai.clock import ManualClock
from mockai.errors import StubError
from mockai.http import Reply, Request
from mockai.mock import MockAI
from mockai.registry import registry
from mockai.voice import ToolCall, Utterance

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings" / "interactions.jsonl"
BODY, CHUNK = "chat/chat_completion.ChatCompletion", "chat/chat_completion_chunk.ChatCompletionChunk"
USAGE: dict[str, Any] = {"stream_options": {"include_usage": True}}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME = {"type": "function", "function": {"name": "get_time"}}
DIAL = {
    "type": "custom",
    "custom": {
        "name": "dial",
        "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": "^[0-9]{4}$"}},
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
}


MOCK = MockAI(clock=ManualClock(1_760_000_000.5))


def request(text: str = "How do tides work?", *, model: str = "gpt-4o", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def call(body: Mapping[str, Any], number: int = 1, seed: int = 0, deployment: str | None = None) -> Call:
    sent = Request("POST", "/v1/chat/completions", body=orjson.dumps(body))
    return Call(sent, body=body, number=number, seed=seed, deployment=deployment)


def send(body: Mapping[str, Any], **more: Any) -> Reply:
    behaviour = behaviours.find("chat.completions.create")
    assert behaviour
    return behaviour(call(body, **more), MOCK)


def say(body: Mapping[str, Any], *said: Utterance, **more: Any) -> Reply:
    render = behaviours.renderer_of("chat.completions.create")
    assert render
    return render(call(body, **more), said, MOCK)


def complete(body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return read(send(body, **more))


def read(reply: Reply) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(reply.content)
    assert [str(error) for error in registry().errors(BODY, value, "produce")] == []
    return value


def events(reply: Reply) -> list[dict[str, Any]]:
    found = list(sse.parse(reply.content))
    assert found[-1].data == sse.DONE
    values = [event.value for event in found[:-1]]
    wrong = [str(error) for value in values if value["id"] for error in registry().errors(CHUNK, value, "produce")]
    assert wrong == []
    return values


def stream(body: Mapping[str, Any], **more: Any) -> list[dict[str, Any]]:
    return events(send({**body, "stream": True}, **more))


def deltas(chunks: list[dict[str, Any]], index: int = 0) -> list[dict[str, Any]]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]


# --- the shape of an answer


def test_a_completion_has_the_keys_of_a_real_one_in_their_order() -> None:
    reply = send(request())
    assert reply.status == 200
    assert reply.header("content-type") == "application/json"
    assert reply.content.startswith(b'{\n  "id": "chatcmpl-')
    assert reply.content.endswith(b"\n}\n")
    value = read(reply)
    assert list(value) == [
        "id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint",
    ]  # fmt: skip
    choice = value["choices"][0]
    assert list(choice) == ["index", "message", "logprobs", "finish_reason"]
    assert list(choice["message"]) == ["role", "content", "refusal", "annotations"]
    assert re.fullmatch(r"chatcmpl-\w{29}", value["id"])
    assert value["created"] == 1_760_000_000
    assert value["model"] == "gpt-4o-2024-08-06"
    assert re.fullmatch(r"fp_[0-9a-f]{10}", value["system_fingerprint"])
    assert value["service_tier"] == "default"
    assert choice["finish_reason"] == "stop"


def test_the_words_are_the_same_for_the_same_question_and_the_id_is_not() -> None:
    one, two, seeded = complete(request()), complete(request(), number=2), complete(request(seed=7))
    assert one["choices"] == two["choices"]
    assert one["id"] != two["id"]
    assert seeded["choices"] != one["choices"]
    assert complete(request(), seed=1)["choices"] != one["choices"]


@pytest.mark.parametrize(
    ("model", "fingerprint", "bare"),
    [
        ("gpt-3.5-turbo", False, False),
        ("gpt-4.1-mini", True, False),
        ("gpt-5", False, True),
        ("o3-mini", True, True),
        ("my-deployment", True, False),
    ],
)
def test_what_differs_between_families(model: str, fingerprint: bool, bare: bool) -> None:
    value = complete(request(model=model))
    assert isinstance(value["system_fingerprint"], str) is fingerprint
    assert ("logprobs" not in value["choices"][0]) is bare
    chunk = stream(request(model=model))[0]
    assert ("logprobs" not in chunk["choices"][0]) is bare


def test_search_models_have_uuids_and_no_tier() -> None:
    value = complete(request(model="gpt-4o-search-preview"))
    assert re.fullmatch(r"chatcmpl-[0-9a-f-]{36}", value["id"])
    assert "service_tier" not in value
    assert value["system_fingerprint"] == ""
    assert "service_tier" not in stream(request(model="gpt-4o-search-preview"))[0]


def test_unknown_models_are_echoed_and_audio_models_count_more() -> None:
    assert complete(request(model="llama-9"))["model"] == "llama-9"
    usage = complete(request(model="gpt-audio"))["usage"]
    assert usage["prompt_tokens_details"]["text_tokens"] == usage["prompt_tokens"]
    assert usage["completion_tokens_details"]["text_tokens"] == usage["completion_tokens"]
    assert "cache_write_tokens" in complete(request(model="gpt-5.6"))["usage"]["prompt_tokens_details"]


@pytest.mark.parametrize(
    ("asked", "told"), [(None, "default"), ("auto", "default"), ("flex", "flex"), ("fast", "priority")]
)
def test_service_tier(asked: str | None, told: str) -> None:
    assert complete(request(service_tier=asked))["service_tier"] == told


# --- streams


def test_a_stream_begins_with_the_role_and_ends_with_nothing() -> None:
    reply = send(request(stream=True))
    assert reply.header("content-type") == "text/event-stream; charset=utf-8"
    assert len({chunk["id"] for chunk in events(reply)}) == 1
    assert len(reply.body) == len(events(reply)) + 1
    chunks = events(reply)
    assert list(chunks[0]) == [
        "id", "object", "created", "model", "service_tier", "system_fingerprint", "choices", "obfuscation",
    ]  # fmt: skip
    said = deltas(chunks)
    assert said[0] == {"role": "assistant", "content": "", "refusal": None}
    assert all(list(delta) == ["content"] for delta in said[1:-1])
    assert said[-1] == {}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]


def test_a_stream_says_what_the_body_says_a_token_at_a_time() -> None:
    words = complete(request())["choices"][0]["message"]["content"]
    said = [delta["content"] for delta in deltas(stream(request()))[1:-1]]
    assert said == tokens.split(words, "gpt-4o")


def test_usage_has_a_chunk_of_its_own_and_is_null_before() -> None:
    chunks = stream(request(**USAGE))
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == complete(request())["usage"]


def test_obfuscation_hides_the_length_of_tokens() -> None:
    body = request(stream=True, **USAGE)
    data = [event.data for event in sse.parse(send(body).content)][:-1]
    assert {len(text.encode()) % 16 for text in data} == {1}
    plain = {**body, "stream_options": {"include_obfuscation": False}}
    assert all("obfuscation" not in chunk for chunk in events(send(plain)))


def test_the_cuts_of_a_script_are_the_cuts_of_the_stream() -> None:
    chunks = events(say(request(stream=True), Utterance(text="Hello", pieces=("He", "l", "lo"))))
    assert [delta["content"] for delta in deltas(chunks)[1:-1]] == ["He", "l", "lo"]


def test_choices_take_turns() -> None:
    chunks = stream(request(n=3, **USAGE))
    assert [chunk["choices"][0]["index"] for chunk in chunks[:6]] == [0, 1, 2, 0, 1, 2]
    for choice in complete(request(n=3))["choices"]:
        said = "".join(delta.get("content", "") for delta in deltas(chunks, choice["index"]))
        assert said == choice["message"]["content"]


def test_n_choices_differ_and_the_first_is_that_of_one() -> None:
    value = complete(request(n=3))
    assert [choice["index"] for choice in value["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in value["choices"]}) > 1
    assert value["choices"][0] == complete(request())["choices"][0]


# --- tools


@pytest.mark.parametrize(
    ("choice", "finish"),
    [
        ("auto", "tool_calls"),
        ("required", "tool_calls"),
        ({"type": "function", "function": {"name": "get_weather"}}, "stop"),
    ],
)
def test_a_tool_is_called(choice: Any, finish: str) -> None:
    value = complete(request("What's the weather?", tools=[TIME, WEATHER], tool_choice=choice))["choices"][0]
    assert value["finish_reason"] == finish
    assert value["message"]["content"] is None
    assert list(value["message"]) == ["role", "content", "tool_calls", "refusal", "annotations"]
    (called,) = value["message"]["tool_calls"]
    assert re.fullmatch(r"call_\w{24}", called["id"])
    assert called["function"]["name"] == "get_weather"
    assert set(json.loads(called["function"]["arguments"])) == {"city"}


def test_a_reasoning_model_forced_by_name_finishes_with_tool_calls() -> None:
    forced = {"type": "function", "function": {"name": "get_weather"}}
    value = complete(request(model="gpt-5", tools=[WEATHER], tool_choice=forced))
    assert value["choices"][0]["finish_reason"] == "tool_calls"


def test_a_loop_of_required_tools_comes_to_its_end() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    talk = [{"role": "user", "content": "What's the weather?"}, {"role": "assistant", "tool_calls": [call]}]
    talk.append({"role": "tool", "tool_call_id": "call_1", "content": "sunny"})
    tools = [WEATHER, {"type": "function", "function": {"name": "final_result"}}]
    found = complete({**request(tools=tools, tool_choice="required"), "messages": talk})
    assert found["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "final_result"


def test_none_calls_nothing() -> None:
    assert complete(request("weather", tools=[WEATHER], tool_choice="none"))["choices"][0]["message"]["content"]


@pytest.mark.parametrize(("mode", "calls"), [("required", 1), ("auto", 0)])
def test_only_allowed_tools_are_called(mode: str, calls: int) -> None:
    only = [{"type": "function", "function": {"name": "get_time"}}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": only}}
    message = complete(request("weather", tools=[WEATHER, TIME], tool_choice=choice))["choices"][0]["message"]
    assert [one["function"]["name"] for one in message.get("tool_calls", [])] == ["get_time"] * calls


def test_a_custom_tool_is_called_with_text() -> None:
    body = request(model="gpt-5", tools=[DIAL], tool_choice={"type": "custom", "custom": {"name": "dial"}})
    (called,) = complete(body)["choices"][0]["message"]["tool_calls"]
    assert list(called) == ["id", "type", "custom"]
    assert re.fullmatch("[0-9]{4}", called["custom"]["input"])


def test_a_custom_tool_s_call_is_streamed() -> None:
    body = request(model="gpt-5", tools=[DIAL], tool_choice={"type": "custom", "custom": {"name": "dial"}})
    calls = [each for delta in deltas(stream(body)) for each in delta.get("tool_calls", ())]
    assert (calls[0]["type"], calls[0]["custom"]) == ("custom", {"name": "dial", "input": ""})
    assert re.fullmatch("[0-9]{4}", "".join(each["custom"]["input"] for each in calls))


def test_a_streamed_call_names_the_tool_and_then_its_arguments() -> None:
    said = deltas(stream(request("weather", tools=[WEATHER])))
    assert list(said[0]) == ["role", "content", "tool_calls", "refusal"]
    assert said[0]["content"] is None
    (start,) = said[0]["tool_calls"]
    assert list(start) == ["index", "id", "type", "function"]
    assert start["function"] == {"name": "get_weather", "arguments": ""}
    fragments = [delta["tool_calls"][0] for delta in said[1:-1]]
    assert all(list(fragment) == ["index", "function"] for fragment in fragments)
    whole = complete(request("weather", tools=[WEATHER]))["choices"][0]["message"]["tool_calls"][0]
    assert "".join(fragment["function"]["arguments"] for fragment in fragments) == whole["function"]["arguments"]
    assert said[-1] == {}


def test_streamed_parallel_calls_begin_with_the_role_alone() -> None:
    chunks = stream(request("get weather and get time", tools=[WEATHER, TIME], **USAGE))
    said = deltas(chunks)
    assert said[0] == {"role": "assistant", "content": None}
    assert list(chunks[0])[-3:] == ["usage", "choices", "obfuscation"]
    assert list(chunks[-2])[-3:] == ["choices", "usage", "obfuscation"]
    starts = [one for delta in said[1:-1] for one in delta["tool_calls"] if "id" in one]
    assert [(one["index"], one["function"]["name"]) for one in starts] == [(0, "get_weather"), (1, "get_time")]


def test_one_call_where_parallel_ones_are_forbidden() -> None:
    body = request("get weather and get time", tools=[WEATHER, TIME], parallel_tool_calls=False)
    assert len(complete(body)["choices"][0]["message"]["tool_calls"]) == 1


def test_words_may_come_before_a_call() -> None:
    said = Utterance(text="Let me see.", tool_calls=(ToolCall("get_weather", "{}", "call_1"),))
    message = read(say(request(tools=[WEATHER]), said))["choices"][0]["message"]
    assert (message["content"], message["tool_calls"][0]["id"]) == ("Let me see.", "call_1")
    parts = deltas(events(say(request(tools=[WEATHER], stream=True), said)))
    assert parts[0] == {"role": "assistant", "content": "", "refusal": None}
    assert next(list(part) for part in parts if "tool_calls" in part) == ["tool_calls"]


def test_legacy_functions_are_called_the_legacy_way() -> None:
    body = request("weather", functions=[WEATHER["function"]], function_call="auto")
    choice = complete(body)["choices"][0]
    assert choice["finish_reason"] == "function_call"
    assert list(choice["message"]) == ["role", "content", "function_call", "refusal", "annotations"]
    said = deltas(stream(body))
    assert said[0]["function_call"] == {"name": "get_weather", "arguments": ""}
    assert (
        "".join(delta["function_call"]["arguments"] for delta in said[1:-1])
        == choice["message"]["function_call"]["arguments"]
    )
    named = complete({**body, "function_call": {"name": "get_weather"}})["choices"][0]
    assert named["finish_reason"] == "stop"


def test_a_tools_result_is_answered_in_words() -> None:
    asked = complete(request("weather", tools=[WEATHER]))["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": asked["tool_calls"][0]["id"], "content": "20 degrees"}
    body = request("weather", tools=[WEATHER])
    body["messages"] += [asked, result]
    assert complete(body)["choices"][0]["message"]["content"]


# --- form, limits, probabilities


def test_json_object() -> None:
    text = complete(request(response_format={"type": "json_object"}))["choices"][0]["message"]["content"]
    assert isinstance(json.loads(text), dict)


def test_json_schema() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    body = request(response_format=form)
    person = json.loads(complete(body)["choices"][0]["message"]["content"])
    assert set(person) == {"name", "age"}
    assert json.loads("".join(delta.get("content", "") for delta in deltas(stream(body)))) == person


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@given(limit=st.integers(1, 60), topic=st.text(max_size=20))
@settings(deadline=None, max_examples=30)
def test_a_limit_cuts_at_exactly_so_many_tokens(name: str, limit: int, topic: str) -> None:
    whole = complete(request(topic))
    value = complete(request(topic) | {name: limit})
    content, full = (one["choices"][0]["message"]["content"] for one in (value, whole))
    assert full.startswith(content)
    used = value["usage"]["completion_tokens"]
    if whole["usage"]["completion_tokens"] > limit:
        assert value["choices"][0]["finish_reason"] == "length"
        assert used <= limit < used + 4  # a character cut in two is left out
    else:
        assert value["choices"] == whole["choices"]


def test_a_limit_cuts_a_calls_arguments() -> None:
    body = request("weather", tools=[WEATHER], max_tokens=11)
    choice = complete(body)["choices"][0]
    assert choice["finish_reason"] == "length"
    (called,) = choice["message"]["tool_calls"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(called["function"]["arguments"])


def test_a_limit_leaves_out_the_last_of_parallel_calls() -> None:
    body = request("get weather and get time", tools=[WEATHER, TIME], max_tokens=31)
    assert len(complete(body)["choices"][0]["message"]["tool_calls"]) == 1


def test_a_reasoning_model_may_spend_its_limit_on_thoughts() -> None:
    value = complete(request(model="gpt-5", max_completion_tokens=16))
    assert value["choices"][0]["finish_reason"] == "length"
    assert value["choices"][0]["message"]["content"] == ""
    assert value["usage"]["completion_tokens"] == 16
    assert value["usage"]["completion_tokens_details"]["reasoning_tokens"] == 16


def test_thoughts_are_billed_and_ruled_by_effort() -> None:
    def thoughts(effort: str) -> int:
        usage = complete(request(model="gpt-5", reasoning_effort=effort))["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        thinking: int = usage["completion_tokens_details"]["reasoning_tokens"]
        assert usage["completion_tokens"] > thinking
        return thinking

    assert thoughts("minimal") == 0 < thoughts("medium") < thoughts("high")


@pytest.mark.parametrize("stop", ["tides", ["tides"], ["not said", "tides", ""]])
def test_stop_cuts_before_the_string(stop: Any) -> None:
    whole = complete(request())["choices"][0]["message"]["content"]
    choice = complete(request(stop=stop))["choices"][0]
    assert choice["message"]["content"] == whole[: whole.index("tides")]
    assert choice["finish_reason"] == "stop"


def test_logprobs_stand_for_every_token() -> None:
    choice = complete(request(logprobs=True, top_logprobs=3))["choices"][0]
    found = choice["logprobs"]["content"]
    assert choice["logprobs"]["refusal"] is None
    assert b"".join(bytes(one["bytes"]) for one in found).decode() == choice["message"]["content"]
    for one in found:
        assert one["logprob"] <= 0
        top = one["top_logprobs"]
        assert top[0]["token"] == one["token"]
        assert len({other["token"] for other in top}) == 3
        assert [other["logprob"] for other in top] == sorted((other["logprob"] for other in top), reverse=True)


def test_calls_have_no_logprobs() -> None:
    choice = complete(request(tools=[WEATHER], tool_choice="required", logprobs=True))["choices"][0]
    assert choice["logprobs"] == {"content": None, "refusal": None}


def test_streamed_logprobs_add_up() -> None:
    body = request(logprobs=True)
    chunks = stream(body)
    parts = [chunk["choices"][0]["logprobs"] for chunk in chunks]
    assert parts[0] == {"content": [], "refusal": None}
    assert parts[-1] is None
    together = [one for part in parts[:-1] for one in part["content"]]
    assert together == complete(body)["choices"][0]["logprobs"]["content"]
    assert {len(one["top_logprobs"]) for one in together} == {0}


def test_a_token_that_cuts_a_character_is_shown_by_its_bytes() -> None:
    found = read(say(request(logprobs=True), Utterance(text="🫨")))["choices"][0]["logprobs"]["content"]
    assert len(found) > 1
    assert found[0]["token"].startswith("\\x")


def test_a_refusal_stands_in_its_own_field() -> None:
    said = Utterance(refusal="I will not.")
    choice = read(say(request(logprobs=True), said))["choices"][0]
    assert (choice["message"]["content"], choice["message"]["refusal"]) == (None, "I will not.")
    assert choice["finish_reason"] == "stop"
    assert choice["logprobs"]["content"] is None
    parts = deltas(events(say(request(stream=True, logprobs=True), said)))
    assert "".join(part.get("refusal", "") for part in parts) == "I will not."
    assert all("refusal" in part for part in parts[:-1])


def test_a_script_may_choose_its_own_end() -> None:
    said = Utterance(text="", finish="content_filter", reasoning=5)
    value = read(say(request(), said))
    assert value["choices"][0]["finish_reason"] == "content_filter"
    assert value["usage"]["completion_tokens"] == 5


# --- Azure


def test_azure_filters_content_and_sorts_keys() -> None:
    reply = send(request(), deployment="my-deployment")
    assert reply.content.count(b"\n") == 1
    value = read(reply)
    assert list(value) == sorted(value)
    assert value["service_tier"] == "default"
    assert "engine_ttft_ms" in value["usage"]["latency_checkpoint"]
    assert list(value["prompt_filter_results"][0]) == ["prompt_index", "content_filter_results"]
    assert value["prompt_filter_results"][0]["content_filter_results"]["jailbreak"] == {
        "detected": False,
        "filtered": False,
    }
    assert value["choices"][0]["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}
    assert value["choices"][0]["logprobs"] is None


def test_azures_deployment_names_the_model_where_it_can() -> None:
    assert complete(request(model="gpt-3.5-turbo"), deployment="gpt-4.1-mini")["model"] == "gpt-4.1-mini-2025-04-14"
    assert complete(request(model="gpt-4o"), deployment="prod")["model"] == "gpt-4o-2024-08-06"
    assert complete({"messages": []}, deployment="prod")["model"] == "prod"


def test_azures_stream_begins_with_a_chunk_about_the_prompt() -> None:
    first, *rest = stream(request(**USAGE), deployment="gpt-4o")
    assert (first["id"], first["model"], first["object"], first["choices"]) == ("", "", "", [])
    assert "obfuscation" not in first
    filters = [chunk["choices"][0]["content_filter_results"] for chunk in rest[:-1]]
    assert filters[0] == filters[-1] == {}
    assert "violence" in filters[1]
    assert list(rest[-1])[3] == "latency_checkpoint"
    assert "latency_checkpoint" not in rest[-1]["usage"]


# --- tokens


def test_pictures_cost_by_their_detail() -> None:
    def cost(*parts: Any) -> int:
        return prompt_tokens(
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, *parts]}]}, "gpt-4o"
        )

    low = {"type": "image_url", "image_url": {"url": "https://x.test/a.png", "detail": "low"}}
    high = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    assert cost(low) - cost() == 85
    assert cost(high) - cost() == cost({"type": "image_url", "image_url": "https://x.test/a.png"}) - cost() == 765


def test_every_part_of_a_request_costs_something() -> None:
    plain = prompt_tokens(request(), "gpt-4o")
    turn = {"id": "c", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
    more: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "name": "ada", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [turn]},
        {"role": "assistant", "content": None, "function_call": turn["function"]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"type": "custom", "custom": {"name": "d", "input": "12"}}],
        },
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    for message in more:
        body = request()
        body["messages"].append(message)
        assert prompt_tokens(body, "gpt-4o") > plain + 3
        assert prompt_tokens(body, "gpt-5") > prompt_tokens(request(), "gpt-5") + 3
    shapes = {
        "a": {"enum": ["x", 1]},
        "b": {"type": ["string", "null"]},
        "c": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    }
    shapes |= {
        "d": {"type": "array", "items": {"type": "object", "properties": {"e": {}}}},
        "f": {"type": "array"},
        "g": True,
    }
    shapes["h"] = {"type": "string", "description": "Long words about it"}
    rich = {"name": "f", "parameters": {"type": "object", "properties": shapes, "required": ["a"]}}
    poor = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
    assert (
        prompt_tokens(request(functions=[rich]), "gpt-4o") > prompt_tokens(request(functions=[poor]), "gpt-4o") > plain
    )


@pytest.mark.skipif(not RECORDINGS.is_file(), reason="the recordings lie beside the project, not in it")
def test_prompts_cost_what_they_really_cost() -> None:
    """Text-only prompts of models that do not reason: exactly. With functions: to a few tokens in a hundred."""
    off: list[int] = []
    rough: list[float] = []
    for row in map(json.loads, RECORDINGS.read_bytes().splitlines()):
        body = (row["request_body"] or {}).get("json") or {}
        told = (row["response_body"] or {}).get("json") or {}
        family = catalogue.like(str(body.get("model")))
        if (
            row["endpoint"] != "/v1/chat/completions"
            or row["status"] != 200
            or row["year"] < 2024
            or "usage" not in told
        ):
            continue
        if (
            "image_url" in str(body)
            or "input_audio" in str(body)
            or "'file'" in str(body)
            or "search" in family.features
        ):
            continue
        cost, real = prompt_tokens(body, body["model"]), told["usage"]["prompt_tokens"]
        if not family.reasoning and not re.search("'(tools|functions|response_format|tool_calls)'", str(body)):
            off.append(cost - real)
        else:
            rough.append(abs(cost - real) / real)
    assert len(off) > 100
    assert set(off) == {0}
    assert sorted(rough)[len(rough) // 2] < 0.03


# --- laws

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["weather", "get weather get time"]
)
BODIES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(
            ["gpt-4o", "gpt-3.5-turbo", "gpt-5", "gpt-5.4", "o3-mini", "gpt-4o-search-preview", "x"]
        ),
        "messages": st.lists(
            st.one_of(
                st.fixed_dictionaries({"role": st.sampled_from(["user", "system", "assistant"]), "content": TEXT}),
                st.fixed_dictionaries(
                    {
                        "role": st.just("user"),
                        "content": st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT})),
                    }
                ),
                st.just({"role": "tool", "tool_call_id": "call_1", "content": "20"}),
            ),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "n": st.integers(1, 3),
        "logprobs": st.booleans(),
        "top_logprobs": st.integers(0, 20),
        "max_tokens": st.integers(1, 40),
        "max_completion_tokens": st.integers(1, 40),
        "stop": st.sampled_from(["e", ["a", "\n"], [], None]),
        "tools": st.lists(st.sampled_from([WEATHER, TIME]), min_size=1, max_size=2),
        "tool_choice": st.sampled_from(["auto", "none", "required"]),
        "parallel_tool_calls": st.booleans(),
        "response_format": st.sampled_from(
            [
                {"type": "text"},
                {"type": "json_object"},
                {"type": "json_schema", "json_schema": {"name": "p", "schema": PERSON}},
            ]
        ),
        "stream_options": st.fixed_dictionaries(
            {}, optional={"include_usage": st.booleans(), "include_obfuscation": st.booleans()}
        ),
        "reasoning_effort": st.sampled_from(["minimal", "low", "high", None]),
        "service_tier": st.sampled_from(["auto", "default", "flex", None]),
    },
)


@given(body=BODIES, seed=st.integers(0, 5), deployment=st.sampled_from([None, "gpt-4o"]))
@settings(deadline=None, max_examples=150)
def test_no_answer_breaks_its_schema_and_a_stream_adds_up_to_the_body(
    body: dict[str, Any], seed: int, deployment: str | None
) -> None:
    whole = complete(body, seed=seed, deployment=deployment)
    chunks = stream(body, seed=seed, deployment=deployment)
    assert [gathered(chunks, index) for index in range(body.get("n", 1))] == [
        (
            choice["message"]["content"] or "",
            [
                (one["id"], one["function"]["name"], one["function"]["arguments"])
                for one in choice["message"].get("tool_calls", [])
            ],
            choice["finish_reason"],
        )
        for choice in whole["choices"]
    ]
    if (body.get("stream_options") or {}).get("include_usage"):
        whole["usage"].pop("latency_checkpoint", None)  # Azure's, which stands beside the usage of a stream
        assert chunks[-1]["usage"] == whole["usage"]


def gathered(chunks: list[dict[str, Any]], index: int) -> tuple[str, list[tuple[str, str, str]], str | None]:
    """What a client has heard of one choice by the end of a stream."""
    text, finish, calls = "", None, list[list[str]]()
    for choice in (one for chunk in chunks for one in chunk["choices"] if one["index"] == index):
        text += choice["delta"].get("content") or ""
        finish = choice["finish_reason"] or finish
        for part in choice["delta"].get("tool_calls", []):
            if part["index"] == len(calls):
                calls.append([part["id"], part["function"]["name"], ""])
            calls[part["index"]][2] += part["function"]["arguments"]
    return text, [(id, name, arguments) for id, name, arguments in calls], finish


# --- the registry of behaviours


def test_a_behaviour_is_found_by_its_operation() -> None:
    assert behaviours.find("models.list")
    assert behaviours.find("chat.completions.list") is None
    assert behaviours.find("fine_tuning.jobs.list") is None
    assert behaviours.renderer_of("models.list") is None


def test_a_misspelled_operation_names_the_nearest() -> None:
    with pytest.raises(StubError, match=r"chat\.completions\.create"):
        behaviours.behaviour("chat.completion.create")


# --- a bias, and memory


def test_a_bias_of_100_says_nothing_else_and_of_minus_100_leaves_out() -> None:
    yes, no = 13022, 1750
    said = {complete(request(logit_bias={str(yes): 100, str(no): 100}, seed=seed))["choices"][0]["message"]["content"]
            for seed in range(20)}  # fmt: skip
    assert said == {tokens.said([yes], "gpt-4o"), tokens.said([no], "gpt-4o")}
    plain = complete(request())["choices"][0]["message"]["content"]
    assert " the" in plain
    without = complete(request(logit_bias={"290": -100}))["choices"][0]["message"]["content"]
    assert tokens.said([290], "gpt-4o") == " the"
    assert " the " not in without


@pytest.mark.parametrize("bias", [{"290": 5}, {"99999999": 100}, {"word": -100}])
def test_other_biases_change_nothing(bias: dict[str, int]) -> None:
    texts = [complete(request(logit_bias=each))["choices"][0]["message"]["content"] for each in (bias, {"1": 1})]
    assert all(texts)


def test_what_is_remembered_is_what_would_be_said_again() -> None:
    first, again = (complete(request("tides " * 20), number=number) for number in (1, 2))
    assert first["choices"] == again["choices"]
    assert first["id"] != again["id"]
    long = [complete(request("tides " * 900), number=number)["choices"] for number in (1, 2)]
    assert long[0] == long[1]
    other = MockAI(voice="lorem", clock=ManualClock())
    found = behaviours.find("chat.completions.create")
    assert found
    assert read(found(call(request("tides " * 20)), other))["choices"] != first["choices"]
