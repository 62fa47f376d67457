"""The socket edge: ASGI messages in, timed ASGI messages out. No opinions live here.

Plain ASGI rather than a framework: this is the path of every request, and a routing layer would only repeat the core's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..call import Forward
from ..errors import Refusal
from ..http import Break, Headers, Reply, Request, fields
from ..journal import number_of
from ..mock import MockAI
from ..scopes import Scopes
from .play import Message, Receive, Send, catch_up, end_badly, play, start

CONTROL = "/__mockai/"

# What the API lets every web page do, so that SDKs in browsers work.
CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "*, authorization"),
    ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    ("access-control-expose-headers", "*"),
    ("access-control-max-age", "600"),
)


class ClientLeft(Exception):
    """The client closed its connection before its request was whole."""


class App:
    """The ASGI application over one set of scopes. It owns the upstream client, made when first needed.

    `refresh` is called before each request is answered.
    """

    def __init__(
        self, scopes: Scopes, admin_token: str | None = None, refresh: Callable[[], None] | None = None
    ) -> None:
        self.scopes, self.refresh = scopes, refresh
        self.admin_token = admin_token
        self._client: Any = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with suppress(ClientLeft):
                await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "mockai speaks HTTP here"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        catch_up()
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            fields(scope["headers"]),
            await read(receive),
            "{}:{}".format(*scope["client"]) if scope["client"] else "",
        )
        if self.refresh is not None:
            self.refresh()
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
            with mock.forwarding():
                await self._forward(mock, answer, send, receive, CORS if browser else ())
            return
        if browser:
            answer = Reply(answer.status, answer.headers + CORS, answer.body, answer.after)
        await play(answer, send, receive)
        if answer.body and isinstance(answer.body[-1], Break):
            mock.journal.end(number_of(answer), "left", mock.clock.now())

    async def _forward(self, mock: MockAI, forward: Forward, send: Send, receive: Receive, extra: Headers) -> None:
        """Ask the upstream and let the client hear every piece as it arrives; the tape hears it, too.

        A client that leaves does not end the recording: the upstream is heard out, so the tape is whole.
        """
        import httpx2

        from .upstream import Inquiry, client, how_it_broke

        if self._client is None:
            self._client = client(httpx2.AsyncClient, httpx2, limits=httpx2.Limits(max_connections=None))
        inquiry = Inquiry(mock, forward, httpx2)
        try:
            with inquiry.asking():
                response = await self._client.send(inquiry.request(self._client), stream=True)
        except Refusal as error:
            await play(mock.refuse(forward.call, error), send, receive)
            return
        head = inquiry.head(response)
        if forward.faults:
            with suppress(httpx2.TransportError), inquiry.listening():
                async for piece in response.aiter_raw():
                    inquiry.piece(piece)
            await response.aclose()
            await play(inquiry.spoilt(), send, receive)
            return
        broken: Break | None = None
        await send(start(head.status, head.headers + extra))
        try:
            with inquiry.listening():
                async for piece in response.aiter_raw():
                    await send({"type": "http.response.body", "body": inquiry.piece(piece), "more_body": True})
        except httpx2.TransportError as error:
            broken = Break(how=how_it_broke(httpx2, error))
        finally:
            await response.aclose()
        if broken is not None:
            await end_badly(broken, send, receive)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

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
