"""The in-process edge: a transport for `httpx2` or `httpx`, whose module is handed in. Streams keep their delays and breaks.

(The libraries' own ASGITransport buffers whole bodies, so no stream could be tested through it.)
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

from ..call import Forward
from ..errors import Refusal
from ..http import Break, Chunk, Reply, Request
from ..mock import MockAI
from ..tap import Tap
from .upstream import address, heard, how_it_broke, passed_on, reachable, timeouts


def transport(mock: MockAI, library: Any) -> Any:
    """A transport that answers from `mock`, for the sync and the async client of `library`."""

    def asked(sent: Any, body: bytes) -> Request:
        path, _, query = sent.url.raw_path.decode("ascii").partition("?")
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in sent.headers.raw)
        return Request(sent.method, path, query, headers, body)

    def response(reply: Reply, stream: Any) -> Any:
        return library.Response(reply.status, headers=list(reply.headers), stream=stream)

    class Body(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """Plays a timeline: every piece at its due time, counted from the start."""

        def __init__(self, reply: Reply, sent: Any) -> None:
            self.steps = Steps(library, reply, sent)

        def __iter__(self) -> Iterator[bytes]:
            for pause, data in self.steps:
                if pause > 0:
                    time.sleep(pause)
                if data is not None:
                    yield data

        async def __aiter__(self) -> AsyncIterator[bytes]:
            import anyio

            for pause, data in self.steps:
                if pause > 0:
                    await anyio.sleep(pause)
                if data is not None:
                    yield data

    class Tee(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """Lets the client hear the upstream while it is taped; what the client leaves unread is heard out at the end."""

        def __init__(self, forward: Forward, tap: Tap, at: float, heard_from: Any, client: Any) -> None:
            self.forward, self.tap, self.at, self.source, self.client = forward, tap, at, heard_from, client
            self.done = False

        def __iter__(self) -> Iterator[bytes]:
            try:
                for piece in self.source.iter_raw():
                    self.tap.piece(time.monotonic(), piece)
                    yield piece
            except library.TransportError as error:
                self.tap.broke(time.monotonic(), how_it_broke(library, error))
                self.finish()
                raise
            self.finish()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in self.source.aiter_raw():
                    self.tap.piece(time.monotonic(), piece)
                    yield piece
            except library.TransportError as error:
                self.tap.broke(time.monotonic(), how_it_broke(library, error))
                self.finish()
                raise
            self.finish()

        def finish(self) -> None:
            if not self.done:
                self.done = True
                mock.finish(self.forward, self.tap.reply(), self.at)

        def close(self) -> None:
            if not self.done and not self.source.is_stream_consumed:
                for _ in self:
                    pass
            self.finish()
            self.source.close()
            self.client.close()

        async def aclose(self) -> None:
            if not self.done and not self.source.is_stream_consumed:
                async for _ in self:
                    pass
            self.finish()
            await self.source.aclose()
            await self.client.aclose()

    class Transport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        """Answers every request from the mock, without a socket."""

        def handle_request(self, sent: Any) -> Any:
            answer = mock.handle(asked(sent, sent.read()))
            if isinstance(answer, Forward):
                return self.forward(answer, sent)
            time.sleep(answer.after)
            return response(answer, Body(answer, sent))

        async def handle_async_request(self, sent: Any) -> Any:
            answer = mock.handle(asked(sent, await sent.aread()))
            if isinstance(answer, Forward):
                return await self.aforward(answer, sent)
            if answer.after:
                import anyio

                await anyio.sleep(answer.after)
            return response(answer, Body(answer, sent))

        def forward(self, forward: Forward, sent: Any) -> Any:
            client = library.Client(timeout=timeouts(library))
            at, tap = mock.clock.now(), Tap(time.monotonic())
            try:
                with reachable(library, forward):
                    real = client.send(self.real(client, forward), stream=True)
            except Refusal as error:
                reply = mock.refuse(forward.call, error)
                return response(reply, Body(reply, sent))
            tap.head(time.monotonic(), real.status_code, heard(real))
            return response(tap.reply(), Tee(forward, tap, at, real, client))

        async def aforward(self, forward: Forward, sent: Any) -> Any:
            client = library.AsyncClient(timeout=timeouts(library))
            at, tap = mock.clock.now(), Tap(time.monotonic())
            try:
                with reachable(library, forward):
                    real = await client.send(self.real(client, forward), stream=True)
            except Refusal as error:
                reply = mock.refuse(forward.call, error)
                return response(reply, Body(reply, sent))
            tap.head(time.monotonic(), real.status_code, heard(real))
            return response(tap.reply(), Tee(forward, tap, at, real, client))

        def real(self, client: Any, forward: Forward) -> Any:
            request = forward.call.request
            return client.build_request(
                request.method, address(forward), headers=list(passed_on(forward)), content=request.body
            )

    return Transport()


def library_of(client: type) -> Any:
    """The library that a client class is made with, `httpx2` or `httpx`: the SDK's 3.x and earlier versions differ."""
    name = next(base.__module__ for base in client.__mro__ if base.__module__.partition(".")[0] in ("httpx2", "httpx"))
    return import_module(name.partition(".")[0])


class Steps:
    """A reply's body as pauses in seconds and bytes; raises the library's own errors where a connection would break."""

    def __init__(self, library: Any, reply: Reply, sent: Any) -> None:
        self.library, self.reply, self.sent = library, reply, sent
        self.patience: float | None = sent.extensions.get("timeout", {}).get("read")

    def __iter__(self) -> Iterator[tuple[float, bytes | None]]:
        due = time.monotonic()
        for chunk in self.reply.body:
            due += chunk.after
            pause = due - time.monotonic() if chunk.after else 0.0
            stalled = isinstance(chunk, Break) and chunk.how == "stall"
            if stalled or (self.patience is not None and pause > self.patience):
                yield self.patience or 0.0, None
                raise self.library.ReadTimeout("The read operation timed out", request=self.sent)
            if isinstance(chunk, Chunk):
                yield pause, chunk.data
                continue
            yield pause, None
            if chunk.how == "reset":
                raise self.library.ReadError("Connection reset by peer", request=self.sent)
            raise self.library.RemoteProtocolError(
                "peer closed connection without sending complete message body (incomplete chunked read)",
                request=self.sent,
            )
