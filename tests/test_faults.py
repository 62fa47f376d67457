"""Faults: what they leave whole, what they spoil, and what an SDK makes of it over a socket and in process."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
from asking import CHAT
from hypothesis import given
from hypothesis import strategies as some

from mockai import ManualClock, MockAI, faults, sse
from mockai.errors import StubError
from mockai.events import pieces
from mockai.faults import FAULTS, Fault
from mockai.http import Break, Chunk, Reply, Request, Timeline
from mockai.injections import parse, read
from mockai.spoiling import spoilt

EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)
ASK = {"model": "gpt-5", "messages": [{"role": "user", "content": "Say hé."}]}
KEYED = (("authorization", "Bearer sk-any"), ("content-type", "application/json"))


def content(body: Timeline) -> bytes:
    return b"".join(chunk.data for chunk in body if isinstance(chunk, Chunk))


def seconds(body: Timeline) -> float:
    return sum(chunk.after for chunk in body)


streams = some.builds(
    lambda events, cuts: Reply(200, EVENTS, tuple(cut(b"".join(map(written, events)), cuts))),
    some.lists(some.text(max_size=6), max_size=8),
    some.lists(some.integers(1, 30), max_size=20),
)
cutting = some.sampled_from([faults.truncate, faults.close, faults.reset, faults.stall])


def written(text: str) -> bytes:
    return sse.encode(sse.Event(json.dumps({"text": text}, ensure_ascii=False)))


def cut(data: bytes, cuts: list[int]) -> Iterator[Chunk]:
    for size in cuts:
        if data:
            yield Chunk(0.25, data[:size])
            data = data[size:]
    if data:
        yield Chunk(0.5, data)


def test_every_fault_is_exported_by_its_name() -> None:
    assert set(faults.__all__) == {"FAULTS", "Fault", *FAULTS}  # which a type checker reads, and cannot compute


@given(streams)
def test_a_stream_cut_at_its_events_has_the_same_bytes_in_the_same_time(reply: Reply) -> None:
    found = pieces(reply)
    assert content(found) == reply.content
    assert seconds(found) == seconds(reply.body)
    assert [len(list(sse.parse(chunk.data))) for chunk in found if isinstance(chunk, Chunk)] == [1] * len(found)


@given(streams, cutting, some.integers(0, 9))
def test_what_stands_before_the_place_is_there_to_the_byte(reply: Reply, fault: Any, place: int) -> None:
    by_events, by_bytes = fault(chunks=place)(reply), fault(bytes=place * 7)(reply)
    assert by_events.content == content(pieces(reply)[:place])
    assert by_bytes.content == reply.content[: place * 7]
    ends = [] if fault is faults.truncate else [Break(0.0, fault.how)]
    assert [chunk for chunk in by_events.body if isinstance(chunk, Break)] == ends


@given(streams, some.integers(1, 5))
def test_a_split_keeps_bytes_and_time(reply: Reply, size: int) -> None:
    found = faults.split(size)(reply).body
    assert content(found) == reply.content
    assert seconds(found) == seconds(reply.body)
    assert all(len(chunk.data) <= size for chunk in found if isinstance(chunk, Chunk))


@given(streams, some.integers(1, 9))
def test_one_event_alone_is_struck(reply: Reply, number: int) -> None:
    before = [chunk.data for chunk in pieces(reply) if isinstance(chunk, Chunk)]
    struck = number <= len(before)
    assert faults.duplicate(number)(reply).content == b"".join(before[:number] + before[number - 1 :]) or not struck
    for spoil in (faults.garble, faults.invalid_utf8):
        after = spoil(number)(reply)
        events = [chunk.data for chunk in after.body if isinstance(chunk, Chunk)]
        assert events[: number - 1] == before[: number - 1]
        assert events[number:] == before[number:]
        assert [len(event) for event in events] == [len(event) for event in before]
        if struck:
            with pytest.raises(ValueError, match=r"."):
                json.loads(events[number - 1].removeprefix(b"data: "))


def test_faults_compose() -> None:
    reply = spoilt(
        Reply(200, EVENTS, (Chunk(1, written("a")), Chunk(1, written("b")))), parse("slow_head(2); close(1)")
    )
    assert (reply.after, list(reply.body)) == (2, [Chunk(1, written("a")), Break(0.0, "close")])


def test_a_compressed_body_is_spoiled_in_the_clear() -> None:
    import gzip

    packed = Reply(
        200, (*EVENTS, ("content-encoding", "gzip")), (Chunk(1, gzip.compress(written("a") + written("b"))),)
    )
    reply = faults.close(chunks=1)(packed)
    assert (reply.header("content-encoding"), reply.content, seconds(reply.body)) == (None, written("a"), 1)


# -- the endings that the API itself knows


def answered(fault: str, path: str = "/v1/chat/completions", **body: Any) -> Reply:
    mock = MockAI(clock=ManualClock())
    headers = (*KEYED, ("x-mockai-fault", fault))
    return mock.handle(Request("POST", path, "", headers, json.dumps(body).encode()))  # type: ignore[return-value]


def values(reply: Reply) -> list[Any]:
    return [event.data if event.data == "[DONE]" else event.value for event in sse.parse(reply.content)]


def test_an_error_in_a_chat_stream_is_followed_by_usage_of_nothing_and_done() -> None:
    asked = {**ASK, "stream": True, "stream_options": {"include_usage": True}}
    *chunks, error, usage, done = values(answered("error_event(chunks=2, code=x)", **asked))
    assert len(chunks) == 2
    assert error["error"]["code"] == "x"
    assert (usage["choices"], usage["usage"]["total_tokens"], done) == ([], 0, "[DONE]")


def test_a_response_that_fails_says_so_twice() -> None:
    told = values(answered("response_failed(6)", "/v1/responses", model="gpt-5", input="Hi", stream=True))
    assert [event["type"] for event in told][-2:] == ["error", "response.failed"]
    assert [event["sequence_number"] for event in told] == list(range(8))
    assert told[-1]["response"]["status"] == "failed"
    whole = json.loads(answered("response_failed", "/v1/responses", model="gpt-5", input="Hi").content)
    assert (whole["status"], whole["error"]["code"]) == ("failed", "server_error")


def test_an_incomplete_response_holds_what_was_said_so_far() -> None:
    told = values(answered("content_filter(chunks=7)", "/v1/responses", model="gpt-4.1", input="Hi", stream=True))
    said = "".join(event["delta"] for event in told if event["type"] == "response.output_text.delta")
    response = told[-1]["response"]
    assert (told[-1]["type"], response["incomplete_details"]) == ("response.incomplete", {"reason": "content_filter"})
    assert [part["text"] for item in response["output"] for part in item["content"]] == [said]


@pytest.mark.parametrize(("fault", "finish"), [("content_filter", "content_filter"), ("response_incomplete", "length")])
def test_a_chat_that_ends_early_says_why(fault: str, finish: str) -> None:
    *_, last, done = values(answered(fault, **ASK, stream=True))
    assert (last["choices"][0]["finish_reason"], last["choices"][0]["delta"], done) == (finish, {}, "[DONE]")
    assert json.loads(answered(fault, **ASK).content)["choices"][0]["finish_reason"] == finish


# -- over a socket and in process


SLOW = {"never", "stall", "slow_head", "slow_first_token"}
PATIENCE = dict.fromkeys(SLOW, 0.2)


def chat(client: openai.OpenAI, stream: bool, fault: str) -> Any:
    return client.chat.completions.create(**ASK, stream=stream, **told(fault))


def respond(client: openai.OpenAI, stream: bool, fault: str) -> Any:
    return client.responses.create(model="gpt-5", input="Hi", stream=stream, **told(fault))


def told(fault: str) -> dict[str, Any]:
    return {"extra_headers": {"x-mockai-fault": fault}, "timeout": PATIENCE.get(fault, 10)}


def outcome(ask: Callable[..., Any], client: openai.OpenAI, stream: bool, fault: str) -> tuple[Any, ...]:
    """What a user sees: how many events, and the error and its cause."""
    count = 0
    try:
        answer = ask(client, stream, fault)
        for _ in answer if stream else ():
            count += 1
    except Exception as error:
        return count, type(error).__name__, type(error.__cause__).__name__
    return count, "", ""


@pytest.mark.parametrize("name", FAULTS)
def test_the_sdk_meets_the_same_over_a_socket_and_in_process(name: str) -> None:
    mock = MockAI(words=8)
    transport = httpx2.Client(transport=mock.transport(httpx2))
    with (
        mock.serve() as url,
        openai.OpenAI(base_url=url, api_key="sk-any", max_retries=0) as far,
        openai.OpenAI(api_key="sk-any", max_retries=0, http_client=transport) as near,
    ):
        for ask, stream in product((chat, respond), (False, True)):
            assert outcome(ask, far, stream, name) == outcome(ask, near, stream, name), (ask.__name__, stream)


RUNS = 1_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
SAID = [
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5", "choices": [choice]}
    for choice in (
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None},
        *({"index": 0, "delta": {"content": f"é{number} "}, "finish_reason": None} for number in range(20)),
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    )
]


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in {"fail", "slow_head", "slow_first_token"}])
def test_the_bytes_before_a_fault_arrive_in_every_run(name: str) -> None:
    """Over a raw socket, so that nothing between hides a byte; those that are only slow are tested above."""
    mock = MockAI()
    mock.on(CHAT).reply(exact=SAID)
    reply = mock.handle(
        Request("POST", "/v1/chat/completions", "", KEYED, json.dumps({**ASK, "stream": True}).encode())
    )
    assert isinstance(reply, Reply)
    spoiled = spoilt(reply, (FAULTS[name](),))
    before = b"" if FAULTS[name].early else spoiled.content
    whole = not FAULTS[name].early and not any(isinstance(chunk, Break) for chunk in spoiled.body)
    with mock.serve() as url:
        for _ in range(RUNS):
            heard, ended = exchanged(url, name, len(before))
            assert heard == before
            assert ended is whole
    assert len(before) > 500 or name in {"empty", "never", "drop"}


def exchanged(url: str, fault: str, wanted: int) -> tuple[bytes, bool]:
    """The body that a raw socket hears, and whether it was whole; a silent server is left after `wanted` bytes."""
    address = urlsplit(url)
    body = json.dumps({**ASK, "stream": True}).encode()
    lines = (
        "POST /v1/chat/completions HTTP/1.1",
        *("host: x", "authorization: Bearer k", "connection: close", "content-type: application/json"),
        *(f"x-mockai-fault: {fault}", f"content-length: {len(body)}", "", ""),
    )
    heard = b""
    with socket.create_connection((address.hostname, address.port), timeout=0.02 if fault == "never" else 5) as wire:
        wire.sendall("\r\n".join(lines).encode() + body)
        while fault != "stall" or len(unframed(heard)[0]) < wanted:
            try:
                piece = wire.recv(65_536)
            except (ConnectionResetError, TimeoutError):
                break
            if not piece:
                break
            heard += piece
    return unframed(heard)


def unframed(heard: bytes) -> tuple[bytes, bool]:
    """The chunks of a body joined, and whether the last of them came (RFC 9112, 7.1); or a body of a known length."""
    head, _, rest = heard.partition(b"\r\n\r\n")
    if length := re.search(rb"content-length: (\d+)", head):
        return rest, len(rest) == int(length[1])
    said = b""
    while rest:
        size, mark, rest = rest.partition(b"\r\n")
        count = int(size, 16)
        if not mark or not count:
            return said, bool(mark)
        said, rest = said + rest[:count], rest[count + 2 :]
    return said, False


# -- when


def statuses(mock: MockAI, count: int, path: str = "/v1/models", **headers: str) -> list[int]:
    sent = (*KEYED, *((name.replace("_", "-"), value) for name, value in headers.items()))
    replies = (mock.handle(Request("GET", path, "", sent)) for _ in range(count))
    return [reply.status for reply in replies if isinstance(reply, Reply)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [503] * 6),
        ({"times": 2}, [503, 503, 200, 200, 200, 200]),
        ({"every": 3}, [200, 200, 503, 200, 200, 503]),
        ({"every": 2, "times": 1}, [200, 503, 200, 200, 200, 200]),
        ({"probability": 0}, [200] * 6),
        ({"operation": "files.list"}, [200] * 6),
    ],
)
def test_faults_strike_as_often_as_they_are_told(when: Any, expected: list[int]) -> None:
    mock = MockAI()
    mock.inject(faults.fail(503), **when)
    assert statuses(mock, 6) == expected
    assert statuses(mock.scope(), 6) == expected


def test_chance_is_the_same_for_the_same_seed() -> None:
    def struck(seed: int) -> list[int]:
        mock = MockAI()
        mock.inject(faults.fail(500), probability=0.3, seed=seed)
        return statuses(mock, 200)

    assert struck(1) == struck(1) != struck(2)
    assert 30 < struck(1).count(500) < 90


def test_a_failure_leaves_everything_undone() -> None:
    mock = MockAI()
    mock.on("models.list").reply(exact={"object": "list", "data": []}).times(1)
    mock.inject(faults.fail(429), times=1)
    assert statuses(mock, 2) == [429, 200]
    mock.verify()


def test_a_stub_says_what_goes_wrong_with_its_answers() -> None:
    mock = MockAI()
    stub = mock.on("models.list").fault(faults.fail(500)).times(1).fault(faults.empty()).then.answer()
    assert str(stub) == "on('models.list').answer().fault(fail()).then.answer().fault(empty()).then.answer()"
    assert statuses(mock, 3) == [500, 200, 200]
    assert [bool(exchange.reply.content) for exchange in mock.journal] == [True, False, True]


def test_the_journal_says_which_faults_struck() -> None:
    mock = MockAI()
    statuses(mock, 1, x_mockai_fault="503")
    statuses(mock, 1)
    assert [exchange.faults for exchange in mock.journal] == [("fail(status=503)",), ()]


def test_azure_says_it_as_azure_does() -> None:
    mock = MockAI()
    path = "/openai/deployments/gpt-4o/chat/completions"
    sent = Request(
        "POST", path, "api-version=2024-10-21", (*KEYED, ("x-mockai-fault", "fail(429, retry_after=2)")), b"{}"
    )
    reply = mock.handle(sent)
    assert isinstance(reply, Reply)
    assert json.loads(reply.content)["error"]["code"] == "429"
    assert reply.header("retry-after") == "2"


# -- in words


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_read_as_it_is_written(name: str) -> None:
    fault = FAULTS[name]()
    assert parse(str(fault)) == read(name) == read({name: {}}) == read([name]) == (fault,)


def test_figures_are_read() -> None:
    expected: tuple[Fault, ...] = (faults.close(chunks=3), faults.slow_head(0.5), faults.fail(503))
    assert parse("close(3);slow_head( seconds = 0.5 ); 503") == expected
    assert read([{"close": {"chunks": 3}}, {"slow_head": 0.5}, 503]) == expected
    assert parse("fail(insufficient_quota, message=no money)") == (
        faults.fail("insufficient_quota", message="no money"),
    )


WRONG = {
    "fault-unknown": "clsoe(3)",
    "fault-unknown-far": "xyz",
    "fault-unreadable": "close(3",
    "fault-unknown-figure": "close(events=3)",
    "fault-too-many": "slow_head(1, 2)",
    "fault-no-figures": "never(1)",
    "fault-less-than-nothing": "close(-1)",
    "fault-no-number": "slow_head(long)",
    "fault-no-status": "fail(200)",
    "fault-no-name": "fail(teapot)",
    "fault-no-way": "drop(softly)",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_fault_is_refused(name: str, golden: Callable[[str, object], None]) -> None:
    reply = MockAI().handle(Request("GET", "/v1/models", "", (*KEYED, ("x-mockai-fault", WRONG[name]))))
    assert isinstance(reply, Reply)
    assert reply.status == 400
    golden(name, json.loads(reply.content)["error"]["message"])


@pytest.mark.parametrize("value", [None, {}, 1.5, True, [["close", {}], None]])
def test_json_that_is_no_fault_is_refused(value: Any) -> None:
    with pytest.raises(StubError, match="A fault is a name"):
        read(value)
