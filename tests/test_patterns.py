"""Texts made for a pattern match it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai.patterns import matches, texts

PIECES = st.sampled_from(
    ["a", "[a-f]", "[^a-f]", r"\d", r"\w", r"\s", ".", "(?:ab|cd)", "(x|y)", r"\.", "[A-Z0-9_-]", r"\S"]
)
REPEATS = st.sampled_from(["", "+", "*", "?", "{2}", "{1,3}", "{2,}", "*?"])


@settings(deadline=None)
@given(st.lists(st.tuples(PIECES, REPEATS).map("".join), min_size=1, max_size=4), st.integers(0, 3))
def test_plain_patterns_are_always_answered(pieces, seed):
    pattern = f"^{''.join(pieces)}$"
    found = list(texts(pattern, random.Random(seed)))
    assert found
    assert all(matches(pattern, text) for text in found)


@pytest.mark.parametrize(
    "pattern", [r"^\cC$", r"^[\u4e00-\u9fff]+$", r"^(a)\1$", r"^(?!foo).{3}$", r"^[\p{Lu}_]+$", "^$", "abc"]
)
def test_less_plain_ones_too(pattern):
    assert list(texts(pattern, random.Random(0)))


def test_lengths_are_kept():
    assert {len(text) for text in texts("^[a-z]*$", random.Random(0), 7, 9)} <= {7, 8, 9}


@pytest.mark.parametrize("pattern", ["(", "[", r"(?P<x>a)(?P<x>b)"])
def test_what_is_no_pattern_has_no_texts(pattern):
    assert list(texts(pattern, random.Random(0))) == []
    assert not matches(pattern, "a")
