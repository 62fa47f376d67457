"""Agents, environments, automations and vaults: what plain kinds do not say of them.

Whatever is only ever written stays unseen: tokens, file contents, commands.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import orjson

from .. import kinds, objects, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..collection import collection, collections, place
from ..errors import BadRequest
from ..http import Reply, Request
from ..lifecycle import Move, through
from ..resources import Resource
from . import Mock, behaviour

AGENTS, SESSIONS, ENVIRONMENTS = "/agents", "/agents/sessions", "/agents/environments"
AUTOMATIONS = "/agents/automations"

# -- environments


@behaviour("beta.agents.environments.create")
def create_environment(call: Call, mock: Mock) -> Reply:
    """An environment that stands by itself, ready before the next request."""
    shown = environment(kinds.fields(call)["environment"], call, mock)
    resource = mock.resources.find(ENVIRONMENTS, shown["id"])
    assert resource is not None
    return kinds.shown(call, mock, resource)


@behaviour("beta.agents.environments.files.list")
def list_files(call: Call, mock: Mock) -> Reply:
    """The files of an environment by their paths, or those below one directory."""
    kinds.existing(call, mock)
    below = ((query_of(call, call.operation) if call.operation else None) or {}).get("path") or ""
    files = [each for each in mock.resources.all(place(call)[0]) if each.id.startswith(f"{below.rstrip('/')}/")]
    files.sort(key=lambda each: each.id.split("/"))
    return answer(pages.listed(call, files, lenient=mock.missing == "conjure"))


@behaviour("beta.agents.environments.files.create")
def add_file(call: Call, mock: Mock) -> Reply:
    """A file put into an environment, in the place of one of the same path."""
    kinds.existing(call, mock)
    asked, where = kinds.fields(call), place(call)[0]
    data = _bytes(asked, call, mock)
    value = {
        "object": "agent.environment.file",
        "environment_id": call.values["environment_id"],
        "path": asked["path"],
        "size_bytes": len(data),
    }
    return kinds.shown(call, mock, mock.resources.add(where, value, id=asked["path"], content=data))


def environment(asked: dict[str, Any], call: Call, mock: Mock) -> dict[str, Any]:
    """The environment of a session; anything but none is also an environment in its own right."""
    rng, type_ = kinds.chance(call, mock), asked["type"]
    if type_ == "none":
        return {"type": "none"}
    if template := asked.get("environment_template_id"):
        asked = {**kinds.named(f"{ENVIRONMENTS}/templates", template, mock, call).private.get("asked", {}), **asked}
    id = collections()[ENVIRONMENTS].id(rng)
    files = [
        {**each, "id": f"{id}-{index}", "size_bytes": len(_bytes(each, call, mock))}
        for index, each in enumerate(asked.get("files") or ())
    ]
    remote = f"https://api.openai.com/v1/agents/environments/{id}"
    given = {"workspace_directory": "/workspace", "remote_url": remote, **asked, "id": id, "files": files}
    shown: dict[str, Any] = objects.formed("beta/environment.Environment", given, rng)
    known = {"id": id, "type": type_, "status": "pending" if type_ == "openai_hosted" else "disconnected"}
    value = objects.fresh("beta/agents/environment_info.EnvironmentInfo", shown, rng, mock.clock.now(), **known)
    resource = mock.resources.add(ENVIRONMENTS, value)
    if type_ == "openai_hosted":
        mock.resources.set_out(resource, through("ready"))
    for each, made in zip(asked.get("files") or (), files, strict=True):
        size = made["size_bytes"]
        file = {"object": "agent.environment.file", "environment_id": id, "path": each["path"], "size_bytes": size}
        where = f"{ENVIRONMENTS}/{id}/files"
        mock.resources.add(where, file, id=each["path"], content=_bytes(each, call, mock))
    return shown


def _bytes(asked: dict[str, Any], call: Call, mock: Mock) -> bytes:
    """What is in a file that a request brings along or names. Raises BadRequest for what is not base64."""
    if asked["type"] == "file_id":
        return kinds.named("/files", asked["file_id"], mock, call).content or b""
    try:
        return b64decode(asked["data"], validate=True)
    except ValueError:
        raise BadRequest(f"Invalid file '{asked['path']}': data is not base64.", param="data") from None


# -- what has parts that are only written


@behaviour("beta.agents.create")
@behaviour("beta.agents.automations.create")
@behaviour("beta.agents.environments.templates.create")
@behaviour("beta.agents.vaults.credentials.create")
def create_shown(call: Call, mock: Mock) -> Reply:
    """A new object without what is only ever written, and with what it always says."""
    asked = kinds.fields(call)
    resource = kinds.made(call, mock, _shown(call, mock, asked))
    resource.private["asked"] = asked
    return kinds.shown(call, mock, resource)


@behaviour("beta.agents.update")
@behaviour("beta.agents.automations.update")
@behaviour("beta.agents.environments.templates.update")
@behaviour("beta.agents.vaults.credentials.update")
def update_shown(call: Call, mock: Mock) -> Reply:
    """The same of an object that is changed; null sets a part back."""
    resource, asked = kinds.found(call, mock), kinds.fields(call)
    before = dict(resource.value)
    news = _shown(call, mock, {**resource.value, **asked})
    resource.value.update({name: news[name] for name in asked if name in news})
    resource.private["asked"] = {**resource.private.get("asked", {}), **asked}
    if resource.value != before:
        objects.touched(resource.value, mock.clock.now())
    return kinds.shown(call, mock, resource)


def _shown(call: Call, mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    assert call.operation is not None
    item = collection(call.operation).item
    assert item is not None
    if isinstance(asked.get("files"), list):
        sized = [
            {"size_bytes": len(_bytes(each, call, mock)) if "data" in each else 0, **each} for each in asked["files"]
        ]
        asked = {**asked, "files": sized}
    parts: dict[str, Any] = objects.formed(item, asked, kinds.chance(call, mock))
    return {name: part for name, part in parts.items() if name not in ("id", "object", "created_at", "updated_at")}


# -- automations


@behaviour("beta.agents.automations.invocations.create")
def invoke(call: Call, mock: Mock) -> Reply:
    """One run of an automation by hand: before the next request something is said in its session, or in a new one."""
    kinds.existing(call, mock)
    automation = kinds.at(collections()[AUTOMATIONS], AUTOMATIONS, call.values["automation_id"], mock, call)
    known: dict[str, Any] = {"source": {"type": "manual"}, "status": "queued", "session_id": None, "error": None}
    invocation = kinds.made(call, mock, **known)
    mock.resources.set_out(invocation, _delivery(automation, mock))
    return kinds.shown(call, mock, invocation)


def _delivery(automation: Resource, mock: Mock) -> Move:
    def move(invocation: Resource, _now: float) -> None:
        target = {**automation.value, **automation.private.get("asked", {})}["target"]
        if target["type"] == "existing_session":
            parts = [{"type": "input_text", "text": target["instructions"]}]
            said = [{"role": "user", "content": parts}]
            events = [{"type": "agent.session.input.message", "input": said}]
            id, reply = target["session_id"], _ask(mock, f"/{target['session_id']}/events", {"events": events})
        else:
            reply = _ask(mock, "", {name: part for name, part in target.items() if name != "type"})
            id = orjson.loads(reply.content).get("id")
        done = reply.status < 400
        error = None if done else orjson.loads(reply.content)["error"]
        shown = error and {"code": error["code"] or error["type"], "message": error["message"]}
        invocation.value.update(status="completed" if done else "failed", session_id=id if done else None, error=shown)

    return move


def _ask(mock: Mock, path: str, body: dict[str, Any]) -> Reply:
    headers = (("content-type", "application/json"),)
    return mock.ask(Request("POST", f"/v1{SESSIONS}{path}", "", headers, orjson.dumps(body)))
