"""Fixtures of aimock (llmock before that): JSON, `{"fixtures": [{match, response}]}`.

A fixture keeps neither the request nor the bytes of the answer: it says what a request must contain and what is said
then, for every API alike. So it becomes stubs, for the operations of OpenAI's API that it speaks for. In aimock the
first fixture that matches answers and here the last stub does, so the order is turned round.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ForeignFormatError
from .aimock_answers import answer, kind
from .foreign import Kept, Lost, Scripted, part
from .foreign_json import parsed

NAME = "aimock"
LOOKED_FOR = '`"fixtures"` with `"match"` and `"response"`'

MARKS = re.compile(r'"fixtures"\s*:\s*\[')
RULE = re.compile(r'"match"\s*:\s*\{')

WORDS = ("chat.completions.create", "responses.create")
SERVICES = {
    "chat": WORDS,
    "embedding": ("embeddings.create",),
    "image": ("images.generate", "images.edit"),
    "speech": ("audio.speech.create",),
    "transcription": ("audio.transcriptions.create",),
    "translation": ("audio.translations.create",),
}
"""The operations behind aimock's names of endpoints; the others are other vendors', or websockets'."""

TEXTS = {
    "embeddings.create": "input",
    "images.generate": "prompt",
    "images.edit": "prompt",
    "audio.speech.create": "input",
}
"""Where the user's words are, if they are no messages."""

UNSAID = ("latency", "chunkSize", "streamingProfile", "recordedTimings", "disconnectAfterMs", "replaySpeed", "chaos")
"""What a fixture may say of its timing and its faults, and a stub of it does not."""


def recognise(text: str) -> bool:
    """Whether the text is a JSON object with fixtures that match."""
    return text.lstrip()[:1] == "{" and MARKS.search(text) is not None and RULE.search(text) is not None


def read(text: str, _folder: Path | None = None) -> list[Kept | Lost | Scripted]:
    """Its fixtures as stubs, those that count most last; raises ForeignFormatError if the file cannot be read."""
    fixtures = part(parsed(text)).get("fixtures")
    if not isinstance(fixtures, list):
        raise ForeignFormatError("Its fixtures are not a list.")
    found: list[Kept | Lost | Scripted] = []
    for name, group in grouped(fixtures):
        try:
            found += stubs(name, group)
        except ForeignFormatError as error:
            found.append(Lost(name, str(error)))
    return found[::-1]


def grouped(fixtures: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The fixtures by name; those that answer the same request one after the other (`sequenceIndex`) together."""
    groups: dict[str, list[tuple[int, Any]]] = {}
    for number, fixture in enumerate(fixtures, 1):
        match = fixture.get("match") if isinstance(fixture, Mapping) else None
        rule = str(number)
        if isinstance(match, Mapping) and isinstance(match.get("sequenceIndex"), int):
            rule = json.dumps({**match, "sequenceIndex": None}, sort_keys=True)
        groups.setdefault(rule, []).append((number, fixture))
    for members in groups.values():
        yield f"fixture {members[0][0]}", [fixture for _, fixture in members]


def stubs(name: str, group: list[Any]) -> Iterator[Scripted | Lost]:
    """The stubs of a fixture, or of several that answer in turn; ForeignFormatError if there can be none."""
    first = part(group[0])
    match = part(first, "match")
    counted = match.get("sequenceIndex") is not None
    if counted:
        group = sorted(group, key=lambda each: str(each["match"]["sequenceIndex"]).zfill(9))
        if [each["match"]["sequenceIndex"] for each in group] != list(range(len(group))):
            raise ForeignFormatError("Its sequenceIndex does not count from 0.")
    answers = [part(each, "response") for each in group]
    notes = [f"{word} is not kept" for word in UNSAID if any(word in each for each in group)]
    for operation in operations(match, answers[0]):
        try:
            said = [answer(operation, each, notes) for each in answers]
            cut = first.get("truncateAfterChunks")
            if isinstance(cut, int):
                said[-1]["fault"] = {"close": {"chunks": cut}}
            if counted:
                entry: dict[str, Any] = {"answers": [each | {"times": 1} for each in said]}
            else:
                entry = {**said[0], "always": True}
            where = conditions(operation, match)
            entry = {"on": operation, **({"where": where} if where else {}), **entry}
            yield Scripted(entry, f"{name}, {operation}", tuple(dict.fromkeys(notes)))
        except ForeignFormatError as error:
            yield Lost(f"{name}, {operation}", str(error))


def operations(match: Mapping[str, Any], response: Mapping[str, Any]) -> tuple[str, ...]:
    """The operations that a fixture answers: by its endpoint, or by what it says."""
    endpoint = str(match.get("endpoint", "embedding" if "inputText" in match else kind(response)))
    if endpoint not in SERVICES:
        raise ForeignFormatError(f"Its endpoint {endpoint} is not one of OpenAI's HTTP API.")
    return SERVICES[endpoint]


def conditions(operation: str, match: Mapping[str, Any]) -> dict[str, Any]:
    """What a request must look like, in the words of a stub."""
    where: dict[str, Any] = {}
    for word, value in match.items():
        if word in ("sequenceIndex", "endpoint"):
            continue
        if word not in CONDITIONS:
            raise ForeignFormatError(f"It asks for a {word}, which no stub can.")
        if not isinstance(value, CONDITIONS[word]):
            raise ForeignFormatError(f"Its {word} is {type(value).__name__}.")
        where |= dict(condition(operation, word, value, match))
    return where


CONDITIONS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("userMessage", "inputText", "toolName", "toolCallId", "toolResultContains", "model"), str),
    **dict.fromkeys(("responseFormat", "context"), str),
    "systemMessage": (str, list),
    "turnIndex": int,
    "hasToolResult": bool,
}
"""What may stand in `match`, and its type."""


def condition(operation: str, word: str, value: Any, match: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """One of the conditions."""
    chat = operation == "chat.completions.create"
    last = "messages__-1__" if chat else "input__-1__"
    match word:
        case "userMessage" | "inputText":
            if value and operation in (*WORDS, *TEXTS):
                yield TEXTS.get(operation, "last_user"), {"contains": value}
        case "systemMessage":
            texts = [value] if isinstance(value, str) else value
            if len(texts) > 1:
                raise ForeignFormatError("It asks for several texts of the system at once, and a stub for one.")
            if texts:
                yield "system", {"contains": texts[0]}
        case "toolName":
            yield "has_tool", value
        case "model":
            yield "model", {"matches": rf"^{re.escape(value)}(-\d.*)?$"}
        case "context":
            yield "headers", {"x-aimock-context": value}
        case "turnIndex":
            yield "turn", value + 1
        case "responseFormat":
            yield "response_format__type" if chat else "text__format__type", value
        case "toolCallId":
            yield last + ("tool_call_id" if chat else "call_id"), value
        case "toolResultContains":
            yield last + ("content" if chat else "output"), {"contains": value}
        case "hasToolResult" if chat:
            yield f"{last}role", "tool" if value else "user"
        case "hasToolResult" if value:
            yield f"{last}type", "function_call_output"
        case "hasToolResult" if "turnIndex" not in match:
            raise ForeignFormatError("It asks for a turn without results of tools, and says not which turn.")
