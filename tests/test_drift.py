"""Drift: what two answers differ in, seen without a network; and the courses of streams."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockai.carried import carried, created, matched, mentions
from mockai.course import courses, dropped, reordered
from mockai.drift import Drift, chance, departed, drift, retired
from mockai.features import DEEPEST, features, shown
from mockai.ground import Ground, ground, ground_of
from mockai.http import Break, Chunk, Reply, Request
from mockai.sight import Sight, family, sight
from mockai.understand import understand

JSON = (("content-type", "application/json"),)
SSE = (("content-type", "text/event-stream"),)


def request(path: str = "/v1/elsewhere", body: Any = None, method: str = "POST", headers: Any = JSON) -> Request:
    return Request(method, path, "", headers, orjson.dumps(body) if body is not None else b"")


def reply(value: Any, status: int = 200, headers: Any = JSON) -> Reply:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return Reply(status, headers, (Chunk(0.0, body),))


def stream(*events: Any, cut: bool = False) -> Reply:
    body = b"".join(
        b"data: %b\n\n" % (event.encode() if isinstance(event, str) else orjson.dumps(event)) for event in events
    )
    return Reply(200, SSE, (Chunk(0.0, body), *((Break(),) if cut else ())))


def seen(value: Reply, path: str = "/v1/elsewhere") -> Sight:
    return sight(understand(request(path)), value)


def between(before: Any, after: Any, path: str = "/v1/elsewhere") -> list[tuple[str, str, str]]:
    recorded, fresh = (seen(each if isinstance(each, Reply) else reply(each), path) for each in (before, after))
    return [(each.kind, each.severity, each.place) for each in drift([recorded], fresh)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {"a": "x"}, [("retyped", "breaking", "a")]),
        ({"a": 1}, {"a": None}, [("retyped", "note", "a")]),
        ({"a": 1.5}, {"a": 2}, []),
        ({"a": 1}, {"b": 1}, [("new", "note", "b"), ("lost", "note", "a")]),
        ({"status": "done"}, {"status": "gone"}, [("enum", "warning", "status")]),
        ([{"type": "a", "x": 1}], [{"type": "a", "x": "1"}, {"type": "b", "x": 1}], [("retyped", "breaking", "[a].x")]),
        ([1, 2.5], [3], []),
        ([], [1], []),
        ({"a": {"b": []}}, {"a": []}, [("retyped", "breaking", "a")]),
        (b"\x00", b"\x01", []),
        (b"", {"a": 1}, [("body", "breaking", "")]),
    ],
)
def test_of_what_no_schema_describes_the_recording_alone_is_known(before, after, found):
    assert between(before, after) == found


def test_fields_below_what_users_choose_are_no_shape():
    path = "/v1/conversations"
    said = {"id": "conv_1", "object": "conversation", "created_at": 1, "metadata": {"a": "b"}}
    assert between(said, {**said, "metadata": {"other": "x", "type": "y"}}, path) == []


def test_a_value_that_nests_deeply_is_no_trouble():
    deep: Any = 1
    for _ in range(DEEPEST * 3):
        deep = [deep]
    assert between({"a": deep}, {"a": deep}) == []


def test_answers_of_another_sort_are_not_compared_by_their_fields():
    assert between({"a": 1}, reply({"error": {"message": "No."}}, 404)) == [("status", "breaking", "")]
    assert between(stream({"a": 1}, "[DONE]"), {"a": 1})[0] == ("header", "breaking", "content-type")
    assert between(stream({"a": 1}, cut=True), stream({"a": 1}, "[DONE]")) == [], "the recording was cut"


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        ({"code": "model_not_found", "message": "No."}, True),
        ({"code": "DeploymentNotFound", "message": "No."}, True),
        ({"code": None, "message": "The model `x` does not exist or you do not have access to it."}, True),
        ({"code": None, "message": "This model has been shut down."}, True),
        ({"code": None, "message": "The parameter x has been deprecated."}, False),
        ({"message": 7}, False),
        (None, False),
    ],
)
def test_a_retired_model_is_known_by_code_or_words(error, gone):
    assert retired(error) is gone


def test_chance_explains_little():
    assert chance(1, 1) == 0.25
    assert chance(4, 4) < 1 / 200 < chance(3, 3)
    assert departed([], []) == []


def test_a_drift_says_what_it_is():
    assert str(Drift("new", "warning", "a", "a is new.")) == "warning: a is new."


def test_families_are_told_apart():
    chat = {"model": "a", "messages": []}
    calls = [
        request("/v1/chat/completions", chat),
        request("/v1/chat/completions", {**chat, "model": "b"}),
        request("/v1/chat/completions", {**chat, "stream": True}),
        request("/v1/chat/completions", {**chat, "seed": 1}),
        request("/v1/chat/completions", chat, headers=(*JSON, ("openai-beta", "assistants=v2"))),
        request("/openai/deployments/a/embeddings", {"input": "x"}),
        request("/v1/elsewhere", [1]),
    ]
    assert len({family(understand(each)) for each in calls}) == len(calls)


def test_places_are_written_as_people_write_them():
    assert shown(("{response.created}",)) == "response.created"
    assert shown(("{x}", "<x>", "a", "[]", "<m>", "b", "[]")) == "x: a[m].b[]"
    assert shown(()) == ""


# -- grounds


def test_a_ground_narrows_to_the_variant_that_is_there():
    row = ground("responses/response.Response", "accept")
    output = row.member("output")
    assert output is not None
    assert output.items is not None
    message = output.items.narrowed({"type": "message", "role": "assistant"})
    assert message.needs("content")
    assert message.member("results") is None
    assert message.member("type").words == {"message"}  # type: ignore[union-attr]
    assert ground_of(True).kinds >= {"string", "null"}
    assert Ground(row.resolver, ()).words is None
    assert ground_of({"type": "string"}).items is None


# -- courses


def course(*kinds: str) -> Any:
    return courses(
        [(kind, {"type": kind, "output_index": 0} if kind.startswith("response.x") else {}) for kind in kinds]
    )


def test_runs_and_repetitions_do_not_count():
    recorded = course("response.created", "response.x.added", "response.x.delta", "response.x.done")
    fresh = course(*["response.created"], *["response.x.added"], *["response.x.delta"] * 9, "response.x.done")
    assert list(reordered([recorded], fresh)) == []
    assert list(dropped([recorded], fresh)) == []


def test_an_order_that_varied_may_vary():
    one, other = course("a.x", "b.x"), course("b.x", "a.x")
    assert list(reordered([one, other], one)) == []
    assert list(reordered([one], other)) == [("stream", "b.x", "a.x")]


def test_what_flows_has_no_order_and_may_be_missing():
    one = course("response.x.delta", "response.x.annotation.added", "response.x.delta")
    other = course("response.x.annotation.added", "response.x.delta")
    assert list(reordered([one], other)) == []
    assert list(dropped([one], course("response.x.delta"))) == []


def test_runs_of_assistants_are_courses_by_their_objects():
    def run(*kinds: str) -> Any:
        return courses([(kind, {"id": kind.rpartition(".")[0], "object": "x"}) for kind in kinds])

    begun = ("thread.run.created", "thread.run.queued", "thread.run.in_progress")
    message = ("thread.message.created", "thread.message.delta", "thread.message.completed")
    step = ("thread.run.step.created", "thread.run.step.completed")
    one = run(*begun, *step, *message, "thread.run.completed", "done")
    other = run(*begun, *message, *step, "thread.run.failed", "done")
    assert list(reordered([one], other)) == []
    assert list(dropped([one], other)) == []
    wrong = run(*begun, *step, message[1], message[0], message[2], "done")
    assert list(reordered([one], wrong)) == [("thread.message", "thread.message.delta", "thread.message.created")]
    assert list(dropped([one], wrong)) == [("stream", "the end of thread.run")]


# -- ids


def test_ids_are_found_at_the_same_place_and_in_the_same_variant():
    old = {
        "id": "resp_old123",
        "output": [{"type": "reasoning", "id": "rs_old123"}, {"type": "message", "id": "msg_old1"}],
    }
    new = {"id": "resp_new123", "output": [{"type": "message", "id": "msg_new1"}], "x_ids": ["none_here"]}
    assert matched(reply(old), reply(new)) == {"resp_old123": "resp_new123", "msg_old1": "msg_new1"}
    assert matched(reply(b"{"), reply(new)) == {}
    events = [stream({"response": {"id": id}}, "[DONE]") for id in ("resp_old123", "resp_new123")]
    assert matched(*events) == {"resp_old123": "resp_new123"}


def test_ids_are_replaced_wherever_they_stand_and_nowhere_else():
    asked = Request("POST", "/v1/files/file-1234567/x", "after=file-1234567", (), b'["file-1234567", "file-12345678"]')
    sent = carried(asked, {"file-1234567": "file-new", "same_id": "same_id"})
    assert (sent.path, sent.query, sent.body) == (
        "/v1/files/file-new/x",
        "after=file-new",
        b'["file-new", "file-12345678"]',
    )
    assert carried(asked, {"same_id": "same_id"}) is asked
    assert carried(Request("POST", "/", "", (), b"\xff file-1234567"), {"file-1234567": "f"}).body == b"\xff f"


def test_what_a_request_named_itself_was_not_made_by_it():
    call = understand(request("/v1/vector_stores/vs_1234567/files", {"file_id": "file-1234567"}))
    made = reply({"id": "vsf_1234567", "file_id": "file-1234567", "vector_store_id": "vs_1234567"})
    assert created(call, made) == {"vsf_1234567"}
    assert created(call, reply({"id": "vsf_1234567"}, 400)) == set()
    assert created(understand(request("/v1/files/file-7654321", method="GET")), reply({"id": "file-7654321"})) == set()
    assert mentions(call) == ["vs_1234567", "file-1234567"]


def test_features_are_added_up():
    found = features({"a": 1}, None, None)
    assert features({"a": "x"}, None, None, (), found) is found
    assert found[("<>", "a")].kinds == {"integer", "string"}
