"""Embeddings without a model: their lengths, their angles, and that they are the same everywhere."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.embedding import DIMENSIONS, embed, keywords, similarity

SMALL = "text-embedding-3-small"


def near(one: str, other: str, model: str = SMALL, dimensions: int | None = None) -> float:
    return similarity(embed(one, model, dimensions), embed(other, model, dimensions))


@given(st.text(max_size=60), st.sampled_from((*DIMENSIONS, "my-own")), st.sampled_from((None, 1, 7, 512)))
def test_a_vector_has_its_length_and_is_of_length_one(text: str, model: str, dimensions: int | None) -> None:
    vector = embed(text, model, dimensions)
    assert len(vector) == (dimensions or DIMENSIONS.get(model, 1536))
    assert isclose(similarity(vector, vector), 1, abs_tol=1e-6)


@given(st.text(max_size=60), st.integers(1, 1536))
def test_a_shortened_vector_points_where_the_beginning_of_the_whole_one_does(text: str, dimensions: int) -> None:
    whole = embed(text, SMALL)[:dimensions]
    length = similarity(whole, whole) ** 0.5
    assert all(isclose(a / length, b, abs_tol=1e-6) for a, b in zip(whole, embed(text, SMALL, dimensions), strict=True))


@pytest.mark.parametrize("dimensions", [None, 256])
@pytest.mark.parametrize("model", DIMENSIONS)
def test_texts_that_share_words_are_near_and_strangers_are_not(model: str, dimensions: int | None) -> None:
    question = "How do I reset my password?"
    assert near(question, "Password reset instructions for your account", model, dimensions) > 0.5
    assert near(question, "The weather in Paris is sunny today", model, dimensions) < 0.25
    assert near("Hello, world!", "hello world", model, dimensions) > 0.85


def test_words_with_a_stem_in_common_are_near() -> None:
    assert near("running runners", "the runner runs") > 0.2 > near("running runners", "a cat sleeps")
    assert near("猫は可愛い動物です", "かわいい猫") > 0.2


def test_common_words_tell_little() -> None:
    assert near("the cat and the dog", "the tax and the law") < 0.1 < near("a cat", "my cat")


def test_models_have_directions_of_their_own() -> None:
    assert abs(similarity(embed("hello", SMALL), embed("hello", "text-embedding-ada-002"))) < 0.2


def test_a_vector_is_the_same_on_every_machine() -> None:
    assert embed("hello world", SMALL, 4) == [-0.34563055, 0.73128147, 0.10550827, 0.57847639]


def test_keywords_are_what_tells_something() -> None:
    assert keywords("What is the return policy, please?") == "return policy"
    assert keywords("what is it?") == ""
