"""What the tools of an assistant or of a thread work on: files to compute with, vector stores to search.

A request may ask for a vector store to be made of files at once; the object then shows the store's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ..call import Call
from ..errors import ApiError
from ..http import Reply, Request
from ..resources import Resource
from . import Mock

STAYS = {"anchor": "last_active_at", "days": 7}
"""How long a vector store stays that was made for a thread."""


def provided(given: Mapping[str, Any], call: Call, mock: Mock) -> dict[str, Any]:
    """The `tool_resources` that a request gives, with the vector stores it asks for made."""
    found: dict[str, Any] = {}
    if given.get("code_interpreter") is not None:
        found["code_interpreter"] = {"file_ids": list(given["code_interpreter"].get("file_ids") or ())}
    if given.get("file_search") is not None:
        ids = list(given["file_search"].get("vector_store_ids") or ())
        made = [asked(call, mock, "/vector_stores", store) for store in given["file_search"].get("vector_stores") or ()]
        found["file_search"] = {"vector_store_ids": ids + [store["id"] for store in made]}
    return found


def attach(thread: Resource, attachments: Sequence[Mapping[str, Any]], call: Call, mock: Mock) -> None:
    """Give the files of a message to the tools they are meant for, by way of the thread."""
    for attachment in attachments:
        for tool in (attachment.get("tools") or ()) if attachment.get("file_id") else ():
            _give(thread, tool["type"], attachment["file_id"], call, mock)


def _give(thread: Resource, tool: str, file: str, call: Call, mock: Mock) -> None:
    resources: dict[str, Any] = thread.value["tool_resources"] or {}
    if tool == "code_interpreter":
        files = resources.setdefault(tool, {"file_ids": []})["file_ids"]
        files += [file] if file not in files else []
    else:
        stores = resources.setdefault(tool, {"vector_store_ids": []})["vector_store_ids"]
        if stores:
            asked(call, mock, f"/vector_stores/{stores[0]}/files", {"file_id": file})
        else:
            stores.append(asked(call, mock, "/vector_stores", {"file_ids": [file], "expires_after": STAYS})["id"])
    thread.value["tool_resources"] = resources


def asked(call: Call, mock: Mock, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request that a call brings with it. Raises its error as the call's own."""
    reply = inner(call, mock, path, body)
    value: dict[str, Any] = orjson.loads(reply.content)
    if reply.status >= 400:
        error = value["error"]
        raise ApiError(
            error["message"], param=error["param"], code=error["code"], status=reply.status, type=error["type"]
        )
    return value


def inner(call: Call, mock: Mock, path: str, body: Mapping[str, Any]) -> Reply:
    """The reply to a request that a call brings with it."""
    return mock.ask(Request("POST", f"/v1{path}", "", call.request.headers, orjson.dumps(body)))
