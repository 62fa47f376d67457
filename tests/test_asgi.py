"""The socket edge, seen by a client that sees every byte and keeps to no rules."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from local_upstream import Upstream, serving
from wires import Raw, ask, chat, request

from mockai import MockAI
from mockai.edges.asgi import CORS, App
from mockai.edges.play import Metronome, Player, spoken
from mockai.http import Break, Chunk, Reply
from mockai.scopes import Scopes

CHAT = "/v1/chat/completions"
GOOD = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}).encode()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[MockAI, str]]:
    with MockAI() as mock, mock.serve() as url:
        yield mock, url


@pytest.fixture
def url(shared: tuple[MockAI, str], capfd: pytest.CaptureFixture[str]) -> Iterator[str]:
    """A server that still answers at the end, and has said nothing."""
    mock, url = shared
    mock.reset()
    yield url
    with Raw(url) as raw:
        assert raw.ask("GET", "/v1/models").status == 200
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def mock(shared: tuple[MockAI, str]) -> MockAI:
    return shared[0]


def test_a_connection_is_used_again(url: str) -> None:
    with Raw(url) as raw:
        ids = {raw.ask("POST", CHAT, GOOD).header("x-request-id") for _ in range(3)}
    assert len(ids) == 3


def test_requests_may_be_sent_before_the_answers_came(url: str) -> None:
    streamed = json.dumps({**json.loads(GOOD), "stream": True}).encode()
    with Raw(url) as raw:
        raw.send(request("GET", "/v1/models") + request("POST", CHAT, GOOD) + request("POST", CHAT, streamed))
        raw.send(request("GET", "/nowhere") + request("GET", "/v1/models"))
        answers = [raw.answer() for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 404, 200]
    assert answers[2].body.endswith(b"data: [DONE]\n\n")


def test_a_body_may_come_in_drops_in_chunks_and_after_permission(url: str) -> None:
    with Raw(url) as raw:
        whole = request("POST", CHAT, GOOD)
        for place in range(0, len(whole), 40):
            raw.send(whole[place : place + 40])
        assert raw.answer().status == 200
        raw.send(request("POST", CHAT, transfer_encoding="chunked").replace(b"content-length: 0\r\n", b""))
        for place in range(0, len(GOOD), 30):
            piece = GOOD[place : place + 30]
            raw.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        raw.send(b"0\r\n\r\n")
        assert raw.answer().status == 200
        raw.send(request("POST", CHAT, GOOD, expect="100-continue")[: -len(GOOD)])
        assert raw.answer().status == 100
        raw.send(GOOD)
        assert raw.answer().status == 200


def test_a_megabyte_and_huge_headers_are_heard(url: str, mock: MockAI) -> None:
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "word " * 200_000}]}).encode()
    with Raw(url) as raw:
        assert raw.ask("POST", CHAT, body).status == 200
        assert raw.ask("GET", "/v1/models", x_large="y" * 60_000).status == 200
        assert raw.ask("GET", "/v1/models?" + "q=1&" * 5_000).status == 200
    assert dict(mock.calls()[1].request.headers)["x-large"] == "y" * 60_000


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[1", b'{"model": "\xff"}', b"nul", b"\x00" * 9])
def test_what_is_no_json_is_a_400_in_the_api_s_shape(body: bytes, url: str) -> None:
    with Raw(url) as raw:
        answer = raw.ask("POST", CHAT, body)
        assert answer.status == 400
        assert answer.json["error"]["type"] == "invalid_request_error"
        assert raw.ask("POST", CHAT, GOOD).status == 200


def test_an_unknown_path_is_a_404_after_its_body_was_heard(url: str) -> None:
    with Raw(url) as raw:
        for path in ("/v1/nothing", "/", "/v1/%FF%00", "//v1/models", "/v1/models/../x"):
            answer = raw.ask("POST", path, b"x" * 100_000)
            assert answer.status in (404, 405), path
            assert answer.json["error"]["type"] == "invalid_request_error"
            assert answer.header("x-request-id")
        assert raw.ask("POST", CHAT, GOOD).status == 200


def test_what_fails_inside_is_told_once_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    with MockAI() as mock, mock.serve() as url:
        mock.sources = [broken]
        answer = ask(url, "gpt-4o", False)
        assert (answer.status, answer.header("x-should-retry")) == (500, "false")
        assert "completions.create failed with ZeroDivisionError: by nought" in answer.json["error"]["message"]
        with pytest.raises(AssertionError, match="ZeroDivisionError"):
            mock.verify()
    assert "Traceback" in caplog.text


def test_an_answer_waits_for_a_slow_reader() -> None:
    pieces = [b"%d" % number * 100_000 for number in range(100, 160)]
    with served(Reply(200, (), [Chunk(0.0001, piece) for piece in pieces])) as url, Raw(url) as raw, Raw(url) as other:
        raw.send(request("POST", CHAT, GOOD))
        raw.buffer = raw.until(b"HTTP/1.1") + raw.buffer
        other.send(request("POST", CHAT, GOOD))
        assert [raw.answer().pieces, other.answer().pieces] == [pieces, pieces]


def test_head_has_no_body_and_leaves_the_connection_usable(url: str) -> None:
    with Raw(url) as raw:
        assert raw.ask("HEAD", "/v1/models").pieces == []
        assert raw.ask("GET", "/v1/models").status == 200


def test_a_page_may_ask_and_is_told_so(url: str) -> None:
    page = {"origin": "https://example.com"}
    with Raw(url) as raw:
        before = raw.ask("OPTIONS", CHAT, access_control_request_method="POST", **page)
        assert before.status == 204
        assert set(CORS) <= set(before.headers)
        for method, path, body in (("POST", CHAT, GOOD), ("GET", "/v1/models", b""), ("GET", "/nowhere", b"")):
            assert set(CORS) <= set(raw.ask(method, path, body, **page).headers)
        assert not set(CORS) & set(raw.ask("GET", "/v1/models").headers)
        assert raw.ask("GET", "/__mockai/health", **page).status == 403


def test_what_is_no_http_ends_the_connection_only(url: str) -> None:
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n"):
        with Raw(url) as raw:
            raw.send(garbage)
            raw.socket.shutdown(socket.SHUT_WR)
            assert raw.answer().ended in ("end", "fin", "reset")


@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("sent", ["head", "body", "all"])
def test_a_client_may_leave_at_any_time(sent: str, how: str, url: str, mock: MockAI) -> None:
    mock.on("chat.completions.create").stream(["a", "b", "c"], ttft=0.01, tps=100)
    streamed = json.dumps({**json.loads(GOOD), "stream": True}).encode()
    whole = request("POST", CHAT, streamed)
    with Raw(url) as raw:
        raw.send({"head": whole[:60], "body": whole[:-9], "all": whole}[sent])
        if sent == "all":
            raw.until(b"\r\n\r\n")
        if how == "reset":
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(("how", "ended"), [("close", "fin"), ("reset", "reset")])
def test_a_break_is_seen_on_the_wire(how: str, ended: str, capfd: pytest.CaptureFixture[str]) -> None:
    body = (Chunk(0, b"one"), Chunk(0.01, b"two"), Break(0.01, how))
    events = (("content-type", "text/event-stream"),)
    replies = [Reply(200, headers, pieces) for pieces in (body, body[1:], body[2:]) for headers in ((), events)]
    with served(*replies) as url:
        answers = [ask(url, "any") for _ in replies]
    for reply, answer in zip(replies, answers, strict=True):
        assert (answer.body, answer.status, answer.ended) == (reply.content, 200, ended)
    assert capfd.readouterr() == ("", "")


def test_a_stall_lasts_until_the_client_leaves() -> None:
    with served(Reply(200, (), (Chunk(0, b"one"), Break(0, "stall")))) as url, Raw(url) as raw:
        raw.send(request("POST", CHAT, chat("any")))
        raw.until(b"one\r\n")
        raw.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            raw.more()


def served(*replies: Reply) -> Any:
    """A server that knows nothing but these answers, one after the other and then the last one again."""
    mock, waiting = MockAI(), list(replies)
    mock.handle = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]  # type: ignore[method-assign]
    return mock.serve()


def test_pieces_stay_apart_and_a_single_one_is_framed_as_the_api_does() -> None:
    events = (("content-type", "text/event-stream; charset=utf-8"),)
    cases = (
        (Reply(200, events, (Chunk(0, b"a"), Chunk(0, b"b"))), [b"a", b"b"], False),
        (Reply(200, events, (Chunk(0, b"a"), Chunk(0, b""), Chunk(0, b"b"))), [b"a", b"b"], False),
        (Reply(200, events, (Chunk(0, b"ab"),)), [b"ab"], False),
        (Reply(200, events), [], False),
        (Reply(200, (), (Chunk(0, b"ab"),)), [b"ab"], True),
        (Reply(200, (), (Chunk(0.001, b"ab"),)), [b"ab"], False),
        (Reply(200, (("x-a", "é"),), (Chunk(0, b"ab"),)), [b"ab"], True),
        (Reply(204), [], False),
    )
    with served(*(reply for reply, _, _ in cases)) as url, Raw(url) as raw:
        for reply, pieces, sized in cases:
            answer = raw.ask("POST", CHAT, GOOD)
            assert (answer.status, answer.pieces, answer.ended) == (reply.status, pieces, "end")
            assert (answer.header("content-length") is not None) == sized
            assert set(reply.headers) <= set(answer.headers)


class Time:
    """A loop whose time goes on only when told: `call_at` keeps what is due, `go` lets it happen, perhaps late."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, Any]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, call: Any) -> Any:
        self.calls.append((due, call))
        return SimpleNamespace(cancel=lambda: self.calls.remove((due, call)))

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def go(self, now: float) -> None:
        self.now = now
        due = [entry for entry in self.calls if entry[0] <= now]
        self.calls = [entry for entry in self.calls if entry[0] > now]
        for _, call in due:
            call()


