"""A run read as a chat: what its thread and its steps so far would be as the body of a chat completion.

So the words, the choice of tools and the count of tokens are those that the same conversation has there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson

from ..resources import Resource
from . import Mock
from .chat_tokens import prompt_tokens
from .run_steps import tools

CODE = {
    "name": "code_interpreter",
    "description": "Write and run Python code to calculate or compute a result, to analyze data, to draw a plot.",
}
"""The code interpreter as a tool of a chat, one that takes a text."""


def chat(run: Resource, mock: Mock) -> dict[str, Any] | None:
    """The body of the chat; None where the prompt may not be as long as its last message."""
    value = run.value
    told = [value["instructions"], *_looked_up(run, mock)]
    system = [{"role": "system", "content": text} for text in told if text]
    thread = run.place.removesuffix("/runs")
    said = [_message(each.value) for each in mock.resources.all(f"{thread}/messages")]
    last = value["truncation_strategy"].get("last_messages")
    said = said[-last:] if last else said
    done = list(_done(run, mock))
    body = {
        "model": value["model"],
        "tools": [function for tool in value["tools"] if (function := _function(tool))],
        "tool_choice": "auto" if done else _choice(value["tool_choice"]),
        "parallel_tool_calls": value["parallel_tool_calls"],
        "response_format": value["response_format"] if isinstance(value["response_format"], dict) else None,
        "reasoning_effort": value.get("reasoning_effort"),
    }
    while True:
        whole = {**body, "messages": [*system, *said, *done]}
        limit = value["max_prompt_tokens"]
        if limit is None or prompt_tokens(whole, value["model"]) <= limit:
            return whole
        if len(said) < 2:
            return None
        said = said[1:]


def _message(value: Mapping[str, Any]) -> dict[str, Any]:
    parts = [_part(part) for part in value["content"]]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return {"role": value["role"], "content": "\n".join(texts) if len(texts) == len(parts) else parts}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]["value"]}
    if part["type"] == "refusal":
        return {"type": "text", "text": part["refusal"]}
    return {"type": "image_url", "image_url": part[part["type"]]}


def _calls(run: Resource, mock: Mock) -> Iterator[Sequence[dict[str, Any]]]:
    """The calls of each step of the run."""
    return (tools(step.value["step_details"]) for step in mock.resources.all(f"{run.path}/steps"))


def _looked_up(run: Resource, mock: Mock) -> Iterator[str]:
    """What a search has found: known before the model speaks, and no answer to a call of its own."""
    for call in chain.from_iterable(_calls(run, mock)):
        if call["type"] == "file_search":
            yield orjson.dumps(call["file_search"]["results"]).decode()


def _done(run: Resource, mock: Mock) -> Iterator[dict[str, Any]]:
    """What the model has called in earlier steps, and what came of it."""
    for step in _calls(run, mock):
        calls = [call for call in step if call["type"] != "file_search"]
        if calls:
            yield {"role": "assistant", "content": None, "tool_calls": [_called(call) for call in calls]}
            for call in calls:
                yield {"role": "tool", "tool_call_id": call["id"], "content": _came_of_it(call)}


def _called(call: Mapping[str, Any]) -> dict[str, Any]:
    name, arguments = call["type"], call.get("code_interpreter", {}).get("input")
    if name == "function":
        name, arguments = call["function"]["name"], call["function"]["arguments"]
    return {"id": call["id"], "type": "function", "function": {"name": name, "arguments": arguments}}


def _came_of_it(call: Mapping[str, Any]) -> str:
    if call["type"] == "function":
        return str(call["function"]["output"] or "")
    return "".join(output["logs"] for output in call["code_interpreter"]["outputs"])


def _function(tool: Mapping[str, Any]) -> dict[str, Any] | None:
    if tool["type"] == "function":
        return dict(tool)
    return {"type": "custom", "custom": CODE} if tool["type"] == "code_interpreter" else None


def _choice(wanted: Any) -> Any:
    """The choice of a tool as a chat has it; a search has been made by then."""
    if isinstance(wanted, dict) and wanted["type"] == "code_interpreter":
        return {"type": "function", "function": {"name": CODE["name"]}}
    return "auto" if isinstance(wanted, dict) and wanted["type"] == "file_search" else wanted
