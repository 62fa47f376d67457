"""What time it is: the real clock, and one that moves only when a test tells it to."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Says the time as unix seconds."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()


class ManualClock:
    """A clock that stands still until `advance` is called."""

    def __init__(self, start: float = 1_750_000_000.0) -> None:
        self.time = start

    def now(self) -> float:
        """Unix time in seconds."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, which may be a fraction."""
        self.time += seconds