class Line:
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.disconnected = False
        self.flow = SimpleNamespace(write_paused=False)
        self.transport = SimpleNamespace(write=self.said.append, is_closing=lambda: False)


BODY = (Chunk(1.0, b"a"), Chunk(1.0, b"b"), Chunk(0.0, b"c"), Chunk(1.0, b"d"), Break(0.5, "reset"))
FRAMES = [b"1\r\n%b\r\n" % letter for letter in (b"a", b"b", b"c", b"d")]


def test_lateness_never_adds_up() -> None:
    loop, line = Time(), Line()
    player = Player(iter(BODY), 100.0, line, Metronome(loop))  # type: ignore[arg-type]
    assert (line.said, [due for due, _ in loop.calls]) == ([], [101.0])
    loop.go(101.75)
    assert (line.said, [due for due, _ in loop.calls]) == (FRAMES[:1], [102.0])
    loop.go(103.25)
    assert (line.said, [due for due, _ in loop.calls]) == (FRAMES, [103.5])
    loop.go(103.5)
    assert player.done.result() == Break(0.5, "reset")


def test_many_answers_need_one_timer() -> None:
    loop, lines = Time(), [Line() for _ in range(9)]
    beat = Metronome(loop)  # type: ignore[arg-type]
    players = [Player(iter(BODY), 100.0 + number / 10, line, beat) for number, line in enumerate(lines)]
    assert [due for due, _ in loop.calls] == [101.0]
    for moment in range(1000, 1060):
        loop.go(moment / 10)
        assert len(loop.calls) <= 1
    assert all(line.said == FRAMES and player.done.done() for line, player in zip(lines, players, strict=True))


