"""An exchange as a person reads it: who said what, which tools were called, what came back, when each piece came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from .call import Call
from .check import content, streams
from .http import Break, Exchange, Reply
from .metering import uses
from .multipart import Part
from .sse import DONE, Event, parse
from .understand import understand

MOST_LINES = 40
"""Lines of a body that is no conversation."""
DELTA = 60
"""Characters of what a piece of a stream says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said or done: `who` (`user`, `assistant`, `calls`, `finish` …), and what."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a body as it came: milliseconds since the request, bytes, and what the events that end in it say."""

    at_ms: int
    size: int
    text: str


@dataclass(slots=True)
class _Choice:
    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    finish: str | None = None


def asked(exchange: Exchange) -> list[Line]:
    """What a request says: its messages or input, tools, other parameters; parts of a form by their size."""
    call = understand(exchange.request)
    if isinstance(call.body, tuple):
        return [Line(part.name, _part(part)) for part in call.body]
    if not isinstance(call.body, dict):
        return [Line("body", _opaque(exchange.request.body))] if exchange.request.body else []
    return [*_settings(call), *_said(call.body)]


def answered(exchange: Exchange) -> list[Line]:
    """What an answer says: texts, tool calls, why it ended, what it used; a stream as what it adds up to."""
    reply = exchange.reply
    body = content(reply)
    if body is None:
        return [Line("body", f"{len(reply.content)} bytes that cannot be decoded")]
    lines = list(_streamed(body) if streams(reply, body) else _whole(body))
    if b'"usage"' not in body:
        return lines  # nobody has said
    used = [
        f"{amount} {name.replace('_', ' ')}"
        for use in uses(exchange)
        for name, amount in use.amounts.items()
        if name.endswith("_tokens") and amount
    ]
    return [*lines, Line("usage", ", ".join(used))] if used else lines


def pieces(reply: Reply) -> Iterator[Piece]:
    """The body of an answer piece by piece, with the time of each since the request."""
    now, waiting = reply.after, b""
    for step in reply.body:
        now += step.after
        if isinstance(step, Break):
            yield Piece(round(now * 1000), 0, f"the connection ends ({step.how})")
            continue
        waiting += step.data
        done, blank, rest = waiting.rpartition(b"\n\n")
        waiting = rest
        said = " ".join(filter(None, map(spoken, parse(done + blank)))) if blank else ""
        yield Piece(round(now * 1000), len(step.data), _short(said))


def spoken(event: Event) -> str:
    """What one event adds: its text, or else its type."""
    if event.data.strip() == DONE:
        return DONE
    try:
        value = event.value
    except orjson.JSONDecodeError:
        return repr(event.data)
    if not isinstance(value, dict):
        return repr(value)
    if isinstance(value.get("delta"), str):
        return repr(value["delta"])
    told = []
    for choice in _objects(value.get("choices")):
        delta = _mapping(choice.get("delta")) or choice
        told += [repr(delta[name]) for name in ("content", "refusal", "text") if delta.get(name)]
        for called in _objects(delta.get("tool_calls")):
            function = _mapping(called.get("function"))
            told.append(f"{function.get('name') or ''}({function.get('arguments') or ''}")
        if choice.get("finish_reason"):
            told.append(f"finish {choice['finish_reason']}")
    if not told and value.get("usage"):
        return "usage"
    return " ".join(told) or str(value.get("type") or event.name or value.get("object") or "")


def _settings(call: Call) -> Iterator[Line]:
    """What a request asks for beside its conversation."""
    spoken_of = {"messages", "input", "instructions", "tools", "prompt", "functions"}
    plain = {name: value for name, value in call.body.items() if name not in spoken_of}
    if plain:
        yield Line("asks", ", ".join(f"{name}={_json(value)}" for name, value in plain.items()))
    tools = [
        str(_mapping(tool.get("function")).get("name") or tool.get("name") or tool.get("type"))
        for tool in (*_objects(call.body.get("tools")), *_objects(call.body.get("functions")))
    ]
    if tools:
        yield Line("tools", ", ".join(tools))


def _said(body: Mapping[str, Any]) -> Iterator[Line]:
    """The conversation that a request brings along."""
    if isinstance(body.get("instructions"), str):
        yield Line("instructions", body["instructions"])
    for name in ("prompt", "input"):
        if isinstance(body.get(name), str):
            yield Line("user" if name == "input" else name, body[name])
    given = body.get("messages", body.get("input"))
    for message in _objects(given):
        yield from _message(message)
    if isinstance(given, list) and not all(isinstance(each, dict) for each in given):
        yield Line("input", _json(given))


def _message(message: Mapping[str, Any]) -> Iterator[Line]:
    """A message of a chat, or an item of a response."""
    kind, role = message.get("type"), message.get("role")
    if isinstance(kind, str) and kind.endswith("_call_output"):
        yield Line("tool", f"{message.get('call_id')}: {_content(message.get('output'))}")
    elif isinstance(kind, str) and kind.endswith("_call"):
        given = message.get("arguments") or message.get("input") or message.get("action") or ""
        name = message.get("name") or kind.removesuffix("_call")
        yield Line(
            "calls", f"{name}({given if isinstance(given, str) else _json(given)}) {message.get('call_id') or ''}"
        )
    elif kind == "reasoning":
        told = _content(message.get("summary"))
        yield Line("reasoning", told or "(not shown)")
    elif role is not None:
        if message.get("content") is not None:
            name = f"{message['tool_call_id']}: " if message.get("tool_call_id") else ""
            yield Line(str(role), f"{name}{_content(message['content'])}")
        yield from _refused(message)
        yield from _calls(_objects(message.get("tool_calls")))
    else:
        yield Line(str(kind or "item"), _json(message))


