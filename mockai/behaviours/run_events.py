"""What a stream tells of a run: each event by its name, its data the object as it is at that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from .. import sse, tokens
from ..http import Chunk, Reply
from ..voice import Utterance
from .run_status import Tell


class Telling:
    """The events so far."""

    def __init__(self) -> None:
        self.events: list[sse.Event] = []

    def __call__(self, name: str, value: Mapping[str, Any]) -> None:
        """Note an event."""
        self.events.append(sse.Event(orjson.dumps(value).decode(), name))

    def reply(self) -> Reply:
        """All of them as a stream, with the event that ends it."""
        body = tuple(Chunk(0.0, sse.encode(event)) for event in (*self.events, sse.Event(sse.DONE, "done")))
        return Reply(200, (("content-type", "text/event-stream; charset=utf-8"),), body)


def tell_words(tell: Tell, message: str, said: Utterance, cited: Iterable[Mapping[str, Any]], model: str) -> None:
    """The words of a message as they come: a token at a time, the first with its empty annotations."""
    kind, words = ("refusal", said.refusal) if said.refusal is not None else ("text", said.text or "")
    pieces = said.pieces if said.pieces is not None and kind == "text" else tokens.split(words, model)
    for place, piece in enumerate(pieces):
        if kind == "refusal":
            _delta(tell, message, {"index": 0, "type": kind, kind: piece})
        else:
            _delta(tell, message, _text(piece) if place else _text(piece, []))
    for place, note in enumerate(cited):
        _delta(tell, message, _text(note["text"], [{"index": place, **note}]))


def tell_calls(tell: Tell, step: str, calls: Iterable[Mapping[str, Any]], model: str) -> None:
    """The calls of a step as they come: each one's name first, then its arguments or its code a token at a time."""
    for index, call in enumerate(calls):
        kind = call["type"]
        if kind == "file_search":
            results = [
                {name: part for name, part in each.items() if name != "content"} for each in call[kind]["results"]
            ]
            _step(tell, step, {"index": index, **call, kind: {**call[kind], "results": results}})
            continue
        field = "arguments" if kind == "function" else "input"
        empty = {field: "", "output": None} if kind == "function" else {field: "", "outputs": []}
        start = {"name": call[kind]["name"], **empty} if kind == "function" else empty
        _step(tell, step, {"index": index, "id": call["id"], "type": kind, kind: start})
        for piece in tokens.split(call[kind][field], model):
            _step(tell, step, {"index": index, "type": kind, kind: {field: piece}})
        outputs = [{"index": place, **output} for place, output in enumerate(call[kind].get("outputs") or ())]
        if outputs:
            _step(tell, step, {"index": index, "type": kind, kind: {"outputs": outputs}})


def _text(piece: str, annotations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    text = {"value": piece} if annotations is None else {"value": piece, "annotations": annotations}
    return {"index": 0, "type": "text", "text": text}


def _delta(tell: Tell, message: str, part: Mapping[str, Any]) -> None:
    delta = {"id": message, "object": "thread.message.delta", "delta": {"content": [part]}}
    tell("thread.message.delta", delta)


def _step(tell: Tell, step: str, call: Mapping[str, Any]) -> None:
    details = {"type": "tool_calls", "tool_calls": [call]}
    tell("thread.run.step.delta", {"id": step, "object": "thread.run.step.delta", "delta": {"step_details": details}})
