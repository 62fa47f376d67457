"""Letters to draw a prompt with: capitals, digits and signs of five by five squares, and how words are set in them."""

from __future__ import annotations

from functools import cache, lru_cache
from unicodedata import normalize

SIDE = 5
"""Squares on each side of a letter."""

PITCH, LEADING = SIDE + 1, SIDE + 2
"""Squares from one letter to the next, and from one line to the next."""

LONGEST = 2000
"""Characters of a text that are looked at: no picture has room for more."""

SHAPES = (
    (
        "ABCDEFGHIJKLM",
        ".###. ####. .#### ####. ##### ##### .#### #...# .###. ..### #...# #.... #...#",
        "#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #..#. #.... ##.##",
        "##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ###.. #.... #.#.#",
        "#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...#",
        "#...# ####. .#### ####. ##### #.... .#### #...# .###. .##.. #...# ##### #...#",
    ),
    (
        "NOPQRSTUVWXYZ",
        "#...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####",
        "##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.",
        "#.#.# #...# ####. #.#.# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..",
        "#..## #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## .#.#. ..#.. .#...",
        "#...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####",
    ),
    (
        "0123456789.,:",
        ".###. ..#.. ####. ####. #..#. ##### .###. ##### .###. .###. ..... ..... .....",
        "#..## .##.. ....# ....# #..#. #.... #.... ....# #...# #...# ..... ..... ..#..",
        "#.#.# ..#.. .###. .###. ##### ####. ####. ...#. .###. .#### ..... ..... .....",
        "##..# ..#.. #.... ....# ...#. ....# #...# ..#.. #...# ....# ..... ..#.. .....",
        ".###. .###. ##### ####. ...#. ####. .###. ..#.. .###. .###. ..#.. .#... ..#..",
    ),
    (
        ";!?'\"-+*/=()<",
        "..... ..#.. ####. ..#.. .#.#. ..... ..... ..... ....# ..... ...#. .#... ...#.",
        "..#.. ..#.. ....# ..#.. .#.#. ..... ..#.. #.#.# ...#. ##### ..#.. ..#.. ..#..",
        "..... ..#.. ..##. ..... ..... .###. .###. .###. ..#.. ..... ..#.. ..#.. .#...",
        "..#.. ..... ..... ..... ..... ..... ..#.. #.#.# .#... ##### ..#.. ..#.. ..#..",
        ".#... ..#.. ..#.. ..... ..... ..... ..... ..... #.... ..... ...#. .#... ...#.",
    ),
    (
        ">[]{}&%#@$_|\\",
        ".#... .###. .###. ..##. .##.. .##.. ##..# .#.#. .###. .#### ..... ..#.. #....",
        "..#.. .#... ...#. ..#.. ..#.. #.... ##.#. ##### #.### #.#.. ..... ..#.. .#...",
        "...#. .#... ...#. .#... ...#. .##.# ..#.. .#.#. #.#.# .###. ..... ..#.. ..#..",
        "..#.. .#... ...#. ..#.. ..#.. #..#. .#.## ##### #.##. ..#.# ..... ..#.. ...#.",
        ".#... .###. .###. ..##. .##.. .##.# #..## .#.#. .#### ####. ##### ..#.. ....#",
    ),
)
"""The letters by rows: which they are, then the five rows of squares of each."""

UNKNOWN = (b"\0\1\1\1\0", *[b"\0\1\0\1\0"] * 3, b"\0\1\1\1\0")
"""What stands for a letter of another script."""


def wrapped(text: str, columns: int, rows: int) -> tuple[str, ...] | None:
    """The lines of a text with its words whole; None where they do not fit in so many squares."""
    across, down = _room(columns, rows)
    text = plain(text)
    if len(text) > across * down or any(len(word) > across for word in text.split()):
        return None
    lines = _wrapped(text, across) if text else ()
    return lines if len(lines) <= down else None


def cut(text: str, columns: int, rows: int) -> tuple[str, ...]:
    """The lines of a text that fit in so many squares, long words broken."""
    across, down = _room(columns, rows)
    return _wrapped(plain(text), across)[:down] if across > 0 else ()


def plain(text: str) -> str:
    """A text in the letters that there are: capitals without accents, one space between words."""
    bare = (char for char in normalize("NFKD", text[:LONGEST]) if not "\u0300" <= char <= "\u036f")
    return " ".join("".join(bare).upper().split())


@lru_cache(maxsize=32)
def squares(lines: tuple[str, ...], columns: int, rows: int) -> tuple[bytes, ...]:
    """Rows of squares that show these lines from the top left corner on: 1 is ink."""
    blank, letters = bytes(columns), _letters()
    out = [blank]
    for line in lines:
        shapes = [letters.get(char, UNKNOWN) for char in line]
        for row in range(SIDE):
            drawn = b"\0" + b"\0".join([shape[row] for shape in shapes])
            out.append(drawn[:columns].ljust(columns, b"\0"))
        out += [blank] * (LEADING - SIDE)
    return tuple((out + [blank] * rows)[:rows])


def _room(columns: int, rows: int) -> tuple[int, int]:
    """How many letters fit beside each other, and how many lines; there is a margin of one square."""
    return max(0, columns - 1) // PITCH, max(0, rows - 1) // LEADING


def _wrapped(text: str, across: int) -> tuple[str, ...]:
    from textwrap import wrap

    return tuple(wrap(text, across, break_on_hyphens=False))


@cache
def _letters() -> dict[str, tuple[bytes, ...]]:
    drawn = {
        char: rows
        for chars, *lines in SHAPES
        for char, *rows in zip(chars, *(map(_row, line.split()) for line in lines), strict=True)
    }
    return {char: tuple(rows) for char, rows in drawn.items()} | {" ": (bytes(SIDE),) * SIDE}


def _row(drawn: str) -> bytes:
    return bytes(square == "#" for square in drawn)