def test_what_is_due_need_not_wait_for_the_loop() -> None:
    loop, line = Time(), Line()
    beat = Metronome(loop)  # type: ignore[arg-type]
    beat.catch_up()
    Player(iter(BODY), 100.0, line, beat)
    loop.now = 100.9
    beat.catch_up()
    assert (line.said, [due for due, _ in loop.calls]) == ([], [101.0])
    loop.now = 101.1
    beat.catch_up()
    assert (line.said, [due for due, _ in loop.calls]) == (FRAMES[:1], [102.0])


def test_one_fault_silences_nobody_else() -> None:
    loop, line, told = Time(), Line(), []
    loop.call_exception_handler = told.append  # type: ignore[attr-defined]
    beat = Metronome(loop)  # type: ignore[arg-type]
    beat.at(100.5, lambda _now: 1 / 0)  # type: ignore[arg-type, return-value]
    Player(iter(BODY), 100.0, line, beat)
    loop.go(101.0)
    assert (line.said, len(told)) == (FRAMES[:1], 1)


def test_nothing_is_written_to_a_client_that_left_or_does_not_read() -> None:
    loop, line = Time(), Line()
    player = Player(iter(BODY), 100.0, line, Metronome(loop))  # type: ignore[arg-type]
    line.flow.write_paused = True
    loop.go(101.5)
    assert line.said == []
    line.flow.write_paused = False
    loop.go(101.6)
    assert line.said == FRAMES[:1]
    line.disconnected = True
    loop.go(102.0)
    assert (line.said, player.done.result()) == (FRAMES[:1], None)


