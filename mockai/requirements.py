"""Conditions on a call as a whole: who is spoken to, by whom, with which tools, headers and files.

`mock.on(CHAT, last_user=contains("weather"), has_tool="get_weather", turn=1)`; or, as values that cannot be mistaken
for a parameter of the API, `mock.on(CHAT, last_user(contains("weather")), has_tool("get_weather"), turn(1))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .call import Call
from .conditions import Condition, wanting
from .declared import check_wanted
from .errors import StubError
from .keys import given_key
from .match import ABSENT, Mismatch, show
from .multipart import Part
from .talk import Talk, converses, talk
from .value import value

if TYPE_CHECKING:
    from .behaviours import Mock


@value(frozen=True, slots=True)
class Requirement:
    """A condition on a whole call: the word it goes by (see `WORDS`) and what is wanted."""

    word: str
    wanted: Any

    def mismatches(self, call: Call, mock: Mock) -> Iterator[Mismatch]:
        """Where the call is not what is wanted; `mock` knows the stored conversations."""
        return WORDS[self.word](self.wanted, call, mock)

    def __repr__(self) -> str:
        if self.word == "key":
            return "key(***)"
        if self.word == "call":
            return show(self.wanted)
        wanted = self.wanted if isinstance(self.wanted, tuple) else (self.wanted,)
        if self.word == "headers":
            wanted = ({name: HIDDEN if name.lower() in SECRET else value for name, value in self.wanted.items()},)
        return f"{self.word}({', '.join(map(show, wanted))})"


def last_user(wanted: Any) -> Requirement:
    """The words of the user's last message, those of its parts together."""
    return Requirement("last_user", wanted)


def system(wanted: Any) -> Requirement:
    """What the model is told to be: messages of the system and the developer, `instructions`."""
    return Requirement("system", wanted)


def turn(wanted: Any) -> Requirement:
    """Which answer of the model in its conversation is asked for, from 1: one more than there are so far."""
    return Requirement("turn", wanted)


def has_tool(*names: Any) -> Requirement:
    """Tools on offer: functions by their name, hosted tools by their type, MCP servers by their label."""
    return Requirement("has_tool", names)


def headers(wanted: Mapping[str, Any]) -> Requirement:
    """Headers of the request; upper and lower case in their names are the same."""
    return Requirement("headers", wanted)


def query(wanted: Mapping[str, Any]) -> Requirement:
    """The query string as it was sent: texts, a list where a name is repeated."""
    return Requirement("query", wanted)


def parts(wanted: Mapping[str, Any]) -> Requirement:
    """Parts of a form by the name of their field.

    Each is its text, its bytes, or what is wanted of its `filename`, `content_type`, `data` (bytes) and `text`.
    """
    return Requirement("parts", wanted)


def key(wanted: Any) -> Requirement:
    """The API key of the request; no message ever shows it."""
    return Requirement("key", wanted)


def requirement(word: str, wanted: Any, operation: str) -> Requirement:
    """The requirement that goes by `word`. Raises StubError where `operation` or `wanted` can have none such."""
    if word in CONVERSATIONAL and not converses(operation) and " " not in operation:
        raise StubError(
            f"{operation} is no part of a conversation, so {word} says nothing of it. Name its parameters instead, as "
            f"in input=contains(…)."
        )
    check_wanted(wanted, word)
    if word in ("last_user", "system", "key") and isinstance(wanted, int | float | list | tuple | Mapping):
        raise StubError(f"{word} is a text, or a condition on one such as contains(…), and no {type(wanted).__name__}.")
    if word == "turn" and (isinstance(wanted, str | float | bool) or (isinstance(wanted, int) and wanted < 1)):
        raise StubError(f"turn={show(wanted)}: turns are counted from 1. Give a whole number, or a function of it.")
    if word in MAPPINGS and not isinstance(wanted, Mapping):
        raise StubError(f"{word} is an object of names and what is wanted of each, as in {MAPPINGS[word]}.")
    if word == "has_tool" and not isinstance(wanted, tuple):
        wanted = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    if word == "parts":
        for name, part in wanted.items():
            if isinstance(part, Mapping) and (unknown := sorted(set(part) - set(PART))):
                raise StubError(f"parts: {name} has no {unknown[0]!r}. A part has {', '.join(PART)}.")
    return Requirement(word, wanted)


