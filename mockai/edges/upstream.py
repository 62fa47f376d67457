"""Asks the real API: the request as the client made it, its answer piece by piece, and how that ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ..call import Forward
from ..coding import CODINGS
from ..errors import MockaiError, Refusal
from ..http import Headers, Reply, header
from ..mock import MockAI
from ..tap import HOP_BY_HOP, Tap
from .ours import OURS

LOG = logging.getLogger("mockai")

NOT_PASSED_ON = HOP_BY_HOP | {"host", "expect", "accept-encoding"}

# Connecting has a short limit, silence a long one: a reasoning model may think for minutes before its first token.
CONNECT_SECONDS, SILENCE_SECONDS = 10.0, 600.0


def address(forward: Forward) -> str:
    """The URL to ask: the path below the upstream's base, whose own prefix (`/v1`) stands only once."""
    request = forward.call.request
    prefix = urlsplit(forward.base).path.rstrip("/")
    path = request.path
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        path = path[len(prefix) :]
    elif prefix.endswith("/v1") and path.startswith("/v1/"):
        path = path[3:]
    return forward.base + path + (f"?{request.query}" if request.query else "")


def homeward(forward: Forward, location: str) -> str:
    """Where a redirect leads, seen from the client: within the upstream is within the mock, at replay as well."""
    if not location.startswith(forward.base + "/"):
        return location
    below = address(forward).removeprefix(forward.base).partition("?")[0]
    return forward.call.request.path.removesuffix(below) + location.removeprefix(forward.base)


def passed_on(forward: Forward) -> Headers:
    """The client's headers for the upstream. Only compressions are offered that the recorder can look into."""
    headers = forward.call.request.headers
    kept = tuple(
        (name, value) for name, value in headers if name not in NOT_PASSED_ON and not name.startswith("x-mockai-")
    )
    offered = [
        coding.strip()
        for name, value in headers
        if name == "accept-encoding"
        for coding in value.split(",")
        if coding.partition(";")[0].strip().lower() in CODINGS
    ]
    return (*kept, ("accept-encoding", ", ".join(offered) or "identity"))


class Inquiry:
    """One forwarded call: what to ask, what is heard, and the tape of it.

    It never waits; an edge sends `request`, and passes on head and pieces through it as they come. `library` is the
    module of the client that asks, `httpx2` or `httpx`, and `timeout` that library's, where the client's own counts.
    The mock knows the exchange before the last byte leaves here, so a client that has heard all finds it noted.
    """

    def __init__(self, mock: MockAI, forward: Forward, library: Any, timeout: Any = None) -> None:
        self.mock, self.forward, self.library, self.timeout = mock, forward, library, timeout
        self.at, self.tap = mock.clock.now(), Tap(time.monotonic())
        self.finished = False
        self.heard = Reply(0)  # the answer as the client hears it, once it is whole
        self.left: int | None = None  # bytes still to come, where the upstream said how many there are

    def request(self, client: Any) -> Any:
        """The request for the upstream, made by `client`."""
        asked = self.forward.call.request
        return client.build_request(
            asked.method,
            address(self.forward),
            headers=list(passed_on(self.forward)),
            content=asked.body,
            timeout=self.timeout or timeouts(self.library),
        )

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Turns the library's errors before the head into a Refusal that names the upstream.

        A client whose own patience ended hears just that. A blocked network lets these connections through.
        """
        ours = OURS.set(True)
        try:
            yield
        except (self.library.TransportError, self.library.InvalidURL) as error:
            if self.timeout is not None and isinstance(error, self.library.ReadTimeout):
                raise
            reason = str(error) or type(error).__name__
            raise Refusal(
                f"The upstream {self.forward.base} gave no answer to {self.forward.call.name}: {reason}. "
                "Nothing was recorded. Check --upstream and that it is reachable from here.",
                code="upstream_unreachable",
                status=502,
            ) from error
        finally:
            OURS.reset(ours)

    def head(self, response: Any) -> Reply:
        """Status and headers, as they are taped and as the client hears them."""
        lines = tuple(
            (name, homeward(self.forward, value) if name == "location" else value) for name, value in heard(response)
        )
        self.tap.head(time.monotonic(), response.status_code, lines)
        length = header(lines, "content-length")
        if self.forward.call.request.method == "HEAD" or response.status_code in (204, 304):
            self.left = 0
        elif length is not None and length.isdecimal():
            self.left = int(length)
        if self.left == 0:
            self.finish()
        sized = (("content-length", length),) if length is not None else ()  # the pieces are passed on as they are
        return Reply(response.status_code, self.tap.headers + self.told + sized)

    @property
    def told(self) -> Headers:
        """The headers that say who answered."""
        return (("x-mockai-source", "upstream"), ("x-mockai-exchange", str(self.forward.call.number)))

    def spoilt(self) -> Reply:
        """The answer, heard to its end, with what goes wrong with it."""
        reply = self.heard
        return Reply(reply.status, reply.headers + self.told, reply.body, reply.after) if reply.status else reply

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Surrounds the reading of the body: an end is an end, the library's errors are the connection breaking off.

        Left in another way, e.g. because the client went away, the answer is not whole yet and can be listened to on.
        """
        try:
            yield
        except self.library.TransportError as error:
            self.tap.broke(time.monotonic(), how_it_broke(self.library, error))
            self.finish()
            raise
        self.finish()

    def piece(self, data: bytes) -> bytes:
        """Bytes of the body, as they came."""
        self.tap.piece(time.monotonic(), data)
        if self.left is not None:
            self.left -= len(data)
            if self.left == 0:
                self.finish()
        return data

    def finish(self) -> None:
        """Hand the answer to the mock, once. What cannot be taped is logged, and raised by `MockAI.close`."""
        if self.finished:
            return
        self.finished, self.heard = True, self.tap.reply()
        try:
            self.heard = self.mock.finish(self.forward, self.heard, self.at)
        except MockaiError as error:
            LOG.error("mockai: %s", error)


def client(kind: Any, library: Any, **options: Any) -> Any:
    """A client that asks for others: `kind` is a client class of `library`. It keeps no cookies between its users."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy  # brings urllib.request and all of email

    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return kind(timeout=timeouts(library), cookies=jar, verify=trust(library), **options)


@cache
def trust(library: Any) -> Any:
    """The certificates a client trusts; reading them takes longer than all the rest of making a client."""
    return library.create_ssl_context()


def timeouts(library: Any) -> Any:
    """The limits of an upstream request, for `httpx2` or `httpx`."""
    return library.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)


def heard(response: Any) -> Headers:
    """The headers of a response of `httpx2` or `httpx`, repeats kept, names in lower case."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)


def how_it_broke(library: Any, error: Exception) -> str:
    """What a client library's error in mid-body says of the connection, as in Break."""
    if isinstance(error, library.TimeoutException):
        return "stall"
    return "reset" if isinstance(error, library.ReadError) else "close"
