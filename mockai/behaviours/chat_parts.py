"""An answer settled: what a chat completion holds, before it becomes one body or a stream."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..dice import HEX, between, dice, mark, stamp, token
from ..value import value
from ..voice import ToolCall, Utterance, thought
from . import Mock
from .chat_audio import Audio, spoken
from .chat_cache import reused
from .chat_prompt import asked, named, question
from .chat_sources import citations
from .chat_tokens import prompt_of, usage

TIERS: Mapping[str | None, str] = {None: "default", "auto": "default", "fast": "priority"}
"""The tiers that answers have another name for, or that nobody has asked for (measured in August 2026)."""


@value(frozen=True, slots=True)
class Choice:
    """One choice of an answer: an utterance whose calls have ids and whose finish reason is known.

    `audio` is its text as sound, where it is spoken; `sources` are the annotations of its text.
    """

    index: int
    said: Utterance
    finish: str
    logprobs: bool = False
    legacy: bool = False
    top: int = 0
    audio: Audio | None = None
    sources: tuple[dict[str, Any], ...] = ()

    @property
    def text(self) -> str | None:
        """The `content` of the message: null beside a tool call without words, a refusal or sound."""
        if self.audio:
            return None
        return self.said.text if self.said.text is not None or self.said.tool_calls or self.said.refusal else ""


@value(frozen=True, slots=True)
class Answer:
    """An answer settled: what all its chunks, or its one body, have in common."""

    id: str
    created: int
    model: str
    family: catalogue.Family
    tier: str | None
    fingerprint: str | None
    choices: tuple[Choice, ...]
    usage: dict[str, Any]
    custom: frozenset[str]
    azure: bool
    moderation: dict[str, Any] | None = None

    @property
    def bare(self) -> bool:
        """Whether choices without log probabilities lack the key altogether, as those of reasoning models do."""
        return not self.azure and (self.family.reasoning or "logprobs" not in self.family.features)


def settle(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Answer:
    """Everything an answer to `call` holds, before it is put into one body or into a stream."""
    body: Mapping[str, Any] = call.body
    asked_for = named_model(call)
    model, family = catalogue.answers_as(asked_for), catalogue.like(asked_for)
    choices: list[Choice] = []
    for index, said in enumerate(utterances):
        if said.reasoning is None and family.reasoning:
            said = replace(said, reasoning=_thinking(call, asked_for, index))
        if said.tool_calls:
            said = replace(said, tool_calls=_identified(call, index, said.tool_calls))
        choice = _choose(index, said, body, family)
        if said.text and not said.tool_calls and "audio" in (body.get("modalities") or ()):
            id = "audio_" + mark("audio", call.seed, call.number, index).hex()
            choice = replace(choice, audio=spoken(id, said.text, body, mock.clock.now()))
        if said.text and "search" in family.features:
            choice = replace(choice, sources=tuple(citations(said.text)))
        choices.append(choice)
    sound = sum([choice.audio.tokens for choice in choices if choice.audio])
    cost = usage(body, [choice.said for choice in choices], asked_for, sound, prompt_of(call, asked_for))
    return Answer(
        id="chatcmpl-" + (_uuid(call) if family.fingerprint == "empty" else stamp(29, call.seed, call.number)),
        created=int(mock.clock.now()),
        model=model,
        family=family,
        tier=None if family.fingerprint == "empty" else _tier(body.get("service_tier")),
        fingerprint=_fingerprint(family.fingerprint, model),
        choices=tuple(choices),
        usage=reused(body, cost, asked_for, mock),
        custom=frozenset(_custom(body)) if body.get("tools") else frozenset(),
        azure=call.azure,
        moderation=_moderation(body, choices),
    )


def named_model(call: Call) -> str:
    """The model a request means: on Azure the deployment's, where its name is a model's, whatever the body says."""
    written = str(call.body.get("model") or "") if isinstance(call.body, dict) else ""
    deployed = call.deployment
    return deployed if deployed and (catalogue.find(deployed) or not written) else written


def _thinking(call: Call, model: str, index: int) -> int:
    """How many tokens are thought before words that a user has scripted: as many before each answer to a question."""
    same = question(call.body, orjson.OPT_SORT_KEYS).decode()
    return thought(
        model, call.body.get("reasoning_effort"), lambda low, high: between(low, high, call.seed, same, index)
    )


def _choose(index: int, said: Utterance, body: Mapping[str, Any], family: catalogue.Family) -> Choice:
    legacy = bool(said.tool_calls) and "functions" in body and "tools" not in body
    if said.finish:
        finish = said.finish
    elif not said.tool_calls or (named(body) and not family.reasoning):
        finish = "stop"  # a call the request has forced by name is not the model's own decision
    else:
        finish = "function_call" if legacy else "tool_calls"
    return Choice(index, said, finish, bool(body.get("logprobs")), legacy, int(body.get("top_logprobs") or 0))


def _moderation(body: Mapping[str, Any], choices: Sequence[Choice]) -> dict[str, Any] | None:
    if not body.get("moderation"):
        return None
    from .chat_moderation import moderated

    return moderated(body["moderation"], asked(body).topic, [choice.said.text or "" for choice in choices])


def _uuid(call: Call) -> str:
    return str(uuid.UUID(bytes=mark(call.seed, call.number), version=4))


def _identified(call: Call, index: int, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """The tool calls of a choice, each with an id."""
    made = (f"call_{stamp(24, call.seed, call.number, index, place)}" for place in range(len(calls)))
    return tuple(one if one.id else replace(one, id=id) for one, id in zip(calls, made, strict=True))


def _tier(wanted: Any) -> str:
    return TIERS.get(wanted, str(wanted))


@lru_cache(256)
def _fingerprint(kind: str, model: str) -> str | None:
    return {"value": f"fp_{token(dice('fingerprint', model), 10, HEX)}", "empty": ""}.get(kind)


def _custom(body: Mapping[str, Any]) -> Iterator[str]:
    for tool in body.get("tools") or ():
        if isinstance(tool, dict) and tool.get("type") == "custom":
            yield str((tool.get("custom") or {}).get("name"))


def call_of(answer: Answer, call: ToolCall, arguments: str) -> dict[str, Any]:
    """A tool call as it stands in a message, holding `arguments`."""
    if call.name in answer.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": arguments}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
