"""The plain kinds: what most operations do to stored objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import ask, request

from mockai import ManualClock, MockAI
from mockai.errors import VerificationError
from mockai.operations import operations
from mockai.registry import registry
from mockai.resources import Resource

STORES = "/v1/vector_stores"


def told(mock: MockAI, path: str, method: str = "POST", **body: Any) -> Any:
    reply = ask(mock, request(path, method=method, **body))
    return json.loads(reply.content) | {"status_code": reply.status, "source": reply.header("x-mockai-source")}


def test_an_object_has_a_real_id_and_the_time_of_the_clock() -> None:
    mock = MockAI(clock=ManualClock(1234.5))
    group = told(mock, "/v1/organization/groups", name="team")
    assert (group["name"], group["created_at"], group["source"]) == ("team", 1234, "resource")
    assert told(mock, "/v1/organization/groups", name="team")["id"] != group["id"]
    assert told(MockAI(clock=ManualClock(1234.5)), "/v1/organization/groups", name="team")["id"] == group["id"]
    assert told(MockAI(seed=1), "/v1/organization/groups", name="team")["id"] != group["id"]


def test_an_update_changes_what_it_speaks_of_and_no_more() -> None:
    mock = MockAI()
    made = told(mock, STORES, name="one", metadata={"a": "1", "b": "2"})
    found = told(mock, f"{STORES}/{made['id']}", metadata={"c": "3"})
    assert (found["name"], found["metadata"]) == ("one", {"c": "3"})
    assert told(mock, f"{STORES}/{made['id']}", "GET")["metadata"] == {"c": "3"}


def test_what_was_deleted_is_gone_with_all_below_it(golden: Callable[[str, object], None]) -> None:
    mock = MockAI()
    group = told(mock, "/v1/organization/projects", name="p")["id"]
    role = told(mock, f"/v1/projects/{group}/roles", role_name="r", permissions=["x"])["id"]
    assert told(mock, f"/v1/projects/{group}/roles/{role}", "GET")["id"] == role
    store = told(mock, STORES)["id"]
    gone = told(mock, f"{STORES}/{store}", "DELETE")
    assert (gone["id"], gone["object"], gone["deleted"]) == (store, "vector_store.deleted", True)
    again = told(mock, f"{STORES}/{store}", "DELETE")
    assert again["status_code"] == 404
    golden("resource_missing", again["error"]["message"].replace(store, "ID"))
    below = told(mock, f"{STORES}/{store}/files", "GET")
    assert (below["status_code"], below["error"]["message"]) == (404, again["error"]["message"])


def test_a_parent_is_found_by_either_path() -> None:
    lost = told(MockAI(), "/v1/projects/proj_x/roles", role_name="r", permissions=["x"])
    assert (lost["status_code"], lost["error"]["message"]) == (404, "No project found with id 'proj_x'.")


def test_unknown_ids_may_exist_and_are_the_same_each_time() -> None:
    one, other = MockAI(missing="conjure", clock=ManualClock()), MockAI(missing="conjure", clock=ManualClock())
    found = told(one, f"{STORES}/vs_nobody_made", "GET")
    assert found["id"] == "vs_nobody_made"
    assert found == told(other, f"{STORES}/vs_nobody_made", "GET")
    assert told(one, f"{STORES}/vs_nobody_made", name="mine")["name"] == "mine"
    assert told(one, f"{STORES}/vs_nobody_made", "GET")["name"] == "mine"
    assert told(one, f"{STORES}/vs_nobody_made", "DELETE")["deleted"] is True


def test_what_has_ended_cannot_be_ended_again_unless_it_was_conjured() -> None:
    mock = MockAI()
    session = told(mock, "/v1/organization/projects", name="p")["id"]
    assert told(mock, f"/v1/organization/projects/{session}/archive")["status"] == "archived"
    conjured = MockAI(missing="conjure")
    for _ in range(2):
        assert told(conjured, "/v1/agents/automations/a/pause")["status"] == "paused"


def test_the_one_object_of_a_path_is_changed_and_set_back() -> None:
    mock = MockAI()
    project = told(mock, "/v1/organization/projects", name="p")["id"]
    path = f"/v1/organization/projects/{project}/model_permissions"
    fresh = told(mock, path, "GET")
    changed = told(mock, path, mode="allow_list", model_ids=["gpt-5"])
    assert changed["model_ids"] == told(mock, path, "GET")["model_ids"] == ["gpt-5"]
    assert told(mock, path, "DELETE")["deleted"] is True
    assert told(mock, path, "GET") == fresh


def test_reset_empties_a_scope_and_scopes_are_apart() -> None:
    mock = MockAI()
    id = told(mock, STORES)["id"]
    assert told(mock.scope(), f"{STORES}/{id}", "GET")["status_code"] == 404
    mock.reset()
    assert told(mock, f"{STORES}/{id}", "GET")["status_code"] == 404


def test_a_step_that_fails_is_remembered_and_spoils_nobody_elses_request(caplog: pytest.LogCaptureFixture) -> None:
    mock = MockAI()

    def fails(_resource: Resource, _now: float) -> None:
        raise ZeroDivisionError("no way on")

    mock.resources.add("/batches", {"id": "batch_1", "status": "validating"}, next=fails)
    assert told(mock, "/v1/models", "GET")["status_code"] == 200
    assert told(mock, "/v1/batches/batch_1", "GET")["status"] == "validating"
    assert mock.misses == ["Moving a stored object on failed with ZeroDivisionError: no way on"]
    assert "moving a stored object on failed" in caplog.text
    with pytest.raises(VerificationError, match="no way on"):
        mock.verify()


def _with_metadata() -> list[str]:
    rows = (row for row in operations().values() if row.body and not row.twin and row.kind in ("create", "update"))
    return [row.id for row in rows if "metadata" in registry().schema(row.body or "").get("properties", {})]


@pytest.mark.parametrize("id", _with_metadata())
@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({f"key {index}": "v" for index in range(17)}, "16"),
        ({"k" * 65: "v"}, "64"),
        ({"key": "v" * 513}, "512"),
    ],
)
def test_metadata_has_its_limits(id: str, metadata: dict[str, str], words: str) -> None:
    row = operations()[id]
    path = "/v1" + row.path.replace("{", "").replace("}", "")
    beta = "beta=true" if row.beta else ""
    reply = ask(MockAI(missing="conjure"), request(path, method=row.method, query=beta, metadata=metadata))
    error = json.loads(reply.content)["error"]
    assert (reply.status, error["type"]) == (400, "invalid_request_error")
    if "metadata" in str(error["param"]):
        assert words in error["message"]
    else:  # the API speaks of what is missing first
        assert "Missing required" in error["message"]
