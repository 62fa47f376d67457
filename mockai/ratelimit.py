"""Budgets of requests, tokens and pictures: what they let through, what the headers say of them, and how they refuse.

A budget refills continuously, as the real ones do (their reset headers say so): 60 requests a minute give one back
each second. So never more than the limit at once, and in any span of time never more than was there and came back.
Each key has its own for each model, which the snapshots of a model share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .call import Call
from .costs import COSTS, Cost, cost, model_of
from .errors import RateLimited
from .http import Headers
from .keys import given_key
from .limits import Limits, Rule, group, rules

ORGANIZATION_ID = "org-mockai"

MINUTE, DAY = 60.0, 86_400.0
MOST_ACCOUNTS = 10_000
"""How many keys and models are told apart; beyond that, who has been away longest begins anew."""

LATE = 1e-6
"""Seconds too early that a request may be: unix times are no finer."""

# Limit, what it counts, how a refusal calls it, its period: the first that has no room is the one that refuses.
_BUDGETS = (
    ("rpm", "requests", "requests per min (RPM)", MINUTE),
    ("rpd", "requests", "requests per day (RPD)", DAY),
    ("tpm", "tokens", "tokens per min (TPM)", MINUTE),
    ("tpd", "tokens", "tokens per day (TPD)", DAY),
    ("ipm", "input-images", "input-images per min", MINUTE),
)


_HEADERS = {
    counts: tuple(f"x-ratelimit-{what}-{counts}" for what in ("limit", "remaining", "reset", "renewalperiod"))
    for _, counts, _, _ in _BUDGETS
}


def duration(seconds: float) -> str:
    """Seconds as the API's reset headers write them: `12ms`, `1.5s`, `6m0s`, `1h0m2s`."""
    whole = round(seconds * 1000)
    if whole < 1000:
        return f"{whole}ms" if whole else "0s"
    rest, fraction = divmod(whole, 1000)
    minutes, seconds = divmod(rest, 60)
    tail = f"{seconds}.{fraction:03}".rstrip("0") + "s" if fraction else f"{seconds}s"
    if not minutes:
        return tail
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{tail}" if hours else f"{minutes}m{tail}"


