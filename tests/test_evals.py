"""Evals: data sampled from this mock's own models, and graded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import grading_driver
import httpx2
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from sdks import driven

from mockai import ManualClock, MockAI
from mockai.operations import operation
from mockai.registry import registry

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "country": {"type": "string"}}}
CUSTOM: Any = {"type": "custom", "item_schema": SCHEMA, "include_sample_schema": True}
EXACT: Any = {"type": "string_check", "name": "exact", "operation": "eq", "input": "{{sample.output_text}}"}
EXACT |= {"reference": "{{item.city}}"}
NEAR: Any = {"type": "text_similarity", "name": "near", "evaluation_metric": "fuzzy_match", "pass_threshold": 0.4}
NEAR |= {"input": "{{sample.output_text}}", "reference": "{{item.city}}"}
DATA = [{"item": {"city": "Paris", "country": "France"}}, {"item": {"city": "Roma", "country": "Italy"}}]
ASK: Any = {"type": "template", "template": [{"role": "user", "content": "Capital of {{item.country}}?"}]}


@pytest.fixture
def mock() -> MockAI:
    mock = MockAI(clock=ManualClock(1000), unmatched="synthesize")
    for operation_id, field in (("chat.completions.create", "messages"), ("responses.create", "input")):
        mock.on(operation_id, **{f"{field}__0__content": "Capital of France?"}).reply("Paris")
        mock.on(operation_id, **{f"{field}__0__content": "Capital of Italy?"}).reply("Rome")
    return mock


@pytest.fixture
def client(mock: MockAI) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0) as made:
        yield made


def valid(id: str, model: Any) -> None:
    name = operation(id).result
    assert name is not None
    assert registry().valid(name, model.to_dict(mode="json"), "produce"), model


def source(kind: str, **more: Any) -> Any:
    content = {"type": "file_content", "content": DATA}
    return {"type": kind, "source": content, "model": "gpt-4.1", "input_messages": ASK, **more}


@pytest.mark.parametrize("kind", ["completions", "responses"])
def test_a_run_samples_and_grades_every_item(client: OpenAI, kind: str) -> None:
    made = client.evals.create(name="capitals", data_source_config=CUSTOM, testing_criteria=[EXACT, NEAR])
    valid("evals.create", made)
    run = client.evals.runs.create(made.id, data_source=source(kind, sampling_params={"temperature": 0.5}))
    valid("evals.runs.create", run)
    assert (run.status, run.result_counts.total) == ("queued", 0)
    done = client.evals.runs.retrieve(run.id, eval_id=made.id)
    valid("evals.runs.retrieve", done)
    assert (done.status, done.result_counts.to_dict()) == (
        "completed",
        {"total": 2, "errored": 0, "failed": 1, "passed": 1},
    )
    assert [each.to_dict() for each in done.per_testing_criteria_results] == [
        {"testing_criteria": "exact", "passed": 1, "failed": 1},
        {"testing_criteria": "near", "passed": 2, "failed": 0},
    ]
    assert [(each.model_name, each.invocation_count) for each in done.per_model_usage] == [("gpt-4.1-2025-04-14", 2)]
    items = [*client.evals.runs.output_items.list(run.id, eval_id=made.id)]
    assert [(each.status, each.sample.output[0].content) for each in items] == [("pass", "Paris"), ("fail", "Rome")]
    assert items[0].sample.temperature == 0.5
    [failed] = client.evals.runs.output_items.list(run.id, eval_id=made.id, status="fail")
    one = client.evals.runs.output_items.retrieve(failed.id, eval_id=made.id, run_id=run.id)
    valid("evals.runs.output_items.retrieve", one)
    assert (one.datasource_item, one.datasource_item_id) == (DATA[1]["item"], 1)


def test_samples_may_come_with_the_data(client: OpenAI) -> None:
    lines = [{**DATA[0], "sample": {"output_text": "Paris"}}, {**DATA[1], "sample": {"output_text": "Milan"}}]
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    file = client.files.create(file=("data.jsonl", data), purpose="evals")
    made = client.evals.create(data_source_config=CUSTOM, testing_criteria=[EXACT])
    told: Any = {"type": "jsonl", "source": {"type": "file_id", "id": file.id}}
    run = client.evals.runs.create(made.id, data_source=told)
    done = client.evals.runs.retrieve(run.id, eval_id=made.id)
    assert (done.result_counts.passed, done.result_counts.failed, done.model) == (1, 1, "none")


def test_what_was_stored_can_be_graded(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Capital of France?"}]
    client.chat.completions.create(model="gpt-4.1", messages=messages, store=True, metadata={"of": "mine"})
    made = client.evals.create(
        data_source_config={"type": "stored_completions"}, testing_criteria=[{**EXACT, "reference": "Paris"}]
    )
    told: Any = {"type": "completions", "source": {"type": "stored_completions", "metadata": {"of": "mine"}}}
    run = client.evals.runs.create(made.id, data_source=told)
    assert client.evals.runs.retrieve(run.id, eval_id=made.id).result_counts.passed == 1


def test_what_goes_wrong_is_an_error_of_its_item(mock: MockAI, client: OpenAI) -> None:
    mock.on("chat.completions.create", messages__0__content="Capital of Italy?").fail(429, code="rate_limit_exceeded")
    made = client.evals.create(data_source_config=CUSTOM, testing_criteria=[EXACT])
    run = client.evals.runs.create(made.id, data_source=source("completions"))
    assert client.evals.runs.retrieve(run.id, eval_id=made.id).result_counts.errored == 1
    asked: Any = {"type": "template", "template": [{"role": "user", "content": "{{item.nobody}}"}]}
    lost = client.evals.runs.create(made.id, data_source=source("completions", input_messages=asked))
    assert client.evals.runs.retrieve(lost.id, eval_id=made.id).result_counts.errored == 2


def test_runs_are_cancelled_and_deleted_and_unreadable_data_refused(client: OpenAI) -> None:
    made = client.evals.create(data_source_config=CUSTOM, testing_criteria=[EXACT])
    run = client.evals.runs.create(made.id, data_source=source("completions"))
    assert client.evals.runs.cancel(run.id, eval_id=made.id).status == "canceled"
    with pytest.raises(BadRequestError, match="canceled"):
        client.evals.runs.cancel(run.id, eval_id=made.id)
    assert client.evals.runs.delete(run.id, eval_id=made.id).run_id == run.id
    with pytest.raises(NotFoundError):
        client.evals.runs.retrieve(run.id, eval_id=made.id)
    file = client.files.create(file=("data.jsonl", b'{"item": {}}\nno json\n'), purpose="evals")
    told: Any = {"type": "jsonl", "source": {"type": "file_id", "id": file.id}}
    with pytest.raises(BadRequestError, match="Line 2"):
        client.evals.runs.create(made.id, data_source=told)
    assert client.evals.update(made.id, name="renamed").name == "renamed"
    assert client.evals.delete(made.id).deleted
    with pytest.raises(NotFoundError):
        client.evals.runs.list(made.id)


def test_the_async_client_sees_the_same(mock: MockAI) -> None:
    async def passed() -> int:
        async with AsyncOpenAI(
            api_key="sk", http_client=httpx2.AsyncClient(transport=mock.transport(httpx2))
        ) as client:
            made = await client.evals.create(data_source_config=CUSTOM, testing_criteria=[EXACT])
            run = await client.evals.runs.create(made.id, data_source=source("completions"))
            return (await client.evals.runs.retrieve(run.id, eval_id=made.id)).result_counts.passed

    assert asyncio.run(passed()) == 1


@pytest.mark.parametrize("said", ["hello", [{"text": "no role"}], 3])
def test_a_field_that_holds_no_messages_is_an_error_of_its_item(client: OpenAI, said: Any) -> None:
    made = client.evals.create(data_source_config={"type": "custom", "item_schema": {}}, testing_criteria=[EXACT])
    asked: Any = {"type": "item_reference", "item_reference": "item.said"}
    content = {"type": "file_content", "content": [{"item": {"city": "Paris", "said": said}}]}
    run = client.evals.runs.create(made.id, data_source=source("completions", input_messages=asked, source=content))
    assert client.models.list().data
    done = client.evals.runs.retrieve(run.id, eval_id=made.id)
    assert (done.status, done.result_counts.errored) == ("completed", 1)


def test_a_gateways_page_is_an_error_of_its_item(mock: MockAI, client: OpenAI) -> None:
    mock.on("chat.completions.create").fail(502)
    made = client.evals.create(data_source_config=CUSTOM, testing_criteria=[EXACT])
    run = client.evals.runs.create(made.id, data_source=source("completions"))
    done = client.evals.runs.retrieve(run.id, eval_id=made.id)
    assert (done.status, done.result_counts.errored) == ("completed", 2)
    [item, _] = client.evals.runs.output_items.list(run.id, eval_id=made.id)
    assert (item.sample.error.code, "Bad Gateway" in item.sample.error.message) == ("502", True)


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_grade_alike(sdk: str) -> None:
    seen = driven(grading_driver, sdk)
    wanted = {"reward": 1.0, "run": ["completed", 1, 1], "items": ["pass", "fail"], "skill": "tides"}
    assert seen["sync"] == seen["async"] == wanted
