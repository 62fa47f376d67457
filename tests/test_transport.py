"""The in-process transport: the same for both libraries, for sync and async clients, without a socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import httpx2
import openai
import pytest
from local_upstream import Upstream, eight, serving
from wires import chat

from mockai import MockAI
from mockai.edges.transport import Steps, library_of
from mockai.files.tape import load
from mockai.http import Break, Chunk, Exchange, Reply, Request

URL = "http://mock/v1/chat/completions"
HEADERS = {"authorization": "Bearer sk-none", "content-type": "application/json"}
Hear = Callable[..., tuple[list[bytes], Any, BaseException | None]]


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def library(request: pytest.FixtureRequest) -> ModuleType:
    module: ModuleType = request.param
    return module


def plainly(mock: MockAI, library: Any, body: bytes, most: int = 99, **options: Any) -> Any:
    """What a sync client hears: at most so many pieces, the response, and the error that ended it."""
    pieces: list[bytes] = []
    with library.Client(transport=mock.transport(library), **options) as client:
        try:
            with client.stream("POST", URL, content=body, headers=HEADERS) as response:
                for piece in response.iter_raw():
                    pieces.append(piece)
                    if len(pieces) == most:
                        break
        except library.TransportError as error:
            return pieces, None, error
    return pieces, response, None


async def awaited(mock: MockAI, library: Any, body: bytes, most: int = 99, **options: Any) -> Any:
    """What an async client hears."""
    pieces: list[bytes] = []
    async with library.AsyncClient(transport=mock.transport(library), **options) as client:
        try:
            async with client.stream("POST", URL, content=body, headers=HEADERS) as response:
                async for piece in response.aiter_raw():
                    pieces.append(piece)
                    if len(pieces) == most:
                        break
        except library.TransportError as error:
            return pieces, None, error
    return pieces, response, None


@pytest.fixture(params=["sync", "async"])
def hear(request: pytest.FixtureRequest) -> Hear:
    if request.param == "sync":
        return plainly
    return lambda *args, **options: asyncio.run(awaited(*args, **options))


def answering(reply: Reply) -> MockAI:
    """A mock that knows nothing but this answer."""
    mock = MockAI()
    mock.handle = lambda _: reply  # type: ignore[method-assign]
    return mock


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none of them takes any time, and the clock moves by them alone."""
    pauses: list[float] = []

    async def later(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr("anyio.sleep", later)
    monkeypatch.setattr(Steps.__init__, "__defaults__", (lambda: sum(pauses),))
    return pauses


def test_pieces_arrive_one_by_one_in_their_time(library: ModuleType, hear: Hear, slept: list[float]) -> None:
    body = (Chunk(0.5, b"a"), Chunk(0.0, b"b"), Chunk(0.25, b"c"))
    mock = answering(Reply(200, (("x-a", "1"), ("x-a", "2")), body, after=2.0))
    pieces, response, error = hear(mock, library, b"{}")
    assert (pieces, error) == ([b"a", b"b", b"c"], None)
    assert slept == [2.0, 0.5, 0.25]
    assert response.headers.get_list("x-a") == ["1", "2"]


@pytest.mark.parametrize(("how", "name"), [("close", "RemoteProtocolError"), ("reset", "ReadError")])
def test_a_break_is_the_library_s_own_error(
    how: str, name: str, library: ModuleType, hear: Hear, slept: list[float]
) -> None:
    pieces, _, error = hear(answering(Reply(200, (), (Chunk(0, b"a"), Break(1.5, how)))), library, b"{}")
    assert pieces == [b"a"]
    assert type(error) is getattr(library, name)
    assert error.request.url == URL
    assert slept == [1.5]


@pytest.mark.parametrize(
    ("reply", "pauses", "heard"),
    [
        (Reply(200, (), (Chunk(0, b"a"), Break(0, "stall"))), [3.0], [b"a"]),
        (Reply(200, (), (Chunk(1, b"a"), Chunk(3.5, b"b"))), [1.0, 3.0], [b"a"]),
        (Reply(200, (), (Chunk(0, b"a"),), after=4), [3.0], []),
    ],
)
def test_silence_beyond_the_client_s_patience_is_a_timeout(
    reply: Reply, pauses: list[float], heard: list[bytes], library: ModuleType, hear: Hear, slept: list[float]
) -> None:
    pieces, _, error = hear(answering(reply), library, b"{}", timeout=3.0)
    assert pieces == heard
    assert type(error) is library.ReadTimeout  # type: ignore[attr-defined]
    assert slept == pauses


def steps(body: tuple[Chunk | Break, ...], late: tuple[float, ...] = (), read: float | None = None) -> Iterator[Any]:
    """The steps of a body, heard by a client that is `late` seconds behind at each look at the clock."""
    clock = iter((*late, *[late[-1] if late else 0.0] * 9))
    sent = SimpleNamespace(extensions={"timeout": {"read": read}})
    return Steps(MockAI(), httpx2, Reply(200, (), body), sent, lambda: next(clock)).body()


def test_lateness_never_adds_up() -> None:
    body = (Chunk(1, b"a"), Chunk(1, b"b"), Chunk(1, b"c"))
    assert list(steps(body, (0, 0.5, 2.5, 2.5))) == [0.5, b"a", b"b", 0.5, b"c"]


def test_a_stall_nobody_would_end_is_a_timeout_at_once() -> None:
    told = steps((Chunk(0, b"a"), Break(0, "stall")))
    assert [next(told), next(told)] == [b"a", 0.0]
    with pytest.raises(httpx2.ReadTimeout):
        next(told)


def test_compressed_answers_are_undone_by_the_library(library: ModuleType, hear: Hear) -> None:
    import gzip

    packed = gzip.compress(b'{"a": 1}')
    reply = Reply(200, (("content-encoding", "gzip"),), (Chunk(0, packed[:7]), Chunk(0, packed[7:])))
    assert hear(answering(reply), library, b"{}")[0] == [packed[:7], packed[7:]]
    with library.Client(transport=answering(reply).transport(library)) as client:
        assert client.get(URL).json() == {"a": 1}


def test_what_was_asked_is_understood_as_on_a_socket(library: ModuleType) -> None:
    with MockAI(admission="off") as mock, library.Client(transport=mock.transport(library)) as client:
        client.post("http://mock/v1/a%2Fb?q=%C3%A9&q=2", content=iter([b"x", b"y"]), headers={"X-A": "é".encode()})
        (exchange,) = mock.journal
    request = exchange.request
    assert (request.method, request.path, request.query) == ("POST", "/v1/a%2Fb", "q=%C3%A9&q=2")
    assert request.body == b"xy"
    assert request.header("x-a") == "Ã©"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with serving(gap=0.002) as upstream:
        yield upstream


def recording(upstream: Upstream, path: Path) -> MockAI:
    return MockAI(upstream=upstream.url, record_mode="new_episodes", record_to=path)


def pieces_of(exchange: Exchange) -> list[bytes]:
    return [step.data for step in exchange.reply.body if isinstance(step, Chunk)]


def test_recording_in_process_tapes_and_passes_on(
    library: ModuleType, hear: Hear, upstream: Upstream, tmp_path: Path
) -> None:
    with recording(upstream, tmp_path / "c.yaml") as mock:
        pieces, response, error = hear(mock, library, chat("pieces"))
        assert (pieces, error) == (list(eight()), None)
        assert response.headers["x-mockai-source"] == "upstream"
        assert hear(mock, library, chat("limited"))[1].status_code == 429
        fin = hear(mock, library, chat("fin"))
        assert (fin[0], type(fin[2])) == (list(eight()[:4]), library.RemoteProtocolError)  # type: ignore[attr-defined]
        reset = hear(mock, library, chat("reset"))
        assert (reset[0], type(reset[2])) == (list(eight()[:4]), library.ReadError)  # type: ignore[attr-defined]
    with MockAI(cassette=tmp_path / "c.yaml", exact_pieces=True) as mock:
        assert hear(mock, library, chat("pieces"))[0] == list(eight())
        assert hear(mock, library, chat("limited"))[1].headers["retry-after-ms"] == "12"
        for name, before in (("fin", fin), ("reset", reset)):
            again = hear(mock, library, chat(name))
            assert (again[0], type(again[2])) == (before[0], type(before[2]))
        mock.verify()


@pytest.mark.parametrize("most", [1, 3])
def test_an_upstream_whose_client_leaves_early_is_heard_out(
    most: int, library: ModuleType, hear: Hear, upstream: Upstream, tmp_path: Path
) -> None:
    with recording(upstream, tmp_path / "c.yaml") as mock:
        assert hear(mock, library, chat("pieces"), most)[0] == list(eight()[:most])
        assert hear(mock, library, chat("fin"), most)[2] is None
    whole, broken = load(tmp_path / "c.yaml").exchanges
    assert pieces_of(whole) == list(eight())
    assert pieces_of(broken) == list(eight()[:4])
    assert isinstance(broken.reply.body[-1], Break)


def test_a_client_whose_patience_ends_hears_its_own_timeout_then_and_at_replay(
    library: ModuleType, hear: Hear, upstream: Upstream, tmp_path: Path
) -> None:
    with recording(upstream, tmp_path / "c.yaml") as mock:
        pieces, _, error = hear(mock, library, chat("idle"), timeout=0.1)
        assert (pieces, type(error)) == (list(eight()[:2]), library.ReadTimeout)  # type: ignore[attr-defined]
        assert type(hear(mock, library, chat("silent"), timeout=0.1)[2]) is library.ReadTimeout  # type: ignore[attr-defined]
    (exchange,) = load(tmp_path / "c.yaml").exchanges
    assert exchange.reply.body[-1] == Break(exchange.reply.body[-1].after, "stall")
    with MockAI(cassette=tmp_path / "c.yaml", exact_pieces=True) as mock:
        pieces, _, error = hear(mock, library, chat("idle"), timeout=0.01)
    assert (pieces, type(error)) == (list(eight()[:2]), library.ReadTimeout)  # type: ignore[attr-defined]


def test_an_upstream_that_is_not_there_is_a_clear_error_and_a_miss(library: ModuleType, hear: Hear) -> None:
    with MockAI(upstream="http://127.0.0.1:9/v1", record_mode="all") as mock:
        pieces, response, _ = hear(mock, library, chat("pieces"))
        assert response.status_code == 502
        assert response.headers["x-should-retry"] == "false"
        assert json.loads(b"".join(pieces))["error"]["code"] == "upstream_unreachable"
        assert [exchange.reply.status for exchange in mock.journal] == [502]
        with pytest.raises(AssertionError, match=r"http://127\.0\.0\.1:9/v1 gave no answer"):
            mock.verify()


def test_the_library_of_a_client_is_found() -> None:
    class Mine(httpx.Client):
        pass

    assert library_of(Mine) is httpx
    assert library_of(httpx2.AsyncClient) is httpx2
    assert library_of(openai.DefaultHttpxClient) is httpx2


def test_the_sdk_streams_through_it_and_sees_its_own_errors() -> None:
    with MockAI() as mock:
        mock.on("chat.completions.create", model="gpt-4o").stream(["He", "llo"])
        mock.on("models.list").fail(500)
        http = httpx2.Client(transport=mock.transport(httpx2))
        with openai.OpenAI(api_key="sk-none", http_client=http, max_retries=0) as client:
            chunks = client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "hi"}], stream=True
            )
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello"
            with pytest.raises(openai.InternalServerError):
                client.models.list()


def test_a_request_is_one_call_of_the_mock() -> None:
    with MockAI() as mock, httpx2.Client(transport=mock.transport(httpx2), headers=HEADERS) as client:
        client.get("http://mock/v1/models")
        assert [exchange.request for exchange in mock.journal] == [
            Request("GET", "/v1/models", "", mock.calls()[0].request.headers)
        ]
        assert "authorization" not in dict(mock.calls()[0].request.headers)
