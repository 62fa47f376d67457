"""The limit is kept at every moment, never kept too strictly, and the headers say what is true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from asking import ask, chat, request
from hypothesis import given, settings
from hypothesis import strategies as some

from mockai import ManualClock, MockAI, ratelimit
from mockai.costs import Cost
from mockai.errors import RateLimited
from mockai.http import Reply, Request
from mockai.limits import Limits
from mockai.ratelimit import DAY, LATE, MINUTE, Account, RateLimit, Shortage, duration, refusal
from mockai.understand import understand

Wave = list[tuple[int, Cost]]
NOW = 1_750_000_000.0  # a time at which floats are as coarse as they are today
COUNTS = {"rpm": "requests", "rpd": "requests", "tpm": "tokens", "tpd": "tokens", "ipm": "input-images"}
PERIODS = {"rpm": 60, "rpd": 86_400, "tpm": 60, "tpd": 86_400, "ipm": 60}

costs = some.builds(
    lambda tokens, pictures: {"requests": 1, "tokens": tokens, "input-images": pictures},
    some.integers(0, 60),
    some.integers(0, 3),
)
pauses = some.one_of(some.integers(0, 2_000), some.integers(0, 90_000), some.integers(0, 30_000_000))
waves = some.lists(some.tuples(pauses, costs), max_size=40)
sizes = some.builds(
    Limits,
    some.integers(1, 20),
    some.none() | some.integers(1, 30),
    some.integers(1, 100),
    some.none() | some.integers(1, 200),
    some.integers(1, 5),
)


def seconds(text: str) -> float:
    """What a reset header says."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    assert re.fullmatch(r"((\d+h)?\d+m)?\d+(\.\d{1,3})?s|\d+ms", text), text
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))


