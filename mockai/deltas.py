"""What a stream of events says in pieces: the strings at one place of its events, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import orjson

from . import sse

Path: TypeAlias = tuple[object, ...]
"""The keys and indices that lead to a text."""


def joined(plain: bytes) -> Iterator[str]:
    """Every text that a stream spells over several events."""
    return (text for _, text in spelt(plain))


def spelt(plain: bytes) -> Iterator[tuple[Path, str]]:
    """The same with their places in the events."""
    texts: dict[Path, list[str]] = {}
    for event in sse.parse(plain + b"\n\n"):
        try:
            value = event.value
        except orjson.JSONDecodeError:
            texts.setdefault(("data",), []).append(event.data)
            continue
        top = value if isinstance(value, dict) else {}
        item = tuple(str(top.get(name)) for name in ("item_id", "output_index", "content_index"))
        for path, text in leaves(value):
            texts.setdefault(path, []).append(text)
            texts.setdefault((*item, "", *path), []).append(text)
    for path, pieces in texts.items():
        yield path, "".join(pieces)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of a JSON value with its path; a list's entries by the `index` they say, else by their place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            index = child.get("index") if isinstance(child, dict) else None
            yield from leaves(child, (*path, index if isinstance(index, int) else position))
