"""The table as a contract: every row held to what its kind promises, one test a promise."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import pytest
from asking import HEADERS, ask

from mockai import ManualClock, MockAI
from mockai.dice import dice
from mockai.http import Reply, Request
from mockai.kinds import KINDS
from mockai.ongoing import Ongoing, played
from mockai.operations import Operation, operations
from mockai.registry import registry
from mockai.sse import parse
from mockai.synthesize import synthesize

ROWS = {id: row for id, row in operations().items() if not row.twin and row.kind != "websocket"}
BOUNDARY = "mockai-contract"
BINARY = {"type": "string", "format": "binary"}

HELLO = {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
NEEDS: dict[str, Callable[[MockAI], dict[str, Any]]] = {
    "audio.transcriptions.create": lambda _: {"model": "gpt-4o-transcribe", "file": ""},
    "audio.voices.create": lambda _: {"name": "a", "prompt": "warm", "type": "prompt"},
    "batches.create": lambda mock: {
        "input_file_id": _file(mock, purpose="batch"),
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    },
    "beta.agents.environments.files.create": lambda _: {"type": "inline", "path": "/workspace/a", "data": "aGk="},
    "beta.agents.sessions.events.create": lambda _: {
        "events": [{"type": "agent.session.input.message", "input": [HELLO]}]
    },
    "containers.files.create": lambda _: {"file": ""},
    "fine_tuning.jobs.create": lambda mock: {"model": "gpt-4o", "training_file": _file(mock, purpose="fine-tune")},
    "images.edit": lambda _: {"image": "", "prompt": "a"},
    "skills.create": lambda _: {"files": [""]},
    "skills.versions.create": lambda _: {"files": [""]},
    "skills.update": lambda _: {"default_version": "1"},
    "vector_stores.files.create": lambda mock: {"file_id": _file(mock)},
}
"""Bodies for operations that look behind what their schema says, by operation."""

ABOVE = {"/projects": "/organization/projects"}
"""Where the object above another is made, if not where its path begins."""

JOINED = re.compile(r".*/(groups|users)/{\w+}/(roles|users)|/organization/projects/{\w+}/(groups|users)")
"""Collections that only list what stands elsewhere; test_admin walks through them."""


def body(row: Operation, mock: MockAI) -> Any:
    """The least that a row's body asks for."""
    if row.id in NEEDS:
        return NEEDS[row.id](mock)
    if row.body is None:
        return None
    return synthesize(registry().schema(row.body), dice(row.id), optional="none")


def sent(row: Operation, values: dict[str, str], value: Any) -> Request:
    path = "/v1" + re.sub(r"{(\w+)}", lambda found: values.get(found[1], found[1]), row.path)
    query = "beta=true" if row.beta else ""
    if row.query:
        required = synthesize(registry().schema(row.query), dice(row.id), optional="none")
        query = "&".join(filter(None, [query, urlencode(required)]))
    if row.media == "multipart":
        media = f"multipart/form-data; boundary={BOUNDARY}"
        return Request(row.method, path, query, (HEADERS[0], ("content-type", media)), form(row, value or {}))
    return Request(row.method, path, query, HEADERS, b"" if value is None else json.dumps(value).encode())


def form(row: Operation, value: dict[str, Any]) -> bytes:
    """A multipart body: what the schema calls binary is a file, lists are repeated fields."""
    assert row.body is not None
    files = {
        name for name, part in registry().schema(row.body).get("properties", {}).items() if "binary" in json.dumps(part)
    }
    lines = []
    for name, part in value.items():
        several = isinstance(part, list)
        for each in part if several else [part]:
            disposition = f'form-data; name="{name}[]"' if several else f'form-data; name="{name}"'
            text = each if isinstance(each, str) else json.dumps(each)
            if name in files:
                usual = "notes.jsonl" if value.get("purpose") in ("fine-tune", "batch") else "notes.txt"
                disposition += f'; filename="{FILES.get(row.id, usual)}"'
                text = CONTENTS.get(row.id, "Some text.\n")
            lines += [f"--{BOUNDARY}", f"Content-Disposition: {disposition}", "", text]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


FILES: dict[str, str] = {
    "audio.transcriptions.create": "a.mp3",
    "audio.translations.create": "a.mp3",
    "images.edit": "a.png",
    "images.create_variation": "a.png",
    "skills.create": "SKILL.md",
    "skills.versions.create": "SKILL.md",
}
CONTENTS: dict[str, str] = {"files.create": '{"messages": [{"role": "assistant", "content": "Some text."}]}\n'}


def valid(row: Operation, reply: Reply) -> None:
    """Assert that an answer is what its row promises."""
    assert reply.status in (200, 201, 202, 204), reply.content
    if row.answer == "json" and row.result is not None:
        value = json.loads(reply.content)
        errors = [error.message for error in registry().errors(row.result, value, "produce")]
        assert registry().valid(row.result, value, "produce"), (errors[:3], value)


@pytest.mark.parametrize("prefix", ["/v1", ""])
@pytest.mark.parametrize("id", ROWS)
def test_every_operation_answers_validly(id: str, prefix: str) -> None:
    row = ROWS[id]
    mock = MockAI(missing="conjure", clock=ManualClock())
    request = sent(row, {}, body(row, mock))
    reply = ask(mock, Request(request.method, request.path.replace("/v1", prefix, 1), *_rest(request)))
    valid(row, reply)


