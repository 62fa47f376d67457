"""ChatKit: sessions that let a chat window in, and the threads of what is said there.

Threads are made by a chat window and nowhere else. The mock has none, so it plays its user: a session comes with a
thread in which one thing was asked and answered, for code that lists, shows and deletes threads.
"""

from __future__ import annotations

from typing import Any

from .. import kinds
from ..answers import answer
from ..call import Call
from ..collection import collections
from ..dice import HEX, token
from ..errors import BadRequest
from ..http import Reply
from ..voice import Prompt
from . import Mock, behaviour

SESSIONS = "/chatkit/sessions"
THREADS = "/chatkit/threads"
LIFE_SECONDS = 600
"""How long a session lasts where nobody says."""

CONFIGURATION: dict[str, dict[str, Any]] = {
    "automatic_thread_titling": {"enabled": True},
    "file_upload": {"enabled": False, "max_file_size": 512, "max_files": 10},
    "history": {"enabled": True, "recent_threads": None},
}
"""What a chat window may do where nobody says: as in an answer that a user of the API has published."""

REQUESTS = 10
"""The same of requests in a minute."""

QUESTION = "Hello! What can you do for me?"


@behaviour("beta.chatkit.sessions.create")
def create(call: Call, mock: Mock) -> Reply:
    """A session with the secret that a chat window needs, and a thread of its user's."""
    asked, rng, now = kinds.fields(call), kinds.chance(call, mock), int(mock.clock.now())
    wanted = asked.get("chatkit_configuration") or {}
    most = (asked.get("rate_limits") or {}).get("max_requests_per_1_minute", REQUESTS)
    value = {
        "id": collections()[SESSIONS].id(rng),
        "object": "chatkit.session",
        "status": "active",
        "chatkit_configuration": {name: {**usual, **(wanted.get(name) or {})} for name, usual in CONFIGURATION.items()},
        "client_secret": "ek_" + token(rng, 64, HEX),
        "expires_at": now + (asked.get("expires_after") or {}).get("seconds", LIFE_SECONDS),
        "max_requests_per_1_minute": most,
        "rate_limits": {"max_requests_per_1_minute": most},
        "user": asked["user"],
        "workflow": _workflow(asked["workflow"]),
    }
    mock.resources.add(SESSIONS, value)
    _talk(call, mock, asked["user"])
    return answer(value)


@behaviour("beta.chatkit.sessions.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A session that lets nobody in any more. Raises BadRequest for one that does not anyway."""
    resource = kinds.found(call, mock)
    value = resource.value
    if value["status"] == "active" and value["expires_at"] <= mock.clock.now() and not resource.conjured:
        value["status"] = "expired"
    if value["status"] != "active" and not resource.conjured:
        raise BadRequest(f"Cannot cancel session with status '{value['status']}'.")
    value["status"] = "cancelled"
    return answer(value)


def _workflow(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": asked["id"],
        "state_variables": asked.get("state_variables"),
        "tracing": {"enabled": True, **(asked.get("tracing") or {})},
        "version": asked.get("version"),
    }


def _talk(call: Call, mock: Mock, user: str) -> None:
    """A thread in which the user has asked something and the workflow has answered."""
    rng, now = kinds.chance(call, mock), int(mock.clock.now())
    id = collections()[THREADS].id(rng)
    thread = {
        "id": id,
        "object": "chatkit.thread",
        "created_at": now,
        "title": None,
        "status": {"type": "active"},
        "user": user,
    }
    mock.resources.add(THREADS, thread)
    said = mock.speaker.utter(Prompt(QUESTION), rng).text
    for type_, part, rest in (
        ("user", {"type": "input_text", "text": QUESTION}, {"attachments": [], "inference_options": None}),
        ("assistant", {"type": "output_text", "text": said, "annotations": []}, {}),
    ):
        item: dict[str, Any] = {
            "id": collections()[f"{THREADS}/{{thread_id}}/items"].id(rng),
            "object": "chatkit.thread_item",
            "created_at": now,
            "thread_id": id,
            "type": f"chatkit.{type_}_message",
            "content": [part],
            **rest,
        }
        mock.resources.add(f"{THREADS}/{id}/items", item)
