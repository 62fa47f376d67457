"""What is made out of pictures that there are already: edits, variations, and what a picture was on its way."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .drawing import BLOCK, Drawing, Picture, Raster, Rgba, drawn, raster

FOG = (128, 128, 128)
"""What an unfinished picture comes out of."""

TINT, HINT = 0.4, 0.2
"""How much of another colour a picture takes on where all of it is edited, and where it is varied."""


def edited(source: Raster, mask: Raster | None, text: str, paper: Rgba) -> Raster:
    """A picture with a text on paper in place of what a mask of its size has cut out, and all else as it was.

    Without a mask the text stands on a label at the top, and the rest takes on the colour of the paper.
    """
    if mask is None:
        words = drawn(source.width, source.height, text, paper)
        label = 4 * source.width * words.covered
        return _pasted(source.toward(paper[:3], TINT), words, (b"\xff" * label).ljust(len(source.pixels), b"\0"))
    hole = mask.pixels[3::4].translate(b"\xff" + bytes(255))
    left, top, right, bottom = bounds(hole, mask.width)
    words = drawn(max(1, right - left), max(1, bottom - top), text, paper)
    return _pasted(source, _placed(words, left, top, source), _wide(hole))


def varied(source: Raster, number: int, rng: Random) -> Raster:
    """A picture with other hues, and a hint of a colour that chance decides on; `number` counts from 0."""
    turned = source.turned().turned() if number % 2 else source.turned()
    return turned.toward((rng.randrange(256), rng.randrange(256), rng.randrange(256)), HINT)


def unfinished(picture: Picture, count: int) -> list[Picture]:
    """What a picture looked like so many times before it was finished: it comes out of the fog."""
    return [picture.toward(FOG, 1 - step / (count + 1)) for step in range(1, count + 1)]


def bounds(hole: bytes, width: int) -> tuple[int, int, int, int]:
    """The left, upper, right and lower edges around all pixels that are not 0; the first two are whole blocks."""
    lines = [hole[start : start + width] for start in range(0, len(hole), width)]
    down = [place for place, line in enumerate(lines) if any(line)]
    if not down:
        return 0, 0, 0, 0
    union = 0
    for place in down:
        union |= int.from_bytes(lines[place], "big")
    across = union.to_bytes(width, "big")
    left, right = len(across) - len(across.lstrip(b"\0")), len(across.rstrip(b"\0"))
    return left // BLOCK * BLOCK, down[0] // BLOCK * BLOCK, right, down[-1] + 1


def _placed(words: Drawing, left: int, top: int, within: Raster) -> Raster:
    """A drawing on paper of the size of a picture, so far from its left and upper edges."""
    pixel = bytes(words.paper)
    before, after = pixel * left, pixel * (within.width - left - words.width)
    blank = pixel * within.width
    lines = [before + line + after for line in words.lines(4)]
    rest = within.height - top - words.height
    return replace(within, pixels=b"".join([blank * top, *lines, blank * rest]))


def _pasted(below: Raster, above: Picture, where: bytes) -> Raster:
    """A picture with another one of its size where `where`, a byte for each number in its pixels, is 255 and not 0."""
    mask, old = int.from_bytes(where, "big"), int.from_bytes(below.pixels, "big")
    new = int.from_bytes(raster(above).pixels, "big")
    return replace(below, pixels=(old ^ (old ^ new) & mask).to_bytes(len(where), "big"))


def _wide(plane: bytes) -> bytes:
    """A byte for each pixel as one for each number in its pixel."""
    out = bytearray(4 * len(plane))
    for channel in range(4):
        out[channel::4] = plane
    return bytes(out)
