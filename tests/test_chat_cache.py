"""The prompt cache: prefixes that were asked before are billed as such, by the published rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import ask, chat
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai import MockAI
from mockai.clock import ManualClock

LONG = " ".join(f"shelf {number} holds volume {number * 7}." for number in range(300))


def billed(mock: MockAI, *texts: str, model: str = "gpt-4o", **more: Any) -> tuple[int, int]:
    """The tokens of a prompt, and how many of them were cached."""
    messages = [{"role": "user", "content": text} for text in texts]
    usage = json.loads(ask(mock, chat(model=model, messages=messages, **more)).content)["usage"]
    return usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]


@pytest.fixture
def mock() -> MockAI:
    return MockAI(clock=ManualClock())


def test_what_was_asked_before_is_cached_in_steps_of_128(mock: MockAI) -> None:
    assert billed(mock, LONG, "Where is volume 7?")[1] == 0
    prompt, cached = billed(mock, LONG, "Where is volume 14?")
    assert prompt > cached >= prompt - 256
    assert cached % 128 == 0


def test_only_the_beginning_counts(mock: MockAI) -> None:
    billed(mock, LONG)
    assert billed(mock, "First: " + LONG)[1] == 0
    half = billed(mock, LONG[: len(LONG) // 2] + " and that is all there is " * 40)[1]
    assert 1024 <= half < billed(mock, LONG)[1]


def test_short_prompts_are_not(mock: MockAI) -> None:
    assert [billed(mock, "hi there " * 200)[1] for _ in range(2)] == [0, 0]


def test_nor_are_those_of_older_models(mock: MockAI) -> None:
    assert [billed(mock, LONG, model="gpt-4-turbo")[1] for _ in range(2)] == [0, 0]


def test_models_keys_and_tools_have_prefixes_of_their_own(mock: MockAI) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {}}}
    others: list[dict[str, Any]] = [{}, {"model": "gpt-4.1"}, {"prompt_cache_key": "mine"}, {"tools": [tool]}]
    assert [billed(mock, LONG, **other)[1] for other in others] == [0, 0, 0, 0]
    assert all(billed(mock, LONG, **other)[1] for other in others)


@pytest.mark.parametrize(
    ("more", "seconds"),
    [({}, 600), ({"prompt_cache_retention": "24h"}, 86_400), ({"prompt_cache_options": {"ttl": "30m"}}, 1800)],
)
def test_it_forgets_in_time_and_with_the_mock(more: dict[str, Any], seconds: int, mock: MockAI) -> None:
    clock = mock.clock
    assert isinstance(clock, ManualClock)
    billed(mock, LONG, **more)
    clock.advance(seconds - 1)
    assert billed(mock, LONG, **more)[1] > 0
    clock.advance(seconds)
    assert billed(mock, LONG, **more)[1] == 0
    mock.reset()
    assert billed(mock, LONG, **more)[1] == 0
    assert billed(mock.scope(), LONG, **more)[1] == 0


def test_an_explicit_breakpoint_is_written_once_and_read_then(mock: MockAI) -> None:
    """The figures of one recorded pair: all but the 5 tokens behind the breakpoint, and 3 at the end."""
    parts = [{"type": "text", "text": LONG, "prompt_cache_breakpoint": {"mode": "explicit"}}]
    asked = chat(
        model="gpt-5.6-sol",
        messages=[{"role": "user", "content": [*parts, {"type": "text", "text": "Reply with exactly: OK"}]}],
        prompt_cache_options={"mode": "explicit", "ttl": "30m"},
    )
    first, second = (json.loads(ask(mock, asked).content)["usage"] for _ in range(2))
    prefix = first["prompt_tokens"] - 8
    names = ("cached_tokens", "cache_write_tokens")
    assert [first["prompt_tokens_details"][name] for name in names] == [0, prefix]
    assert [second["prompt_tokens_details"][name] for name in names] == [prefix, 0]


def test_without_a_breakpoint_nothing_is_kept_explicitly(mock: MockAI) -> None:
    explicit = {"prompt_cache_options": {"mode": "explicit"}}
    assert [billed(mock, LONG, model="gpt-5.6-sol", **explicit)[1] for _ in range(2)] == [0, 0]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, len(LONG)), st.integers(0, len(LONG)))
def test_never_more_than_both_have_in_common(one: int, other: int) -> None:
    mock = MockAI()
    first = billed(mock, LONG[:one])[0]
    second, cached = billed(mock, LONG[:other])
    assert cached <= min(first, second)
    assert cached % 128 == 0
    assert cached == 0 or cached >= 1024
