"""A chat completion as a stream of chunks.

Each choice begins with its role and ends with an empty delta and its finish reason; the words come a token at a time,
the arguments of tool calls after a chunk that names the tool. Usage has a chunk of its own when it is asked for.
Streams of sound, as recorded, end with the time it expires at, without a finish reason or usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from random import Random
from typing import Any

import orjson

from .. import sse, tokens
from ..call import Call
from ..dice import dice, token
from ..http import Reply
from .chat_audio import deltas
from .chat_parts import Answer, Choice, call_of
from .logprobs import logprobs

_BLOCK = 16
"""Obfuscated chunks are one byte longer than a multiple of this: padding hides how long a token is."""


@dataclass(frozen=True, slots=True)
class _Delta:
    """What one chunk adds to one choice; `heard` are the tokens it has log probabilities of."""

    value: dict[str, Any]
    heard: tuple[bytes, ...] | None = None
    refused: bool = False


def stream(call: Call, answer: Answer) -> Reply:
    """The answer as server-sent events, all of them due at once."""
    options: Mapping[str, Any] = call.body.get("stream_options") or {}
    events: Iterable[dict[str, Any]] = chunks(answer, bool(options.get("include_usage")))
    if answer.azure:
        from .chat_azure import filtered_chunks

        events = filtered_chunks(events)
    if options.get("include_obfuscation") is not False:
        rng = dice("obfuscation", call.seed, call.number)
        events = (padded(event, rng) for event in events)
    return Reply(200, (("content-type", "text/event-stream; charset=utf-8"),), sse.timeline(events))


def chunks(answer: Answer, usage: bool) -> Iterator[dict[str, Any]]:
    """The chunks of an answer in order; those of several choices take turns."""
    head = {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
        "service_tier": answer.tier,
        "system_fingerprint": answer.fingerprint,
    }
    if answer.tier is None:
        del head["service_tier"]
    none = {"usage": None} if usage else {}
    turns = zip_longest(*(_turns(answer, choice) for choice in answer.choices))
    for choice, last in filter(None, chain.from_iterable(turns)):
        early = not last and len(answer.choices[choice["index"]].said.tool_calls) > 1
        yield head | (none if early else {}) | {"choices": [choice]} | none
    if usage and not any(choice.audio for choice in answer.choices):
        yield head | {"choices": [], "usage": answer.usage}
    if answer.moderation:
        yield head | {"choices": [], "moderation": answer.moderation} | none


def padded(event: dict[str, Any], rng: Random) -> dict[str, Any]:
    """`event` with random letters that make its JSON a whole number of blocks; Azure's first chunk has none."""
    if not event.get("id"):
        return event
    bare = len(orjson.dumps(event | {"obfuscation": ""}))
    return event | {"obfuscation": token(rng, (1 - bare) % _BLOCK)}


def _turns(answer: Answer, choice: Choice) -> Iterator[tuple[dict[str, Any], bool]]:
    """The chunks' `choices` entries of one choice, and whether each is its last."""
    place = 0
    for delta in _deltas(answer, choice):
        heard = None
        if choice.logprobs and delta.heard is not None:
            found = logprobs(delta.heard, choice.top, place)
            place += len(delta.heard)
            heard = {"content": None, "refusal": found} if delta.refused else {"content": found, "refusal": None}
        yield _entry(answer, choice, delta.value, heard, None), False
    if choice.sources:
        yield _entry(answer, choice, {"annotations": list(choice.sources)}, None, None), False
    if not choice.audio:
        yield _entry(answer, choice, {}, None, choice.finish), True


def _entry(answer: Answer, choice: Choice, delta: dict[str, Any], heard: Any, finish: str | None) -> dict[str, Any]:
    value: dict[str, Any] = {"index": choice.index, "delta": delta}
    if choice.logprobs or not answer.bare:
        value["logprobs"] = heard
    return value | {"finish_reason": finish}


def _deltas(answer: Answer, choice: Choice) -> Iterator[_Delta]:
    said = choice.said
    if said.refusal is not None:
        yield _Delta({"role": "assistant", "content": None, "refusal": ""}, (), True)
        for piece in tokens.pieces(said.refusal, answer.model):
            yield _Delta({"refusal": b"".join(piece).decode()}, piece, True)
        return
    if choice.audio:
        yield from map(_Delta, deltas(choice.audio, answer.model))
        return
    words = choice.text
    if words is not None:
        yield _Delta({"role": "assistant", "content": "", "refusal": None}, ())
        for piece in _pieces(answer, choice, words):
            yield _Delta({"content": b"".join(piece).decode()}, piece)
    yield from map(_Delta, _calls(answer, choice, opened=words is not None))


def _pieces(answer: Answer, choice: Choice, words: str) -> Iterable[tuple[bytes, ...]]:
    if choice.said.pieces is None:
        return tokens.pieces(words, answer.model)
    return (tuple(tokens.cut(piece, answer.model)) for piece in choice.said.pieces)


def _calls(answer: Answer, choice: Choice, opened: bool) -> Iterator[dict[str, Any]]:
    """The deltas of the tool calls. A single call shares the chunk of the role; several come after one of its own."""
    calls = choice.said.tool_calls
    role = {"role": "assistant", "content": None}
    if choice.legacy:
        yield role | {"function_call": {"name": calls[0].name, "arguments": ""}, "refusal": None}
        for piece in tokens.split(calls[0].arguments, answer.model):
            yield {"function_call": {"arguments": piece}}
        return
    if len(calls) > 1 and not opened:
        yield role
    for index, call in enumerate(calls):
        start = {"tool_calls": [{"index": index, **call_of(answer, call, "")}]}
        yield start if opened or len(calls) > 1 else role | start | {"refusal": None}
        kind, field = ("custom", "input") if call.name in answer.custom else ("function", "arguments")
        for piece in tokens.split(call.arguments, answer.model):
            yield {"tool_calls": [{"index": index, kind: {field: piece}}]}
