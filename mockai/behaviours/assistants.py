"""Assistants: a model with its instructions and tools, and what the requests of this family have in common.

The fields of an assistant, their order and their values where nobody gave one are those of recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from .. import catalogue, kinds
from ..call import Call
from ..collection import collection
from ..errors import BadRequest
from ..expected import got
from ..http import Reply
from . import Mock, behaviour
from .tool_resources import provided

RANKING = {"ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.0}}
"""How a file search ranks where nobody said."""


DEFAULTS: Mapping[str, Any] = {
    "name": None,
    "description": None,
    "model": "gpt-4o",
    "instructions": None,
    "tools": [],
    "top_p": 1.0,
    "temperature": 1.0,
    "reasoning_effort": None,
    "tool_resources": {},
    "metadata": {},
    "response_format": "auto",
}
"""What an assistant has where nobody gave it anything, or gave null."""


@behaviour("beta.assistants.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new assistant."""
    assert call.operation is not None
    given = told(call)
    value = {
        "id": collection(call.operation).id(kinds.chance(call, mock)),
        "object": "assistant",
        "created_at": int(mock.clock.now()),
        **deepcopy(DEFAULTS),
        "reasoning_effort": catalogue.like(given["model"]).effort,
        **_settings(call, mock, given),
    }
    if any(tool["type"] == "code_interpreter" for tool in value["tools"]):
        value["tool_resources"] = {"code_interpreter": {"file_ids": []}, **value["tool_resources"]}
    return kinds.shown(call, mock, mock.resources.add("/assistants", value))


@behaviour("beta.assistants.update")
def update(call: Call, mock: Mock) -> Reply:
    """An assistant with other settings; runs that exist keep theirs."""
    given = told(call)
    assistant = kinds.found(call, mock)
    assistant.value.update(_settings(call, mock, given))
    return kinds.shown(call, mock, assistant)


def told(call: Call) -> dict[str, Any]:
    """What the body of a call says, leaving out what is null; null for metadata is none.

    Raises BadRequest for metadata that is not text: the second version of the API refuses it, the first took it and
    wrote it as Python does (`True`).
    """
    body = kinds.fields(call)
    given = {name: part for name, part in body.items() if part is not None}
    if "metadata" not in body:
        return given
    metadata = body["metadata"] or {}
    for name, text in metadata.items():
        if not isinstance(text, str) and not first_version(call):
            words = f"Invalid type for 'metadata.{name}': expected a string, but got {got(text)} instead."
            raise BadRequest(words, param=f"metadata.{name}", code="invalid_type")
    return given | {"metadata": {name: str(text) for name, text in metadata.items()}}


def first_version(call: Call) -> bool:
    """Whether a client asks for the Assistants API as it was until April 2024, which refused less."""
    return "assistants=v1" in (call.request.header("openai-beta") or "")


def offered(tools: Any) -> list[dict[str, Any]]:
    """Tools as the API shows them: with how a search ranks, and whether a function's arguments are strict."""
    return [_tool(tool) for tool in tools]


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool["type"] == "file_search":
        return {"type": "file_search", "file_search": {**RANKING, **(tool.get("file_search") or {})}}
    if tool["type"] == "function":
        return {"type": "function", "function": {**tool["function"], "strict": tool["function"].get("strict") or False}}
    return dict(tool)


def _settings(call: Call, mock: Mock, given: Mapping[str, Any]) -> dict[str, Any]:
    nulls = (name for name, part in kinds.fields(call).items() if part is None and name in DEFAULTS)
    settings: dict[str, Any] = {**{name: deepcopy(DEFAULTS[name]) for name in nulls}, **given}
    if "tools" in given:
        settings["tools"] = offered(given["tools"])
    if "tool_resources" in given:
        settings["tool_resources"] = provided(given["tool_resources"], call, mock)
    for name in ("temperature", "top_p"):
        if name in given:
            settings[name] = float(given[name])
    return settings
