"""What a chat completion costs: the tokens of the request, and of what is said.

Messages are counted by the rule OpenAI publishes: three tokens a message, three to prime the answer, and the tokens
of role, content and name; recorded answers agree to the token. The rest was fitted to them, and is a few tokens in a
hundred off: reasoning models prime with two and add two for each assistant message, functions are shown to the model
as TypeScript declarations, schemas as JSON, and calls sent back cost what they cost when they were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..tokens import counter, cut
from ..voice import Utterance
from .chat_audio import heard
from .chat_prompt import expected

SHORT = 4_000
"""Bytes of a request of which it is remembered what follows from it: tests ask the same again and again."""

_IMAGE = {"low": 85}
_IMAGE_HIGH = 765  # a square of 1024 pixels; the mock does not fetch the picture to learn its size
_PREAMBLE = 82  # what reasoning models are told about tools before the first of them


def prompt_tokens(body: Mapping[str, Any], model: str) -> int:
    """The `prompt_tokens` of a chat completions request to `model`."""
    reasoning, counted = catalogue.like(model).reasoning, counter(model)
    messages: list[Any] = [message for message in body.get("messages") or () if isinstance(message, dict)]
    total = 2 if reasoning else 3
    for message in messages:
        content = message.get("content")
        if len(message) == 2 and isinstance(content, str):  # as most are: a role and a text
            thinks = 2 if reasoning and message.get("role") == "assistant" else 0
            total += 3 + counted(str(message.get("role", ""))) + counted(content) + thinks
            continue
        total += 3 + sum(map(counted, _texts(message))) + sum(_pictures(message)) + _sounds(message)
        total += 1 if message.get("name") else 0
        total += 2 if reasoning and message.get("role") == "assistant" else 0
        total += wrapping(len(message.get("tool_calls") or ()))
    functions = _functions(body)
    if functions:
        told = any(message.get("role") in ("system", "developer") for message in messages)
        total += counted(_namespace(functions)) - 2 + (0 if told else 4) + (_PREAMBLE if reasoning else 0)
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    return total + (4 + counted(orjson.dumps(schema).decode()) if schema else 0)


def prompt_of(call: Call, model: str) -> int:
    """The `prompt_tokens` of a call, which its limit and its usage both ask for, and the next call like it."""
    found = call.counted.get(model)
    if found is None:
        sent = call.request.body
        found = _remembered(sent, model) if len(sent) < SHORT else prompt_tokens(call.body, model)
        call.counted[model] = found
    return found


@lru_cache(1024)
def _remembered(sent: bytes, model: str) -> int:
    return prompt_tokens(orjson.loads(sent), model)


def framing(said: Utterance, model: str) -> int:
    """How many tokens wrap what is said: those that open and close a message or a call, fitted to recorded answers."""
    family = catalogue.like(model)
    thinks = 0 if not family.reasoning else 3 if "none" in family.efforts else 9
    return thinks + wrapping(len(said.tool_calls))


def wrapping(calls: int) -> int:
    """Several calls are wrapped in one that makes them in parallel."""
    return 8 + 10 * calls if calls > 1 else 7 * calls


def spent(said: Utterance, model: str) -> int:
    """The `completion_tokens` of one choice: thoughts, frame and words."""
    words = [said.text or said.refusal or ""]
    for call in said.tool_calls:
        words += (call.name, call.arguments)
    thinking = said.reasoning or 0
    if thinking and not any(words):
        return thinking
    return thinking + framing(said, model) + sum(map(counter(model), words))


def usage(
    body: Mapping[str, Any], said: Sequence[Utterance], model: str, sound: int = 0, prompt: int | None = None
) -> dict[str, Any]:
    """The `usage` object of an answer to `body` that says `said`, one a choice, with `sound` tokens of audio.

    `prompt` is the number of the prompt's tokens where that is known.
    """
    family = catalogue.like(model)
    prompt = prompt_tokens(body, model) if prompt is None else prompt
    listened = 0
    if "audio" in family.features:
        listened = sum(_sounds(message) for message in body.get("messages") or () if isinstance(message, dict))
    accepted, rejected = predicted(body, said, model)
    words = sum([spent(one, model) for one in said])
    completion = words + sound + rejected
    thinking = sum([one.reasoning or 0 for one in said])
    before = {"cached_tokens": 0, "audio_tokens": listened}
    after = {
        "reasoning_tokens": thinking,
        "audio_tokens": sound,
        "accepted_prediction_tokens": accepted,
        "rejected_prediction_tokens": rejected,
    }
    if "cache_write" in family.features:
        before = {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": listened}
    if "audio" in family.features:
        before |= {"text_tokens": prompt - listened, "image_tokens": 0}
        after |= {"text_tokens": words}
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": before,
        "completion_tokens_details": after,
    }


def predicted(body: Mapping[str, Any], said: Sequence[Utterance], model: str) -> tuple[int, int]:
    """How many tokens of a request's prediction came true, and how many were thrown away and are billed all the same.

    What came true is what the answer begins and ends with.
    """
    text = expected(body)
    if not text:
        return 0, 0
    foreseen = cut(text, model)
    accepted = 0
    for one in said:
        came = cut(one.text or "", model)
        most = min(len(came), len(foreseen))
        start = next((n for n in range(most) if came[n] != foreseen[n]), most)
        rest = most - start
        accepted += start + next((n for n in range(rest) if came[-1 - n] != foreseen[-1 - n]), rest)
    return accepted, len(foreseen) * len(said) - accepted


def _sounds(message: Mapping[str, Any]) -> int:
    return sum(heard(part) for part in _parts(message))


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a message that the model reads."""
    yield str(message.get("role", ""))
    for part in _parts(message):
        yield str(part.get("text") or part.get("refusal") or "")
    for call in message.get("tool_calls") or ():
        called = call.get("function") or call.get("custom") or {}
        yield f"{called.get('name', '')}{called.get('arguments') or called.get('input') or ''}"
    if isinstance(message.get("function_call"), dict):
        yield f"{message['function_call'].get('name', '')}{message['function_call'].get('arguments', '')}"
    yield str(message.get("name") or "")


