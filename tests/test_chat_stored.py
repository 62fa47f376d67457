"""Stored chat completions: what `store` keeps, and what can be done with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import ask, chat, request

from mockai import MockAI
from mockai.clock import ManualClock
from mockai.registry import registry

PATH = "/v1/chat/completions"
PAGE = "chat/chat_completion.ChatCompletion.cursor"
MESSAGES = "chat/chat_completion_store_message.ChatCompletionStoreMessage.cursor"


@pytest.fixture
def mock() -> MockAI:
    return MockAI(clock=ManualClock())


def told(mock: MockAI, path: str = "", query: str = "", method: str = "GET", **body: Any) -> Any:
    return json.loads(ask(mock, request(PATH + path, method=method, query=query, **body)).content)


def made(mock: MockAI, text: str = "hi", **more: Any) -> str:
    reply = ask(mock, chat(text, **{"store": True, "model": "gpt-4o"} | more))
    body = reply.content.decode()
    first = body.removeprefix("data: ").partition("\n\n")[0] if more.get("stream") else body
    return str(json.loads(first)["id"])


def test_only_what_is_asked_for_is_kept(mock: MockAI) -> None:
    made(mock, store=False)
    made(mock, store=None)
    assert told(mock) == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_it_is_kept_as_it_was_answered_with_what_it_was_asked_with(mock: MockAI) -> None:
    answered = json.loads(ask(mock, chat("hi", store=True, model="gpt-4o", seed=3, temperature=0.5, user="u")).content)
    value = told(mock, "/" + answered["id"])
    for name in ("id", "object", "created", "model", "usage", "system_fingerprint", "service_tier", "choices"):
        assert value[name] == answered[name]
    assert (value["seed"], value["temperature"], value["top_p"], value["input_user"]) == (3, 0.5, 1.0, "u")
    assert value["metadata"] == {}
    assert registry().valid("chat/chat_completion.ChatCompletion", value, "produce")


def test_streams_and_scripted_words_are_kept_too(mock: MockAI) -> None:
    mock.on("chat.completions.create").reply("scripted")
    streamed, whole = made(mock, stream=True), made(mock)
    kept = told(mock)["data"]
    assert [each["id"] for each in kept] == [streamed, whole]
    assert [each["choices"][0]["message"]["content"] for each in kept] == ["scripted"] * 2


def test_pages_begin_with_the_oldest_and_may_be_chosen_by_model_and_metadata(mock: MockAI) -> None:
    ids = [made(mock, str(number), metadata={"n": str(number % 2)}) for number in range(4)]
    page = told(mock, query="limit=3")
    assert registry().valid(PAGE, page, "produce")
    assert [each["id"] for each in page["data"]] == ids[:3]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[0], ids[2], True)
    assert [each["id"] for each in told(mock, query=f"after={ids[2]}")["data"]] == ids[3:]
    assert [each["id"] for each in told(mock, query="order=desc&limit=1")["data"]] == ids[3:]
    assert [each["id"] for each in told(mock, query="metadata[n]=1")["data"]] == [ids[1], ids[3]]
    assert told(mock, query="model=gpt-4o-2024-08-06&metadata[n]=0")["first_id"] == ids[0]
    assert told(mock, query="model=gpt-5")["data"] == []


def test_metadata_is_replaced_and_the_rest_stays(mock: MockAI) -> None:
    id = made(mock, metadata={"a": "1"})
    before = told(mock, f"/{id}")
    assert told(mock, f"/{id}", method="POST", metadata={"b": "2"}) == before | {"metadata": {"b": "2"}}
    assert told(mock, f"/{id}")["metadata"] == {"b": "2"}


def test_messages_have_ids_and_parts_stand_apart(mock: MockAI) -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "http://a/b.png"}}]
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    id = made(
        mock,
        messages=[
            {"role": "system", "content": "be brief", "name": "s"},
            {"role": "user", "content": parts},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "done"},
        ],
    )
    page = told(mock, f"/{id}/messages")
    assert registry().valid(MESSAGES, page, "produce")
    assert [each["id"] for each in page["data"]] == [f"{id}-{place}" for place in range(4)]
    system, user, assistant, tool = page["data"]
    assert (system["role"], system["content"], system["name"], system["content_parts"]) == (
        "system",
        "be brief",
        "s",
        None,
    )
    assert (user["content"], user["content_parts"]) == (None, parts)
    assert (assistant["content"], assistant["tool_calls"]) == (None, [call])
    assert (tool["content"], tool["tool_call_id"]) == ("done", "call_1")
    assert told(mock, f"/{id}/messages", "order=desc&limit=1")["first_id"] == f"{id}-3"


@pytest.mark.parametrize("path", ["/{id}", "/{id}/messages"])
def test_what_was_deleted_is_gone_in_the_api_s_words(mock: MockAI, path: str) -> None:
    id = made(mock)
    assert told(mock, f"/{id}", method="DELETE") == {"deleted": True, "id": id, "object": "chat.completion.deleted"}
    assert told(mock, path.format(id=id))["error"] == {
        "message": f"Completion {id} not found",
        "type": "invalid_request_error",
        "param": "completion_id",
        "code": "not_found",
    }
