"""PNG (ISO/IEC 15948): written with eight bits a channel, as the API's own pictures have; read in every kind but one.

The one is interlaced pictures, which come line by line only at the end.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from struct import pack, unpack_from

from .drawing import Picture, Raster

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
NARROW = (GREY, PALETTE)
"""Kinds whose numbers may be of less than eight bits."""

MOST_PIXELS = 4 << 20
"""Pixels of the largest picture that is read: those of a photograph take a second or two."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a PNG says of itself: its size in pixels, the bits of a number, and what the numbers stand for."""

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool
    translucent: bool

    @property
    def alpha(self) -> bool:
        """Whether its pixels say how opaque they are."""
        return self.translucent or self.kind in (GREY_ALPHA, RGBA)


def png(picture: Picture) -> bytes:
    """A picture, with a fourth channel where something shows through."""
    channels = 4 if picture.clear else 3
    header = pack(">IIBBBBB", picture.width, picture.height, 8, {3: RGB, 4: RGBA}[channels], 0, 0, 0)
    same = b"\2" + bytes(picture.width * channels)
    rows, before = [], None
    for line in picture.lines(channels):
        rows += [same] if line is before else [b"\0", line]
        before = line
    return SIGNATURE + b"".join(
        pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 1)), (b"IEND", b""))
    )


def header(data: bytes) -> Header | None:
    """What the head of a PNG says; None for anything else."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height, depth, kind, _, _, interlaced = unpack_from(">IIBBBBB", data, 16)
    if not (width and height and kind in CHANNELS and depth in ((1, 2, 4, 8, 16) if kind in NARROW else (8, 16))):
        return None
    before = takewhile(lambda name: name != b"IDAT", (name for name, _ in _chunks(data)))
    translucent = b"tRNS" in before
    return Header(width, height, depth, kind, bool(interlaced), translucent)


def read(data: bytes) -> Raster | None:
    """The pixels of a PNG; None where it is none, is broken or interlaced, or has more than MOST_PIXELS of them."""
    head = header(data)
    if head is None or head.interlaced or head.width * head.height > MOST_PIXELS:
        return None
    chunks = list(_chunks(data))
    bits = CHANNELS[head.kind] * head.depth
    step, line = max(1, bits // 8), -(-head.width * bits // 8)
    whole = head.height * (1 + line)
    try:
        rows = zlib.decompressobj().decompress(b"".join(body for name, body in chunks if name == b"IDAT"), whole)
    except zlib.error:
        return None
    if len(rows) < whole:
        return None
    numbers = b"".join(_numbers(row, head) for row in _unfiltered(rows, line, step))
    parts = dict(reversed(chunks))
    return Raster(head.width, head.height, _pixels(numbers, head.kind, parts.get(b"PLTE", b""), parts.get(b"tRNS")))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names of the parts after the signature, and what is in them."""
    place = 8
    while place + 8 <= len(data):
        size, name = unpack_from(">I4s", data, place)
        yield name, data[place + 8 : place + 8 + size]
        if name == b"IEND":
            return
        place += size + 12


def _numbers(row: bytes, head: Header) -> bytes:
    """The numbers of a line, a byte each; of colours 255 is the most, but numbers of a palette are as they are."""
    if head.depth == 8:
        return row
    if head.depth == 16:
        return row[::2]
    most = (1 << head.depth) - 1
    times = 1 if head.kind == PALETTE else 255 // most
    shifts = range(8 - head.depth, -1, -head.depth)
    return bytes((byte >> shift & most) * times for byte in row for shift in shifts)[: head.width]


def _pixels(numbers: bytes, kind: int, palette: bytes, opacity: bytes | None) -> bytes:
    """Red, green, blue and opacity of each pixel."""
    every = CHANNELS[kind]
    out = bytearray(b"\xff") * (len(numbers) // every * 4)
    for channel in range(3):
        if kind == PALETTE:
            out[channel::4] = numbers.translate(palette[channel::3][:256].ljust(256, b"\0"))
        else:
            out[channel::4] = numbers[channel if every > 2 else 0 :: every]
    if every % 2 == 0:
        out[3::4] = numbers[every - 1 :: every]
    elif kind == PALETTE and opacity is not None:
        out[3::4] = numbers.translate(opacity[:256].ljust(256, b"\xff"))
    return bytes(out)


def _unfiltered(rows: bytes, line: int, step: int) -> Iterator[bytes]:
    """The lines as they were before each number was told as its difference to what was expected of its neighbours."""
    before = bytes(line)
    for start in range(0, len(rows), line + 1):
        told = rows[start + 1 : start + 1 + line]
        match rows[start]:
            case 0:
                before = told
            case 1:
                before = _running(told, step)
            case 2:
                before = _sum(told, before) if told.strip(b"\0") else before
            case 3:
                before = _each(told, before, step, _middle)
            case _:
                before = _each(told, before, step, _nearest)
        yield before


def _sum(one: bytes, other: bytes) -> bytes:
    """The sums of bytes, each without what is carried: all in one addition of seven bits each, and the eighth after."""
    low = int.from_bytes(b"\x7f" * len(one), "little")
    first, second = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    total = (first & low) + (second & low) ^ (first ^ second) & ~low
    return total.to_bytes(len(one), "little")


def _running(told: bytes, step: int) -> bytes:
    """Each byte with all that are `step`, 2 `step`, … before it, in a few rounds of sums."""
    while step < len(told):
        told = _sum(told, bytes(step) + told[:-step])
        step *= 2
    return told


def _each(told: bytes, above: bytes, step: int, expected: Callable[[int, int, int], int]) -> bytes:
    out = bytearray(step) + told
    over = bytes(step) + above
    for place in range(step, len(out)):
        guess = expected(out[place - step], over[place], over[place - step])
        out[place] = out[place] + guess & 255
    return bytes(out[step:])


def _middle(left: int, above: int, _: int) -> int:
    return (left + above) // 2


def _nearest(left: int, above: int, corner: int) -> int:
    """The neighbour nearest to left + above - corner (Paeth)."""
    up, across, both = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    if up <= across and up <= both:
        return left
    return above if across <= both else corner
