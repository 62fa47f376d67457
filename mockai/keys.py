"""API keys: whether the one a request came with is accepted."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import Unauthorized
from .http import Request


def given_key(request: Request) -> str:
    """The key a request came with, "" where it has none."""
    bearer = (request.header("authorization") or "").partition(" ")[2].strip()
    return bearer or request.header("api-key") or ""


def check_key(request: Request, accepted: Sequence[str]) -> None:
    """Raise Unauthorized, in the API's words, for a request without a key, or with none of those that are accepted.

    Any key will do where none are named. It comes as `Authorization: Bearer …`, or as Azure's `api-key`.
    """
    given = given_key(request)
    if not given:
        raise Unauthorized(
            "You didn't provide an API key. Send it in an Authorization header using Bearer auth "
            "(i.e. Authorization: Bearer YOUR_KEY)."
        )
    if accepted and given not in accepted:
        shown = f"{given[:4]}***{given[-4:]}" if len(given) > 12 else "***"
        raise Unauthorized(f"Incorrect API key provided: {shown}.", code="invalid_api_key")