@dataclass(slots=True)
class Budget:
    """One allowance that refills continuously up to `limit` within `period` seconds."""

    limit: int
    counts: str = "requests"
    called: str = "requests per min (RPM)"
    period: float = MINUTE
    used: float = 0.0
    seen: float = 0.0

    def settle(self, now: float) -> None:
        """Give back what the time since the last look has refilled; a clock that was put back refills nothing."""
        if now == self.seen:  # as it mostly is: what a request spends, its answer tells of
            return
        if self.used:
            self.used = max(0.0, self.used - max(0.0, now - self.seen) * self.limit / self.period)
        self.seen = now

    def take(self, amount: int, now: float) -> None:
        """Use `amount`; of more than there is, what there is."""
        self.settle(now)
        used = self.used + amount
        self.used = used if used < self.limit else float(self.limit)

    def wait(self, amount: int) -> float:
        """Seconds until there is room for `amount`, 0 if there is."""
        return max(0.0, (self.used + amount - self.limit) * self.period / self.limit)

    @property
    def remaining(self) -> int:
        """What is left, in whole units."""
        left = int(self.limit - self.used + 1e-9)
        return left if left > 0 else 0

    @property
    def reset(self) -> float:
        """Seconds until the budget is full again."""
        return self.used * self.period / self.limit


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a request is refused: the budget without room for `amount`, and when to come back, in seconds, or never."""

    budget: Budget
    amount: int
    wait: float | None


@dataclass(slots=True)
class Account:
    """What one key may use of one model. `enforced` off: it counts, and refuses nothing."""

    limits: Limits = field(default_factory=Limits)
    enforced: bool = True
    budgets: tuple[Budget, ...] = field(init=False)
    counting: dict[str, list[Budget]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.budgets = tuple([Budget(*figures) for figures in _figures(self.limits)])
        for budget in self.budgets:
            self.counting.setdefault(budget.counts, []).append(budget)

    def spend(self, cost: Cost, now: float) -> Shortage | None:
        """Take what a request costs at unix time `now`, or say why not.

        A refusal costs the request alone, if there is room for one, as recorded headers tell: who keeps asking for
        too many tokens runs out of requests.
        """
        asked = [(budget, amount) for budget in self.budgets if (amount := cost.get(budget.counts))]
        lacking = _lacking(asked, now) if self.enforced else None
        if lacking is None:
            for budget, amount in asked:
                budget.take(amount, now)
            return None
        taken = [pair for pair in asked if pair[0].counts == "requests"]
        if not any(budget.wait(amount) > LATE for budget, amount in taken):
            for budget, amount in taken:
                budget.take(amount, now)
        budget, amount = lacking
        never = amount > budget.limit
        return Shortage(budget, amount, None if never else max(budget.wait(amount) for budget, amount in asked))

    def shown(self, counts: str, now: float) -> Budget:
        """The budget that the headers tell of: the one that keeps a client waiting longest, else is full again last.

        So the requests of a day stand before those of a minute, as in recorded headers: 10,000 with 8.64 s to wait.
        """
        budgets = self.counting[counts]
        for budget in budgets:
            budget.settle(now)
        return budgets[0] if len(budgets) == 1 else max(budgets, key=lambda budget: (budget.wait(1), budget.reset))


@lru_cache(256)
def _figures(limits: Limits) -> tuple[tuple[int, str, str, float], ...]:
    """What the budgets of these limits begin with."""
    figures = ((getattr(limits, name), *more) for name, *more in _BUDGETS)
    return tuple((limit, *more) for limit, *more in figures if limit is not None)


def _lacking(asked: Sequence[tuple[Budget, int]], now: float) -> tuple[Budget, int] | None:
    """The budget without room, and for how much: first one that will never have it, then the first that has not now."""
    for budget, _ in asked:
        budget.settle(now)
    for budget, amount in asked:
        if amount > budget.limit:
            return budget, amount
    return next((pair for pair in asked if pair[0].wait(pair[1]) > LATE), None)


class RateLimit:
    """The accounts of one scope. Without a `text` of rules they count, and nothing is ever refused."""

    def __init__(self, text: str | None = None) -> None:
        self.rules = rules(text) if text else ()
        self.accounts: dict[tuple[int, str, Rule | None], Account] = {}
        self.last: tuple[Call, Account] | None = None  # whose headers come next, mostly

    def account(self, call: Call) -> Account:
        """What the key of a call may use of the model it names."""
        if self.last is not None and self.last[0] is call:
            return self.last[1]
        model = model_of(call)
        rule = next((rule for rule in self.rules if rule.covers(model)), None) if self.rules else None
        key = (hash(given_key(call.request)), group(model), rule)  # nothing that a dump could tell of a key
        account = self.accounts.pop(key, None)
        if account is None:
            account = Account(rule.limits(model)) if rule else Account(enforced=False)
        self.accounts[key] = account  # at the end: who stands first has been away longest
        if len(self.accounts) > MOST_ACCOUNTS:
            del self.accounts[next(iter(self.accounts))]
        self.last = (call, account)
        return account

    def spend(self, call: Call, now: float) -> None:
        """Take what a call costs at unix time `now`, if anything. Raises RateLimited if there is no room for it."""
        if call.name not in COSTS:
            return
        shortage = self.account(call).spend(cost(call), now)
        if shortage is not None:
            raise refusal(shortage, call)

    def headers(self, call: Call, names: Sequence[str], now: float) -> Headers:
        """The `x-ratelimit-*` headers that tell a call of `names` (`requests`, `tokens`, `input-images`).

        Azure writes bare seconds, and in how many of them a limit renews.
        """
        if not names:
            return ()
        account, azure = self.account(call), call.azure
        limits, remaining, resets, renewals = [], [], [], []
        for counts in names:
            budget, (limit, left, reset, renewal) = account.shown(counts, now), _HEADERS[counts]
            limits.append((limit, str(budget.limit)))
            remaining.append((left, str(budget.remaining)))
            resets.append((reset, str(int(budget.reset)) if azure else duration(budget.reset)))
            if azure:
                renewals.append((renewal, str(int(budget.period))))
        return (*limits, *remaining, *resets, *renewals)


def refusal(shortage: Shortage, call: Call) -> RateLimited:
    """What the API says of a shortage; a request larger than the whole limit is not told to try again."""
    budget, amount, model = shortage.budget, shortage.amount, model_of(call)
    limit = group(model)
    whose = model if model == limit else f"{model} (for limit {limit})"
    where = f"for {whose} in organization {call.request.header('openai-organization') or ORGANIZATION_ID}"
    if shortage.wait is None:
        return RateLimited(
            f"Request too large {where} on {budget.called}: Limit {budget.limit}, Requested {amount}. "
            "Make the input, or the output asked for, smaller.",
            type=budget.counts,
            code="rate_limit_exceeded",
        )
    wait = max(1, math.ceil(shortage.wait * 1000 - LATE * 500))
    return RateLimited(
        f"Rate limit reached {where} on {budget.called}: Limit {budget.limit}, Used {round(budget.used)}, "
        f"Requested {amount}. Please try again in {duration(wait / 1000)}.",
        type=budget.counts,
        code="rate_limit_exceeded",
        headers=(("retry-after-ms", str(wait)), ("retry-after", str(math.ceil(wait / 1000)))),
    )
