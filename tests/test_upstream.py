"""What is asked of the upstream, and what is made of it when it does not answer as it should."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from mockai import MockAI
from mockai.call import Call, Forward
from mockai.edges.upstream import Inquiry, address, client, heard, how_it_broke, passed_on
from mockai.errors import CassetteError, Refusal
from mockai.http import Break, Chunk, Request

libraries = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])


def forward(path: str = "/v1/models", base: str = "https://up/v1", query: str = "", **headers: str) -> Forward:
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Forward(Call(Request("GET", path, query, lines)), base)


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/v1/models", "https://up/v1", "https://up/v1/models"),
        ("/models", "https://up/v1", "https://up/v1/models"),
        ("/v1", "https://up/v1", "https://up/v1"),
        ("/v1x/models", "https://up/v1", "https://up/v1/v1x/models"),
        ("/v1/models", "https://up", "https://up/v1/models"),
        ("/v1/models", "https://up/proxy/openai/v1", "https://up/proxy/openai/v1/models"),
        ("/proxy/openai/v1/models", "https://up/proxy/openai/v1", "https://up/proxy/openai/v1/models"),
        ("/openai/deployments/d/chat/completions", "https://up", "https://up/openai/deployments/d/chat/completions"),
        ("/v1/files/%2F%C3%A9", "https://up/v1", "https://up/v1/files/%2F%C3%A9"),
    ],
)
def test_the_prefix_of_the_base_stands_only_once(path: str, base: str, expected: str) -> None:
    assert address(forward(path, base)) == expected
    assert address(forward(path, base, "a=1&a=%20")) == expected + "?a=1&a=%20"


@pytest.mark.parametrize(
    ("path", "base", "location", "expected"),
    [
        ("/v1/a", "https://up/v1", "https://up/v1/b?c=1", "/v1/b?c=1"),
        ("/a", "https://up/v1", "https://up/v1/b", "/b"),
        ("/v1/a", "https://up/proxy/v1", "https://up/proxy/v1/b", "/v1/b"),
        ("/v1/a", "https://up/v1", "/v1/b", "/v1/b"),
        ("/v1/a", "https://up/v1", "https://up/v10/b", "https://up/v10/b"),
        ("/v1/a", "https://up/v1", "https://files.up/b?sig=1", "https://files.up/b?sig=1"),
    ],
)
def test_a_redirect_within_the_upstream_stays_within_the_mock(
    path: str, base: str, location: str, expected: str, mock: MockAI
) -> None:
    asking = inquiry(mock, forward(path, base, "q=1"))
    assert ("location", expected) in asking.head(httpx2.Response(307, headers={"location": location})).headers
    assert ("location", expected) in asking.tap.headers


def test_headers_of_the_message_are_passed_on_and_those_of_the_connection_are_not() -> None:
    given = forward(
        host="127.0.0.1",
        connection="keep-alive",
        transfer_encoding="chunked",
        content_length="3",
        expect="100-continue",
        authorization="Bearer k",
        x_mockai_scope="a",
        user_agent="mine",
    )
    assert passed_on(given) == (("authorization", "Bearer k"), ("user-agent", "mine"), ("accept-encoding", "identity"))


@pytest.mark.parametrize(
    ("offered", "expected"),
    [("gzip, deflate, br, zstd", "gzip, deflate, br"), ("zstd", "identity"), ("BR;q=0.5, *;q=0", "BR;q=0.5")],
)
def test_only_codings_are_offered_that_can_be_looked_into(offered: str, expected: str) -> None:
    assert passed_on(forward(accept_encoding=offered))[-1] == ("accept-encoding", expected)


@libraries
def test_the_library_s_errors_say_how_it_broke(library: ModuleType) -> None:
    assert how_it_broke(library, library.ReadTimeout("slow")) == "stall"
    assert how_it_broke(library, library.ReadError("reset")) == "reset"
    assert how_it_broke(library, library.RemoteProtocolError("closed")) == "close"


@libraries
def test_repeated_headers_are_heard_in_order(library: ModuleType) -> None:
    response = library.Response(200, headers=[("Set-Cookie", "a"), ("X", "é".encode("latin-1")), ("set-cookie", "b")])
    assert heard(response) == (("set-cookie", "a"), ("x", "é"), ("set-cookie", "b"))


def inquiry(mock: MockAI, given: Forward | None = None, library: Any = httpx2, timeout: Any = None) -> Inquiry:
    return Inquiry(mock, given or forward(), library, timeout)


@pytest.fixture
def mock() -> MockAI:
    return MockAI(upstream="https://up/v1", record_mode="all")


@libraries
@pytest.mark.parametrize("kind", ["ConnectError", "ReadTimeout", "RemoteProtocolError", "InvalidURL"])
def test_no_answer_is_a_refusal_that_names_the_upstream(library: ModuleType, kind: str, mock: MockAI) -> None:
    why = r"https://up/v1 gave no answer to GET /v1/models: why\."
    with pytest.raises(Refusal, match=why) as caught, inquiry(mock, library=library).asking():
        raise getattr(library, kind)("why")
    assert caught.value.reply().status == 502
    assert caught.value.reply().header("x-should-retry") == "false"


@libraries
def test_a_client_s_own_patience_ends_as_its_own_error(library: ModuleType, mock: MockAI) -> None:
    with pytest.raises(library.ReadTimeout), inquiry(mock, library=library, timeout=library.Timeout(1)).asking():
        raise library.ReadTimeout("slow")


@libraries
def test_the_request_has_the_client_s_timeout_or_a_patient_one(library: ModuleType, mock: MockAI) -> None:
    with client(library.Client, library) as asker:
        patient = inquiry(mock, library=library).request(asker).extensions["timeout"]
        assert (patient["connect"], patient["read"]) == (10, 600)
        assert (
            inquiry(mock, library=library, timeout=library.Timeout(3)).request(asker).extensions["timeout"]["read"] == 3
        )


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [("HEAD", 200, [("content-length", "9")]), ("GET", 204, []), ("GET", 200, [("content-length", "0")])],
)
def test_an_answer_without_a_body_is_noted_with_its_head(
    method: str, status: int, headers: list[tuple[str, str]], mock: MockAI
) -> None:
    asking = inquiry(mock, Forward(Call(Request(method, "/v1/models"), number=7), "https://up"))
    head = asking.head(httpx2.Response(status, headers=headers))
    assert [call.number for call in mock.calls()] == [7]
    assert head.headers == (("x-mockai-source", "upstream"), ("x-mockai-exchange", "7"), *headers)


def test_a_sized_answer_is_noted_before_its_last_piece_leaves(mock: MockAI) -> None:
    asking = inquiry(mock)
    asking.head(httpx2.Response(200, headers={"content-length": "3"}))
    with asking.listening():
        assert asking.piece(b"ab") == b"ab"
        assert not mock.calls()
        assert asking.piece(b"c") == b"c"
        assert len(mock.calls()) == 1
    assert len(mock.calls()) == 1


def test_an_unsized_answer_is_noted_at_its_end_or_break_and_only_then(mock: MockAI) -> None:
    asking = inquiry(mock)
    asking.head(httpx2.Response(200))
    asking.piece(b"a")
    with pytest.raises(GeneratorExit), asking.listening():
        raise GeneratorExit
    assert not mock.calls()
    asking.piece(b"b")
    with pytest.raises(httpx2.ReadError), asking.listening():
        raise httpx2.ReadError("reset")
    (exchange,) = mock.journal
    first, second, last = exchange.reply.body
    assert isinstance(first, Chunk)
    assert isinstance(second, Chunk)
    assert (first.data, second.data) == (b"a", b"b")
    assert isinstance(last, Break)
    assert last.how == "reset"


def test_what_cannot_be_taped_is_logged_and_spoils_no_answer(
    mock: MockAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise CassetteError("the disk is full")

    monkeypatch.setattr(mock, "finish", full)
    asking = inquiry(mock)
    asking.head(httpx2.Response(200))
    with asking.listening():
        asking.piece(b"a")
    assert caplog.record_tuples == [("mockai", logging.ERROR, "mockai: the disk is full")]


@libraries
def test_no_cookie_goes_from_one_user_to_the_next(library: ModuleType) -> None:
    asked = []

    def answer(request: Any) -> Any:
        asked.append(request.headers.get("cookie"))
        return library.Response(200, headers={"set-cookie": "a=1"})

    with client(library.Client, library, transport=library.MockTransport(answer)) as asker:
        for _ in range(2):
            asker.get("https://up/v1")
    assert asked == [None, None]