class Reference:
    """The same law in other words, and exact: a limit is a row of appointments, `limit` of them in a period.

    A request books as many as it costs, from now on or from the end of the row; the row may be a period long.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = {name: limit for name in COUNTS if (limit := getattr(limits, name)) is not None}
        self.ends = dict.fromkeys(self.limits, Fraction(0))

    def booked(self, name: str, amount: int, now: Fraction) -> Fraction:
        return max(self.ends[name], now) + Fraction(amount * PERIODS[name], self.limits[name])

    def takes(self, cost: Cost, now: Fraction) -> bool:
        def short(name: str) -> bool:
            amount = cost[COUNTS[name]]
            return amount > 0 and self.booked(name, amount, now) - now > PERIODS[name] + Fraction(LATE)

        refused = any(map(short, self.limits))
        counted = [name for name in self.limits if not refused or COUNTS[name] == "requests"]
        if not refused or not any(map(short, counted)):
            for name in counted:
                self.ends[name] = self.booked(name, cost[COUNTS[name]], now)
        return not refused


@settings(max_examples=500)
@given(sizes, waves)
def test_what_is_let_through_is_what_the_reference_lets_through(size: Limits, wave: Wave) -> None:
    account, reference, now = Account(size), Reference(size), 0
    for pause, cost in wave:
        now += pause
        assert (account.spend(cost, now / 1000) is None) is reference.takes(cost, Fraction(now, 1000))


@given(sizes, waves)
def test_in_no_span_of_time_more_is_let_through_than_was_there_and_came_back(size: Limits, wave: Wave) -> None:
    account, now = Account(size), NOW
    taken: list[tuple[float, Cost]] = []
    for pause, cost in wave:
        now += pause / 1000
        if account.spend(cost, now) is None:
            taken.append((now, cost))
    for name, limit in Reference(size).limits.items():
        for first in range(len(taken)):
            used = 0
            for at, cost in taken[first:]:
                used += cost[COUNTS[name]]
                assert used <= limit * (1 + (at - taken[first][0]) / PERIODS[name]) + 1e-6


@given(sizes, waves)
def test_a_refusal_names_a_limit_without_room_and_takes_at_most_a_request(size: Limits, wave: Wave) -> None:
    account, now = Account(size), NOW
    for pause, cost in wave:
        now += pause / 1000
        for budget in account.budgets:
            budget.settle(now)
        before = {budget.called: budget.used for budget in account.budgets}
        shortage = account.spend(cost, now)
        if shortage is None:
            continue
        lacking = shortage.budget
        assert before[lacking.called] + shortage.amount > lacking.limit
        assert shortage.amount == cost[lacking.counts] > 0
        assert (shortage.wait is None) is any(cost[each.counts] > each.limit for each in account.budgets)
        after = {budget.called: budget.used for budget in account.budgets}
        more = {budget.counts for budget in account.budgets if after[budget.called] != before[budget.called]}
        assert more <= ({"requests"} if lacking.counts != "requests" else set())


@given(sizes, waves)
def test_who_waits_as_long_as_told_is_let_through(size: Limits, wave: Wave) -> None:
    account, call, now = Account(size), understand(chat()), NOW
    for pause, cost in wave:
        now += pause / 1000
        shortage = account.spend(cost, now)
        if shortage is None or shortage.wait is None:
            continue
        told = dict(refusal(shortage, call).headers)
        assert int(told["retry-after"]) >= int(told["retry-after-ms"]) / 1000 > int(told["retry-after"]) - 1
        now += int(told["retry-after-ms"]) / 1000
        assert account.spend(cost, now) is None


@given(some.integers(0, 40), some.integers(0, 5_000), some.booleans())
def test_the_headers_add_up(asked: int, pause: int, enforced: bool) -> None:
    clock = ManualClock()
    limit, sent = RateLimit("rpm=7,rpd=30,tpm=100,ipm=3" if enforced else None), understand(chat("a b", n=3))
    for _ in range(asked):
        clock.advance(pause / 1000)
        try:
            limit.spend(sent, clock.now())
        except RateLimited:
            assert enforced
    told = dict(limit.headers(sent, ("requests", "tokens", "input-images"), clock.now()))
    for name in ("requests", "tokens", "input-images"):
        budget = limit.account(sent).shown(name, clock.now())
        left = int(told[f"x-ratelimit-remaining-{name}"])
        assert told[f"x-ratelimit-limit-{name}"] == str(budget.limit)
        assert left == int(budget.limit - budget.used + 1e-9) >= 0
        reset = seconds(told[f"x-ratelimit-reset-{name}"])
        assert reset == pytest.approx(budget.used * budget.period / budget.limit, abs=0.0006)
        if budget.used:
            budget.settle(clock.now() + reset + 0.001)
            assert budget.remaining == budget.limit, "reset is when all is back"


@given(sizes, waves)
def test_a_limit_that_is_not_enforced_refuses_nothing(size: Limits, wave: Wave) -> None:
    account = Account(size, enforced=False)
    assert all(account.spend(cost, 1000.0) is None for _, cost in wave)
    assert all(budget.used <= budget.limit for budget in account.budgets)


def test_a_clock_that_is_put_back_takes_nothing_away() -> None:
    account = Account(Limits(10, tpm=10))
    for now in (100.0, 50.0):
        assert account.spend({"requests": 1, "tokens": 1}, now) is None
    assert [account.shown(name, 50.0).remaining for name in ("requests", "tokens")] == [8, 8]


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


# -- what the headers tell of


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("free", ("200", "199", "7m12s")),  # of 3 a minute and 200 a day, as a free account is told
        ("tier-1", ("500", "499", "120ms")),
        ("rpm=500,rpd=10000", ("10000", "9999", "8.64s")),  # as recorded of gpt-4o-mini in tier 1
        ("rpm=1,rpd=10000", ("1", "0", "1m0s")),  # nothing left of the minute is nearer than one of the day
    ],
)
def test_headers_tell_of_the_limit_that_is_nearest(limits: str, told: tuple[str, ...]) -> None:
    reply = ask(MockAI(rate_limit=limits, clock=ManualClock()), chat())
    assert tuple(reply.header(f"x-ratelimit-{what}-requests") for what in ("limit", "remaining", "reset")) == told


def test_a_chat_with_pictures_tells_of_them() -> None:
    shown = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    sent = chat(model="gpt-4o", messages=[{"role": "user", "content": [{"type": "text", "text": "what?"}, shown]}])
    mock = MockAI(clock=ManualClock())
    assert ask(mock, sent).header("x-ratelimit-remaining-input-images") == "249999"
    assert ask(mock, chat()).header("x-ratelimit-remaining-input-images") is None


def test_azure_renews_in_whole_seconds() -> None:
    mock = MockAI(rate_limit="rpm=600,rpd=48", clock=ManualClock())
    sent = chat()
    reply = ask(mock, Request("POST", "/openai/deployments/mine/chat/completions", "", sent.headers, sent.body))
    told = [reply.header(f"x-ratelimit-{what}-requests") for what in ("limit", "reset", "renewalperiod")]
    assert told == ["48", "1800", "86400"]


# -- refusals


def picture(n: int) -> Request:
    return request("/v1/images/generations", model="gpt-image-1", prompt="a cat", n=n)


REFUSALS: dict[str, tuple[str, list[Request]]] = {
    "requests": ("rpm=2", [chat()] * 3),
    "requests-day": ("rpm=9,rpd=2", [chat()] * 3),
    "tokens": ("tpm=100", [chat(max_completion_tokens=80)] * 2),
    "tokens-day": ("tpd=100", [chat(max_completion_tokens=80)] * 2),
    "images": ("ipm=2", [picture(2), picture(1)]),
    "too-large": ("tpm=50", [chat(max_completion_tokens=100)]),
    "snapshot": ("rpm=1", [chat(model="gpt-4o-mini"), chat(model="gpt-4o-mini-2024-07-18")]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_what_ran_out_and_when_to_come_back(name: str, golden: Callable[[str, object], None]) -> None:
    limits, sent = REFUSALS[name]
    clock = ManualClock()
    mock = MockAI(rate_limit=limits, clock=clock)
    *before, refused = [ask(mock, each) for each in sent]
    assert [reply.status for reply in before] == [200] * len(before)
    assert refused.status == 429
    assert refused.header("x-should-retry") is None  # the API's own refusal, which a client should sit out
    error = json.loads(refused.content)["error"]
    assert (error["code"], error["param"]) == ("rate_limit_exceeded", None)
    wait = refused.header("retry-after-ms")
    golden(f"ratelimit-{name}", f"{error['type']} · {refused.header('retry-after')} · {wait}\n{error['message']}")
    if wait is not None:
        clock.advance(int(wait) / 1000 - 0.01)
        assert ask(mock, sent[-1]).status == 429
        clock.advance(0.01 if error["type"] == "requests" else int(wait) / 1000)
        assert ask(mock, sent[-1]).status == 200
    mock.verify()


def test_a_request_that_is_too_large_leaves_the_tokens_and_costs_a_request() -> None:
    mock = MockAI(rate_limit="rpm=200,tpm=50", clock=ManualClock())
    refused = ask(mock, chat(max_completion_tokens=100))
    told = [refused.header(f"x-ratelimit-{what}") for what in ("remaining-requests", "reset-requests")]
    assert told == ["199", "300ms"]  # to the letter what was recorded
    assert (refused.header("x-ratelimit-remaining-tokens"), refused.header("x-ratelimit-reset-tokens")) == ("50", "0s")
    assert (refused.header("retry-after"), refused.header("retry-after-ms")) == (None, None)


def test_who_keeps_asking_for_too_many_tokens_runs_out_of_requests() -> None:
    mock = MockAI(rate_limit="rpm=3,tpm=100", clock=ManualClock())
    told = [ask(mock, chat(max_completion_tokens=80)) for _ in range(4)]
    kinds = [json.loads(reply.content).get("error", {}).get("type") for reply in told]
    assert kinds == [None, "tokens", "tokens", "requests"]


def test_a_request_that_is_refused_for_its_shape_has_been_counted() -> None:
    mock = MockAI(rate_limit="rpm=10", clock=ManualClock())
    refused = ask(mock, chat(temperature="hot"))
    assert (refused.status, refused.header("x-ratelimit-remaining-requests")) == (400, "9")
    nobody = Request("POST", "/v1/chat/completions", "", (("content-type", "application/json"),), chat().body)
    assert ask(mock, nobody).status == 401
    assert ask(mock, chat()).header("x-ratelimit-remaining-requests") == "8"


@pytest.mark.parametrize(
    ("sent", "told"),
    [(chat(n=0), True), (request("/v1/responses", model="gpt-5", input=5), False)],
)
def test_a_service_without_a_gateway_tells_nothing_with_its_400(sent: Request, told: bool) -> None:
    refused = ask(MockAI(clock=ManualClock()), sent)
    assert (refused.status, left(refused) is not None) == (400, told)


def test_the_organization_of_the_request_is_named() -> None:
    sent = chat()
    own = Request(sent.method, sent.path, "", (*sent.headers, ("openai-organization", "org-acme")), sent.body)
    told = refusal(Shortage(ratelimit.Budget(3), 1, 1.0), understand(own))
    assert " for gpt-5 in organization org-acme on requests per min (RPM): Limit 3, " in told.message


# -- whose limit it is


def by(key: str, **body: object) -> Request:
    sent = chat(**body)
    return Request(sent.method, sent.path, "", (("authorization", f"Bearer {key}"), *sent.headers[1:]), sent.body)


def left(reply: Reply) -> str | None:
    return reply.header("x-ratelimit-remaining-requests")


def test_each_key_has_its_own_budget_for_each_model_and_snapshots_share_it() -> None:
    mock = MockAI(rate_limit="rpm=10", clock=ManualClock())
    mini = {"model": "gpt-4o-mini"}
    assert [left(ask(mock, by("sk-one", **mini))) for _ in range(2)] == ["9", "8"]
    assert left(ask(mock, by("sk-two", **mini))) == "9"
    assert left(ask(mock, by("sk-one", model="gpt-4o"))) == "9"
    assert left(ask(mock, by("sk-one", model="gpt-4o-mini-2024-07-18"))) == "7"
    assert "sk-one" not in repr(mock.limit.accounts)
    mock.reset()
    assert left(ask(mock, by("sk-one", **mini))) == "9"


def test_a_model_that_no_rule_names_is_counted_and_never_refused() -> None:
    mock = MockAI(rate_limit="gpt-4o*:rpm=1;gpt-5:rpm=2", clock=ManualClock())
    assert [ask(mock, chat(model="gpt-4o")).status for _ in range(2)] == [200, 429]
    assert [ask(mock, chat()).status for _ in range(3)] == [200, 200, 429]
    assert [left(ask(mock, chat(model="gpt-4.1"))) for _ in range(2)] == ["9999", "9998"]


def test_keys_without_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "MOST_ACCOUNTS", 3)
    limit = RateLimit("rpm=1")
    for key in ("a", "b", "c", "a", "d"):  # b is the one that has been away longest
        limit.account(understand(by(key)))
    assert len(limit.accounts) == 3
    limit.account(understand(by("a"))).spend({"requests": 1}, NOW)
    with pytest.raises(RateLimited):
        limit.spend(understand(by("a")), NOW)


# -- time


def test_an_hour_passes_in_a_moment() -> None:
    clock = ManualClock()
    mock = MockAI(rate_limit="rpm=30,rpd=1500", clock=clock)
    sent, hour = chat(), []
    for _ in range(3600):
        hour.append(ask(mock, sent).status)
        clock.advance(1.0)
    assert set(hour) == {200, 429}
    assert hour[:59] == [200] * 59, "30 at once, and every other second one more"
    assert hour[60:120].count(200) == 30
    assert hour.count(200) == 1500 + int(3600 * 1500 / DAY)
    clock.advance(MINUTE)
    assert ask(mock, sent).status == 200
