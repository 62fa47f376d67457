"""`mockai verify`: planted drift of each kind is found, what varies by nature is not; limits, questions, messages."""

# ruff: noqa: E501 - a table reads better by lines

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from click.testing import CliRunner, Result
from drifting import Answer, Plant, drifting

from mockai import MockAI
from mockai.cli import app
from mockai.edges.verifying import Limits, Verifier, cost_of, recorded_in
from mockai.errors import ConfigError, EnvironmentFailed
from mockai.verified import Report

KEY = "sk-live-0123456789abcdefghijklmnop"
HELLO = [{"role": "user", "content": "Hello!"}]
CHAT: dict[str, Any] = {"model": "gpt-4o", "messages": HELLO}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
REQUESTS: dict[str, list[tuple[str, str, Any]]] = {
    "chat": [("POST", "/chat/completions", CHAT)],
    "chat_stream": [
        ("POST", "/chat/completions", {**CHAT, "stream": True, "stream_options": {"include_usage": True}}),
    ],
    "tools": [("POST", "/chat/completions", {**CHAT, "tools": [TOOL], "tool_choice": "required"})],
    "responses": [("POST", "/responses", {"model": "gpt-5", "input": "Hello!"})],
    "responses_stream": [("POST", "/responses", {"model": "gpt-5", "input": "Hello!", "stream": True})],
    "embeddings": [("POST", "/embeddings", {"model": "text-embedding-3-small", "input": "Hello!"})],
    "unknown_model": [("GET", "/models/nobody", None)],
}


