"""Stubs: who answers, how often, with what; and what is refused when it is declared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asking import CHAT, ask, chat, request, said
from hypothesis import given
from hypothesis import strategies as some

from mockai import ManualClock, MockAI, anything, contains
from mockai.errors import StubError
from mockai.http import Chunk, Request
from mockai.multipart import Part, build, usual_headers
from mockai.sse import parse
from mockai.stubs import Stub
from mockai.understand import understand

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_750_000_000,
    "model": "gpt-5",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "exactly", "refusal": None},
        }
    ],
}
CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1_750_000_000,
    "model": "gpt-5",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "ex"}, "finish_reason": "stop"}],
}


@pytest.fixture
def mock() -> MockAI:
    return MockAI()


def streamed(body: bytes) -> str:
    events = [event.value for event in parse(body) if event.data != "[DONE]"]
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])


# -- who answers


def test_the_latest_stub_that_matches_answers(mock: MockAI) -> None:
    mock.on(CHAT).reply("any")
    mock.on(CHAT, messages=contains("weather")).reply("rain")
    mock.on(CHAT, model="gpt-4o").reply("old")
    assert [said(mock, "weather?"), said(mock), said(mock, model="gpt-4o")] == ["rain", "any", "old"]
    mock.verify()


def test_one_that_is_used_up_is_passed_over(mock: MockAI) -> None:
    mock.on(CHAT).reply("first")
    mock.on(CHAT).reply("second").times(2)
    assert [said(mock) for _ in range(4)] == ["second", "second", "first", "first"]


def test_answers_come_one_after_the_other(mock: MockAI) -> None:
    mock.on(CHAT).fail(429, "slow", retry_after=0.1).times(2).then.reply("a").then.reply("b")
    replies = [ask(mock, chat()) for _ in range(5)]
    assert [reply.status for reply in replies] == [429, 429, 200, 200, 200]
    assert replies[0].header("retry-after-ms") == "100"
    assert [json.loads(reply.content)["choices"][0]["message"]["content"] for reply in replies[2:]] == ["a", "b", "b"]


def test_the_ordinary_answer_is_that_of_a_mock_without_stubs() -> None:
    clock = ManualClock()
    mock = MockAI(clock=clock)
    mock.on(CHAT).answer()
    assert ask(mock, chat()).content == ask(MockAI(clock=clock), chat()).content


@given(some.lists(some.integers(1, 3), min_size=1, max_size=4), some.integers(1, 10))
def test_every_answer_is_used_as_often_as_promised(times: list[int], asked: int) -> None:
    mock = MockAI()
    stub = mock.on(CHAT)
    for number, count in enumerate(times):
        stub.reply(str(number)).times(count)
    expected = [str(number) for number, count in enumerate(times) for _ in range(count)]
    heard = [said(mock) for _ in range(min(asked, len(expected)))]
    assert heard == expected[: len(heard)]
    assert (mock.unused() == []) is (asked >= len(expected))


# -- when


@pytest.mark.parametrize(
    ("operation", "where", "sent", "fits"),
    [
        (CHAT, {"messages__0__content": "hi"}, chat("hi"), True),
        (CHAT, {"messages__-1__content": "hi"}, chat("ho"), False),
        (CHAT, {"metadata": {"team": "a"}}, chat(metadata={"team": "a", "run": "1"}), True),
        (CHAT, {"metadata": anything}, chat(), False),
        (CHAT, {"stream": lambda value: value}, chat(stream=False), False),
        ("POST /v1/chat/completions", {"model": "gpt-5"}, chat(), True),
        ("post /chat/completions", {}, chat(), True),
        ("beta.chat.completions.create", {}, chat(), True),  # another name of the SDK's for the same route
        ("models.retrieve", {"model": "gpt-5"}, request("/v1/models/gpt-5", method="GET"), True),
        ("models.retrieve", {"model": "gpt-4"}, request("/v1/models/gpt-5", method="GET"), False),
        ("GET /v1/models/gpt-5", {}, request("/openai/models/gpt-5", method="GET"), True),
        ("GET /v1/models/gpt-4", {}, request("/v1/models/gpt-5", method="GET"), False),
        ("GET /v1/models/{model}", {}, request("/v1/models/gpt-5", method="GET"), True),
        ("files.list", {"limit": 2}, request("/v1/files", method="GET", query="limit=2&order=asc"), True),
        ("files.list", {"limit": 2}, request("/v1/files", method="GET", query="limit=3"), False),
        ("POST /v1/odd", {"a__b": 1}, request("/v1/odd", a={"b": 1}), True),
        ("POST /v1/odd", {"q": "1"}, request("/v1/odd", query="q=1"), True),
        ("POST /v1/odd", {}, request("/v1/even"), False),
        ("beta.responses.create", {"model": "m"}, request("/v1/responses", query="beta=true", model="m"), True),
        ("beta.responses.create", {}, request("/v1/responses", model="m"), False),
    ],
)
def test_a_stub_answers_the_calls_it_describes(
    operation: str, where: dict[str, Any], sent: Request, fits: bool
) -> None:
    mock = MockAI(admission="off")
    mock.on(operation, **where).fail(418)
    mock.on("embeddings.create").fail(500)
    assert (ask(mock, sent).status == 418) is fits


def test_a_form_is_read_as_the_parameters_it_means(mock: MockAI) -> None:
    file = Part("file", headers=usual_headers("file", "a.mp3", "audio/mpeg"), data=b"\0\1")
    model = Part("model", headers=usual_headers("model", None, None), data=b"whisper-1")
    heat = Part("temperature", headers=usual_headers("temperature", None, None), data=b"0.5")
    form = (("authorization", "Bearer sk-test"), ("content-type", "multipart/form-data; boundary=x"))
    sent = Request("POST", "/v1/audio/transcriptions", "", form, build((file, model, heat), "x"))
    mock.on("audio.transcriptions.create", model="whisper-1", temperature=0.5).reply(exact={"text": "heard"})
    assert json.loads(ask(mock, sent).content) == {"text": "heard"}


# -- what is answered


def test_words_fit_both_a_body_and_a_stream(mock: MockAI) -> None:
    mock.on(CHAT).reply("Hello there!")
    assert said(mock) == "Hello there!"
    assert streamed(ask(mock, chat(stream=True)).content) == "Hello there!"
    two = json.loads(ask(mock, chat(n=2)).content)["choices"]
    assert [choice["message"]["content"] for choice in two] == ["Hello there!"] * 2


def test_pieces_of_a_stream_are_paced(mock: MockAI) -> None:
    mock.on(CHAT).stream(["He", "llo"], ttft=0.5, tps=4)
    body = [chunk for chunk in ask(mock, chat(stream=True)).body if isinstance(chunk, Chunk)]
    assert (body[0].after, {chunk.after for chunk in body[1:]}) == (0.5, {0.25})
    texts = [text for chunk in body if (text := streamed(chunk.data))]
    assert texts == ["He", "llo"]
    assert said(mock) == "Hello"


def test_tool_calls(mock: MockAI) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    mock.on(CHAT).call_tool("get_weather", city="Paris", self="me").then.call_tools(("a", {}), ("b", {"x": 1}))
    first, second = (json.loads(ask(mock, chat(tools=[tool])).content)["choices"][0] for _ in range(2))
    assert first["finish_reason"] == "tool_calls"
    assert json.loads(first["message"]["tool_calls"][0]["function"]["arguments"]) == {"city": "Paris", "self": "me"}
    assert [call["function"]["name"] for call in second["message"]["tool_calls"]] == ["a", "b"]


def test_a_refusal_has_its_own_place(mock: MockAI) -> None:
    mock.on(CHAT).refuse("No.")
    message = json.loads(ask(mock, chat()).content)["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "No.")


def test_a_failure_has_the_words_and_headers_given(mock: MockAI) -> None:
    mock.on(CHAT).fail(400, "Bad.", type="t", code="c", param="p", headers={"X-One": "1"})
    reply = ask(mock, chat())
    assert json.loads(reply.content) == {"error": {"message": "Bad.", "type": "t", "param": "p", "code": "c"}}
    assert reply.header("x-one") == "1"
    assert reply.header("x-should-retry") is None  # it is the API that fails here, not mockai


def test_a_body_given_in_full_is_sent_as_it_is(mock: MockAI) -> None:
    exact = dict(COMPLETION)
    mock.on(CHAT).reply(exact=exact)
    exact["id"] = "changed later"
    assert json.loads(ask(mock, chat()).content) == COMPLETION


def test_events_given_in_full_are_sent_as_their_endpoint_frames_them(mock: MockAI) -> None:
    mock.on(CHAT).reply(exact=[CHUNK])
    reply = ask(mock, chat(stream=True))
    assert reply.header("content-type") == "text/event-stream; charset=utf-8"
    assert [event.data for event in parse(reply.content)] == [json.dumps(CHUNK, separators=(",", ":")), "[DONE]"]

    typed = {"type": "response.output_text.delta", "delta": "Hi"}
    mock.on("responses.create").reply(exact=[typed], unchecked=True)
    (event,) = parse(ask(mock, request("/v1/responses", model="gpt-5", input="hi", stream=True)).content)
    assert (event.name, event.value) == ("response.output_text.delta", typed)

    created = {"event": "thread.created", "data": {"id": "thread_1", "object": "thread", "created_at": 1}}
    mock.on("beta.threads.create_and_run").reply(exact=[created, {"event": "done", "data": "[DONE]"}], unchecked=True)
    first, last = parse(ask(mock, request("/v1/threads/runs", assistant_id="asst_1", stream=True)).content)
    assert (first.name, first.value, last.name, last.data) == ("thread.created", created["data"], "done", "[DONE]")


def test_bytes_are_an_answer_where_the_api_has_bytes(mock: MockAI) -> None:
    mock.on("files.content").reply(exact=b"\0\xff")
    reply = ask(mock, request("/v1/files/file-1/content", method="GET"))
    assert (reply.content, reply.header("content-type")) == (b"\0\xff", "application/octet-stream")


def test_what_is_unchecked_or_fails_or_is_unknown_is_not_held_against_the_schema(mock: MockAI) -> None:
    mock.on(CHAT).reply(exact={"odd": 1}, unchecked=True).then.reply(exact={"error": "plain"}, status=404)
    assert json.loads(ask(mock, chat(stream=True)).content) == {"odd": 1}
    reply = ask(mock, chat(stream=True))
    assert (reply.status, json.loads(reply.content)) == (404, {"error": "plain"})
    mock.on("POST /v1/odd").reply(exact=["not", "events"])
    assert json.loads(ask(mock, request("/v1/odd", a=1)).content) == ["not", "events"]


def test_a_stream_is_never_answered_with_a_body(mock: MockAI, golden: Callable[[str, object], None]) -> None:
    mock.on(CHAT).reply(exact=COMPLETION).then.reply(exact=[CHUNK])
    golden("stub-body-for-a-stream", said(mock, stream=True))
    golden("stub-stream-for-a-body", said(mock))
    assert len(mock.misses) == 2


def test_a_scripted_answer_needs_an_object_to_answer() -> None:
    mock = MockAI(admission="off")
    mock.on(CHAT).reply("Hello!")
    broken = Request("POST", "/v1/chat/completions", "", (("authorization", "Bearer k"),), b"[1]")
    assert ask(mock, broken).status == 400
    assert len(json.loads(ask(mock, chat(n=10**9)).content)["choices"]) == 128
    assert said(mock, n="many") == "Hello!"


# -- what is refused


async def _later(_: object) -> bool:
    return True


def _each(_: object) -> Iterator[bool]:
    yield True


REFUSED: dict[str, Callable[[Callable[..., Stub]], Any]] = {
    "stub-unknown-operation": lambda on: on("chat.completion.create"),
    "stub-helper-of-the-sdk": lambda on: on("chat.completions.parse"),
    "stub-json-for-words": lambda on: on(CHAT).reply({"city": "Rome"}),
    "stub-refusal-of-number": lambda on: on(CHAT).refuse(5),
    "stub-thoughts-of-number": lambda on: on("responses.create").reasoning(5),
    "stub-thoughts-below-nothing": lambda on: on("responses.create").reasoning("Hm.", tokens=-1),
    "stub-unknown-parameter": lambda on: on(CHAT, modle="gpt-5"),
    "stub-unknown-parameter-far": lambda on: on("models.retrieve", identity="gpt-5"),
    "stub-unknown-inside": lambda on: on(CHAT, messages__0__contnt="hi"),
    "stub-unknown-inside-far": lambda on: on(CHAT, {"/audio/loudness": 11}),
    "stub-inside-a-list": lambda on: on(CHAT, messages__content="hi"),
    "stub-inside-a-text": lambda on: on(CHAT, model__name="gpt-5"),
    "stub-other-type": lambda on: on(CHAT, temperature="hot"),
    "stub-other-type-inside": lambda on: on(CHAT, messages__0__role=1),
    "stub-object-for-a-list": lambda on: on(CHAT, messages={"contain": "weather"}),
    "stub-unknown-in-an-object": lambda on: on(CHAT, messages=[{"role": "user", "contnt": "hi"}]),
    "stub-set": lambda on: on(CHAT, messages=[{"role": {"user", "system"}}]),
    "stub-async-condition": lambda on: on(CHAT, model=_later),
    "stub-generator-condition": lambda on: on(CHAT, _each),
    "stub-no-operation": lambda on: on(None),
    "stub-no-parameters": lambda on: on("models.list", model="gpt-5"),
    "stub-path-without-slash": lambda on: on("GET models"),
    "stub-impossible-body": lambda on: on(CHAT).reply(exact=COMPLETION | {"id": 1, "choices": "none"}),
    "stub-impossible-event": lambda on: on(CHAT).reply(exact=[CHUNK, CHUNK | {"choices": [{"index": "0"}]}]),
    "stub-impossible-order": lambda on: on(CHAT).reply(exact=[CHUNK, CHUNK | {"id": "chatcmpl-2"}]),
    "stub-not-json": lambda on: on(CHAT).reply(exact={"a": {1, 2}}),
    "stub-bytes-for-json": lambda on: on(CHAT).reply(exact=b"{}"),
    "stub-no-answer-given": lambda on: on(CHAT).reply(),
    "stub-text-and-body": lambda on: on(CHAT).reply("a", exact=COMPLETION),
    "stub-no-words-here": lambda on: on("embeddings.create").reply("Hello!"),
    "stub-second-answer": lambda on: on(CHAT).reply("a").reply("b"),
    "stub-times-first": lambda on: on(CHAT).times(2),
    "stub-times-zero": lambda on: on(CHAT).reply("a").times(0),
    "stub-times-text": lambda on: on(CHAT).reply("a").times("2"),
    "stub-then-first": lambda on: on(CHAT).then,
    "stub-stream-of-text": lambda on: on(CHAT).stream("Hello!"),
    "stub-stream-pace": lambda on: on(CHAT).stream(["Hello!"], tps=0),
    "stub-stream-pace-text": lambda on: on(CHAT).stream(["Hello!"], ttft="1"),
    "stub-stream-of-numbers": lambda on: on(CHAT).stream([1, 2]),
    "stub-no-call": lambda on: on(CHAT).call_tools(),
    "stub-call-of-text": lambda on: on(CHAT).call_tools("get_weather"),
    "stub-call-not-json": lambda on: on(CHAT).call_tool("get_weather", city=object),
    "stub-no-fault": lambda on: on(CHAT).reply("a").fault("reset"),
    "stub-odd-status": lambda on: on(CHAT).reply({}, status=999),
    "stub-fail-200": lambda on: on(CHAT).fail(200),
    "stub-fail-wait": lambda on: on(CHAT).fail(429, retry_after=-1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_when_it_is_declared(
    name: str, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    with pytest.raises(StubError) as refused:
        REFUSED[name](mock.on)
    golden(name, refused.value)


def test_what_says_nothing_is_null_and_false_where_that_is_the_default(mock: MockAI) -> None:
    mock.on(CHAT, tools=None, stream=False).reply(exact=COMPLETION)
    mock.on(CHAT, tools=None, stream=True).reply(exact=[CHUNK])
    assert said(mock) == "exactly"
    assert ask(mock, chat(stream=True)).status == 200
    assert ask(mock, chat(tools=[])).status == 404
    responses = mock.on("responses.create", store=False)
    assert next(responses.mismatches(understand(request("/v1/responses", input="hi"))), None)  # they are stored if not


@pytest.mark.parametrize("path", ["tools__0__function__parameters__any__thing", "metadata__any", "messages___1__role"])
def test_deeper_names_are_free_where_the_api_has_none(mock: MockAI, path: str) -> None:
    assert mock.on(CHAT, {path: "user"})


def test_events_may_come_from_a_generator(mock: MockAI) -> None:
    mock.on(CHAT).reply(chunk for chunk in [CHUNK])
    assert streamed(ask(mock, chat(stream=True)).content) == "ex"


def test_pieces_may_come_from_a_generator(mock: MockAI) -> None:
    mock.on(CHAT).stream(piece for piece in ("He", "llo"))  # type: ignore[arg-type]
    assert streamed(ask(mock, chat(stream=True)).content) == "Hello"


def test_operations_whose_body_has_no_fixed_names_take_any(mock: MockAI) -> None:
    assert mock.on("audio.voices.create", anything_at_all=1)


def test_a_stub_is_written_as_it_was_typed(mock: MockAI) -> None:
    stub = mock.on(CHAT, model="gpt-5", messages=contains("x")).fail(429).times(2).then.reply("Hello!")
    assert str(stub) == (
        "on('chat.completions.create', model='gpt-5', messages=contains('x')).fail(429).times(2).then.reply('Hello!')"
    )
    assert repr(stub) == str(stub)
    assert str(mock.on("GET /v1/models/gpt-5").fail(404)) == "on('models.retrieve', model='gpt-5').fail(404)"


@pytest.mark.parametrize("tell", ["stub-promise-none", "stub-promise-some", "stub-promise-nothing-said"])
def test_a_promise_that_was_not_kept_is_told(tell: str, mock: MockAI, golden: Callable[[str, object], None]) -> None:
    stub = mock.on(CHAT)
    if tell != "stub-promise-nothing-said":
        stub.fail(503).times(2).then.reply("Hello!")
    if tell == "stub-promise-some":
        ask(mock, chat())
    golden(tell, stub.unmet())


def test_an_answer_without_a_number_is_owed_once(mock: MockAI) -> None:
    mock.on(CHAT).fail(429).then.reply("Hello!")
    ask(mock, chat())
    assert mock.unused() == [
        "on('chat.completions.create').fail(429).then.reply('Hello!'): reply('Hello!') was used 0 of 1 times."
    ]
    ask(mock, chat())
    assert mock.unused() == []
