"""Dumps of answers as JSON Lines, as scripts, loggers and the Batch API write them: one JSON object a line.

| line | is |
|---|---|
| `{method, url, request, response, status}` | an exchange; also `path`, `endpoint`, `request_body`, `status_code` … |
| `{request, response}` | an exchange; the route is that of the answer's `object` where the line does not name it |
| `{custom_id, method, url, body}` | a line of a batch's input, which is a request |
| `{custom_id, response: {status_code, body}}` | a line of its output; the two may be in two files |
| an answer alone | lost: nobody could ask for it |

A list of chunks or events as the answer is a stream. JSON was parsed, so bodies are rewritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import ForeignFormatError
from ..http import Headers, header
from . import ddagent, wiremock
from .foreign import Kept, Lost, Message, headers_of, part, restore, restored
from .foreign_json import answered_json, encoded, sent_json
from .vcrpy import fields

NAME = "JSON Lines"
LOOKED_FOR = "a JSON object a line, each with a request or an answer"

Row = Mapping[str, Any]

ENDINGS = (".jsonl", ".ndjson")
OBJECT = re.compile(r"\s*\{.*\}\s*")
URLS = ("url", "uri", "path", "endpoint")
REQUESTS = ("request", "request_body", "input", "params", "kwargs")
ANSWERS = ("response", "response_body", "output", "completion")
STATUSES = ("status", "status_code", "response_status")
WORDS = {"custom_id", "object", "choices", *REQUESTS, *ANSWERS}

ROUTES = {
    "chat.completion": "/v1/chat/completions",
    "chat.completion.chunk": "/v1/chat/completions",
    "text_completion": "/v1/completions",
    "response": "/v1/responses",
}
"""Where an answer with this `object` was asked for."""


def recognise(text: str) -> bool:
    """Whether the first line is a whole JSON object that speaks of a request or an answer.

    A file of one line may as well be another format's.
    """
    start, _, rest = text.strip().partition("\n")
    if not OBJECT.fullmatch(start):
        return False
    if not rest and any(other.recognise(text) for other in (wiremock, ddagent)):
        return False
    try:
        return not WORDS.isdisjoint(json.loads(start))
    except (ValueError, RecursionError):
        return False


def read(text: str, folder: Path | None = None) -> list[Kept | Lost]:
    """Every line, restored or lost, in its order. Raises ForeignFormatError for a line that is not JSON.

    The two files of a batch know each other by `custom_id`; the other one is looked for in `folder`.
    """
    found = list(rows(text))
    asked = {row["custom_id"]: row for row in found if is_input(row)}
    answered = {row["custom_id"]: row for row in found if is_output(row)}
    if folder is not None and asked.keys() != answered.keys():
        for row in neighbours(folder):
            if is_input(row):
                asked.setdefault(row["custom_id"], row)
            if is_output(row):
                answered.setdefault(row["custom_id"], row)
    told = [row for row in found if not (is_input(row) and row["custom_id"] in answered)]
    return restored(told, partial(line, asked), partial(exchange, asked), "line")


def rows(text: str) -> Iterator[Any]:
    """The values of the lines."""
    for number, each in enumerate(text.split("\n"), 1):
        if each.strip():
            try:
                yield json.loads(each)
            except (ValueError, RecursionError) as error:
                raise ForeignFormatError(f"Line {number} is not readable JSON: {error}.") from error


def neighbours(folder: Path) -> Iterator[Any]:
    """The values of every such file of a folder, without those that cannot be read."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in ENDINGS:
            try:
                yield from rows(path.read_text("utf-8"))
            except (OSError, UnicodeDecodeError, ForeignFormatError):
                continue


def is_input(row: Any) -> bool:
    """Whether it is a line of a batch's input."""
    return isinstance(row, Mapping) and isinstance(row.get("custom_id"), str) and "body" in row and "url" in row


def is_output(row: Any) -> bool:
    """Whether it is a line of a batch's output or of its errors."""
    return isinstance(row, Mapping) and isinstance(row.get("custom_id"), str) and not is_input(row)


