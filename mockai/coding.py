"""Content codings: what `content-encoding` says was done to a body, undone."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli

from .errors import MockaiError
from .http import Headers


class CodingError(MockaiError):
    """Bytes that are not what their content coding says, or a coding mockai cannot undo."""


def decode(data: bytes, coding: str) -> bytes:
    """`data` without its content coding, which is a name or a stack such as `gzip, br` (the last was applied last).

    A stream that was cut off is decoded as far as it goes. Raises CodingError for garbage and for unknown codings.
    """
    for name in reversed(names(coding)):
        if name not in CODINGS:
            raise CodingError(f"mockai cannot undo the content coding {name!r}; it knows {', '.join(CODINGS)}.")
        data = CODINGS[name](data) if data else b""
    return data


def names(coding: str) -> list[str]:
    """The codings of a header value in lower case, the first applied first."""
    return [name for part in coding.split(",") if (name := part.strip().lower())]


def sniff(data: bytes) -> str:
    """`gzip` where the magic bytes say so, else `identity`: brotli has none, and headers are known to lie."""
    return "gzip" if data[:3] == b"\x1f\x8b\x08" else "identity"


def coding_of(headers: Headers) -> str | None:
    """What content-encoding says, None where it is absent."""
    values = [value for name, value in headers if name == "content-encoding"]
    return ", ".join(values) if values else None


def coded(coding: str | None) -> bool:
    """Whether this content coding changes the bytes."""
    return coding is not None and any(name != "identity" for name in names(coding))


def undone(data: bytes, coding: str) -> bytes | None:
    """`data` without its coding, or None where it cannot be undone."""
    try:
        return decode(data, coding)
    except CodingError:
        return None


def _zlib(name: str, *windows: int) -> Callable[[bytes], bytes]:
    def undo(data: bytes) -> bytes:
        reason = ""
        for window in windows:
            try:
                return _members(data, window)
            except zlib.error as error:
                reason = str(error)
        raise CodingError(f"The body is not {name}, although its content-encoding says so ({reason}).")

    return undo


def _members(data: bytes, window: int) -> bytes:
    """All members of a stream one after the other, the last one perhaps unfinished."""
    pieces = []
    while data:
        stream = zlib.decompressobj(window)
        pieces.append(stream.decompress(data))
        data = stream.unused_data if stream.eof else b""
    return b"".join(pieces)


def _brotli(data: bytes) -> bytes:
    try:
        decoded: bytes = brotli.Decompressor().process(data)
    except brotli.error as error:
        raise CodingError(f"The body is not brotli, although its content-encoding says so ({error}).") from None
    return decoded


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _zlib("gzip", zlib.MAX_WBITS | 16),
    "x-gzip": _zlib("gzip", zlib.MAX_WBITS | 16),
    "deflate": _zlib("deflate", zlib.MAX_WBITS, -zlib.MAX_WBITS),  # some servers send it without the zlib frame
    "br": _brotli,
    "identity": lambda data: data,
}
"""The codings that can be undone, and the function that does it."""
