"""What a stream told its client: its words, and what was wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from . import sse
from .coding import undone
from .http import Break, Reply

ENDINGS = frozenset(("response.completed", "response.failed", "response.incomplete"))
DELTAS = frozenset(("response.output_text.delta", "transcript.text.delta"))


@dataclass(slots=True)
class Told:
    """The words of a stream until something was wrong with it, and after that.

    `wrong` is None, `malformed` (an event that cannot be read), `error` (an error in mid-stream) or `truncated` (its
    last event never came).
    """

    wrong: str | None = None
    before: str = ""
    after: str = ""


def told(reply: Reply) -> Told:
    """What a stream of chat completions, completions, responses, assistants or transcriptions told."""
    said = Told()
    coding = reply.header("content-encoding") or ""
    body = undone(reply.content, coding) or b""
    finished, readable = False, _is_text(body)
    for event in sse.parse(body + b"\n\n"):
        if event.data.startswith("[DONE]"):
            finished = True
            continue
        try:
            value = orjson.loads(event.data)
        except orjson.JSONDecodeError:
            said.wrong = said.wrong or "malformed"
            continue
        if not isinstance(value, dict):
            continue
        if not readable and "\ufffd" in event.data:
            said.wrong = said.wrong or "malformed"
            continue
        if value.get("error") or "error" in (event.name, value.get("type")):
            said.wrong = said.wrong or "error"
            continue
        finished = finished or value.get("type") in ENDINGS or event.name == "done" or _finished(value)
        words = _words(value)
        if said.wrong is None:
            said.before += words
        else:
            said.after += words
    broken = bool(reply.body) and isinstance(reply.body[-1], Break)
    if said.wrong is None and (broken or not finished):
        said.wrong = "truncated"
    return said


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _finished(value: dict[str, Any]) -> bool:
    return any(isinstance(choice, dict) and choice.get("finish_reason") for choice in value.get("choices") or ())


def _words(value: dict[str, Any]) -> str:
    """The text that an event adds."""
    if value.get("type") in DELTAS:
        return str(value.get("delta") or "")
    words = ""
    for choice in value.get("choices") or ():
        if isinstance(choice, dict):
            delta = choice.get("delta")
            words += str((delta.get("content") if isinstance(delta, dict) else choice.get("text")) or "")
    delta = value.get("delta")
    for part in (delta.get("content") if isinstance(delta, dict) else None) or ():
        if isinstance(part, dict) and isinstance(part.get("text"), dict):
            words += str(part["text"].get("value") or "")
    return words
