"""Lifecycles: the statuses a stored object passes through, and what moves it on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from .errors import ConfigError
from .value import value

if TYPE_CHECKING:
    from .resources import Resource

Move: TypeAlias = "Callable[[Resource, float], Move | None]"
"""One step of a lifecycle: changes the resource, at a unix time in seconds, and gives the step after it, or None."""

POLL_AFTER_MS = 10
"""What a client is told to wait between two looks where no clock says more: the least that is still a pause."""


@value(frozen=True, slots=True)
class Lifecycle:
    """When objects move on: after `looks` requests for them, or after `seconds`, each step; at once if both are 0.

    The answer that creates an object always shows its first status, as the API's does; "at once" is before the next
    request, whatever that asks for.
    """

    looks: int = 0
    seconds: float = 0.0


def lifecycle(text: str) -> Lifecycle:
    """A Lifecycle from `instant`, `looks=N` or `seconds=S`. Raises ConfigError for anything else."""
    if text == "instant":
        return Lifecycle()
    if found := re.fullmatch(r"looks=([1-9]\d{0,5})", text):
        return Lifecycle(looks=int(found[1]))
    if (found := re.fullmatch(r"seconds=(\d{1,9}(?:\.\d+)?)", text)) and float(found[1]) > 0:
        return Lifecycle(seconds=float(found[1]))
    raise ConfigError(f"Not a lifecycle: {text!r}. Give instant, looks=N, or seconds=S (more than 0), such as looks=2.")


def through(*statuses: str) -> Move | None:
    """The steps that lead through `statuses`; each notes when in `{status}_at`, where the object has such a field."""
    if not statuses:
        return None

    def move(resource: Resource, now: float) -> Move | None:
        enter(resource, statuses[0], now)
        return through(*statuses[1:])

    return move


def enter(resource: Resource, status: str, now: float) -> None:
    """Give a resource a status, and note when: in `{status}_at`, and `started_at` for work that begins."""
    resource.value["status"] = status
    for name in (f"{status}_at", "started_at" if status == "in_progress" else ""):
        if name in resource.value:
            resource.value[name] = int(now)
