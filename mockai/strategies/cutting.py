"""A body cut into the pieces it arrives in: anywhere, as nothing on a wire respects what it carries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from ..http import Break, Chunk, Timeline
from .values import Strategy

WITHIN = re.compile(rb"[\x80-\xbf]|(?<=\r)\n|(?<=\n)\n|(?<=data)[:]|(?<=data: )")
"""Places where a cut hurts: inside a character, inside a line's or an event's end, inside and behind a field's name."""

APART_SECONDS = 1e-6

MOST = 500
"""Pieces of a body; a long one is cut into longer ones."""


def cuts(body: bytes | Timeline, /) -> st.SearchStrategy[tuple[Chunk | Break, ...]]:
    """Timelines of the same bytes: whole, cut in some places, or piece by piece of so many bytes, down to one.

    A piece leaves a microsecond after the one before it: what is due at the same moment, mocks send in one piece. A
    Break at the end stays there.
    """
    data = body if isinstance(body, bytes) else b"".join(each.data for each in body if isinstance(each, Chunk))
    ends = () if isinstance(body, bytes) else tuple(each for each in body if isinstance(each, Break))
    whole: Strategy = st.just(())
    if len(data) < 2:
        return whole.map(lambda places: (*_pieces(data, places), *ends))
    sore = sorted({at for found in WITHIN.finditer(data) if 0 < (at := found.start()) < len(data)})
    split = [at for at in sore if 0x80 <= data[at] < 0xC0]
    anywhere = st.integers(1, len(data) - 1)
    places = [anywhere, *(st.sampled_from(each) for each in (sore, split) if each)]
    one = [place.map(lambda at: (at,)) for place in places]
    some = [st.lists(place, min_size=1, max_size=6) for place in places]
    longest = max(64, 1 + len(data) // MOST)
    sizes = st.integers(0, longest - 1 - len(data) // MOST).map(lambda less: longest - less)
    even = sizes.map(lambda size: range(size, len(data), size))
    return st.one_of(whole, *one, even, *some).map(lambda places: (*_pieces(data, places), *ends))


def _pieces(data: bytes, places: Sequence[int]) -> list[Chunk]:
    ends = [0, *sorted(set(places)), len(data)]
    return [Chunk(APART_SECONDS if start else 0.0, data[start:end]) for start, end in pairwise(ends) if end > start]
