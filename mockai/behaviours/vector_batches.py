"""Batches of files on their way into a vector store together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds, pages
from ..answers import answer
from ..call import Call
from ..collection import collections, filled
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour
from .letter import by_type
from .vector_files import attached, chunking_of, store_of
from .vector_state import counts, used, waiting

PLACE = "/vector_stores/{vector_store_id}/file_batches"


@behaviour("vector_stores.file_batches.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new batch, all of its files in progress. Raises NotFound for files that do not exist."""
    store = store_of(call, mock)
    given = [
        (
            kinds.named("/files", each["file_id"], mock, call),
            each.get("attributes"),
            chunking_of(each.get("chunking_strategy")),
        )
        for each in _wanted(kinds.fields(call))
    ]
    used(mock, store)
    value = {
        "id": collections()[PLACE].id(kinds.chance(call, mock)),
        "object": "vector_store.files_batch" if by_type(mock) else "vector_store.file_batch",
        "created_at": int(mock.clock.now()),
        "status": "in_progress",
        "vector_store_id": store.id,
    }
    files = [attached(mock, store, *each) for each in given]
    return _shown(mock, mock.resources.add(f"{store.path}/file_batches", value, files=files))


@behaviour("vector_stores.file_batches.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """A batch as far as its files are; where looks move things on, they are looked at with it."""
    batch = _found(call, mock)
    for file in _files(mock, batch):
        mock.resources.look(file)
    return _shown(mock, batch)


@behaviour("vector_stores.file_batches.list_files")
def list_files(call: Call, mock: Mock) -> Reply:
    """The files of a batch."""
    files = [mock.resources.look(file) for file in _files(mock, _found(call, mock))]
    return answer(pages.listed(call, files, lenient=mock.missing == "conjure"))


@behaviour("vector_stores.file_batches.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A batch of which nothing more will be read; one that is through with all of its files stays as it is."""
    batch = _found(call, mock)
    for file in _files(mock, batch):
        if file.value["status"] == "in_progress":
            file.value["status"] = "cancelled"
            mock.resources.set_out(file, None)
    return _shown(mock, batch)


def _wanted(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files that a request names, each with its attributes and its chunking."""
    common = {name: body.get(name) for name in ("attributes", "chunking_strategy")}
    yield from body.get("files") or ()
    for id in body.get("file_ids") or ():
        yield {"file_id": id, **common}


def _found(call: Call, mock: Mock) -> Resource:
    store_of(call, mock)
    return kinds.at(collections()[PLACE], filled(PLACE, call.values), call.values["batch_id"], mock, call)


def _files(mock: Mock, batch: Resource) -> list[Resource]:
    """The files of a batch that are still in the store."""
    files: list[Resource] = batch.private.get("files", [])
    return [file for file in files if mock.resources.find(file.place, file.id) is file]


def _shown(mock: Mock, batch: Resource) -> Reply:
    files = _files(mock, batch)
    if not batch.conjured:
        told = counts(files)
        batch.value |= {"status": _status(told), "file_counts": told}
    return answer(batch.value, headers=waiting(mock, files))


def _status(told: Mapping[str, int]) -> str:
    """What a batch is, by how many of its files are what."""
    if told["in_progress"]:
        return "in_progress"
    if told["cancelled"]:
        return "cancelled"
    return "failed" if told["failed"] and told["failed"] == told["total"] else "completed"
