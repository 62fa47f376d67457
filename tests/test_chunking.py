"""Passages of a text: how long they are, how they overlap, and that nothing is lost."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mockai import tokens
from mockai.chunking import MODEL, Chunking, chunked

texts = st.lists(
    st.sampled_from(["hello ", "wörld ", "猫", "🐈", "\n", "a", " b", "antidisestablishment"]), max_size=80
)
sizes = st.integers(4, 40).flatmap(lambda size: st.builds(Chunking, st.just(size), st.integers(0, size // 2)))


@given(texts.map("".join), sizes)
def test_passages_are_short_enough_and_cover_the_text(text: str, how: Chunking) -> None:
    chunks = chunked(text, how)
    for chunk in chunks:
        assert sum(map(len, tokens.pieces(chunk, MODEL))) <= how.size + 2  # cut elsewhere, a text may have more tokens
        assert chunk in text
    if how.overlap == 0:
        assert "".join(chunks) == text
    assert bool(chunks) == bool(text)
    assert "".join(chunks[:1]) == text[: len("".join(chunks[:1]))]
    assert text.endswith("".join(chunks[-1:]))


def test_each_passage_repeats_the_end_of_the_one_before() -> None:
    words = [f" w{number}" for number in range(100, 160)]  # two tokens each: the letter, and the number
    chunks = chunked("".join(words), Chunking(20, 8))
    assert [tokens.count(chunk, MODEL) for chunk in chunks[:-1]] == [20] * (len(chunks) - 1)
    for one, other in itertools.pairwise(chunks):
        assert one.split()[-4:] == other.split()[:4]
    assert chunks[-1].endswith(words[-1])


def test_the_usual_passages_have_800_tokens_and_share_400() -> None:
    chunks = chunked(" a" * 2000, Chunking())
    assert [len(chunk) // 2 for chunk in chunks] == [800, 800, 800, 800]


def test_a_character_longer_than_a_passage_stands_alone() -> None:
    assert chunked("🦖🦖", Chunking(1, 0)) == ["🦖", "🦖"]
