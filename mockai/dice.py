"""Chance that can be repeated: the same parts give the same throws, in every process and on every machine."""

from __future__ import annotations

import hashlib
import random
from functools import cache

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"


def dice(*parts: object) -> random.Random:
    """A random source seeded by the text of `parts`, e.g. `dice(call.seed, call.number)`."""
    return random.Random(int.from_bytes(mark(*parts), "big"))


def mark(*parts: object) -> bytes:
    """16 bytes that tell the text of `parts` from every other: chance for those who throw only once."""
    return _hash(16, parts)


def between(low: int, high: int, *parts: object) -> int:
    """A whole number from `low` to `high`, both included, that the text of `parts` chooses."""
    return low + int.from_bytes(mark(*parts), "big") % (high - low + 1)


def stamp(length: int, *parts: object) -> str:
    """Up to 64 letters and digits that tell the text of `parts` from every other."""
    return _hash(length, parts).translate(_letters(LETTERS)).decode("ascii")


def _hash(size: int, parts: tuple[object, ...]) -> bytes:
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=size).digest()


def token(rng: random.Random, length: int, alphabet: str = LETTERS) -> str:
    """`length` characters drawn from `alphabet`, which is ASCII: the random part of an id."""
    return rng.randbytes(length).translate(_letters(alphabet)).decode("ascii")


@cache
def _letters(alphabet: str) -> bytes:
    """A letter for each byte; where the bytes do not divide evenly, the first letters come a little more often."""
    return bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256))
