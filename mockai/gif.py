"""GIF: drawings that follow each other (GIF89a)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from struct import pack

from .drawing import Drawing

CLEAR, END, BITS = 4, 5, 3
"""The codes that begin a table anew and end a frame, and how many bits a code has in a new table."""


def gif(frames: Sequence[Drawing], hundredths: int = 20) -> bytes:
    """Drawings of one size, with letters of one size, each shown for so many hundredths of a second, for ever."""
    width, height = frames[0].width, frames[0].height
    screen = pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if len(frames) > 1 else b""
    drawn = {words: _blocks(_packed(frame)) for words, frame in {each.words: each for each in frames}.items()}
    shown = b"".join(
        b"\x21\xf9\x04\0" + pack("<H", min(hundredths, 0xFFFF)) + b"\0\0"
        + b"\x2c" + pack("<HHHHB", 0, 0, width, height, 0x80) + bytes(frame.paper[:3]) + bytes(frame.ink[:3])
        + b"\2" + drawn[frame.words]
        for frame in frames
    )  # fmt: skip
    return b"GIF89a" + screen + loop + shown + b"\x3b"


def _packed(drawing: Drawing) -> bytes:
    """The pixels as codes: each run of one colour in a table of its own."""
    text = [_code(CLEAR, BITS)]
    width, cell, left = drawing.width, drawing.cell, drawing.height
    for inked, group in groupby(drawing.rows(), key=any):
        rows = list(group)
        if not inked:
            text.append(_run(0, width * min(cell * len(rows), left)))
        else:
            for place, row in enumerate(rows):
                line = _line(row, cell, width)
                text.append(line * max(0, min(cell, left - place * cell)))
        left -= cell * len(rows)
    bits = "".join([*text, _code(END, BITS)])
    bits += "0" * (-len(bits) % 8)
    return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")


def _line(row: bytes, cell: int, width: int) -> str:
    """One line of pixels through a row of squares."""
    out, done = [], 0
    for colour, group in groupby(row):
        run = min(cell * len(list(group)), width - done)
        out.append(_run(colour, run))
        done += run
    return "".join(out)


@lru_cache(maxsize=256)
def _run(colour: int, pixels: int) -> str:
    """The bits of so many pixels of one colour in a new table, which is cleared at the end."""
    return "".join(_code(code, width) for code, width in _codes(colour, pixels))


def _code(code: int, width: int) -> str:
    """A code in the order of the file: the lowest bit first."""
    return f"{code:0{width}b}"[::-1]


def _codes(colour: int, pixels: int) -> Iterator[tuple[int, int]]:
    """The codes, and their bits: each stands for a run longer by one than the last."""
    width, code, run = BITS, 6, 1
    while pixels > 0:
        taken = min(run, pixels)
        yield (colour if taken == 1 else taken + 4), width
        pixels -= taken
        run += 1
        if run > 2:  # the decoder knows the code of a run only after the code that follows it
            code += 1
        if code == 1 << width and width < 12:
            width += 1
        if code == 4095:
            yield CLEAR, width
            width, code, run = BITS, 6, 1
    yield CLEAR, width


def _blocks(data: bytes) -> bytes:
    cuts = (data[start : start + 255] for start in range(0, len(data), 255))
    return b"".join(bytes([len(cut)]) + cut for cut in cuts) + b"\0"
