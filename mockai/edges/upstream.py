"""Asks the real API: the request as the client made it, its answer piece by piece, and how that ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ..call import Forward
from ..coding import CODINGS
from ..errors import Refusal
from ..http import Headers
from ..tap import HOP_BY_HOP

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


@contextmanager
def reachable(library: Any, forward: Forward) -> Iterator[None]:
    """Turns the library's errors before the first byte of an answer into a Refusal that names the upstream."""
    try:
        yield
    except (library.TransportError, library.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise Refusal(
            f"The upstream {forward.base} gave no answer to {forward.call.name}: {reason}. Nothing was recorded. "
            "Check --upstream and that it is reachable from here.",
            code="upstream_unreachable",
            status=502,
        ) from error