def ask(url: str, method: str, path: str, body: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx2.request(method, url + path, json=body, headers=headers, trust_env=False, timeout=30)


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cassette for each list of requests, recorded from an upstream as it was."""
    folder: Path = tmp_path_factory.mktemp("tapes")
    with drifting() as (_, upstream):
        for name, requests in REQUESTS.items():
            record(folder / f"{name}.yaml", upstream, requests)
    return folder


def record(tape: Path, upstream: str, requests: list[tuple[str, str, Any]]) -> None:
    with MockAI(cassette=tape, record_mode="all", upstream=upstream) as mock, mock.serve() as url:
        for request in requests:
            ask(url, *request)


@pytest.fixture(scope="module", autouse=True)
def api() -> Iterator[None]:
    """One upstream for all of them."""
    with drifting() as API[:]:
        yield


API: list[Any] = []


def verified(*paths: Path, mood: int = 1, plant: Plant | None = None, **options: Any) -> Report:
    """What comes of asking an upstream in some mood."""
    mock, url = API
    mock.reset()
    mock.asked.clear()
    mock.seed = mock.mood = mood
    mock.plant = plant
    return Verifier(url, KEY, waited=lambda _: None, **options).verify(recorded_in(paths))


# -- what is planted


def on(change: Callable[[dict[str, Any]], Any], kind: str = "") -> Plant:
    """A change of every JSON value of an answer whose type or object is `kind`."""

    def plant(answer: Answer) -> None:
        for value in answer.values:
            if isinstance(value, dict) and kind in ("", value.get("type"), value.get("object")):
                change(value)

    return plant


def at(*steps: Any, **members: Any) -> Callable[[dict[str, Any]], None]:
    """Sets members of what stands at some steps; `...` takes one out."""

    def change(value: Any) -> None:
        for step in steps:
            if isinstance(value, list) and len(value) <= step:
                return
            value = value[step]
        for name, inner in members.items():
            if inner is ...:
                value.pop(name, None)
            else:
                value[name] = inner

    return change


def moved(kind: str, after: str | int) -> Plant:
    """The event of a kind stands behind the last of another one."""

    def plant(answer: Answer) -> None:
        index = next(i for i, value in enumerate(answer.values) if named(value) == kind)
        value, name = answer.values.pop(index), answer.names.pop(index)
        place = next(i for i in reversed(range(len(answer.values))) if named(answer.values[i]) == after) + 1
        answer.values.insert(place, value)
        answer.names.insert(place, name)

    return plant


def without(kind: str) -> Plant:
    def plant(answer: Answer) -> None:
        kept = [i for i, value in enumerate(answer.values) if named(value) != kind]
        answer.values, answer.names = [answer.values[i] for i in kept], [answer.names[i] for i in kept]

    return plant


def named(value: Any) -> str:
    """The kind of an event; of a chunk, what it carries."""
    if isinstance(value, str):
        return value
    if value.get("usage"):
        return "usage"
    if "choices" in value:
        choice = value["choices"][0]
        return "finish" if choice.get("finish_reason") else "chunk"
    return str(value.get("type"))


def extra(answer: Answer) -> None:
    answer.values.insert(2, {"type": "response.mood.changed", "mood": "cheerful", "sequence_number": 99})
    answer.names.insert(2, "response.mood.changed")


def answered(status: int, **error: Any) -> Plant:
    def plant(answer: Answer) -> None:
        answer.status, answer.streamed = status, False
        answer.headers["content-type"] = "application/json"
        answer.values = [{"error": {"type": "invalid_request_error", "param": None, "code": None, **error}}]

    return plant


def header(name: str, value: str | None) -> Plant:
    def plant(answer: Answer) -> None:
        answer.headers.pop(name, None)
        if value is not None:
            answer.headers[name] = value

    return plant


def raw(body: bytes) -> Plant:
    def plant(answer: Answer) -> None:
        answer.raw = body

    return plant


TEXT = "response.output_text"
ERROR = {"error": {"message": "Overloaded.", "type": "server_error", "param": None, "code": None}}
PLANTED: dict[str, tuple[str, Plant, str, str, str]] = {
    # name: (tape, plant, kind, severity, place)
    "a new field": ("chat", on(at(mood="x")), "new", "warning", "mood"),
    "a new field of an item": ("chat", on(at("choices", 0, "message", tone=[1])), "new", "warning", "choices[].message.tone"),
    "a new field of a part": ("responses", on(at("output", -1, "content", 0, mood=1)), "new", "warning", "output[message].content[output_text].mood"),
    "a new field of an event": ("responses_stream", on(at(mood=1), f"{TEXT}.delta"), "new", "warning", f"{TEXT}.delta: mood"),
    "a new field of a chunk": ("chat_stream", on(at(mood=1)), "new", "warning", "chat.completion.chunk: mood"),
    "a new kind of event": ("responses_stream", extra, "new", "warning", "response.mood.changed"),
    "a lost field": ("chat", on(at(created=...)), "lost", "breaking", "created"),
    "a lost field of an item": ("chat", on(at("choices", 0, finish_reason=...)), "lost", "breaking", "choices[].finish_reason"),
    "a lost object": ("responses", on(at(usage=...)), "lost", "breaking", "usage"),
    "a lost field of a part": ("responses", on(at("output", -1, "content", 0, annotations=...)), "lost", "breaking", "output[message].content[output_text].annotations"),
    "a lost field of an event": ("responses_stream", on(at(item_id=...), f"{TEXT}.done"), "lost", "breaking", f"{TEXT}.done: item_id"),
    "a lost field of a call": ("tools", on(at("choices", 0, "message", "tool_calls", 0, id=...)), "lost", "breaking", "choices[].message.tool_calls[function].id"),
    "a lost field of an embedding": ("embeddings", on(at("data", 0, index=...)), "lost", "breaking", "data[embedding].index"),
    "a number as text": ("chat", on(at(created="1")), "retyped", "breaking", "created"),
    "a text as number": ("chat", on(at(id=7)), "retyped", "breaking", "id"),
    "a list as object": ("chat", on(lambda value: value.update(choices=value["choices"][0])), "retyped", "breaking", "choices"),
    "null where none may be": ("responses", on(at(id=None)), "retyped", "breaking", "id"),
    "a number with a fraction": ("chat", on(at("usage", prompt_tokens=1.5)), "retyped", "breaking", "usage.prompt_tokens"),
    "an event's text as list": ("responses_stream", on(at(delta=["x"]), f"{TEXT}.delta"), "retyped", "breaking", f"{TEXT}.delta: delta"),
    "arguments as object": ("tools", on(at("choices", 0, "message", "tool_calls", 0, "function", arguments={})), "retyped", "breaking", "choices[].message.tool_calls[function].function.arguments"),
    "a new finish reason": ("chat", on(at("choices", 0, finish_reason="bored")), "enum", "warning", "choices[].finish_reason"),
    "a new status": ("responses", on(at(status="resting")), "enum", "warning", "status"),
    "another object": ("chat", on(at(object="chat.completion.v2")), "enum", "breaking", "object"),
    "another role": ("chat", on(at("choices", 0, "message", role="bot")), "enum", "breaking", "choices[].message.role"),
    "another type of part": ("responses", on(at("output", -1, "content", 0, type="prose")), "enum", "breaking", "output[message].content[?].type"),
    "another type of call": ("tools", on(at("choices", 0, "message", "tool_calls", 0, type="method")), "enum", "breaking", "choices[].message.tool_calls[?].type"),
    "another code of an error": ("unknown_model", answered(404, message="No.", code="not_here"), "enum", "warning", "error.code"),
    "done before its deltas": ("responses_stream", moved(f"{TEXT}.delta", f"{TEXT}.done"), "order", "breaking", f"{TEXT}.done"),
    "created at the end": ("responses_stream", moved("response.created", "response.in_progress"), "order", "breaking", "response.in_progress"),
    "an item that is added late": ("responses_stream", moved("response.output_item.added", f"{TEXT}.done"), "order", "breaking", ""),
    "usage before the end": ("chat_stream", moved("finish", "usage"), "order", "breaking", "usage"),
    "an end before [DONE] is gone": ("chat_stream", without("finish"), "lost", "breaking", "finish_reason"),
    "no [DONE]": ("chat_stream", without("[DONE]"), "lost", "breaking", "[DONE]"),
    "no usage": ("chat_stream", without("usage"), "lost", "breaking", "usage"),
    "no text.done": ("responses_stream", without(f"{TEXT}.done"), "lost", "breaking", f"{TEXT}.done"),
    "no end of the response": ("responses_stream", without("response.completed"), "lost", "breaking", "the end of response"),
    "no deltas": ("responses_stream", without(f"{TEXT}.delta"), "lost", "breaking", f"{TEXT}.delta"),
    "a refusal": ("chat", answered(400, message="Unsupported parameter."), "status", "breaking", ""),
    "an error that stays": ("chat", answered(500, message="Oops."), "status", "breaking", ""),
    "an error that is none now": ("unknown_model", lambda answer: setattr(answer, "status", 200), "status", "warning", ""),
    "created for ok": ("chat", lambda answer: setattr(answer, "status", 201), "status", "warning", ""),
    "another media type": ("chat", header("content-type", "text/json"), "header", "breaking", "content-type"),
    "no request id": ("chat", header("x-request-id", None), "header", "warning", "x-request-id"),
    "no limits": ("responses", header("x-ratelimit-remaining-tokens", None), "header", "warning", "x-ratelimit-remaining-tokens"),
    "a model that is unknown": ("chat", answered(404, message="The model `gpt-4o` does not exist.", code="model_not_found"), "model", "breaking", ""),
    "a model that is retired": ("chat", answered(400, message="The model `gpt-4o` has been deprecated."), "model", "breaking", ""),
    "an error in the stream": ("chat_stream", lambda answer: answer.values.__setitem__(-1, ERROR), "status", "breaking", ""),
    "a broken connection": ("chat_stream", lambda answer: setattr(answer, "cut", True), "body", "breaking", ""),
    "a coding that is none": ("chat", header("content-encoding", "gzip"), "body", "breaking", ""),
    "no JSON": ("chat", raw(b"<html>"), "body", "breaking", ""),
    "nothing": ("chat", raw(b""), "body", "breaking", ""),
    "a stream for a body": ("chat", raw(b"data: {}\n\n"), "body", "breaking", ""),
    "a body for a stream": ("chat_stream", raw(b"{}"), "body", "breaking", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted_drift_is_found(name, tapes):
    tape, plant, kind, severity, place = PLANTED[name]
    report = verified(tapes / f"{tape}.yaml", mood=len(name), plant=plant)
    found = [drift for _, drift in report.findings()]
    expected = [drift for drift in found if (drift.kind, drift.severity) == (kind, severity)]
    assert expected, report.text("note")
    assert place in [drift.place for drift in expected] or not place, report.text("note")
    assert len(found) <= 3, f"one cause has many findings:\n{report.text()}"


@pytest.mark.parametrize("mood", range(1, 51))
def test_what_varies_by_nature_is_no_drift(mood, tapes):
    report = verified(tapes, mood=mood)
    total = report.summary()
    assert report.findings() == [], report.text()
    assert (total["as_recorded"], total["not_compared"]) == (len(REQUESTS), 0)


# -- of several recordings


def several(folder: Path, count: int, plant: Plant | None = None) -> Path:
    tape = folder / "several.yaml"
    asked = [("POST", "/chat/completions", {**CHAT, "seed": each}) for each in range(count)]
    with drifting(7, plant) as (_, upstream):
        record(tape, upstream, asked)
    return tape


@pytest.mark.parametrize(("count", "found"), [(3, 0), (4, 1)])
def test_an_optional_field_is_missed_where_chance_cannot_explain_it(tmp_path, count, found):
    tape = several(tmp_path, count, on(at(metadata={})))
    report = verified(tape, plant=on(at(metadata=...)))
    assert [(whose, drift.severity, drift.place) for whose, drift in report.findings()] == [
        ("chat.completions.create (gpt-4o)", "breaking", "metadata")
    ] * found
    report = verified(several(tmp_path, count, on(at(metadata=...))), plant=on(at(metadata={})))
    assert [drift.message for _, drift in report.findings()] == [
        f"metadata is in all {count} answers; none of {count} recordings has it."
    ] * found


def test_what_only_shows_in_many_answers_is_told_apart(tmp_path, golden):
    report = verified(several(tmp_path, 4, on(at(metadata={}))), plant=on(at(metadata=...)))
    text = report.text().replace(str(tmp_path), "tapes").replace(f"{report.summary()['tokens']:,}", "N")
    golden("verify-families", text.replace(f"{report.summary()['note']} notes", "N notes"))
    told = orjson.loads(report.json())
    assert [(each["file"], each["operation"]) for each in told["findings"]] == [
        (None, "chat.completions.create (gpt-4o)")
    ]


def test_an_estimate_says_what_it_has_no_price_of(tmp_path):
    requests = [
        ("POST", "/chat/completions", {**CHAT, "model": "nobody-knows"}),
        ("POST", "/fine_tuning/jobs", {"model": "gpt-4o-mini", "training_file": "file-1234567"}),
        ("GET", "/models", None),
    ]
    with MockAI(missing="conjure", admission="schema") as up, up.serve() as upstream:
        record(tmp_path / "t.yaml", upstream, requests)
    cost = cost_of(recorded_in([tmp_path / "t.yaml"]), Limits())
    assert (cost.requests, cost.paid, cost.dollars) == (3, 2, 0.0)
    assert str(cost).endswith("$0.00 by OpenAI's list prices and what nobody-knows, fine_tuning.jobs.create costs")
    assert cost_of(recorded_in([tmp_path / "t.yaml"]), Limits(requests=1)).requests == 1


def test_a_field_that_varied_among_the_recordings_may_vary(tmp_path):
    def sometimes(answer: Answer) -> None:
        for value in answer.values:
            if value["created"] % 2:
                value.pop("id")
                value["mood"] = "odd"

    tape = several(tmp_path, 8, sometimes)
    for plant in (on(at(id=..., mood=...)), on(at(id="x", mood="odd"))):
        assert verified(tape, plant=plant).findings() == []


def test_what_drifted_in_many_exchanges_is_told_once(tmp_path, golden):
    tape = several(tmp_path, 12)
    report = verified(tape, plant=on(at(mood="x", created=...)))
    text = report.text().replace(str(tmp_path), "tapes")
    text = text.replace(f"{report.summary()['note']} notes", "N notes").replace(f"{report.summary()['tokens']:,}", "N")
    golden("verify-many", text)
    assert report.summary()["drifted"] == 12


# -- objects that are made


def files(client: Callable[..., Any], *, delete: bool = True) -> None:
    made = client("POST", "/vector_stores", {"name": "x"}).json()["id"]
    client("GET", f"/vector_stores/{made}", None)
    client("POST", f"/vector_stores/{made}/search", {"query": "x"})
    if delete:
        client("DELETE", f"/vector_stores/{made}", None)


def taped(tape: Path, script: Callable[[Callable[..., Any]], Any], seed: int = 0) -> Path:
    with MockAI(seed=seed) as up, up.serve() as upstream:
        taping(tape, upstream, script)
    return tape


def taping(tape: Path, upstream: str, script: Callable[[Callable[..., Any]], Any]) -> None:
    with MockAI(cassette=tape, record_mode="all", upstream=upstream) as mock, mock.serve() as url:
        script(lambda *request: ask(url, *request))


@pytest.mark.parametrize("seed", [0, 5])
def test_ids_are_carried_over(tmp_path, seed):
    tape = taped(tmp_path / "t.yaml", files)
    with MockAI(seed=seed) as up, up.serve() as url:
        report = Verifier(url, KEY).verify(recorded_in([tape]))
        assert (report.summary()["as_recorded"], report.findings("note"), report.left) == (4, [], ())
        assert [call.name for call in up.calls()][-1] == "vector_stores.delete"


def test_what_is_made_and_not_deleted_is_named(tmp_path):
    tape = taped(tmp_path / "t.yaml", lambda client: files(client, delete=False))
    report = verified(tape)
    assert [left.partition(" ")[2] for left in report.left] == ["(vector_stores.create)"]
    assert "Made upstream and not deleted by any recording: vs_" in report.text()


def test_nothing_is_changed_that_was_not_made_here(tmp_path, golden):
    tape = taped(tmp_path / "t.yaml", files)
    text = tape.read_text("utf-8")
    tape.write_text(
        text[: text.index("exchanges:")] + "exchanges:\n" + text[text.index("- key", text.index("- key") + 1) :]
    )
    with drifting(0) as (up, url):
        report = Verifier(url, KEY).verify(recorded_in([tape]))
        assert [request.method for request in up.asked] == ["GET"], "asked for, not found, and nothing is changed"
    found = report.text().replace(str(tmp_path), "tapes")
    golden("verify-not-made", found.replace(report.outcomes[0].recorded.call.values["vector_store_id"], "vs_ID"))


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_says_something_of_its_moment_is_not_asked_again(tmp_path, status):
    with MockAI() as up, up.serve() as upstream:
        up.on("chat.completions.create").fail(status)
        taping(tmp_path / "t.yaml", upstream, lambda client: client("POST", "/chat/completions", CHAT))
    with drifting() as (asked, url):
        report = Verifier(url, KEY).verify(recorded_in([tmp_path / "t.yaml"]))
        assert asked.asked == []
    assert f"what was recorded is a {status}" in (report.outcomes[0].skipped or "")


def test_azure_has_its_own_key_and_forms_are_sent_as_they_are(tmp_path):
    tape = tmp_path / "t.yaml"
    headers = {"api-key": KEY}
    with MockAI() as up, up.serve() as upstream:
        base = upstream.removesuffix("/v1")
        with MockAI(cassette=tape, record_mode="all", upstream=base) as mock, mock.serve() as url:
            own = url.removesuffix("/v1")
            deployment = f"{own}/openai/deployments/mine/embeddings?api-version=2024-10-21"
            httpx2.post(deployment, json={"input": "x"}, headers=headers, trust_env=False)
            form: dict[str, Any] = {"data": {"purpose": "batch"}, "files": {"file": ("a.jsonl", b'{"a": 1}\n')}}
            bearer = {"authorization": f"Bearer {KEY}"}
            file = httpx2.post(f"{url}/files", headers=bearer, trust_env=False, **form).json()["id"]
            ask(url, "GET", f"/files/{file}/content", None)
            ask(url, "DELETE", f"/files/{file}", None)
    with drifting(4) as (up, upstream):
        report = Verifier(upstream.removesuffix("/v1"), KEY).verify(recorded_in([tape]))
        assert (report.summary()["as_recorded"], report.findings("note"), report.left) == (4, [], ()), report.text(
            "note"
        )
        assert [bool(request.header("api-key")) for request in up.asked] == [True, False, False, False]


def test_what_is_no_operation_or_administers_is_not_sent(tmp_path):
    paths = [("GET", "/elsewhere", None), ("POST", "/organization/projects", {"name": "x"}), ("GET", "/models", None)]
    with MockAI(unmatched="synthesize") as up, up.serve() as upstream:
        record(tmp_path / "t.yaml", upstream, paths)
    with drifting() as (asked, url):
        report = Verifier(url, KEY).verify(recorded_in([tmp_path / "t.yaml"]))
        assert [request.path for request in asked.asked] == ["/v1/models"]
    assert [each.skipped for each in report.outcomes] == [
        "the API has no such path.",
        "it would change your organization.",
        None,
    ]


def test_an_interruption_leaves_what_is_known(tapes):
    def interrupted(_: Answer) -> None:
        if len(API[0].asked) > 1:
            verifier._sent = stop  # type: ignore[method-assign]

    def stop(*_: object) -> Any:
        raise KeyboardInterrupt

    mock, url = API
    mock.reset()
    mock.asked.clear()
    mock.plant = interrupted
    verifier = Verifier(url, KEY)
    report = verifier.verify(recorded_in([tapes]))
    assert (report.stopped, report.unsent, report.failed) == ("interrupted.", len(REQUESTS) - 2, None)


# -- limits, keys, upstreams that do not answer


def test_the_number_of_requests_has_a_limit(tapes):
    report = verified(tapes, limits=Limits(requests=2))
    assert report.summary()["requests"] == 2
    assert (report.unsent, report.stopped) == (len(REQUESTS) - 2, "--max-requests 2 is reached.")
    assert "Stopped: --max-requests 2 is reached. 5 exchanges not sent." in report.text()


def test_tokens_have_a_limit_that_is_not_exceeded(tmp_path, golden):
    tape = taped(tmp_path / "t.yaml", lambda client: [client("POST", "/chat/completions", CHAT) for _ in range(3)])
    each = cost_of(recorded_in([tape]), Limits()).tokens // 3
    with MockAI() as up, up.serve() as url:
        report = Verifier(url, KEY, Limits(tokens=2 * each + 1)).verify(recorded_in([tape]))
    assert report.summary()["tokens"] == 2 * each
    golden("verify-max-tokens", report.text().replace(str(tmp_path), "tapes"))


def test_errors_of_the_moment_are_asked_again(tapes):
    waited: list[float] = []
    with drifting() as (up, url):
        up.plant = busy = Busy(2)
        report = Verifier(url, KEY, waited=waited.append).verify(recorded_in([tapes / "chat.yaml"]))
        assert (report.findings(), waited, report.summary()["requests"]) == ([], [3.0, 3.0], 3)
        busy.times = 9
        report = Verifier(url, KEY, waited=waited.append).verify(recorded_in([tapes / "chat.yaml"]))
    assert report.outcomes[0].skipped == "the upstream answered 429 to 3 attempts."


class Busy:
    """Says 429 so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, answer: Answer) -> None:
        if self.times:
            self.times -= 1
            answered(429, message="Slow down.", code="rate_limit_exceeded")(answer)
            answer.headers["retry-after"] = "3"


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("verify-key", answered(401, message=f"Incorrect API key provided: {KEY}.", code="invalid_api_key")),
        ("verify-quota", answered(429, message="You exceeded your quota.", code="insufficient_quota")),
    ],
)
def test_a_key_that_is_not_taken_ends_it(name, plant, tapes, golden):
    with drifting(0, plant) as (up, url):
        with pytest.raises(EnvironmentFailed) as caught:
            Verifier(url, KEY, waited=lambda _: None).verify(recorded_in([tapes]))
        assert len(up.asked) == 1
    golden(name, str(caught.value).replace(url, "URL"))


