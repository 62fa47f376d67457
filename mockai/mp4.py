"""Videos of one colour that any player plays: H.264 (ITU-T H.264, baseline) in an MP4 file (ISO 14496-12 and -15).

One macroblock of the first picture carries the colour as it is; each other one predicts its own from its neighbours,
and each later picture is the one before it, so a minute of film is a few kilobytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import pack

from .pictures import Colour

FRAMES = 24
"""Pictures a second."""

BLOCK = 16
"""Pixels on each side of a macroblock."""


class Bits:
    """Bits in the order in which a codec reads them."""

    def __init__(self) -> None:
        self.text = ""

    def fixed(self, value: int, width: int) -> Bits:
        """`value` in `width` bits."""
        self.text += f"{value:0{width}b}"
        return self

    def coded(self, *values: int) -> Bits:
        """Each value as an Exp-Golomb code: small ones are short."""
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def bytes(self, *, stop: bool = True) -> bytes:
        """Whole bytes; `stop` ends them with the bit that says where they end."""
        text = self.text + ("1" if stop else "")
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


@lru_cache(maxsize=32)
def mp4(width: int, height: int, seconds: int, colour: Colour) -> bytes:
    """A film of so many seconds in one colour; width and height are multiples of 16 pixels."""
    frames = seconds * FRAMES
    first = _unit(0x65, _first(width, height, colour))
    later = [_unit(0x41, _same(width, height, number)) for number in range(1, 16)] + [
        _unit(0x41, _same(width, height, 0))
    ]
    samples = [
        pack(">I", len(unit)) + unit for unit in (first, *(later[(number - 1) % 16] for number in range(1, frames)))
    ]
    head = _box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    where = len(head) + len(_movie(width, height, seconds, samples, 0)) + 8
    return head + _movie(width, height, seconds, samples, where) + _box(b"mdat", b"".join(samples))


def _first(width: int, height: int, colour: Colour) -> bytes:
    """The first picture: one block holds the colour, the rest predict it."""
    red, green, blue = colour
    light = round(16 + 0.257 * red + 0.504 * green + 0.098 * blue)
    bluish = round(128 - 0.148 * red - 0.291 * green + 0.439 * blue)
    reddish = round(128 + 0.439 * red - 0.368 * green - 0.071 * blue)
    # a slice of blocks that need no other picture, the first of its kind, without a filter at the edges of blocks
    head = Bits().coded(0, 7, 0).fixed(0, 4).coded(0).fixed(0, 2).coded(0, 1)
    head.coded(25)  # a block as it is, from the next whole byte on
    plain = head.bytes(stop=False) + bytes([light] * 256 + [bluish] * 64 + [reddish] * 64)
    columns, rows = width // BLOCK, height // BLOCK
    rest = Bits()
    for number in range(1, columns * rows):
        # predicted as a whole from the mean of its neighbours, with nothing to add; beside a block as it is, "nothing"
        # is told in six bits
        rest.coded(3, 0, 0).fixed(*((3, 6) if number in (1, columns) else (1, 1)))
    return plain + rest.bytes()


def _same(width: int, height: int, number: int) -> bytes:
    """A picture that is the one before it: all of its blocks are skipped."""
    head = Bits().coded(0, 5, 0).fixed(number, 4).fixed(0, 3).coded(0, 1)
    return head.coded(width // BLOCK * (height // BLOCK)).bytes()


def _unit(kind: int, payload: bytes) -> bytes:
    """A unit of the stream: nothing in it may look like the beginning of another."""
    return bytes([kind]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def _parameters(width: int, height: int) -> tuple[bytes, bytes]:
    """What is said once of the whole stream: its size, and how its pictures are coded."""
    size = Bits().fixed(66, 8).fixed(0xC0, 8).fixed(40, 8).coded(0, 0, 2, 1).fixed(0, 1)
    size.coded(width // BLOCK - 1, height // BLOCK - 1).fixed(0b1100, 4)
    coding = Bits().coded(0, 0).fixed(0, 2).coded(0, 0, 0).fixed(0, 3).coded(0, 0, 0).fixed(0b100, 3)
    return _unit(0x67, size.bytes()), _unit(0x68, coding.bytes())


def _movie(width: int, height: int, seconds: int, samples: list[bytes], where: int) -> bytes:
    """The table of contents; `where` is the place of the first picture in the file."""
    unity = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    size, coding = _parameters(width, height)
    told = b"\1" + size[1:4] + b"\xff\xe1" + pack(">H", len(size)) + size + b"\1" + pack(">H", len(coding)) + coding
    entry = bytes(6) + pack(">H", 1) + bytes(16) + pack(">HHIII", width, height, 0x480000, 0x480000, 0)
    entry += pack(">H", 1) + bytes(32) + pack(">Hh", 24, -1) + _box(b"avcC", told)
    count = len(samples)
    table = (
        _full(b"stsd", pack(">I", 1) + _box(b"avc1", entry))
        + _full(b"stts", pack(">III", 1, count, 1))
        + _full(b"stss", pack(">II", 1, 1))
        + _full(b"stsc", pack(">IIII", 1, 1, count, 1))
        + _full(b"stsz", pack(">II", 0, count) + b"".join(pack(">I", len(sample)) for sample in samples))
        + _full(b"stco", pack(">II", 1, where))
    )
    source = _box(b"dinf", _full(b"dref", pack(">I", 1) + _full(b"url ", b"", flags=1)))
    media = _full(b"mdhd", pack(">IIIIHH", 0, 0, FRAMES, count, 0x55C4, 0))
    media += _full(b"hdlr", pack(">I", 0) + b"vide" + bytes(12) + b"mockai\0")
    media += _box(b"minf", _full(b"vmhd", bytes(8), flags=1) + source + _box(b"stbl", table))
    track = _full(
        b"tkhd",
        pack(">IIIII", 0, 0, 1, 0, seconds * 1000) + bytes(16) + unity + pack(">II", width << 16, height << 16),
        flags=3,
    )
    head = _full(
        b"mvhd",
        pack(">IIII", 0, 0, 1000, seconds * 1000)
        + pack(">IH", 0x10000, 0x100)
        + bytes(10)
        + unity
        + bytes(24)
        + pack(">I", 2),
    )
    return _box(b"moov", head + _box(b"trak", track + _box(b"mdia", media)))


def _box(kind: bytes, payload: bytes) -> bytes:
    return pack(">I", len(payload) + 8) + kind + payload


def _full(kind: bytes, payload: bytes, flags: int = 0) -> bytes:
    """A box with a version, which is 0, and flags."""
    return _box(kind, pack(">I", flags) + payload)