def _pictures(message: Mapping[str, Any]) -> Iterator[int]:
    for part in _parts(message):
        if part.get("type") == "image_url":
            picture = part.get("image_url")  # older clients send the address itself
            yield _IMAGE.get(picture.get("detail", "auto") if isinstance(picture, dict) else "auto", _IMAGE_HIGH)


def _parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content or () if isinstance(part, dict)]


def _functions(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    tools = [tool.get(tool.get("type", "function")) for tool in body.get("tools") or () if isinstance(tool, dict)]
    return [tool for tool in (*tools, *(body.get("functions") or ())) if isinstance(tool, dict)]


def _namespace(functions: list[dict[str, Any]]) -> str:
    lines = ["# Tools", "", "## functions", "", "namespace functions {", ""]
    for function in functions:
        if function.get("description"):
            lines.append(f"// {function['description']}")
        parameters = function.get("parameters") or {}
        takes = f"_: {_fields(parameters)}" if _properties(parameters) else ""
        lines += [f"type {function.get('name', '')} = ({takes}) => any;", ""]
    return "\n".join([*lines, "} // namespace functions"])


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a schema; none where what a client calls so is no object."""
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _fields(schema: Mapping[str, Any]) -> str:
    lines = ["{"]
    for name, value in _properties(schema).items():
        if not isinstance(value, dict):
            continue
        if value.get("description"):
            lines.append(f"// {value['description']}")
        lines.append(f"{name}{'' if name in (schema.get('required') or ()) else '?'}: {_type(value)},")
    return "\n".join([*lines, "}"])


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(orjson.dumps(value).decode() for value in schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return _fields(schema)
    if kind == "array":
        return f"{_type(schema['items']) if isinstance(schema.get('items'), dict) else 'any'}[]"
    if isinstance(kind, list):
        return " | ".join(map(str, kind))
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"] if isinstance(option, dict))
    return {"integer": "number", None: "any"}.get(kind, str(kind))
