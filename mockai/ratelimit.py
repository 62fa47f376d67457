"""How many requests and tokens a client may use in a minute, and the headers that say so.

Both budgets refill continuously, as the real ones do (their reset headers say so): a limit of 60 a minute gives one
back each second. So never more than the limit at once, and in a minute never more than what was there and came back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import ConfigError, RateLimited
from .http import Headers

MINUTE = 60.0

# Requests and tokens per minute by usage tier: the order of magnitude of a small chat model's published limits.
TIERS = {
    "free": (3, 40_000),
    "tier-1": (500, 200_000),
    "tier-2": (5_000, 2_000_000),
    "tier-3": (5_000, 4_000_000),
    "tier-4": (10_000, 10_000_000),
    "tier-5": (30_000, 150_000_000),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests (`rpm`) and tokens (`tpm`) per minute."""

    rpm: int = 10_000
    tpm: int = 10_000_000


def limits(text: str) -> Limits:
    """Limits from a tier's name or `rpm=N,tpm=N`. Raises ConfigError for anything else."""
    if text in TIERS:
        return Limits(*TIERS[text])
    pairs = [re.fullmatch(r"\s*(rpm|tpm)\s*=\s*([1-9]\d*)\s*", pair) for pair in text.split(",")]
    if not all(pairs):
        raise ConfigError(f"Not a rate limit: {text!r}. Give a tier ({', '.join(TIERS)}) or rpm=N,tpm=N.")
    return Limits(**{match[1]: int(match[2]) for match in pairs if match})


def duration(seconds: float) -> str:
    """Seconds as the API's reset headers write them: `12ms`, `1.5s`, `6m0s`, `1h0m2s`."""
    whole = round(seconds * 1000)
    if whole < 1000:
        return f"{whole}ms" if whole else "0s"
    minutes, rest = divmod(whole, 60_000)
    tail = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if not minutes:
        return tail
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{tail}" if hours else f"{minutes}m{tail}"


@dataclass(slots=True)
class Budget:
    """One allowance that refills continuously up to `limit` within a minute."""

    limit: int
    used: float = 0.0
    seen: float = 0.0

    def settle(self, now: float) -> None:
        """Give back what the time since the last look has refilled; a clock that was put back refills nothing."""
        self.used = max(0.0, self.used - max(0.0, now - self.seen) * self.limit / MINUTE)
        self.seen = now

    @property
    def remaining(self) -> int:
        """What is left, in whole units."""
        return max(0, int(self.limit - self.used + 1e-9))

    @property
    def reset(self) -> float:
        """Seconds until the budget is full again."""
        return self.used * MINUTE / self.limit


@dataclass(slots=True)
class RateLimit:
    """The budgets of one scope. `enforced` off: the headers count, and nothing is ever refused."""

    limits: Limits = field(default_factory=Limits)
    enforced: bool = False
    requests: Budget = field(init=False)
    tokens: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.requests, self.tokens = Budget(self.limits.rpm), Budget(self.limits.tpm)

    def spend(self, tokens: int, now: float) -> None:
        """Take a request and `tokens` tokens at unix time `now`. Raises RateLimited, and takes nothing, if refused."""
        wanted = ((self.requests, 1, "requests", "RPM"), (self.tokens, tokens, "tokens", "TPM"))
        for budget, amount, name, short in wanted:
            budget.settle(now)
            over = budget.used + amount - budget.limit
            if self.enforced and over > 1e-9:
                raise _refusal(budget, amount, name, short, over)
        for budget, amount, _, _ in wanted:
            budget.used += amount

    def headers(self, names: Sequence[str] = ("requests", "tokens"), *, whole: bool = False) -> Headers:
        """The `x-ratelimit-*` headers of what `names` tells of; `whole` writes bare seconds, as Azure does."""
        limits, remaining, resets = [], [], []
        for name in names:
            budget = self.requests if name == "requests" else self.tokens
            reset = budget.reset
            limits.append((f"x-ratelimit-limit-{name}", str(budget.limit)))
            remaining.append((f"x-ratelimit-remaining-{name}", str(budget.remaining)))
            resets.append((f"x-ratelimit-reset-{name}", str(int(reset)) if whole else duration(reset)))
        return (*limits, *remaining, *resets)


def _refusal(budget: Budget, amount: int, name: str, short: str, over: float) -> RateLimited:
    """What the API says to `over` too much; a request larger than the whole limit is not told to try again."""
    used = f"Limit {budget.limit}, Used {round(budget.used)}, Requested {amount}"
    if amount > budget.limit:
        return RateLimited(
            f"Request too large: {name} per min ({short}): {used}. Make the input or the output asked for smaller.",
            type=name,
            code="rate_limit_exceeded",
        )
    wait = over * MINUTE / budget.limit
    return RateLimited(
        f"Rate limit reached on {name} per min ({short}): {used}. Please try again in {duration(wait)}.",
        type=name,
        code="rate_limit_exceeded",
        headers=(
            ("retry-after-ms", str(max(1, math.ceil(wait * 1000)))),
            ("retry-after", str(math.ceil(wait))),
        ),
    )
