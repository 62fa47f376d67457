"""The socket edge: ASGI messages in, timed ASGI messages out. No opinions live here.

Plain ASGI rather than a framework: this is the path of every request, and a routing layer would only repeat the core's.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ..errors import Refusal
from ..http import Break, Headers, Reply, Request
from ..mock import MockAI
from ..scopes import Scopes
from ..tap import Tap, end_to_end
from .oneshot import whole
from .upstream import address, heard, how_it_broke, passed_on, reachable, timeouts

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONTROL = "/__mockai/"

# What the API lets every web page do, so that SDKs in browsers work.
CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "*, authorization"),
    ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    ("access-control-expose-headers", "*"),
    ("access-control-max-age", "600"),
)


class Pairs(dict[tuple[bytes, bytes], tuple[str, str]]):
    """Header fields decoded once: clients repeat theirs with every request, and the journal keeps thousands of them."""

    MOST = 4096

    def __missing__(self, pair: tuple[bytes, bytes]) -> tuple[str, str]:
        decoded = pair[0].decode("latin-1"), pair[1].decode("latin-1")
        if len(self) < self.MOST:
            self[pair] = decoded
        return decoded


PAIRS = Pairs()


class ClientLeft(Exception):
    """The client closed its connection before its request was whole."""


class App:
    """The ASGI application over one set of scopes. It owns the upstream client, made when first needed."""

    def __init__(self, scopes: Scopes, admin_token: str | None = None) -> None:
        self.scopes = scopes
        self.admin_token = admin_token
        self._client: Any = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._http(scope, receive, send)
            except ClientLeft:
                pass
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "mockai speaks HTTP here"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            tuple([PAIRS[pair] for pair in scope["headers"]]),
            await read(receive),
        )
        if CONTROL in request.path:
            from ..control import control

            await play(control(self.scopes, request, self.admin_token), send, receive)
            return
        mock, request = self.scopes.resolve(request)
        browser = request.header("origin") is not None
        if browser and request.method == "OPTIONS":
            await play(Reply(204, CORS), send, receive)
            return
        answer = mock.handle(request)
        if not isinstance(answer, Reply):
            await self._forward(mock, answer, send, receive, CORS if browser else ())
            return
        if browser:
            answer = Reply(answer.status, answer.headers + CORS, answer.body, answer.after)
        await play(answer, send, receive)

    async def _forward(self, mock: MockAI, forward: Any, send: Send, receive: Receive, extra: Headers) -> None:
        """Ask the upstream and let the client hear every piece as it arrives; the tape hears it, too.

        A client that leaves does not end the recording: the upstream is heard out, so the tape is whole.
        """
        import httpx2

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=timeouts(httpx2), limits=httpx2.Limits(max_connections=None))
        loop = asyncio.get_running_loop()
        at, tap = mock.clock.now(), Tap(loop.time())
        call = forward.call
        try:
            with reachable(httpx2, forward):
                asked = self._client.build_request(
                    call.request.method, address(forward), headers=list(passed_on(forward)), content=call.request.body
                )
                response = await self._client.send(asked, stream=True)
        except Refusal as error:
            await play(mock.refuse(call, error), send, receive)
            return
        tap.head(loop.time(), response.status_code, heard(response))
        told = (("x-mockai-source", "upstream"), ("x-mockai-exchange", str(call.number)))
        headers = end_to_end(tap.headers) + extra + told
        length = response.headers.get("content-length")
        if length is not None:  # the pieces arrive as they are, so their sum is known
            headers += (("content-length", length),)
        await send(start(tap.status, headers))
        broken: Break | None = None
        try:
            async for piece in response.aiter_raw():
                tap.piece(loop.time(), piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx2.TransportError as error:
            broken = Break(how=how_it_broke(httpx2, error))
            tap.broke(loop.time(), broken.how)
        finally:
            await response.aclose()
        if broken is not None:
            await end_badly(broken, send, receive)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        mock.finish(forward, tap.reply(), at)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._client is not None:
                await self._client.aclose()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def read(receive: Receive) -> bytes:
    """The whole body of a request. Raises ClientLeft if the client goes away before its end."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts: list[bytes] = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise ClientLeft


def start(status: int, headers: Headers) -> Message:
    """The ASGI message that opens an answer."""
    pairs = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": pairs}


async def play(reply: Reply, send: Send, receive: Receive) -> None:
    """Send a reply in its time. Every piece has an absolute due time, so lateness never adds up."""
    loop = asyncio.get_running_loop()
    due = loop.time() + reply.after
    if reply.after:
        await asyncio.sleep(reply.after)
    body = reply.body
    if len(body) < 2 and not (body and (isinstance(body[0], Break) or body[0].after)):
        await at_once(reply, body[0].data if body else b"", send)  # type: ignore[union-attr]
        return
    await send(start(reply.status, reply.headers))
    for chunk in body:
        if chunk.after:
            due += chunk.after
            pause = due - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
        if isinstance(chunk, Break):
            await end_badly(chunk, send, receive)
            return
        await send({"type": "http.response.body", "body": chunk.data, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def at_once(reply: Reply, data: bytes, send: Send) -> None:
    """Send a reply that waits for nothing."""
    if is_stream(reply):
        framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
        headers = (*reply.headers, ("transfer-encoding", "chunked"))
        if whole(send, reply.status, headers, framed):
            return
        headers = reply.headers
    else:
        headers = (*reply.headers, ("content-length", str(len(data))))
        if whole(send, reply.status, headers, data):
            return
    await send(start(reply.status, headers))
    await send({"type": "http.response.body", "body": data, "more_body": False})


def is_stream(reply: Reply) -> bool:
    """Whether the real API sends this in HTTP chunks even when it is short: every event stream."""
    return (reply.header("content-type") or "").startswith("text/event-stream")


async def end_badly(how: Break, send: Send, receive: Receive) -> None:
    """Leave the body unfinished. Returning early makes the server close; a stall lasts until the client gives up."""
    if how.how == "stall":
        while (await receive())["type"] != "http.disconnect":
            pass
    elif how.how == "reset":
        reset(send)


def reset(send: Send) -> None:
    """End the connection with a TCP reset, by uvicorn's own transport: ASGI has no word for it."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
