"""The limit is kept at every moment, and the headers say what is true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from asking import ask, chat
from hypothesis import given
from hypothesis import strategies as some

from mockai import ManualClock, MockAI, MockaiError
from mockai.errors import RateLimited
from mockai.ratelimit import TIERS, Limits, RateLimit, duration, limits
from mockai.shape import estimate
from mockai.understand import understand

Wave = list[tuple[float, int]]
waves = some.lists(some.tuples(some.floats(0, 90), some.integers(1, 60)), max_size=40)
sizes = some.builds(Limits, some.integers(1, 20), some.integers(1, 100))


def seconds(text: str) -> float:
    """What a reset header says."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    assert re.fullmatch(r"((\d+h)?\d+m)?\d+(\.\d{1,3})?s|\d+ms", text), text
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))


def refusal(limit: RateLimit, tokens: int, now: float) -> RateLimited | None:
    """What a request is told that is not let through."""
    before = (limit.requests.used, limit.tokens.used)
    try:
        limit.spend(tokens, now)
    except RateLimited as error:
        assert (limit.requests.used, limit.tokens.used) <= before, "a refusal takes nothing"
        return error
    return None


def let_through(limit: RateLimit, wave: Wave) -> Wave:
    """The requests of a wave (seconds after the one before, tokens) that were taken, with their times."""
    now, taken = 1000.0, []
    for pause, tokens in wave:
        now += pause
        if refusal(limit, tokens, now) is None:
            taken.append((now, tokens))
    return taken


@given(sizes, waves)
def test_in_no_span_of_time_more_is_let_through_than_was_there_and_came_back(size: Limits, wave: Wave) -> None:
    taken = let_through(RateLimit(size, True), wave)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span = taken[first : last + 1]
            share = 1 + (span[-1][0] - span[0][0]) / 60
            assert len(span) <= size.rpm * share + 1e-6
            assert sum(tokens for _, tokens in span) <= size.tpm * share + 1e-6


@given(sizes, waves)
def test_who_waits_as_long_as_told_is_let_through(size: Limits, wave: Wave) -> None:
    limit = RateLimit(size, True)
    now = 1000.0
    for pause, tokens in wave:
        now += pause
        kinds = []
        while (error := refusal(limit, tokens, now)) is not None and error.headers:
            told = dict(error.headers)
            assert int(told["retry-after"]) >= int(told["retry-after-ms"]) / 1000 > int(told["retry-after"]) - 1
            now += int(told["retry-after-ms"]) / 1000
            kinds.append(error.error["type"])
        assert kinds in ([], ["requests"], ["tokens"], ["requests", "tokens"])
        assert (error is not None) is (tokens > size.tpm)


@given(sizes, waves, some.booleans())
def test_the_headers_add_up(size: Limits, wave: Wave, enforced: bool) -> None:
    limit = RateLimit(size, enforced)
    let_through(limit, wave)
    told = dict(limit.headers())
    for name, total, budget in (("requests", size.rpm, limit.requests), ("tokens", size.tpm, limit.tokens)):
        assert told[f"x-ratelimit-limit-{name}"] == str(total)
        left = int(told[f"x-ratelimit-remaining-{name}"])
        assert left == max(0, int(total - budget.used + 1e-9))
        assert seconds(told[f"x-ratelimit-reset-{name}"]) == pytest.approx(budget.used * 60 / total, abs=0.0006)


@given(sizes, waves)
def test_a_limit_that_is_not_enforced_refuses_nothing(size: Limits, wave: Wave) -> None:
    assert len(let_through(RateLimit(size), wave)) == len(wave)


def test_a_clock_that_is_put_back_takes_nothing_away() -> None:
    limit = RateLimit(Limits(10, 10), True)
    limit.spend(1, 100.0)
    limit.spend(1, 50.0)
    assert (limit.requests.remaining, limit.tokens.remaining) == (8, 8)


@given(some.floats(0, 100_000))
def test_a_duration_says_how_long(length: float) -> None:
    assert seconds(duration(length)) == pytest.approx(length, abs=0.0006)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0s"),
        (0.0001, "0s"),
        (0.012, "12ms"),
        (0.9996, "1s"),
        (1.5, "1.5s"),
        (59.9999, "1m0s"),
        (360, "6m0s"),
        (3602, "1h0m2s"),
    ],
)
def test_durations_are_written_as_the_api_writes_them(length: float, text: str) -> None:
    assert duration(length) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [("tier-1", Limits(*TIERS["tier-1"])), ("rpm=5", Limits(5)), (" tpm=7 , rpm = 5 ", Limits(5, 7))],
)
def test_limits_are_read(text: str, read: Limits) -> None:
    assert limits(text) == read


@pytest.mark.parametrize("text", ["tier-9", "rpm=0", "rpm=-1", "rpm", "", "rpm=5;tpm=7"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(MockaiError, match="Not a rate limit"):
        limits(text)


def test_the_mock_keeps_its_limit_by_its_own_clock(golden: Callable[[str, object], None]) -> None:
    clock = ManualClock()
    mock = MockAI(rate_limit="rpm=2,tpm=100000", clock=clock)
    statuses = [ask(mock, chat()).status for _ in range(3)]
    refused = ask(mock, chat())
    assert statuses == [200, 200, 429]
    assert refused.header("x-should-retry") is None  # the API's own refusal, which a client should sit out
    assert (refused.header("retry-after"), refused.header("x-ratelimit-remaining-requests")) == ("30", "0")
    golden("ratelimit-requests", json.loads(refused.content)["error"]["message"])
    clock.advance(30)
    again = ask(mock, chat())
    assert (again.status, again.header("x-ratelimit-remaining-requests")) == (200, "0")
    mock.verify()
    mock.reset()
    assert ask(mock, chat()).header("x-ratelimit-remaining-requests") == "1"


def test_a_request_larger_than_the_limit_is_not_told_to_try_again(golden: Callable[[str, object], None]) -> None:
    refused = ask(MockAI(rate_limit="rpm=9,tpm=50"), chat(max_completion_tokens=100))
    assert (refused.status, refused.header("retry-after")) == (429, None)
    golden("ratelimit-too-large", json.loads(refused.content)["error"]["message"])


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, 16),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7}, 7),
        ({"max_tokens": "x"}, 16),
        ({"max_tokens": -5}, 16),
    ],
)
def test_tokens_are_estimated_from_the_characters_and_the_output_asked_for(more: dict[str, object], asked: int) -> None:
    sent = chat(**more)
    assert estimate(understand(sent)) == len(sent.body) // 4 + asked
