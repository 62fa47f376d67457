"""What a model may say, drawn, and the answers that say it: those of the mock itself, whose grammar is the API's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from hypothesis import strategies as st

from ..behaviours import renderer_of
from ..clock import ManualClock
from ..http import Reply
from ..mock import MockAI
from ..ongoing import Ongoing, played
from ..operations import operation
from ..sounds import mp3
from ..sse import DONE, parse
from ..understand import understand
from ..voice import ToolCall, Utterance
from .asking import request_of
from .values import NAMES, TEXTS, Draw, Strategy, Upload

PIECES = st.lists(TEXTS, max_size=4).map(tuple)
"""A text as a stream cuts it; a piece may be empty, and no piece at all is a text without words."""

ARGUMENTS = st.dictionaries(st.text(NAMES, min_size=1, max_size=4), TEXTS | st.integers(-9, 9), max_size=2).map(
    lambda value: orjson.dumps(value).decode()
)

SELDOM = st.sampled_from((False, False, False, True))

FUNCTION, CUSTOM = "get_weather", "note"

TOOLS = (
    {"type": "function", "function": {"name": FUNCTION, "parameters": {"type": "object", "properties": {}}}},
    {"type": "custom", "custom": {"name": CUSTOM}},
)

CALLS = st.builds(ToolCall, st.just(FUNCTION), ARGUMENTS)
ONE, SOME = (st.lists(CALLS, min_size=1, max_size=most) for most in (1, 3))
FILLED = TEXTS.filter(bool)
PERHAPS = st.none() | FILLED
ENDS = st.sampled_from((None, "length", "content_filter"))
CALLED = st.sampled_from((None, None, "stop", "length"))
LIKELY = st.integers(0, 2)
MODELS = st.sampled_from(("gpt-5", "gpt-4o"))
EITHER = st.booleans()

ASKED: Mapping[str, Mapping[str, Any]] = {
    "audio.transcriptions.create": {"file": Upload("a.mp3", mp3(0.5)), "model": "gpt-4o-transcribe"},
    "beta.agents.sessions.create": {"agent_id": "agent_1", "environment": {"type": "none"}, "input": "Hello!"},
    "beta.responses.create": {"model": "gpt-5", "input": "Hello!"},
    "beta.threads.create_and_run": {"assistant_id": "asst_1"},
    "beta.threads.runs.create": {"assistant_id": "asst_1"},
    "chat.completions.create": {"messages": [{"role": "user", "content": "Hello!"}]},
    "completions.create": {"model": "gpt-3.5-turbo-instruct", "prompt": "Hello!"},
    "responses.create": {"model": "gpt-5", "input": "Hello!"},
}
"""The least that each operation is asked, to be answered in words."""

HELD = {"thread_id": "thread_1"}


WORDED = st.builds(lambda pieces, end: Utterance("".join(pieces), pieces, finish=end), PIECES, ENDS)
"""A text in pieces, ended by itself, by a limit or by the filter."""

REFUSED = st.builds(lambda text, end: Utterance(refusal=text, finish=end), FILLED, ENDS)


@st.composite
def calls(draw: Draw, legacy: bool = False, custom: bool = False) -> Utterance:
    """Calls of functions, perhaps after a text; cut short by a limit, the last call's arguments are no JSON."""
    made = draw(ONE if legacy else SOME)
    if custom and draw(SELDOM):
        made.append(ToolCall(CUSTOM, draw(TEXTS)))
    finish = draw(CALLED)
    if finish == "length":
        last = made[-1]
        made[-1] = ToolCall(last.name, last.arguments[: draw(st.integers(0, len(last.arguments)))])
    text = None if legacy else draw(PERHAPS)
    return Utterance(text, tool_calls=tuple(made), finish=finish)


@cache
def _choices(legacy: bool, custom: bool) -> Strategy:
    return st.lists(WORDED | REFUSED | calls(legacy, custom), min_size=1, max_size=3)


