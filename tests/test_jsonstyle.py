"""A style gives the same bytes again, or there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockai.jsonstyle import ESCAPES, LAYOUTS, ODD_NUMBER, _has_odd_number, dump, parts, style_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
STYLES = [
    f"{layout}-{escape}{short}{newline}"
    for layout in LAYOUTS
    for escape in ESCAPES
    for short in ("", "-short")
    for newline in ("", "-newline")
]


def same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


@given(value=VALUES, style=st.sampled_from(STYLES))
def test_whatever_was_dumped_in_a_style_is_recognised_and_dumped_the_same(value: Any, style: str) -> None:
    raw = dump(value, style)
    found = style_of(raw)
    assert found is not None
    assert same(found[0], value)
    assert dump(*found) == raw


@given(raw=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_either_come_back_exactly_or_have_no_style(raw: bytes) -> None:
    found = style_of(raw)
    assert found is None or dump(*found) == raw


@pytest.mark.parametrize(
    ("raw", "style"),
    [
        (b'{"a":1,"b":[true,null]}', "compact-utf8"),
        (b'{"a": 1, "b": [true, null]}', "spaced-utf8"),
        (b'{\n  "a": 1.0,\n  "b": []\n}', "pretty2-utf8"),
        (b'{\n    "a": {}\n}\n', "pretty4-utf8-newline"),
        (b'{\n\t"a": 1\n}', "tabs-utf8"),
        (b'{"a":"\\u00e9"}', "compact-ascii"),
        (b'{"a":"\\u003cb\\u003e"}', "compact-html"),
        (b'{"a":"http:\\/\\/x"}', "compact-slashes"),
        (b'{"a":1e-7,"b":0.00001234}', "compact-utf8-short"),
        (b'{"a":1e-07}', "compact-utf8"),
        (b'{"a":-0.0,"b":123456789012345678901234567890}', "compact-utf8"),
        (b"[]", "compact-utf8"),
        (b'"\\ud83d\\ude00"', "compact-ascii"),
    ],
)
def test_styles_met_in_the_wild_have_names(raw: bytes, style: str) -> None:
    found = style_of(raw)
    assert found is not None
    assert found[1] == style


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b"[1e5]",
        b"[1.00]",
        b"[-0]",
        b"[NaN]",
        b'["\\ud800"]',
        b"{ }",
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_no_style_gives_again_has_none(raw: bytes) -> None:
    assert style_of(raw) is None


@pytest.mark.parametrize("name", ["", "compact", "wide-utf8", "compact-latin1", "compact-utf8-newline-short"])
def test_an_unknown_style_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=r"not a JSON style: .*compact, spaced"):
        parts(name)


@given(value=VALUES)
def test_the_fast_writer_spells_as_the_slow_one(value: Any) -> None:
    assert dump(value, "compact-utf8") == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert dump(value, "pretty2-utf8") == json.dumps(value, ensure_ascii=False, indent=2).encode()


@given(st.text("0123456789.eE+-", max_size=25) | st.floats(allow_nan=False).map(str))
@example("12345678901234568.0")  # as orjson wrote it until it wrote exponents
@example("1e-7")
def test_no_number_that_is_spelled_differently_is_overlooked(text: str) -> None:
    wrote = text.replace("E", "e").encode()
    assert _has_odd_number(wrote) == (ODD_NUMBER.search(wrote) is not None)
