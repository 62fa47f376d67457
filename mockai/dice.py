"""Chance that can be repeated: the same parts give the same throws, in every process and on every machine."""

from __future__ import annotations

import hashlib
import random

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"


def dice(*parts: object) -> random.Random:
    """A random source seeded by the text of `parts`, e.g. `dice(call.seed, call.number)`."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16)
    return random.Random(int.from_bytes(digest.digest(), "big"))


def token(rng: random.Random, length: int, alphabet: str = LETTERS) -> str:
    """`length` characters drawn from `alphabet`: the random part of an id."""
    return "".join(rng.choices(alphabet, k=length))
