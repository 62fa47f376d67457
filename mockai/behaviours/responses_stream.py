"""A response as a stream of events: what happens to it, to its items, and to their parts, in the API's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from .. import tokens
from ..dice import dice, token
from .responses_hosted import BY_ITEM, LISTING

BLOCK = 16
"""A delta and its obfuscation together are a multiple of this many characters: padding hides how long a token is."""

ENDS = frozenset(("completed", "incomplete", "failed"))
"""Statuses that an event tells of; nothing more comes from a response that was cancelled."""

Event: TypeAlias = dict[str, Any]


def events(
    begun: Mapping[str, Any],
    final: Mapping[str, Any],
    *,
    pieces: Sequence[str] | None = None,
    model: str,
    padded: bool = True,
) -> list[Event]:
    """All events of a response, numbered from 0: from `begun` to `final`, its body at the end.

    `pieces` are the cuts in its words (by tokens of `model` where there are none); `padded` hides their lengths.
    """
    rng = dice("obfuscation", final["id"]) if padded else None
    found = _all(begun, final, pieces, model, rng)
    return [{"type": event.pop("type"), **_sorted({**event, "sequence_number": n})} for n, event in enumerate(found)]


def _all(
    begun: Mapping[str, Any],
    final: Mapping[str, Any],
    pieces: Sequence[str] | None,
    model: str,
    rng: Random | None,
) -> Iterator[Event]:
    if begun["status"] == "queued":
        yield {"type": "response.created", "response": begun}
        yield {"type": "response.queued", "response": begun}
    else:
        yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": {**begun, "status": "in_progress"}}
    for index, item in enumerate(final["output"]):
        where = {"item_id": item.get("id", ""), "output_index": index}
        told = TOLD.get(item["type"])
        early, between = told(item, where, _cutter(pieces, model, rng)) if told else _hosted(item, where, model, rng)
        yield {"type": "response.output_item.added", "item": {**item, **early}, "output_index": index}
        yield from between
        yield {"type": "response.output_item.done", "item": item, "output_index": index}
    if final["status"] in ENDS:
        yield {"type": f"response.{final['status']}", "response": final}


Cutter: TypeAlias = "Callable[[str, bool], Iterator[Event]]"
Told: TypeAlias = "Callable[[Event, Event, Cutter], tuple[Event, Iterator[Event]]]"
"""What an item has at first in place of what it has in the end, and the events between the two."""


def _cutter(pieces: Sequence[str] | None, model: str, rng: Random | None) -> Cutter:
    """Cuts a text into deltas; only the words of a message (`words`) have cuts of their own."""

    def cut(text: str, words: bool) -> Iterator[Event]:
        own = pieces is not None and words and "".join(pieces) == text
        for piece in pieces if own and pieces is not None else tokens.split(text, model):
            yield _padded({"delta": piece}, rng)

    return cut


def _padded(delta: Event, rng: Random | None) -> Event:
    return delta if rng is None else {**delta, "obfuscation": token(rng, -len(delta["delta"]) % BLOCK)}


def _message(item: Event, where: Event, cut: Cutter) -> tuple[Event, Iterator[Event]]:
    def between() -> Iterator[Event]:
        for place, part in enumerate(item["content"]):
            here = {**where, "content_index": place}
            refused = part["type"] == "refusal"
            empty = {"refusal": ""} if refused else {"annotations": [], "logprobs": [], "text": ""}
            yield {"type": "response.content_part.added", "part": {**part, **empty}, **here}
            yield from _refusal(part, here, cut) if refused else _text(part, here, cut)
            yield {"type": "response.content_part.done", "part": part, **here}

    return {"content": [], "status": "in_progress"}, between()


def _refusal(part: Event, here: Event, cut: Cutter) -> Iterator[Event]:
    for delta in cut(part["refusal"], False):
        yield {"type": "response.refusal.delta", "delta": delta["delta"], **here}
    yield {"type": "response.refusal.done", "refusal": part["refusal"], **here}


def _text(part: Event, here: Event, cut: Cutter) -> Iterator[Event]:
    heard = list(part.get("logprobs") or ())
    for delta in cut(part["text"], True):
        now = _heard(heard, delta["delta"])
        yield {"type": "response.output_text.delta", "logprobs": now, **delta, **here}
    for place, note in enumerate(part.get("annotations") or ()):
        yield {
            "type": "response.output_text.annotation.added",
            "annotation": note,
            "annotation_index": place,
            **here,
        }
    said = [_bare(each) for each in part.get("logprobs") or ()]
    yield {"type": "response.output_text.done", "logprobs": said, "text": part["text"], **here}


def _heard(left: list[Event], piece: str) -> list[Event]:
    """The log probabilities of the tokens that make up a piece, taken from what is `left` of them."""
    out: list[Event] = []
    size = len(piece.encode())
    while left and size > 0:
        size -= len(left[0]["bytes"])
        out.append(_bare(left.pop(0)))
    return out


def _bare(entry: Event) -> Event:
    """A log probability as events tell it: without bytes."""
    top = [{"token": each["token"], "logprob": each["logprob"]} for each in entry["top_logprobs"]]
    return {"token": entry["token"], "logprob": entry["logprob"], "top_logprobs": top}


def _called(name: str, field: str) -> Told:
    def told(item: Event, where: Event, cut: Cutter) -> tuple[Event, Iterator[Event]]:
        def between() -> Iterator[Event]:
            for delta in cut(item[field], False):
                yield {"type": f"response.{name}.delta", **delta, **where}
            yield {"type": f"response.{name}.done", field: item[field], **where}

        return {field: "", "status": "in_progress"}, between()

    return told


def _reasoning(item: Event, where: Event, cut: Cutter) -> tuple[Event, Iterator[Event]]:
    def between() -> Iterator[Event]:
        for place, part in enumerate(item.get("summary") or ()):
            here = {**where, "summary_index": place}
            yield {"type": "response.reasoning_summary_part.added", "part": {**part, "text": ""}, **here}
            for delta in cut(part["text"], False):
                yield {"type": "response.reasoning_summary_text.delta", **delta, **here}
            yield {"type": "response.reasoning_summary_text.done", "text": part["text"], **here}
            yield {"type": "response.reasoning_summary_part.done", "part": part, **here}

    return {"summary": []}, between()


TOLD: Mapping[str, Told] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _called("function_call_arguments", "arguments"),
    "custom_tool_call": _called("custom_tool_call_input", "input"),
}
"""How the items are told of that the model writes itself."""


def _hosted(item: Event, where: Event, model: str, rng: Random | None) -> tuple[Event, Iterator[Event]]:
    known = BY_ITEM.get(item["type"])
    early: Event = {"status": "in_progress"} if "status" in item else {}
    early |= dict(known.early or {}) if known else {"tools": []} if item["type"] == LISTING else {}
    steps = known.events if known else ("in_progress", "completed") if item["type"] == LISTING else ()

    def between() -> Iterator[Event]:
        for name in steps:
            yield from _step(item, name, where, model, rng)

    return early, between()


def _step(item: Event, name: str, where: Event, model: str, rng: Random | None) -> Iterable[Event]:
    """The events of one step of a hosted tool: its code and its arguments come in deltas."""
    start = f"response.{item['type']}"
    if name == "code":
        deltas = (_padded({"delta": piece}, rng) for piece in tokens.split(item["code"], model))
        yield from ({"type": f"{start}_code.delta", **delta, **where} for delta in deltas)
        yield {"type": f"{start}_code.done", "code": item["code"], **where}
    elif name == "arguments":
        yield {"type": f"{start}_arguments.delta", **_padded({"delta": item["arguments"]}, rng), **where}
        yield {"type": f"{start}_arguments.done", "arguments": item["arguments"], **where}
    else:
        yield {"type": f"{start}.{name}", **where}


def _sorted(event: Event) -> Event:
    return {name: event[name] for name in sorted(event)}
