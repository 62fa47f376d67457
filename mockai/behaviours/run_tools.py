"""The tools that a run uses by itself: searching files, running code; and the calls of functions that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ..call import Call
from ..dice import dice, token
from ..resources import Resource
from ..voice import ToolCall
from . import Mock
from .assistants import RANKING
from .run_prompt import CODE
from .tool_resources import inner


def searched(run: Resource, chat: Mapping[str, Any], call: Call, mock: Mock) -> dict[str, Any] | None:
    """The search that a run begins with, as a tool call: a model with files to search looks into them first.

    None where it has none, has not been asked anything, may not search, or has called a tool already.
    """
    wanted = run.value["tool_choice"]
    told = wanted["type"] == "file_search" if isinstance(wanted, dict) else wanted != "none"
    tool = next((tool for tool in run.value["tools"] if tool["type"] == "file_search"), None)
    began = mock.resources.all(f"{run.path}/steps")
    topic = _topic(chat)
    if tool is None or not topic or not told or began:
        return None
    options = tool["file_search"]
    results = [result for store in _stores(run, mock) for result in _found(store, topic, options, call, mock)]
    if not results:
        return None
    results.sort(key=lambda result: -result["score"])
    ranking = options.get("ranking_options") or RANKING["ranking_options"]
    most = options.get("max_num_results") or 20
    return {
        "id": f"call_{token(dice(call.seed, run.id, 'search'), 24)}",
        "type": "file_search",
        "file_search": {
            "ranking_options": {"ranker": RANKING["ranking_options"]["ranker"], **ranking},
            "results": results[:most],
        },
    }


def called(said: ToolCall) -> dict[str, Any]:
    """A call that the model wants, as a step shows it; code has run by then, and printed what it prints."""
    if said.name != CODE["name"]:
        return {
            "id": said.id,
            "type": "function",
            "function": {"name": said.name, "arguments": said.arguments, "output": None},
        }
    code, printed = _program(said.arguments)
    outputs = [{"type": "logs", "logs": printed}] if printed else []
    return {"id": said.id, "type": "code_interpreter", "code_interpreter": {"input": code, "outputs": outputs}}


def citation(search: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The annotation at the end of a text that names the file which a search found first."""
    best = search["file_search"]["results"][0]
    mark = f"【4:0†{best['file_name']}】"
    return {
        "type": "file_citation",
        "text": mark,
        "start_index": len(text),
        "end_index": len(text) + len(mark),
        "file_citation": {"file_id": best["file_id"]},
    }


def _program(arguments: str) -> tuple[str, str]:
    """The code of a call, and what it prints: a stub's `input` and `logs`; the voice's words in a program around them.

    Nothing is run: what a stub does not say is not printed.
    """
    try:
        given = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        given = None
    if isinstance(given, dict) and "input" in given:
        return str(given["input"]), str(given.get("logs") or "")
    return f"print({arguments!r})", f"{arguments}\n"


def _topic(chat: Mapping[str, Any]) -> str:
    users = [message for message in chat["messages"] if message["role"] == "user"]
    content = users[-1]["content"] if users else ""
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part["type"] == "text")


def _stores(run: Resource, mock: Mock) -> Iterator[str]:
    """The vector stores of the assistant and of the thread."""
    for place, id in (("/assistants", run.value["assistant_id"]), ("/threads", run.value["thread_id"])):
        owner = mock.resources.find(place, id)
        resources = (owner.value.get("tool_resources") if owner else None) or {}
        yield from (resources.get("file_search") or {}).get("vector_store_ids") or ()


def _found(store: str, topic: str, options: Mapping[str, Any], call: Call, mock: Mock) -> Iterator[dict[str, Any]]:
    body = {"query": topic, "max_num_results": min(options.get("max_num_results") or 20, 50)}
    reply = inner(call, mock, f"/vector_stores/{store}/search", body)
    least = (options.get("ranking_options") or {}).get("score_threshold") or 0.0
    for each in orjson.loads(reply.content).get("data") or () if reply.status == 200 else ():
        if each["score"] >= least:
            yield {
                "file_id": each["file_id"],
                "file_name": each["filename"],
                "score": each["score"],
                "content": [{"type": "text", "text": part["text"]} for part in each["content"]],
            }
