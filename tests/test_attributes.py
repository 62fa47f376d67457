"""Attribute filters: the eight comparisons, `and`, `or`, and values that are not there or of another type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.attributes import passes

FILE = {"year": 2024, "lang": "de", "draft": False}

values = st.one_of(st.integers(-3, 3), st.sampled_from(["a", "b"]), st.booleans())


def compared(key: str, kind: str, value: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "value": value}


@pytest.mark.parametrize(
    ("key", "kind", "value", "wanted"),
    [
        ("year", "eq", 2024, True),
        ("year", "eq", 2024.0, True),
        ("year", "ne", 2024, False),
        ("year", "gt", 2023, True),
        ("year", "gte", 2024, True),
        ("year", "lt", 2024, False),
        ("year", "lte", 2024, True),
        ("year", "gt", "2023", False),
        ("lang", "gt", "aa", True),
        ("lang", "in", ["de", "fr"], True),
        ("lang", "nin", ["de", "fr"], False),
        ("lang", "in", [], False),
        ("draft", "eq", False, True),
        ("draft", "eq", 0, False),
        ("draft", "lt", True, False),
        ("gone", "eq", "x", False),
        ("gone", "ne", "x", True),
        ("gone", "in", ["x"], False),
        ("gone", "nin", ["x"], True),
        ("gone", "lt", 5, False),
    ],
)
def test_a_comparison(key: str, kind: str, value: Any, wanted: bool) -> None:
    assert passes(FILE, compared(key, kind, value)) is wanted


def test_several_joined() -> None:
    german, old = compared("lang", "eq", "de"), compared("year", "lt", 2000)
    assert passes(FILE, {"type": "or", "filters": [german, old]})
    assert not passes(FILE, {"type": "and", "filters": [german, old]})
    assert passes(FILE, {"type": "and", "filters": [german, {"type": "or", "filters": [old, german]}]})
    assert passes(FILE, None)


@given(st.dictionaries(st.sampled_from("xyz"), values), st.sampled_from("xyz"), values)
def test_opposites_never_agree(attributes: dict[str, Any], key: str, value: Any) -> None:

    assert passes(attributes, compared(key, "eq", value)) != passes(attributes, compared(key, "ne", value))
    assert passes(attributes, compared(key, "in", [value])) != passes(attributes, compared(key, "nin", [value]))
    assert not (passes(attributes, compared(key, "lt", value)) and passes(attributes, compared(key, "gte", value)))
