"""Embeddings that mean something: texts with words in common are near, and so are words with stems in common.

No model is behind them: each word, its pieces and each pair of neighbours throw a few signed weights onto places of
the vector that a hash chooses. The same text gives the same vector, in every process and on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b, shake_128
from itertools import pairwise
from math import log, sqrt
from operator import mul
from struct import unpack

DIMENSIONS = {
    "text-embedding-ada-002": 1536,
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
}
"""The length of a model's vectors, as the API's documentation has it."""

USUAL = 1536
"""The length of the vectors of any other model."""

_PLACES = 16
"""Places of the vector that a word falls on; a piece of a word falls on a quarter as many."""

_NEARER = 4
"""Places are drawn from the whole vector, its first half, quarter and eighth in turn: its beginning says the most, so
that a shortened vector still does, as those of the third generation do."""

_PIECES, _PAIRS, _GRAIN = 0.8, 0.4, 0.12
"""What the pieces of a word weigh against the word; pairs of neighbours; and the text's own grain, which gives every
text a vector of its own, in all of its places."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\w\s]")

_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about all also an and any are as at be been but by can could did do does for from get had has have he her "
        "his how i if in into is it its just me more my no not of on one or our out please she should so some such "
        "than that the their them then there these they this to up us was we were what when where which who why will "
        "with would you your",
    )
)


def embed(text: str, model: str, dimensions: int | None = None) -> list[float]:
    """The vector of `text` for `model`, of length 1, its components written with eight digits as the API does.

    `dimensions` shortens it: the first so many components, brought back to length 1.
    """
    return list(_embedded(text, model, dimensions))


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of the angle between two vectors of length 1: 1 for the same direction, about 0 for strangers."""
    return float(sum(map(mul, one, other)))


def keywords(text: str) -> str:
    """The words of a text that tell something, in order."""
    return " ".join(word for word in _WORD.findall(text) if word[0].isalnum() and word.casefold() not in _COMMON)


@lru_cache(maxsize=256)
def _embedded(text: str, model: str, dimensions: int | None) -> tuple[float, ...]:
    whole = _whole(text, model)
    cut = whole[:dimensions]
    length = sqrt(sum(map(mul, cut, cut)))
    return tuple(float(f"{part / length:.8g}") for part in cut)


def _whole(text: str, model: str) -> list[float]:
    """The vector in its full length, and of any length but 0."""
    size = DIMENSIONS.get(model, USUAL)
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    vector = [0.0] * size
    for word, times in Counter(words).items():
        weight = _rarity(word) * (1 + log(times))
        for place, part in _word(word, model, size):
            vector[place] += weight * part
    for pair, times in Counter(pairwise(words)).items():
        weight = _PAIRS * (1 + log(times)) * sqrt(_rarity(pair[0]) * _rarity(pair[1]))
        for place, part in _thrown(" ".join(pair), model, size, _PLACES // 4):
            vector[place] += weight * part
    grain = shake_128(f"{model}\n{text}".encode("utf-8", "surrogatepass")).digest(size)
    scale = _GRAIN * (sqrt(sum(map(mul, vector, vector))) or 1.0) / sqrt(size * (256**2 - 1) / 12)
    return [part + scale * (byte - 127.5) for part, byte in zip(vector, grain, strict=True)]


def _rarity(word: str) -> float:
    """What a word tells of a text: common ones and marks little, long ones most."""
    if word in _COMMON or not word[0].isalnum():
        return 0.15
    return min(1.0, 0.6 + len(word) / 20) if word.isascii() else 0.9


@lru_cache(maxsize=4_000)  # some kilobytes each
def _word(word: str, model: str, size: int) -> tuple[tuple[int, float], ...]:
    """The weights that a word and its pieces throw onto a vector, by their place."""
    thrown: dict[int, float] = {}
    for place, part in _thrown(word, model, size, _PLACES):
        thrown[place] = thrown.get(place, 0.0) + part
    pieces = _pieces(word)
    for piece in pieces:
        for place, part in _thrown(piece, model, size, _PLACES // 4):
            thrown[place] = thrown.get(place, 0.0) + part * _PIECES / sqrt(len(pieces))
    return tuple(thrown.items())


def _pieces(word: str) -> list[str]:
    """Three and four letters of a word in a row, its ends marked: what it has in common with its relatives."""
    marked = f"<{word[:40]}>"
    return [marked[start : start + size] for size in (3, 4) for start in range(len(marked) - size + 1)] or [marked]


@lru_cache(maxsize=10_000)
def _thrown(feature: str, model: str, size: int, places: int) -> tuple[tuple[int, float], ...]:
    """`places` places of a vector and the weight on each, ±; together they have the length 1."""
    digest = blake2b(f"{model}\n{feature}".encode("utf-8", "surrogatepass"), digest_size=4 * places).digest()
    weight = 1 / sqrt(places)
    throws = zip(unpack(f">{places}I", digest), _ranges(size, places), strict=True)
    return tuple([((throw >> 1) % within, weight if throw & 1 else -weight) for throw, within in throws])


@cache
def _ranges(size: int, places: int) -> tuple[int, ...]:
    return tuple(max(1, size >> place % _NEARER) for place in range(places))
