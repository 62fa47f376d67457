"""Keys: of administrators, and of the service accounts of projects. A key is shown once, when it is made."""

from __future__ import annotations

from random import Random
from typing import Any

from .. import kinds, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..collection import collections, filled
from ..dice import token
from ..http import Reply
from ..objects import fresh
from ..resources import Resource
from . import Mock, behaviour
from .admin_people import owner, project

ORGANIZATION = "admin.organization"
PROJECT = f"{ORGANIZATION}.projects"
KEYS = "/organization/projects/{project_id}/api_keys"
ACCOUNT_KEY = "organization.project.service_account.api_key"


# -- administrators


@behaviour(f"{ORGANIZATION}.admin_api_keys.create")
def create_admin_key(call: Call, mock: Mock) -> Reply:
    """A key of the owner's, with its value."""
    first = owner(call, mock).value
    held_by = {"type": "user", "object": "organization.user"}
    held_by |= {"id": first["id"], "name": first["name"], "created_at": first["added_at"], "role": "owner"}
    key = _value("sk-admin-", kinds.chance(call, mock))
    known: dict[str, Any] = {"redacted_value": redacted(key), "owner": held_by, "expires_at": _expiry(call, mock)}
    resource = kinds.made(call, mock, **known)
    return answer({**resource.value, "value": key})


# -- service accounts


@behaviour(f"{PROJECT}.service_accounts.create")
def create_account(call: Call, mock: Mock) -> Reply:
    """A service account with a key, or only the account."""
    project(call, mock)
    alone = kinds.fields(call).get("create_service_account_only")
    account = kinds.made(call, mock, role="none" if alone else "member")
    return answer({**account.value, "api_key": None if alone else _key(account, "Secret Key", call, mock)})


@behaviour(f"{PROJECT}.service_accounts.delete")
def delete_account(call: Call, mock: Mock) -> Reply:
    """A service account less, and its keys."""
    account = kinds.found(call, mock)
    for key in mock.resources.all(filled(KEYS, call.values)):
        if key.private.get("account") == account.id:
            mock.resources.remove(key)
    return kinds.delete(call, mock)


@behaviour(f"{PROJECT}.service_accounts.api_keys.create")
def create_account_key(call: Call, mock: Mock) -> Reply:
    """One more key for a service account."""
    project(call, mock)
    path = "/organization/projects/{project_id}/service_accounts"
    account = kinds.at(collections()[path], filled(path, call.values), call.values["service_account_id"], mock, call)
    return answer(_key(account, kinds.fields(call).get("name") or "Secret Key", call, mock))


# -- keys of a project


@behaviour(f"{PROJECT}.api_keys.list")
def list_keys(call: Call, mock: Mock) -> Reply:
    """The keys of a project without their values, of owners with or without access."""
    assert call.operation is not None
    kinds.existing(call, mock)
    wanted = (query_of(call, call.operation) or {}).get("owner_project_access", "any")
    keys = mock.resources.all(filled(KEYS, call.values))
    found = [key for key in keys if wanted in ("any", key.value["owner_project_access"])]
    return answer(pages.listed(call, found, lenient=mock.missing == "conjure"))


@behaviour(f"{PROJECT}.api_keys.update")
def update_key(call: Call, mock: Mock) -> Reply:
    """A key that expires at another time."""
    key = kinds.found(call, mock)
    if "expires_in_seconds" in kinds.fields(call):
        key.value["expires_at"] = _expiry(call, mock)
    return kinds.shown(call, mock, key)


def redacted(key: str) -> str:
    """A key as it may be shown: its first and its last characters."""
    return f"{key[: key.rindex('-') + 4]}...{key[-4:]}"


def _key(account: Resource, name: str, call: Call, mock: Mock) -> dict[str, Any]:
    """A new key of a service account, with its value."""
    kind = collections()[KEYS]
    rng, now = kinds.chance(call, mock), int(mock.clock.now())
    value = _value("sk-svcacct-", rng)
    about = {field: account.value[field] for field in ("id", "name", "created_at", "role")}
    given = {
        "name": name,
        "redacted_value": redacted(value),
        "owner": {"type": "service_account", "service_account": about},
        "owner_project_access": "inactive" if account.value["role"] == "none" else "active",
        "expires_at": _expiry(call, mock),
    }
    assert kind.item is not None
    key = fresh(kind.item, given, rng, now, id=kind.id(rng))
    mock.resources.add(filled(KEYS, call.values), key, account=account.id)
    shown = {"object": ACCOUNT_KEY, "value": value, "name": name, "created_at": now, "id": key["id"]}
    return {**shown, "expires_at": key["expires_at"]}


def _expiry(call: Call, mock: Mock) -> int | None:
    seconds = kinds.fields(call).get("expires_in_seconds")
    return int(mock.clock.now()) + seconds if seconds else None


def _value(prefix: str, rng: Random) -> str:
    return prefix + token(rng, 48)
