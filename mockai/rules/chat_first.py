"""Chat completions: what is told in words that no schema has, first, in between, and last.

Reported and measured from 2025 to September 2026; an older gateway stands before the models that do not reason.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import ApiError, BadRequest
from ..expected import Resolver
from ..operations import operation
from . import retell, rule
from .chat_models import no_effort

ID = "chat.completions.create"
first = rule(ID, "first")

CONTENT = re.compile(r"messages\[(\d+)\]\.content")
PART = re.compile(r"messages\[(\d+)\]\.content\[(\d+)\]\.\w+")
SPEAKERS = ("system", "user", "assistant", "tool")
INSTEAD = ("tool_calls", "function_call", "refusal", "audio")
"""What an assistant may have said where it wrote nothing."""


@first
def arguments(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that there are not, as the gateway of models that do not reason calls them."""
    model = catalogue.find(str(body["model"]))
    if model is None or model.reasoning:
        return
    unknown = [name for name in body if name not in _known()]
    if unknown:
        noun = "argument" if len(unknown) == 1 else "arguments"
        raise BadRequest(f"Unrecognized request {noun} supplied: {', '.join(unknown)}")


@cache
def _known() -> frozenset[str]:
    from ..registry import registry

    schema = registry().schema(str(operation(ID).body))
    plain: Any = Resolver(schema).plain(schema)
    return frozenset(plain["properties"])


@retell(ID)
def in_its_own_words(_call: Call, body: dict[str, Any], error: ApiError) -> ApiError | None:
    """What the chats' gateway says otherwise than the schema, and at the end (measured of gpt-5.6)."""
    param, code = str(error.error["param"]), error.error["code"]
    model = catalogue.find(str(body.get("model")))
    if param == "reasoning_effort" and model is not None:
        return no_effort(model, body[param])
    if param == "prompt_cache_retention" and code == "invalid_value":
        return BadRequest("Invalid prompt_cache_retention argument", param=param)
    if param == "tool_choice.type" and "function" not in body["tool_choice"]:
        words = "Missing required parameter: 'tool_choice.function'."
        return BadRequest(words, param="tool_choice.function", code="missing_required_parameter")
    part = PART.fullmatch(param)
    if part:
        index, shown = int(part[1]), body["messages"][int(part[1])]["content"][int(part[2])]
        return _not_shown(index, shown, body, error) if shown.get("type") == "image_url" else error
    unsaid = CONTENT.fullmatch(param)
    return None if unsaid and _says_nothing(body["messages"][int(unsaid[1])]) else error


def _not_shown(index: int, shown: dict[str, Any], body: dict[str, Any], error: ApiError) -> ApiError | None:
    """Only users show pictures (reported since 2024); from gpt-5.2 on, tools may (reported in February 2026)."""
    role = body["messages"][index].get("role")
    if role == "user":
        return error
    if role == "tool" and "day" in catalogue.like(str(body.get("model"))).features:
        picture = shown.get("image_url")
        return None if isinstance(picture, dict) and isinstance(picture.get("url"), str) else error
    words = f"Invalid 'messages[{index}]'. Image URLs are only allowed for messages with role 'user', but this message"
    words += f" with role '{role}' contains an image URL."
    return BadRequest(words, param=f"messages[{index}]", code="invalid_value")


@rule(ID, "last")
def something_said(_call: Call, body: dict[str, Any]) -> None:
    """Nobody says nothing at all, but an assistant that called a tool or refused; developers are the schema's."""
    for index, message in enumerate(body["messages"]):
        if _says_nothing(message):
            words = "Invalid value for 'content': expected a string, got null."
            raise BadRequest(words, param=f"messages.[{index}].content")


def _says_nothing(message: dict[str, Any]) -> bool:
    if message.get("content") is not None or message.get("role") not in SPEAKERS:
        return False
    return message["role"] != "assistant" or all(message.get(name) is None for name in INSTEAD)
