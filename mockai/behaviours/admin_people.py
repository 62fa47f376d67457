"""People: the users of an organization, and the groups and projects they belong to.

Users join by accepting an invite, which the API has no operation for: an organization is its owner alone, unless
unknown ids are conjured.
"""

from __future__ import annotations

from typing import Any

from .. import kinds
from ..answers import answer
from ..call import Call
from ..collection import collections
from ..dice import dice
from ..errors import BadRequest, NotFound
from ..http import Reply
from ..kinds import KINDS
from ..operations import operation
from ..resources import Resource
from . import Mock, behaviour

ORGANIZATION = "admin.organization"
USERS = "/organization/users"
GROUPS = "/organization/groups"
PROJECTS = "/organization/projects"
ORGANIZATION_ID = "org-mockai"
OWNER = {"object": "organization.user", "role": "owner", "name": "Owner", "email": "owner@example.com"}


def owner(call: Call, mock: Mock) -> Resource:
    """The user that an organization always has."""
    kind = collections()[USERS]
    id = kind.id(dice(USERS, call.seed))
    known = mock.resources.find(USERS, id)
    if known is not None:
        return known
    from ..objects import fresh

    assert kind.item is not None
    value = fresh(kind.item, OWNER, dice(id), mock.clock.now(), id=id)
    return mock.resources.add(USERS, value)


def peopled(id: str) -> None:
    """Let a plain operation know the owner."""
    kind = KINDS[operation(id).kind]

    def answered(call: Call, mock: Mock) -> Reply:
        owner(call, mock)
        return kind(call, mock)

    behaviour(id)(answered)


for _name in ("list", "retrieve", "update", "roles.list", "roles.retrieve", "roles.delete"):
    peopled(f"{ORGANIZATION}.users.{_name}")


@behaviour(f"{ORGANIZATION}.users.delete")
def delete_user(call: Call, mock: Mock) -> Reply:
    """A user leaves the organization, its groups and its projects; its owner stays."""
    first = owner(call, mock)
    user = kinds.found(call, mock)
    if user is first and mock.missing == "error":
        raise BadRequest("The last owner of an organization cannot be removed.")
    for above in ("/organization/groups/", "/organization/projects/"):
        for where in list(mock.resources.places(above)):
            if where.endswith("/users") and (member := mock.resources.find(where, user.id)) is not None:
                mock.resources.remove(member)
    return kinds.delete(call, mock)


@behaviour(f"{ORGANIZATION}.groups.users.create")
def join_group(call: Call, mock: Mock) -> Reply:
    """A user of the organization in one of its groups."""
    kinds.existing(call, mock)
    member = user(kinds.fields(call)["user_id"], call, mock)
    about = {**_about(member), "picture": None, "is_service_account": False, "user_type": "user"}
    kinds.made(call, mock, about, id=member.id)
    return answer({"object": "group.user", "user_id": member.id, "group_id": call.values["group_id"]})


@behaviour(f"{ORGANIZATION}.projects.users.create")
def join_project(call: Call, mock: Mock) -> Reply:
    """A user of the organization, named by id or by e-mail address, in one of its projects."""
    given = kinds.fields(call)
    project(call, mock)
    member = _called(given, call, mock)
    return kinds.shown(call, mock, kinds.made(call, mock, {**_about(member), "role": given["role"]}, id=member.id))


@behaviour(f"{ORGANIZATION}.projects.groups.create")
def admit_group(call: Call, mock: Mock) -> Reply:
    """A group of the organization in one of its projects."""
    project(call, mock)
    group = kinds.named(GROUPS, kinds.fields(call)["group_id"], mock, call)
    known = {"group_id": group.id, "group_name": group.value["name"], "group_type": group.value["group_type"]}
    return kinds.shown(call, mock, kinds.made(call, mock, {}, id=group.id, **known))


def project(call: Call, mock: Mock) -> Resource:
    """The project that a call is about. Raises BadRequest for one that is archived, NotFound if there is none."""
    found = kinds.named(PROJECTS, call.values["project_id"], mock, call)
    if found.value["status"] == "archived" and not found.conjured:
        raise BadRequest(f"Project {found.value['name']} is archived")
    return found


def user(id: str, call: Call, mock: Mock) -> Resource:
    """A user of the organization."""
    owner(call, mock)
    return kinds.named(USERS, id, mock, call)


def _called(given: dict[str, Any], call: Call, mock: Mock) -> Resource:
    """The user that a request names by id or by e-mail address."""
    if given.get("user_id"):
        return user(given["user_id"], call, mock)
    owner(call, mock)
    email = given.get("email")
    for each in mock.resources.all(USERS):
        if each.value["email"] == email:
            return each
    if mock.missing == "error":
        if email is None:
            missing = "Missing required parameter: 'user_id'."
            raise BadRequest(missing, param="user_id", code="missing_required_parameter")
        raise NotFound(f"No user found with email '{email}'.")
    made_up = kinds.named(USERS, collections()[USERS].id(dice(email)), mock, call)
    made_up.value["email"] = email
    return made_up


def _about(member: Resource) -> dict[str, Any]:
    return {"name": member.value["name"] or "Unknown", "email": member.value["email"]}


def member_of(call: Call, mock: Mock) -> tuple[str, Resource]:
    """Whom a role is given to: `user` or `group`, and the one of the organization."""
    if "user_id" in call.values:
        return "user", user(call.values["user_id"], call, mock)
    return "group", kinds.named(GROUPS, call.values["group_id"], mock, call)
