"""`value`: the dataclass of everything that travels along the straight line.

It is frozen where a mistake is found, in the type checker. At run time it is not: Python sets each field of a frozen
instance through a call of its own, which would be a third of the cost of a replayed request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool) -> Any:
        """A decorator: a dataclass with slots that is equal and hashed by its fields."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["value"]
