"""What figures and names of one answer have to do with each other, which no schema can say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .spans import Slip

USAGE = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))


def sums(value: Any) -> Iterator[Slip]:
    """What does not add up in an answer or event, wherever it is one: tokens, indexes, the ends of a list.

    All three hold in every recording (1,000 answers with usage, 40 of several choices, 20 lists).
    """
    if not isinstance(value, dict):
        return
    for name in ("response", "data"):
        if isinstance(value.get(name), dict):
            yield from (Slip(None, slip.message, (name, *slip.path)) for slip in sums(value[name]))
    yield from _usage(value.get("usage"))
    yield from _indexes(value)
    yield from _ends(value)


def _usage(usage: Any) -> Iterator[Slip]:
    if not isinstance(usage, dict) or not isinstance(total := usage.get("total_tokens"), int):
        return
    for names in USAGE:
        parts = [usage[name] for name in names if isinstance(usage.get(name), int)]
        if names[0] in usage and sum(parts) != total:
            told = " and ".join(f"{name} {usage.get(name)}" for name in names if name in usage)
            yield Slip(None, f"total_tokens is {total}, and {told} make {sum(parts)}.", ("usage", "total_tokens"))


def _indexes(value: dict[str, Any]) -> Iterator[Slip]:
    """A whole answer has its choices and vectors in order; chunks of a stream have them as they come."""
    for name in ("choices", "data"):
        items = value.get(name)
        if not isinstance(items, list) or value.get("object") == "chat.completion.chunk":
            continue
        indexes = [item.get("index") for item in items if isinstance(item, dict)]
        if all(isinstance(index, int) for index in indexes) and len(set(indexes)) < len(indexes):
            yield Slip(None, "Two of them have the same index.", (name,))


def _ends(value: dict[str, Any]) -> Iterator[Slip]:
    items = value.get("data")
    if value.get("object") != "list" or not isinstance(items, list) or not items:
        return
    for name, item in (("first_id", items[0]), ("last_id", items[-1])):
        told = value.get(name)
        if told is not None and isinstance(item, dict) and "id" in item and item["id"] != told:
            yield Slip(None, f"{name} is {told!r}, and the id there is {item['id']!r}.", (name,))
