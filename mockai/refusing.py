"""What a client hears when its call is refused, and what the mock keeps of it, so that a test can fail by it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .admit import admit
from .call import Call, Decision
from .errors import ApiError, Refusal

if TYPE_CHECKING:
    from .mock import MockAI

LOG = logging.getLogger("mockai")
MOST_MISSES = 1_000


def refused(mock: MockAI, call: Call, error: Exception) -> Decision:
    """The error that a client hears. What is not the API's doing is remembered, so that a test fails by it.

    That includes whatever a user's own function in a stub raises: a client's retries would only hide it.
    """
    if not isinstance(error, ApiError) and mock.level == "off":
        error = _reason(call) or error
    if not isinstance(error, ApiError):
        _log(mock, call, error)
        failed = f"Answering {call.name} failed with {type(error).__name__}: {error}"
        error = Refusal(failed, code="mockai_failed", status=500)
    if isinstance(error, Refusal):
        if mock.redaction is not None:
            message, told = _readable(mock, call, error.message), error.error
            error = Refusal(message, code=told["code"], param=told["param"], status=error.status)
        remember(mock, error.message)
    from . import services

    return Decision("mockai", services.told(error, call))


def remember(mock: MockAI, miss: str) -> None:
    """Keep what a test has to fail by, as far as anybody would read it."""
    if len(mock.misses) < MOST_MISSES:
        mock.misses.append(miss)


def _log(mock: MockAI, call: Call, error: Exception) -> None:
    """Say what broke; without the lines of a traceback, which show anything, where users take something out."""
    if mock.redaction is None:
        LOG.error("mockai: answering %s failed", call.name, exc_info=error)
    else:
        LOG.error("mockai: answering %s failed with %s", call.name, _readable(mock, call, repr(error)))


def _readable(mock: MockAI, call: Call, message: str) -> str:
    """A message without what is taken out of the call that it is about."""
    mock.journal.see(call.request)
    return mock.journal.text(message.encode("utf-8", "replace"), len(message) + 1_000)


def _reason(call: Call) -> ApiError | None:
    """What is wrong with a request that was not read before it was answered."""
    try:
        admit(call, "schema")
    except ApiError as error:
        return error
    return None
