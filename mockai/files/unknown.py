"""Keys this version gives no meaning to, kept through reading and writing: a later mockai's, or a person's notes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

BODY = (
    "headers",
    "json",
    "json_style",
    "text",
    "base64",
    "file",
    "size",
    "body",
    "multipart",
    "content_coding",
    "wire",
)
PIECES = ("ended", "break", "cuts", "delays_ms")
KNOWN: dict[str, frozenset[str]] = {
    "": frozenset(("mockai", "recorded", "match", "redacted", "exchanges")),
    "match": frozenset(("version", "ignore", "match_on", "normalise")),
    "item": frozenset(("key", "operation", "at", "source", "request", "response")),
    "request": frozenset(("method", "path", "query", *BODY)),
    "response": frozenset(("status", "after_ms", "stream", *BODY, *PIECES)),
    "stream": frozenset(("events", "wire", *PIECES)),
}
"""Keys with a meaning; all others are kept as they are when a file is written again."""


def with_unknown(item: dict[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
    """An item with the keys nobody knows put back, behind the others of their mapping."""
    merged = copy(item)
    for name, value in unknown.items():
        if name in ("request", "response", "stream", "match") and isinstance(merged.get(name), dict):
            merged[name] = with_unknown(merged[name], value)
        else:
            merged.setdefault(name, value)
    return merged


def unknown_in(item: Mapping[str, Any]) -> dict[str, Any]:
    """The keys without a meaning in one exchange, in the same places."""
    found = unknown_of(item, "item")
    for name in ("request", "response"):
        part = unknown_of(item[name], name)
        if name == "response" and isinstance(item[name].get("stream"), dict):
            inner = unknown_of(item[name]["stream"], "stream")
            part |= {"stream": inner} if inner else {}
        if part:
            found[name] = part
    return found


def unknown_of(values: Mapping[str, Any], level: str = "") -> dict[str, Any]:
    """The keys without a meaning at one level of the file, the top one (and its `match`) if none is named."""
    found = {name: value for name, value in values.items() if name not in KNOWN[level]}
    if not level and isinstance(values.get("match"), dict) and (inner := unknown_of(values["match"], "match")):
        found["match"] = inner
    return found
