"""Conditions say yes exactly when no mismatch is found, and a path leads where the message says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockai import anything, contains, matches
from mockai.conditions import reach, texts, wanting
from mockai.errors import StubError
from mockai.match import ABSENT

scalars = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5)
json_values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How is the weather?"}]


def told(wanted: Any, got: Any) -> list[str]:
    return [str(mismatch) for mismatch in wanting(wanted, got, "field")]


@given(json_values)
def test_every_value_is_what_it_is(value: Any) -> None:
    assert told(value, value) == []
    assert told(anything, value) == []


@given(some.dictionaries(some.text(max_size=3), json_values, min_size=1), some.data())
def test_an_object_may_have_more_fields_and_not_fewer(value: dict[str, Any], data: some.DataObject) -> None:
    left_out = data.draw(some.sampled_from(sorted(value)))
    part = {name: inner for name, inner in value.items() if name != left_out}
    assert told(part, value) == []
    assert len(told({left_out: anything}, part)) == 1


@given(some.lists(json_values, min_size=1))
def test_a_list_must_have_the_same_length(value: list[Any]) -> None:
    assert told(value, tuple(value)) != []
    assert told(tuple(value), value) == []
    assert len(told(value[1:], value)) == 1


@pytest.mark.parametrize(
    ("wanted", "got", "fits"),
    [
        (1, 1.0, True),
        (1, True, False),
        (False, 0, False),
        (None, ABSENT, True),
        ({"tools": None}, {}, True),
        (None, 0, False),
        (contains("weather"), MESSAGES, True),
        (contains("snow"), MESSAGES, False),
        (contains("content"), MESSAGES, False),  # keys are not text
        (contains({"role": "user"}), MESSAGES, True),
        (contains({"role": "tool"}), MESSAGES, False),
        (contains({"content": contains("brief")}), MESSAGES, True),
        (contains("a"), ["a"], True),
        (contains(1), [1, 2], True),
        (contains(1), 1, False),
        (contains("a"), ABSENT, False),
        (matches(r"^How .*\?$"), MESSAGES, True),
        (matches(r"^snow"), MESSAGES, False),
        (matches("5"), 5, False),
        (anything, None, True),
        (anything, ABSENT, False),
        (lambda value: value > 1, 2, True),
        (lambda value: value > 1, 1, False),
        (lambda _: True, ABSENT, False),
    ],
)
def test_what_fits(wanted: Any, got: Any, fits: bool) -> None:
    assert (told(wanted, got) == []) is fits


def test_a_mismatch_names_the_condition() -> None:
    def long(value: str) -> bool:
        return len(value) > 100

    assert told(long, "x") == ["field: wanted long, got 'x'"]
    assert told({"a": [contains("x")]}, {"a": ["y"]}) == ["field.a[0]: wanted contains('x'), got 'y'"]
    assert told(matches("x"), ABSENT) == ["field: wanted matches('x'), got nothing"]


def test_a_function_that_raises_says_no_and_the_message_says_what_it_raised() -> None:
    def careless(value: Any) -> bool:
        return value["missing"] == 1

    assert told(careless, {}) == ["field: wanted careless (which raised KeyError('missing')), got {}"]


@pytest.mark.parametrize(
    ("path", "where", "found"),
    [
        ("model", "model", "gpt-5"),
        ("messages__0__role", "messages[0].role", "system"),
        ("messages__-1__role", "messages[-1].role", "user"),
        ("messages___1__role", "messages[-1].role", "user"),
        ("messages__2__role", "messages[2].role", ABSENT),
        ("messages___3__role", "messages[-3].role", ABSENT),
        ("messages__role", "messages.role", ABSENT),
        ("metadata__0", "metadata.0", "zero"),  # a number is a name where an object stands
        ("nobody__0", "nobody.0", ABSENT),
    ],
)
def test_a_path_leads_to_a_value(path: str, where: str, found: Any) -> None:
    assert reach({"model": "gpt-5", "messages": MESSAGES, "metadata": {"0": "zero"}}, path) == (where, found)


@given(some.lists(some.text(max_size=3) | some.integers(0, 2), min_size=1, max_size=5), scalars)
def test_a_json_pointer_leads_to_every_value(path: list[str | int], leaf: Any) -> None:
    value = leaf
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [None] * step + [value]
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    assert reach(value, pointer)[1] is leaf


@pytest.mark.parametrize("path", ["/messages/0/content", "messages__0__content", "messages[0].content"])
def test_a_path_may_be_written_in_three_ways(path: str) -> None:
    assert reach({"messages": [{"content": "Hi."}]}, path) == ("messages[0].content", "Hi.")


def test_bytes_are_found_in_bytes() -> None:
    assert contains(b"RIFF")(b"..RIFF..")
    assert not contains(b"RIFF")("RIFF")


@given(json_values)
def test_texts_are_all_strings_and_no_keys(value: Any) -> None:
    def count(inner: Any) -> int:
        if isinstance(inner, dict):
            return sum(map(count, inner.values()))
        return sum(map(count, inner)) if isinstance(inner, list) else isinstance(inner, str)

    assert len(list(texts(value))) == count(value)


@pytest.mark.parametrize("pattern", ["(", 5])
def test_a_pattern_is_read_when_it_is_given(pattern: Any) -> None:
    with pytest.raises(StubError, match="not a regular expression"):
        matches(pattern)
