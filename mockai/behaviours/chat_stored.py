"""Stored chat completions: what `store: true` keeps, so that it can be listed, changed and deleted later.

What a stored completion looks like is in the API's reference: the completion, beside the parameters it was asked with;
its messages are those of the request, each with the completion's id and its own place as its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..call import Call
from . import Mock
from .chat_parts import Answer

PLACE = "/chat/completions"
SHOWN = ("text", "image_url")


def keep(call: Call, completion: Mapping[str, Any], answer: Answer, mock: Mock) -> None:
    """Store an answer, `completion` is its body, with the messages it answers."""
    body: Mapping[str, Any] = call.body
    value = {
        "object": "chat.completion",
        "id": answer.id,
        "model": answer.model,
        "created": answer.created,
        "tool_choice": body.get("tool_choice"),
        "usage": answer.usage,
        "seed": body.get("seed"),
        "top_p": _given(body, "top_p", 1.0),
        "temperature": _given(body, "temperature", 1.0),
        "presence_penalty": _given(body, "presence_penalty", 0.0),
        "frequency_penalty": _given(body, "frequency_penalty", 0.0),
        "system_fingerprint": answer.fingerprint,
        "input_user": body.get("user"),
        "service_tier": answer.tier,
        "tools": body.get("tools"),
        "metadata": dict(body.get("metadata") or {}),
        "choices": [{"logprobs": None, **choice} for choice in completion["choices"]],
        "response_format": body.get("response_format"),
    }
    stored = mock.resources.add(PLACE, value)
    for index, message in enumerate(body.get("messages") or ()):
        mock.resources.add(f"{stored.path}/messages", _message(f"{answer.id}-{index}", message))


def _given(body: Mapping[str, Any], name: str, default: float) -> Any:
    return default if body.get(name) is None else body[name]


def _message(id: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """One message of a request as it is shown later: text and images that came in parts stand in `content_parts`."""
    content = message.get("content")
    parts = [part for part in content if part.get("type") in SHOWN] if isinstance(content, list) else None
    rest = {name: part for name, part in message.items() if name not in ("role", "content", "name")}
    return {
        "id": id,
        "role": message.get("role"),
        "content": None if parts is not None else content,
        "name": message.get("name"),
        "content_parts": parts,
        **rest,
    }
