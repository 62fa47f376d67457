"""What has been said so far in the conversation that a call goes on with, in every family that has conversations.

Chat completions send all of it; responses, runs of threads and agents' sessions refer to what the mock has stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .call import Call

if TYPE_CHECKING:
    from .behaviours import Mock


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: pairs of a role and its words, the oldest first, and the names of the tools on offer.

    A hosted tool is called by its type (`web_search`), an MCP server by its label.
    """

    said: Sequence[tuple[str, str]] = ()
    tools: Sequence[str] = ()

    @property
    def last_user(self) -> str | None:
        """The user's last message."""
        return next((text for role, text in reversed(self.said) if role == "user"), None)

    @property
    def system(self) -> str | None:
        """What the model is told to be, the messages of the system and the developer in lines of their own."""
        told = [text for role, text in self.said if role in ("system", "developer")]
        return "\n".join(told) if told else None

    @property
    def turn(self) -> int:
        """Which answer of the model is asked for, from 1. What it says or calls in one go is one answer."""
        roles = ["", *(role for role, _ in self.said if role not in ("system", "developer"))]
        return 1 + sum(role == "assistant" != before for before, role in pairwise(roles))


def talk(call: Call, mock: Mock | None = None) -> Talk:
    """The conversation of a call; without a mock, as far as the call itself tells it."""
    body = call.body if isinstance(call.body, Mapping) else {}
    return _reader(call.name)(call, body, mock)


def converses(operation: str) -> bool:
    """Whether calls of an operation belong to a conversation."""
    return any(operation.startswith(start) for start in READERS)


def _reader(name: str) -> Reader:
    return next((read for start, read in READERS.items() if name.startswith(start)), _any)


def _chat(_call: Call, body: Mapping[str, Any], _mock: Mock | None) -> Talk:
    return Talk(list(_told(body.get("messages"))), _names([*_list(body, "tools"), *_list(body, "functions")]))


def _response(_call: Call, body: Mapping[str, Any], mock: Mock | None) -> Talk:
    told = body.get("instructions")
    before = [{"role": "developer", "content": told}] if isinstance(told, str) else list(told or ())
    items = [*before, *earlier(body, mock), *_input(body)]
    return Talk(list(_told(items)), _names(_list(body, "tools")))


def earlier(body: Mapping[str, Any], mock: Mock | None) -> Iterator[Mapping[str, Any]]:
    """The items of the response before, or of the conversation, as far as they are stored."""
    if mock is None:
        return
    response = mock.resources.find("/responses", str(body.get("previous_response_id") or ""))
    if response is not None:
        yield from (*response.private.get("items", ()), *response.value["output"])
    given = body.get("conversation")
    named = given.get("id") if isinstance(given, Mapping) else given
    yield from (each.value for each in mock.resources.all(f"/conversations/{named}/items"))


def _input(body: Mapping[str, Any]) -> Sequence[Any]:
    given = body.get("input")
    return [{"role": "user", "content": given}] if isinstance(given, str) else _list(body, "input")


def _run(call: Call, body: Mapping[str, Any], mock: Mock | None) -> Talk:
    place = f"/threads/{call.values.get('thread_id', '')}"
    run = mock and mock.resources.find(f"{place}/runs", call.values.get("run_id", ""))
    assistant = mock and mock.resources.find("/assistants", str(body.get("assistant_id") or ""))
    kept = run.value if run else {**(assistant.value if assistant else {}), **{k: v for k, v in body.items() if v}}
    system = [kept.get("instructions"), body.get("additional_instructions")]
    thread = body.get("thread")
    written = [*(_list(thread, "messages") if isinstance(thread, Mapping) else ()), *_list(body, "additional_messages")]
    stored = [each.value for each in mock.resources.all(f"{place}/messages")] if mock else []
    said = [("system", text) for text in system if text]
    said += [("tool" if at % 2 else "assistant", "") for at in range(2 * _called(place, mock))]
    return Talk([*said, *_told([*stored, *written])], _names(_list(kept, "tools")))


def _called(place: str, mock: Mock | None) -> int:
    """How often the model has called tools in the runs of a thread."""
    if mock is None:
        return 0
    runs = mock.resources.all(f"{place}/runs")
    return sum(
        each.value.get("type") == "tool_calls" for run in runs for each in mock.resources.all(f"{run.path}/steps")
    )


def _message(_call: Call, body: Mapping[str, Any], _mock: Mock | None) -> Talk:
    return Talk(list(_told([body])))


def _thread(_call: Call, body: Mapping[str, Any], _mock: Mock | None) -> Talk:
    return Talk(list(_told(body.get("messages"))))


def _session(call: Call, body: Mapping[str, Any], mock: Mock | None) -> Talk:
    events = [event for event in _list(body, "events") if isinstance(event, Mapping)]
    given = [*_input(body), *(item for event in events for item in _list(event, "input"))]
    session = mock and mock.resources.find("/agents/sessions", call.values.get("session_id", ""))
    agent = (session.value if session else body).get("agent") or {}
    system = [{"role": "system", "content": agent["instructions"]}] if agent.get("instructions") else []
    return Talk(list(_told([*system, *given])), _names(_list(agent, "tools")))


def _prompt(_call: Call, body: Mapping[str, Any], _mock: Mock | None) -> Talk:
    prompt = body.get("prompt")
    texts = prompt if isinstance(prompt, list) else [prompt]
    return Talk([("user", text) for text in texts if isinstance(text, str)])


def _any(call: Call, body: Mapping[str, Any], mock: Mock | None) -> Talk:
    """The conversation of a call that the API does not have: by the shape of its body."""
    return (_chat if "messages" in body else _response)(call, body, mock)


Reader = Callable[[Call, Mapping[str, Any], "Mock | None"], Talk]

READERS: dict[str, Reader] = {
    "chat.completions.create": _chat,
    "responses.": _response,
    "beta.responses.": _response,
    "beta.threads.messages.create": _message,
    "beta.threads.runs.": _run,
    "beta.threads.create_and_run": _run,
    "beta.threads.create": _thread,
    "beta.agents.sessions.": _session,
    "completions.create": _prompt,
}
"""How the conversation of an operation is read, by the beginning of its id: the first that fits."""


def _told(items: Any) -> Iterator[tuple[str, str]]:
    """Messages and items as roles and words; what the model does without words is the assistant's as well."""
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping):
            continue
        kind = str(item.get("type") or "message")
        if isinstance(item.get("role"), str):
            yield item["role"], _words(item.get("content"))
        elif kind.endswith("_output") or kind in ("mcp_approval_response", "item_reference"):
            yield "tool", _words(item.get("output"))
        else:
            yield "assistant", ""


def _words(content: Any) -> str:
    """The words of a message's content: a text, or the texts of its parts in lines."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text", part.get("refusal")) for part in parts if isinstance(part, Mapping))
    plain = (text.get("value") if isinstance(text, Mapping) else text for text in texts)
    return "\n".join(text for text in plain if isinstance(text, str))


def _names(tools: Iterable[Any]) -> list[str]:
    """What tools are called by, those inside of namespaces as well."""
    found: list[str] = []
    for tool in tools:
        if not isinstance(tool, Mapping):
            continue
        kind = tool.get("type")
        inside = tool.get(kind) if isinstance(kind, str) else None
        named = tool.get("name") or (inside.get("name") if isinstance(inside, Mapping) else None)
        found.append(str(named or tool.get("server_label") or kind))
        if kind == "namespace":
            found += _names(_list(tool, "tools"))
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []
