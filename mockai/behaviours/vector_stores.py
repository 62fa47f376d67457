"""Vector stores: how many files they hold and how far these are, when they were last used, and when they expire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import kinds, pages
from ..answers import answer
from ..call import Call
from ..collection import collections
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour
from .letter import by_type
from .vector_files import attached, chunking_of
from .vector_state import counts, files_of, refreshed, used, waiting

PLACE = "/vector_stores"


@behaviour("vector_stores.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new store, its first files on their way into it."""
    return shown(mock, opened(call, mock, kinds.fields(call)))


def opened(call: Call, mock: Mock, given: Mapping[str, Any]) -> Resource:
    """A new store as `given` wants it (the body of its creation). Raises NotFound for files that do not exist."""
    how = chunking_of(given.get("chunking_strategy"))
    files = [kinds.named("/files", id, mock, call) for id in given.get("file_ids") or ()]
    now = int(mock.clock.now())
    value = {
        "id": collections()[PLACE].id(kinds.chance(call, mock)),
        "object": "vector_store",
        "created_at": now,
        "name": given.get("name") or _nameless(mock),
        "description": given.get("description"),
        "usage_bytes": 0,
        "file_counts": counts(()),
        "status": "completed",
        "expires_after": given.get("expires_after"),
        "expires_at": None,
        "last_active_at": now,
        "metadata": given.get("metadata") or {},
    }
    store = mock.resources.add(PLACE, value)
    for file in files:
        attached(mock, store, file, how=how)
    used(mock, store)
    return store


@behaviour("vector_stores.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """One store; where looks move things on, its files are looked at with it."""
    store = kinds.found(call, mock)
    for file in files_of(mock, store):
        mock.resources.look(file)
    return shown(mock, store)


@behaviour("vector_stores.list")
def list_stores(call: Call, mock: Mock) -> Reply:
    """The stores as they are now."""
    stores = [refreshed(mock, store) for store in mock.resources.all(PLACE)]
    return answer(pages.listed(call, stores, lenient=mock.missing == "conjure"))


@behaviour("vector_stores.update")
def update(call: Call, mock: Mock) -> Reply:
    """One store with another name, other metadata, or another time to live, which counts from its last use."""
    store, given = kinds.found(call, mock), kinds.fields(call)
    for name, empty in (("name", _nameless(mock)), ("metadata", {}), ("expires_after", None)):
        if name in given:
            store.value[name] = given[name] or empty
    used(mock, store)
    return shown(mock, store)


def shown(mock: Mock, store: Resource) -> Reply:
    """The answer that shows a store as it is now."""
    return answer(refreshed(mock, store).value, headers=waiting(mock, files_of(mock, store)))


def _nameless(mock: Mock) -> str | None:
    return "" if by_type(mock) else None
