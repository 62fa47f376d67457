"""The connection behind an ASGI `send`, spoken to directly where ASGI is too slow or has no word.

uvicorn checks and joins every header of every answer and turns every piece into a message and back; on a replayed
request that costs as much as all of the mock's own work. Its connection state is not a public interface, so every use
of it stands here, and any doubt means plain ASGI. A test fails if uvicorn's attributes change.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from typing import Any

from ..http import Headers

if sys.platform != "win32":
    import fcntl
    import termios

try:
    from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
except ImportError:  # without httptools (PyPy) uvicorn speaks h11, whose connections are made otherwise
    STATUS_LINE, RequestResponseCycle = {}, None  # type: ignore[misc,assignment]
    PROTOCOL: Any = "auto"
else:

    class Connection(HttpToolsProtocol):
        """A connection that knows the moment of its beginning, and whose end every answer on it learns of.

        (uvicorn tells the last of several requests that came at once; the answer under way would never end.)
        """

        opened = 0.0
        earlier: tuple[Any, ...] = ()

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.access_log = False

        def connection_made(self, transport: Any) -> None:
            """The client has connected."""
            self.opened = time.monotonic()
            super().connection_made(transport)

        def on_headers_complete(self) -> None:
            """A request has begun."""
            before = self.cycle
            super().on_headers_complete()
            if before is not None and before is not self.cycle and not before.response_complete:
                self.earlier = (*(cycle for cycle in self.earlier if not cycle.response_complete), before)

        def connection_lost(self, exc: Exception | None) -> None:
            """The connection has ended."""
            for cycle in self.earlier:
                if not cycle.response_complete:
                    cycle.disconnected = True
                    cycle.message_event.set()
            super().connection_lost(exc)

    PROTOCOL = Connection


class Deaf(asyncio.Protocol):
    """Hears of a connection only that it has ended: one whose answer never comes to its end.

    uvicorn stops reading while requests wait for their turn, and would never learn that their client has left.
    """

    def __init__(self, before: Any) -> None:
        self.before = before
        before.stalled = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self.before.connection_lost(exc)


def await_the_end(send: Any) -> None:
    """Hear nothing more from a client but that it leaves: what it still asks for on this connection has no answer."""
    cycle = cycle_of(send)
    if cycle is not None and not cycle.transport.is_closing():
        cycle.transport.set_protocol(Deaf(cycle.transport.get_protocol()))
        cycle.transport.resume_reading()


def let_go(protocol: Any) -> None:
    """End a connection whose answer would never come to its end."""
    if getattr(protocol, "stalled", False):
        protocol.transport.close()


def opened(protocol: Any) -> tuple[str, float] | None:
    """A connection of uvicorn's as requests name it, and the moment of its beginning; None where that is not known."""
    client, moment = getattr(protocol, "client", None), getattr(protocol, "opened", None)
    return ("{}:{}".format(*client), moment) if client and moment is not None else None


def cycle_of(send: Any) -> Any:
    """uvicorn's state of one request and its answer, or None on another server."""
    cycle = getattr(send, "__self__", None)
    return cycle if type(cycle) is RequestResponseCycle else None


def frame(data: bytes) -> bytes:
    """One chunk of a chunked body (RFC 9112, 7.1); an empty one would end it, so it becomes nothing."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def whole(send: Any, status: int, headers: Headers, body: bytes) -> bool:
    """Write a complete answer in one go, if that can be done now.

    `headers` hold the content-length or transfer-encoding, `body` is framed accordingly. False, and nothing has been
    written, on another server, for a connection that closes after this answer or waits for a slow reader, and for a
    status without a body.
    """
    cycle = cycle_of(send)
    if (
        cycle is None
        or cycle.disconnected
        or cycle.response_started
        or not cycle.keep_alive
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
        or status in (204, 304)
    ):
        return False
    head = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if not head.isascii() or not head.count("\n") == head.count("\r") == len(headers):
        return False  # a value that would open a header of its own is for uvicorn to refuse
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(STATUS_LINE[status] + head.encode() + b"\r\n" + body)
    cycle.message_event.set()
    cycle.on_response()
    return True


def is_chunked(cycle: Any) -> bool:
    """Whether the started answer of this cycle takes frames, so that pieces may be written to its transport."""
    return cycle is not None and cycle.chunked_encoding is True and cycle.scope["method"] != "HEAD"


def hang_up(send: Any) -> None:
    """End the connection before an answer has begun: returning without one would make uvicorn answer with a 500."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if cycle is not None and transport is not None:
        cycle.response_started = cycle.response_complete = True
        transport.close()


def outstanding(send: Any) -> int:
    """How many bytes that were written have not reached the client yet; 0 where nobody can tell."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if sys.platform == "win32" or transport is None or (raw := transport.get_extra_info("socket")) is None:
        return 0
    kept = bytearray(4)
    fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, kept)
    return int(transport.get_write_buffer_size()) + int.from_bytes(kept, sys.byteorder)


def reset(send: Any) -> None:
    """End the connection with a TCP reset: lingering for no time makes the kernel send one.

    What has not arrived by then is lost; `outstanding` says how much that is.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
