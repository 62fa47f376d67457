"""`mockai wait`: until a server is there."""

from __future__ import annotations

import time

from ..errors import EnvironmentFailed
from .remote import asked

BETWEEN = 0.05
"""Seconds between two looks."""


def wait(url: str, seconds: float, token: str | None = None) -> None:
    """Return once the mockai at `url` is ready. Raises EnvironmentFailed if it is not after so many seconds,
    ConfigError for a URL that is none."""
    until = time.monotonic() + seconds
    while True:
        try:
            asked(url, "ready", token)
            return
        except EnvironmentFailed as error:
            if time.monotonic() >= until:
                raise EnvironmentFailed(f"{error} Nothing changed in {seconds:g} seconds.") from None
        time.sleep(BETWEEN)
