"""The input of a batch: lines of JSON, each a request with a name of its own; and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from .operations import find
from .value import value

MOST_LINES = 50_000
MOST_ERRORS = 100
NEEDED = ("custom_id", "method", "url", "body")


@value(frozen=True, slots=True)
class Line:
    """One request of a batch: the name it goes by, the path it is for, and its body."""

    custom_id: str
    url: str
    body: dict[str, Any]


def read(data: bytes, endpoint: str) -> tuple[list[Line], list[dict[str, Any]]]:
    """The lines of an input file for one endpoint (`/v1/embeddings`), and the errors that make the batch fail.

    Each error has the API's fields: a `code`, the number of the `line` from 1 (None for the whole file), a `message`,
    and the `param` that is wrong.
    """
    texts = data.split(b"\n")
    while texts and not texts[-1].strip():
        texts.pop()
    if not texts:
        return [], [_error("empty_file", "The input file is empty. Add a request a line.", None)]
    if len(texts) > MOST_LINES:
        words = f"The input file has {len(texts)} requests, and a batch takes at most {MOST_LINES}."
        return [], [_error("too_many_tasks", words, None)]
    lines: list[Line] = []
    errors: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, text in enumerate(texts, 1):
        wrong = list(_wrong(text, endpoint, seen, number))
        errors += wrong
        if not wrong:
            given = orjson.loads(text)
            seen.add(given["custom_id"])
            lines.append(Line(given["custom_id"], given["url"], given["body"]))
    return lines, errors[:MOST_ERRORS]


def _wrong(text: bytes, endpoint: str, seen: set[str], number: int) -> Iterator[dict[str, Any]]:
    """What is wrong with one line: the first thing that is."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield _error("invalid_json_line", "This line is not parseable as valid JSON.", number)
        return
    if not isinstance(given, dict):
        yield _error("invalid_json_line", "This line is not a JSON object.", number)
        return
    for name in NEEDED:
        if given.get(name) in (None, ""):
            yield _error("missing_required_parameter", f"Missing required parameter: '{name}'.", number, name)
            return
    if not isinstance(given["custom_id"], str) or not isinstance(given["body"], dict):
        name = "body" if isinstance(given["custom_id"], str) else "custom_id"
        yield _error("invalid_type", f"Invalid type for '{name}'.", number, name)
    elif given["custom_id"] in seen:
        words = f"The custom_id '{given['custom_id']}' is that of an earlier line, too. Each has to be unique."
        yield _error("duplicate_custom_id", words, number, "custom_id")
    elif given["method"] != "POST":
        yield _error(
            "invalid_method", f"Invalid method: '{given['method']}'. Only POST is supported.", number, "method"
        )
    elif given["url"] != endpoint or find("POST", str(given["url"])) is None:
        words = f"The URL '{given['url']}' is not the endpoint of the batch, '{endpoint}'."
        yield _error("mismatched_endpoint", words, number, "url")
    elif given["body"].get("stream"):
        yield _error("invalid_value", "Streaming is not supported in a batch.", number, "body.stream")


def _error(code: str, message: str, line: int | None, param: str | None = None) -> dict[str, Any]:
    return {"code": code, "line": line, "message": message, "param": param}
