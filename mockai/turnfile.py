"""Conversations as data: the turns below `conversation:` in an entry of a stub file.

- on: chat.completions.create
  conversation:
  - {user: {contains: weather}, call_tool: {name: get_weather, arguments: {city: Paris}}}
  - {tool_result: {name: get_weather, result: {contains: sunny}}, reply: It is sunny.}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .conditions import anything
from .errors import StubError
from .stubfile import answers_of, condition, give

if TYPE_CHECKING:
    from .conversations import Conversation
    from .mock import MockAI

WORDS = ("user", "tool_result")


def converse(mock: MockAI, entry: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
    """Declare the conversation of one entry on `mock`. Raises StubError naming the turn and what it may hold."""
    if unknown := sorted(map(str, entry.keys() - {"on", "where", "conversation"})):
        raise StubError(f"{unknown[0]!r} does not stand beside conversation: but in one of its turns, if anywhere.")
    given = entry["conversation"]
    if not isinstance(given, list) or not given:
        raise StubError("conversation: is a list of turns, each with what it expects and an answer.")
    turns = [_read(number, turn) for number, turn in enumerate(given, 1)]
    talk = mock.conversation(entry["on"], **conditions)
    for turn, answers in turns:
        if "user" in turn:
            talk.user(condition(turn["user"]))
        results = turn.get("tool_result", [])
        for result in results if isinstance(results, list) else [results]:
            _expect(talk, result)
        give(talk, answers)


def _read(number: int, turn: Any) -> tuple[Mapping[str, Any], list[tuple[str, Mapping[str, Any]]]]:
    """A turn, and its answers with the name of each."""
    if not isinstance(turn, Mapping) or not any(turn.get(word) is not None for word in WORDS):
        raise StubError(f"turn {number} expects nothing. Give it user: or tool_result:, or both.")
    try:
        answers = answers_of(turn, "a turn", WORDS)
    except StubError as error:
        raise StubError(f"turn {number}: {error}") from None
    results = turn.get("tool_result", [])
    for result in results if isinstance(results, list) else [results]:
        name = result.get("name") if isinstance(result, Mapping) else result
        if not isinstance(name, str) or (isinstance(result, Mapping) and result.keys() - {"name", "result"}):
            raise StubError(
                f"turn {number}: tool_result is the name of a tool, {{name: …, result: …}}, or a list of these."
            )
    return turn, answers


def _expect(talk: Conversation, result: Any) -> None:
    name, got = (result, anything) if isinstance(result, str) else (result["name"], result.get("result", anything))
    talk.tool_result(name, condition(got))
