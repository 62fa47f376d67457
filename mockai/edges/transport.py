"""The in-process edge: a transport for `httpx2` or `httpx`, whose module is handed in. Streams keep delays and breaks.

(The libraries' own ASGITransport buffers whole bodies, so no stream could be tested through it.)
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

from ..call import Forward
from ..errors import Refusal
from ..http import Break, Chunk, Reply, Request, fields, raw
from ..journal import number_of
from ..mock import MockAI
from ..ongoing import played
from .upstream import Inquiry, client


def transport(mock: MockAI, library: Any) -> Any:
    """A transport that answers from `mock`, for the sync and the async client of `library`."""
    return kind(library)(mock)


@cache
def kind(library: Any) -> Callable[[MockAI], Any]:
    """The transports of a library: classes of its own classes, made once."""

    class Body(library.SyncByteStream, library.AsyncByteStream):
        """Plays a timeline, and tells the mock when its client is done with it."""

        def __init__(self, steps: Steps) -> None:
            self.steps = steps
            steps.begin()

        def __iter__(self) -> Iterator[bytes]:
            try:
                for step in self.steps.body():
                    if isinstance(step, bytes):
                        yield step
                    else:
                        time.sleep(step)
                self.steps.ended("heard")
            finally:
                self.steps.left()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            import anyio

            try:
                for step in self.steps.body():
                    if isinstance(step, bytes):
                        yield step
                    else:
                        await anyio.sleep(step)
                self.steps.ended("heard")
            finally:
                self.steps.left()

        def close(self) -> None:
            self.steps.left()

        async def aclose(self) -> None:
            self.steps.left()

    class Tee(library.SyncByteStream, library.AsyncByteStream):
        """Lets the client hear the upstream while it is taped; what the client leaves is heard out at the end."""

        def __init__(self, inquiry: Inquiry, asker: Any, pieces: Any, close: Callable[[], Any]) -> None:
            self.inquiry, self.asker, self.pieces, self.end = inquiry, asker, pieces, close

        def __iter__(self) -> Iterator[bytes]:
            with self.inquiry.listening():
                for piece in self.pieces:
                    yield self.inquiry.piece(piece)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with self.inquiry.listening():
                async for piece in self.pieces:
                    yield self.inquiry.piece(piece)

        def close(self) -> None:
            try:
                with suppress(library.TransportError):
                    for _ in self:
                        pass
            finally:
                self.end()
                self.asker.close()

        async def aclose(self) -> None:
            try:
                with suppress(library.TransportError):
                    async for _ in self:
                        pass
            finally:
                await self.end()
                await self.asker.aclose()

    class Transport(library.BaseTransport, library.AsyncBaseTransport):
        """Answers every request from the mock, without a socket."""

        def __init__(self, mock: MockAI) -> None:
            self.mock = mock

        def handle_request(self, sent: Any) -> Any:
            answer = self.mock.handle(asked(sent, sent.read()))
            if isinstance(answer, Forward):
                inquiry = Inquiry(self.mock, answer, library, patience(sent))
                asker = client(library.Client, library)
                try:
                    with inquiry.asking():
                        real = asker.send(inquiry.request(asker), stream=True)
                except Refusal as error:
                    answer = self.mock.refuse(answer.call, error)
                else:
                    heard = response(inquiry.head(real), Tee(inquiry, asker, real.iter_raw(), real.close))
                    if not answer.faults:
                        return heard
                    heard.close()
                    answer = inquiry.spoilt()
            steps = Steps(self.mock, library, answer, sent)
            for pause in steps.head():
                time.sleep(pause)
            return response(answer, Body(steps))

        async def handle_async_request(self, sent: Any) -> Any:
            import anyio

            answer = self.mock.handle(asked(sent, await sent.aread()))
            if isinstance(answer, Forward):
                inquiry = Inquiry(self.mock, answer, library, patience(sent))
                asker = client(library.AsyncClient, library)
                try:
                    with inquiry.asking():
                        real = await asker.send(inquiry.request(asker), stream=True)
                except Refusal as error:
                    answer = self.mock.refuse(answer.call, error)
                else:
                    heard = response(inquiry.head(real), Tee(inquiry, asker, real.aiter_raw(), real.aclose))
                    if not answer.faults:
                        return heard
                    await heard.aclose()
                    answer = inquiry.spoilt()
            steps = Steps(self.mock, library, answer, sent)
            for pause in steps.head():
                await anyio.sleep(pause)
            return response(answer, Body(steps))

    def asked(sent: Any, body: bytes) -> Request:
        path, _, query = sent.url.raw_path.decode("ascii").partition("?")
        return Request(sent.method, path, query, fields(sent.headers.raw), body)

    def patience(sent: Any) -> Any:
        return library.Timeout(**sent.extensions["timeout"]) if "timeout" in sent.extensions else None

    def response(reply: Reply, stream: Any) -> Any:
        return library.Response(reply.status, headers=raw(reply.headers), stream=stream)

    return Transport


def library_of(client: type) -> Any:
    """The library that a client class is made with, `httpx2` or `httpx`: the SDK's 3.x and earlier versions differ."""
    name = next(base.__module__ for base in client.__mro__ if base.__module__.partition(".")[0] in ("httpx2", "httpx"))
    return import_module(name.partition(".")[0])


