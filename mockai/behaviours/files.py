"""Files: bytes that are stored, and given back as they came.

Fields, their order, the trailing newline and the 30 days of batch files are as in recorded traffic; that files for
assistants and user data cannot be downloaded is quoted by the API's users.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from .. import answers
from ..call import Call
from ..collection import collections
from ..errors import BadRequest, PayloadTooLarge
from ..http import Reply
from ..kinds import at, chance, fields, found
from ..multipart import Part
from ..pages import listed
from ..resources import Resource
from . import Mock, behaviour

PLACE = "/files"
DAY = 24 * 3600.0
MOST_BYTES = 512 * 1024 * 1024
MOST_BATCH_BYTES = 200 * 1024 * 1024
BATCH_SECONDS = 30 * DAY
KEPT_BACK = frozenset(("assistants", "user_data"))
"""Purposes whose files cannot be downloaded again."""


def keep(
    call: Call, mock: Mock, *, filename: str, data: bytes, purpose: str, expires_after: float | None = None
) -> Resource:
    """Store bytes as a file that `GET /files` lists; it is gone `expires_after` seconds from now.

    Without it, files of batches live for 30 days and all others for ever.
    """
    if expires_after is None and purpose in ("batch", "batch_output"):
        expires_after = BATCH_SECONDS
    now = mock.clock.now()
    expires = None if expires_after is None else now + expires_after
    value = {
        "object": "file",
        "id": collections()[PLACE].id(chance(call, mock)),
        "purpose": purpose,
        "filename": filename,
        "bytes": len(data),
        "created_at": int(now),
        "expires_at": None if expires is None else int(expires),
        "status": "processed",
        "status_details": None,
    }
    return mock.resources.add(PLACE, value, content=data, expires=expires)


def file_named(id: str, mock: Mock, call: Call) -> Resource:
    """The file that a body names by its id. Raises NotFound in the API's words, or conjures it up."""
    return at(collections()[PLACE], PLACE, id, mock, call)


def sent(call: Call, name: str = "file") -> Iterator[Part]:
    """The files of a form that stand under a name: `file`, `files[]`, `image[0]`."""
    parts = call.body if isinstance(call.body, tuple) else ()
    return (part for part in parts if part.name.partition("[")[0] == name and part.filename is not None)


def lifetime(given: dict[str, Any]) -> float | None:
    """The seconds of an `expires_after`, None where there is none."""
    asked = given.get("expires_after")
    return float(asked["seconds"]) if isinstance(asked, dict) and "seconds" in asked else None


@behaviour("files.create")
def create(call: Call, mock: Mock) -> Reply:
    """A file from the part called `file`."""
    given = fields(call)
    part = next(sent(call), None)
    if part is None:
        raise BadRequest("'file' is a required property", param="file")
    purpose, data = given["purpose"], part.data
    most = MOST_BATCH_BYTES if purpose == "batch" else MOST_BYTES
    if len(data) > most:
        raise PayloadTooLarge(f"File is too large: {len(data)} bytes. The maximum is {most} bytes.", param="file")
    stored = keep(
        call, mock, filename=part.filename or "upload", data=data, purpose=purpose, expires_after=lifetime(given)
    )
    return answers.answer(stored.value, newline=True)


@behaviour("files.list")
def list_files(call: Call, mock: Mock) -> Reply:
    """The files there are, the newest first."""
    page = listed(call, mock.resources.all(PLACE), lenient=mock.missing == "conjure")
    return answers.answer(page, newline=True)


@behaviour("files.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """What is known of a file."""
    return answers.answer(found(call, mock).value, newline=True)


@behaviour("files.delete")
def delete(call: Call, mock: Mock) -> Reply:
    """A file less."""
    file = found(call, mock)
    mock.resources.remove(file)
    return answers.answer({"object": "file", "deleted": True, "id": file.id}, newline=True)


@behaviour("files.content")
def download(call: Call, mock: Mock) -> Reply:
    """The bytes of a file, under the name it came with."""
    file = found(call, mock)
    purpose = file.value["purpose"]
    if purpose in KEPT_BACK and not file.conjured:
        raise BadRequest(f"Not allowed to download files of purpose: {purpose}")
    name = quote(file.value["filename"], safe=" !#$&'()+,;=@[]^`{}~")
    disposition = ("content-disposition", f'attachment; filename="{name}"')
    return answers.content(file.content or b"", headers=(disposition,))
