"""The time and the pieces of an answer: events for people, cuts and delays for machines, and how it ended."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

import orjson

from .. import sse
from ..coding import coded, coding_of, undone
from ..http import Break, Chunk, Reply, Timeline
from .bodies import Reader, Sides, agreed, binary, bytes_of
from .fields import Fields
from .yamltext import FlowDict, FlowList

ENDS = ("complete", "eof", "aborted", "error_event", "idle_timeout")
"""complete: the event that ends such a stream came · eof: it stopped without · aborted: the connection broke ·
error_event: the last word was an error · idle_timeout: it fell silent and stayed open."""
BREAKS = {"close": "aborted", "reset": "aborted", "stall": "idle_timeout"}
TERMINAL = {
    "done", "error", "response.completed", "response.failed", "response.incomplete",
    "response.cancelled", "speech.audio.done", "transcript.text.done",
    "image_generation.completed", "image_edit.completed",
}  # fmt: skip
EVENT = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")


def milliseconds(seconds: Sequence[float]) -> list[int]:
    """Delays as whole milliseconds. The moments are rounded, not the gaps: a thousand short gaps lose nothing."""
    due, last, gaps = 0.0, 0, []
    for delay in seconds:
        due += max(delay, 0.0)
        now = max(round(due * 1000), last)
        gaps.append(now - last)
        last = now
    return gaps


def timed(body: Timeline) -> dict[str, Any]:
    """The keys `ended`, `break`, `cuts` and `delays_ms` of a timeline; the break's own delay is the last one."""
    gaps = milliseconds([step.after for step in body])
    last = body[-1] if body else None
    told: dict[str, Any] = {}
    if isinstance(last, Break):
        told["ended"] = BREAKS[last.how]
        if last.how == "reset":
            told["break"] = last.how
    told["cuts"] = FlowList(len(step.data) for step in body if isinstance(step, Chunk))
    told["delays_ms"] = FlowList(gaps) if any(gaps) else None
    return told


def untimed(fields: Fields, wire: bytes, usual: Sequence[int]) -> tuple[Chunk | Break, ...]:
    """`wire` in its recorded pieces and gaps; in pieces of `usual` lengths where nothing was recorded."""
    cuts = fields.whole("cuts") if fields.values.get("cuts") is not None else list(usual)
    if sum(cuts) != len(wire):
        raise fields.fault(
            f"cuts add up to {sum(cuts)} bytes, and the body has {len(wire)}. After editing a body remove cuts and "
            "delays_ms; it is then sent event by event, without delays."
        )
    how = _break(fields)
    steps = len(cuts) + (how is not None)
    gaps = fields.whole("delays_ms") if fields.values.get("delays_ms") is not None else [0] * steps
    if len(gaps) != steps:
        raise fields.fault(f"delays_ms has {len(gaps)} entries, and there are {steps} steps (a break is one, too).")
    if max(gaps, default=0) > 1 << 53:
        raise fields.fault("delays_ms holds a delay beyond all time.")
    body: list[Chunk | Break] = []
    start = 0
    for size, gap in zip(cuts, gaps, strict=False):
        body.append(Chunk(gap / 1000, wire[start : start + size]))
        start += size
    if how is not None:
        body.append(Break(gaps[-1] / 1000, how))
    return tuple(body)


def stream_shown(reply: Reply, sides: Sides) -> dict[str, Any]:
    """The keys of a response that is an event stream."""
    wire = reply.content
    coding = coding_of(reply.headers)
    plain = undone(wire, coding or "")
    told = timed(reply.body)
    ending = told.pop("ended", None) or ended(plain or b"")
    broken = {"break": told.pop("break")} if "break" in told else {}
    if plain is None:
        stream = {"ended": ending, **broken, "wire": FlowDict(binary(wire, sides)), **told}
        return {"stream": stream, "content_coding": coding}
    events = [_event_shown(piece) for piece in split(plain)]
    shown: dict[str, Any] = {"stream": {"ended": ending, **broken, "events": events, **told}}
    if coding is not None:
        shown["content_coding"] = coding
    if coded(coding) and wire:
        shown["wire"] = FlowDict(binary(wire, sides))
    return shown


def stream_restored(response: Fields, read: Reader) -> tuple[Chunk | Break, ...]:
    """The timeline that `stream_shown` described."""
    fields = response.below("stream")
    coding = response.maybe("content_coding", str)
    if "wire" in fields.values:  # a coding nobody can undo: there are no events to show
        wire = bytes_of(fields.below("wire"), read)
        return untimed(fields, wire, [len(wire)])
    events = [
        _event_restored(event, Fields(event if isinstance(event, dict) else {}, f"{fields.where}.events[{n}]"), read)
        for n, event in enumerate(fields.need("events", list))
    ]
    plain = b"".join(events)
    if "wire" in response.values:
        wire = agreed(response, plain, coding, read)
        return untimed(fields, wire, [len(wire)])
    if coded(coding) and plain:
        raise response.fault(
            f"content_coding says {coding}, and there are no wire bytes. Remove content_coding as well, and the "
            "events are sent as shown."
        )
    return untimed(fields, plain, [len(event) for event in events])


def split(data: bytes) -> list[bytes]:
    """An event stream cut behind each blank line; the pieces joined are the stream."""
    pieces, start = [], 0
    for match in EVENT.finditer(data):
        pieces.append(data[start : match.end()])
        start = match.end()
    return [*pieces, data[start:]] if start < len(data) else pieces


def ended(data: bytes) -> str:
    """How a stream that nobody broke off ended, judged by its events: complete, error_event or eof."""
    last, failed = False, False
    for event in sse.parse(data):
        if event.data.strip() == sse.DONE:
            last = True
            continue
        try:
            value = event.value
        except orjson.JSONDecodeError:
            value = None
        kind = event.name or (value.get("type") if isinstance(value, dict) else None)
        failed = failed or kind == "error" or (isinstance(value, dict) and bool(value.get("error")))
        last = last or (isinstance(kind, str) and kind in TERMINAL)
    return "error_event" if failed else "complete" if last else "eof"


def _break(fields: Fields) -> str | None:
    ending = fields.maybe("ended", str) or "eof"
    if ending not in ENDS:
        raise fields.fault(f"ended must be one of {', '.join(ENDS)}, not {ending!r}.")
    how = fields.maybe("break", str) or {"aborted": "close", "idle_timeout": "stall"}.get(ending)
    if how is not None and BREAKS.get(how) != ending:
        raise fields.fault(f"break: {how} does not go with ended: {ending}.")
    return how


def _event_shown(piece: bytes) -> Any:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        # Of any length: a side file would hide the one event that someone is looking for.
        return FlowDict(base64=base64.b64encode(piece).decode())


def _event_restored(event: Any, fields: Fields, read: Reader) -> bytes:
    if isinstance(event, str):
        return event.encode()
    if isinstance(event, dict):
        return bytes_of(fields, read)
    raise fields.fault("an event must be text, or a mapping with base64.")
