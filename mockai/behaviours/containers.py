"""Containers: a box of files for code to run in, which is closed after some idle minutes."""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from .. import answers
from ..call import Call
from ..collection import collections, filled
from ..errors import BadRequest
from ..http import Reply
from ..kinds import at, chance, fields, found, made, shown
from ..pages import listed
from ..resources import Resource
from . import Mock, behaviour
from .files import file_named, sent

PLACE, FILES = "/containers", "/containers/{container_id}/files"
IDLE_MINUTES = 20
"""Minutes without use after which a container is closed, where its creation does not say."""

FOLDER = "/mnt/data/"
FIRST = ("id", "object", "created_at", "status")


@behaviour("containers.create")
def create(call: Call, mock: Mock) -> Reply:
    """A running container with copies of the files that are named."""
    given = fields(call)
    files = [file_named(id, mock, call) for id in given.get("file_ids") or ()]
    idle = given.get("expires_after") or {"anchor": "last_active_at", "minutes": IDLE_MINUTES}
    box = made(
        call,
        mock,
        object="container",
        status="running",
        expires_after=idle,
        last_active_at=int(mock.clock.now()),
        memory_limit=given.get("memory_limit") or "1g",
        network_policy=given.get("network_policy") or {"type": "disabled"},
    )
    box.value = _ordered(box.value)
    for file in files:
        _put(call, mock, box, file.value["filename"], file.content or b"", "user")
    return shown(call, mock, box)


@behaviour("containers.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """A container, expired if nobody has used it for too long."""
    box = found(call, mock)
    _age(box, mock)
    return shown(call, mock, box)


@behaviour("containers.list")
def list_containers(call: Call, mock: Mock) -> Reply:
    """The containers, each as it is now."""
    boxes = mock.resources.all(PLACE)
    for box in boxes:
        _age(box, mock)
    return answers.answer(listed(call, boxes, lenient=mock.missing == "conjure"))


@behaviour("containers.files.content.retrieve")
def download(call: Call, mock: Mock) -> Reply:
    """The bytes of a file in a container that is still open."""
    _box(call, mock)
    file = found(call, mock)
    name = str(file.value["path"]).rpartition("/")[2]
    media = guess_type(name)[0] or "application/octet-stream"
    media += "; charset=utf-8" if media.startswith("text/") else ""
    disposition = f"attachment; filename=\"file{_ending(name)}\"; filename*=UTF-8''{quote(name)}"
    return answers.content(file.content or b"", media, (("content-disposition", disposition),))


@behaviour("containers.files.create")
def add_file(call: Call, mock: Mock) -> Reply:
    """A file in a container: sent along, or a copy of one that is stored."""
    box = _box(call, mock)
    part, id = next(sent(call), None), fields(call).get("file_id")
    if part is not None:
        file = _put(call, mock, box, part.filename or "upload", part.data, "user")
    elif id:
        stored = file_named(id, mock, call)
        file = _put(call, mock, box, stored.value["filename"], stored.content or b"", "user")
    elif box.conjured:
        file = _put(call, mock, box, "upload", b"", "user")
    else:
        raise BadRequest("Either a file or a file_id is required.", param="file")
    return answers.answer(file.value)


def _box(call: Call, mock: Mock) -> Resource:
    """The container of a call about its files. Raises BadRequest for one that has expired."""
    box = at(collections()[PLACE], PLACE, call.values["container_id"], mock, call)
    _age(box, mock)
    if box.value["status"] == "expired" and not box.conjured:
        raise BadRequest("Container is expired.")
    box.value["last_active_at"] = int(mock.clock.now())
    return box


def _age(box: Resource, mock: Mock) -> None:
    idle, used = box.value.get("expires_after"), box.value.get("last_active_at")
    if idle and used is not None and mock.clock.now() >= used + 60 * idle["minutes"]:
        box.value["status"] = "expired"


def _put(call: Call, mock: Mock, box: Resource, name: str, data: bytes, source: str) -> Resource:
    kind = collections()[FILES]
    value = {
        "id": kind.id(chance(call, mock)),
        "object": "container.file",
        "created_at": int(mock.clock.now()),
        "bytes": len(data),
        "container_id": box.id,
        "path": FOLDER + name.rpartition("/")[2],
        "source": source,
    }
    return mock.resources.add(filled(FILES, {"container_id": box.id}), value, content=data)


def _ordered(value: Mapping[str, Any]) -> dict[str, Any]:
    """A container as the API orders it: what it is and how it goes, then the rest by name."""
    return {name: value[name] for name in (*FIRST, *sorted(value.keys() - {*FIRST}))}


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2]}" if "." in name else ""
