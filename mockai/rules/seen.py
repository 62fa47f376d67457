"""Pictures that are shown to a model in their own data: files of four formats, told by how they begin.

The refusals are recorded ones, of chats since 2024 and of responses in October 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..behaviours.image_sources import data_of
from ..call import Call
from ..errors import BadRequest
from . import rule

HEAD = 16
"""Letters of base64 that tell a format."""


@rule("chat.completions.create", "semantic")
def pictures_in_chats(_call: Call, body: dict[str, Any]) -> None:
    """A part of a message has a picture, or an object with its address."""
    for part in _parts(body["messages"], "image_url"):
        shown = part.get("image_url")
        if _no_picture(shown.get("url") if isinstance(shown, dict) else shown):
            words = "You uploaded an unsupported image. Please make sure your image has of one the following formats:"
            raise BadRequest(f"{words} ['png', 'jpeg', 'gif', 'webp'].", code="invalid_image_format")


@rule("beta.responses.create", "semantic")
@rule("responses.create", "semantic")
def pictures_in_responses(_call: Call, body: dict[str, Any]) -> None:
    """A part of a message has the address of a picture."""
    given = body.get("input")
    for part in _parts(given if isinstance(given, list) else [], "input_image"):
        if _no_picture(part.get("image_url")):
            words = (
                "The image data you provided does not represent a valid image. Please check your input and try again"
            )
            words += " with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp']."
            raise BadRequest(words, param="input", code="invalid_value")


def _parts(messages: list[Any], kind: str) -> Iterator[dict[str, Any]]:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") == kind:
                yield part


def _no_picture(url: Any) -> bool:
    """Whether an address holds data that begins like no picture; what is not base64 is not judged."""
    head, _, data = str(url).partition(",")
    begins = data_of(f"{head},{data[:HEAD]}")
    if not begins:
        return False
    webp = begins[:4] == b"RIFF" and begins[8:12] == b"WEBP"
    return not (webp or begins.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")))
