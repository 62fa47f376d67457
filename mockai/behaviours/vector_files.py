"""Files of vector stores: read and cut into passages by their lifecycle, or found unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import kinds
from ..answers import answer
from ..call import Call
from ..chunking import Chunking, chunked
from ..collection import collections, filled
from ..errors import BadRequest
from ..http import Reply
from ..lifecycle import Move
from ..reading import Unreadable, text_of
from ..resources import Resource
from . import Mock, behaviour
from .vector_state import used

PLACE = "/vector_stores/{vector_store_id}/files"
VECTOR_BYTES = 4 * 256
"""Bytes of the vector of one passage: the API's has 256 components of four bytes."""


@behaviour("vector_stores.files.create")
def create(call: Call, mock: Mock) -> Reply:
    """A file on its way into a store. Raises NotFound for a file or a store that does not exist."""
    given = kinds.fields(call)
    store = store_of(call, mock)
    file = kinds.named("/files", given["file_id"], mock, call)
    used(mock, store)
    how = chunking_of(given.get("chunking_strategy"))
    return kinds.shown(call, mock, attached(mock, store, file, given.get("attributes"), how))


@behaviour("vector_stores.files.content")
def content(call: Call, mock: Mock) -> Reply:
    """The passages of a file, in order."""
    store_of(call, mock)
    file = kinds.at(collections()[PLACE], filled(PLACE, call.values), call.values["file_id"], mock, call)
    data = [{"type": "text", "text": text} for text in passages(file)]
    return answer({"object": "vector_store.file_content.page", "data": data, "has_more": False, "next_page": None})


def store_of(call: Call, mock: Mock) -> Resource:
    """The store that the path of a call names. Raises NotFound, or conjures it up."""
    return kinds.named("/vector_stores", call.values["vector_store_id"], mock, call)


def attached(
    mock: Mock,
    store: Resource,
    file: Resource,
    attributes: Mapping[str, Any] | None = None,
    how: Chunking | None = None,
) -> Resource:
    """A file in a store, in progress; its next step reads it, once more if it was there before."""
    how = how or Chunking()
    value = {
        "id": file.id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": int(mock.clock.now()),
        "vector_store_id": store.id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": how.size, "chunk_overlap_tokens": how.overlap},
        },
        "attributes": dict(attributes or {}),
    }
    known = mock.resources.find(f"{store.path}/files", file.id)
    if known is None:
        return mock.resources.add(f"{store.path}/files", value, next=_reading(mock, how))
    known.value, known.private = value, {}  # the batch it came with, if any, goes on counting it
    mock.resources.set_out(known, _reading(mock, how))
    return known


def passages(file: Resource) -> list[str]:
    """The texts of a file's passages: none until it is completed."""
    found: list[str] = file.private.get("passages", [])
    return found


def chunking_of(strategy: Mapping[str, Any] | None) -> Chunking:
    """How a request wants its files cut. Raises BadRequest for passages that overlap by more than a half."""
    if not strategy or strategy["type"] != "static":
        return Chunking()
    how = Chunking(strategy["static"]["max_chunk_size_tokens"], strategy["static"]["chunk_overlap_tokens"])
    if how.overlap > how.size // 2 or how.overlap < 0:
        words = f"must be from 0 to half of 'max_chunk_size_tokens' ({how.size // 2}), and is {how.overlap}."
        raise BadRequest(
            f"Invalid value for 'chunk_overlap_tokens': it {words}",
            param="chunking_strategy.static.chunk_overlap_tokens",
            code="invalid_value",
        )
    return how


def _reading(mock: Mock, how: Chunking) -> Move:
    def read(resource: Resource, _now: float) -> None:
        try:
            found = chunked(_text(mock, resource), how)
        except Unreadable as error:
            resource.value |= {"status": "failed", "last_error": {"code": error.code, "message": error.message}}
            return
        usage = sum(len(text.encode()) + VECTOR_BYTES for text in found)
        resource.value |= {"status": "completed", "usage_bytes": usage}
        resource.private["passages"] = found

    return read


def _text(mock: Mock, resource: Resource) -> str:
    file = mock.resources.find("/files", resource.id)
    if file is None:
        raise Unreadable("invalid_file", "The file could not be parsed because it no longer exists.")
    resource.private["filename"] = name = str(file.value.get("filename") or resource.id)
    return text_of(name, file.content or b"")
