"""Stubs as data, in the words of the Python methods: what a stub file and the control surface hold.

- on: chat.completions.create
  where: {model: gpt-5, messages: {contains: weather}}
  answers:
  - {fail: {status: 429, retry_after: 0.1}, times: 2}
  - {reply: Hel, fault: {close: {chunks: 2}}, times: 1}
  - call_tool: {name: get_weather, arguments: {city: Paris}}
  - reply: Hello!
- on: responses.create
  conversation:
  - {user: {contains: weather}, call_tool: {name: get_weather, arguments: {city: Paris}}}
  - {tool_result: {name: get_weather, result: {contains: sunny}}, reply: It is sunny.}
- inject: {slow_head: 0.5}
  operation: embeddings.create
  every: 3
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from .complaint import findings
from .conditions import Condition, anything, contains, matches
from .errors import StubError
from .injections import read
from .stubwords import AMOUNT, ANSWER, ANSWERS, BESIDE, COUNT, TEXT, fields, say, with_files

if TYPE_CHECKING:
    from .mock import MockAI
    from .stubs import Stub

CONDITIONS: dict[str, Callable[[Any], Condition]] = {
    "contains": contains,
    "matches": matches,
    "anything": lambda _: anything,
}
"""What an object with one of these words as its only key means in `where`, at any depth."""

INJECTION = fields(
    "inject",
    inject={},
    operation=TEXT,
    times=COUNT,
    every=COUNT,
    probability={**AMOUNT, "maximum": 1},
    seed={"type": "integer"},
)
"""What faults that wait for calls may hold."""


def declare(mock: MockAI, entries: Sequence[Any]) -> None:
    """Declare every entry on `mock`, or none. Raises StubError naming the entry, from 1, and what it may hold.

    They came over the wire, so they name no files: those of a machine are not for whoever asks.
    """
    with mock.lock:
        before, waiting = len(mock.stubs), len(mock.injections)
        for number, entry in enumerate(entries, 1):
            try:
                declare_one(mock, entry, _no_file)
            except StubError as error:
                del mock.stubs[before:], mock.injections[waiting:]
                raise StubError(f"Stub {number}: {error}") from None


def _no_file(name: str) -> str:
    raise StubError(f"only a stub file names files, such as {name}. Send the content: {{base64: …}}.")


def declare_one(mock: MockAI, entry: Any, named: Callable[[str], str]) -> None:
    """Declare one entry, a JSON value, on `mock`; `named` says where the files are that it names.

    Raises StubError saying what it may hold.
    """
    try:
        _declare(mock, with_files(entry, named))
    except RecursionError:
        raise StubError("a stub does not nest as deeply as this.") from None


def _declare(mock: MockAI, entry: Any) -> None:
    if isinstance(entry, Mapping) and "inject" in entry:
        inject(mock, entry)
        return
    if not isinstance(entry, Mapping) or not isinstance(entry.get("on"), str):
        raise StubError("a stub is an object with on: an operation such as chat.completions.create, or with inject:.")
    where, turns = entry.get("where", {}), "conversation" in entry
    answers = [] if turns else answers_of(entry)
    if not isinstance(where, Mapping) or not all(isinstance(name, str) for name in where):
        raise StubError("where: is an object of parameters, as in where: {model: gpt-5}.")
    conditions = {name: condition(value) for name, value in where.items()}
    if turns:
        from .turnfile import converse

        converse(mock, entry, conditions)
    else:
        give(mock.on(entry["on"], **conditions), answers)


def give(stub: Stub, answers: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Let a stub give answers, one after the other; each has its name before it."""
    for index, (name, answer) in enumerate(answers):
        say(stub.then if index else stub, name, answer)


def inject(mock: MockAI, entry: Any) -> None:
    """Let the faults of one entry, a JSON value, wait for calls of `mock`. Raises StubError saying what it may hold."""
    for finding in findings(INJECTION, entry):
        raise StubError(f"what is injected is not well-formed. {finding.message}")
    mock.inject(*read(entry["inject"]), **{name: value for name, value in entry.items() if name != "inject"})


def answers_of(
    entry: Mapping[str, Any], what: str = "a stub", words: Sequence[str] = ("on", "where")
) -> list[tuple[str, Mapping[str, Any]]]:
    """The answers of an entry with the name of each: those below `answers:`, or the one beside its own `words`.

    Raises StubError, saying `what` it is, for other words.
    """
    short = {name: value for name, value in entry.items() if name in (*ANSWERS, *BESIDE)}
    known = {*words, "answers"} if "answers" in entry else {*words, *short}
    if unknown := sorted(map(str, entry.keys() - known)):
        beside = " beside answers:" if "answers" in entry and unknown[0] in short else ""
        near = [] if beside else get_close_matches(unknown[0], (*words, "answers", *ANSWERS, *BESIDE), 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise StubError(
            f"{unknown[0]!r} is not a word of {what}{beside}.{hint} It has {', '.join(words)}, and answers or one of "
            f"{', '.join(ANSWERS)} (and {', '.join(BESIDE)})."
        )
    answers = entry.get("answers", [short])
    if not isinstance(answers, list) or not answers:
        raise StubError("answers: is a list of answers, used one after the other.")
    found = []
    for number, answer in enumerate(answers, 1):
        names = [name for name in ANSWERS if isinstance(answer, Mapping) and name in answer]
        if not names and isinstance(answer, Mapping) and "fault" in answer:
            names = ["answer"]
        if len(names) != 1:
            raise StubError(f"answer {number} needs exactly one of {', '.join(ANSWERS)}.")
        for finding in findings(ANSWER, answer):
            raise StubError(f"answer {number} is not well-formed. {finding.message}")
        found.append((names[0], answer))
    return found


def condition(value: Any) -> Any:
    """A value of `where` with the conditions it means."""
    if isinstance(value, list):
        return [condition(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and (name := next(iter(value))) in CONDITIONS:
        return CONDITIONS[name](value[name])
    return {name: condition(inner) for name, inner in value.items()}
