"""A blocked network: every way out of Python is shut but to this machine, and the message names the line."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import anyio
import httpx2
import pytest
import uvloop

from mockai import MockAI
from mockai.edges.blocking import NetworkBlocked, Watch, installed, local, network_blocked
from mockai.edges.host import host

URL = "https://api.openai.com/v1/models"


def sync() -> None:
    httpx2.get(URL, trust_env=False)


async def waiting() -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.get(URL)


async def bare() -> None:
    await asyncio.get_running_loop().create_connection(asyncio.Protocol, "api.openai.com", 443)


async def bare_udp() -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("10.1.2.3", 53))


def on(factory: Callable[[], asyncio.AbstractEventLoop], main: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())  # type: ignore[arg-type]

    return run


def udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.sendto(b"x", ("10.1.2.3", 53))


def udp_message() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.sendmsg([b"x"], [], 0, ("10.1.2.3", 53))


def plain() -> None:
    with socket.socket(socket.AF_INET6) as opened:
        opened.connect(("2001:db8::1", 443))


def tried() -> None:
    with socket.socket() as opened:
        opened.connect_ex(("::ffff:10.0.0.1", 443))


WAYS = {
    "sync": sync,
    "asyncio": on(asyncio.SelectorEventLoop, waiting),
    "uvloop": on(uvloop.new_event_loop, waiting),
    "trio": lambda: anyio.run(waiting, backend="trio"),
    "asyncio-connection": on(asyncio.SelectorEventLoop, bare),
    "uvloop-connection": on(uvloop.new_event_loop, bare),
    "asyncio-datagrams": on(asyncio.SelectorEventLoop, bare_udp),
    "uvloop-datagrams": on(uvloop.new_event_loop, bare_udp),
    "udp": udp,
    "udp-message": udp_message,
    "ipv6": plain,
    "connect_ex": tried,
    "by-name": lambda: socket.gethostbyname("api.openai.com"),
    "look-up": lambda: socket.getaddrinfo("api.openai.com", 443),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_is_shut_and_named(way: str) -> None:
    with installed(Watch(block=True)) as watch, pytest.raises((NetworkBlocked, BaseExceptionGroup)) as raised:
        WAYS[way]()
    group = raised.value
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    assert isinstance(group, NetworkBlocked)
    assert "is beyond this machine.\nIt was reached for by tests/test_blocking.py:" in str(group).replace(
        str(__file__), "tests/test_blocking.py"
    )
    assert len(watch.stopped) == 1


def test_a_thread_and_a_broad_except_hide_nothing(golden: Callable[[str, object], None]) -> None:
    def work() -> None:
        with suppress(BaseException):
            sync()

    def run() -> None:
        with network_blocked():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

    with pytest.raises(NetworkBlocked) as raised:
        run()
    golden("blocked", str(raised.value).replace(str(__file__), "tests/test_blocking.py"))


def test_this_machine_is_within_reach_on_every_loop() -> None:
    async def ask() -> int:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return (await client.get(url, headers={"authorization": "Bearer k"})).status_code

    with network_blocked(), MockAI().serve() as base:
        url = f"{base}/models"
        assert httpx2.get(url, trust_env=False, headers={"authorization": "Bearer k"}).status_code == 200
        assert httpx2.get(url.replace("127.0.0.1", "localhost"), trust_env=False).status_code == 401
        for factory in (asyncio.SelectorEventLoop, uvloop.new_event_loop):
            with asyncio.Runner(loop_factory=factory) as runner:
                assert runner.run(ask()) == 200
        assert anyio.run(ask, backend="trio") == 200
        left, right = socket.socketpair()
        left.close(), right.close()


def test_recording_reaches_its_upstream_and_an_allowed_host_is_let_through() -> None:
    with MockAI().serve() as upstream, MockAI(upstream=upstream, record_mode="all").serve() as url:
        watch = Watch(block=True)
        with installed(watch):
            assert (
                httpx2.get(f"{url}/models", trust_env=False, headers={"authorization": "Bearer k"}).status_code == 200
            )
        assert {reach.address for reach in watch.reaches} == {httpx2.URL(url).netloc.decode()}
    with network_blocked(["192.0.2.7"]), socket.socket() as opened:
        opened.settimeout(0)
        assert opened.connect_ex(("192.0.2.7", 9)) != 0


def test_what_was_there_is_there_again() -> None:
    before = (socket.socket.connect, socket.getaddrinfo, asyncio.BaseEventLoop.getaddrinfo, uvloop.Loop.getaddrinfo)
    with installed(Watch()), installed(Watch(block=True)):
        assert socket.getaddrinfo is not before[1]
    after = (socket.socket.connect, socket.getaddrinfo, asyncio.BaseEventLoop.getaddrinfo, uvloop.Loop.getaddrinfo)
    assert after == before
    assert "connect" not in vars(socket.socket)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("localhost", True), ("db.localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
        ("0.0.0.0", True), ("::ffff:127.0.0.1", True), ("fe80::1%eth0", False), ("10.0.0.1", False),
        ("localhost.example", False), ("api.openai.com", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(name: str, here: bool) -> None:
    assert local(name) is here


def test_one_server_serves_a_process() -> None:
    assert host() is host()
