"""An organization: every collection walked from its creation to its end, and what its parts mean to each other."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from asking import HEADERS, ask
from openai import AsyncOpenAI, NotFoundError, OpenAI

from mockai import ManualClock, MockAI
from mockai.behaviours.admin_certificates import validity
from mockai.behaviours.audit import EVENTS
from mockai.http import Request
from mockai.operations import find, operation
from mockai.registry import registry

WEEK = 7 * 24 * 3600
ALERT: dict[str, Any] = {"currency": "USD", "interval": "month", "threshold_amount": 100}
ALERT |= {"notification_channel": {"type": "email", "recipients": ["a@example.com"]}}
ROLE: dict[str, Any] = {"role_name": "reader", "permissions": ["api.read"]}
RULE = {"attribute_matchers": {"sub": "x"}, "project_id": "{project}", "service_account_id": "{account}"}
AWS_KEY: dict[str, Any] = {"type": "aws", "name": "k", "external_id": "e", "kms_arn": "arn:kms", "role_arn": "arn:role"}
PROVIDER: dict[str, Any] = {"type": "oidc", "name": "ci", "issuer": "https://ci", "audience": "mockai"}
STORAGE = {"project_id": "{project}", "provider": {"type": "aws", "bucket": "b", "role_arn": "arn:aws:iam::42:role/r"}}

# the collection, the body that creates, the body that updates (None: objects there do not change)
WALKS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "/organization/admin_api_keys": ({"name": "ops"}, None),
    "/organization/certificates": ({"certificate": "pem", "name": "c"}, {"name": "d"}),
    "/organization/external_keys": (AWS_KEY, None),
    "/organization/external_storage": (STORAGE, None),
    "/organization/groups": ({"name": "team"}, {"name": "crew"}),
    "/organization/groups/{group}/roles": ({"role_id": "{role}"}, None),
    "/organization/groups/{group}/users": ({"user_id": "{user}"}, None),
    "/organization/invites": ({"email": "a@example.com", "role": "reader"}, None),
    "/organization/projects/{project}/groups": ({"group_id": "{group}", "role": "member"}, None),
    "/organization/projects/{project}/service_accounts": ({"name": "ci"}, {"name": "cd"}),
    "/organization/projects/{project}/spend_alerts": (ALERT, {**ALERT, "threshold_amount": 7}),
    "/organization/projects/{project}/users": ({"user_id": "{user}", "role": "member"}, {"role": "owner"}),
    "/organization/roles": (ROLE, {"role_name": "writer"}),
    "/organization/spend_alerts": (ALERT, {**ALERT, "threshold_amount": 7}),
    "/organization/users/{user}/roles": ({"role_id": "{role}"}, None),
    "/organization/workload_identity_providers": (PROVIDER, {"name": "cd"}),
    "/organization/workload_identity_providers/{provider}/federation_rules": (RULE, {"enabled": False}),
    "/projects/{project}/groups/{group}/roles": ({"role_id": "{role}"}, None),
    "/projects/{project}/roles": (ROLE, {"description": "other"}),
    "/projects/{project}/users/{user}/roles": ({"role_id": "{role}"}, None),
}


class Office:
    """A mock with an organization in it, and a way to talk to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.mock = MockAI(clock=self.clock, **options)
        self.status = 0

    def __call__(self, method: str, path: str, query: str = "", /, **body: Any) -> Any:
        """The JSON of an answer, valid by the schema of its operation unless it is an error."""
        data = json.dumps(body).encode() if body else b""
        reply = ask(self.mock, Request(method, "/v1" + path, query, HEADERS, data))
        value = json.loads(reply.content)
        self.status = reply.status
        route = find(method, path)
        assert route is not None
        if reply.status == 200 and route.operation.result:
            assert registry().valid(route.operation.result, value, "produce"), (route.operation.id, value)
        return value

    def settle_in(self) -> dict[str, str]:
        """One object of each sort that others refer to; the user and the group belong to the project."""
        ids = {"user": self("GET", "/organization/users")["data"][0]["id"]}
        ids["project"] = self("POST", "/organization/projects", name="p")["id"]
        ids["group"] = self("POST", "/organization/groups", name="g")["id"]
        ids["role"] = self("POST", "/organization/roles", **ROLE)["id"]
        ids["provider"] = self("POST", "/organization/workload_identity_providers", **PROVIDER)["id"]
        above = f"/organization/projects/{ids['project']}"
        ids["account"] = self("POST", f"{above}/service_accounts", name="sa")["id"]
        return ids