def test_a_dead_upstream_is_named(tapes, golden):
    with pytest.raises(EnvironmentFailed) as caught:
        Verifier("http://127.0.0.1:9/v1", KEY).verify(recorded_in([tapes]))
    golden("verify-dead", caught.value)


def test_an_upstream_that_dies_meanwhile_leaves_what_is_known(tapes):
    several = recorded_in([tapes / "chat.yaml", tapes / "embeddings.yaml"])
    with drifting() as (_, url):
        verifier = Verifier(url, KEY)

        def dead() -> None:
            verifier.base = "http://127.0.0.1:9/v1"

        report = verifier.verify(several, dead)
    assert report.summary()["as_recorded"] == 1
    assert report.failed is not None
    assert "gave no answer to embeddings.create" in report.text()


def test_nothing_to_verify_is_no_clean_bill(tmp_path):
    (tmp_path / "stubs.yaml").write_text("- on: chat.completions.create\n  reply: Hello!\n")
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match=r"There is no (cassette at|file or folder)"):
            recorded_in([path])


# -- the command


def verify(*arguments: str, key: str | None = KEY) -> Result:
    return CliRunner().invoke(app, ["verify", *arguments], env={"OPENAI_API_KEY": key}, catch_exceptions=True)


def test_the_command_says_what_it_found(tapes):
    with drifting(3) as (up, url):
        done = verify(str(tapes), "--upstream", url, "--yes")
        assert (done.exit_code, done.stdout.splitlines()[-1].partition(";")[0]) == (
            0, f"{len(REQUESTS)} exchanges in {len(REQUESTS)} files: {len(REQUESTS)} as recorded, 0 drifted, 0 not compared",
        )  # fmt: skip
        assert {request.header("authorization") for request in up.asked} == {f"Bearer {KEY}"}
        up.plant = on(at(mood=KEY))
        done = verify(str(tapes / "chat.yaml"), "--upstream", url, "--yes", "--json")
        told = orjson.loads(done.stdout)
        assert (done.exit_code, told["clean"]) == (1, False)
        assert told["findings"] == [
            {
                "file": str(tapes / "chat.yaml"), "number": 1, "key": told["findings"][0]["key"],
                "operation": "chat.completions.create", "kind": "new", "severity": "warning", "place": "mood",
                "message": "mood is new, and the schemas do not know it.",
            }
        ]  # fmt: skip
        assert told["counts"]["warning"] == 1
        assert verify(str(tapes / "chat.yaml"), "--upstream", url, "--yes", "--severity", "breaking").exit_code == 0


