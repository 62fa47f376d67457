"""ChatKit: sessions with a secret, and the one thread that each comes with."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest
from asking import ask, request

from mockai import ManualClock, MockAI
from mockai.registry import registry

SESSIONS = "/v1/chatkit/sessions"
WANTED = {"user": "u1", "workflow": {"id": "wf_1"}}


def told(mock: MockAI, path: str, method: str = "POST", query: str = "", **body: Any) -> Any:
    return json.loads(ask(mock, request(path, method=method, query=query, **body)).content)


def test_a_session_is_as_asked_and_else_as_usual() -> None:
    mock = MockAI(clock=ManualClock(1000))
    usual = told(mock, SESSIONS, **WANTED)
    asked = told(
        mock,
        SESSIONS,
        **WANTED,
        chatkit_configuration={"file_upload": {"enabled": True}},
        expires_after={"anchor": "created_at", "seconds": 30},
        rate_limits={"max_requests_per_1_minute": 3},
    )
    for each in (usual, asked):
        assert registry().valid("beta/chatkit/chat_session.ChatSession", each, "produce")
        assert each["client_secret"].startswith("ek_")
    assert (usual["expires_at"], asked["expires_at"]) == (1600, 1030)
    assert usual["chatkit_configuration"]["file_upload"]["enabled"] is False
    assert asked["chatkit_configuration"]["file_upload"] == {"enabled": True, "max_file_size": 512, "max_files": 10}
    assert asked["max_requests_per_1_minute"] == asked["rate_limits"]["max_requests_per_1_minute"] == 3


def test_a_session_is_cancelled_once_and_not_after_its_time() -> None:
    clock = ManualClock(1000)
    mock = MockAI(clock=clock)
    one, other = told(mock, SESSIONS, **WANTED)["id"], told(mock, SESSIONS, **WANTED)["id"]
    assert told(mock, f"{SESSIONS}/{one}/cancel")["status"] == "cancelled"
    again = told(mock, f"{SESSIONS}/{one}/cancel")
    assert again["error"]["message"] == "Cannot cancel session with status 'cancelled'."
    clock.advance(600)
    late = told(mock, f"{SESSIONS}/{other}/cancel")
    assert late["error"]["message"] == "Cannot cancel session with status 'expired'."
    assert ask(mock, request(f"{SESSIONS}/cksess_x/cancel")).status == 404
    assert told(MockAI(missing="conjure"), f"{SESSIONS}/cksess_x/cancel")["status"] == "cancelled"


def test_a_user_has_the_threads_of_their_sessions() -> None:
    mock = MockAI()
    with openai.OpenAI(
        api_key="sk-none",
        base_url="http://mock/v1",
        http_client=httpx2.Client(transport=mock.transport(httpx2)),
    ) as client:
        for user in ("a", "b", "a"):
            client.beta.chatkit.sessions.create(user=user, workflow={"id": "wf_1"})
        threads = client.beta.chatkit.threads
        found = list(threads.list(user="a", limit=1))
        assert [thread.user for thread in found] == ["a", "a"]
        items = list(threads.list_items(found[0].id, order="asc"))
        assert [item.type for item in items] == ["chatkit.user_message", "chatkit.assistant_message"]
        assert threads.delete(found[0].id).deleted
        with pytest.raises(openai.NotFoundError):
            threads.list_items(found[0].id)
        assert len(list(threads.list())) == 2
    listed = told(mock, f"/v1/chatkit/threads/{found[1].id}/items", "GET")
    assert registry().valid("beta/chatkit/chatkit_thread_item_list.Data.conversation", listed, "produce")
