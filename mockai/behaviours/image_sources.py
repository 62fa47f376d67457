"""The pictures that an images request brings: in a form, as addresses with the data in them, or as files uploaded."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..call import Call
from ..multipart import Part
from . import Mock


def parts(call: Call, field: str) -> list[Part]:
    """The files of a form under a name: `image`, `image[]`, `image[0]`."""
    found = call.body if isinstance(call.body, tuple) else ()
    return [part for part in found if part.name.partition("[")[0] == field and part.filename is not None]


def image(call: Call, body: Mapping[str, Any], mock: Mock) -> bytes | None:
    """The first picture; None where there is none, or it is elsewhere on the net."""
    sent = parts(call, "image")
    return sent[0].data if sent else named(next(iter(body.get("images") or ()), None), mock)


def mask(call: Call, body: Mapping[str, Any], mock: Mock) -> bytes | None:
    """The mask; None where there is none, or it is elsewhere on the net."""
    sent = parts(call, "mask")
    return sent[0].data if sent else named(body.get("mask"), mock)


def data_of(url: str) -> bytes | None:
    """The bytes in a data URL; None for any other address, or where they are no base64."""
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:  # no base64, or not even ASCII
        return None


def named(what: Any, mock: Mock) -> bytes | None:
    """The picture that a value names, `{"image_url": …}` or `{"file_id": …}`; None where it is not here."""
    if not isinstance(what, dict):
        return None
    if what.get("file_id"):
        file = mock.resources.find("/files", str(what["file_id"]))
        return None if file is None else file.content
    return data_of(str(what.get("image_url") or ""))
