"""Bounds of integers, where they are not for the schema to say: other servers have others, or some models have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from ..errors import ApiError, BadRequest
from ..sentences import of_number

INTEGER = frozenset(("integer",))


def out_of(bound: Literal["minimum", "maximum"], name: str, limit: int, body: dict[str, Any]) -> Iterator[ApiError]:
    """What is said of a parameter that is an integer beyond its limit."""
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        for found in of_number({bound: limit}, value, (name,), INTEGER):
            yield BadRequest(found.message, param=name, code=found.code)
