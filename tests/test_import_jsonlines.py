"""Dumps of answers as JSON Lines: every form of a line, and the two files of a batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockai.errors import ForeignFormatError
from mockai.files import ddagent, jsonlines
from mockai.files.foreign import Kept, Lost
from mockai.files.importing import import_sources, recognise
from mockai.http import Exchange

ASKED = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}]}
SAID: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion", "choices": []}
CHAT = "https://api.openai.com/v1/chat/completions"
BODY = json.dumps(SAID, indent=2).encode() + b"\n"


def read(*rows: Any, folder: Path | None = None) -> list[Kept | Lost]:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert recognise(text) is jsonlines
    return jsonlines.read(text, folder)


def kept(found: Kept | Lost) -> Exchange:
    assert isinstance(found, Kept), found
    return found.exchange


@pytest.mark.parametrize(
    "row",
    [
        {"request": ASKED, "response": SAID},
        {"method": "POST", "url": CHAT, "request": ASKED, "response": SAID, "status": 200},
        {"endpoint": "/v1/chat/completions", "request": json.dumps(ASKED), "response": SAID},
        {"path": "/v1/chat/completions", "request_body": ASKED, "response_body": SAID, "status_code": 200},
        {"request": {"method": "POST", "url": CHAT, "json": ASKED}, "response": {"status_code": 200, "body": SAID}},
        {"timestamp": 7, "input": ASKED, "output": SAID},
        {
            "request": {"url": CHAT, "headers": {"content-type": "application/json"}, "body": json.dumps(ASKED)},
            "response": {"status": 200, "headers": {"x-request-id": "r"}, "body": BODY.decode()},
        },
    ],
)
def test_an_exchange_in_any_form(row: dict[str, Any]):
    first, second = read(row, row)
    exchange = kept(first)
    assert (exchange.request.method, exchange.request.path) == ("POST", "/v1/chat/completions")
    assert json.loads(exchange.request.body) == ASKED
    assert (exchange.reply.status, exchange.reply.content) == (200, BODY)
    assert exchange.operation == "chat.completions.create"
    assert exchange.reply.header("content-type") in ("application/json", None)
    assert kept(second) == exchange


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"object": "response", "id": "resp_1", "status": "completed"}, "/v1/responses"),
        ({"object": "text_completion"}, "/v1/completions"),
        (json.dumps(SAID), "/v1/chat/completions"),
    ],
)
def test_an_answer_says_where_it_was_asked_for(answer: Any, path: str):
    assert kept(read({"request": ASKED, "response": answer})[0]).request.path == path


def test_an_error_has_its_status_and_a_get_no_body():
    wrong = {"error": {"message": "no"}}
    [failed, listed] = read(
        {"url": CHAT, "request": ASKED, "response": wrong, "status": 429, "response_headers": {"Retry-After": "1"}},
        {"method": "GET", "url": "https://api.openai.com/v1/models", "response": {"data": []}},
    )
    assert kept(failed).reply.status == 429
    assert kept(failed).reply.headers == (("retry-after", "1"), ("content-type", "application/json"))
    assert (kept(listed).request.method, kept(listed).request.body) == ("GET", b"")


def test_lists_of_chunks_and_events_are_streams():
    chunks = [{"object": "chat.completion.chunk", "id": "c"}, {"object": "chat.completion.chunk", "id": "c"}]
    events = [{"type": "response.created"}, {"type": "response.completed"}]
    [chat, response] = read({"request": ASKED, "response": chunks}, {"request": ASKED, "response": events})
    assert len(kept(chat).reply.body) == 3
    assert kept(chat).reply.content.endswith(b"data: [DONE]\n\n")
    assert kept(response).request.path == "/v1/responses"
    assert kept(response).reply.content.startswith(b'event: response.created\ndata: {"type":"response.created"}\n\n')
    assert kept(response).reply.header("content-type") == "text/event-stream; charset=utf-8"
    said = {"request": ASKED, "url": CHAT, "response": "data: [DONE]\n\n"}
    assert kept(read(said, said)[0]).reply.header("content-type") == "text/event-stream; charset=utf-8"


def batch(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line of a batch's input and its line of the output."""
    name = f"request-{number}"
    asked = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": ASKED | {"n": number}}
    answer = {"status_code": 200, "request_id": "r", "body": SAID}
    return asked, {"id": "batch_req_1", "custom_id": name, "response": answer, "error": None}


def test_the_input_and_the_output_of_a_batch_are_exchanges_together(tmp_path: Path):
    (one, first), (two, second) = batch(1), batch(2)
    assert [json.loads(kept(each).request.body)["n"] for each in read(one, two, second, first)] == [2, 1]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "asked.jsonl").write_text("\n".join(map(json.dumps, (one, two))))
    (tmp_path / "in" / "answered.jsonl").write_text(json.dumps(second))
    (tmp_path / "in" / "broken.jsonl").write_text("{")
    answered, asked, broken = import_sources([tmp_path / "in"], tmp_path / "out").entries
    assert (answered.kept, answered.lost) == (1, ())
    assert (asked.kept, [lost.what for lost in asked.lost]) == (0, ["line 1, POST /v1/chat/completions"])
    assert "no output with its custom_id" in asked.lost[0].reason
    assert broken.error is not None


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (SAID, "an answer without its request"),
        ({"request": ASKED}, "neither a request nor an answer"),
        ({"request": {"input": "x"}, "response": {"data": []}}, "does not say where the request went"),
        (batch(1)[0], "no output with its custom_id"),
        (batch(1)[1], "no input with its custom_id"),
        ({"url": CHAT, "response": SAID}, "does not hold the request's body"),
        ({"url": "https://x.example/y", "request": ASKED, "response": SAID}, "not OpenAI's"),
        ({"url": CHAT, "request": ASKED, "response": SAID, "status": "success"}, "not an HTTP status"),
        ([], "not a mapping"),
    ],
)
def test_what_is_no_exchange_is_lost(row: Any, why: str):
    _, found = read({"request": ASKED, "response": SAID}, row)
    assert isinstance(found, Lost)
    assert why in found.reason
    assert found.what.startswith("line 2")


def test_a_batch_that_failed_was_never_answered():
    asked, answer = batch(1)
    [found] = read(asked, answer | {"response": None, "error": {"code": "batch_expired"}})
    assert isinstance(found, Lost)
    assert "never answered" in found.reason


def test_a_file_with_a_line_that_is_no_json_is_not_imported():
    with pytest.raises(ForeignFormatError, match="Line 3 is not readable JSON"):
        jsonlines.read('{"request": {}}\n\n{"request": \n')


def test_a_file_of_one_line_may_be_another_format():
    row = {"request": {"method": "POST", "url": CHAT, "headers": {}, "body": "{}"}, "response": {"status": 200}}
    assert recognise(json.dumps(row)) is ddagent
    assert recognise(json.dumps(row) + "\n" + json.dumps(row)) is jsonlines
