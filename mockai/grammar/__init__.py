"""What the API's streams have in their order, and its answers in their figures, beyond what a schema can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..operations import Operation
from .chunks import Chunks
from .spans import Slip, Told, Walk
from .sums import sums
from .typed import EDITS, GRAMMARS, PICTURES

__all__ = ["Slip", "Told", "disorder", "sums", "told_type"]

EMPTY = "The stream has no event: whoever recorded it had stopped listening."
CHUNKS = {
    "chat/chat_completion_chunk.ChatCompletionChunk": True,
    "openai/completion.Completion": False,
}
"""The schemas of chunks, and whether those have deltas."""


def disorder(
    row: Operation, events: Sequence[Told], asked: Mapping[str, Any] | None = None, *, whole: bool = True
) -> list[Slip]:
    """What is out of order in the events of an answer to `asked`, in the order of the stream.

    A stream that broke off is not `whole`: what its end lacks is not told. Nothing is known of operations without a
    grammar.
    """
    asked = asked or {}
    name = row.stream or row.id
    if not events:
        return [Slip(None, EMPTY, warning=True)] if whole else []
    if name in CHUNKS:
        options = asked.get("stream_options")
        usage = isinstance(options, Mapping) and options.get("include_usage") is True
        found = Chunks(CHUNKS[name], usage).slips(events, whole)
    elif name in GRAMMARS:
        grammar = GRAMMARS[name]
        if grammar in (PICTURES, EDITS) and asked.get("n", 1) != 1:
            return []  # of several pictures nobody knows which comes when
        resumed = "starting_after" in asked or row.id.endswith("submit_tool_outputs")
        found = Walk(grammar, resumed).slips(events, whole)
    else:
        return []
    return sorted(found, key=lambda slip: slip.number or len(events) + 1)


def told_type(value: Any, data: str = "") -> str:
    """What an event without a name is: its `type`, `error` for one in the place of an event, else its bare data."""
    if not isinstance(value, dict):
        return data
    kind = value.get("type")
    if kind is None and "error" in value and "object" not in value:
        return "error"
    return kind if isinstance(kind, str) else ""
