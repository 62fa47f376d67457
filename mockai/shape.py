"""What every answer of the mock's own wears: its pace, and the headers that say who answered and what remains."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from .call import Call, Decision
from .http import Headers, Reply
from .ongoing import Ongoing
from .timeline import Pace, joined

if TYPE_CHECKING:
    from .mock import MockAI
    from .ratelimit import RateLimit


def shaped(mock: MockAI, call: Call, decision: Decision, now: float) -> Reply:
    """The answer that was decided on as the client hears it; a recording keeps its own headers and pieces."""
    reply = decision.answer
    assert isinstance(reply, Reply)
    told: Headers = (("x-mockai-source", decision.source), ("x-mockai-exchange", str(call.number)))
    if reply.status == 0:
        return Reply(0, told, reply.body)
    if decision.source == "cassette":
        return Reply(reply.status, reply.headers + told, reply.body, reply.after)
    body, worn = reply.body, _worn()(call, reply.status, mock.limit, now)
    if isinstance(body, Ongoing):
        return Reply(reply.status, (*reply.headers, *worn, *told), body, reply.after)
    if (mock.ttft or mock.tps) and not any(chunk.after for chunk in body):
        body = Pace(mock.ttft, 1 / mock.tps if mock.tps else 0.0, mock.jitter, call.seed + call.number)(body)
    if len(reply.headers) > 1:  # most answers name their media type, and nothing that others wear
        own = {name for name, _ in reply.headers}
        worn = tuple([pair for pair in worn if pair[0] not in own])
    body = body if mock.exact_pieces else joined(body)
    return Reply(reply.status, reply.headers + worn + told, body, reply.after, reply.gist)


@cache
def _worn() -> Callable[[Call, int, RateLimit, float], Headers]:
    """What clothes an answer: imported for the first that is made, as a replay wears what was recorded."""
    from .services import worn

    return worn