CONVERSATIONAL = ("last_user", "system", "turn", "has_tool")
SECRET = ("authorization", "api-key")
PART = ("filename", "content_type", "data", "text")
MAPPINGS = {
    "headers": 'headers={"x-team": "a"}',
    "query": 'query={"limit": "2"}',
    "parts": 'parts={"file": {"filename": "speech.mp3"}}',
}


def _of_talk(name: str) -> Check:
    def check(wanted: Any, call: Call, mock: Mock) -> Iterator[Mismatch]:
        got = getattr(talk(call, mock), name)
        return wanting(wanted, ABSENT if got is None else got, name)

    return check


def _tools(wanted: Any, call: Call, mock: Mock) -> Iterator[Mismatch]:
    offered: Talk = talk(call, mock)
    for name in wanted:
        if all(next(wanting(name, each), None) for each in offered.tools):
            yield Mismatch("tools", Condition(bool, f"has_tool({show(name)})"), list(offered.tools))


def _headers(wanted: Mapping[str, Any], call: Call, _mock: Mock) -> Iterator[Mismatch]:
    for name, asked in wanted.items():
        got = [text for each, text in call.request.headers if each == name.lower()]
        secret = name.lower() in SECRET
        for found in wanting(asked, _one(got), f"headers.{name.lower()}"):
            yield Mismatch(found.where, HIDDEN, ANOTHER if got else ABSENT) if secret else found


def _query(wanted: Mapping[str, Any], call: Call, _mock: Mock) -> Iterator[Mismatch]:
    pairs = parse_qsl(call.request.query, keep_blank_values=True)
    for name, asked in wanted.items():
        sent = {True: "true", False: "false"}[asked] if isinstance(asked, bool) else asked
        sent = str(sent) if isinstance(sent, int | float) else sent
        yield from wanting(sent, _one([text for each, text in pairs if each == name]), f"query.{name}")


def _parts(wanted: Mapping[str, Any], call: Call, _mock: Mock) -> Iterator[Mismatch]:
    sent = call.body if isinstance(call.body, tuple) else ()
    for name, about in wanted.items():
        asked = about if isinstance(about, Mapping) else {"data" if isinstance(about, bytes) else "text": about}
        found = [
            [each for field, value in asked.items() for each in wanting(value, _field(part, field), f"{name}.{field}")]
            for part in sent
            if part.name in (name, f"{name}[]")
        ]
        yield from min(found, key=len) if found else [Mismatch(name, "a part of this name", ABSENT)]


def _field(part: Part, field: str) -> Any:
    if field == "text":
        try:
            return part.data.decode()
        except UnicodeDecodeError:
            return ABSENT
    value = getattr(part, field)
    return ABSENT if value is None else value


def _key(wanted: Any, call: Call, _mock: Mock) -> Iterator[Mismatch]:
    given = given_key(call.request)
    if next(wanting(wanted, given or ABSENT), None):
        yield Mismatch("key", HIDDEN, ANOTHER if given else ABSENT)


def _call(wanted: Callable[[Call], Any], call: Call, _mock: Mock) -> Iterator[Mismatch]:
    for found in wanting(wanted, call, "call"):
        yield Mismatch("call", found.wanted, Condition(bool, f"call {call.number}"))


HIDDEN, ANOTHER = Condition(bool, "***"), Condition(bool, "another one")


def _one(found: list[str]) -> Any:
    """A value that is mostly there once: nothing, the one, or all of them."""
    return found[0] if len(found) == 1 else found or ABSENT


Check = Callable[[Any, Call, "Mock"], Iterator[Mismatch]]

WORDS: dict[str, Check] = {
    **{name: _of_talk(name) for name in ("last_user", "system", "turn")},
    "has_tool": _tools,
    "headers": _headers,
    "query": _query,
    "parts": _parts,
    "key": _key,
    "call": _call,
}
"""What may be asked of a whole call; `call` is a user's own function."""

KEYWORDS = frozenset(WORDS) - {"call"}
"""Those that may stand among the parameters, as keywords and in files, where the operation has none of that name."""
