"""What a model says, as the items of a response's output, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from .. import catalogue, tokens
from ..dice import token
from ..voice import ToolCall, Utterance, subject
from . import Mock
from .chat_tokens import wrapping
from .logprobs import logprobs
from .responses_asking import Asking
from .responses_hosted import HOSTED, LISTING, Use, listings, tool_of
from .responses_input import opaque
from .responses_names import item_id

PHASED = frozenset(("gpt-5.4", "gpt-5.5", "gpt-5.6"))
"""Families whose messages say whether they are the final answer or a commentary on the way to it."""

FRAME = 4
"""Tokens that open and close what a reasoning model says, fitted to recorded answers; 1 for any other model."""

MORE_CALLS = 2
"""Tokens that several calls cost beyond what they cost in a chat completion."""

SUMMARY = "**Thinking it over**\n\nThe question is about {about}."


def output(said: Utterance, wanted: Asking, topic: str, rng: Random, mock: Mock) -> list[dict[str, Any]]:
    """The items that say `said` in the API's order: lists of tools that were not listed before, thoughts, the tools
    that OpenAI runs, words, calls for the client.
    """
    body, model, stem = wanted.body, wanted.model, wanted.stem
    include, tools = frozenset(body.get("include") or ()), body.get("tools") or ()
    items = [{"id": item_id(LISTING, stem, rng), "type": LISTING, **known} for known in listings(tools, wanted.items)]
    items += [_reasoning(said, body, topic, stem, rng)] if _thinks(said, body, model) else []
    notes: list[dict[str, Any]] = []
    waiting = False
    calls: list[dict[str, Any]] = []
    names = {str(tool.get("name")) for tool in _flat(tools)}
    for call in said.tool_calls:
        hosted = None if call.name in names else HOSTED.get(call.name)
        if hosted is None:
            calls.append(_call(call, tools, stem, rng))
            continue
        known, cited = hosted.fields(Use(tool_of(call.name, tools), topic, include, rng, mock))
        items.append({"id": item_id(hosted.item, stem, rng), "type": hosted.item, "status": "completed", **known})
        notes += cited
        waiting = waiting or not hosted.answers
    cut = said.finish == "length"
    silent = cut and not said.text and not calls
    words = said.text is not None or said.refusal is not None or not (calls or waiting)
    if words and not silent:
        items.append(_message(said, body, model, notes, bool(calls), stem, rng))
    items += calls
    if cut and items and "status" in items[-1]:
        items[-1]["status"] = "incomplete"
    return items


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
    """Whether there is an item of thoughts: from the first reasoning models, always; from those that may do without
    thinking, where they have thought.
    """
    family = catalogue.like(model)
    effort = (body.get("reasoning") or {}).get("effort") or family.effort
    return family.reasoning and (bool(said.reasoning) or ("none" not in family.efforts and effort != "minimal"))


def _reasoning(said: Utterance, body: Mapping[str, Any], topic: str, stem: str, rng: Random) -> dict[str, Any]:
    """Thoughts: sealed whether or not that was asked for, as in the answers of summer 2026; in short where it was."""
    item: dict[str, Any] = {"id": item_id("reasoning", stem, rng), "type": "reasoning", "content": []}
    item["encrypted_content"] = opaque(rng, said.reasoning or 0)
    wanted = body.get("reasoning") or {}
    shown = (wanted.get("summary") or wanted.get("generate_summary")) and said.reasoning
    text = SUMMARY.format(about=subject(topic))
    return {**item, "summary": [{"type": "summary_text", "text": text}] if shown else []}


def _message(
    said: Utterance,
    body: Mapping[str, Any],
    model: str,
    notes: Sequence[dict[str, Any]],
    going_on: bool,
    stem: str,
    rng: Random,
) -> dict[str, Any]:
    if said.refusal is not None:
        part: dict[str, Any] = {"type": "refusal", "refusal": said.refusal}
    else:
        text, heard = said.text or "", []
        if "message.output_text.logprobs" in (body.get("include") or ()) or body.get("top_logprobs"):
            heard = logprobs(tokens.cut(text, model), body.get("top_logprobs") or 0)
        annotations = [{**note, "index": len(text)} if "index" in note else note for note in notes]
        part = {"type": "output_text", "annotations": annotations, "logprobs": heard, "text": text}
    item = {"id": item_id("message", stem, rng), "type": "message", "status": "completed", "content": [part]}
    if catalogue.like(model).name in PHASED:
        item["phase"] = "commentary" if going_on else "final_answer"
    return {**item, "role": "assistant"}


def _call(call: ToolCall, tools: Sequence[Any], stem: str, rng: Random) -> dict[str, Any]:
    custom = any(tool.get("type") == "custom" and tool.get("name") == call.name for tool in _flat(tools))
    kind, field = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
    item = {"id": item_id(kind, stem, rng), "type": kind, "status": "completed", field: call.arguments}
    item |= {"call_id": call.id or f"call_{token(rng, 24)}", "name": call.name}
    space = next((each["name"] for each in tools if isinstance(each, dict) and call.name in _inside(each)), None)
    return item | ({"namespace": space} if space else {})


def _flat(tools: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The tools of a request, with those inside of namespaces."""
    found = [tool for tool in tools if isinstance(tool, dict)]
    return [each for tool in found for each in ((tool.get("tools") or ()) if _space(tool) else (tool,))]


def _space(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "namespace"


def _inside(tool: Mapping[str, Any]) -> set[str]:
    return {str(each.get("name")) for each in tool.get("tools") or ()} if _space(tool) else set()
