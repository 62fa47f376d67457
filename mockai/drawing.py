"""Pictures before they have a format: words on paper, as mockai draws them; or any pixels, as it reads them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TypeAlias, TypeVar

from .lettering import LEADING, cut, squares, wrapped

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

Rgba = tuple[int, int, int, int]
"""A colour and how opaque it is, 0 to 255 each."""

BLOCK = 8
"""Pixels on each side of the smallest square, which is what a block of a JPEG measures too."""

LARGEST = 64
"""Pixels on each side of the largest square."""

BLACK, WHITE = (16, 16, 16), (255, 255, 255)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Words on paper: letters of ink whose squares are `cell` pixels wide and high, a multiple of BLOCK."""

    width: int
    height: int
    cell: int
    words: tuple[str, ...]
    paper: Rgba
    ink: Rgba

    @property
    def clear(self) -> bool:
        """Whether anything shows through."""
        return min(self.paper[3], self.ink[3]) < 255

    @property
    def covered(self) -> int:
        """How many pixels from the upper edge on the words reach, with their margin."""
        return min(self.height, self.cell * (1 + LEADING * len(self.words))) if self.words else 0

    def toward(self, colour: Colour, share: float) -> Drawing:
        """The drawing mixed with a colour, of which there is so large a share."""
        return replace(self, paper=_mixed(self.paper, colour, share), ink=_mixed(self.ink, colour, share))

    def rows(self) -> tuple[bytes, ...]:
        """The rows of squares, 0 for paper and 1 for ink; the last row and column may be cut off by the edge."""
        return squares(self.words, -(-self.width // self.cell), -(-self.height // self.cell))

    def down(self, seen: Callable[[bytes], T], unit: int = 1) -> Iterator[T]:
        """What is `seen` in each row of squares, again for each `unit` pixels of its height."""
        left = -(-self.height // unit)
        known: dict[bytes, T] = {}
        for row in self.rows():
            if row not in known:
                known[row] = seen(row)
            for _ in range(min(self.cell // unit, left)):
                yield known[row]
            left -= self.cell // unit

    def lines(self, channels: int) -> Iterator[bytes]:
        """The lines of pixels of three or four bytes each; lines that are the same are one object."""
        square = [bytes(each[:channels]) * self.cell for each in (self.paper, self.ink)]
        return self.down(lambda row: b"".join([square[each] for each in row])[: self.width * channels])

    def blocks(self) -> Iterator[Sequence[Colour]]:
        """The colours of the lines of blocks."""
        pair, times = (self.paper[:3], self.ink[:3]), self.cell // BLOCK
        across = -(-self.width // BLOCK)
        return self.down(lambda row: [pair[each] for each in row for _ in range(times)][:across], BLOCK)


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels line by line, each of them red, green, blue and how opaque it is."""

    width: int
    height: int
    pixels: bytes

    @property
    def clear(self) -> bool:
        """Whether anything shows through."""
        return self.pixels[3::4].strip(b"\xff") != b""

    def toward(self, colour: Colour, share: float) -> Raster:
        """The picture mixed with a colour, of which there is so large a share."""
        out = bytearray(self.pixels)
        for channel, new in enumerate(colour):
            table = bytes(_between(old, new, share) for old in range(256))
            out[channel::4] = self.pixels[channel::4].translate(table)
        return replace(self, pixels=bytes(out))

    def solid(self) -> Raster:
        """The picture with nothing to see through."""
        out = bytearray(self.pixels)
        out[3::4] = b"\xff" * (len(out) // 4)
        return replace(self, pixels=bytes(out))

    def turned(self) -> Raster:
        """The picture with all hues a third of the circle further."""
        out = bytearray(self.pixels)
        for channel in range(3):
            out[channel::4] = self.pixels[(channel + 1) % 3 :: 4]
        return replace(self, pixels=bytes(out))

    def scaled(self, width: int, height: int) -> Raster:
        """The picture at another size, each pixel the one that was nearest."""
        if (width, height) == (self.width, self.height):
            return self
        chosen = [column * self.width // width for column in range(width)]
        across = itemgetter(*chosen) if width > 1 else lambda line: (line[0],)
        pixels, known = memoryview(self.pixels).cast("I"), dict[int, bytes]()
        out = []
        for row in range(height):
            start = row * self.height // height * self.width
            if start not in known:
                known = {start: memoryview(array("I", across(pixels[start : start + self.width]))).cast("B").tobytes()}
            out.append(known[start])
        return Raster(width, height, b"".join(out))

    def lines(self, channels: int) -> Iterator[bytes]:
        """The lines of pixels of three or four bytes each."""
        pixels = self.pixels if channels == 4 else _opaque(self.pixels)
        step = self.width * channels
        return (pixels[start : start + step] for start in range(0, len(pixels), step))

    def blocks(self) -> Iterator[Sequence[Colour]]:
        """The colours in the middle of the blocks, line by line."""
        columns = [4 * min(start + BLOCK // 2, self.width - 1) for start in range(0, self.width, BLOCK)]
        for top in range(0, self.height, BLOCK):
            start = 4 * self.width * min(top + BLOCK // 2, self.height - 1)
            line = self.pixels[start : start + 4 * self.width]
            yield [(line[place], line[place + 1], line[place + 2]) for place in columns]


Picture: TypeAlias = Drawing | Raster


def drawn(width: int, height: int, text: str, paper: Rgba) -> Drawing:
    """A text on paper in the largest letters in which all of it fits, else as much of it as fits in the smallest."""
    light = 0.299 * paper[0] + 0.587 * paper[1] + 0.114 * paper[2]
    ink = (*(BLACK if light > 127 else WHITE), 255)
    for cell in range(LARGEST, 0, -BLOCK):
        words = wrapped(text, width // cell, height // cell)
        if words is not None:
            return Drawing(width, height, cell, words, paper, ink)
    return Drawing(width, height, BLOCK, cut(text, width // BLOCK, height // BLOCK), paper, ink)


def raster(picture: Picture) -> Raster:
    """The pixels of a picture."""
    if isinstance(picture, Raster):
        return picture
    return Raster(picture.width, picture.height, b"".join(picture.lines(4)))


def _opaque(pixels: bytes) -> bytes:
    out = bytearray(len(pixels) // 4 * 3)
    for channel in range(3):
        out[channel::3] = pixels[channel::4]
    return bytes(out)


def _mixed(old: Rgba, new: Colour, share: float) -> Rgba:
    red, green, blue = (_between(one, other, share) for one, other in zip(old, new, strict=False))
    return red, green, blue, old[3]


def _between(old: int, new: int, share: float) -> int:
    return round(old + (new - old) * share)
