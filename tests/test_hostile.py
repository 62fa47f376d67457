"""No fault and no bad request ends in an error of ours, a traceback, or a server that no longer answers.

In process and over a socket; 600 cases, or 100,000 other ones each time with the profile `nightly`.
A round that failed is repeated with HOSTILE_SEED=… and the number of the round.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from hostility import controlling, hostile, valid
from hypothesis import settings
from wires import Process, Raw, mockai

from mockai import ManualClock, MockAI
from mockai.edges.asgi import App
from mockai.http import Request
from mockai.scopes import Scopes

NIGHTLY = settings.default.max_examples > 100
SEED = os.environ.get("HOSTILE_SEED") or (str(time.time_ns()) if NIGHTLY else "mockai")
ROUND = 40
"""Cases that meet the same mock, one after the other: what some of them declare and store, others find."""
ROUNDS, CALLS = (2_250, 10_000) if NIGHTLY else (11, 160)
"""Rounds in process, and calls over a socket."""
EACH = 10 if NIGHTLY else 1
MOST_SENDS = 100
WAIT = asyncio.sleep

tally: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """With the profile `nightly`, what the cases came to."""
    yield
    if NIGHTLY:
        print(f"\nHOSTILE_SEED={SEED}: {tally.total()} cases", dict(sorted(tally.items())))


# -- in process


class Left(Exception):
    """A client that has heard enough."""


async def heard(app: App, request: Request) -> tuple[int, bytes]:
    """What a server would send: the status, 0 for none, and the body. Every message is as ASGI wants it."""
    status, body, sends = 0, bytearray(), 0
    asked = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await WAIT(0.01)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, sends
        sends += 1
        if message["type"] == "http.response.start":
            assert status == 0
            status = message["status"]
            for name, value in message["headers"]:
                assert re.fullmatch(rb"[!#$%&'*+.^_`|~0-9a-z-]+", name), name
                assert not re.search(rb"[\x00\r\n]", value), (name, value)
            return
        assert status
        body.extend(message["body"])
        if sends > MOST_SENDS:
            raise Left

    scope = {
        "type": "http",
        "method": request.method,
        "raw_path": request.path.encode("latin-1", "replace"),
        "query_string": request.query.encode("latin-1", "replace"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request.headers],
        "client": ("127.0.0.1", 1),
    }
    with suppress(Left):
        await app(scope, receive, send)
    return status, bytes(body)


def by_transport(mock: MockAI, request: Request) -> None:
    """A client in process hears an answer, or one of its library's own errors."""
    url = f"http://mock{request.path}?{request.query}"
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
    try:
        asked = httpx2.Request(request.method, url, headers=headers, content=request.body)
    except httpx2.InvalidURL:
        return
    asked.extensions["timeout"] = {"read": 0.0001}
    with suppress(httpx2.TransportError, httpx2.DecodingError), mock.transport(httpx2) as transport:
        response = transport.handle_request(asked)
        for number, _ in enumerate(response.stream):
            if number > MOST_SENDS:
                break
        response.close()


