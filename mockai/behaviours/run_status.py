"""Where a run stands: which statuses keep its thread busy, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..resources import Resource
from . import Mock

PLACE = "/threads/{thread_id}/runs"
WAITING = ("queued", "in_progress", "requires_action")
ACTIVE = (*WAITING, "cancelling")
"""Statuses that keep a thread busy."""

LASTS = 600
"""Seconds until a run that has not ended expires."""

ENDS = {"completed": "completed_at", "incomplete": "completed_at", "failed": "failed_at", "cancelled": "cancelled_at"}
"""The field that notes when a run came to an end; that of one which has expired is when it was to expire."""

Tell: TypeAlias = "Callable[[str, Mapping[str, Any]], None]"
"""Hears the name of an event of a run and the object it is about, as it is at that moment."""


def silent(_name: str, _value: Mapping[str, Any]) -> None:
    """What hears the events of a run that nobody streams."""


def active(thread: Resource, mock: Mock) -> Resource | None:
    """The run that keeps a thread busy, if there is one."""
    runs = [current(run, mock) for run in mock.resources.all(f"{thread.path}/runs")]
    return next((run for run in runs if run.value["status"] in ACTIVE), None)


def current(run: Resource, mock: Mock) -> Resource:
    """A run as it is now: expired, if its time is over."""
    value = run.value
    if not run.conjured and value["status"] in WAITING and mock.clock.now() >= value["expires_at"]:
        end(run, "expired", value["expires_at"], mock)
    return run


def cancelled(mock: Mock) -> Callable[[Resource, float], None]:
    """The last step of a run that is to be cancelled."""
    return lambda run, now: end(run, "cancelled", now, mock)


def end(run: Resource, status: str, now: float, mock: Mock, tell: Tell = silent, **why: Any) -> None:
    """End a run, and the step it was about, at a unix time; `why` are the fields that say more about it."""
    mock.resources.set_out(run, None)
    for step in mock.resources.all(f"{run.path}/steps"):
        if step.value["status"] == "in_progress":
            step.value |= {"status": status, f"{status}_at": int(now)}
            tell(f"thread.run.step.{status}", step.value)
    value = run.value
    value |= {"status": status, "required_action": None, "usage": spent(run), **why}
    if status in ENDS:
        value |= {ENDS[status]: int(now), "expires_at": None}
    tell(f"thread.run.{status}", value)


def spent(run: Resource) -> dict[str, int]:
    """The tokens that a run has used so far."""
    return dict(run.private.get("usage") or dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0))
