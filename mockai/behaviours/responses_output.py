"""What a model says, as the items of a response's output, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import orjson

from .. import catalogue, tokens
from ..dice import token
from ..voice import ToolCall, Utterance, subject
from . import Mock
from .chat_tokens import wrapping
from .logprobs import logprobs
from .responses_asking import Asking
from .responses_finding import Finding, finding, found, searched
from .responses_hosted import HOSTED, tool_of
from .responses_input import opaque
from .responses_mcp import approved, listings
from .responses_names import item_id
from .responses_program import programmed, returned
from .responses_use import Made, Use

FRAME = 4
"""Tokens that open and close what a reasoning model says, fitted to recorded answers; 1 for any other model."""

MORE_CALLS = 2
"""Tokens that several calls cost beyond what they cost in a chat completion."""

SUMMARY = "**Thinking it over**\n\nThe question is about {about}."


def output(said: Utterance, wanted: Asking, topic: str, rng: Random, mock: Mock) -> list[dict[str, Any]]:
    """The items that say `said` in the API's order: lists of tools that were not listed before, what earlier turns
    left to be done, thoughts, the tools that OpenAI knows, words, calls for the client.
    """
    body, model, stem = wanted.body, wanted.model, wanted.stem
    tools, known = body.get("tools") or (), wanted.items
    left = [*listings(tools, known), *approved(wanted.own, known, topic), *returned(wanted.own, known)]
    thoughts = [_reasoning(said, body, topic, rng)] if _thinks(said, body, model) else []
    uses, asked = _split(said, wanted)
    seen = any(_screen(item) for item in wanted.own)
    about = partial(
        Use,
        topic=topic,
        include=frozenset(body.get("include") or ()),
        rng=rng,
        mock=mock,
        model=model,
        said=said.text or "",
        seen=seen,
        items=known,
    )
    made = [_made(call, about(tool_of(call.name, tools, topic))) for call in uses]
    searched_for = finding(tools, known)
    hidden = [call.name for call in asked if call.name in searched_for.hidden]
    made.append(Made(tuple(searched(searched_for, hidden, topic, rng, mock.speaker.values))))
    calls = [
        _call(call, wanted, searched_for, rng)
        for call in asked
        if not (searched_for.client and call.name in searched_for.hidden)
    ]
    program = programmed(calls, tools, _offered(wanted), rng)
    waiting = calls or hidden or not all(_answers(call, tools, topic) for call in uses)
    silent = said.finish == "length" and not said.text and not calls
    words = said.text is not None or said.refusal is not None or not waiting
    notes = [note for each in made for note in each.notes]
    message = [_message(said, body, model, notes, bool(calls))] if words and not silent else []
    done = [item for each in made for item in each.items]
    items = [
        {"id": item_id(item["type"], stem, rng), **item}
        for item in (*left, *thoughts, *done, *message, *([program] if program else ()), *calls)
    ]
    if said.finish == "length" and items and "status" in items[-1]:
        items[-1]["status"] = "incomplete"
    return items


def goes_on(said: Utterance, wanted: Asking, topic: str) -> bool:
    """Whether the model has yet to find words, after tools that need nobody else."""
    uses, asked = _split(said, wanted)
    done = all(_answers(call, wanted.body.get("tools") or (), topic) for call in uses)
    return bool(uses) and done and not asked and said.text is None and said.refusal is None


def _split(said: Utterance, wanted: Asking) -> tuple[list[ToolCall], list[ToolCall]]:
    """The tool calls of an utterance: those of tools that the API knows, and those of tools that the client has."""
    names = {str(tool.get("name")) for tool in _offered(wanted)}
    uses = [call for call in said.tool_calls if call.name not in names and call.name in HOSTED]
    return uses, [call for call in said.tool_calls if call not in uses]


def _answers(call: ToolCall, tools: Sequence[Any], topic: str) -> bool:
    return HOSTED[call.name].answers(tool_of(call.name, tools, topic))


def _made(call: ToolCall, use: Use) -> Made:
    """What a use puts out; a script may say what stands in its item."""
    made = HOSTED[call.name].made(use)
    given = _object(call.arguments)
    first = {name: given.get(name, part) for name, part in made.items[0].items() if name != "type"}
    return replace(made, items=({"type": made.items[0]["type"], **first}, *made.items[1:]))


def _object(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _screen(item: Mapping[str, Any]) -> bool:
    """Whether an item of the client's shows a picture."""
    content = item.get("content")
    return isinstance(content, list) and any(part.get("type") == "input_image" for part in content)


