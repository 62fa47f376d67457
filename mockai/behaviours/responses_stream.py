"""A response as a stream of events: what happens to it, to its items, and to their parts, in the API's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..dice import dice
from .responses_told import Event, Way, told

ENDS = frozenset(("completed", "incomplete", "failed"))
"""Statuses that an event tells of; nothing more comes from a response that was cancelled."""


def events(
    begun: Mapping[str, Any],
    final: Mapping[str, Any],
    *,
    pieces: Sequence[str] | None = None,
    model: str,
    glimpses: int = 0,
    padded: bool = True,
) -> list[Event]:
    """All events of a response, numbered from 0: from `begun` to `final`, its body at the end.

    `pieces` are the cuts in its words (by tokens of `model` where there are none); `padded` hides their lengths;
    pictures are seen `glimpses` times before they are finished.
    """
    rng = dice("obfuscation", final["id"]) if padded else None
    found = _all(begun, final, Way(model, rng, pieces, glimpses))
    return [{"type": event.pop("type"), **_sorted({**event, "sequence_number": n})} for n, event in enumerate(found)]


def _all(begun: Mapping[str, Any], final: Mapping[str, Any], way: Way) -> Iterator[Event]:
    if begun["status"] == "queued":
        yield {"type": "response.created", "response": begun}
        yield {"type": "response.queued", "response": begun}
    else:
        yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": {**begun, "status": "in_progress"}}
    for index, item in enumerate(final["output"]):
        where = {"item_id": item.get("id", ""), "output_index": index}
        first, between = told(item, where, way)
        yield {"type": "response.output_item.added", "item": first, "output_index": index}
        yield from between
        yield {"type": "response.output_item.done", "item": item, "output_index": index}
    if final["status"] == "failed":
        yield {"type": "error", "error": _error(final["error"])}
    if final["status"] in ENDS:
        yield {"type": f"response.{final['status']}", "response": final}


def _error(told: Mapping[str, Any]) -> Event:
    """What has gone wrong, as an event of its own says it: mistakes in the request have a type and a place."""
    wrong = told["code"] != "server_error"
    kind, param = ("invalid_request_error", "input") if wrong else ("server_error", None)
    return {"type": kind, "code": told["code"], "message": told["message"], "param": param}


def _sorted(event: Event) -> Event:
    return {name: event[name] for name in sorted(event)}
