"""What every answer of the mock's own wears: its pace, and the headers that say who answered and what remains."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from .call import Call, Decision
from .dice import HEX, dice, token
from .http import Headers, Reply
from .ratelimit import RateLimit
from .timeline import Pace, joined

if TYPE_CHECKING:
    from .mock import MockAI

VERSION = "2020-10-01"  # the value of openai-version on every recorded answer since 2020


def shaped(mock: MockAI, call: Call, decision: Decision, now: float) -> Reply:
    """The answer that was decided on as the client hears it; a recording keeps its own headers and pieces."""
    reply = decision.answer
    assert isinstance(reply, Reply)
    told: Headers = (("x-mockai-source", decision.source), ("x-mockai-exchange", str(call.number)))
    if decision.source == "cassette":
        return Reply(reply.status, reply.headers + told, reply.body, reply.after)
    body = reply.body
    if (mock.ttft or mock.tps) and not any(chunk.after for chunk in body):
        body = Pace(mock.ttft, 1 / mock.tps if mock.tps else 0.0, mock.jitter, call.seed + call.number)(body)
    own = {name for name, _ in reply.headers}
    worn = tuple(pair for pair in identity(call, mock.limit, now) if pair[0] not in own)
    body = body if mock.exact_pieces else joined(body)
    return Reply(reply.status, reply.headers + worn + told, body, reply.after)


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