class Complaints(logging.Handler):
    """Remembers what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> Iterator[Complaints]:
    """Whatever goes wrong is logged; nothing else is. Nobody waits."""

    async def sleep(_seconds: float) -> None:
        await WAIT(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    handler = Complaints()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


async def played(number: int, complaints: Complaints, sane: Sequence[Request]) -> None:
    """One round."""
    random = Random(f"{SEED}/{number}")
    mock = MockAI(
        missing=random.choice(("conjure", "error")),
        admission=random.choice(("semantic", "schema", "schema", "off")),
        clock=ManualClock() if random.random() < 0.5 else MockAI().clock,
        rate_limit="rpm=20" if random.random() < 0.1 else None,
    )
    app = App(Scopes(mock))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, about: complaints.said.append(repr(about)))
    for _ in range(ROUND):
        request = controlling(random) if random.random() < 0.2 else hostile(random, sane)
        context = f"HOSTILE_SEED={SEED} round {number}: {request}"[:6_000]
        try:
            if random.random() < 0.15 and "/__mockai" not in request.path:
                by_transport(mock, request)
                status, body = 0, b""
            else:
                status, body = await heard(app, request)
        except Exception as error:
            raise AssertionError(context) from error
        tally[str(status)] += 1
        assert not complaints.said, (context, complaints.said)
        assert b"mockai_failed" not in body, (context, body)
    status, body = await heard(app, Request("GET", "/__mockai/health", "", (("host", "localhost"),)))
    assert (status, body) == (200, b'{"status":"ok"}')
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_whatever_comes_is_answered_or_refused(complaints: Complaints) -> None:
    only = os.environ.get("HOSTILE_ROUND")
    for number in [int(only)] if only else range(ROUNDS):
        asyncio.run(played(number, complaints, valid(EACH)))


# -- over a socket


def wire(request: Request) -> bytes:
    """The bytes of a request; those of its path and headers as they are, however odd."""
    target = request.path + (f"?{request.query}" if request.query else "")
    headers = [("host", "127.0.0.1"), *(pair for pair in request.headers if pair[0] != "host")]
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(f"content-length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + request.body


def garbled(random: Random, data: bytes) -> bytes:
    """The bytes of a request as no client sends them."""
    head, _, body = data.partition(b"\r\n\r\n")
    match random.randrange(9):
        case 0:
            return random.randbytes(random.choice((1, 40, 3_000)))
        case 1:
            return data.replace(
                b"HTTP/1.1", random.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b"", b"HTTP/1.1 x")), 1
            )
        case 2:
            return head + b"\r\ntransfer-encoding: chunked\r\n\r\n" + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        case 3:
            size = random.choice((b"-1", b"zz", b"f" * 20, b"5", b"0"))
            rest = head.replace(b"content-length: ", b"x: ")
            return rest + b"\r\ntransfer-encoding: chunked\r\n\r\n" + size + b"\r\n" + body
        case 4:
            return (
                head.replace(
                    b"content-length: ",
                    random.choice((b"content-length: -", b"content-length: 9", b"content-length: x")),
                )
                + b"\r\n\r\n"
                + body
            )
        case 5:
            return head + b"\r\nexpect: 100-continue\r\n\r\n" + body
        case 6:
            return head + b"\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: x\r\n\r\n" + body
        case 7:
            return head + b"\r\nx: " + b"y" * random.choice((9_000, 70_000, 300_000)) + b"\r\n\r\n" + body
    place = random.randrange(len(data))
    return data[:place] + random.randbytes(3) + data[place + 1 :]


def one_connection(random: Random, url: str, sane: Sequence[Request]) -> int:
    """What one client does with one connection; how many requests it sent."""
    number = random.choice((1, 1, 1, 2, 3))
    asked = [controlling(random) if random.random() < 0.1 else hostile(random, sane) for _ in range(number)]
    sent = [wire(request) for request in asked]
    sent = [garbled(random, data) if random.random() < 0.4 else data for data in sent]
    if random.random() < 0.2:
        sent[-1] = sent[-1][: random.randrange(len(sent[-1]) + 1)]
    with Raw(url) as raw, suppress(ConnectionError, TimeoutError):
        raw.socket.settimeout(0.02)
        for data in [b"".join(sent)] if random.random() < 0.5 else sent:
            raw.send(data)
            if random.random() < 0.5:
                raw.socket.recv(random.choice((1, 100, 4_000)))
        if random.random() < 0.3:
            return number
        while piece := raw.socket.recv(65_536):
            raw.buffer += piece
    assert b"mockai_failed" not in raw.buffer, (asked, raw.buffer)
    assert b"\r\n\r\nInternal Server Error" not in raw.buffer, (asked, raw.buffer)
    return number


def descriptors(process: Process) -> int:
    """Open files of a process."""
    return len(list(Path(f"/proc/{process.running.pid}/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Open files are counted in /proc")
def test_a_server_outlives_its_clients() -> None:
    """Each connection is another client's, who may leave at any time; at the end nothing of them is left."""
    with mockai("serve", "--missing", "conjure") as process:
        with Raw(process.url) as raw:
            assert raw.ask("GET", "/__mockai/health").status == 200
            before = descriptors(process)
        asked = number = 0
        while asked < CALLS:
            number += 1
            random = Random(f"{SEED}/socket/{number}")
            asked += one_connection(random, process.url, valid(EACH))
            if number % 50 == 0:
                with Raw(process.url) as raw:
                    assert raw.ask("GET", "/__mockai/health").status == 200, (SEED, number)
        tally["over a socket"] = asked
        for _ in range(500):
            with Raw(process.url) as raw:
                assert raw.ask("GET", "/__mockai/health").status == 200
                if descriptors(process) <= before:
                    break
        assert descriptors(process) <= before
