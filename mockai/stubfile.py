"""Stubs as data, in the words of the Python methods: what a stub file and the control surface hold.

- on: chat.completions.create
  where: {model: gpt-5, messages: {contains: weather}}
  answers:
  - {fail: {status: 429, retry_after: 0.1}, times: 2}
  - call_tool: {name: get_weather, arguments: {city: Paris}}
  - reply: Hello!
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .conditions import contains, matches
from .errors import StubError

if TYPE_CHECKING:
    from .mock import MockAI
    from .stubs import Stub

CONDITIONS = {"contains": contains, "matches": matches}


def declare(mock: MockAI, entries: Sequence[Any]) -> None:
    """Declare every entry on `mock`. Raises StubError naming the entry, from 1, and what it may hold."""
    for number, entry in enumerate(entries, 1):
        try:
            _declare(mock, entry)
        except StubError as error:
            raise StubError(f"Stub {number}: {error}") from None
        except TypeError as error:
            raise StubError(f"Stub {number} gives an answer what it does not take: {error}.") from None


def _declare(mock: MockAI, entry: Any) -> None:
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
        ANSWERS[names[0]](stub.then if index else stub, answer[names[0]])
        if "times" in answer:
            stub.times(answer["times"])


def _condition(value: Any) -> Any:
    if isinstance(value, Mapping) and len(value) == 1 and (name := next(iter(value))) in CONDITIONS:
        return CONDITIONS[name](value[name])
    return value


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
