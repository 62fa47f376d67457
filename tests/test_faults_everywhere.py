"""Every fault is the same whoever answers and however it is asked: an upstream, its tape; a socket, or in process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from local_upstream import Upstream, completion, eight, serving
from wires import Raw, request

from mockai import MockAI
from mockai.faults import FAULTS, Fault, close, drop, fail
from mockai.files.tape import load
from mockai.http import Request

WHOLE = {True: b"".join(eight()), False: completion("café")}
FIGURES = {"slow_head": "(0.001)", "slow_first_token": "(0.001)"}
PATIENCE = dict.fromkeys(("never", "stall"), 0.1)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with serving(gap=0.001) as upstream:
        yield upstream


def asked(fault: str | None, stream: bool) -> dict[str, Any]:
    """What a client sends, for `client.stream`."""
    name = (fault or "").partition("(")[0]
    body = {"model": "pieces" if stream else "plain", "messages": [{"role": "user", "content": "hé"}], "stream": stream}
    headers = {"authorization": "Bearer sk-any", "content-type": "application/json", "accept-encoding": "identity"}
    return {
        "method": "POST",
        "url": "/v1/chat/completions",
        "content": json.dumps(body).encode(),
        "headers": headers | ({"x-mockai-fault": fault} if fault else {}),
        "timeout": PATIENCE.get(name, 10),
    }


Met = tuple[int, str | None, bytes, str]
"""What a client met: status, media type, what came of the body, and the error in the end."""


def met(client: Any, fault: str | None, stream: bool) -> Met:
    status, media, body, error = 0, None, b"", ""
    try:
        with client.stream(**asked(fault, stream)) as response:
            status, media = response.status_code, response.headers.get("content-type")
            for piece in response.iter_raw():
                body += piece
    except (httpx.TransportError, httpx2.TransportError) as ended:
        error = type(ended).__name__
    return status, media, body, error


async def met_async(client: Any, fault: str | None, stream: bool) -> Met:
    status, media, body, error = 0, None, b"", ""
    async with client:
        try:
            async with client.stream(**asked(fault, stream)) as response:
                status, media = response.status_code, response.headers.get("content-type")
                async for piece in response.aiter_raw():
                    body += piece
        except (httpx.TransportError, httpx2.TransportError) as ended:
            error = type(ended).__name__
    return status, media, body, error


def near(library: ModuleType) -> Callable[[MockAI, str | None, bool], Met]:
    """A client in process."""

    def ask(mock: MockAI, fault: str | None, stream: bool) -> Met:
        with library.Client(transport=mock.transport(library), base_url="http://mock") as client:
            return met(client, fault, stream)

    return ask


def near_async(library: ModuleType) -> Callable[[MockAI, str | None, bool], Met]:
    """The same of an async one."""

    def ask(mock: MockAI, fault: str | None, stream: bool) -> Met:
        client = library.AsyncClient(transport=mock.transport(library), base_url="http://mock")
        return asyncio.run(met_async(client, fault, stream))

    return ask


NEAR = (near(httpx2), near(httpx), near_async(httpx2), near_async(httpx))


@contextmanager
def served(mock: MockAI) -> Iterator[httpx2.Client]:
    """A client over a socket."""
    with mock, mock.serve() as url, httpx2.Client(base_url=url.removesuffix("/v1")) as far:
        yield far


def test_a_fault_is_the_same_from_an_upstream_and_from_its_tape(upstream: Upstream, tmp_path: Path) -> None:
    """Over a socket and in process, with each of the libraries; and the tape stays whole."""
    proxy = MockAI(upstream=upstream.url, record_mode="all", record_to=tmp_path)
    heard: dict[tuple[str, bool], Met] = {}
    with served(proxy) as far:
        for name, stream in product(FAULTS, (True, False)):
            fault = name + FIGURES.get(name, "")
            heard[name, stream] = expected = met(far, fault, stream)
            assert [ask(proxy, fault, stream) for ask in NEAR] == [expected] * len(NEAR), (name, stream)
            assert expected[0] == 200 or FAULTS[name].early

    taped = load(tmp_path / "recording.yaml").exchanges
    assert len(taped) == 2 * (1 + len(NEAR)) * sum(not fault.early for fault in FAULTS.values())
    assert {exchange.reply.content for exchange in taped} == set(WHOLE.values())

    replay = MockAI(cassette=tmp_path, allow_playback_repeats=True)
    with served(replay) as far:
        for (name, stream), expected in heard.items():
            fault = name + FIGURES.get(name, "")
            for again in (met(far, fault, stream), *(ask(replay, fault, stream) for ask in NEAR)):
                assert again == expected or FAULTS[name].early, (name, stream)


def test_a_client_hears_two_events_and_the_tape_the_whole_stream(upstream: Upstream, tmp_path: Path) -> None:
    with served(MockAI(upstream=upstream.url, record_mode="all", record_to=tmp_path)) as client:
        status, _, body, error = met(client, "close(chunks=2)", True)
    assert (status, body.count(b"data: "), error) == (200, 2, "RemoteProtocolError")
    assert WHOLE[True].startswith(body)
    replayed = MockAI(cassette=tmp_path)
    assert near(httpx2)(replayed, None, True)[2:] == (WHOLE[True], "")


@pytest.mark.parametrize(("fault", "status"), [(close(), 200), (drop(), 200), (fail(503), 503)])
def test_inside_a_request_there_is_no_connection_to_break(fault: Fault, status: int) -> None:
    mock = MockAI()
    mock.inject(fault)
    reply = mock.ask(Request("GET", "/v1/models"))
    assert reply.status == status
    json.loads(reply.content)


@pytest.mark.parametrize("together", [True, False])
def test_who_sends_several_requests_and_leaves_is_let_go(together: bool) -> None:
    """While the first of them is never answered; the others come with it or later."""
    mock = MockAI()
    never, more = request("GET", "/v1/models", x_mockai_fault="never"), request("GET", "/v1/models")

    def until(found: Callable[[], bool]) -> None:
        for _ in range(2_000):
            with Raw(url) as other:
                assert other.ask("GET", "/__mockai/health").status == 200
            if found():
                return
        raise AssertionError(mock.connections())

    with mock.serve() as url:
        with Raw(url) as raw:
            raw.send(never + more + more if together else never)
            until(lambda: len(mock.calls()) == 1)
            if not together:
                raw.send(more + more)
            mine = "{}:{}".format(*raw.socket.getsockname())
            assert mine in mock.connections()
        until(lambda: mine not in mock.connections())