def spent(said: Utterance, model: str) -> int:
    """The `output_tokens` of an utterance: thoughts, frame and words."""
    calls = [text for call in said.tool_calls for text in (call.name, call.arguments)]
    words = [said.text or said.refusal or "", *calls]
    thinking = said.reasoning or 0
    if thinking and not any(words):
        return thinking
    frame = (FRAME if catalogue.like(model).reasoning else 1) + wrapping(len(said.tool_calls))
    frame += MORE_CALLS if len(said.tool_calls) > 1 else 0
    return thinking + frame + sum(tokens.count(text, model) for text in words if text)


def _thinks(said: Utterance, body: Mapping[str, Any], model: str) -> bool:
    """Whether there is an item of thoughts: where they were scripted; from the first reasoning models, always; from
    those that may do without thinking, where they have thought.
    """
    family = catalogue.like(model)
    effort = (body.get("reasoning") or {}).get("effort") or family.effort
    if said.thoughts is not None:
        return True
    return family.reasoning and (bool(said.reasoning) or ("none" not in family.efforts and effort != "minimal"))


def _reasoning(said: Utterance, body: Mapping[str, Any], topic: str, rng: Random) -> dict[str, Any]:
    """Thoughts: sealed whether or not that was asked for, as in the answers of summer 2026; in short where it was, or
    where they were scripted.
    """
    item: dict[str, Any] = {"type": "reasoning", "content": []}
    item["encrypted_content"] = opaque(rng, said.reasoning or 0)
    wanted = body.get("reasoning") or {}
    shown = said.thoughts or ((wanted.get("summary") or wanted.get("generate_summary")) and said.reasoning)
    text = said.thoughts or SUMMARY.format(about=subject(topic))
    return {**item, "summary": [{"type": "summary_text", "text": text}] if shown else []}


def _message(
    said: Utterance, body: Mapping[str, Any], model: str, notes: Sequence[dict[str, Any]], going_on: bool
) -> dict[str, Any]:
    if said.refusal is not None:
        part: dict[str, Any] = {"type": "refusal", "refusal": said.refusal}
    else:
        text, heard = said.text or "", []
        if "message.output_text.logprobs" in (body.get("include") or ()) or body.get("top_logprobs"):
            heard = logprobs(tokens.cut(text, model), body.get("top_logprobs") or 0)
        part = {"type": "output_text", "annotations": list(notes), "logprobs": heard, "text": text}
    item: dict[str, Any] = {"type": "message", "status": "completed", "content": [part]}
    if "phases" in catalogue.like(model).features:
        item["phase"] = "commentary" if going_on else "final_answer"
    return {**item, "role": "assistant"}


def _call(call: ToolCall, wanted: Asking, searched_for: Finding, rng: Random) -> dict[str, Any]:
    custom = any(tool.get("type") == "custom" and tool.get("name") == call.name for tool in _offered(wanted))
    kind, field = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
    item = {"type": kind, "status": "completed", field: call.arguments}
    item |= {"call_id": call.id or f"call_{token(rng, 24)}", "name": call.name}
    inside = (each["name"] for each in wanted.body.get("tools") or () if call.name in _inside(each))
    space = next(inside, searched_for.homes.get(call.name))
    return item | ({"namespace": space} if space else {})


def _offered(wanted: Asking) -> list[Mapping[str, Any]]:
    """The tools of a request, with those inside of namespaces and those that were found."""
    tools = [tool for tool in wanted.body.get("tools") or () if isinstance(tool, dict)]
    flat = [each for tool in tools for each in ((tool.get("tools") or ()) if _space(tool) else (tool,))]
    return [*flat, *found(wanted.items)]


def _space(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "namespace"


def _inside(tool: Mapping[str, Any]) -> set[str]:
    return {str(each.get("name")) for each in tool.get("tools") or ()} if _space(tool) else set()
