"""The audit log: what was changed in the organization since the last reset, and by whom.

Every request that changed something and was answered with 200 is in it, whichever source answered. Keys are not kept,
so that the one who did it is always the owner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from .. import answered, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..dice import dice, token
from ..http import Exchange, Reply
from ..resources import Resource
from ..understand import understand
from . import Mock, behaviour
from .admin_people import ORGANIZATION_ID, PROJECTS, owner

ORGANIZATION = "admin.organization"
PROJECT = f"{ORGANIZATION}.projects"

Json: TypeAlias = dict[str, Any]
Detail: TypeAlias = Callable[[Json, Json, Mapping[str, str]], Json]
"""What an entry says of a change: by what was asked, what was answered, and the values of the path."""


def made(*names: str, **renamed: str) -> Detail:
    """The new object's id, and some of its fields: as they are called there, or `renamed` (`title="name"`)."""

    def detail(asked: Json, told: Json, values: Mapping[str, str]) -> Json:
        both = {**asked, **told}
        data = {name: both.get(of) for name, of in {**dict(zip(names, names, strict=True)), **renamed}.items()}
        return {**gone(asked, told, values), **({"data": data} if data else {})}

    return detail


def changed(*names: str, **renamed: str) -> Detail:
    """The object's id, and what the request asked to change."""

    def detail(asked: Json, told: Json, values: Mapping[str, str]) -> Json:
        known = {**dict(zip(names, names, strict=True)), **renamed}
        requested = {name: asked[of] for name, of in known.items() if of in asked}
        return {**gone(asked, told, values), "changes_requested": requested}

    return detail


def gone(_asked: Json, told: Json, values: Mapping[str, str]) -> Json:
    """The object's id."""
    return {"id": told.get("id") or list(values.values())[-1]}


def titled(_asked: Json, told: Json, _values: Mapping[str, str]) -> Json:
    """A certificate's id and name."""
    return {"id": told.get("id"), "name": told.get("name")}


def switched(_asked: Json, told: Json, _values: Mapping[str, str]) -> Json:
    """Which certificates were activated or deactivated."""
    return {"certificates": [{"id": each.get("id"), "name": each.get("name")} for each in told.get("data") or ()]}


def role(asked: Json, told: Json, values: Mapping[str, str]) -> Json:
    """A new role."""
    about = {"role_name": asked.get("role_name"), "permissions": asked.get("permissions")}
    return {**gone(asked, told, values), **about, **_scope(values)}


def assignment(asked: Json, _told: Json, values: Mapping[str, str]) -> Json:
    """Who was given a role, or lost it."""
    who = "user" if "user_id" in values else "group"
    role_id, principal = asked.get("role_id", values.get("role_id")), values[f"{who}_id"]
    return {
        "id": f"{role_id}:{principal}",
        "principal_id": principal,
        "principal_type": who,
        **_scope(values),
    }


def mapping(asked: Json, told: Json, values: Mapping[str, str]) -> Json:
    """A federation rule of an identity provider."""
    detail = {"identity_provider_id": values.get("workload_identity_provider_id")}
    if told.get("deleted"):
        return {**gone(asked, told, values), **detail}
    return {**gone(asked, told, values), "data" if "created_at" in told else "changes_requested": asked, **detail}


def permitted(asked: Json, told: Json, values: Mapping[str, str]) -> Json:
    """A project that may use the checkpoint of a fine-tuned model."""
    first: Json = next(iter(told.get("data") or ()), {})
    data = {"project_id": first.get("project_id"), "fine_tuned_model_checkpoint": next(iter(values.values()), None)}
    return {"id": first.get("id"), "data": data} if asked else gone(asked, told, values)


LIMITS = (
    "batch_1_day_max_input_tokens",
    "max_audio_megabytes_per_1_minute",
    "max_images_per_1_minute",
    "max_requests_per_1_day",
    "max_requests_per_1_minute",
    "max_tokens_per_1_minute",
)

