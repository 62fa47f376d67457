"""WebP: lossless (RFC 9649), with next to no bits for pixels of two colours, and as they are for any others."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack

from .drawing import BLOCK, Drawing, Picture, Raster

Fields = list[tuple[int, int]]
"""Numbers and their widths in bits."""


def webp(picture: Picture) -> bytes:
    """A picture, each of its pixels as it is."""
    head = [(0x2F, 8), (picture.width - 1, 14), (picture.height - 1, 14), (int(picture.clear), 1), (0, 3)]
    data = _two(head, picture) if isinstance(picture, Drawing) else _any(head, picture)
    data += b"\0" * (-len(data) % 2)
    chunk = b"VP8L" + pack("<I", len(data)) + data
    return b"RIFF" + pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _two(head: Fields, drawing: Drawing) -> bytes:
    """Two colours: a table of them, and one byte for eight pixels, which is one bit as all eight are the same."""
    paper, ink = drawing.paper, drawing.ink
    steps = [(new - old) % 256 for old, new in zip(paper, ink, strict=True)]
    pairs = [(paper[channel], steps[channel]) for channel in (1, 0, 2, 3)]
    fields = [*head, (1, 1), (3, 2), (1, 8), (0, 1)]  # a table of two colours follows, the second as a difference
    for pair in pairs:
        fields += _code(set(pair))
    fields += NO_DISTANCE
    for place in range(2):
        fields += [(sorted(set(pair)).index(pair[place]), 1) for pair in pairs if pair[0] != pair[1]]
    inked = any(map(any, drawing.rows()))
    fields += [(0, 3), *_code({0, 255} if inked else {0}), *_code({0}), *_code({0}), *_code({255}), *NO_DISTANCE]
    if not inked:
        return _bytes(_little(fields))
    times, across = drawing.cell // BLOCK, -(-drawing.width // BLOCK)
    squares = "".join(drawing.down(lambda row: "".join("01"[each] * times for each in row)[:across]))
    return _bytes(squares[::-1] + _little(fields))


def _any(head: Fields, raster: Raster) -> bytes:
    """Any colours: codes of eight bits for each channel, which are its numbers in reverse."""
    fields = [*head, (0, 3)]
    for channel in range(3):
        # all codes are of one length, eight: the eleven lengths before it in the order of RFC 9649 do not occur; the
        # first channel has more codes than colours, of which the first 256 are taken
        fields += [(0, 1), (8, 4), *[(0, 3)] * 11, (1, 3), *([(1, 1), (3, 3), (254, 8)] if not channel else [(0, 1)])]
    clear = raster.clear
    fields += [(0, 1), (8, 4), *[(0, 3)] * 11, (1, 3), (0, 1)] if clear else _code({255})
    fields += NO_DISTANCE
    reverse = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
    channels = (1, 0, 2, 3) if clear else (1, 0, 2)
    pixels = bytearray(raster.width * raster.height * len(channels))
    for place, channel in enumerate(channels):
        pixels[place :: len(channels)] = raster.pixels[channel::4].translate(reverse)
    bits = _little(fields)
    whole = int.from_bytes(pixels, "little") << len(bits) | int(bits, 2)
    return whole.to_bytes(-(-len(bits) // 8) + len(pixels), "little")


NO_DISTANCE: Fields = [(0b001, 4)]
"""The code of distances, which nothing uses: one symbol of one bit, 0."""


def _code(symbols: set[int]) -> Fields:
    """A code of one symbol, which takes no bits, or of two, which takes one: 0 is the smaller."""
    first, *second = sorted(symbols)
    return [(0b111 if second else 0b101, 3), (first, 8), *((symbol, 8) for symbol in second)]


def _little(fields: Iterable[tuple[int, int]]) -> str:
    """Numbers as bits, the first of them last."""
    return "".join(f"{number:0{width}b}" for number, width in reversed(list(fields)))


def _bytes(bits: str) -> bytes:
    return int(bits, 2).to_bytes(-(-len(bits) // 8), "little")
