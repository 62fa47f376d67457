"""Token counts: exactly those of OpenAI's tokenizers, offline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from . import catalogue
from .vocabulary import REMEMBERED, vocabulary

_LAST = {"cl100k_base": 100_257, "o200k_base": 200_018}
"""The highest number of a token: of cl100k what the API allows, as it says when it refuses more."""

_SHORT = 500
"""Characters of a text whose number of tokens is remembered: roles, names, and what is asked again and again."""


def count(text: str, model: str) -> int:
    """How many tokens `text` is for `model`."""
    return counter(model)(text)


def counter(model: str) -> Callable[[str], int]:
    """What says of texts how many tokens they are for `model`."""
    return _counter(catalogue.like(model).encoding)


def cut(text: str, model: str) -> list[bytes]:
    """The bytes of each token of `text`; a token may begin or end inside a character."""
    return list(vocabulary(catalogue.like(model).encoding).tokens(text))


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


@cache
def _counter(encoding: str) -> Callable[[str], int]:
    known = vocabulary(encoding)
    short = lru_cache(REMEMBERED)(known.count)
    long = lru_cache(8)(known.count)  # which its limit, its context and its usage ask for within one request
    return lambda text: (short if len(text) <= _SHORT else long)(text)


@cache
def _numbered(encoding: str) -> dict[int, bytes]:
    return {number: token for token, number in vocabulary(encoding).ranks.all().items()}
