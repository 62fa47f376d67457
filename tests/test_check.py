"""One exchange against the schemas: what the API could have said passes, what it could not is named with its place."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from mockai.check import Flaw, check, events
from mockai.http import Break, Chunk, Exchange, Reply, Request

ASKED = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]}
SAID = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4.1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "hello", "refusal": None},
        }
    ],
}
EVENT = {
    "id": "c1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4.1",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hello"}, "finish_reason": None}],
}
LAST = {**EVENT, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
ERROR = {"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}
AZURE = {"error": {"code": "401", "message": "Access denied."}}
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
JSON, SSE = "application/json", "text/event-stream; charset=utf-8"


def exchange(
    answer: Any = SAID,
    *,
    asked: Any = ASKED,
    path: str = CHAT,
    query: str = "",
    method: str = "POST",
    status: int = 200,
    media: str = JSON,
    headers: tuple[tuple[str, str], ...] = (),
    cut: bool = False,
) -> Exchange:
    request = Request(method, path, query, (("content-type", JSON),), orjson.dumps(asked) if asked is not None else b"")
    body = answer if isinstance(answer, bytes) else orjson.dumps(answer)
    steps: tuple[Chunk | Break, ...] = (Chunk(0.0, body), *((Break(),) if cut else ()))
    return Exchange(request, Reply(status, (("content-type", media), *headers), steps))


def stream(*values: Any, name: str | None = None) -> bytes:
    head = f"event: {name}\n" if name else ""
    return b"".join(
        f"{head}data: {value if isinstance(value, str) else orjson.dumps(value).decode()}\n\n".encode()
        for value in values
    )


def streamed(*values: Any, name: str | None = None, **more: Any) -> list[Flaw] | None:
    return check(exchange(stream(*values, name=name), media=SSE, **more))


def test_a_good_exchange_has_no_flaw():
    assert check(exchange()) == []
    assert streamed(EVENT, LAST, "[DONE]") == []
    assert events(exchange(stream(EVENT, "[DONE]"), media=SSE)) == 2
    assert events(exchange()) == 0


@pytest.mark.parametrize(
    ("changed", "part", "path", "message"),
    [
        ({"asked": {"model": "gpt-4.1"}}, "request", "messages", "Missing required parameter: 'messages'."),
        ({"asked": {**ASKED, "zzz": 1}}, "request", "zzz", "Unknown parameter: 'zzz'."),
        ({"asked": [1]}, "request", "", "could not parse the JSON body"),
        ({"answer": {**SAID, "choices": 7}}, "response", "choices", "expected an array of objects"),
        ({"answer": {**SAID, "choices": [{}]}}, "response", "choices[0].index", "Missing required"),
        ({"answer": b"hello"}, "response", "", "The body is not JSON, and ChatCompletion is"),
        ({"answer": b"", "media": JSON}, "response", "", "The body is not JSON"),
        ({"answer": [], "media": JSON}, "response", "", "expected an object"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changed, part, path, message):
    flaw = (check(exchange(**changed)) or [])[0]
    assert (flaw.part, flaw.path) == (part, path)
    assert message in flaw.message


def test_every_flaw_is_told_and_points_at_its_place():
    choice = {**SAID["choices"][0], "finish_reason": "tired", "message": {"role": "user", "content": 1}}  # type: ignore[index]
    found = check(exchange({**SAID, "choices": [choice]})) or []
    assert [flaw.pointer for flaw in found] == [
        "/choices/0/finish_reason", "/choices/0/message/content", "/choices/0/message/role",
    ]  # fmt: skip


def test_query_fields_are_read_as_their_schema_says():
    listed = {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}
    good = exchange(listed, asked=None, path="/v1/files", query="limit=2", method="GET")
    assert check(good) == []
    [flaw] = check(exchange(listed, asked=None, path="/v1/files", query="limit=many", method="GET")) or []
    assert (flaw.part, flaw.path) == ("query", "limit")


def test_a_request_that_the_api_refused_is_not_held_against_anything():
    assert check(exchange(ERROR, asked={"zzz": 1}, status=400)) == []
    assert check(exchange(ERROR, asked={"zzz": 1}, status=429)) != []


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (ERROR, JSON, 400),
        (AZURE, JSON, 401),
        ({"error": {**AZURE["error"], "type": "invalid_request_error"}}, JSON, 404),
        ({"status": 401, **ERROR}, "text/plain", 401),
        (b"upstream connect error or disconnect/reset before headers", "text/plain", 503),
        (b"<html>", "text/html", 502),
        (b"", JSON, 500),
    ],
)
def test_errors_as_the_api_and_what_stands_before_it_send_them(body, media, status):
    assert check(exchange(body, status=status, media=media)) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"error": {"message": "No."}}, "error.code"),
        ({"error": "No."}, "error"),
        ({"error": {**ERROR["error"], "message": None}}, "error.message"),
        ({"message": "No."}, "error"),
        (b"{", ""),
    ],
)
def test_errors_that_are_none(body, path):
    places = [flaw.path for flaw in check(exchange(body, status=400)) or ()]
    assert path in places


def test_events_are_counted_from_one_and_done_is_one_of_them():
    [flaw] = streamed(EVENT, {**EVENT, "choices": 7}, LAST, "[DONE]") or []
    assert (flaw.part, flaw.path, flaw.event) == ("event 2", "choices", 2)
    flaw, end = streamed(EVENT, LAST, "[DONE") or []
    assert (flaw.part, flaw.message) == ("event 3", "The data is neither JSON nor [DONE].")
    assert (end.part, end.event, end.message) == ("order", None, "The stream ends without [DONE].")


def test_an_error_may_come_in_place_of_an_event():
    assert streamed(EVENT, ERROR, "[DONE]") == []
    [flaw] = streamed({"error": {**ERROR["error"], "message": 7}}, "[DONE]") or []
    assert (flaw.part, flaw.path) == ("event 1", "error.message")


def test_named_events_are_of_the_type_they_are_named_for():
    delta = {
        "type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0,
        "delta": "x", "logprobs": [], "sequence_number": 1,
    }  # fmt: skip
    asked = {"model": "gpt-4.1", "input": "hi", "stream": True}
    found = streamed(delta, name=delta["type"], path=RESPONSES, asked=asked) or []
    assert {flaw.part for flaw in found} == {"order"}, "it is alone"
    flaw, *_ = streamed(delta, name="response.output_text.done", path=RESPONSES, asked=asked) or []
    assert (flaw.part, flaw.path) == ("event 1", "type")


def test_the_assistants_events_are_named_outside_of_their_data():
    delta = {"id": "m", "object": "thread.message.delta", "delta": {"content": []}}
    path, asked = "/v1/threads/t_1/runs", {"assistant_id": "a", "stream": True}
    found = streamed(delta, name="thread.message.delta", path=path, asked=asked) or []
    assert {flaw.part for flaw in found} == {"order"}, "it is alone"
    flaw, *_ = streamed({**delta, "delta": 7}, name="thread.message.delta", path=path, asked=asked) or []
    assert flaw.path == "data.delta"


def test_a_stream_is_known_by_its_looks_too():
    assert check(exchange(stream(EVENT, LAST, "[DONE]"), media=JSON)) == []


def test_an_answer_that_was_cut_off_need_not_be_whole():
    whole = stream(EVENT, LAST)
    assert check(exchange(whole[:-9], media=SSE, cut=True)) == []
    assert [flaw.part for flaw in check(exchange(whole, media=SSE)) or []] == ["order"]
    assert check(exchange(orjson.dumps(SAID)[:-9], cut=True)) == []
    assert check(exchange(orjson.dumps(SAID)[:-9])) != []


def test_content_codings_are_undone_first():
    coding = (("content-encoding", "gzip"),)
    assert check(exchange(gzip.compress(orjson.dumps(SAID)), headers=coding)) == []
    [flaw] = check(exchange(SAID, headers=coding)) or []
    assert flaw.message == "The body is not what content-encoding: gzip says."


def test_transcripts_in_other_formats_have_no_schema():
    asked = exchange(b"1\n00:00:00,000 --> 00:00:01,000\nhi\n", path="/v1/audio/transcriptions", media="text/plain")
    assert {flaw.part for flaw in check(asked) or ()} == {"request"}, "the form is JSON here; the answer is fine"


def test_bytes_and_what_has_no_schema_are_let_be():
    assert check(exchange(b"\x00", asked=None, path="/v1/files/f_1/content", method="GET")) == []
    assert check(exchange(asked=None, path="/v1/realtime", method="GET")) is None
    assert check(exchange(path="/v1/no/such/path")) is None


def test_azure_names_the_model_in_its_path():
    path = "/openai/deployments/mine/chat/completions"
    assert check(exchange(asked={"messages": ASKED["messages"]}, path=path, query="api-version=2024-10-21")) == []
