"""What was said before a call: the messages of a chat, or the items of a response with all that came before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .call import Call
from .value import value

if TYPE_CHECKING:
    from .behaviours import Mock


@value(frozen=True, slots=True)
class Said:
    """One thing that was said: `who` is `user`, `assistant`, or `tool` for the result of a tool call.

    `content` is text, or a list of parts that are not all text; `where` is its place in the request. `tool` is the
    name of the tool whose result it is (empty where nothing says so), `asked` the rank of its call among all calls.
    """

    who: str
    content: Any
    where: str
    tool: str = ""
    asked: int = 0


def turns(history: Iterable[Said]) -> list[list[Said]]:
    """What was said to the model, cut where the model said something; the last is what it has to answer now.

    Results of tools stand in the order in which they were asked for. What the model says first is no turn.
    """
    found: list[list[Said]] = [[]]
    for said in history:
        if said.who != "assistant":
            found[-1].append(said)
        elif found[-1]:
            found.append([])
    return [sorted(said, key=lambda each: each.asked) for said in found]


def chat(call: Call, _mock: Mock) -> Iterator[Said]:
    """The messages of a chat completion, but those of the system."""
    names: dict[str, str] = {}
    for index, message in enumerate(_objects(call, "messages")):
        role, where, content = message.get("role"), f"messages[{index}].content", _plain(message.get("content"))
        if role == "assistant":
            for asked in message.get("tool_calls") or ():
                names[asked.get("id")] = str((asked.get("function") or asked.get("custom") or {}).get("name"))
            yield Said("assistant", content, where)
        elif role == "user":
            yield Said("user", content, where)
        elif role in ("tool", "function"):
            yield _result(content, where, str(message.get("tool_call_id")), names, message.get("name") or "")


def responses(call: Call, mock: Mock) -> Iterator[Said]:
    """The items of a response's input, after those of earlier responses or of the conversation it belongs to."""
    names: dict[str, str] = {}
    body = call.body if isinstance(call.body, dict) else {}
    before = [(item, "an earlier response") for item in earlier(body, mock)]
    given = body.get("input")
    own = [{"role": "user", "content": given}] if isinstance(given, str) else _objects(call, "input")
    places = ["input" if isinstance(given, str) else f"input[{index}]" for index in range(len(own))]
    if any(item.get("type") == "item_reference" for item in own):
        from .behaviours.responses_asking import stored_items

        stored = {item["id"]: item for item in stored_items(mock)}
        own = [stored.get(item["id"], item) if item.get("type") == "item_reference" else item for item in own]
    for item, where in [*before, *zip(own, places, strict=True)]:
        kind = item.get("type") or "message"
        if kind == "message" and item.get("role") in ("user", "assistant"):
            yield Said(item["role"], _plain(item.get("content")), where)
        elif kind.endswith("_output"):
            yield _result(_plain(item.get("output")), where, str(item.get("call_id")), names)
        elif kind.endswith("_call") or kind == "reasoning":
            names[str(item.get("call_id"))] = str(item.get("name") or kind.removesuffix("_call"))
            yield Said("assistant", None, where)


HISTORIES: Mapping[str, Callable[[Call, Mock], Iterator[Said]]] = {
    "beta.responses.create": responses,
    "chat.completions.create": chat,
    "responses.create": responses,
}
"""How the history of a call is read, by its operation: those that have one."""


def earlier(body: Mapping[str, Any], mock: Mock) -> Iterator[Mapping[str, Any]]:
    """The items of the response before, or of the conversation, as far as they are stored."""
    response = mock.resources.find("/responses", str(body.get("previous_response_id") or ""))
    if response is not None:
        yield from (*response.private.get("items", ()), *response.value["output"])
    given = body.get("conversation")
    named = given.get("id") if isinstance(given, Mapping) else given
    yield from (each.value for each in mock.resources.all(f"/conversations/{named}/items"))


def _result(content: Any, where: str, id: str, names: Mapping[str, str], name: str = "") -> Said:
    rank = list(names).index(id) if id in names else len(names)
    return Said("tool", content, where, names.get(id, name), rank + 1)


def _objects(call: Call, name: str) -> list[dict[str, Any]]:
    given = call.body.get(name) if isinstance(call.body, dict) else None
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _plain(content: Any) -> Any:
    """Text where there is nothing but text."""
    if isinstance(content, list) and all(isinstance(part, dict) and "text" in part for part in content):
        return "".join(str(part["text"]) for part in content)
    return content