def first(row: Row, names: tuple[str, ...]) -> Any:
    """The value of the first of these keys that has one."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def line(inputs: Mapping[str, Row], row: Any) -> tuple[str, str]:
    """Method and URL of a line; empty where it does not say."""
    row = part(row)
    if is_output(row):
        row = inputs.get(row["custom_id"], row)
    request = first(row, REQUESTS)
    for place in (row, request if isinstance(request, Mapping) else {}):
        url = first(place, URLS)
        if isinstance(url, str) and "/" in url:
            return str(place.get("method") or row.get("method") or "POST").upper(), url
    return "POST", ROUTES.get(object_of(first(row, ANSWERS)), "")


def object_of(answer: Any) -> str:
    """What an answer, or the first of its events, says it is; the shapes that do not say so are known by their keys."""
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except (ValueError, RecursionError):
            return ""
    if isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, Mapping):
        return ""
    if isinstance(answer.get("body"), Mapping):
        answer = answer["body"]
    if str(answer.get("type")).startswith("response."):
        return "response"
    return str(answer.get("object"))


def exchange(inputs: Mapping[str, Row], row: Any) -> Kept:
    """One line; ForeignFormatError says why it cannot be restored."""
    row = part(row)
    if is_input(row):
        raise ForeignFormatError("It is a line of a batch's input, and no output with its custom_id is beside it.")
    if is_output(row):
        asked = inputs.get(row["custom_id"])
        if asked is None:
            raise ForeignFormatError("It is a line of a batch's output, and no input with its custom_id is beside it.")
        answer = row.get("response")
        if not isinstance(answer, Mapping):
            raise ForeignFormatError("It was never answered: the batch says why in its error.")
        method, url = line(inputs, row)
        return restore(method, url, half(asked["body"], JSON), *answered(url, row))
    if first(row, ANSWERS) is None:
        what = "an answer without its request" if ROUTES.get(object_of(row)) else "neither a request nor an answer"
        raise ForeignFormatError(f"It is {what}, so nobody could ask for it.")
    method, url = line(inputs, row)
    if not url:
        raise ForeignFormatError("It does not say where the request went.")
    return restore(method, url, sent(row, method), *answered(url, row))


JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream; charset=utf-8"),)


def sent(row: Row, method: str) -> Message:
    """The request of a line."""
    request = first(row, REQUESTS)
    if isinstance(request, Mapping) and (set(URLS) & request.keys() or "headers" in request):
        named = headers_of(fields(request)) or headers_of(fields(row))
        return half(first(request, ("body", "json", "content", "data")), named or JSON)
    body = request if request is not None else row.get("body")
    given = row.get("request_headers")
    return half(body, headers_of(fields({"headers": given})) if given else () if method == "GET" else JSON)


def half(body: Any, headers: Headers) -> Message:
    """A body that was parsed, or its text, with its headers."""
    if body is None:
        return Message(headers, None)
    if isinstance(body, str):
        return Message(headers, encoded(body))
    return Message(headers, sent_json(body), rewritten=True)


def answered(url: str, row: Row) -> tuple[Any, Message]:
    """Status and message of the answer of a line; HTTP's with its headers, or the body alone."""
    answer, status, given = first(row, ANSWERS), first(row, STATUSES), row.get("response_headers")
    if isinstance(answer, Mapping) and {"body", "headers", "status_code"} & answer.keys():
        given, status = answer.get("headers"), first(answer, STATUSES) or status
        answer = first(answer, ("body", "content", "text", "json"))
    headers = headers_of(fields({"headers": given}))
    status = 200 if status is None else status
    if answer is None:
        return status, Message(headers, None)
    if isinstance(answer, str):
        usual = STREAM if answer.startswith(("data:", "event:")) else JSON
        return status, Message(typed(headers, usual), encoded(answer))
    if isinstance(answer, list) and answer and all(isinstance(each, Mapping) for each in answer):
        return status, Message(typed(headers, STREAM), b"".join(events_of(answer)), rewritten=True)
    return status, Message(typed(headers, JSON), answered_json(url, answer), rewritten=True)


def typed(headers: Headers, usual: Headers) -> Headers:
    """Headers with a content type: that of the body they stand for, if they have none."""
    return headers if header(headers, "content-type") else (*headers, *usual)


def events_of(events: list[Any]) -> Iterator[bytes]:
    """A stream as the API writes it: events of responses have a name, and chunks of completions an end."""
    named = all(isinstance(event.get("type"), str) for event in events)
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        yield encoded(f"{name}data: ") + sent_json(event) + b"\n\n"
    if not named:
        yield b"data: [DONE]\n\n"