@st.composite
def chats(draw: Draw, stream: bool) -> Reply:
    """A chat completion: what was asked for is drawn as well as what is said."""
    legacy = draw(SELDOM)
    heard: dict[str, Any] = {"logprobs": True, "top_logprobs": draw(LIKELY)} if draw(SELDOM) else {}
    body = {
        "model": "gpt-4o" if heard else draw(MODELS),
        "messages": ASKED["chat.completions.create"]["messages"],
        **({"functions": [{"name": FUNCTION}]} if legacy else {"tools": TOOLS}),
        **heard,
    }
    if stream:
        usage, bare = draw(EITHER), draw(EITHER)
        body |= {"stream": True, "stream_options": {"include_usage": usage, "include_obfuscation": not bare}}
    said = draw(_choices(legacy, custom=not stream and not legacy))
    return rendered("chat.completions.create", said, body | {"n": len(said)})


TEXTS_ONLY = st.lists(WORDED, min_size=1, max_size=3)


@st.composite
def continuations(draw: Draw, stream: bool) -> Reply:
    """A legacy completion."""
    body: dict[str, Any] = dict(ASKED["completions.create"])
    if draw(SELDOM):
        body["logprobs"] = draw(LIKELY)
    if draw(SELDOM):
        body["echo"] = True
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": draw(EITHER)}}
    said = draw(TEXTS_ONLY)
    return rendered("completions.create", said, body | {"n": len(said)})


def answers(id: str, stream: bool) -> Strategy:
    """Replies of an operation that answers in words."""
    if id == "chat.completions.create":
        return chats(stream)
    if id == "completions.create":
        return continuations(stream)
    spoken: Strategy = WORDED
    if id.startswith("beta.threads."):
        spoken |= calls(legacy=True)
    if id == "beta.threads.runs.submit_tool_outputs":
        return spoken.map(lambda said: submitted(said, stream))
    return spoken.map(lambda said: rendered(id, [said], {**ASKED[id], **({"stream": True} if stream else {})}))


def rendered(id: str, said: Sequence[Utterance], body: Any, mock: MockAI | None = None, **held: str) -> Reply:
    """The mock's own answer that says this to a request with this body."""
    row = operation(id)
    render = renderer_of(id)
    assert render is not None, id
    call = understand(request_of(row, HELD | held, {}, body), 1)
    reply = render(call, said, MockAI(missing="conjure", clock=ManualClock()) if mock is None else mock)
    return Reply(reply.status, reply.headers, tuple(played(reply.body))) if isinstance(reply.body, Ongoing) else reply


def submitted(said: Utterance, stream: bool) -> Reply:
    """What a run says after the outputs of the tools it had called."""
    mock = MockAI(missing="conjure", clock=ManualClock())
    asked = Utterance(tool_calls=(ToolCall(FUNCTION, "{}"),))
    run = value_of(rendered("beta.threads.runs.create", [asked], ASKED["beta.threads.runs.create"], mock))
    look = request_of(operation("beta.threads.runs.retrieve"), {**HELD, "run_id": run["id"]}, {}, None)
    while run["required_action"] is None:
        found = mock.handle(look)
        assert isinstance(found, Reply)
        run = value_of(found)
    ids = [call["id"] for call in run["required_action"]["submit_tool_outputs"]["tool_calls"]]
    body = {"tool_outputs": [{"tool_call_id": id, "output": "sunny"} for id in ids]}
    more = {"stream": True} if stream else {}
    return rendered("beta.threads.runs.submit_tool_outputs", [said], body | more, mock, run_id=run["id"])


def events_of(reply: Reply) -> list[Any]:
    """The events of a stream as `reply(exact=…)` takes them: values, those of runs with their names."""
    found = [event for event in parse(reply.content) if event.data != DONE]
    if any((event.name or "").startswith("thread.") for event in found):
        return [{"event": each.name, "data": each.value} for each in found]
    return [event.value for event in found]


def value_of(reply: Reply) -> Any:
    """The JSON value of a body."""
    return orjson.loads(reply.content)
