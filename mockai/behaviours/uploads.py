"""Uploads: a file that comes in parts, in any order, and is put together by a list of them."""

from __future__ import annotations

import hashlib
from typing import Any

from .. import answers
from ..call import Call
from ..collection import collections
from ..dice import HEX, token
from ..errors import BadRequest, PayloadTooLarge
from ..http import Reply
from ..kinds import chance, fields, found
from ..resources import Resource
from . import Mock, behaviour
from .files import keep, lifetime, sent

PLACE = "/uploads"
HOUR = 3600.0
MOST_PART_BYTES = 64 * 1024 * 1024
MOST_BYTES = 8 * 1024**3


@behaviour("uploads.create")
def create(call: Call, mock: Mock) -> Reply:
    """An upload that waits for its parts, for an hour."""
    given, now = fields(call), mock.clock.now()
    if given["bytes"] > MOST_BYTES:
        raise BadRequest(f"Uploads take at most {MOST_BYTES} bytes, not {given['bytes']}.", param="bytes")
    value = {
        "id": collections()[PLACE].id(chance(call, mock)),
        "object": "upload",
        "bytes": given["bytes"],
        "created_at": int(now),
        "filename": given["filename"],
        "purpose": given["purpose"],
        "status": "pending",
        "expires_at": int(now + HOUR),
    }
    return answers.answer(mock.resources.add(PLACE, value, lifetime=lifetime(given), parts={}).value)


@behaviour("uploads.parts.create")
def add_part(call: Call, mock: Mock) -> Reply:
    """One part: the bytes of the field `data`."""
    upload = _pending(call, mock, "add a part to")
    part = next(sent(call, "data"), None)
    data = b"" if part is None else part.data
    if len(data) > MOST_PART_BYTES:
        raise PayloadTooLarge(f"A part takes at most {MOST_PART_BYTES} bytes, not {len(data)}.", param="data")
    id = "part_" + token(chance(call, mock), 32, HEX)
    upload.private.setdefault("parts", {})[id] = data
    mock.resources.made += 1
    created = int(mock.clock.now())
    return answers.answer({"id": id, "object": "upload.part", "created_at": created, "upload_id": upload.id})


@behaviour("uploads.complete")
def complete(call: Call, mock: Mock) -> Reply:
    """The parts in the order asked for become a file. Raises BadRequest for unknown parts, a wrong size or sum."""
    upload, given = _pending(call, mock, "complete"), fields(call)
    data = _joined(upload, given)
    file = keep(
        call,
        mock,
        filename=upload.value["filename"],
        data=data,
        purpose=upload.value["purpose"],
        expires_after=upload.private.get("lifetime"),
    )
    upload.value |= {"status": "completed", "file": file.value}
    upload.private.pop("parts", None)
    return answers.answer(upload.value)


@behaviour("uploads.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """An upload that takes no more parts."""
    upload = _pending(call, mock, "cancel")
    upload.value["status"] = "cancelled"
    upload.private.pop("parts", None)
    return answers.answer(upload.value)


def _pending(call: Call, mock: Mock, what: str) -> Resource:
    """The upload of a call, if it still takes parts. Raises BadRequest where it does not."""
    upload = found(call, mock)
    if upload.value["status"] == "pending" and mock.clock.now() >= upload.value["expires_at"] and not upload.conjured:
        upload.value["status"] = "expired"
    if upload.value["status"] != "pending" and not upload.conjured:
        raise BadRequest(f"Cannot {what} an upload with status '{upload.value['status']}'.")
    return upload


def _joined(upload: Resource, given: dict[str, Any]) -> bytes:
    parts = upload.private.get("parts", {})
    if upload.conjured:
        return b"".join(parts.get(id, b"") for id in given["part_ids"])
    for id in given["part_ids"]:
        if id not in parts:
            raise BadRequest(f"No part found with id '{id}' in this upload.", param="part_ids")
    data = b"".join(parts[id] for id in given["part_ids"])
    wanted = upload.value["bytes"]
    if len(data) != wanted:
        raise BadRequest(f"The parts add up to {len(data)} bytes, and the upload was created with {wanted} bytes.")
    if given.get("md5") and given["md5"] != hashlib.md5(data, usedforsecurity=False).hexdigest():
        raise BadRequest("The md5 checksum does not match the contents of the upload.", param="md5")
    return data