def filled(value: Any, ids: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, id in ids.items():
        text = text.replace("{" + name + "}", id)
    return json.loads(text)


def identity(value: dict[str, Any]) -> str:
    """The id of what was created, in whichever shape its creation answers."""
    id: str = value.get("id") or value.get("group_id" if value["object"] == "project.group" else "user_id", "")
    return id or value["role"]["id"]


@pytest.mark.parametrize("path", WALKS)
def test_a_walk_through_a_collection(path: str) -> None:
    office = Office()
    ids = office.settle_in()
    given, change = filled(WALKS[path], ids)
    if path.startswith("/projects/"):  # a role in a project is for its members
        above = f"/organization/projects/{ids['project']}"
        office("POST", f"{above}/users", user_id=ids["user"], role="member")
        office("POST", f"{above}/groups", group_id=ids["group"], role="member")
    path = filled(path, ids)
    made = office("POST", path, **given)
    assert office.status == 200, made
    id = identity(made)

    def listed() -> list[str]:
        data = office("GET", path)["data"]
        return [each.get("id") or each["group_id"] for each in data]

    one = f"{path}/{id}"
    found = office("GET", one)
    assert found.get("id", found.get("group_id")) == id
    assert listed().count(id) == 1
    if change:
        assert office("POST", one, **change)["id"] == id
        known = office("GET", one)
        changed = {name.replace("role_name", "name"): value for name, value in change.items()}
        assert {name: known[name] for name in changed} == changed
    gone = office("DELETE", one)
    assert office.status == 200
    assert gone.get("deleted", True) is True
    assert id not in listed()
    for method, body in (("GET", {}), ("DELETE", {}), *([("POST", change)] if change else [])):
        error = office(method, one, **body)
        assert (office.status, id in error["error"]["message"]) == (404, True), error


def test_every_walk_is_walked() -> None:
    from mockai.operations import operations

    paths = {
        row.path
        for row in operations().values()
        if row.id.startswith("admin.") and row.kind == "create" and row.path != "/organization/projects"
    }
    shapes = {"/".join("{}" if step.startswith("{") else step for step in path.split("/")) for path in WALKS}
    assert {"/".join("{}" if step.startswith("{") else step for step in path.split("/")) for path in paths} == shapes


def test_an_organization_has_an_owner_who_stays() -> None:
    office = Office()
    [owner] = office("GET", "/organization/users")["data"]
    assert (owner["role"], owner["object"]) == ("owner", "organization.user")
    assert office("GET", "/organization/users", "emails[]=owner@example.com")["data"] == [owner]
    assert office("GET", "/organization/users", "emails[]=someone@example.com")["data"] == []
    assert office("GET", f"/organization/users/{owner['id']}") == owner
    assert office("POST", f"/organization/users/{owner['id']}", technical_level="expert")["technical_level"] == "expert"
    office("DELETE", f"/organization/users/{owner['id']}")
    assert office.status == 400
    office.mock.reset()
    assert office("GET", "/organization/users")["data"][0]["id"] == owner["id"]


def test_who_belongs_to_a_project_belongs_to_the_organization() -> None:
    office = Office()
    ids = office.settle_in()
    above = f"/organization/projects/{ids['project']}"
    stranger = office("POST", f"{above}/users", user_id="user-stranger", role="member")
    assert (office.status, stranger["error"]["message"]) == (404, "No user found with id 'user-stranger'.")
    office("POST", f"{above}/users", email="stranger@example.com", role="member")
    assert office.status == 404
    office("POST", f"{above}/users", role="member")
    assert office.status == 400
    joined = office("POST", f"{above}/users", email="owner@example.com", role="member")
    assert (joined["id"], joined["name"], joined["role"]) == (ids["user"], "Owner", "member")
    office("POST", f"{above}/groups", group_id="group_none", role="member")
    assert office.status == 404
    admitted = office("POST", f"{above}/groups", group_id=ids["group"], role="member")
    assert (admitted["group_id"], admitted["group_name"]) == (ids["group"], "g")


def test_conjured_users_join_and_leave() -> None:
    office = Office(missing="conjure")
    office("POST", "/organization/projects/proj_x/users", email="new@example.com", role="member")
    office("POST", "/organization/projects/proj_x/users", user_id="user-x", role="member")
    office("POST", "/organization/groups/group_x/users", user_id="user-x")
    office("POST", "/organization/groups/group_y/users", user_id="user-y")
    assert [each["id"] for each in office("GET", "/organization/groups/group_x/users")["data"]] == ["user-x"]
    assert office("DELETE", "/organization/users/user-x")["deleted"] is True
    assert office("GET", "/organization/groups/group_x/users")["data"] == []
    [left] = office("GET", "/organization/projects/proj_x/users")["data"]
    assert left["email"] == "new@example.com"


def test_an_archived_project_is_out_of_use() -> None:
    office = Office()
    kept, old = (office("POST", "/organization/projects", name=name)["id"] for name in ("kept", "old"))
    archived = office("POST", f"/organization/projects/{old}/archive")
    assert (archived["status"], archived["archived_at"]) == ("archived", int(office.clock.now()))
    refused = office("POST", f"/organization/projects/{old}/archive")
    assert (office.status, refused["error"]["message"]) == (400, "Project old is archived")
    office("POST", f"/organization/projects/{old}", name="new")
    assert office.status == 400
    for path, given in {
        "users": {"email": "owner@example.com", "role": "member"},
        "groups": {"group_id": "group_x", "role": "member"},
        "service_accounts": {"name": "sa"},
    }.items():
        refused = office("POST", f"/organization/projects/{old}/{path}", **given)
        assert (office.status, refused["error"]["message"]) == (400, "Project old is archived")
    assert [each["id"] for each in office("GET", "/organization/projects")["data"]] == [kept]
    assert len(office("GET", "/organization/projects", "include_archived=true")["data"]) == 2


def test_a_project_has_a_limit_for_each_model() -> None:
    office = Office()
    above = f"/organization/projects/{office('POST', '/organization/projects', name='p')['id']}/rate_limits"
    limits = office("GET", above, "limit=100")["data"]
    one = next(limit for limit in limits if limit["model"] == "gpt-4o")
    assert one["max_requests_per_1_minute"] > 0
    changed = office("POST", f"{above}/{one['id']}", max_requests_per_1_minute=3)
    assert changed == one | {"max_requests_per_1_minute": 3}
    assert changed in office("GET", above, "limit=100")["data"]
    office("POST", f"{above}/rl-none", max_requests_per_1_minute=3)
    assert office.status == 404


def test_a_key_is_shown_once() -> None:
    office = Office()
    ids = office.settle_in()
    made = office("POST", "/organization/admin_api_keys", name="k", expires_in_seconds=60)
    assert made["value"].startswith("sk-admin-")
    assert made["expires_at"] == int(office.clock.now()) + 60
    assert made["owner"]["id"] == ids["user"]
    shown = office("GET", f"/organization/admin_api_keys/{made['id']}")
    assert shown == {name: part for name, part in made.items() if name != "value"}
    start, end = shown["redacted_value"].split("...")
    assert made["value"].startswith(start)
    assert made["value"].endswith(end)


def test_a_service_account_comes_with_a_key_and_takes_it_along() -> None:
    office = Office()
    project = office("POST", "/organization/projects", name="p")["id"]
    above = f"/organization/projects/{project}"
    account = office("POST", f"{above}/service_accounts", name="ci")
    assert (account["role"], account["api_key"]["value"][:11]) == ("member", "sk-svcacct-")
    path = f"{above}/service_accounts/{account['id']}/api_keys"
    more = office("POST", path, name="more", expires_in_seconds=60)
    keys = office("GET", f"{above}/api_keys")["data"]
    assert [key["id"] for key in keys] == [more["id"], account["api_key"]["id"]]
    assert "value" not in keys[0]
    assert keys[0]["owner"]["service_account"]["id"] == account["id"]
    alone = office("POST", f"{above}/service_accounts", name="bare", create_service_account_only=True)
    assert (alone["role"], alone["api_key"]) == ("none", None)
    office("POST", f"{above}/service_accounts/{alone['id']}/api_keys")
    counts = {
        access: len(office("GET", f"{above}/api_keys", f"owner_project_access={access}")["data"])
        for access in ("active", "inactive", "any")
    }
    assert counts == {"active": 2, "inactive": 1, "any": 3}
    later = office("POST", f"{above}/api_keys/{more['id']}", expires_in_seconds=120)
    assert later["expires_at"] == more["expires_at"] + 60
    assert office("POST", f"{above}/api_keys/{more['id']}", scopes=["a"])["expires_at"] == later["expires_at"]
    assert office("DELETE", f"{above}/api_keys/{more['id']}")["deleted"] is True
    office("DELETE", f"{above}/service_accounts/{account['id']}")
    assert len(office("GET", f"{above}/api_keys")["data"]) == 1


def test_a_role_is_given_and_taken() -> None:
    office = Office()
    ids = office.settle_in()
    office("POST", f"/organization/users/{ids['user']}/roles", role_id="role_none")
    assert office.status == 404
    given = office("POST", f"/organization/users/{ids['user']}/roles", role_id=ids["role"])
    assert (given["object"], given["user"]["id"], given["role"]["id"]) == ("user.role", ids["user"], ids["role"])
    office("POST", f"/organization/groups/{ids['group']}/roles", role_id=ids["role"])
    [held] = office("GET", f"/organization/groups/{ids['group']}/roles")["data"]
    assert (held["name"], held["assignment_sources"][0]["principal_id"]) == ("reader", ids["group"])
    taken = office("DELETE", f"/organization/groups/{ids['group']}/roles/{ids['role']}")
    assert (taken["object"], taken["deleted"]) == ("group.role.deleted", True)
    office("DELETE", f"/organization/roles/{ids['role']}")
    assert office("GET", f"/organization/users/{ids['user']}/roles")["data"] == []


def test_a_projects_own_role_is_given_in_the_project() -> None:
    office = Office()
    ids = office.settle_in()
    role = office("POST", f"/projects/{ids['project']}/roles", **ROLE)
    assert (role["resource_type"], role["predefined_role"]) == ("api.project", False)
    office("POST", f"/organization/projects/{ids['project']}/users", user_id=ids["user"], role="member")
    path = f"/projects/{ids['project']}/users/{ids['user']}/roles"
    assert office("POST", path, role_id=role["id"])["role"] == role
    assert office("POST", path, role_id=ids["role"])["role"]["id"] == ids["role"]
    assert len(office("GET", path)["data"]) == 2


def test_an_invite_is_good_for_a_week() -> None:
    office = Office()
    made = office("POST", "/organization/invites", email="a@example.com", role="reader")
    assert (made["status"], made["expires_at"] - made["created_at"]) == ("pending", WEEK)
    office.clock.advance(WEEK)
    assert office("GET", "/organization/invites")["data"][0]["status"] == "expired"
    assert office("GET", f"/organization/invites/{made['id']}")["status"] == "expired"


def test_a_certificate_is_active_where_it_was_activated() -> None:
    office = Office()
    ids = office.settle_in()
    made = office("POST", "/organization/certificates", certificate="pem", name="c")
    assert "active" not in made
    path = f"/organization/certificates/{made['id']}"
    chosen: dict[str, Any] = {"certificate_ids": [made["id"]]}
    assert "content" not in office("GET", path)["certificate_details"]
    assert office("GET", path, "include[]=content")["certificate_details"]["content"] == "pem"
    project = f"/organization/projects/{ids['project']}/certificates"
    assert office("GET", project)["data"] == []
    [active] = office("POST", f"{project}/activate", **chosen)["data"]
    assert (active["object"], active["active"]) == ("organization.project.certificate", True)
    assert office("GET", project)["data"] == [active]
    assert office("GET", "/organization/certificates")["data"][0]["active"] is False
    assert office("POST", "/organization/certificates/activate", **chosen)["data"][0]["active"] is True
    office("DELETE", path)
    assert office.status == 400
    office("POST", f"{project}/deactivate", certificate_ids=[made["id"], "cert_none"])
    assert office.status == 404
    assert office("GET", project)["data"][0]["active"] is True  # all of them, or none
    assert office("POST", f"{project}/deactivate", **chosen)["data"][0]["active"] is False
    office("POST", "/organization/certificates/deactivate", **chosen)
    assert office("DELETE", path) == {"id": made["id"], "object": "certificate.deleted"}


PEM = """-----BEGIN CERTIFICATE-----
MA0XDTI1MDEwMTAwMDAwMFoYDzIwNTAwMTAxMDAwMDAwWg==
-----END CERTIFICATE-----
"""


def test_the_times_of_a_certificate_are_read() -> None:
    assert validity(PEM) == (1735689600, 2524608000)
    assert validity("pem") is None
    assert validity(PEM.replace("MA0X", "M\u00e9")) is None
    assert validity(PEM.replace("MDEwMTAwMDAwMFoY", "OTkwMTAwMDAwMFoY")) is None
    office = Office()
    made = office("POST", "/organization/certificates", certificate=PEM)
    assert made["certificate_details"] == {"valid_at": 1735689600, "expires_at": 2524608000}


def test_settings_are_what_they_were_set_to() -> None:
    office = Office()
    ids = office.settle_in()
    above = f"/organization/projects/{ids['project']}"
    assert office("POST", "/organization/data_retention", retention_type="zero_data_retention")["type"] == (
        "zero_data_retention"
    )
    assert office("GET", "/organization/data_retention")["type"] == "zero_data_retention"
    assert office("GET", f"{above}/data_retention")["type"] == "organization_default"
    assert office("GET", f"{above}/model_permissions") | {"object": ""} == {
        "mode": "deny_list",
        "model_ids": [],
        "object": "",
    }
    office("POST", f"{above}/hosted_tool_permissions", mcp={"enabled": False})
    tools = office("GET", f"{above}/hosted_tool_permissions")
    assert [name for name, tool in tools.items() if not tool["enabled"]] == ["mcp"]
    assert office("POST", f"{above}/service_tier_settings", default="fast")["default"] == "fast"


@pytest.mark.parametrize("above", ["/organization", "/organization/projects/{project}"])
def test_there_is_no_spend_limit_until_one_is_set(above: str) -> None:
    office = Office()
    path = filled(above, office.settle_in()) + "/spend_limit"
    for method in ("GET", "DELETE"):
        office(method, path)
        assert office.status == 404
    limit: dict[str, Any] = {"currency": "USD", "interval": "month", "threshold_amount": 500}
    assert office("POST", path, **limit)["threshold_amount"] == 500
    assert office("GET", path)["threshold_amount"] == 500
    assert office("DELETE", path)["deleted"] is True
    office("GET", path)
    assert office.status == 404


def test_what_is_kept_elsewhere_is_validated() -> None:
    office = Office()
    ids = office.settle_in()
    key = office("POST", "/organization/external_keys", **AWS_KEY)
    assert office("POST", f"/organization/external_keys/{key['id']}/validate") == {"status": "valid"}
    for given in (
        {"type": "aws", "bucket": "b", "role_arn": "arn:aws:iam::42:role/r"},
        {"type": "oci", "bucket": "b", "region": "r", "tenancy_ocid": "t"},
    ):
        storage = office("POST", "/organization/external_storage", project_id=ids["project"], provider=given)
        assert (storage["status"], storage["provider"] | given) == ("pending", storage["provider"])
    assert office("POST", f"/organization/external_storage/{storage['id']}/validate")["status"] == "validated"
    assert office("GET", f"/organization/external_storage/{storage['id']}")["status"] == "validated"


# -- the audit log


def log(office: Office, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = office("GET", "/organization/audit_logs", query)["data"]
    return data


def test_the_log_tells_what_was_changed_the_newest_first() -> None:
    office = Office()
    project = office("POST", "/organization/projects", name="p")["id"]
    office.clock.advance(10)
    office("POST", f"/organization/projects/{project}", name="q")
    account = office("POST", f"/organization/projects/{project}/service_accounts", name="sa")["id"]
    office("GET", f"/organization/projects/{project}")
    office("POST", "/organization/projects/proj_none", name="q")
    entries = log(office)
    assert [entry["type"] for entry in entries] == ["service_account.created", "project.updated", "project.created"]
    assert entries[0]["service_account.created"] == {"id": account, "data": {"role": "member"}}
    assert entries[1]["project.updated"] == {"id": project, "changes_requested": {"title": "q"}}
    assert entries[2]["project.created"] == {"id": project, "data": {"name": "p", "title": "p"}}
    assert entries[0]["project"] == entries[2]["project"] == {"id": project, "name": "q"}
    [owner] = office("GET", "/organization/users")["data"]
    assert entries[0]["actor"]["api_key"]["user"] == {"id": owner["id"], "email": owner["email"]}
    assert log(office) == entries


def test_the_log_is_searched() -> None:
    office = Office()
    ids = office.settle_in()
    start = int(office.clock.now())
    office.clock.advance(10)
    office("POST", f"/organization/groups/{ids['group']}", name="h")
    office("POST", f"/organization/users/{ids['user']}/roles", role_id=ids["role"])
    role = office("POST", f"/projects/{ids['project']}/roles", **ROLE)["id"]
    everything = log(office)
    assert [each["type"] for each in log(office, f"effective_at[gt]={start}")] == [
        "role.created",
        "role.assignment.created",
        "group.updated",
    ]
    assert len(log(office, f"effective_at[lte]={start}")) == len(everything) - 3
    assert {each["type"] for each in log(office, "event_types[]=group.created&event_types[]=group.updated")} == {
        "group.created",
        "group.updated",
    }
    assert [each["role.created"]["id"] for each in log(office, f"resource_ids[]={role}")] == [role]
    in_project = log(office, f"project_ids[]={ids['project']}")
    assert {each["type"] for each in in_project} == {"project.created", "service_account.created", "role.created"}
    assert log(office, f"actor_ids[]={ids['user']}") == everything
    assert log(office, "actor_emails[]=owner@example.com") == everything
    assert log(office, "actor_ids[]=user-none") == []
    assert log(office, "tenant_only=true") == []
    first = log(office, "limit=2")
    assert first + log(office, f"after={first[-1]['id']}") == everything


def test_every_event_of_the_log_is_one_that_the_api_has() -> None:
    result = operation("admin.organization.audit_logs.list").result
    assert result is not None
    for name, (type, _) in EVENTS.items():
        operation(name)
        entry = {"id": "audit_log-x", "type": type, "effective_at": 1, type: {}}
        ends = {"first_id": "audit_log-x", "last_id": "audit_log-x", "has_more": False}
        assert registry().valid(result, {"object": "list", "data": [entry], **ends}, "produce"), name


@pytest.mark.parametrize("path", WALKS)
def test_every_walk_leaves_its_marks_in_the_log(path: str) -> None:
    office = Office()
    ids = office.settle_in()
    above = f"/organization/projects/{ids['project']}"
    office("POST", f"{above}/users", user_id=ids["user"], role="member")
    office("POST", f"{above}/groups", group_id=ids["group"], role="member")
    given, change = filled(WALKS[path], ids)
    path = filled(path, ids)
    one = f"{path}/{identity(office('POST', path, **given))}"
    if change:
        office("POST", one, **change)
    office("DELETE", one)
    routes = [find("POST", path), find("POST", one) if change else None, find("DELETE", one)]
    done = [route.operation.id for route in routes if route]
    assert {EVENTS[id][0] for id in done if id in EVENTS} <= {entry["type"] for entry in log(office, "limit=100")}


def test_permissions_of_a_checkpoint_are_logged() -> None:
    office = Office(missing="conjure")
    path = "/fine_tuning/checkpoints/ft:gpt-4o-mini/permissions"
    made = office("POST", path, project_ids=["proj_a"])["data"][0]
    assert office.status == 200, made
    office("DELETE", f"{path}/{made['id']}")
    deleted, created = log(office)
    assert deleted["checkpoint.permission.deleted"] == {"id": made["id"]}
    data = {"project_id": made["project_id"], "fine_tuned_model_checkpoint": "ft:gpt-4o-mini"}
    assert created["checkpoint.permission.created"] == {"id": made["id"], "data": data}


def test_activations_are_logged() -> None:
    office = Office()
    made = office("POST", "/organization/certificates", certificate="pem", name="c")
    office("POST", "/organization/certificates/activate", certificate_ids=[made["id"]])
    [entry] = log(office, f"event_types[]=certificates.activated&resource_ids[]={made['id']}")
    assert entry["certificates.activated"] == {"certificates": [{"id": made["id"], "name": "c"}]}


# -- the real SDK


def client(mock: MockAI) -> OpenAI:
    return OpenAI(
        api_key="k", admin_api_key="k", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0
    )


def test_an_organization_is_set_up_with_the_sdk() -> None:
    with client(MockAI()) as sdk:
        organization = sdk.admin.organization
        project = organization.projects.create(name="app")
        for index in range(25):
            organization.projects.service_accounts.create(project.id, name=f"sa{index}")
        accounts = list(organization.projects.service_accounts.list(project.id, limit=10))
        assert [account.name for account in accounts] == [f"sa{index}" for index in reversed(range(25))]
        assert len(list(organization.projects.api_keys.list(project.id, limit=7))) == 25
        [owner] = organization.users.list()
        role = organization.roles.create(role_name="r", permissions=["api.read"])
        assert organization.users.roles.create(owner.id, role_id=role.id).role.name == "r"
        assert [each.id for each in organization.users.roles.list(owner.id)] == [role.id]
        events = list(organization.audit_logs.list(limit=10))
        assert len(events) == 28
        assert events[-1].project_created is not None
        with pytest.raises(NotFoundError, match="No role found with id 'role_x'"):
            organization.roles.retrieve("role_x")


def test_an_organization_is_set_up_asynchronously() -> None:
    async def scenario() -> None:
        transport = MockAI().transport(httpx2)
        async with AsyncOpenAI(
            api_key="k", admin_api_key="k", http_client=httpx2.AsyncClient(transport=transport), max_retries=0
        ) as sdk:
            organization = sdk.admin.organization
            for index in range(5):
                await organization.groups.create(name=f"g{index}")
            assert [group.name async for group in organization.groups.list(limit=2)] == [f"g{i}" for i in range(5)]
            events = [event.type async for event in organization.audit_logs.list(limit=2)]
            assert events == ["group.created"] * 5

    asyncio.run(scenario())
