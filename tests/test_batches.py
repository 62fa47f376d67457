"""Batches: every line runs through the mock, and what comes of it is in files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import batches_driver
import httpx2
import pytest
from asking import ask, request
from batches_driver import ENDPOINT, jsonl, line, told
from openai import BadRequestError, NotFoundError, OpenAI
from sdks import driven

from mockai import ManualClock, MockAI
from mockai.batching import MOST_LINES, read
from mockai.registry import registry

GOOD = [line(str(number), "Hello") for number in range(4)]


@pytest.fixture
def mock() -> MockAI:
    return MockAI(clock=ManualClock(1000), lifecycle="looks=1")


@pytest.fixture
def client(mock: MockAI) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0) as made:
        yield made


def begun(client: OpenAI, *lines: Any, endpoint: Any = ENDPOINT, **more: Any) -> str:
    file = client.files.create(file=jsonl(*lines), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more)
    assert registry().valid("openai/batch.Batch", batch.to_dict(mode="json"), "produce")
    return batch.id


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_see_the_same_batch(sdk: str) -> None:
    seen = driven(batches_driver, sdk)
    assert seen["sync"].pop("seen") == ["validating", "completed"]
    assert seen["async"].pop("seen") == ["validating", "in_progress", "in_progress", "finalizing", "completed"]
    assert (
        seen["sync"]
        == seen["async"]
        == {
            "counts": {"total": 3, "completed": 2, "failed": 1},
            "output": {"one": "as scripted", "three": "as scripted"},
            "errors": {"two": "temperature"},
            "listed": ["completed"],
        }
    )


def test_a_batch_says_what_it_did_in_the_fields_of_the_real_one(mock: MockAI, client: OpenAI) -> None:
    id = begun(client, *GOOD)
    value: dict[str, Any] = {}
    for _ in range(4):
        reply = ask(mock, request(f"/v1/batches/{id}", method="GET"))
        value = json.loads(reply.content)
    assert list(value)[:8] == [
        "id", "object", "endpoint", "model", "errors", "input_file_id", "completion_window", "status",
    ]  # fmt: skip
    assert (value["status"], value["model"], value["metadata"]) == ("completed", "gpt-4.1-2025-04-14", None)
    assert value["expires_at"] == 1000 + 24 * 3600
    assert value["usage"]["total_tokens"] == value["usage"]["input_tokens"] + value["usage"]["output_tokens"] > 0
    output = client.files.retrieve(value["output_file_id"])
    assert (output.purpose, output.filename) == ("batch_output", f"{id}_output.jsonl")
    [first, *_] = client.files.content(output.id).text.splitlines()
    assert list(json.loads(first)) == ["id", "custom_id", "response", "error"]
    assert json.loads(first)["response"]["status_code"] == 200
    assert [exchange.operation for exchange in mock.journal].count("chat.completions.create") == 4


def test_a_batch_cancelled_midway_keeps_what_ran(client: OpenAI) -> None:
    id = begun(client, *GOOD)
    for _ in range(2):
        client.batches.retrieve(id)
    assert client.batches.cancel(id).status == "cancelling"
    done = client.batches.retrieve(id)
    assert done.status == "cancelled"
    assert done.request_counts
    assert done.request_counts.completed == 2
    assert done.output_file_id
    assert list(told(client.files.content(done.output_file_id).text)) == ["0", "1"]
    with pytest.raises(BadRequestError, match="status 'cancelled'"):
        client.batches.cancel(id)


def test_a_batch_cancelled_at_once_runs_nothing() -> None:
    mock = MockAI(clock=ManualClock())
    with OpenAI(api_key="sk", http_client=httpx2.Client(transport=mock.transport(httpx2))) as client:
        id = begun(client, *GOOD)
        client.batches.cancel(id)
        done = client.batches.retrieve(id)
        assert (done.status, done.output_file_id) == ("cancelled", None)


def test_what_has_not_run_in_a_day_has_expired(mock: MockAI, client: OpenAI) -> None:
    id = begun(client, *GOOD, output_expires_after={"anchor": "created_at", "seconds": 3600})
    for _ in range(2):
        client.batches.retrieve(id)
    assert isinstance(mock.clock, ManualClock)
    mock.clock.advance(24 * 3600)
    done = client.batches.retrieve(id)
    assert done.status == "expired"
    assert done.error_file_id
    assert client.files.retrieve(done.error_file_id).expires_at == mock.clock.now() + 3600
    errors = [json.loads(each) for each in client.files.content(done.error_file_id).text.splitlines()]
    assert [(each["custom_id"], each["error"]["code"]) for each in errors] == [
        ("2", "batch_expired"),
        ("3", "batch_expired"),
    ]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"", [("empty_file", None, None)]),
        (b"\n\n", [("empty_file", None, None)]),
        (b"{}\n" * (MOST_LINES + 1), [("too_many_tasks", None, None)]),
        (b"{not json}\n[1]\n", [("invalid_json_line", 1, None), ("invalid_json_line", 2, None)]),
        (jsonl({**GOOD[0], "custom_id": None})[1], [("missing_required_parameter", 1, "custom_id")]),
        (jsonl({**GOOD[0], "custom_id": 7})[1], [("invalid_type", 1, "custom_id")]),
        (jsonl({**GOOD[0], "body": [1]})[1], [("invalid_type", 1, "body")]),
        (jsonl(GOOD[0], GOOD[1], GOOD[0])[1], [("duplicate_custom_id", 3, "custom_id")]),
        (jsonl({**GOOD[0], "method": "GET"})[1], [("invalid_method", 1, "method")]),
        (jsonl({**GOOD[0], "url": "/v1/embeddings"})[1], [("mismatched_endpoint", 1, "url")]),
        (jsonl(line("1", "a", stream=True))[1], [("invalid_value", 1, "body.stream")]),
    ],
)
def test_a_bad_line_is_named_by_its_number(data: bytes, codes: list[Any]) -> None:
    _, errors = read(data, ENDPOINT)
    assert [(error["code"], error["line"], error["param"]) for error in errors] == codes


def test_a_batch_of_a_bad_file_fails(client: OpenAI) -> None:
    id = begun(client, GOOD[0], {"custom_id": "2"})
    done = client.batches.retrieve(id)
    assert (done.status, done.output_file_id) == ("failed", None)
    assert done.errors
    assert done.errors.data
    assert [(each.line, each.param) for each in done.errors.data] == [(2, "method")]


def test_an_input_file_must_be_there_and_be_meant_for_it(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="No such File object"):
        client.batches.create(input_file_id="file-x", endpoint=ENDPOINT, completion_window="24h")
    file = client.files.create(file=("in.jsonl", b"{}"), purpose="fine-tune")
    with pytest.raises(BadRequestError, match="purpose"):
        client.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")


def test_a_line_without_an_answer_is_a_line_of_the_error_file(mock: MockAI, client: OpenAI) -> None:
    mock.on("embeddings.create").fail(503)
    body = {"model": "text-embedding-3-small", "input": "a"}
    given = {"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": body}
    id = begun(client, given, endpoint="/v1/embeddings")
    for _ in range(4):
        done = client.batches.retrieve(id)
    assert (done.status, done.output_file_id) == ("completed", None)
    assert done.error_file_id
    [error] = client.files.content(done.error_file_id).text.splitlines()
    assert json.loads(error)["response"]["status_code"] == 503
