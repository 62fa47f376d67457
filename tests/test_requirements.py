"""Conditions on whole calls: the same words for chat, responses and assistants, and no key in any message."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asking import CHAT, ask, chat, request, said
from openai import OpenAI

from mockai import MockAI, contains, has_tool, headers, key, last_user, matches, parts, query, system, turn
from mockai.errors import StubError
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.stubs import Stub
from mockai.understand import understand

TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
TALK = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": "Hi."},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": [{"type": "text", "text": "And the weather?"}]},
]
AGENT = [
    {"role": "user", "content": "Weather?"},
    {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "c", "content": "Rain."},
]
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": "Rain."},
]


def client(mock: MockAI) -> OpenAI:
    return OpenAI(api_key="sk-test-of-mine", max_retries=0, http_client=httpx2.Client(transport=mock.transport(httpx2)))


def reply_to(body: dict[str, Any]) -> Request:
    return request("/v1/responses", **{"model": "gpt-5"} | body)


def upload() -> Request:
    file = Part("file", headers=usual_headers("file", "speech.mp3", "audio/mpeg"), data=b"RIFF\xff")
    model = Part("model", headers=usual_headers("model", None, None), data=b"whisper-1")
    form = (("authorization", "Bearer sk-test"), ("content-type", "multipart/form-data; boundary=x"))
    return Request("POST", "/v1/audio/transcriptions", "", form, build((file, model), "x"))


def form(**wanted: Any) -> tuple[Any, ...]:
    return (parts(wanted),)


CASES: list[tuple[str, str, tuple[Any, ...], Request, bool]] = [
    ("last user", CHAT, (last_user("And the weather?"),), chat(messages=TALK), True),
    ("not the last", CHAT, (last_user("Hi."),), chat(messages=TALK), False),
    ("no user", CHAT, (last_user("Hi."),), chat(messages=TALK[:1]), False),
    ("system", CHAT, (system("Be brief."),), chat(messages=TALK), True),
    ("no system", CHAT, (system(matches("")),), chat(), False),
    ("tool", CHAT, (has_tool("get_weather"),), chat(tools=[TOOL]), True),
    ("two tools", CHAT, (has_tool("get_weather", "other"),), chat(tools=[TOOL]), False),
    ("tool like", CHAT, (has_tool(matches("^get_")),), chat(tools=[TOOL]), True),
    ("function", CHAT, (has_tool("f"),), chat(functions=[{"name": "f"}]), True),
    ("first turn", CHAT, (turn(1),), chat(), True),
    ("second turn", CHAT, (turn(2),), chat(messages=TALK), True),
    ("turn after a tool", CHAT, (turn(2),), chat(messages=AGENT), True),
    ("turn by a function", CHAT, (turn(lambda number: number > 2),), chat(messages=TALK), False),
    ("pointer", CHAT, ({"/messages/0/content": "hi"},), chat(), True),
    ("pointer from the end", CHAT, ({"/messages/-1/role": "user"},), chat(messages=TALK), True),
    ("pointer, escaped", CHAT, ({"/metadata/a~1b": "c"},), chat(metadata={"a/b": "c"}), True),
    ("path as written", CHAT, ({"messages[0].content": "ho"},), chat(), False),
    ("function of the call", CHAT, (lambda call: call.body["model"] == "gpt-5",), chat(), True),
    ("header", CHAT, (headers({"Content-Type": contains("json")}),), chat(), True),
    ("no header", CHAT, (headers({"x-team": "a"}),), chat(), False),
    ("key", CHAT, (key("sk-test"),), chat(), True),
    ("other key", CHAT, (key("sk-other"),), chat(), False),
    ("query", "files.list", (query({"limit": 2}),), request("/v1/files", method="GET", query="limit=2"), True),
    (
        "query, twice",
        "files.list",
        (query({"a": ["1", "2"]}),),
        request("/v1/files", method="GET", query="a=1&a=2"),
        True,
    ),
    ("query, absent", "files.list", (query({"after": True}),), request("/v1/files", method="GET"), False),
    ("file name", "audio.transcriptions.create", form(file={"filename": matches("mp3$")}), upload(), True),
    ("file type", "audio.transcriptions.create", form(file={"content_type": "audio/wav"}), upload(), False),
    ("file bytes", "audio.transcriptions.create", form(file=b"RIFF\xff"), upload(), True),
    ("file begins", "audio.transcriptions.create", form(file={"data": contains(b"RIFF")}), upload(), True),
    ("file as text", "audio.transcriptions.create", form(file="RIFF"), upload(), False),
    ("field", "audio.transcriptions.create", form(model="whisper-1"), upload(), True),
    ("no such part", "audio.transcriptions.create", form(prompt="x"), upload(), False),
    ("response", "responses.create", (last_user("Hi."), turn(1)), reply_to({"input": "Hi."}), True),
    ("instructions", "responses.create", (system("Be."),), reply_to({"input": "Hi.", "instructions": "Be."}), True),
    ("items", "responses.create", (last_user("Weather?"), turn(2)), reply_to({"input": ITEMS}), True),
    ("hosted", "responses.create", (has_tool("web_search"),), reply_to({"tools": [{"type": "web_search"}]}), True),
    ("completion", "completions.create", (last_user("Once"),), request("/v1/completions", prompt="Once"), True),
    ("unknown path", "POST /v1/odd", (last_user("hi"),), request("/v1/odd", messages=TALK[:2]), False),
]


@pytest.mark.parametrize(("operation", "when", "sent", "fits"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_stub_answers_the_calls_it_describes(
    operation: str, when: tuple[Any, ...], sent: Request, fits: bool
) -> None:
    mock = MockAI(admission="off")
    stub = mock.on(operation, *when).fail(418)
    assert (ask(mock, sent).status == 418) is fits
    again = stub.fresh(mock)
    assert (next(again.mismatches(understand(sent)), None) is None) is fits


@pytest.mark.parametrize(("pattern", "fits"), [("gpt-5*", True), ("gpt-?", True), ("gpt-4*", False), ("gpt", False)])
def test_a_model_may_be_a_glob(pattern: str, fits: bool) -> None:
    mock = MockAI(unmatched="synthesize")
    mock.on(CHAT, model=pattern).reply("glob")
    assert (said(mock) == "glob") is fits
    assert str(mock.stubs[0]) == f"on('chat.completions.create', model={pattern!r}).reply('glob')"


def test_words_are_keywords_where_they_are_no_parameters() -> None:
    mock = MockAI()
    stub = mock.on(CHAT, last_user=contains("weather"), has_tool=["get_weather"], turn=2, model="gpt-5").reply("both")
    assert str(stub) == (
        "on('chat.completions.create', last_user(contains('weather')), has_tool('get_weather'), turn(2), "
        "model='gpt-5').reply('both')"
    )
    assert said(mock, messages=TALK, tools=[TOOL]) == "both"
    search = mock.on("vector_stores.search", {"/query": "words"}, query({"beta": "true"}), query="words").fail(418)
    assert list(search.where) == ["/query", "query"]
    sent = request("/v1/vector_stores/vs_1/search", query="beta=true")
    assert ask(mock, Request(sent.method, sent.path, sent.query, sent.headers, b'{"query":"words"}')).status == 418


def test_the_conversation_before_a_response_is_known() -> None:
    mock = MockAI()
    mock.on("responses.create", turn=1).reply("first")
    mock.on("responses.create", last_user="Mine is Ada.", turn=2).reply("second")
    openai = client(mock)
    first = openai.responses.create(model="gpt-5", input="Who are you?")
    more = openai.responses.create(model="gpt-5", input="Mine is Ada.", previous_response_id=first.id)
    assert (first.output_text, more.output_text) == ("first", "second")
    talk = openai.conversations.create()
    said = [
        openai.responses.create(model="gpt-5", input=words, conversation=talk.id).output_text
        for words in ("Hi.", "Mine is Ada.")
    ]
    assert said == ["first", "second"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_knows_its_thread_and_its_assistant() -> None:
    mock = MockAI()
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    where = {"last_user": contains("weather"), "system": "Be brief.", "has_tool": "get_weather"}
    mock.on("beta.threads.runs.create", **where, turn=1).call_tool("get_weather", city="Paris")
    mock.on("beta.threads.runs.submit_tool_outputs", **where, turn=2).reply("Rain.")
    openai = client(mock)
    assistant = openai.beta.assistants.create(model="gpt-4o", instructions="Be brief.", tools=[tool])
    thread = openai.beta.threads.create(messages=[{"role": "user", "content": "How is the weather?"}])
    run = openai.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    run = openai.beta.threads.runs.retrieve(run.id, thread_id=thread.id)
    assert run.required_action is not None
    call = run.required_action.submit_tool_outputs.tool_calls[0]
    outputs: Any = [{"tool_call_id": call.id, "output": "rain"}]
    openai.beta.threads.runs.submit_tool_outputs(run.id, thread_id=thread.id, tool_outputs=outputs)
    newest = openai.beta.threads.messages.list(thread.id).data[0].content[0]
    assert newest.type == "text"
    assert newest.text.value == "Rain."
    mock.verify()


REFUSED: dict[str, Callable[[Callable[..., Stub]], Any]] = {
    "when-no-conversation": lambda on: on("embeddings.create", last_user="hi"),
    "when-no-object": lambda on: on(CHAT, headers="x-team"),
    "when-unknown-of-a-part": lambda on: on("files.create", parts={"file": {"name": "a.txt"}}),
    "when-no-turn": lambda on: on(CHAT, turn=0),
    "when-turn-of-text": lambda on: on(CHAT, turn("one")),
    "when-no-text": lambda on: on(CHAT, key=["sk-secret"]),
    "when-no-condition": lambda on: on(CHAT, "gpt-5"),
    "when-unknown-pointer": lambda on: on(CHAT, {"/message/0": "hi"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_when_it_is_declared(name: str, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(StubError) as refused:
        REFUSED[name](MockAI().on)
    golden(name, refused.value)


def test_a_miss_says_where_the_call_differs_and_shows_no_key(golden: Callable[[str, object], None]) -> None:
    mock = MockAI()
    secret = "sk-live-0123456789abcdef"

    def careless(call: Any) -> bool:
        return bool(call.nothing)

    mock.on(CHAT, key(secret), headers({"Authorization": f"Bearer {secret}"}), {"/messages/0/content": "Hi"}).reply("a")
    mock.on(CHAT, last_user(contains("weather")), has_tool("get_weather"), turn(2)).reply("b")
    mock.on(CHAT, careless).reply("c")
    message = said(mock, "Hello.")
    assert "sk-" not in message + json.dumps(mock.unused())
    golden("when-nothing-fits", message)