class Steps:
    """A reply as a client hears it: pauses in seconds, pieces of the body, and the library's own errors where a
    connection would break or be silent for longer than the client's read timeout. It tells the mock how that ends.

    Every piece has an absolute due time, so lateness never adds up. A stall that nobody would end is a timeout at once.
    """

    def __init__(
        self, mock: MockAI, library: Any, reply: Reply, sent: Any, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.mock, self.library, self.reply, self.sent, self.now = mock, library, reply, sent, now
        self.number = number_of(reply)
        self.how = "left"  # how the client is done with the reply if it does not hear it to its end
        self.patience: float | None = sent.extensions.get("timeout", {}).get("read")

    def head(self) -> Iterator[float]:
        """What to wait for before status and headers are there."""
        try:
            if self.reply.after:
                yield from self._silence(self.reply.after)
            if self.reply.status == 0:
                assert isinstance(self.reply.body[0], Break)
                yield from self._end(self.reply.body[0].how)
        except self.library.TransportError:
            self.ended(self.how)
            raise

    def begin(self) -> None:
        """The client begins to hear the body."""
        self.mock.journal.begin(self.number)

    def left(self) -> None:
        """The client wants no more of it."""
        if self.mock.journal.hears(self.number):
            self.ended(self.how)

    def ended(self, how: str) -> None:
        """The client is done with it, in the way of an End."""
        self.mock.journal.end(self.number, how, self.mock.clock.now())

    def body(self) -> Iterator[float | bytes]:
        """What to wait for, and what to hear, after that."""
        due = self.now()
        for chunk in played(self.reply.body):
            due += chunk.after
            pause = due - self.now() if chunk.after else 0.0
            if pause > 0:
                yield from self._silence(pause)
            if isinstance(chunk, Chunk):
                yield chunk.data
            else:
                message = "peer closed connection without sending complete message body (incomplete chunked read)"
                yield from self._end(chunk.how, message)

    def _end(self, how: str, message: str = "Server disconnected without sending a response.") -> Iterator[float]:
        """The connection ends here, in the way of a Break; `message` is what the library says of one that is closed."""
        if how == "stall":
            yield from self._silence(float("inf"))
        if how == "reset":
            raise self.library.ReadError("Connection reset by peer", request=self.sent)
        raise self.library.RemoteProtocolError(message, request=self.sent)

    def _silence(self, pause: float) -> Iterator[float]:
        patience = self.patience
        if patience is None and pause == float("inf"):
            patience, self.how = 0.0, "forever"
        if patience is None or pause <= patience:
            yield pause
            return
        yield patience
        raise self.library.ReadTimeout("The read operation timed out", request=self.sent)
