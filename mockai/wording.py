"""How messages and reports put things."""

from __future__ import annotations


def many(count: int, what: str) -> str:
    """`1 request`, `3,000 requests`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