EVENTS: Mapping[str, tuple[str, Detail]] = {
    f"{ORGANIZATION}.admin_api_keys.create": ("api_key.created", made("scopes")),
    f"{ORGANIZATION}.admin_api_keys.delete": ("api_key.deleted", gone),
    f"{ORGANIZATION}.certificates.activate": ("certificates.activated", switched),
    f"{ORGANIZATION}.certificates.create": ("certificate.created", titled),
    f"{ORGANIZATION}.certificates.deactivate": ("certificates.deactivated", switched),
    f"{ORGANIZATION}.certificates.delete": ("certificate.deleted", gone),
    f"{ORGANIZATION}.certificates.update": ("certificate.updated", titled),
    f"{ORGANIZATION}.external_keys.create": ("external_key.registered", made("type", "name")),
    f"{ORGANIZATION}.external_keys.delete": ("external_key.removed", gone),
    f"{ORGANIZATION}.external_storage.create": ("external_storage.registered", made("provider", "geography")),
    f"{ORGANIZATION}.external_storage.delete": ("external_storage.removed", gone),
    f"{ORGANIZATION}.groups.create": ("group.created", made(group_name="name")),
    f"{ORGANIZATION}.groups.delete": ("group.deleted", gone),
    f"{ORGANIZATION}.groups.roles.create": ("role.assignment.created", assignment),
    f"{ORGANIZATION}.groups.roles.delete": ("role.assignment.deleted", assignment),
    f"{ORGANIZATION}.groups.update": ("group.updated", changed(group_name="name")),
    f"{ORGANIZATION}.invites.create": ("invite.sent", made("email", "role")),
    f"{ORGANIZATION}.invites.delete": ("invite.deleted", gone),
    f"{PROJECT}.api_keys.delete": ("api_key.deleted", gone),
    f"{PROJECT}.api_keys.update": ("api_key.updated", changed("expires_in_seconds", "scopes")),
    f"{PROJECT}.archive": ("project.archived", gone),
    f"{PROJECT}.certificates.activate": ("certificates.activated", switched),
    f"{PROJECT}.certificates.deactivate": ("certificates.deactivated", switched),
    f"{PROJECT}.create": ("project.created", made("name", title="name")),
    f"{PROJECT}.groups.roles.create": ("role.assignment.created", assignment),
    f"{PROJECT}.groups.roles.delete": ("role.assignment.deleted", assignment),
    f"{PROJECT}.rate_limits.update_rate_limit": ("rate_limit.updated", changed(*LIMITS)),
    f"{PROJECT}.roles.create": ("role.created", role),
    f"{PROJECT}.roles.delete": ("role.deleted", gone),
    f"{PROJECT}.roles.update": ("role.updated", changed("description", "role_name")),
    f"{PROJECT}.service_accounts.api_keys.create": ("api_key.created", made("scopes")),
    f"{PROJECT}.service_accounts.create": ("service_account.created", made("role")),
    f"{PROJECT}.service_accounts.delete": ("service_account.deleted", gone),
    f"{PROJECT}.service_accounts.update": ("service_account.updated", changed("role")),
    f"{PROJECT}.update": ("project.updated", changed(title="name")),
    f"{PROJECT}.users.create": ("user.added", made("role")),
    f"{PROJECT}.users.delete": ("user.deleted", gone),
    f"{PROJECT}.users.roles.create": ("role.assignment.created", assignment),
    f"{PROJECT}.users.roles.delete": ("role.assignment.deleted", assignment),
    f"{PROJECT}.users.update": ("user.updated", changed("role")),
    f"{ORGANIZATION}.roles.create": ("role.created", role),
    f"{ORGANIZATION}.roles.delete": ("role.deleted", gone),
    f"{ORGANIZATION}.roles.update": ("role.updated", changed("description", "role_name")),
    f"{ORGANIZATION}.users.delete": ("user.deleted", gone),
    f"{ORGANIZATION}.users.roles.create": ("role.assignment.created", assignment),
    f"{ORGANIZATION}.users.roles.delete": ("role.assignment.deleted", assignment),
    f"{ORGANIZATION}.users.update": ("user.updated", changed("role")),
    f"{ORGANIZATION}.workload_identity_providers.create": (
        "workload_identity_provider.created",
        made("name", "issuer", "audience"),
    ),
    f"{ORGANIZATION}.workload_identity_providers.delete": ("workload_identity_provider.deleted", gone),
    f"{ORGANIZATION}.workload_identity_providers.federation_rules.create": (
        "workload_identity_provider_mapping.created",
        mapping,
    ),
    f"{ORGANIZATION}.workload_identity_providers.federation_rules.delete": (
        "workload_identity_provider_mapping.deleted",
        mapping,
    ),
    f"{ORGANIZATION}.workload_identity_providers.federation_rules.update": (
        "workload_identity_provider_mapping.updated",
        mapping,
    ),
    f"{ORGANIZATION}.workload_identity_providers.update": (
        "workload_identity_provider.updated",
        changed("name", "issuer", "audience", "description", "enabled"),
    ),
    "fine_tuning.checkpoints.permissions.create": ("checkpoint.permission.created", permitted),
    "fine_tuning.checkpoints.permissions.delete": ("checkpoint.permission.deleted", permitted),
}
"""What a change is called in the log, by the operation that makes it; other operations are not logged there either."""


