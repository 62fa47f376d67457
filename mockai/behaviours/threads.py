"""Threads: conversations that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import kinds
from ..call import Call
from ..collection import collections
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour
from .assistants import told
from .messages import post
from .tool_resources import provided


@behaviour("beta.threads.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new thread, with its first messages."""
    return kinds.shown(call, mock, begun(call, mock, told(call)))


@behaviour("beta.threads.update")
def update(call: Call, mock: Mock) -> Reply:
    """A thread with other metadata, or other resources for the tools."""
    given = told(call)
    thread = kinds.found(call, mock)
    if "tool_resources" in given:
        given["tool_resources"] = provided(given["tool_resources"], call, mock)
    thread.value.update(given)
    return kinds.shown(call, mock, thread)


def begun(call: Call, mock: Mock, given: Mapping[str, Any]) -> Resource:
    """A new thread as a request describes it."""
    value = {
        "id": collections()["/threads"].id(kinds.chance(call, mock)),
        "object": "thread",
        "created_at": int(mock.clock.now()),
        "metadata": dict(given.get("metadata") or {}),
        "tool_resources": provided(given.get("tool_resources") or {}, call, mock),
    }
    thread = mock.resources.add("/threads", value)
    for message in given.get("messages") or ():
        post(thread, message, call, mock)
    return thread
