"""Skills: folders of files with a SKILL.md that says what they are, in numbered versions."""

from __future__ import annotations

import io
import re
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from .. import answers
from ..call import Call
from ..collection import collections, filled
from ..errors import BadRequest
from ..http import Reply
from ..kinds import at, chance, fields, found
from ..resources import Resource
from . import Mock, behaviour
from .files import sent

PLACE, VERSIONS = "/skills", "/skills/{skill_id}/versions"
MANIFEST = "SKILL.md"
MOST_BYTES = 50 * 1024 * 1024
"""Bytes that the files of a skill have at most, unpacked."""

FRONT = re.compile(rb"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time in the archives, so that the same files make the same bytes."""


@behaviour("skills.create")
def create(call: Call, mock: Mock) -> Reply:
    """A skill, whose first version is what was sent."""
    files = _unpacked(call, mock)
    now = int(mock.clock.now())
    value: dict[str, Any] = {
        "id": collections()[PLACE].id(chance(call, mock)),
        "object": "skill",
        "created_at": now,
        "default_version": "1",
        "latest_version": "1",
        **_told(files),
    }
    skill = mock.resources.add(PLACE, value)
    _add(call, mock, skill, files)
    return answers.answer(skill.value)


@behaviour("skills.update")
def update(call: Call, mock: Mock) -> Reply:
    """A skill with another of its versions as the default. Raises NotFound for a version that it has not."""
    skill, version = found(call, mock), fields(call)["default_version"]
    chosen = _version(call, mock, skill, version)
    skill.value |= {"default_version": version, **_named(chosen.value)}
    return answers.answer(skill.value)


@behaviour("skills.content.retrieve")
def download(call: Call, mock: Mock) -> Reply:
    """The files of the default version, as a zip archive."""
    skill = at(collections()[PLACE], PLACE, call.values["skill_id"], mock, call)
    return _archive(_version(call, mock, skill, skill.value["default_version"]))


@behaviour("skills.versions.create")
def add_version(call: Call, mock: Mock) -> Reply:
    """The next version of a skill, its default if the request says so."""
    skill = at(collections()[PLACE], PLACE, call.values["skill_id"], mock, call)
    version = _add(call, mock, skill, _unpacked(call, mock))
    number = version.value["version"]
    skill.value["latest_version"] = number
    if fields(call).get("default"):
        skill.value |= {"default_version": number, **_named(version.value)}
    return answers.answer(version.value)


@behaviour("skills.versions.delete")
def delete_version(call: Call, mock: Mock) -> Reply:
    """A version less. Raises BadRequest for the default one."""
    version = found(call, mock)
    skill = at(collections()[PLACE], PLACE, call.values["skill_id"], mock, call)
    number = version.value["version"]
    if number == skill.value["default_version"] and not (version.conjured or skill.conjured):
        raise BadRequest("Cannot delete the default version of a skill. Make another version the default first.")
    mock.resources.remove(version)
    left = [each.value["version"] for each in mock.resources.all(version.place)]
    if left and number == skill.value["latest_version"]:
        skill.value["latest_version"] = left[-1]
    gone = {"id": version.value["id"], "object": "skill.version.deleted", "deleted": True, "version": number}
    return answers.answer(gone)


@behaviour("skills.versions.content.retrieve")
def download_version(call: Call, mock: Mock) -> Reply:
    """The files of a version, as a zip archive."""
    return _archive(found(call, mock))


def _add(call: Call, mock: Mock, skill: Resource, files: dict[str, bytes]) -> Resource:
    where = filled(VERSIONS, {"skill_id": skill.id})
    number = str(max((int(each.id) for each in mock.resources.all(where) if each.id.isdecimal()), default=0) + 1)
    value = {
        "id": collections()[VERSIONS].id(chance(call, mock)),
        "object": "skill.version",
        "created_at": int(mock.clock.now()),
        "skill_id": skill.id,
        "version": number,
        **_told(files),
    }
    return mock.resources.add(where, value, id=number, content=_zipped(files))


def _version(call: Call, mock: Mock, skill: Resource, number: str) -> Resource:
    kind = collections()[VERSIONS]
    return at(kind, filled(VERSIONS, {"skill_id": skill.id}), number, mock, call)


def _archive(version: Resource) -> Reply:
    return answers.content(version.content or b"", "application/zip")


def _named(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("name", "description")}


def _unpacked(call: Call, mock: Mock) -> dict[str, bytes]:
    """The files that were sent, by their path. Raises BadRequest where there are none, or no SKILL.md among them."""
    parts = list(sent(call, "files"))
    files = {(part.filename or "").lstrip("/"): part.data for part in parts}
    if len(parts) == 1 and parts[0].data[:2] == b"PK":
        try:
            with ZipFile(io.BytesIO(parts[0].data)) as archive:
                inside = [each for each in archive.infolist() if not each.is_dir()]
                if sum(each.file_size for each in inside) > MOST_BYTES:
                    raise BadRequest(f"The files of a skill have at most {MOST_BYTES} bytes.", param="files")
                files = {each.filename: archive.read(each) for each in inside}
        except (BadZipFile, RuntimeError, OSError):  # RuntimeError where it is encrypted, or packed in an unknown way
            raise BadRequest("The zip archive cannot be read.", param="files") from None
    if any(path.startswith("/") or ".." in path.replace("\\", "/").split("/") for path in files):
        raise BadRequest("A file of a skill lies below its folder, never above it.", param="files")
    if not _manifest(files) and mock.missing != "conjure":
        raise BadRequest(f"A skill needs a {MANIFEST} at the top of its folder.", param="files")
    return files


def _manifest(files: dict[str, bytes]) -> str | None:
    """The path of the SKILL.md nearest to the top."""
    paths = [path for path in files if path.rpartition("/")[2].upper() == MANIFEST.upper()]
    return min(paths, key=lambda path: path.count("/"), default=None)


def _told(files: dict[str, bytes]) -> dict[str, str]:
    """The name and the description that the front matter of the SKILL.md gives, on lines of their own."""
    path = _manifest(files)
    front = FRONT.match(files[path].replace(b"\r\n", b"\n")) if path else None
    lines = front[1].decode("utf-8", "replace").split("\n") if front else []
    said = {name.strip(): text.strip().strip("\"'") for name, _, text in (line.partition(":") for line in lines)}
    folder = path.rpartition("/")[0].rpartition("/")[2] if path else ""
    return {"name": said.get("name") or folder or "skill", "description": said.get("description", "")}


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for path in sorted(files):
            archive.writestr(ZipInfo(path, EPOCH), files[path])
    return target.getvalue()