@pytest.mark.parametrize("id", [id for id, row in ROWS.items() if row.stream])
def test_every_stream_is_made_of_its_events(id: str) -> None:
    row = ROWS[id]
    assert row.stream is not None
    mock = MockAI(missing="conjure", clock=ManualClock())
    if row.method == "GET":
        request = sent(row, {}, None)
        request = Request("GET", request.path, "&".join(filter(None, [request.query, "stream=true"])), HEADERS)
    else:
        request = sent(row, {}, {**(body(row, mock) or {}), "stream": True})
    if id == "beta.agents.sessions.events.stream":  # it tells what happens, so something must
        said = ROWS["beta.agents.sessions.events.create"]
        ask(mock, sent(said, {}, body(said, mock)))
    reply = ask(mock, request)
    if isinstance(reply.body, Ongoing):
        list(islice(played(reply.body), 20))
    assert reply.status in (200, 201)
    assert ((reply.header("content-type") or "").partition(";")[0]) == "text/event-stream"
    events = [event for event in parse(reply.content) if event.data != "[DONE]"]
    assert events
    for event in events:
        value = {"event": event.name, "data": event.value} if (event.name or "").startswith("thread.") else event.value
        assert registry().valid(row.stream, value, "produce"), (event, value)


def test_no_operation_is_left_to_chance(capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    made_up = []
    for row in ROWS.values():
        mock = MockAI(missing="conjure")
        source = ask(mock, sent(row, {}, body(row, mock))).header("x-mockai-source") or ""
        counts[row.kind, source] += 1
        if source == "synthesizer":
            made_up.append(row.id)
        assert source == "behaviour" or row.kind in KINDS or source == "synthesizer"
    with capsys.disabled():
        print(
            "\nkind and source:", ", ".join(f"{kind} by {source} {n}" for (kind, source), n in sorted(counts.items()))
        )
    assert made_up == []


@cache
def creators() -> dict[str, Operation]:
    """The row that makes an object of each collection."""
    return {row.path: row for row in ROWS.values() if row.kind == "create" and not row.beta}


def about(kind: str, path: str) -> Operation | None:
    """The row of a kind that is about one object of a collection, or (a list) about all of them."""
    pattern = re.escape(path) + ("" if kind == "list" else r"/{\w+}")
    return next((row for row in ROWS.values() if row.kind == kind and re.fullmatch(pattern, row.path)), None)


def created(mock: MockAI, row: Operation, values: dict[str, str]) -> dict[str, Any]:
    """An object made by a row, after those above it, whose ids are added to `values`."""
    steps = row.path.split("/")
    for index, step in enumerate(steps):
        above = "/".join(steps[:index])
        maker = creators().get(ABOVE.get(above, above))
        if step.startswith("{") and step[1:-1] not in values and maker is not None:
            values[step[1:-1]] = created(mock, maker, values)["id"]
    reply = ask(mock, sent(row, values, body(row, mock)))
    valid(row, reply)
    value: dict[str, Any] = json.loads(reply.content)
    first: dict[str, Any] = value["data"][0] if value.get("object") == "list" else value  # some are made by the dozen
    return first


@pytest.mark.parametrize(
    "path",
    [path for path in creators() if (about("retrieve", path) or about("list", path)) and not JOINED.fullmatch(path)],
)
def test_what_is_created_can_be_found_changed_and_deleted(path: str) -> None:
    mock, values = MockAI(clock=ManualClock()), dict[str, str]()
    made = created(mock, creators()[path], values)
    retrieve, listing, update, delete = (about(kind, path) for kind in ("retrieve", "list", "update", "delete"))
    one = retrieve or update or delete
    name = one.path.rpartition("{")[2].removesuffix("}") if one else ""
    values[name] = id = called(made, name)

    def answer(row: Operation, value: Any = None) -> Any:
        reply = ask(mock, sent(row, values, value))
        valid(row, reply)
        return json.loads(reply.content) if row.answer == "json" else None

    if retrieve:
        found = answer(retrieve)
        assert called(found, name) == id
    if listing:
        assert id in [called(each, name) for each in answer(listing)["data"]]
    if update:
        answer(update, body(update, mock))
    if delete:
        answer(delete)
        if listing:
            assert id not in [called(each, name) for each in answer(listing)["data"]]
        for row in filter(None, (retrieve, update, delete)):
            reply = ask(mock, sent(row, values, body(row, mock)))
            assert reply.status == 404, (row.id, reply.content)
            assert id in json.loads(reply.content)["error"]["message"]


def called(value: dict[str, Any], name: str) -> str:
    """What an object goes by: the parameter of its path, its id, or the path of a file that has none."""
    found: str = value.get(name) or value.get("id") or value["path"]
    return found


def _file(mock: MockAI, **more: str) -> str:
    """The id of a file with a line of text."""
    row = ROWS["files.create"]
    id: str = json.loads(ask(mock, sent(row, {}, {**body(row, mock), **more})).content)["id"]
    return id


def _rest(request: Request) -> tuple[Any, ...]:
    return request.query, request.headers, request.body


@pytest.mark.parametrize("id", [id for id, row in ROWS.items() if row.body])
def test_whatever_a_schema_allows_is_answered_or_refused_in_the_api_s_shape(id: str) -> None:
    row = ROWS[id]
    assert row.body is not None
    for number in range(3):
        drawn = synthesize(registry().schema(row.body), dice("drawn", id, number), values="plausible")
        mock = MockAI(missing="conjure", clock=ManualClock(), admission="semantic" if number else "schema")
        reply = ask(mock, sent(row, {}, drawn))
        mock.resources.settle()
        media = (reply.header("content-type") or "").partition(";")[0]
        if reply.status >= 400:
            assert reply.status < 500, (drawn, reply.content)
            assert json.loads(reply.content)["error"]["type"] != "mockai_error", (drawn, reply.content)
        elif media == "application/json" and row.answer == "json" and row.result:
            assert registry().valid(row.result, json.loads(reply.content), "produce"), (drawn, reply.content)
