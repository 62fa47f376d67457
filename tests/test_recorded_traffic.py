"""Real traffic against the schemas: what the API took and sent must be admitted, but for the refusals named here."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from mockai.operations import find, operation
from mockai.registry import registry

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")

REFUSED = {
    ("chat.completions.create", "request"): (1, "Azure knows the model by its path; one client sent `model: null`"),
    ("responses.create", "answer"): (1, "written by hand: the status is `complete`, which no API ever said"),
    ("beta.realtime.sessions.create", "answer"): (2, "written by hand: no client secret, which is what one asks for"),
    ("conversations.items.create", "answer"): (1, "written by hand, before there were conversations: not a list"),
    ("conversations.items.delete", "answer"): (
        1,
        "written by hand, before there were conversations: not a conversation",
    ),
    ("vector_stores.search", "answer"): (1, "written by hand: the query is a string, not an array of strings"),
}
"""How many bodies of an operation are refused, and the cause. Everything else is admitted."""


@dataclass(frozen=True, slots=True)
class Body:
    operation: str
    part: str  # request, answer or event
    schema: str
    value: Any


@cache
def bodies() -> dict[str, list[Body]]:
    """Every recorded JSON body and stream event of a 2xx exchange, by operation."""
    found = defaultdict(list)
    with (RECORDINGS / "interactions.jsonl").open() as lines:
        for body in (body for line in lines for body in parts(json.loads(line))):
            found[body.operation].append(body)
    for session in map(json.loads, (RECORDINGS / "ws_sessions.jsonl").read_bytes().splitlines()):
        row = operation("realtime.connect")
        for message in session["messages"]:
            schema = row.stream if message["direction"] == "received" else row.body
            found[row.id].append(Body(row.id, message["direction"], schema or "", message["data"]))
    return found


def parts(exchange: dict[str, Any]) -> Iterator[Body]:
    url = urlsplit(exchange["url"])
    found = find(exchange["method"], url.path, url.query)
    if found is None or not 200 <= exchange["status"] < 300:
        return
    row = found.operation
    request, answer = exchange["request_body"] or {}, exchange["response_body"] or {}
    if row.body and "json" in request:
        yield Body(row.id, "request", row.body, request["json"])
    if row.result and "json" in answer and not exchange["is_sse"]:
        yield Body(row.id, "answer", row.result, answer["json"])
    if row.stream and exchange["is_sse"]:
        for value in events(answer["text"]):
            yield Body(row.id, "event", row.stream, value)


def events(text: str) -> Iterator[Any]:
    """The events of a stream. Those of the Assistants API have their name beside the object, not in it."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = [line.partition(":")[::2] for line in block.split("\n")]
        value = "\n".join(value.removeprefix(" ") for name, value in fields if name == "data")
        named = next((value.strip() for name, value in fields if name == "event"), "")
        if value and value != "[DONE]":
            yield {"event": named, "data": json.loads(value)} if named.startswith("thread.") else json.loads(value)


def operations_seen() -> list[str]:
    return sorted(bodies()) if RECORDINGS.is_dir() else []


@pytest.mark.parametrize("id", operations_seen())
def test_real_traffic_is_admitted(id: str) -> None:
    refused = Counter(body.part for body in bodies()[id] if not registry().valid(body.schema, body.value))
    assert refused == {part: count for (each, part), (count, _) in REFUSED.items() if each == id}


@pytest.mark.parametrize(("part", "share"), [("request", 0.995), ("answer", 0.99), ("event", 0.99)])
def test_chat_completions_are_admitted(part: str, share: float) -> None:
    seen = [body for body in bodies()["chat.completions.create"] if body.part == part]
    admitted = sum(registry().valid(body.schema, body.value) for body in seen)
    assert len(seen) > 300
    assert admitted / len(seen) >= share


def test_nearly_every_recorded_path_has_an_operation() -> None:
    with (RECORDINGS / "interactions.jsonl").open() as lines:
        exchanges = [json.loads(line) for line in lines]
    unknown = Counter(
        f"{each['method']} {urlsplit(each['url']).path}"
        for each in exchanges
        if find(each["method"], urlsplit(each["url"]).path) is None
    )
    assert unknown == {
        "GET /v1/responses": 1,  # a websocket's handshake, refused
    }


@pytest.mark.parametrize("id", operations_seen())
def test_a_second_validator_agrees_on_every_body(id: str) -> None:
    others: dict[str, Any] = {}
    for body in bodies()[id]:
        if body.schema not in others:
            others[body.schema] = jsonschema.Draft202012Validator(registry().schema(body.schema))
        assert others[body.schema].is_valid(body.value) == registry().valid(body.schema, body.value)


def test_what_the_api_sends_today_is_what_the_mock_must_make() -> None:
    """Chat answers of 2026 fit the stricter reading, so it asks for nothing that the API leaves out."""
    wrong = []
    with (RECORDINGS / "interactions.jsonl").open() as lines:
        for exchange in map(json.loads, lines):
            if int(exchange["year"] or 0) >= 2026 and "api.openai.com" in exchange["url"]:
                for body in parts(exchange):
                    made = body.operation.startswith("chat.") and body.part != "request"
                    if made and not registry().valid(body.schema, body.value, "produce"):
                        wrong.append(body)
    assert wrong == []