def test_a_server_of_another_kind_hears_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    said: list[bytes] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def send(message: Any) -> None:
        said.append(message["body"])

    moments = iter([100.5, 102.75, 102.75, 102.75, 102.75])
    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: SimpleNamespace(time=lambda: next(moments)))
    with pytest.raises(StopIteration) as ended:
        spoken(BODY, 100.0, send).send(None)  # type: ignore[arg-type]
    assert (slept, said, ended.value.value) == ([0.5, 0.25, 0.75], [b"a", b"b", b"c", b"d"], Break(0.5, "reset"))


def test_websockets_are_declined_politely() -> None:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(App(Scopes(MockAI()))({"type": "websocket"}, receive, send))
    assert [message["type"] for message in said] == ["websocket.close"]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with serving(gap=0.002) as upstream:
        yield upstream


def test_a_client_that_heard_all_finds_it_noted(upstream: Upstream, tmp_path: Path) -> None:
    """No matter how fast it looks: streams, sized bodies and bodies of no bytes."""
    with MockAI(upstream=upstream.url, record_mode="all", record_to=tmp_path) as mock, mock.serve() as url:
        for number in range(1, 31):
            ask(url, ("plain", "pieces", "deleted", "limited", "fin")[number % 5], number % 5 == 1)
            assert len(mock.calls()) == number


def test_a_page_hears_the_upstream_with_permission(upstream: Upstream) -> None:
    with MockAI(upstream=upstream.url, record_mode="all") as mock, mock.serve() as url:
        assert set(CORS) <= set(ask(url, "pieces", origin="https://example.com").headers)


def test_an_upstream_that_is_not_there_is_a_clear_error_and_a_miss() -> None:
    with MockAI(upstream="http://127.0.0.1:9/v1", record_mode="all") as mock, mock.serve() as url:
        answer = ask(url, "pieces")
        assert (answer.status, answer.header("x-should-retry")) == (502, "false")
        assert answer.json["error"]["code"] == "upstream_unreachable"
        assert "http://127.0.0.1:9/v1 gave no answer to chat.completions.create" in answer.json["error"]["message"]
        assert len(mock.misses) == 1


def test_a_silent_upstream_is_ended_by_the_recorder_s_patience(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockai.edges.upstream.SILENCE_SECONDS", 0.1)
    with MockAI(upstream=upstream.url, record_mode="all", record_to=tmp_path) as mock, mock.serve() as url:
        answer = ask(url, "silent")
        assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_unreachable")
        with Raw(url) as raw:
            raw.send(request("POST", CHAT, chat("idle")))
            raw.until(b"lo, ")
            raw.socket.settimeout(0.3)
            with pytest.raises(TimeoutError):
                raw.until(b"never")
        assert [call.body["model"] for call in mock.calls()] == ["silent", "idle"]
    assert "idle_timeout" in (tmp_path / "recording.yaml").read_text()


def test_scopes_are_apart_by_path_and_by_header(url: str, mock: MockAI) -> None:
    mock.on("chat.completions.create").reply("main")
    with Raw(url) as raw:
        raw.ask("POST", "/t/a/__mockai/stubs", json.dumps({"on": "chat.completions.create", "reply": "a"}).encode())
        texts = [
            raw.ask("POST", path, GOOD, **headers).json["choices"][0]["message"]["content"]
            for path, headers in ((CHAT, {}), (f"/t/a{CHAT}", {}), (CHAT, {"x_mockai_scope": "a"}))
        ]
    assert texts == ["main", "a", "a"]
