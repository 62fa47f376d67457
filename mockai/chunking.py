"""Chunks: a text in overlapping passages of so many tokens, as file search reads it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from . import tokens
from .value import value

MODEL = "text-embedding-3-large"
"""Whose tokens are counted, and whose embeddings a passage is found by."""


@value(frozen=True, slots=True)
class Chunking:
    """Passages of at most `size` tokens, of which each repeats the last `overlap` of the one before it.

    The defaults are what the API calls `auto`.
    """

    size: int = 800
    overlap: int = 400


def chunked(text: str, how: Chunking) -> list[str]:
    """The passages of a text in order, none for a text without tokens; no character is ever cut.

    A character of more tokens than a passage may have is a passage of its own.
    """
    groups = tokens.pieces(text, MODEL)
    pieces = [b"".join(group).decode() for group in groups]
    starts = [0, *accumulate(map(len, groups))]
    chunks: list[str] = []
    start = end = 0
    while end < len(pieces):
        end = max(bisect_right(starts, starts[start] + how.size) - 1, start + 1)
        chunks.append("".join(pieces[start:end]))
        start = max(bisect_left(starts, starts[end] - how.overlap), start + 1)
    return chunks
