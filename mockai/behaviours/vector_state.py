"""What a vector store is at a moment: its counts and bytes by its files, its status by its last use."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import BadRequest
from ..http import Headers
from ..resources import Resource
from . import Mock

DAY_SECONDS = 86_400
COUNTED = ("in_progress", "completed", "failed", "cancelled")
"""The statuses of files, in the order in which they are counted."""


def used(mock: Mock, store: Resource) -> None:
    """Note that a store is used now: its time to live begins anew. Raises BadRequest if it has run out."""
    if refreshed(mock, store).value["status"] == "expired" and not store.conjured:
        raise BadRequest(f"Vector store {store.id} is expired.")
    now, policy = int(mock.clock.now()), store.value.get("expires_after")
    store.value["last_active_at"] = now
    store.value["expires_at"] = now + policy["days"] * DAY_SECONDS if policy else None
    refreshed(mock, store)


def refreshed(mock: Mock, store: Resource) -> Resource:
    """A store whose status, counts and bytes are those of its files; an expired one has let go of them."""
    expires = store.value.get("expires_at")
    if expires is not None and mock.clock.now() >= expires:
        for file in files_of(mock, store):
            mock.resources.remove(file)
        store.value |= {"status": "expired", "usage_bytes": 0, "file_counts": counts(())}
        return store
    files = files_of(mock, store)
    told = counts(files)
    store.value["status"] = "in_progress" if told["in_progress"] else "completed"
    store.value["file_counts"] = told
    store.value["usage_bytes"] = sum(file.value["usage_bytes"] for file in files)
    return store


def files_of(mock: Mock, store: Resource) -> list[Resource]:
    """The files of a store, the oldest first."""
    return mock.resources.all(f"{store.path}/files")


def counts(files: Iterable[Resource]) -> dict[str, int]:
    """How many files there are of each status, and in all."""
    told = dict.fromkeys(COUNTED, 0)
    for file in files:
        told[file.value["status"]] += 1
    return told | {"total": sum(told.values())}


def waiting(mock: Mock, files: Iterable[Resource]) -> Headers:
    """What tells a client when to look again, as long as one of the files moves on."""
    waits = [wait for file in files if (wait := mock.resources.poll_after_ms(file)) is not None]
    return (("openai-poll-after-ms", str(min(waits))),) if waits else ()