@behaviour(f"{ORGANIZATION}.audit_logs.list")
def list_(call: Call, mock: Mock) -> Reply:
    """The entries of the log that a query asks for, the newest first."""
    assert call.operation is not None
    asked = query_of(call, call.operation) or {}
    changes = [
        change for change in mock.journal.tally().changes if change.operation in EVENTS and answered.told(change)
    ]
    entries = [_entry(change, call, mock) for change in changes]
    found = [Resource(each["id"], call.operation.path, each) for each in entries if _wanted(each, asked)]
    return answer(pages.listed(call, found, lenient=mock.missing == "conjure"))


def _entry(change: Exchange, call: Call, mock: Mock) -> Json:
    """What the log says of one exchange."""
    type, detail = EVENTS[change.operation or ""]
    made = understand(change.request)
    asked = made.body if isinstance(made.body, dict) else {}
    told = next(iter(answered.told(change)))
    first = owner(call, mock)
    entry = {
        "id": "audit_log-" + token(dice("audit", call.seed, change.number), 24),
        "type": type,
        "effective_at": int(change.at),
        "actor": {
            "type": "api_key",
            "api_key": {
                "id": "key_" + token(dice("audit", call.seed), 24),
                "type": "user",
                "user": {"id": first.id, "email": first.value["email"]},
            },
        },
        type: detail(asked, told, made.values),
    }
    id = told.get("id") if type == "project.created" else made.values.get("project_id")
    if id is not None:
        project = mock.resources.find(PROJECTS, id)
        entry["project"] = {"id": id, "name": project.value["name"] if project else None}
    return entry


def _wanted(entry: Json, asked: Json) -> bool:
    """Whether an entry is about the projects, the actors and the objects that a query names."""
    actor = entry["actor"]["api_key"]
    about = entry[entry["type"]]
    things = [about.get("id"), *(each["id"] for each in about.get("certificates", ()))]
    known: dict[str, Iterable[Any]] = {
        "actor_emails": [actor["user"]["email"]],
        "actor_ids": [actor["id"], actor["user"]["id"]],
        "project_ids": [entry.get("project", {}).get("id")],
        "resource_ids": things,
    }
    if asked.get("tenant_only") and not entry["type"].startswith("tenant."):
        return False
    return all(set(asked[name]) & set(has) for name, has in known.items() if asked.get(name))


def _scope(values: Mapping[str, str]) -> Json:
    """The project that something is valid in, or the organization."""
    if "project_id" in values:
        return {"resource_id": values["project_id"], "resource_type": "api.project"}
    return {"resource_id": ORGANIZATION_ID, "resource_type": "api.organization"}
