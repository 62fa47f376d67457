"""Stubs as data, in the words of the Python methods: what a stub file and the control surface hold.

- on: chat.completions.create
  where: {model: gpt-5, messages: {contains: weather}}
  answers:
  - {fail: {status: 429, retry_after: 0.1}, times: 2}
  - call_tool: {name: get_weather, arguments: {city: Paris}}
  - reply: Hello!
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .complaint import findings
from .conditions import contains, matches
from .errors import StubError

if TYPE_CHECKING:
    from .mock import MockAI
    from .stubs import Stub

CONDITIONS = {"contains": contains, "matches": matches}

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 1}
AMOUNT = {"type": "number", "minimum": 0}
PIECES = {"type": "array", "items": TEXT}


def _fields(*required: str, **properties: Any) -> dict[str, Any]:
    """The schema of an object with these fields and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


ANSWER = _fields(
    times=COUNT,
    reply={"anyOf": [TEXT, _fields(text=TEXT, exact={}, status={"type": "integer"}, unchecked={"type": "boolean"})]},
    stream={
        "anyOf": [
            PIECES,
            _fields(
                "pieces",
                pieces=PIECES,
                ttft=AMOUNT,
                tps={"type": "number", "exclusiveMinimum": 0},
                jitter={**AMOUNT, "maximum": 1},
                seed={"type": "integer"},
            ),
        ]
    },
    call_tool=_fields("name", name=TEXT, arguments={"type": "object"}),
    refuse={"type": ["string", "boolean", "null"]},
    fail={
        "anyOf": [
            {"type": "integer"},
            _fields(
                "status",
                status={"type": "integer"},
                retry_after=AMOUNT,
                headers={"type": "object", "additionalProperties": TEXT},
                **dict.fromkeys(("message", "type", "code", "param"), TEXT),
            ),
        ]
    },
    answer={},
)
"""What one answer may hold, as JSON Schema."""


def declare(mock: MockAI, entries: Sequence[Any]) -> None:
    """Declare every entry on `mock`, or none. Raises StubError naming the entry, from 1, and what it may hold."""
    before = len(mock.stubs)
    for number, entry in enumerate(entries, 1):
        try:
            declare_one(mock, entry)
        except StubError as error:
            del mock.stubs[before:]
            raise StubError(f"Stub {number}: {error}") from None


def declare_one(mock: MockAI, entry: Any) -> None:
    """Declare one entry, a JSON value, on `mock`. Raises StubError saying what it may hold."""
    known = {"on", "where", "answers", *ANSWERS, "times"}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("on"), str):
        raise StubError("a stub is an object with on: an operation such as chat.completions.create.")
    if unknown := sorted(set(entry) - known):
        raise StubError(f"{unknown[0]!r} is not a word of stubs. It has: {', '.join(sorted(known))}.")
    where = entry.get("where", {})
    answers = entry.get("answers", [{name: entry[name] for name in (*ANSWERS, "times") if name in entry}])
    if not isinstance(where, Mapping) or not isinstance(answers, list) or not answers:
        raise StubError("where: is an object of fields, answers: a list of answers.")
    stub = mock.on(entry["on"], **{name: _condition(value) for name, value in where.items()})
    for index, answer in enumerate(answers):
        names = [name for name in ANSWERS if isinstance(answer, Mapping) and name in answer]
        if len(names) != 1:
            raise StubError(f"answer {index + 1} needs exactly one of {', '.join(ANSWERS)}.")
        for finding in findings(ANSWER, answer)[:1]:
            raise StubError(f"answer {index + 1} is not well-formed. {finding.message}")
        ANSWERS[names[0]](stub.then if index else stub, answer[names[0]])
        if "times" in answer:
            stub.times(answer["times"])


def _condition(value: Any) -> Any:
    if isinstance(value, Mapping) and len(value) == 1 and (name := next(iter(value))) in CONDITIONS:
        if name == "matches":
            _check_pattern(value[name])
        return CONDITIONS[name](value[name])
    return value


def _check_pattern(pattern: Any) -> None:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise StubError(f"matches: {pattern!r} is not a regular expression ({error}).") from None


def _reply(stub: Stub, said: Any) -> None:
    stub.reply(said) if isinstance(said, str) else stub.reply(**said)


def _stream(stub: Stub, said: Any) -> None:
    stub.stream(said) if isinstance(said, list) else stub.stream(**said)


def _call_tool(stub: Stub, said: Any) -> None:
    stub.call_tool(said["name"], **said.get("arguments", {}))


def _refuse(stub: Stub, said: Any) -> None:
    stub.refuse(said) if isinstance(said, str) else stub.refuse()


def _fail(stub: Stub, said: Any) -> None:
    stub.fail(said) if isinstance(said, int) else stub.fail(**said)


def _answer(stub: Stub, _said: Any) -> None:
    stub.answer()


ANSWERS = {
    "reply": _reply,
    "stream": _stream,
    "call_tool": _call_tool,
    "refuse": _refuse,
    "fail": _fail,
    "answer": _answer,
}
