"""The words of a stub file: what each answer may hold, as JSON Schema, and the Python method that it means."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from .errors import StubError
from .injections import read
from .voice import ToolCall

if TYPE_CHECKING:
    from .script import Script

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 1}
AMOUNT: Schema = {"type": "number", "minimum": 0}
YES: Schema = {"enum": [True, None]}
STATUS: Schema = {"type": ["integer", "string"]}
PIECES: Schema = {"type": "array", "items": TEXT}
VECTOR: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
WORD: Schema = {"type": "array", "minItems": 3, "maxItems": 3}


def fields(*required: str, **properties: Any) -> Schema:
    """The schema of an object with these fields and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def either(*schemas: Schema) -> Schema:
    """The schema of what fits one of these."""
    return {"anyOf": list(schemas)}


BASE64 = fields("base64", base64=TEXT)
CALL = fields("name", name=TEXT, arguments={"type": "object"}, id=TEXT)
CALLS: Schema = {"type": "array", "items": CALL, "minItems": 1}
REPLY = {"text": TEXT, "exact": {}, "status": {"type": "integer"}, "unchecked": {"type": "boolean"}}
FAIL = {
    "status": STATUS,
    "retry_after": AMOUNT,
    "headers": {"type": "object", "additionalProperties": TEXT},
    **dict.fromkeys(("message", "type", "code", "param"), TEXT),
}
STREAM = {
    "pieces": PIECES,
    "ttft": AMOUNT,
    "tps": {"type": "number", "exclusiveMinimum": 0},
    "jitter": {**AMOUNT, "maximum": 1},
    "seed": {"type": "integer"},
}

SHAPES: dict[str, Schema] = {
    "reply": {"type": ["string", "object", "array"]},
    "stream": either(PIECES, fields("pieces", **STREAM)),
    "call_tool": CALL,
    "call_tools": either(CALLS, fields("calls", calls=CALLS, text=TEXT)),
    "refuse": either(TEXT, YES),
    "embed": either(VECTOR, {"type": "array", "items": VECTOR}, {"type": "object", "additionalProperties": VECTOR}),
    "image": either(TEXT, PIECES, BASE64),
    "speech": either(TEXT, BASE64, fields("file", file=TEXT)),
    "transcript": either(TEXT, fields("text", text=TEXT, words={"type": "array", "items": WORD})),
    "fail": either(STATUS, fields("status", **FAIL)),
    "forward": either(YES, TEXT),
    "from_cassette": either(TEXT, fields("path", path=TEXT, number=COUNT)),
    "answer": YES,
}
"""What each answer may hold. An object that has the fields of `REPLY` says how to reply, any other is a body."""

BESIDE: dict[str, Schema] = {
    "times": COUNT,
    "always": YES,
    "fault": {},
    "reasoning": either(TEXT, fields("text", text=TEXT, tokens={"type": "integer", "minimum": 0})),
}
"""What may stand beside an answer; what a fault is, `mockai.injections` reads."""

ANSWER = fields(**BESIDE, **SHAPES)
"""What one answer may hold, as JSON Schema."""


def say(script: Script, name: str, answer: Mapping[str, Any]) -> None:
    """Let a stub give one answer: the one called `name`, with what stands beside it."""
    if "reasoning" in answer:
        thought = answer["reasoning"]
        script.reasoning(**thought) if isinstance(thought, Mapping) else script.reasoning(thought)
    ANSWERS[name](script, answer.get(name))
    if "fault" in answer:
        script.fault(*read(answer["fault"]))
    if "times" in answer and "always" in answer:
        raise StubError("times: and always: exclude each other: so many times, or as often as it is asked for.")
    if "times" in answer:
        script.times(answer["times"])
    if "always" in answer:
        script.always()


def with_files(entry: Any, named: Callable[[str], str]) -> Any:
    """An entry in which every name of a file is what `named` makes of it."""
    if isinstance(entry, list):
        return [with_files(each, named) for each in entry]
    if not isinstance(entry, Mapping):
        return entry
    changed = {key: with_files(value, named) if key in NESTED else value for key, value in entry.items()}
    for word in ("image", "from_cassette", "speech"):
        said = entry.get(word)
        if isinstance(said, str) and word != "speech":
            changed[word] = named(said)
        elif isinstance(said, list):
            changed[word] = [named(each) if isinstance(each, str) else each for each in said]
        elif isinstance(said, Mapping):
            changed[word] = {
                key: named(each) if key in ("file", "path") and isinstance(each, str) else each
                for key, each in said.items()
            }
    return changed


NESTED = ("answers", "conversation")
"""Where an entry holds answers of its own."""


def _reply(script: Script, said: Any) -> None:
    if isinstance(said, Mapping) and said and said.keys() <= REPLY.keys():
        given = dict(said)
        script.reply(given.pop("text", None), **given)
    else:
        script.reply(said)


def _stream(script: Script, said: Any) -> None:
    script.stream(said) if isinstance(said, list) else script.stream(**said)


def _call_tool(script: Script, said: Any) -> None:
    script.call_tools(_call(said))


def _call_tools(script: Script, said: Any) -> None:
    given = said if isinstance(said, Mapping) else {"calls": said}
    script.call_tools(*map(_call, given["calls"]), text=given.get("text"))


def _call(said: Mapping[str, Any]) -> ToolCall:
    return ToolCall(said["name"], orjson.dumps(said.get("arguments", {})).decode(), said.get("id"))


def _refuse(script: Script, said: Any) -> None:
    script.refuse(said) if isinstance(said, str) else script.refuse()


def _embed(script: Script, said: Any) -> None:
    script.embed(said)


def _image(script: Script, said: Any) -> None:
    given = [_decoded(said, "image")] if isinstance(said, Mapping) else said
    script.image(*([given] if isinstance(given, str) else given))


def _speech(script: Script, said: Any) -> None:
    if isinstance(said, Mapping) and "file" in said:
        from .given import content_of

        script.speech(content_of(said["file"], "speech"))
    else:
        script.speech(_decoded(said, "speech") if isinstance(said, Mapping) else said)


def _decoded(said: Mapping[str, str], word: str) -> bytes:
    try:
        return b64decode(said["base64"], validate=True)
    except ValueError as error:
        raise StubError(f"{word}: this is not base64 ({error}).") from None


def _transcript(script: Script, said: Any) -> None:
    script.transcript(said) if isinstance(said, str) else script.transcript(**said)


def _fail(script: Script, said: Any) -> None:
    script.fail(**said) if isinstance(said, Mapping) else script.fail(said)


def _forward(script: Script, said: Any) -> None:
    script.forward(said) if isinstance(said, str) else script.forward()


def _from_cassette(script: Script, said: Any) -> None:
    script.from_cassette(**said) if isinstance(said, Mapping) else script.from_cassette(said)


def _answer(script: Script, _said: Any) -> None:
    script.answer()


ANSWERS: dict[str, Callable[[Script, Any], None]] = {
    "reply": _reply,
    "stream": _stream,
    "call_tool": _call_tool,
    "call_tools": _call_tools,
    "refuse": _refuse,
    "embed": _embed,
    "image": _image,
    "speech": _speech,
    "transcript": _transcript,
    "fail": _fail,
    "forward": _forward,
    "from_cassette": _from_cassette,
    "answer": _answer,
}
