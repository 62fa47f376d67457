"""What a request's `stop` and its limit of tokens leave of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from .. import tokens
from ..voice import ToolCall, Utterance
from .chat_tokens import framing, spent


def within(said: Utterance, body: Mapping[str, Any], model: str) -> Utterance:
    """What is left of an utterance under the request's `stop` and its limit of tokens.

    A reasoning model's thoughts count against the limit; one that has not finished thinking says nothing at all.
    """
    text, stops = said.text, body.get("stop")
    if text and stops:
        ends = [text.find(stop) for stop in ([stops] if isinstance(stops, str) else stops) if stop and stop in text]
        said = replace(said, text=text[: min(ends, default=None)])
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if not limit or spent(said, model) <= limit:
        return said
    thinking = said.reasoning or 0
    if thinking and thinking + framing(said, model) >= limit:
        return Utterance(text="", finish="length", reasoning=limit)
    left = max(limit - thinking - framing(said, model), 0)
    if said.tool_calls:
        return replace(said, tool_calls=_cut(said.tool_calls, left, model), finish="length")
    return replace(said, text=tokens.head(said.text or "", left, model), finish="length")


def biased(text: str, body: Mapping[str, Any], model: str, rng: Random) -> str:
    """Words under the request's `logit_bias`: 100 is one of those tokens and nothing else, -100 leaves tokens out.

    What lies between only shifts a model's liking, which the mock does not have. Numbers of no token change nothing.
    """
    given: Mapping[str, int] = body.get("logit_bias") or {}
    only, never = (sorted(number for number, bias in given.items() if bias == wanted) for wanted in (100, -100))
    words = [word for word in (_token(number, model) for number in only) if word]
    if words:
        return rng.choice(words)
    banned = {_token(number, model) for number in never}
    return "".join(piece for piece in tokens.split(text, model) if piece not in banned) if banned else text


def _token(number: str, model: str) -> str:
    """The text of a token, empty for what is none."""
    try:
        return tokens.said([int(number)], model)
    except (ValueError, tokens.UnknownToken):
        return ""


def _cut(calls: Sequence[ToolCall], left: int, model: str) -> tuple[ToolCall, ...]:
    kept: list[ToolCall] = []
    for call in calls:
        if kept and left <= 0:
            break
        left -= tokens.count(call.name, model)
        kept.append(replace(call, arguments=tokens.head(call.arguments, max(left, 0), model)))
        left -= tokens.count(call.arguments, model)
    return tuple(kept)
