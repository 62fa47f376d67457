"""Roles, of the organization and of its projects, and who has them: users and groups."""

from __future__ import annotations

from typing import Any

from .. import kinds, objects
from ..answers import answer
from ..call import Call
from ..collection import collection, collections, filled
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour
from .admin_people import member_of, owner

ORGANIZATION = "admin.organization"
ROLES = "/organization/roles"


def create(call: Call, mock: Mock) -> Reply:
    """A role of the organization's own; a request calls its name `role_name`."""
    given = kinds.fields(call)
    resource_type = "api.project" if "project_id" in call.values else "api.organization"
    known = {"name": given["role_name"], "predefined_role": False, "resource_type": resource_type}
    resource = kinds.made(call, mock, **known)
    resource.private["created_at"] = resource.private["updated_at"] = int(mock.clock.now())
    return kinds.shown(call, mock, resource)


def update(call: Call, mock: Mock) -> Reply:
    """A role with another name or other permissions."""
    assert call.operation is not None
    resource = kinds.found(call, mock)
    given = {name: part for name, part in kinds.fields(call).items() if part is not None}
    if "role_name" in given:
        given["name"] = given.pop("role_name")
    kind = collection(call.operation)
    assert kind.item is not None
    objects.changed(kind.item, resource.value, given)
    resource.private["updated_at"] = int(mock.clock.now())
    return kinds.shown(call, mock, resource)


def delete(call: Call, mock: Mock) -> Reply:
    """A role less, also for those who had it."""
    role = kinds.found(call, mock)
    for where in list(mock.resources.places("/organization/")):
        if where.endswith("/roles") and where != role.place and (given := mock.resources.find(where, role.id)):
            mock.resources.remove(given)
    return kinds.delete(call, mock)


def assign(call: Call, mock: Mock) -> Reply:
    """A role given to a user or a group."""
    first = owner(call, mock)
    kinds.existing(call, mock)
    who, member = member_of(call, mock)
    role = _role(kinds.fields(call)["role_id"], call, mock)
    now = int(mock.clock.now())
    about: dict[str, Any] = {
        **{name: part for name, part in role.value.items() if name != "object"},
        "created_at": role.private.get("created_at", now),
        "updated_at": role.private.get("updated_at", now),
        "created_by": first.id,
        "metadata": {},
        "assignment_sources": [{"principal_type": who, "principal_id": member.id}],
    }
    kinds.made(call, mock, about, id=role.id)
    return answer({"object": f"{who}.role", who: _summary(who, member), "role": role.value})


for _above in (ORGANIZATION, f"{ORGANIZATION}.projects"):
    behaviour(f"{_above}.roles.create")(create)
    behaviour(f"{_above}.roles.update")(update)
    behaviour(f"{_above}.roles.delete")(delete)
    behaviour(f"{_above}.groups.roles.create")(assign)
    behaviour(f"{_above}.users.roles.create")(assign)


def _role(id: str, call: Call, mock: Mock) -> Resource:
    """The role that a request names: one of the project's, or of the organization's."""
    if "project_id" in call.values:
        found = mock.resources.find(filled("/projects/{project_id}/roles", call.values), id)
        if found is not None:
            return found
    return kinds.at(collections()[ROLES], ROLES, id, mock, call)


def _summary(who: str, member: Resource) -> dict[str, Any]:
    """What an assignment shows of the one it is for."""
    if who == "user":
        return member.value
    about = {name: member.value[name] for name in ("id", "name", "created_at")}
    return {"object": "group", **about, "scim_managed": member.value["is_scim_managed"]}
