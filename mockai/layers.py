"""What lies inside some bytes: JSON in a text, base64, compression, the pieces of a stream, the parts of a form."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

import brotli

from .deltas import spelt
from .errors import ApiError
from .leaks import is_label
from .multipart import parse
from .outline import of_json

DEEPEST = 8
"""Layers that are opened at most."""
LARGEST = 64 << 20
"""Bytes that one layer may unfold to; what is beyond is not looked at."""

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
WRAPPED = re.compile(rb"\s*[A-Za-z0-9+/_=-]+(?:\s+[A-Za-z0-9+/_=-]+)*\s*")
STREAM = re.compile(rb"(?m)^(?:data|event):")
FIELD = re.compile(rb"(?:^|[?&])([\w.~%-]{1,64})=([^&\s\"'<>]*)")
LINE = re.compile(rb"(?m)^[ \t<>*]*([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]*([^\r\n]+)")
FRAME = re.compile(rb"--([^\r\n]{1,70})\r?\n")


@dataclass(frozen=True, slots=True)
class Layer:
    """Some bytes, the names under which they stand, and how one gets there (`json: error.message`, `gzip`)."""

    data: bytes
    labels: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()


def layers(start: Layer) -> Iterator[Layer]:
    """The layer itself, and everything that lies inside, from the outside to the inside."""
    waiting = [start]
    for layer in waiting:
        yield layer
        if len(layer.trail) - len(start.trail) < DEEPEST and len(layer.data) > 7:
            waiting += inside(layer)


def inside(layer: Layer) -> Iterator[Layer]:
    """What is one layer further in."""
    data, trail = layer.data, layer.trail
    opened, how = unpacked(data)
    if opened is not None:
        yield Layer(opened, layer.labels, (*trail, how))
        return
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"[", b'"'):
        for text in of_json(data.decode("utf-8", "replace")):
            yield Layer(_bytes(text.value), text.labels, (*trail, f"json: {text.path}" if text.path else "json"))
    elif STREAM.search(data):
        for path, said in spelt(data):
            yield Layer(_bytes(said), tuple(str(step) for step in path[-1:]), (*trail, "events joined"))
    elif mark := FRAME.match(data):
        yield from _parts(data, mark[1].decode("latin-1"), trail)
    elif start != b"":
        yield from _coded(data, trail)
        yield from _named(data, trail)


def unpacked(data: bytes) -> tuple[bytes | None, str]:
    """The bytes without compression, and its name; None where there is none."""
    if data[:2] == b"\x1f\x8b" or (data[:1] == b"\x78" and data[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda")):
        try:
            return _inflated(data), "gzip" if data[:1] == b"\x1f" else "deflate"
        except zlib.error:
            return None, ""
    if len(data) < LARGEST and not _readable(data):
        try:
            plain: bytes = brotli.Decompressor().process(data)
        except brotli.error:
            return None, ""
        if plain and _readable(plain):
            return plain[:LARGEST], "brotli"
    return None, ""


def _inflated(data: bytes) -> bytes:
    """All members one after the other, as far as they go."""
    pieces, size = [], 0
    while data and size < LARGEST:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            pieces.append(stream.decompress(data, LARGEST))
        except zlib.error:
            if not pieces:
                raise
            break
        size += len(pieces[-1])
        data = stream.unused_data if stream.eof else b""
    return b"".join(pieces)


def _coded(data: bytes, trail: tuple[str, ...]) -> Iterator[Layer]:
    """What is written as base64, as a whole or in a text, and what is percent-encoded."""
    wrapped = b"\n" in data.strip() and WRAPPED.fullmatch(data)
    for run in [b"".join(data.split())] if wrapped else BASE64.findall(data):
        plain = unbase64(run)
        if plain is not None and (unpacked(plain)[0] is not None or _readable(plain) or len(run) > 24):
            yield Layer(plain, (), (*trail, "base64"))
    if b"%" in data:
        plain = unquote_to_bytes(data)
        if plain != data:
            yield Layer(plain, (), (*trail, "percent-encoded"))


def _named(data: bytes, trail: tuple[str, ...]) -> Iterator[Layer]:
    """Values that stand behind a name: fields of a query or a form, lines of a head."""
    if b"=" in data:
        for match in FIELD.finditer(data):
            name = unquote(match[1].decode())
            if is_label(name):
                yield Layer(unquote_to_bytes(match[2].replace(b"+", b" ")), (name,), (*trail, f"field {name}"))
    if b":" in data:
        for match in LINE.finditer(data):
            name = match[1].decode()
            if is_label(name):
                yield Layer(match[2], (name,), (*trail, f"line {name}"))


def _parts(data: bytes, mark: str, trail: tuple[str, ...]) -> Iterator[Layer]:
    try:
        parts = parse(f'multipart/form-data; boundary="{mark}"', data)
    except ApiError:
        yield from _coded(data, trail)
        yield from _named(data, trail)
        return
    for part in parts:
        yield Layer(part.data, (part.name,), (*trail, f"part {part.name}"))


def unbase64(run: bytes) -> bytes | None:
    """The bytes that base64 of either alphabet, padded or not, stands for."""
    digits = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _readable(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
