"""Requests that the schemas of an operation allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from .. import catalogue, mp4, multipart, pictures, sounds
from ..errors import StubError
from ..expected import Schema
from ..http import Request
from ..operations import Operation, operation
from ..registry import registry
from .values import NAMES, TEXT_FILES, Strategy, Upload, from_schema, values

MARK = "mockai-strategies"

OBJECTS: tuple[Schema, ...] = (
    {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}},
        "required": ["steps"],
        "additionalProperties": False,
        "$defs": {"step": {"type": "object", "properties": {"of": {"type": ["number", "null"]}}, "required": ["of"],
                           "additionalProperties": False}},
    },
)  # fmt: skip
"""JSON Schemas that functions and formats of answers may have, in strict mode too."""

MEANT: Mapping[str, Strategy] = {
    "parameters": st.sampled_from(OBJECTS),
    "schema": st.sampled_from(OBJECTS),
    "url": st.sampled_from(("https://example.com/a.png", "data:text/plain;base64,SGVsbG8h")),
    "image_url": st.just("https://example.com/a.png"),
    "file_url": st.just("https://example.com/a.pdf"),
    "server_url": st.just("https://example.com/mcp"),
}
"""What members of a name are meant to be, where their schema leaves it open (an object, a text)."""

ENDPOINTS = {
    "chat": "chat", "completions": "completions", "responses": "responses", "embeddings": "embeddings",
    "moderations": "moderation", "images": "images", "audio.speech": "speech", "audio.transcriptions": "transcription",
    "audio.translations": "translation", "videos": "videos", "realtime": "realtime", "live": "realtime",
    "beta.realtime": "realtime", "beta.responses": "responses", "beta.threads": "chat", "beta.assistants": "chat",
    "evals": "chat", "fine_tuning": "chat",
}  # fmt: skip
"""What a model has to take for an operation whose id begins so."""


def requests(operation: Operation | str, /, **members: Strategy) -> st.SearchStrategy[Request]:
    """Requests that the schemas of an operation allow, ready for `MockAI.handle`; the API's own rules may refuse some.

    `operation` is a row of the table or the SDK's dotted name. `members` say what stands in members of those names, at
    any depth of the body, in the query, or in the path (`thread_id`); those of the body itself are always there. What
    nobody says is drawn from the catalogue (models) or readable (files). A form is sent where the API takes one.
    Raises StubError for an unknown operation.
    """
    row = row_of(operation, members)
    held = {name: members.get(name, st.text(NAMES, min_size=1, max_size=24)) for name in _parameters(row.path)}
    parts = {"path": st.fixed_dictionaries(held), "query": _queries(row, members), "body": bodies(row, **members)}
    return st.fixed_dictionaries(parts).map(lambda drawn: request_of(row, **drawn))


def bodies(operation: Operation | str, /, **members: Strategy) -> Strategy:
    """Bodies of an operation's requests, as values with an Upload for every file; None where it takes none."""
    row = row_of(operation, members)
    if row.body is None:
        return st.none()
    models = {"model": _models(row.id)} if _endpoint(row.id) else {}
    meant = {**MEANT, **models, **members}
    return values(registry().schema(row.body), meant, frozenset(members), _uploads(row.id.partition(".")[0]))


def row_of(given: Operation | str, members: Mapping[str, Any] | None = None) -> Operation:
    """The row of the table. Raises StubError where there is none, and for `members` that it has not or nobody draws."""
    row = given if isinstance(given, Operation) else operation(given)
    for name, drawn in (members or {}).items():
        if name not in (known := _members(row)):
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise StubError(f"Nothing that {row.id} takes or sends is called {name!r}.{hint}")
        if not isinstance(drawn, st.SearchStrategy):
            raise StubError(f"{name}={drawn!r} is no strategy of hypothesis. For one value it is st.just({drawn!r}).")
    return row


@cache
def _members(row: Operation) -> frozenset[str]:
    """The names of all that an operation takes or sends, at any depth."""
    found = set(_parameters(row.path))
    parts: list[Any] = [registry().schema(name) for name in (row.body, row.query, row.result, row.stream) if name]
    for part in parts:
        if isinstance(part, dict):
            found |= part["properties"].keys() if isinstance(part.get("properties"), dict) else set()
        parts += (part.values() if isinstance(part, dict) else part) if isinstance(part, dict | list) else ()
    return frozenset(found)


def _endpoint(id: str) -> str | None:
    found = [start for start in ENDPOINTS if id.startswith(f"{start}.")]
    return ENDPOINTS[max(found, key=len)] if found else None


@cache
def _uploads(group: str) -> Strategy:
    """Files that the operations of a group can read: sounds, square pictures, films, else texts."""
    match group:
        case "audio":
            return st.just(Upload("a.mp3", sounds.mp3(0.5)))
        case "images":
            return st.just(Upload("a.png", pictures.picture("png", 64, 64, (90, 120, 150), clear=True)))
        case "videos":
            return st.just(Upload("a.mp4", mp4.mp4(64, 64, 1, (90, 120, 150))))
        case "skills":
            return st.just(Upload("SKILL.md", b"---\nname: a\ndescription: A skill.\n---\nDo it.\n"))
    return TEXT_FILES


@cache
def _models(id: str) -> Strategy:
    """The models that an operation may be asked of, today's first."""
    found = [model for model in catalogue.models() if _endpoint(id) in model.family.endpoints]
    return st.sampled_from([model.id for model in sorted(found, key=lambda model: -model.created)])


def _parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _queries(row: Operation, members: Mapping[str, Strategy]) -> Strategy:
    return from_schema(registry().schema(row.query), **members) if row.query else st.just({})


def request_of(row: Operation, path: dict[str, str], query: dict[str, Any], body: Any) -> Request:
    """A row's request with these values, as a client with a key sends it."""
    where = "/v1" + re.sub(r"{(\w+)}", lambda found: quote(path[found[1]], safe=""), row.path)
    asked = urlencode([("beta", "true")] * row.beta + [(name, _plain(each)) for name, each in _fields(query)])
    media = f"multipart/form-data; boundary={MARK}" if row.media == "multipart" else "application/json"
    if body is None:
        data = b""
    elif row.media == "multipart":
        data = multipart.build([_part(name, each) for name, each in _fields(body)], MARK)
    else:
        data = json.dumps(body).encode()
    return Request(row.method, where, asked, (("authorization", "Bearer sk-test"), ("content-type", media)), data)


def _fields(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a form: members of objects as `a[b]`, items of lists as `a[]`; null is not sent."""
    for name, each in body.items():
        if isinstance(each, dict):
            for inner, value in _fields(each):
                first, bracket, rest = inner.partition("[")
                yield f"{name}[{first}]{bracket}{rest}", value
        elif isinstance(each, list):
            yield from ((f"{name}[]", item) for item in each if item is not None)
        elif each is not None:
            yield name, each


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _part(name: str, value: Any) -> multipart.Part:
    if isinstance(value, Upload):
        headers = multipart.usual_headers(name, value.filename, None)
        return multipart.Part(name, value.filename, None, headers, value.data)
    return multipart.Part(name, None, None, multipart.usual_headers(name, None, None), _plain(value).encode())
