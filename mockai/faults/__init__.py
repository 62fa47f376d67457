"""What can go wrong with an answer on its way: each fault is a value that turns a Reply into a spoiled one.

Faults compose: `slow_head(2)` and `close(chunks=3)` together are a late answer that breaks off. What stands before the
place where a fault strikes is delivered to the byte, and the same answer is spoiled in the same way every time.
Places are counted in the events of a stream (`chunks`, from 1) or in `bytes`; a fault that is told none strikes in the
middle. A body that its service compressed is spoiled and sent uncompressed.
"""

from __future__ import annotations

from .fault import Fault
from .told import content_filter, error_event, fail, no_done, response_failed, response_incomplete
from .wire import (
    close,
    content_type,
    drop,
    duplicate,
    empty,
    garble,
    invalid_utf8,
    never,
    reorder,
    reset,
    slow_first_token,
    slow_head,
    split,
    stall,
    truncate,
)

FAULTS: dict[str, type[Fault]] = {
    fault.name: fault
    for fault in (
        *(fail, slow_head, slow_first_token, never, drop, stall, truncate, close, reset, empty, content_type),
        *(garble, invalid_utf8, duplicate, reorder, split),
        *(no_done, error_event, response_failed, response_incomplete, content_filter),
    )
}
"""Every fault by its name."""

__all__ = [
    "FAULTS",
    "Fault",
    "close",
    "content_filter",
    "content_type",
    "drop",
    "duplicate",
    "empty",
    "error_event",
    "fail",
    "garble",
    "invalid_utf8",
    "never",
    "no_done",
    "reorder",
    "reset",
    "response_failed",
    "response_incomplete",
    "slow_first_token",
    "slow_head",
    "split",
    "stall",
    "truncate",
]
