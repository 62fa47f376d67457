"""A chat request read as a prompt: what is asked, with which tools, in which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from random import Random
from typing import Any

import orjson

from ..call import Call
from ..dice import dice
from ..voice import Prompt, Tool, custom

DELIVERY = {
    *("stream", "stream_options", "n", "max_tokens", "max_completion_tokens", "stop", "logprobs", "top_logprobs"),
    *("modalities", "audio", "moderation", "store", "metadata", "service_tier", "user", "safety_identifier"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
}
"""What says how an answer is delivered, not what it says: the words are the same with and without."""


def asked(body: Mapping[str, Any]) -> Prompt:
    """The request as a voice understands it."""
    messages = [message for message in body.get("messages") or () if isinstance(message, dict)]
    users = [message for message in messages if message.get("role") == "user"]
    wanted = body.get("tool_choice", body.get("function_call")) or "auto"
    offered = [*map(_tool, body.get("tools") or ()), *map(_function, body.get("functions") or ())]
    choice, names = _choice(wanted)
    shape = body.get("response_format") or {}
    return Prompt(
        topic=_text((users or messages or [{}])[-1]),
        tools=[tool for tool in offered if names is None or tool.name in names],
        choice=choice,
        parallel=body.get("parallel_tool_calls") is not False and not body.get("functions"),
        answered=bool(messages) and messages[-1].get("role") in ("tool", "function"),
        done=_called(messages) if choice == "required" else (),
        schema={"json_object": {}, "json_schema": (shape.get("json_schema") or {}).get("schema") or {}}.get(
            shape.get("type", "text")
        ),
        expected=expected(body),
        verbosity=body.get("verbosity"),
    )


def _called(messages: Sequence[Mapping[str, Any]]) -> set[str]:
    """The names of the tools that were called since the user last spoke."""
    since = takewhile(lambda message: message.get("role") != "user", reversed(messages))
    calls = (call for message in since for call in message.get("tool_calls") or () if isinstance(call, dict))
    return {str((call.get("function") or call.get("custom") or {}).get("name")) for call in calls}


def question(body: Mapping[str, Any], order: int = 0) -> bytes:
    """What a request asks, as JSON: all of it that does not say how the answer is to be delivered.

    Its members stand as they came, which is how those of an answer by a schema will stand, or by `order`.
    """
    kept = {key: value for key, value in body.items() if key not in DELIVERY}
    return orjson.dumps(kept, option=order)


def chance(call: Call, body: Mapping[str, Any], index: int) -> Random:
    """The dice of one choice: the same for the same question, in whatever order it comes."""
    return thrown(call.seed, body, index)


def thrown(seed: int, body: Mapping[str, Any], index: int) -> Random:
    """The dice of one choice by the seed of its call."""
    return dice(seed, question(body, orjson.OPT_SORT_KEYS).decode(), index)


def expected(body: Mapping[str, Any]) -> str | None:
    """The text a request predicts for its answer."""
    content = (body.get("prediction") or {}).get("content")
    return "".join(part.get("text") or "" for part in content) if isinstance(content, list) else content


def named(body: Mapping[str, Any]) -> bool:
    """Whether the request forces one tool by its name."""
    wanted = body.get("tool_choice", body.get("function_call"))
    return isinstance(wanted, dict) and wanted.get("type") != "allowed_tools"


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = [part for part in content or () if isinstance(part, dict)]
    return " ".join(str(part.get("text") or "") for part in parts).strip()


def _tool(tool: Mapping[str, Any]) -> Tool:
    if tool.get("type") != "custom":
        return _function(tool.get("function") or {})
    free = tool.get("custom") or {}
    return custom(free.get("name", ""), free.get("description") or "", free.get("format") or {})


def _function(function: Mapping[str, Any]) -> Tool:
    return Tool(function.get("name", ""), function.get("description") or "", function.get("parameters") or {})


def _choice(wanted: Any) -> tuple[str, set[str] | None]:
    """How free the model is, and among which tools by name (None for all of them)."""
    if not isinstance(wanted, dict):
        return str(wanted), None
    if wanted.get("type") == "allowed_tools":
        allowed = wanted.get("allowed_tools") or {}
        tools = [tool.get(tool.get("type", "function")) or tool for tool in allowed.get("tools") or ()]
        return allowed.get("mode", "auto"), {str(tool.get("name")) for tool in tools}
    return "required", {str((wanted.get(wanted.get("type", "function")) or wanted).get("name"))}