def test_no_secret_is_told(tapes):
    with drifting(0, answered(400, message=f"Your key {KEY} may not do this.", code="x")) as (_, url):
        for json in ([], ["--json"]):
            done = verify(str(tapes / "chat.yaml"), "--upstream", url, "--yes", "--severity", "note", *json)
            assert done.exit_code == 1
            assert KEY not in done.output
            assert "REDACTED" in done.output


def at_a_terminal(*arguments: str, answer: str) -> tuple[int, str]:
    """The command in a process of its own, and somebody who answers."""
    command = [sys.executable, "-m", "mockai.cli", "verify", *arguments]
    environment = os.environ | {"OPENAI_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, answer.encode())
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:  # the other end has closed
            pass
    os.close(ours)
    return process.returncode, said.decode()


def test_it_asks_before_it_costs_money(tapes, golden):
    with drifting() as (up, url):
        done = verify(str(tapes), "--upstream", url)
        golden("verify-no-terminal", str(done.exception).replace(url, "URL"))
        assert (type(done.exception), up.asked) == (ConfigError, [])
        code, said = at_a_terminal(str(tapes), "--upstream", url, answer="y\n")
        assert (code, len(up.asked)) == (0, len(REQUESTS))
        assert "6 of them paid" in said
        assert "Send them? [y/N]: " in said
        assert "100%" in said[said.index("Verifying") :]
        done = verify(str(tapes / "unknown_model.yaml"), "--upstream", url)
        assert done.exit_code == 0, "what costs nothing is not asked about"


def test_a_no_sends_nothing(tapes, monkeypatch):
    monkeypatch.setattr("mockai.commands.verifying.somebody_is_there", lambda: True)
    with drifting() as (up, url):
        done = CliRunner().invoke(app, ["verify", str(tapes), "--upstream", url], input="n\n")
        assert (done.exit_code, up.asked) == (1, [])
