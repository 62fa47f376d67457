"""The order of events: what the mock streams has one that the API's could have, each way to lose it is named with its
event, and nothing that anybody could write breaks the reading.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st

from mockai import ManualClock, MockAI
from mockai.check import check
from mockai.grammar import Slip, Told, disorder, sums, told_type
from mockai.http import Exchange
from mockai.operations import operation
from mockai.sse import DONE, encode, parse
from mockai.understand import understand

FUNCTION = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": FUNCTION}}
QUESTION = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
CHAT = {"model": "gpt-4o", "messages": QUESTION, "stream": True}
HOSTED: tuple[dict[str, Any], ...] = (
    {"type": "web_search"},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "image_generation", "partial_images": 2},
    {"type": "mcp", "server_label": "s", "server_url": "https://s.example/mcp", "require_approval": "never"},
    {"type": "custom", "name": "note"},
    {"type": "function", "name": "get_weather", "parameters": FUNCTION, "strict": True},
)
STREAMS = {
    "chat": ("/v1/chat/completions", CHAT),
    "chat with usage": ("/v1/chat/completions", {**CHAT, "stream_options": {"include_usage": True}}),
    "chats": ("/v1/chat/completions", {**CHAT, "n": 3, "stream_options": {"include_usage": True}}),
    "chat with a tool": ("/v1/chat/completions", {**CHAT, "tools": [TOOL], "tool_choice": "required"}),
    "completions": ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": ["a", "b"], "stream": True}),
    "responses": ("/v1/responses", {"model": "gpt-4o", "input": "Hi!", "stream": True}),
    "responses in the background": (
        "/v1/responses", {"model": "gpt-5", "input": "Hi!", "stream": True, "background": True}
    ),
    "reasoning": (
        "/v1/responses",
        {"model": "gpt-5", "input": "Hi!", "stream": True, "reasoning": {"effort": "high", "summary": "detailed"}},
    ),
    "cut short": ("/v1/responses", {"model": "gpt-4o", "input": "Hi!", "stream": True, "max_output_tokens": 16}),
    "picture": (
        "/v1/images/generations",
        {"model": "gpt-image-1", "prompt": "a cat", "stream": True, "partial_images": 2},
    ),
    "speech": (
        "/v1/audio/speech",
        {"model": "gpt-4o-mini-tts", "input": "Hi!", "voice": "alloy", "stream_format": "sse"},
    ),
    **{
        tool["type"]: (
            "/v1/responses",
            {"model": "gpt-5", "input": "Paris!", "stream": True, "tools": [tool], "tool_choice": "required"},
        )
        for tool in HOSTED
    },
}  # fmt: skip


def exchange(path: str, body: dict[str, Any], mock: MockAI | None = None) -> Exchange:
    asked = request(path, **body)
    return Exchange(asked, ask(mock or MockAI(clock=ManualClock()), asked))


@pytest.mark.parametrize("name", STREAMS)
def test_what_the_mock_streams_stands_in_order(name: str) -> None:
    path, body = STREAMS[name]
    made = exchange(path, body)
    assert made.reply.status == 200, made.reply.content
    assert (made.reply.header("content-type") or "").startswith("text/event-stream")
    assert check(made) == []


def test_a_run_and_its_second_half_stand_in_order() -> None:
    mock = MockAI(clock=ManualClock())
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": FUNCTION}}]
    assistant = orjson.loads(exchange("/v1/assistants", {"model": "gpt-4o", "tools": tools}, mock).reply.content)["id"]
    thread = {"messages": QUESTION}
    mock.on("beta.threads.create_and_run").call_tool("get_weather", city="Paris").then.answer()
    run = exchange("/v1/threads/runs", {"assistant_id": assistant, "thread": thread, "stream": True}, mock)
    assert check(run) == []
    (waiting,) = [e.value for e in parse(run.reply.content) if e.name == "thread.run.requires_action"]
    calls = waiting["required_action"]["submit_tool_outputs"]["tool_calls"]
    rest = exchange(
        f"/v1/threads/{waiting['thread_id']}/runs/{waiting['id']}/submit_tool_outputs",
        {"stream": True, "tool_outputs": [{"tool_call_id": each["id"], "output": "sunny"} for each in calls]},
        mock,
    )
    assert rest.reply.status == 200
    assert check(rest) == []


def events(name: str) -> tuple[str, dict[str, Any], list[Told]]:
    """The operation of a stream, what was asked, and its events."""
    path, body = STREAMS[name]
    made = exchange(path, body)
    row = understand(made.request).operation
    assert row is not None
    told = []
    for number, event in enumerate(parse(made.reply.content), 1):
        value = None if event.data == DONE else event.value
        told.append(Told(number, event.name or told_type(value, event.data), value))
    return row.id, body, told


def slips(name: str, change: Any, *, whole: bool = True) -> list[Slip]:
    """What is found in a stream whose list of events was changed."""
    id, body, told = events(name)
    told = deepcopy(told)
    change(told)
    again = [Told(number, each.type, each.value) for number, each in enumerate(told, 1)]
    return disorder(operation(id), again, body, whole=whole)


def at(type: str, told: list[Told]) -> int:
    return next(index for index, each in enumerate(told) if each.type == type)


def lose(type: str) -> Any:
    return lambda told: told.pop(at(type, told))


def repeat(type: str) -> Any:
    return lambda told: told.insert(at(type, told), told[at(type, told)])


def unnumbered(change: Any) -> Any:
    """The same without sequence numbers, so that nothing but the order speaks."""

    def both(told: list[Told]) -> None:
        for each in told:
            if isinstance(each.value, dict):
                each.value.pop("sequence_number", None)
        change(told)

    return both


def put(path: tuple[Any, ...], value: Any, index: int) -> Any:
    def change(told: list[Told]) -> None:
        place = told[index].value
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


DONE_TEXT = "response.output_text.done"
WRONG: dict[str, tuple[str, Any, str]] = {
    "no role": ("chat", lambda told: told.pop(0), "Choice 0 begins without its role."),
    "two roles": ("chat", lambda told: told.insert(1, told[0]), "Choice 0 begins a second time."),
    "no finish": ("chat", lambda told: told.pop(-2), "The stream ends without the finish_reason of choice 0."),
    "after the finish": ("chat", lambda told: told.insert(-1, told[1]), "Choice 0 goes on after its finish_reason."),
    "no end": ("chat", lambda told: told.pop(), "The stream ends without [DONE]."),
    "after the end": ("chat", lambda told: told.append(told[0]), "There is more after [DONE], which is the end."),
    "two ids": ("chat", put(("id",), "chatcmpl-x", 1), "id is 'chatcmpl-x', and "),
    "no usage": ("chat with usage", lambda told: told.pop(-2), "stream_options asks for usage, and no chunk has it."),
    "two usages": ("chat with usage", lambda told: told.insert(-1, told[-2]), "What was used is told a second time."),
    "usage first": ("chat with usage", lambda told: told.insert(2, told.pop(-2)), "A chunk with choices comes after"),
    "a call without its beginning": (
        "chat with a tool", put(("choices", 0, "delta", "tool_calls", 0, "id"), None, 0), "begins without its id."
    ),
    "not created": ("responses", unnumbered(lambda told: told.pop(0)), "comes before response.created."),
    "not ended": ("responses", lambda told: told.pop(), "The stream ends without response.completed or "),
    "created twice": ("responses", unnumbered(repeat("response.created")), "comes a second time in the same response"),
    "an unnumbered gap": ("responses", lose("response.in_progress"), "sequence_number is 2, and it would be 1."),
    "no item": ("responses", unnumbered(lose("response.output_item.added")), "before the output item has begun"),
    "an open item": ("responses", unnumbered(lose("response.output_item.done")), "the output item in it is still open"),
    "no part": ("responses", unnumbered(lose("response.content_part.added")), "before the content part has begun"),
    "no text": ("responses", unnumbered(lose(DONE_TEXT)), f"comes before {DONE_TEXT}"),
    "a lost piece": ("responses", unnumbered(lose("response.output_text.delta")), f"before {DONE_TEXT} put together"),
    "after the response": (
        "responses", unnumbered(lambda told: told.append(told[3])), "comes after the end of the response"
    ),
    "another item": ("responses", put(("item_id",), "msg_x", 4), "item_id is 'msg_x' in "),
    "an unfinished search": (
        "web_search", unnumbered(lose("response.web_search_call.completed")), "the web search in it is still open"
    ),
    "a search backwards": (
        "web_search",
        unnumbered(lambda told: told.insert(at("response.web_search_call.in_progress", told),
                                            told.pop(at("response.web_search_call.searching", told)))),
        "comes before response.web_search_call.in_progress",
    ),
    "a picture in pieces": ("picture", lose("image_generation.completed"), "ends without image_generation.completed"),
    "late speech": ("speech", lambda told: told.insert(0, told.pop(at("speech.audio.done", told))), "comes too late"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_out_of_order_is_named(name: str) -> None:
    stream, change, message = WRONG[name]
    found = slips(stream, change)
    assert [slip for slip in found if message in slip.message], found
    assert all(slip.warning for slip in found) == (name == "no usage")


def test_a_stream_that_broke_off_is_not_asked_for_its_end() -> None:
    for name, (_, body) in STREAMS.items():
        assert body
        for cut in (1, 3):
            found = slips(name, lambda told, cut=cut: told.__delitem__(slice(cut, None)), whole=False)
            assert found == [], (name, cut)


def test_a_stream_without_events_is_worth_a_warning() -> None:
    (slip,) = slips("chat", list.clear)
    assert slip.warning
    assert "no event" in slip.message
    assert slips("chat", list.clear, whole=False) == []


def test_azure_begins_with_nothing_and_its_filter_speaks_without_a_delta() -> None:
    def azure(told: list[Told]) -> None:
        empty = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []}
        told.insert(0, Told(0, "", empty))
        verdict = {**told[1].value, "choices": [{"index": 0, "content_filter_results": {}, "finish_reason": None}]}
        told.insert(-1, Told(0, "", verdict))

    assert slips("chat", azure) == []


def test_after_an_error_nothing_else_need_come() -> None:
    def failed(told: list[Told]) -> None:
        told[2:-1] = [Told(0, "error", {"error": {"message": "Sorry."}})]

    assert slips("chat", failed) == []


NAMES = ("id", "index", "choices", "delta", "usage", "item", "response", "data", "tool_calls", "error")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=8,
)
TYPES = ["", "error", DONE, "done", "response.created", "response.output_item.added", "response.output_text.delta",
         "response.output_text.done", "response.completed", "thread.run.created", "thread.message.delta"]  # fmt: skip


@given(
    st.sampled_from(["chat.completions.create", "completions.create", "responses.create", "beta.threads.runs.create"]),
    st.lists(st.tuples(st.sampled_from(TYPES), JSON), max_size=6),
    st.booleans(),
)
def test_whatever_the_events_are_they_can_be_read(id: str, told: list[tuple[str, Any]], whole: bool) -> None:
    numbered = [Told(number, kind, value) for number, (kind, value) in enumerate(told, 1)]
    for slip in disorder(operation(id), numbered, whole=whole):
        assert slip.number is None or 1 <= slip.number <= len(told)
    for _, value in told:
        list(sums(value))


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({"usage": {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 6}}, ("usage", "total_tokens"), " 5"),
        ({"response": {"usage": {"input_tokens": 2, "output_tokens": 3, "total_tokens": 4}}},
         ("response", "usage", "total_tokens"), "make 5"),
        ({"object": "list", "data": [{"index": 0}, {"index": 0}]}, ("data",), "the same index"),
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}], "first_id": "a", "last_id": "c"}, ("last_id",), "'b'"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_named(value: Any, path: tuple[str, ...], message: str) -> None:
    (slip,) = sums(value)
    assert slip.path == path
    assert message in slip.message


def test_encoded_again_the_events_are_the_same() -> None:
    made = exchange(*STREAMS["responses"])
    assert b"".join(map(encode, parse(made.reply.content))) == made.reply.content
