"""Messages of a thread: what users write, and what runs answer.

Recorded messages of users have no `status`; the SDK's types say that all have one, and its strict clients refuse an
answer without. Ours have been completed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import kinds
from ..call import Call
from ..collection import collections
from ..dice import dice
from ..errors import BadRequest
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour
from .assistants import told
from .run_status import active
from .tool_resources import attach

PLACE = "/threads/{thread_id}/messages"


@behaviour("beta.threads.messages.create")
def create(call: Call, mock: Mock) -> Reply:
    """One more message, unless a run is about to answer."""
    given = told(call)
    thread = kinds.at(collections()["/threads"], "/threads", call.values["thread_id"], mock, call)
    run = active(thread, mock)
    if run is not None:
        raise BadRequest(f"Can't add messages to {thread.id} while a run {run.id} is active.")
    return kinds.shown(call, mock, post(thread, given, call, mock))


@behaviour("beta.threads.messages.update")
def update(call: Call, mock: Mock) -> Reply:
    """A message with other metadata, which is all that can change."""
    given = told(call)
    message = kinds.found(call, mock)
    message.value.update(given)
    return kinds.shown(call, mock, message)


def post(thread: Resource, given: Mapping[str, Any], call: Call, mock: Mock) -> Resource:
    """Add a message that a client wrote to a thread, its files to what the tools may use."""
    attachments = given.get("attachments") or []
    attach(thread, attachments, call, mock)
    value = {
        **head(call, mock),
        "assistant_id": None,
        "thread_id": thread.id,
        "run_id": None,
        "status": "completed",
        "role": given["role"],
        "content": contents(given["content"]),
        "attachments": attachments,
        "metadata": dict(given.get("metadata") or {}),
    }
    return mock.resources.add(f"{thread.path}/messages", value)


def head(call: Call, mock: Mock) -> dict[str, Any]:
    """The beginning of a new message."""
    return {
        "id": collections()[PLACE].id(dice(call.seed, PLACE, mock.resources.made)),
        "object": "thread.message",
        "created_at": int(mock.clock.now()),
    }


def contents(given: Any) -> list[dict[str, Any]]:
    """Content as the API shows it: texts with their annotations, pictures with the detail they are seen in."""
    return [written(given)] if isinstance(given, str) else [_part(part) for part in given]


def written(text: str) -> dict[str, Any]:
    """A text as one part of a message's content."""
    return {"type": "text", "text": {"value": text, "annotations": []}}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    if kind == "text":
        return written(part["text"])
    return {"type": kind, kind: {**part[kind], "detail": part[kind].get("detail") or "auto"}}
