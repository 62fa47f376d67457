"""Conversations: their items, one by one and in pages, and the responses that read and add to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import HEADERS, ask, request

from mockai import ManualClock, MockAI
from mockai.http import Request
from mockai.registry import registry

TEXTS = ("one", "two", "three")


def see(mock: MockAI, path: str, body: Any = None, *, method: str = "", query: str = "", status: int = 200) -> Any:
    sent = json.dumps(body).encode() if body is not None else b""
    verb = method or ("POST" if body is not None else "GET")
    reply = ask(mock, Request(verb, f"/v1/conversations{path}", query, HEADERS, sent))
    assert reply.status == status, reply.content
    return json.loads(reply.content)


def respond(mock: MockAI, **body: Any) -> Any:
    sent = json.dumps({"model": "gpt-4o", "input": "hi", **body}).encode()
    return json.loads(ask(mock, Request("POST", "/v1/responses", "", HEADERS, sent)).content)


def talk(mock: MockAI, *texts: str) -> str:
    """The path of a new conversation in which a user has said this."""
    items = [{"type": "message", "role": "user", "content": text} for text in texts]
    made = see(mock, "", {"items": items})
    return f"/{made['id']}"


def said(page: Any) -> list[str]:
    return [part["text"] for item in page["data"] for part in item["content"]]


def test_a_conversation_lives() -> None:
    mock = MockAI(clock=ManualClock())
    made = see(mock, "", {"metadata": {"a": "b"}})
    assert list(made) == ["id", "object", "created_at", "metadata"]
    assert made["id"].startswith("conv_")
    assert len(made["id"]) == len("conv_") + 48
    assert see(mock, "", {})["metadata"] == {}
    path = f"/{made['id']}"
    assert see(mock, path) == made
    assert see(mock, path, {"metadata": {"c": "d"}})["metadata"] == {"c": "d"}
    gone = see(mock, path, method="DELETE")
    assert (gone["id"], gone["object"], gone["deleted"]) == (made["id"], "conversation.deleted", True)
    for below in ("", "/items", "/items/msg_1"):
        assert f"'{made['id']}' not found" in see(mock, path + below, status=404)["error"]["message"]


def test_items_are_added_listed_and_taken_away() -> None:
    mock = MockAI(clock=ManualClock())
    path = talk(mock, *TEXTS)
    newest = see(mock, f"{path}/items")
    assert registry().valid("conversations/conversation_item.ConversationItem.conversation", newest, "produce")
    assert said(newest) == [*reversed(TEXTS)]
    first = see(mock, f"{path}/items", query="order=asc&limit=2")
    assert (said(first), first["has_more"]) == (["one", "two"], True)
    rest = see(mock, f"{path}/items", query=f"order=asc&after={first['last_id']}")
    assert (said(rest), rest["has_more"]) == (["three"], False)
    added = see(
        mock,
        f"{path}/items",
        {
            "items": [
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "1"},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]},
            ]
        },
    )
    assert registry().valid("conversations/conversation_item_list.ConversationItemList", added, "produce")
    assert [item["id"].partition("_")[0] for item in added["data"]] == ["fc", "fco", "msg"]
    assert (added["object"], added["has_more"], added["last_id"]) == ("list", False, added["data"][-1]["id"])
    one = added["data"][0]
    assert see(mock, f"{path}/items/{one['id']}") == one
    assert see(mock, f"{path}/items/{one['id']}", method="DELETE") == see(mock, path)
    assert "not found in conversation" in see(mock, f"{path}/items/{one['id']}", status=404)["error"]["message"]


def test_a_response_reads_a_conversation_and_adds_to_it() -> None:
    mock = MockAI(clock=ManualClock())
    path = talk(mock, "A long story about a whale that swam to Lisbon")
    short = respond(mock)
    found = respond(mock, conversation=path[1:])
    assert found["conversation"] == {"id": path[1:]}
    assert found["usage"]["input_tokens"] > short["usage"]["input_tokens"]
    listed = see(mock, f"{path}/items", query="order=asc")["data"]
    assert [item["role"] for item in listed] == ["user", "user", "assistant"]
    assert listed[-1] == found["output"][0]
    respond(mock, conversation={"id": path[1:]})
    assert len(see(mock, f"{path}/items")["data"]) == 5


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_runs_in_the_background_is_said_when_it_ends(status: str) -> None:
    mock = MockAI(clock=ManualClock())
    path = talk(mock)
    begun = respond(mock, conversation=path[1:], background=True)
    if status == "cancelled":
        stop = Request("POST", f"/v1/responses/{begun['id']}/cancel", "", HEADERS)
        assert json.loads(ask(mock, stop).content)["status"] == status
    assert len(see(mock, f"{path}/items")["data"]) == (2 if status == "completed" else 0)


def test_an_unknown_conversation_is_not_there() -> None:
    mock = MockAI(clock=ManualClock())
    assert respond(mock, conversation="conv_x")["error"]["message"] == "Conversation with id 'conv_x' not found."
    assert (
        "conv_x"
        in see(mock, "/conv_x/items", {"items": [{"role": "user", "content": "Hi"}]}, status=404)["error"]["message"]
    )
    lenient = MockAI(clock=ManualClock(), missing="conjure")
    assert see(lenient, "/conv_x")["id"] == "conv_x"
    assert see(lenient, "/conv_x/items/msg_1", method="DELETE")["id"] == "conv_x"
    assert respond(lenient, conversation="conv_y")["conversation"] == {"id": "conv_y"}


def test_an_item_of_any_type_is_shown_whole() -> None:
    shell = {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}, "environment": {"type": "local"}}
    mock = MockAI(clock=ManualClock())
    id = json.loads(ask(mock, request("/v1/conversations", items=[shell])).content)["id"]
    [item] = json.loads(ask(mock, request(f"/v1/conversations/{id}/items", method="GET")).content)["data"]
    assert registry().valid("conversations/conversation_item.ConversationItem", item, "produce")
    assert (item["type"], item["action"]["commands"]) == ("shell_call", ["ls"])
