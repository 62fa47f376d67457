"""Chance that can be repeated: the same parts, the same throws and letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockai.dice import HEX, LETTERS, dice, mark, stamp, token

PARTS = st.lists(st.one_of(st.text(), st.integers(), st.none()), max_size=4)


@given(PARTS, st.integers(1, 64))
def test_the_same_parts_give_the_same(parts: list[object], length: int) -> None:
    assert dice(*parts).random() == dice(*parts).random()
    assert mark(*parts) == mark(*parts)
    assert stamp(length, *parts) == stamp(length, *parts)


@given(PARTS, st.integers(1, 64), st.sampled_from([HEX, LETTERS, "0123456789", HEX.upper()]))
def test_letters_are_of_the_alphabet_and_as_many_as_asked_for(parts: list[object], length: int, letters: str) -> None:
    drawn = token(dice(*parts), length, letters)
    assert len(drawn) == length
    assert set(drawn) <= set(letters)
    assert len(stamp(length, *parts)) == length
    assert set(stamp(length, *parts)) <= set(LETTERS)


def test_other_parts_give_other_letters() -> None:
    drawn = {stamp(29, 0, number) for number in range(1000)} | {token(dice(0, number), 29) for number in range(1000)}
    assert len(drawn) == 2000
    assert len({mark("a", number) for number in range(1000)}) == 1000


def test_every_letter_of_an_alphabet_is_drawn() -> None:
    assert set(token(dice(0), 5000)) == set(LETTERS)
    assert set(token(dice(0), 500, HEX)) == set(HEX)
