"""A message in a stream: its parts, their words in deltas, and notes as soon as what they are about is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any]
Cut: TypeAlias = "Callable[[str], Iterator[Event]]"


def message(item: Event, where: Event, words: Cut, cut: Cut) -> Iterator[Event]:
    """The events of a message's parts: what it says is cut by `words`, what it refuses by `cut`."""
    for place, part in enumerate(item["content"]):
        here = {**where, "content_index": place}
        refused = part["type"] == "refusal"
        empty = {"refusal": ""} if refused else {"annotations": [], "logprobs": [], "text": ""}
        yield {"type": "response.content_part.added", "part": {**part, **empty}, **here}
        yield from _refusal(part, here, cut) if refused else _text(part, here, words)
        yield {"type": "response.content_part.done", "part": part, **here}


def _refusal(part: Event, here: Event, cut: Cut) -> Iterator[Event]:
    for delta in cut(part["refusal"]):
        yield {"type": "response.refusal.delta", "delta": delta["delta"], **here}
    yield {"type": "response.refusal.done", "refusal": part["refusal"], **here}


def _text(part: Event, here: Event, words: Cut) -> Iterator[Event]:
    heard, notes = list(part.get("logprobs") or ()), list(enumerate(part.get("annotations") or ()))
    said = 0
    for delta in words(part["text"]):
        now = _heard(heard, delta["delta"])
        yield {"type": "response.output_text.delta", "logprobs": now, **delta, **here}
        said += len(delta["delta"])
        while notes and _end(notes[0][1]) <= said:
            yield _note(*notes.pop(0), here)
    for place, note in notes:
        yield _note(place, note, here)
    whole = [_bare(each) for each in part.get("logprobs") or ()]
    yield {"type": "response.output_text.done", "logprobs": whole, "text": part["text"], **here}


def _end(note: Event) -> int:
    """How many characters are said when a note comes: a citation's end, or the place of a file's."""
    return int(note["end_index"] if "end_index" in note else note.get("index") or 0)


def _note(place: int, note: Event, here: Event) -> Event:
    return {"type": "response.output_text.annotation.added", "annotation": note, "annotation_index": place, **here}


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
