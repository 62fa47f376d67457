"""A retry policy: wait as long as one is told to, longer each time where one is not, and know when it is in vain."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from openai import APIConnectionError, APIStatusError

Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], attempts: int = 5, sleep: Callable[[float], object] = time.sleep) -> Answer:
    """What `ask` returns, after at most so many attempts; the last one's error when all fail.

    For a client with max_retries=0: two policies on top of each other multiply their attempts.
    """
    for attempt in range(attempts):
        try:
            return ask()
        except (APIConnectionError, APIStatusError) as error:
            if attempt == attempts - 1 or not worth_it(error):
                raise
            sleep(told(error) or 0.5 * 2**attempt)
    raise ValueError("attempts must be at least 1.")


def worth_it(error: APIConnectionError | APIStatusError) -> bool:
    """Whether asking again may help: never where the API says no, or the money is gone."""
    if isinstance(error, APIConnectionError):
        return True
    said = error.response.headers.get("x-should-retry")
    if said or error.code == "insufficient_quota":
        return said == "true"
    return error.status_code in (408, 409, 429) or error.status_code >= 500


def told(error: APIConnectionError | APIStatusError) -> float:
    """The seconds that the API asks to wait; 0 if it does not say."""
    if isinstance(error, APIConnectionError):
        return 0.0
    headers = error.response.headers
    return float(headers.get("retry-after-ms", 0)) / 1000 or float(headers.get("retry-after", 0))
