"""What time it is: the real clock, and one that moves only when a test tells it to."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Says the time as unix seconds, and can be put on."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, which may be a fraction."""
        ...


class SystemClock:
    """The machine's own time, and what it was put on by."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, which may be a fraction."""
        self.ahead += seconds


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
