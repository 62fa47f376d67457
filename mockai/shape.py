"""What every answer of the mock's own wears: the headers by which the API says who answered, how fast, what remains."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from .call import Call
from .dice import HEX, dice, token
from .http import Headers
from .ratelimit import RateLimit

VERSION = "2020-10-01"  # the value of openai-version on every recorded answer since 2020


def identity(call: Call, limit: RateLimit, now: float) -> Headers:
    """`date`, `x-request-id` (`req_` and 32 hexadecimal digits), `openai-*`, `x-ratelimit-*`: as the API sends them."""
    rng = dice("identity", call.seed, call.number)
    return (
        ("date", date(int(now))),
        ("openai-version", VERSION),
        ("openai-organization", "mockai"),
        ("openai-processing-ms", str(rng.randint(80, 900))),
        ("x-request-id", "req_" + token(rng, 32, HEX)),
        *limit.headers(),
    )


@lru_cache(maxsize=4)
def date(second: int) -> str:
    """A unix time as HTTP writes it."""
    return formatdate(second, usegmt=True)


def estimate(call: Call) -> int:
    """Tokens a request counts for against the limit: a quarter of its characters, and the output it may ask for.

    The API estimates from the character count and `max_tokens`, too, before it has run the model.
    """
    body = call.body if isinstance(call.body, dict) else {}
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or body.get("max_output_tokens")
    return len(call.request.body) // 4 + (asked if isinstance(asked, int) and asked > 0 else 16)
