"""How a stream ends when something went wrong, in the words of the API that speaks.

Recorded: a chat stream sends `{"error": {…}}` and then `[DONE]`, between them a usage of zeros where usage was asked
for; a response sends `error` and then `response.failed`; one that is cut short sends `response.incomplete` in place of
`response.completed`. An assistant's run sends `error`, then `done`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from .. import sse

FINISHES = {"max_output_tokens": "length"}
"""What chat completions call the reasons for which responses are incomplete; the others have the same name."""


def error(sent: Sequence[bytes], rest: Sequence[bytes], message: str, type: str, code: str | None) -> list[bytes]:
    """An error in mid-stream and what follows it."""
    if _responds(sent, rest):
        why = {"type": type, "code": code or type, "message": message, "param": None}
        return [_named("error", {"type": "error", "error": why}, sent)]
    told = {"error": {"message": message, "type": type, "param": None, "code": code}}
    if any(event.startswith(b"event: thread.") for event in (*sent, *rest)):
        return [sse.encode(sse.Event(orjson.dumps(told["error"]).decode(), "error")), b"event: done\ndata: [DONE]\n\n"]
    usage = [
        value | {"usage": _nothing(value["usage"])}
        for value in _values(rest)
        if value.get("choices") == [] and isinstance(value.get("usage"), dict)
    ]
    return [*(sse.encode(sse.Event(orjson.dumps(value).decode())) for value in (told, *usage)), *_done(rest)]


def failed(sent: Sequence[bytes], rest: Sequence[bytes], code: str, message: str) -> list[bytes]:
    """A response that fails: an error, and the response as far as it came."""
    if not _responds(sent, rest):
        return error(sent, rest, message, code, None)
    first = error(sent, rest, message, code, code)
    response = _so_far(sent, rest) | {"status": "failed", "error": {"code": code, "message": message}}
    return [*first, _named("response.failed", {"type": "response.failed", "response": response}, [*sent, *first])]


def incomplete(sent: Sequence[bytes], rest: Sequence[bytes], reason: str) -> list[bytes]:
    """An answer that ends early, for a reason that it names."""
    if _responds(sent, rest):
        why = {"status": "incomplete", "incomplete_details": {"reason": reason}}
        value = {"type": "response.incomplete", "response": _so_far(sent, rest) | why}
        return [_named("response.incomplete", value, sent)]
    usage = [event for event in rest if b'"choices":[]' in event.replace(b" ", b"")]
    model = next((value for event in (*sent, *rest) if (value := _value(event)) and value.get("choices")), None)
    if model is None:
        return list(rest)
    last = _finished(model, FINISHES.get(reason, reason))
    return [sse.encode(sse.Event(orjson.dumps(last).decode())), *usage, *_done(rest)]


def failed_body(body: bytes, code: str, message: str) -> bytes:
    """A whole response that failed; a body of another kind stays as it is."""
    value = _object(body)
    if value.get("object") != "response":
        return body
    return _written(value | {"status": "failed", "error": {"code": code, "message": message}, "output": []}, body)


def incomplete_body(body: bytes, reason: str) -> bytes:
    """A whole response that is incomplete, or a completion that finished for that reason."""
    value = _object(body)
    if value.get("object") == "response":
        output = [item | {"status": "incomplete"} if "status" in item else item for item in value.get("output") or ()]
        why = {"status": "incomplete", "incomplete_details": {"reason": reason}, "output": output}
        return _written(value | why, body)
    if not isinstance(value.get("choices"), list):
        return body
    finish = FINISHES.get(reason, reason)
    return _written(value | {"choices": [choice | {"finish_reason": finish} for choice in value["choices"]]}, body)


def _responds(sent: Sequence[bytes], rest: Sequence[bytes]) -> bool:
    """Whether a stream is that of a response."""
    return any(event.startswith((b"event: response.", b'data: {"type":"response.')) for event in (*sent, *rest)[:1])


def _so_far(sent: Sequence[bytes], rest: Sequence[bytes]) -> dict[str, Any]:
    """The response as its events have told it so far: what is not done yet is incomplete."""
    values = [value for event in sent if (value := _value(event))]
    known: dict[str, Any] = next(
        (value["response"] for value in [*values, *_values(rest)] if isinstance(value.get("response"), dict)), {}
    )
    output: dict[int, dict[str, Any]] = {}
    for value in values:
        place, item = value.get("output_index"), value.get("item")
        if isinstance(place, int) and isinstance(item, dict):
            done = value["type"] == "response.output_item.done"
            output[place] = item if done else item | ({"status": "incomplete"} if "status" in item else {})
        elif value["type"] == "response.output_text.delta" and place in output:
            _say(output[place], value)
    return {**known, "output": [output[place] for place in sorted(output)]}


def _say(item: dict[str, Any], value: dict[str, Any]) -> None:
    """Add a piece of text to the message it belongs to."""
    content = item.setdefault("content", [])
    if not content:
        content.append({"type": "output_text", "annotations": [], "logprobs": [], "text": ""})
    content[-1]["text"] = content[-1].get("text", "") + str(value.get("delta") or "")


def _finished(model: dict[str, Any], finish: str) -> dict[str, Any]:
    """A last chunk like the others: every choice is finished, nothing more is said."""
    choices: list[dict[str, Any]] = [
        {
            name: {} if name == "delta" else "" if name == "text" else finish if name == "finish_reason" else part
            for name, part in {"finish_reason": finish, **choice}.items()
            if name != "logprobs" or part is None
        }
        for choice in model["choices"]
    ]
    return model | {"choices": choices}


def _nothing(usage: dict[str, Any]) -> dict[str, Any]:
    """Usage that counts nothing."""
    return {name: _nothing(count) if isinstance(count, dict) else 0 for name, count in usage.items()}


def _named(name: str, value: dict[str, Any], sent: Sequence[bytes]) -> bytes:
    numbers = [value["sequence_number"] for value in _values(sent) if isinstance(value.get("sequence_number"), int)]
    numbered = value | {"sequence_number": max(numbers, default=-1) + 1}
    return sse.encode(sse.Event(orjson.dumps(numbered).decode(), name))


def _done(rest: Sequence[bytes]) -> list[bytes]:
    """The `[DONE]` that the stream would have ended with."""
    return [event for event in rest[-1:] if b"[DONE]" in event]


def _values(events: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    return (value for event in events if (value := _value(event)))


def _value(event: bytes) -> dict[str, Any]:
    """The data of an event as an object; empty for any other."""
    return next((_object(each.data.encode()) for each in sse.parse(event)), {})


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _written(value: dict[str, Any], like: bytes) -> bytes:
    """A body in the style of the one it stands for: indented or compact, with or without a line feed at its end."""
    style = orjson.OPT_INDENT_2 if like.startswith(b"{\n") else 0
    return orjson.dumps(value, option=style | (orjson.OPT_APPEND_NEWLINE if like.endswith(b"\n") else 0))
