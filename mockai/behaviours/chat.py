"""Chat completions: one body, or a stream of chunks that adds up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import Any

import orjson

from .. import catalogue, tokens
from ..call import Call
from ..http import Chunk, Reply
from ..strict import SCRIPT, answer_fault, function_fault
from ..voice import Prompt, Utterance, Voice, thought
from . import Mock, behaviour, renderer
from .chat_limits import biased, within
from .chat_parts import Answer, Choice, call_of, named_model, settle
from .chat_prompt import asked, thrown
from .chat_sources import sourced
from .chat_tokens import SHORT
from .logprobs import logprobs
from .models import available


@behaviour("chat.completions.create")
def create(call: Call, mock: Mock) -> Reply:
    """The answer of a model nobody has scripted, within the request's limits."""
    model = named_model(call)
    available(model, mock)
    sent = call.request.body
    speak = _remembered if len(sent) < SHORT else _spoken
    return render(call, speak(mock.speaker, call.seed, sent, model), mock)


def _spoken(speaker: Voice, seed: int, sent: bytes, model: str) -> tuple[Utterance, ...]:
    """What the choices say: it follows from the request, the seed and the model alone."""
    body = orjson.loads(sent)
    return tuple(within(_said(speaker, seed, body, index, model), body, model) for index in range(body.get("n") or 1))


_remembered = lru_cache(1024)(_spoken)


def _said(speaker: Voice, seed: int, body: Mapping[str, Any], index: int, model: str) -> Utterance:
    """What one choice says before any limit."""
    prompt, rng = asked(body), thrown(seed, body, index)
    thinking = thought(model, body.get("reasoning_effort"), rng.randint)
    said = _uttered(speaker, prompt, rng, body)
    if said.text and prompt.schema is None and "search" in catalogue.like(model).features:
        said = replace(said, text=sourced(said.text, prompt.topic, rng))
    if said.text and prompt.schema is None and body.get("logit_bias"):
        said = replace(said, text=biased(said.text, body, model, rng))
    return replace(said, reasoning=thinking)


def _uttered(speaker: Voice, prompt: Prompt, rng: Random, body: Mapping[str, Any]) -> Utterance:
    """What a voice says. Raises BadRequest where a schema of the request has no value that it could make up."""
    from ..synthesize import Unsatisfiable

    try:
        return speaker.utter(prompt, rng)
    except Unsatisfiable as error:
        words = f"{error} {SCRIPT}"
        if error.tool is None:
            raise answer_fault(body["response_format"]["json_schema"].get("name", ""), words) from error
        places = {f"functions[{at}]": each for at, each in enumerate(body.get("functions") or ())}
        places |= {f"tools[{at}].function": each.get("function") for at, each in enumerate(body.get("tools") or ())}
        named = (f"{place}.parameters" for place, each in places.items() if each and each.get("name") == error.tool)
        raise function_fault(error.tool, words, param=next(named, "tools")) from error


@renderer("chat.completions.create")
def render(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Reply:
    """The answer that says `utterances`, one a choice, word for word: streamed if the request asks for it."""
    answer = settle(call, utterances, mock)
    if call.body.get("store"):
        from .chat_stored import keep

        keep(call, completion(answer), answer, mock)
    if call.body.get("stream"):
        from .chat_stream import stream

        return stream(call, answer)
    value = completion(answer)
    if answer.azure:
        from .chat_azure import filtered

        return _json(orjson.dumps(filtered(value), option=orjson.OPT_APPEND_NEWLINE), value)
    return _json(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), value)


def completion(answer: Answer) -> dict[str, Any]:
    """The body of an answer that is not streamed, its keys in the API's order."""
    value = {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "choices": [_choice(answer, choice) for choice in answer.choices],
        "moderation": answer.moderation,
        "usage": answer.usage,
        "service_tier": answer.tier,
        "system_fingerprint": answer.fingerprint,
    }
    for name in ("moderation", "service_tier"):
        if not value[name]:
            del value[name]
    return value


def _choice(answer: Answer, choice: Choice) -> dict[str, Any]:
    said = choice.said
    message: dict[str, Any] = {"role": "assistant", "content": choice.text}
    if choice.legacy:
        message["function_call"] = {"name": said.tool_calls[0].name, "arguments": said.tool_calls[0].arguments}
    elif said.tool_calls:
        message["tool_calls"] = [call_of(answer, call, call.arguments) for call in said.tool_calls]
    message["refusal"] = said.refusal
    if choice.audio:
        message["audio"] = choice.audio.value
    message["annotations"] = list(choice.sources)
    value: dict[str, Any] = {"index": choice.index, "message": message}
    if choice.logprobs or not answer.bare:
        value["logprobs"] = _logprobs(answer, choice) if choice.logprobs else None
    return value | {"finish_reason": choice.finish}


def _logprobs(answer: Answer, choice: Choice) -> dict[str, Any]:
    """The logprobs of what was said in words; calls have none (gpt-4o, measured in April 2026)."""

    def of(text: str | None) -> list[dict[str, Any]] | None:
        return None if text is None else logprobs(tokens.cut(text, answer.model), choice.top)

    return {"content": of(choice.text), "refusal": of(choice.said.refusal)}


def _json(body: bytes, value: Mapping[str, Any]) -> Reply:
    gist = {name: value[name] for name in ("model", "usage", "service_tier") if name in value}
    return Reply(200, (("content-type", "application/json"),), (Chunk(0.0, body),), gist=gist)