def _whole(body: bytes) -> Iterator[Line]:
    """An answer that is one body."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        if body:
            yield Line("body", _opaque(body))
        return
    if isinstance(value, dict) and isinstance(value.get("error"), dict):
        error = value["error"]
        yield Line("error", f"{error.get('message')} (type {error.get('type')}, code {error.get('code')})")
    elif isinstance(value, dict) and _objects(value.get("choices")):
        for choice in _objects(value["choices"]):
            yield from _message(_mapping(choice.get("message")) or {"role": "text", "content": choice.get("text")})
            yield Line("finish", str(choice.get("finish_reason")))
    elif isinstance(value, dict) and value.get("object") == "response":
        yield from _response(value)
    elif isinstance(value, dict) and _vectors(value):
        sizes = _vectors(value)
        yield Line("embeddings", f"{len(sizes)} of {sizes[0]}")
    else:
        yield Line("body", _json(value, indent=2))


def _response(value: Mapping[str, Any]) -> Iterator[Line]:
    for item in _objects(value.get("output")):
        yield from _message(item)
    why = _mapping(value.get("incomplete_details")).get("reason") or _mapping(value.get("error")).get("message")
    yield Line("finish", f"{value.get('status')}" + (f" ({why})" if why else ""))


def _streamed(body: bytes) -> Iterator[Line]:
    """What a stream adds up to."""
    choices: dict[int, _Choice] = {}
    texts: dict[str, list[str]] = {}
    last: Mapping[str, Any] = {}
    for event in parse(body + b"\n\n"):
        try:
            value = event.value
        except orjson.JSONDecodeError:
            continue
        if not isinstance(value, dict):
            continue
        if isinstance(value.get("error"), dict) or value.get("type") == "error":
            yield Line("error", _json(value.get("error") or value))
        for choice in _objects(value.get("choices")):
            _added(choices.setdefault(int(choice.get("index") or 0), _Choice()), choice)
        if _mapping(value.get("response")).get("object") == "response":
            last = value["response"]
        elif isinstance(value.get("delta"), str):
            texts.setdefault(str(value.get("type") or event.name), []).append(value["delta"])
    for each in choices.values():
        if each.text:
            yield Line("assistant", "".join(each.text))
        yield from _refused({"refusal": "".join(each.refusal)})
        yield from _calls(each.calls.values())
        yield Line("finish", str(each.finish))
    if last.get("output"):
        yield from _response(last)
    else:
        yield from (Line(kind, "".join(several)) for kind, several in texts.items())
        if last:
            yield Line("finish", str(last.get("status")))


def _added(whole: _Choice, choice: Mapping[str, Any]) -> None:
    delta = _mapping(choice.get("delta"))
    whole.text += [str(text) for text in (delta.get("content"), choice.get("text")) if text]
    whole.refusal += [str(delta["refusal"])] if delta.get("refusal") else []
    whole.finish = choice.get("finish_reason") or whole.finish
    for called in _objects(delta.get("tool_calls")):
        known = whole.calls.setdefault(int(called.get("index") or 0), {"function": {"name": "", "arguments": ""}})
        known["id"] = called.get("id") or known.get("id")
        for name in ("name", "arguments"):
            known["function"][name] += _mapping(called.get("function")).get(name) or ""


def _calls(several: Any) -> Iterator[Line]:
    for called in several:
        function = _mapping(called.get("function") or called.get("custom"))
        given = function.get("arguments", function.get("input", ""))
        yield Line("calls", f"{function.get('name')}({given}) {called.get('id') or ''}".rstrip())


def _refused(message: Mapping[str, Any]) -> Iterator[Line]:
    if message.get("refusal"):
        yield Line("refuses", str(message["refusal"]))


def _content(value: Any) -> str:
    """The text of a message; parts that are no text by what they are."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return "" if value is None else _json(value)
    told = []
    for part in value:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            told.append(part["text"])
        elif isinstance(part, dict) and isinstance(part.get("refusal"), str):
            told.append(part["refusal"])
        else:
            told.append(f"[{part.get('type') if isinstance(part, dict) else part}, {len(_json(part))} characters]")
    return "\n".join(told)


def _vectors(value: Mapping[str, Any]) -> list[str]:
    """The sizes of embeddings."""
    found = [each.get("embedding") for each in _objects(value.get("data")) if "embedding" in each]
    return [f"{len(each)} dimensions" if isinstance(each, list) else f"{len(str(each))} characters" for each in found]


def _part(part: Part) -> str:
    if part.filename is None:
        return _opaque(part.data)
    return f"{part.filename} ({part.content_type or 'no type'}, {len(part.data)} bytes)"


def _opaque(data: bytes) -> str:
    """A body that is no JSON: text as it is, all else by its size."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"{len(data)} bytes"
    return f"{len(data)} bytes" if "\0" in text else _cut(text)


def _cut(text: str) -> str:
    lines = text.splitlines()
    left = len(lines) - MOST_LINES
    return text if left <= 0 else "\n".join([*lines[:MOST_LINES], f"… ({left} more lines)"])


def _short(text: str) -> str:
    return text if len(text) <= DELTA else f"{text[: DELTA - 1]}…"


def _json(value: Any, indent: int | None = None) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, indent=indent))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
