"""An organization: its projects with their limits, invites, settings, and the keys and places it keeps elsewhere."""

from __future__ import annotations

from typing import Any

from .. import catalogue, kinds, objects, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..collection import collection, place
from ..dice import token
from ..errors import NotFound
from ..http import Reply
from ..limits import Limits
from . import Mock, admin_certificates, admin_keys, admin_roles, audit, behaviour
from .admin_people import project

__all__ = ["admin_certificates", "admin_keys", "admin_roles", "audit"]

INVITED_SECONDS = 7 * 24 * 3600
ORGANIZATION = "admin.organization"
PROJECTS = f"{ORGANIZATION}.projects"
TRANSCRIBED_MEGABYTES = 100
IMAGES = 500
BATCHED_TOKENS = 15_000_000_000
PROVIDED = {
    "aws": {"account_id": "123456789012", "external_id": "", "region": "us-east-1"},
    "azure": {"region": "eastus"},
    "gcp": {"audience": "mockai", "region": "us-east1"},
    "oci": {},
}
"""What the API adds to what a request says of a place to store things, by who provides it."""


# -- projects


@behaviour(f"{PROJECTS}.list")
def list_projects(call: Call, mock: Mock) -> Reply:
    """The projects; archived ones only where they are asked for."""
    assert call.operation is not None
    asked = query_of(call, call.operation) or {}
    found = [
        each
        for each in mock.resources.all("/organization/projects")
        if asked.get("include_archived") or each.value["status"] != "archived"
    ]
    return answer(pages.listed(call, found, lenient=mock.missing == "conjure"))


@behaviour(f"{PROJECTS}.update")
def update_project(call: Call, mock: Mock) -> Reply:
    """A project with another name, unless it is archived."""
    project(call, mock)
    return kinds.update(call, mock)


@behaviour(f"{PROJECTS}.archive")
def archive(call: Call, mock: Mock) -> Reply:
    """A project that is no longer used; there is no way back."""
    project(call, mock)
    return kinds.transition(call, mock)


# -- their limits and settings


@behaviour(f"{PROJECTS}.rate_limits.list_rate_limits")
def list_limits(call: Call, mock: Mock) -> Reply:
    """A project's limits, one for each model in service."""
    _limited(call, mock)
    return kinds.list_(call, mock)


@behaviour(f"{PROJECTS}.rate_limits.update_rate_limit")
def update_limit(call: Call, mock: Mock) -> Reply:
    """Another limit for one model; requests are not held to it."""
    _limited(call, mock)
    return kinds.update(call, mock)


def _limited(call: Call, mock: Mock) -> None:
    """Give a project its limits when somebody asks for the first time."""
    assert call.operation is not None
    kinds.existing(call, mock)
    where, _ = place(call)
    if mock.resources.all(where):
        return
    kind = collection(call.operation)
    assert kind.item is not None
    rng, now = kinds.chance(call, mock), mock.clock.now()
    for model in catalogue.models():
        limit = objects.fresh(kind.item, _limits(model), rng, now, id=kind.prefix + model.id)
        mock.resources.add(where, limit)


def _limits(model: catalogue.Model) -> dict[str, Any]:
    limits: dict[str, Any] = {
        "model": model.id,
        "max_requests_per_1_minute": Limits().rpm,
        "max_tokens_per_1_minute": Limits().tpm,
    }
    if model.takes("images"):
        limits["max_images_per_1_minute"] = IMAGES
    if model.takes("transcription"):
        limits["max_audio_megabytes_per_1_minute"] = TRANSCRIBED_MEGABYTES
    if model.takes("chat") or model.takes("responses") or model.takes("embeddings"):
        limits["batch_1_day_max_input_tokens"] = BATCHED_TOKENS
    return limits


def limitless(call: Call, mock: Mock) -> Reply:
    """A hard limit on spending, which is not there until somebody sets it."""
    kinds.existing(call, mock)
    if mock.resources.find(place(call)[0], "") is None and mock.missing == "error":
        raise NotFound("No spend limit is set.")
    return kinds.singleton(call, mock)


def retain(call: Call, mock: Mock) -> Reply:
    """How long data are kept: a request calls it `retention_type`, an answer `type`."""
    shown = kinds.singleton(call, mock)
    resource = mock.resources.find(place(call)[0], "")
    assert resource is not None
    resource.value["type"] = kinds.fields(call).get("retention_type", resource.value["type"])
    return kinds.shown(call, mock, resource) if shown.status == 200 else shown


for _above in (ORGANIZATION, PROJECTS):
    behaviour(f"{_above}.data_retention.update")(retain)
    behaviour(f"{_above}.spend_limit.retrieve")(limitless)
    behaviour(f"{_above}.spend_limit.delete")(limitless)


# -- invites


@behaviour(f"{ORGANIZATION}.invites.create")
def invite(call: Call, mock: Mock) -> Reply:
    """An invite, good for a week."""
    return kinds.shown(call, mock, kinds.made(call, mock, expires_at=int(mock.clock.now()) + INVITED_SECONDS))


@behaviour(f"{ORGANIZATION}.invites.list")
def list_invites(call: Call, mock: Mock) -> Reply:
    """The invites, those nobody took up in time among them."""
    _expire(mock)
    return kinds.list_(call, mock)


@behaviour(f"{ORGANIZATION}.invites.retrieve")
def retrieve_invite(call: Call, mock: Mock) -> Reply:
    """One invite as it is now."""
    _expire(mock)
    return kinds.retrieve(call, mock)


def _expire(mock: Mock) -> None:
    for each in mock.resources.all("/organization/invites"):
        expires = each.value.get("expires_at")
        if each.value["status"] == "pending" and expires is not None and mock.clock.now() >= expires:
            each.value["status"] = "expired"


# -- keys and storage of the organization's own


@behaviour(f"{ORGANIZATION}.external_keys.validate")
def validate_key(call: Call, mock: Mock) -> Reply:
    """A key in somebody else's vault can be reached."""
    kinds.found(call, mock)
    return answer({"status": "valid"})


@behaviour(f"{ORGANIZATION}.external_storage.create")
def register_storage(call: Call, mock: Mock) -> Reply:
    """A place of the organization's own where a project stores things; it waits for its validation."""
    given = kinds.fields(call)
    known = dict(PROVIDED[given["provider"]["type"]])
    if "external_id" in known:
        known["external_id"] = token(kinds.chance(call, mock), 24)
    if given["provider"].get("role_arn", "").count(":") > 4:
        known["account_id"] = given["provider"]["role_arn"].split(":")[4]
    return kinds.shown(call, mock, kinds.made(call, mock, {**given, "provider": {**known, **given["provider"]}}))


@behaviour(f"{ORGANIZATION}.external_storage.validate")
def validate_storage(call: Call, mock: Mock) -> Reply:
    """A place to store things that was found to work."""
    resource = kinds.found(call, mock)
    kinds.lead(resource, "validated", mock)
    return kinds.shown(call, mock, resource)
