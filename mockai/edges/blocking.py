"""The connections of this process: who reaches where, from which line, and, if asked to, no farther than this machine.

It watches whatever Python opens: the `socket` module, and the event loops of asyncio and uvloop, which is every client
library but those that bring a network of their own in C (pycurl, grpc).
"""

from __future__ import annotations

import asyncio
import ipaddress
import linecache
import os
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import Any

from .ours import OURS

LIBRARIES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
HERE = str(Path(__file__).parents[1])
NOT_THEIRS = ("<", sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), HERE)
ADVICE = "Let the client take its address from OPENAI_BASE_URL, or allow the host."


class NetworkBlocked(BaseException):
    """A connection that must not be. No Exception: a client's retries and a broad `except` would only hide it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """An attempt to connect to `host` (as it was named) and `port`, by a function's `line` in a `file`, if known."""

    host: str
    port: object
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def address(self) -> str:
        """As one writes it: `api.openai.com:443`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def place(self) -> str:
        """Where in the user's code: `test_it.py:12, in ask`."""
        if not self.file:
            return "a thread or a task with no line of yours"
        path = Path(self.file)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{shown}:{self.line}, in {self.function}"

    def __str__(self) -> str:
        return f"{self.address} ({self.place})"


class Watch:
    """What was reached for, in order, while it is `installed`; with `block`, all but this machine is out of reach.

    `allow` are hosts that may be reached nevertheless; `advice` ends the message of NetworkBlocked, and may have a
    `{host}`. `open` lets everything through for as long as it is set; `ours` are ports of our own, of no interest.
    """

    def __init__(self, *, block: bool = False, allow: Iterable[str] = (), advice: str = ADVICE) -> None:
        self.block, self.allow, self.advice = block, {host.lower() for host in allow}, advice
        self.open = False
        self.ours: set[object] = set()
        self.reaches: list[Reach] = []
        self.stopped: list[str] = []
        self._names: dict[str, str] = {}  # of addresses that were looked up

    def reach(self, host: object, port: object) -> None:
        """Somebody wants to connect. Raises NetworkBlocked if that must not be."""
        if not host or port in self.ours or OURS.get():
            return
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        name = self._names.get(name, name).lower().rstrip(".")
        found = Reach(name, port, *where())
        if (name, port) not in [(each.host, each.port) for each in self.reaches[-8:]]:
            self.reaches.append(found)
        if self.block and not self.open and name not in self.allow and not local(name):
            message = told(found, self.advice)
            self.stopped.append(message)
            raise NetworkBlocked(message)

    def connects(self, opened: socket.socket, address: Any) -> None:
        """A socket is given an address; what is no Internet address stays on this machine."""
        if opened.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            self.reach(*address[:2])

    def looks_up(self, host: object, port: object, flags: int = 0) -> None:
        """A name is looked up in order to connect, not to listen; our own name is no secret."""
        if not flags & socket.AI_PASSIVE and host != socket.gethostname():
            self.reach(host, port)

    def learn(self, host: object, addresses: Iterable[str]) -> None:
        """What a look-up found."""
        if isinstance(host, str):
            self._names |= {address: host for address in addresses if address != host}


def local(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def told(reach: Reach, advice: str) -> str:
    """What to say of a connection that must not be."""
    code = linecache.getline(reach.file, reach.line).strip()
    line = f":\n    {code}" if code else "."
    return (
        f"The network is blocked, and {reach.address} is beyond this machine.\n"
        f"It was reached for by {reach.place}{line}\n{advice.replace('{host}', reach.host)}"
    )


def where() -> tuple[str, int, str] | tuple[()]:
    """The innermost line of the user's own code that runs now: its file, its number, its function."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(NOT_THEIRS) and not any(folder in file for folder in LIBRARIES):
            return file, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back
    return ()


@contextmanager
def installed(watch: Watch) -> Iterator[Watch]:
    """Let `watch` see every connection while the block runs; such blocks may be nested."""
    replaced: list[tuple[Any, str, Any]] = []
    look_up = socket.getaddrinfo

    def put(place: Any, name: str, made: Callable[[Any], Any]) -> None:
        before = getattr(place, name)
        replaced.append((place, name, before if name in vars(place) else None))
        setattr(place, name, wraps(before)(made(before)))

    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        put(socket.socket, name, partial(_socket, watch, name))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        put(socket, name, partial(_look_up, watch))
    put(asyncio.BaseEventLoop, "getaddrinfo", lambda _before: _in_executor(watch, look_up))
    put(asyncio.BaseEventLoop, "create_connection", partial(_connection, watch))
    with suppress(ImportError):
        import uvloop

        put(uvloop.Loop, "getaddrinfo", partial(_awaited, watch))
        put(uvloop.Loop, "create_connection", partial(_connection, watch))
        put(uvloop.Loop, "create_datagram_endpoint", partial(_datagrams, watch))
    try:
        yield watch
    finally:
        for place, name, before in reversed(replaced):
            if before is None:
                delattr(place, name)
            else:
                setattr(place, name, before)


@contextmanager
def network_blocked(allow: Iterable[str] = ()) -> Iterator[Watch]:
    """No connection but to this machine and the hosts of `allow`; others raise NetworkBlocked.

    So does the end of the block, if one was attempted and somebody swallowed that.
    """
    with installed(Watch(block=True, allow=allow)) as watch:
        yield watch
    if watch.stopped:
        raise NetworkBlocked(watch.stopped[0])


# -- what stands in the place of what, each made from what stood there


def _socket(watch: Watch, name: str, before: Any) -> Any:
    place = 0 if name.startswith("connect") else 3 if name == "sendmsg" else -1

    def method(self: socket.socket, *args: Any) -> Any:
        if len(args) > max(place, 0):
            watch.connects(self, args[place])
        return before(self, *args)

    return method


def _look_up(watch: Watch, before: Any) -> Any:
    def look_up(host: Any, port: Any = None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        watch.looks_up(host, port, flags)
        if before.__name__ != "getaddrinfo":
            return before(host)
        found = before(host, port, family, type, proto, flags)
        watch.learn(host, (str(each[4][0]) for each in found))
        return found

    return look_up


def _in_executor(watch: Watch, look_up: Any) -> Any:
    """The thread that looks a name up for asyncio knows no line of the user's, and not whose request it serves."""

    async def getaddrinfo(
        loop: asyncio.AbstractEventLoop,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        watch.looks_up(host, port, flags)
        found = await loop.run_in_executor(None, look_up, host, port, family, type, proto, flags)
        watch.learn(host, (str(each[4][0]) for each in found))
        return found

    return getaddrinfo


def _awaited(watch: Watch, before: Any) -> Any:
    async def getaddrinfo(loop: Any, host: Any, port: Any, **more: Any) -> Any:
        watch.looks_up(host, port, more.get("flags", 0))
        found = await before(loop, host, port, **more)
        watch.learn(host, (str(each[4][0]) for each in found))
        return found

    return getaddrinfo


def _connection(watch: Watch, before: Any) -> Any:
    async def create_connection(loop: Any, factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        watch.reach(host, port)
        return await before(loop, factory, host, port, **more)

    return create_connection


def _datagrams(watch: Watch, before: Any) -> Any:
    async def create_datagram_endpoint(
        loop: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **more: Any
    ) -> Any:
        if isinstance(remote_addr, tuple):
            watch.reach(*remote_addr[:2])
        return await before(loop, factory, local_addr, remote_addr, **more)

    return create_datagram_endpoint
