"""What has been said so far in the conversation that a call goes on with, in every family that has conversations.

Chat completions send all of it; responses, runs of threads and agents' sessions refer to what the mock has stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import history
from .call import Call
from .history import Said, turns
from .value import value

if TYPE_CHECKING:
    from .behaviours import Mock


@value(frozen=True, slots=True)
class Talk:
    """A conversation: what was `said`, the oldest first, what the model was `told` to be, the names of the `tools`.

    A hosted tool is called by its type (`web_search`), an MCP server by its label.
    """

    said: Sequence[Said] = ()
    told: Sequence[str] = ()
    tools: Sequence[str] = ()

    @property
    def last_user(self) -> str | None:
        """The words of the user's last message."""
        return next((words(said.content) for said in reversed(self.said) if said.who == "user"), None)

    @property
    def system(self) -> str | None:
        """What the model is told to be, the messages of the system and the developer in lines of their own."""
        return "\n".join(self.told) if self.told else None

    @property
    def turn(self) -> int:
        """Which answer of the model is asked for, from 1. What it says or calls in one go is one answer."""
        return len(turns(self.said))


def talk(call: Call, mock: Mock) -> Talk:
    """The conversation of a call."""
    body = call.body if isinstance(call.body, Mapping) else {}
    read = next((read for start, read in READERS.items() if call.name.startswith(start)), _any)
    return read(call, body, mock)


def converses(operation: str) -> bool:
    """Whether calls of an operation belong to a conversation."""
    return any(operation.startswith(start) for start in READERS)


def words(content: Any) -> str:
    """The words of a message's content: a text, or the texts of its parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text", part.get("refusal")) for part in parts if isinstance(part, Mapping))
    plain = (text.get("value") if isinstance(text, Mapping) else text for text in texts)
    return "".join(text for text in plain if isinstance(text, str))


def _chat(call: Call, body: Mapping[str, Any], mock: Mock) -> Talk:
    tools = [*_list(body, "tools"), *_list(body, "functions")]
    return Talk(list(history.chat(call, mock)), _told(_list(body, "messages")), _names(tools))


def _response(call: Call, body: Mapping[str, Any], mock: Mock) -> Talk:
    given = body.get("instructions")
    own = [given] if isinstance(given, str) else _told(_list(body, "instructions"))
    told = [*own, *_told(_list(body, "input"))]
    return Talk(list(history.responses(call, mock)), told, _names(_list(body, "tools")))


def _run(call: Call, body: Mapping[str, Any], mock: Mock) -> Talk:
    place = f"/threads/{call.values.get('thread_id', '')}"
    run = mock.resources.find(f"{place}/runs", call.values.get("run_id", ""))
    assistant = mock.resources.find("/assistants", str(body.get("assistant_id") or ""))
    kept = run.value if run else {**(assistant.value if assistant else {}), **{k: v for k, v in body.items() if v}}
    told = [text for text in (kept.get("instructions"), body.get("additional_instructions")) if text]
    thread = body.get("thread")
    written = [*(_list(thread, "messages") if isinstance(thread, Mapping) else ()), *_list(body, "additional_messages")]
    said = [*_said([*(each.value for each in mock.resources.all(f"{place}/messages")), *written])]
    said += [Said(who, "", place) for _ in range(_called(place, mock)) for who in ("assistant", "tool")]
    return Talk(said, told, _names(_list(kept, "tools")))


def _called(place: str, mock: Mock) -> int:
    """How often the model has called tools in the runs of a thread."""
    steps = (step for run in mock.resources.all(f"{place}/runs") for step in mock.resources.all(f"{run.path}/steps"))
    return sum(step.value.get("type") == "tool_calls" for step in steps)


def _message(_call: Call, body: Mapping[str, Any], _mock: Mock) -> Talk:
    return Talk(list(_said([body])))


def _thread(_call: Call, body: Mapping[str, Any], _mock: Mock) -> Talk:
    return Talk(list(_said(_list(body, "messages"))))


def _session(call: Call, body: Mapping[str, Any], mock: Mock) -> Talk:
    events = [event for event in _list(body, "events") if isinstance(event, Mapping)]
    given = body.get("input")
    own = [{"role": "user", "content": given}] if isinstance(given, str) else _list(body, "input")
    session = mock.resources.find("/agents/sessions", call.values.get("session_id", ""))
    agent = (session.value if session else body).get("agent") or {}
    told = [agent["instructions"]] if agent.get("instructions") else []
    said = _said([*own, *(item for event in events for item in _list(event, "input"))])
    return Talk(list(said), told, _names(_list(agent, "tools")))


def _prompt(_call: Call, body: Mapping[str, Any], _mock: Mock) -> Talk:
    prompt = body.get("prompt")
    texts = prompt if isinstance(prompt, list) else [prompt]
    return Talk([Said("user", text, "prompt") for text in texts if isinstance(text, str)])


def _any(call: Call, body: Mapping[str, Any], mock: Mock) -> Talk:
    """The conversation of a call that the API does not have: by the shape of its body."""
    return (_chat if "messages" in body else _response)(call, body, mock)


Reader = Callable[[Call, Mapping[str, Any], "Mock"], Talk]

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


def _said(messages: Iterable[Any]) -> Iterator[Said]:
    """Messages that are plain ones: a role and a content."""
    for message in messages:
        if isinstance(message, Mapping) and message.get("role") in ("user", "assistant"):
            yield Said(message["role"], words(message.get("content")), "")


def _told(messages: Iterable[Any]) -> list[str]:
    """What the system or the developer says among messages."""
    return [
        words(message.get("content"))
        for message in messages
        if isinstance(message, Mapping) and message.get("role") in ("system", "developer")
    ]


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
