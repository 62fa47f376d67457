"""Usage and costs: what was asked is counted, once, in the bucket of its time, and stays counted."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
from asking import HEADERS, ask, chat, exchange, request
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI, OpenAI
from wires import environment

from mockai import ManualClock, MockAI, journal
from mockai.behaviours.prices import line_items
from mockai.behaviours.usage import SERVICES, WIDTHS
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.metering import METERS, uses
from mockai.operations import operation, operations
from mockai.registry import registry
from mockai.tally import Use

HOUR, DAY = 3600, 86_400
MIDNIGHT = 1_749_945_600
RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings" / "interactions.jsonl"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MIDNIGHT + 10 * HOUR + 30)


@pytest.fixture
def mock(clock: ManualClock) -> MockAI:
    return MockAI(clock=clock)


def told(mock: MockAI, name: str, query: str = "", status: int = 200) -> Any:
    """The answer of one usage operation, valid by its schema."""
    row = operation(f"admin.organization.usage.{name}")
    start = "" if "start_time" in query or status == 400 else f"start_time={MIDNIGHT}&"
    reply = ask(mock, Request("GET", "/v1" + row.path, start + query, HEADERS))
    value = json.loads(reply.content)
    assert reply.status == status, value
    if status == 200:
        assert row.result is not None
        assert registry().valid(row.result, value, "produce"), value
    return value


def results(mock: MockAI, name: str, query: str = "") -> list[dict[str, Any]]:
    """All results of all buckets."""
    return [result for bucket in told(mock, name, query)["data"] for result in bucket["results"]]


def one(mock: MockAI, name: str, query: str = "") -> dict[str, Any]:
    [result] = results(mock, name, query)
    return result


def answered(name: str, body: Any, /, **fields: Any) -> Exchange:
    """An exchange of an operation, with this answer."""
    row = operation(name)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    media = "text/event-stream" if data.startswith((b"data", b"event")) else "application/json"
    sent = request("/v1" + row.path, method=row.method, **fields)
    return Exchange(sent, Reply(200, (("content-type", media),), (Chunk(0, data),)), name)


# -- what is counted


def test_tokens_are_those_that_the_answers_told(mock: MockAI) -> None:
    usages = [json.loads(ask(mock, chat(text)).content)["usage"] for text in ("one", "one two three")]
    result = one(mock, "completions")
    assert result["input_tokens"] == sum(usage["prompt_tokens"] for usage in usages)
    assert result["output_tokens"] == sum(usage["completion_tokens"] for usage in usages)
    assert result["num_model_requests"] == 2
    assert one(mock, "completions") == result  # asking changes nothing


@pytest.mark.parametrize("more", [{}, {"stream_options": {"include_usage": True}}])
def test_a_stream_counts_what_it_says(mock: MockAI, more: dict[str, Any]) -> None:
    asked = {"model": "gpt-4o", "text": "one two three"}
    usage = json.loads(ask(mock, chat(**asked)).content)["usage"]
    mock.reset()
    ask(mock, chat(**asked, stream=True, **more))
    result = one(mock, "completions")
    assert result["input_tokens"] == usage["prompt_tokens"]
    assert result["output_tokens"] == pytest.approx(usage["completion_tokens"], abs=0 if more else 2)


def test_only_what_was_answered_counts(mock: MockAI) -> None:
    ask(mock, request("/v1/chat/completions", model="gpt-4o"))
    mock.on("chat.completions.create").fail(429)
    ask(mock, chat())
    ask(mock, request("/v1/models", method="GET"))
    assert results(mock, "completions") == []
    mock.on("chat.completions.create").reply("scripted")
    ask(mock, chat())
    assert one(mock, "completions")["num_model_requests"] == 1
    mock.reset()
    assert results(mock, "completions") == []


def test_embeddings_moderations_and_legacy_completions(mock: MockAI) -> None:
    usage = json.loads(ask(mock, request("/v1/embeddings", model="text-embedding-3-small", input=["a", "b"])).content)
    assert one(mock, "embeddings")["input_tokens"] == usage["usage"]["prompt_tokens"]
    ask(mock, request("/v1/moderations", model="omni-moderation-latest", input=["hello", "hello"]))
    assert one(mock, "moderations") | {"object": ""} == {
        "object": "",
        "input_tokens": 2,
        "num_model_requests": 1,
        "project_id": None,
        "user_id": None,
        "api_key_id": None,
        "model": None,
    }
    ask(mock, request("/v1/completions", model="gpt-3.5-turbo-instruct", prompt="hello hello", stream=True))
    assert one(mock, "completions")["input_tokens"] == 2


def test_pictures_by_size_and_source(mock: MockAI) -> None:
    ask(mock, request("/v1/images/generations", model="dall-e-2", prompt="a cat", n=2, size="512x512"))
    ask(mock, request("/v1/images/generations", model="dall-e-3", prompt="a cat"))
    assert one(mock, "images")["images"] == 3
    grouped = results(mock, "images", "group_by[]=size&group_by[]=source&group_by[]=model")
    told = {(each["size"], each["source"], each["model"]): each["images"] for each in grouped}
    assert told == {
        ("512x512", "image.generation", "dall-e-2"): 2,
        ("1024x1024", "image.generation", "dall-e-3"): 1,
    }
    assert one(mock, "images", "sizes[]=512x512")["images"] == 2
    assert results(mock, "images", "sources[]=image.edit") == []


def test_speech_and_its_transcription(mock: MockAI) -> None:
    ask(mock, request("/v1/audio/speech", model="tts-1", voice="alloy", input="Hello there."))
    result = one(mock, "audio_speeches")
    assert (result["characters"], result["num_model_requests"]) == (12, 1)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"text": "x", "usage": {"type": "duration", "seconds": 7}}, 7),
        ({"text": "x", "duration": 2.1}, 3),
        ({"text": "x", "usage": {"type": "tokens", "input_token_details": {"audio_tokens": 31}}}, 4),
        (b'data: {"type":"transcript.text.done","usage":{"seconds":9}}\n\ndata: [DONE]\n\n', 9),
        ({"text": "x"}, 0),
    ],
)
def test_seconds_of_sound(body: Any, seconds: int) -> None:
    [use] = uses(answered("audio.transcriptions.create", body, model="whisper-1"))
    assert (use.service, use.amounts["seconds"]) == ("audio_transcriptions", seconds)


def test_seconds_of_a_recording_whose_answer_is_plain_text() -> None:
    media = "multipart/form-data; boundary=b"
    parts = ['name="model"\r\n\r\nwhisper-1', 'name="file"; filename="a.mp3"\r\n\r\n' + "x" * 40_000]
    form = "".join(f"--b\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--b--\r\n"
    sent = Request("POST", "/v1/audio/transcriptions", "", (("content-type", media),), form.encode())
    reply = Reply(200, (("content-type", "text/plain"),), (Chunk(0, b"hello\n"),))
    [use] = uses(Exchange(sent, reply, "audio.transcriptions.create"))
    assert (use.amounts["seconds"], dict(use.facets)["model"]) == (3, "whisper-1")


USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 13,
}
WORK = [
    {"type": "web_search_call", "id": "ws_1"},
    {"type": "web_search_call", "id": "ws_2"},
    {"type": "file_search_call", "id": "fs_1"},
    {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1"},
    {"type": "code_interpreter_call", "id": "ci_2", "container_id": "cntr_1"},
    {"type": "message", "id": "msg_1"},
]
TOOLS = [
    {"type": "web_search", "search_context_size": "high"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
]
RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-4o", "service_tier": "default"}
DONE = RESPONSE | {"usage": USAGE, "output": WORK, "tools": TOOLS}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_response_counts_its_tokens_and_its_tools(streamed: bool) -> None:
    created = {"type": "response.created", "response": RESPONSE | {"status": "in_progress", "usage": None}}
    events = [created, {"type": "response.completed", "response": DONE}]
    body: Any = b"".join(b"event: x\ndata: " + json.dumps(each).encode() + b"\n\n" for each in events)
    found = uses(answered("responses.create", body if streamed else DONE, model="gpt-4o", input="x"))
    by_service = {use.service: use for use in found}
    completions = by_service["completions"]
    assert {name: amount for name, amount in completions.amounts.items() if amount} == {
        "input_tokens": 10,
        "output_tokens": 3,
        "num_model_requests": 1,
        "input_cached_tokens": 4,
    }
    assert dict(completions.facets) == {"model": "gpt-4o", "batch": False, "service_tier": "default"}
    assert by_service["web_search_calls"].amounts == {"num_model_requests": 1, "num_requests": 2}
    assert dict(by_service["web_search_calls"].facets)["context_level"] == "high"
    assert dict(by_service["file_search_calls"].facets) == {"vector_store_id": "vs_1"}
    assert by_service["code_interpreter_sessions"].amounts == {"num_sessions": 1}


def test_work_in_the_background_is_counted_when_it_is_seen_done(mock: MockAI, clock: ManualClock) -> None:
    queued: dict[str, Any] = RESPONSE | {"status": "queued", "usage": None, "output": []}
    start = answered("responses.create", queued, model="gpt-4o", input="x", background=True)
    later = answered("responses.retrieve", DONE)
    underway = answered("responses.retrieve", queued | {"status": "in_progress"})
    for each in (start, underway, later, later):
        mock.journal.note(each.request, each.reply, each.operation, "cassette", clock.now(), 1)
    result = one(mock, "completions")
    assert (result["num_model_requests"], result["input_tokens"]) == (1, 10)
    assert one(mock, "web_search_calls")["num_requests"] == 2


def test_searches_containers_and_decisions() -> None:
    search = answered("vector_stores.search", {}, query="x")
    store = Exchange(request("/v1/vector_stores/vs_1/search", query="x"), search.reply, "vector_stores.search")
    (found,) = uses(store)
    assert (found.service, dict(found.facets)) == ("file_search_calls", {"vector_store_id": "vs_1"})
    assert [use.amounts for use in uses(answered("containers.create", {"id": "cntr_1"}, name="x"))] == [
        {"num_sessions": 1}
    ]
    [use] = uses(answered("decisions.create", {"model": "m", "answers": [], "usage": USAGE}, model="m"))
    assert (use.service, use.amounts["output_tokens"]) == ("decisions", 3)
    [_, search_use] = uses(answered("chat.completions.create", {"model": "gpt-4o-search-preview", "usage": {}}))
    assert (search_use.service, dict(search_use.facets)["context_level"]) == ("web_search_calls", "medium")


def test_what_vector_stores_hold_is_counted_in_bytes(mock: MockAI, clock: ManualClock) -> None:
    value = {"id": "vs_1", "created_at": int(clock.now()), "usage_bytes": 1_000}
    mock.resources.add("/vector_stores", value)
    clock.advance(DAY)
    buckets = told(mock, "vector_stores", f"start_time={MIDNIGHT - DAY}")["data"]
    assert [sum(each["usage_bytes"] for each in bucket["results"]) for bucket in buckets] == [0, 1_000, 1_000]


@pytest.mark.parametrize("usage", ["many", 5, {"prompt_tokens": "x", "prompt_tokens_details": [1]}])
def test_what_is_not_in_the_apis_shape_does_no_harm(usage: Any) -> None:
    uses(answered("responses.create", {"object": "response", "usage": usage, "output": "x", "tools": 3}))
    uses(answered("chat.completions.create", {"choices": [None], "usage": usage}, messages="x"))
    assert uses(exchange(request("/v1/models", method="GET"))) != []  # a chat by its name, whatever was asked


def test_a_run_is_counted_like_a_response() -> None:
    run = {"id": "run_1", "object": "thread.run", "status": "requires_action", "model": "gpt-4o", "usage": None}
    [begun] = uses(answered("beta.threads.runs.create", run, assistant_id="asst_1"))
    assert (begun.opens, begun.amounts["num_model_requests"]) == ("run_1", 1)
    assert uses(answered("beta.threads.runs.retrieve", run)) == []
    done = run | {"status": "completed", "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    [ended] = uses(answered("beta.threads.runs.retrieve", done))
    assert (ended.closes, ended.amounts["input_tokens"], ended.amounts["num_model_requests"]) == ("run_1", 5, 0)


def test_a_container_made_before_is_no_new_session() -> None:
    tools = [{"type": "code_interpreter", "container": "cntr_1"}]
    found = uses(answered("responses.create", DONE | {"tools": tools, "output": WORK[3:4]}))
    assert [use.service for use in found] == ["completions"]


def test_what_has_no_meter_uses_nothing() -> None:
    assert uses(answered("models.list", {})) == []


def test_texts_among_pictures_are_moderated() -> None:
    parts = [{"type": "text", "text": "hello"}, {"type": "image_url", "image_url": {"url": "data:,"}}, 5]
    [use] = uses(answered("moderations.create", {}, model="omni-moderation-latest", input=parts))
    assert use.amounts["input_tokens"] == 1


def test_a_path_that_the_api_has_not_tells_nothing_of_a_request() -> None:
    known = answered("audio.speech.create", {}, input="hello")
    [use] = uses(Exchange(request("/v1/elsewhere", input="hello"), known.reply, "audio.speech.create"))
    assert use.amounts["characters"] == 0


def test_meters_are_operations() -> None:
    assert set(METERS) <= set(operations())


# -- nothing is lost


def test_what_the_journal_forgets_stays_counted(monkeypatch: pytest.MonkeyPatch, mock: MockAI) -> None:
    monkeypatch.setattr(journal, "MOST_EXCHANGES", 3)
    for index in range(7):
        ask(mock, request("/v1/embeddings", model="text-embedding-3-small", input="word"))
        if index == 4:
            assert one(mock, "embeddings")["num_model_requests"] == 5
    assert one(mock, "embeddings")["num_model_requests"] == 7
    assert len(mock.journal) == 3


def test_a_request_is_not_read_before_somebody_asks(monkeypatch: pytest.MonkeyPatch, mock: MockAI) -> None:
    read: list[Exchange] = []

    def noted(each: Exchange) -> list[Use]:
        read.append(each)
        return []

    monkeypatch.setattr("mockai.metering.uses", noted)
    for _ in range(3):
        ask(mock, chat())
    assert read == []
    told(mock, "completions")
    assert len(read) == 3
    told(mock, "completions")
    assert len(read) == 3


# -- buckets and pages


def test_buckets_are_cut_as_the_api_cuts_them(mock: MockAI, clock: ManualClock) -> None:
    start = int(clock.now()) - DAY
    buckets = told(mock, "completions", f"start_time={start}")["data"]
    ends = [(bucket["start_time"], bucket["end_time"]) for bucket in buckets]
    assert ends == [(start, MIDNIGHT), (MIDNIGHT, int(clock.now()) + 1)]
    days = told(mock, "costs", f"start_time={start}")["data"]
    assert [(day["start_time"], day["end_time"]) for day in days] == [
        (MIDNIGHT - DAY, MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + DAY),
    ]


def test_an_exchange_is_in_the_bucket_of_its_time(mock: MockAI, clock: ManualClock) -> None:
    for _ in range(3):
        ask(mock, chat())
        clock.advance(HOUR)
    buckets = told(mock, "completions", f"start_time={MIDNIGHT + 10 * HOUR}&bucket_width=1h")["data"]
    assert [sum(each["num_model_requests"] for each in bucket["results"]) for bucket in buckets] == [1, 1, 1, 0]
    late = f"start_time={MIDNIGHT + 11 * HOUR}&end_time={MIDNIGHT + 12 * HOUR}"
    assert one(mock, "completions", late)["num_model_requests"] == 1
    now = int(clock.now())
    ask(mock, chat())
    assert one(mock, "completions", f"start_time={now}&bucket_width=1m")["num_model_requests"] == 1
    assert told(mock, "completions", f"start_time={now + DAY}")["data"] == []


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 5 * HOUR), max_size=8),
    st.integers(0, 3 * HOUR),
    st.sampled_from(["1m", "1h", "1d"]),
    st.integers(1, 40),
)
def test_pages_put_together_count_everything_once(times: list[int], start: int, width: str, limit: int) -> None:
    clock = ManualClock(MIDNIGHT)
    mock = MockAI(clock=clock)
    sent = answered("embeddings.create", {"usage": {"prompt_tokens": 1}}, model="m", input="x")
    for time in times:
        mock.journal.note(sent.request, sent.reply, sent.operation, "stub", MIDNIGHT + time)
    clock.advance(6 * HOUR)
    limit = min(limit, 31)
    buckets, page = [], ""
    while True:
        query = f"start_time={MIDNIGHT + start}&bucket_width={width}&limit={limit}" + (f"&page={page}" if page else "")
        value = told(mock, "embeddings", query)
        buckets += value["data"]
        assert value["has_more"] == (value["next_page"] is not None)
        if not value["has_more"]:
            break
        assert len(value["data"]) == limit
        page = value["next_page"]
    assert buckets[0]["start_time"] == MIDNIGHT + start
    for before, after in pairwise(buckets):
        assert before["end_time"] == after["start_time"]
        assert after["start_time"] % WIDTHS[width] == 0
    counted = sum(result["num_model_requests"] for bucket in buckets for result in bucket["results"])
    assert counted == sum(time >= start // 60 * 60 for time in times)


def test_a_page_that_nobody_named_is_refused(mock: MockAI) -> None:
    start = f"start_time={MIDNIGHT}"
    assert told(mock, "completions", f"{start}&page=page_x", 400)["error"]["param"] == "page"
    assert told(mock, "completions", "", 400)["error"]["param"] == "start_time"
    error = told(mock, "completions", f"{start}&bucket_width=1d&limit=32", 400)["error"]
    assert error["code"] == "integer_above_max_value"
    assert told(MockAI(missing="conjure", clock=mock.clock), "completions", "page=page_x")["data"]


# -- groups and filters


@pytest.fixture
def busy(mock: MockAI) -> MockAI:
    for model, project in (("gpt-4o", "proj_a"), ("gpt-4o", "proj_b"), ("gpt-4o-mini", "proj_a")):
        sent = chat(model=model)
        headers = (*sent.headers, ("openai-project", project))
        ask(mock, Request(sent.method, sent.path, "", headers, sent.body))
    return mock


def test_groups(busy: MockAI) -> None:
    by_project = results(busy, "completions", "group_by[]=project_id")
    assert {each["project_id"]: each["num_model_requests"] for each in by_project} == {"proj_a": 2, "proj_b": 1}
    by_both = results(busy, "completions", "group_by=project_id&group_by=model")
    assert len(by_both) == 3
    whole = one(busy, "completions")
    for name in ("input_tokens", "output_tokens", "num_model_requests"):
        assert whole[name] == sum(each[name] for each in by_both)
    assert (whole["model"], whole["project_id"]) == (None, None)
    assert one(busy, "completions", "group_by=batch")["batch"] is False


def test_filters(busy: MockAI) -> None:
    assert one(busy, "completions", "project_ids[]=proj_b")["num_model_requests"] == 1
    assert one(busy, "completions", "models[]=gpt-4o-mini-2024-07-18")["num_model_requests"] == 1
    assert one(busy, "completions", "batch=false")["num_model_requests"] == 3
    assert results(busy, "completions", "batch=true") == []
    assert results(busy, "completions", "user_ids[]=user-x") == []


def test_a_line_of_a_batch_is_counted_as_one() -> None:
    sent = answered("embeddings.create", {"usage": {"prompt_tokens": 1}})
    chatted = answered("chat.completions.create", {"usage": {"prompt_tokens": 1}})
    marked = Request("POST", chatted.request.path, "", (("x-mockai-batch", "batch_1"),), chatted.request.body)
    [use] = uses(Exchange(marked, chatted.reply, "chat.completions.create"))
    assert dict(use.facets)["batch"] is True
    assert "batch" not in dict(uses(sent)[0].facets)


def test_a_project_is_the_one_that_the_answer_names(mock: MockAI) -> None:
    reply = ask(mock, chat())
    assert one(mock, "completions", "group_by=project_id")["project_id"] == reply.header("openai-project")


# -- costs


def test_a_bill_adds_up(busy: MockAI) -> None:
    ask(busy, request("/v1/embeddings", model="text-embedding-3-small", input="word"))
    ask(busy, request("/v1/audio/speech", model="tts-1", voice="alloy", input="Hello there."))
    lines = results(busy, "costs", "group_by[]=line_item")
    whole = one(busy, "costs")
    assert whole["amount"]["value"] == pytest.approx(sum(each["amount"]["value"] for each in lines))
    assert whole["amount"]["currency"] == "usd"
    assert whole["line_item"] is None
    by_name = {each["line_item"]: each for each in lines}
    used = one(busy, "completions", "models[]=gpt-4o-mini-2024-07-18")
    mini = by_name["gpt-4o-mini-2024-07-18, output"]
    assert (mini["quantity"], mini["quantity_unit"]) == (used["output_tokens"], "tokens")
    assert mini["amount"]["value"] == pytest.approx(used["output_tokens"] * 0.6 / 1e6)
    assert by_name["tts-1"]["amount"]["value"] == pytest.approx(12 * 15 / 1e6)
    projects = results(busy, "costs", "group_by[]=project_id&project_ids[]=proj_b")
    assert [each["project_id"] for each in projects] == ["proj_b"]
    assert len(results(busy, "costs", "group_by=line_item&line_items[]=tts-1")) == 1


def test_prices() -> None:
    tokens = {"input_tokens": 1_000_000, "input_cached_tokens": 400_000, "output_tokens": 1_000_000}
    items = {item.name: item.dollars for item in line_items("completions", "gpt-5-2025-08-07", tokens, batch=False)}
    assert items == {
        "gpt-5-2025-08-07, input": pytest.approx(0.75),
        "gpt-5-2025-08-07, cached input": pytest.approx(0.05),
        "gpt-5-2025-08-07, output": pytest.approx(10),
    }
    halved = [item.dollars for item in line_items("completions", "gpt-5-2025-08-07", tokens, batch=True)]
    assert halved == [price / 2 for price in items.values()]
    unknown = [item.dollars for item in line_items("completions", "my-own", tokens, batch=False)]
    assert unknown == list(items.values())
    [calls] = line_items("web_search_calls", "gpt-5", {"num_requests": 3}, batch=False)
    assert calls.name == "web search"
    assert calls.dollars == pytest.approx(0.03)
    [images] = line_items("images", "dall-e-3", {"images": 2}, batch=False)
    assert images.unit == "images"
    assert images.dollars == pytest.approx(0.08)


# -- as recorded


def recorded() -> Iterator[tuple[str, Any]]:
    with RECORDINGS.open(encoding="utf-8") as lines:
        for line in lines:
            if '"endpoint": "/v1/organization/' in line:
                entry = json.loads(line)
                yield entry["endpoint"], entry["response_body"]["json"]


@pytest.mark.skipif(not RECORDINGS.is_file(), reason="the recordings of real traffic are not here")
def test_answers_are_built_as_recorded_ones(mock: MockAI) -> None:
    mock.resources.add("/vector_stores", {"id": "vs_1", "created_at": MIDNIGHT, "usage_bytes": 1})
    given = {"text": "x", "duration": 1}
    for each in (
        answered("chat.completions.create", {"usage": {"prompt_tokens": 1}}),
        answered("embeddings.create", {"usage": {"prompt_tokens": 1}}),
        answered("moderations.create", {}, input="x"),
        answered("images.generate", {"data": [{}]}),
        answered("audio.speech.create", {}, input="x"),
        answered("audio.transcriptions.create", given),
    ):
        mock.journal.note(each.request, each.reply, each.operation, "stub", mock.clock.now())
    seen = 0
    for endpoint, real in recorded():
        name = endpoint.rpartition("/")[2]
        value = told(mock, name)
        assert list(value) == list(real), endpoint
        [bucket] = value["data"]
        full = next((each for each in real["data"] if each["results"]), None)
        if full is not None:
            assert list(bucket) == list(full)
            known, own = full["results"][0], bucket["results"][0]
            assert own["object"] == known["object"]
            assert [name for name in own if name in known] == list(known), endpoint
        seen += 1
    assert seen >= 8


# -- the real SDK


DRIVER = """
import json, sys, openai
client = openai.OpenAI(base_url=sys.argv[1], api_key="k", max_retries=0)
client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
page = client.get("/organization/usage/completions", cast_to=object, options={"params": {"start_time": 1, "limit": 1}})
print(json.dumps([openai.__version__, page["object"], page["has_more"]]))
"""


def test_usage_with_the_sdk(clock: ManualClock) -> None:
    mock = MockAI(clock=clock)
    with OpenAI(
        api_key="k", admin_api_key="a", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0
    ) as sdk:
        usage = sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}]).usage
        assert usage is not None
        page = sdk.admin.organization.usage.completions(start_time=MIDNIGHT, group_by=["model"], bucket_width="1d")
        [result] = page.data[0].results
        assert result.object == "organization.usage.completions.result"
        assert (result.input_tokens, result.output_tokens) == (usage.prompt_tokens, usage.completion_tokens)
        bill = sdk.admin.organization.usage.costs(start_time=MIDNIGHT)
        [cost] = bill.data[0].results
        assert cost.object == "organization.costs.result"
        assert cost.amount is not None
        assert cost.amount.value is not None
        assert cost.amount.value > 0


def test_usage_asynchronously(clock: ManualClock) -> None:
    async def scenario() -> None:
        mock = MockAI(clock=clock)
        async with AsyncOpenAI(
            api_key="k",
            admin_api_key="a",
            http_client=httpx2.AsyncClient(transport=mock.transport(httpx2)),
            max_retries=0,
        ) as sdk:
            await sdk.embeddings.create(model="text-embedding-3-small", input="word")
            page = await sdk.admin.organization.usage.embeddings(start_time=MIDNIGHT)
            [result] = page.data[0].results
            assert result.object == "organization.usage.embeddings.result"
            assert result.num_model_requests == 1

    asyncio.run(scenario())


def test_usage_with_an_older_sdk() -> None:
    if not Path(sys.prefix, "sdk", "openai-2").is_dir():
        pytest.skip(f"There is no {sys.prefix}/sdk/openai-2; `make test` puts it there.")
    mock = MockAI()
    with mock.serve() as url:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, url],
            env=environment("openai-2"),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    version, kind, more = json.loads(done.stdout)
    assert (version[0], kind, more) == ("2", "page", True)


def test_every_service_of_the_table_has_its_operation() -> None:
    names = {id.rpartition(".")[2] for id in operations() if id.startswith("admin.organization.usage.")}
    assert names == {*SERVICES, "costs"}


@pytest.mark.parametrize("more", [{}, {"n": 2}, {"service_tier": "flex"}, {"web_search_options": {}}])
def test_what_is_known_of_an_answer_is_what_it_tells(more: dict[str, Any]) -> None:
    mock = MockAI()
    model = "gpt-4o-search-preview" if "web_search_options" in more else "gpt-5"
    assert ask(mock, chat("hi", model=model, **more)).status == 200
    (made,) = mock.journal
    assert made.reply.gist
    assert uses(made) == uses(replace(made, reply=replace(made.reply, gist=None)))
