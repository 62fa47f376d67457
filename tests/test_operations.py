"""The table of operations, tested as a table."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.errors import MethodNotAllowed, NotFound, StubError
from mockai.operations import Operation, find, operation, operations, route

STORED = {"list", "retrieve", "create", "update", "delete", "transition", "singleton", "content"}
KINDS = {*STORED, "websocket", "behaviour"}
PREFIXES = ("/v1", "", "/openai", "/openai/v1", "/openai/deployments/gpt%204%2Fx", "//v1", "/v1/")
SERVED = [each for each in operations().values() if not each.twin and not each.beta]
EACH = pytest.mark.parametrize("row", operations().values(), ids=operations())


def key(row: Operation) -> str:
    return "WEBSOCKET" if row.kind == "websocket" else row.method


@EACH
def test_a_row_says_what_it_is(row: Operation) -> None:
    assert row.kind in KINDS
    assert (row.kind == "transition") == (row.to is not None)
    assert row.page in (None, "page", "cursor", "conversation", "next", "token")
    assert row.media in ("json", "multipart")
    assert (row.result is None) == (row.answer != "json")
    assert row.answer != "stream" or row.stream
    assert row.path.startswith("/")
    assert "?" not in row.path
    if row.twin:
        assert operation(row.twin).path == row.path
        assert not operation(row.twin).twin


@EACH
def test_a_row_is_found_under_every_spelling(row: Operation) -> None:
    wanted = operation(row.twin) if row.twin else row
    names = [part[1:-1] for part in row.path.split("/") if part.startswith("{")]
    path = "/".join(f"id.{part[1:-1]}" if part.startswith("{") else part for part in row.path.split("/"))
    for prefix in PREFIXES:
        found = find(key(row), prefix + path, "beta=true" if row.beta else "")
        assert found is not None
        assert found.operation.path == wanted.path
        assert found.operation.id == wanted.id
        assert found.values == {name: f"id.{name}" for name in names}
        assert found.deployment == ("gpt 4/x" if "deployments" in prefix else None)


def test_the_rows_are_sorted_and_no_two_answer_the_same_request() -> None:
    assert list(operations()) == sorted(operations())
    routes = [(key(row), row.path) for row in SERVED]
    assert len(routes) == len(set(routes))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_id_comes_through_a_path(value: str) -> None:
    encoded = quote(value, safe="")
    found = find("GET", f"/v1/threads/{encoded}/runs/{encoded}")
    assert found is not None
    assert found.operation.id == "beta.threads.runs.retrieve"
    assert found.values == {"thread_id": value, "run_id": value}


@given(st.sampled_from(["GET", "POST", "DELETE", "PUT"]), st.text(max_size=60))
def test_no_path_is_a_crash(method: str, path: str) -> None:
    found = find(method, f"/{path}")
    assert found is None or found.operation.method == method


def test_a_fixed_segment_goes_before_a_parameter() -> None:
    assert route("POST", "/v1/threads/runs").operation.id == "beta.threads.create_and_run"
    assert route("POST", "/v1/threads/r").operation.id == "beta.threads.update"
    assert route("GET", "/v1/models/{}").values == {"model": "{}"}


def test_the_beta_twin_needs_to_be_asked_for() -> None:
    assert route("POST", "/v1/responses").operation.id == "responses.create"
    assert route("POST", "/v1/responses", "beta=true").operation.id == "beta.responses.create"
    assert route("GET", "/v1/responses/r", "a=1&beta=true").operation.id == "beta.responses.retrieve"
    assert route("GET", "/v1/models", "beta=true").operation.id == "models.list"
    assert route("POST", "/v1/responses", "alphabeta=true").operation.id == "responses.create"


def test_one_route_of_two_names_goes_by_the_current_one() -> None:
    assert route("GET", "/v1/files/f/content").operation.id == "files.content"
    assert route("POST", "/v1/chat/completions").operation.id == "chat.completions.create"
    assert operation("beta.chat.completions.create").twin == "chat.completions.create"


def test_a_websocket_is_found_under_a_method_of_its_own() -> None:
    assert route("WEBSOCKET", "/v1/realtime").operation.id == "realtime.connect"
    assert route("WEBSOCKET", "/v1/responses").operation.id == "responses.connect"
    assert route("WEBSOCKET", "/v1/live/sessions/s/attach").operation.id == "live.sideband.connect"
    with pytest.raises(NotFound):
        route("GET", "/v1/realtime")


@pytest.mark.parametrize("path", ["/v1/x", "/", "/v1", "/v1/chat/completions/a/b", "/openai/deployments", "/v2/models"])
def test_a_path_that_is_not_there(path: str) -> None:
    with pytest.raises(NotFound) as caught:
        route("POST", path)
    said = {"message": f"Invalid URL (POST {path})", "type": "invalid_request_error", "param": None, "code": None}
    assert caught.value.error == said


def test_a_method_that_is_not_there() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        route("PUT", "/v1/models/gpt-5")
    assert caught.value.message == "Invalid method for URL (PUT /v1/models/gpt-5)"
    assert caught.value.headers == (("allow", "DELETE, GET"),)


@pytest.mark.parametrize(
    ("id", "near"),
    [("chat.completion.create", "'chat.completions.create'"), ("embeddings", "'embeddings.create'"), ("??", "")],
)
def test_an_unknown_operation_names_the_nearest(id: str, near: str) -> None:
    with pytest.raises(StubError, match="The API has no operation") as caught:
        operation(id)
    assert near in str(caught.value)
    assert ("Did you mean" in str(caught.value)) == bool(near)
