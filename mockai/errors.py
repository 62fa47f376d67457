"""Everything that can go wrong, in two trees that never mix.

ApiError                what the API says to a client, in OpenAI's error shape
  BadRequest 400 · Unauthorized 401 · Forbidden 403 · NotFound 404 · MethodNotAllowed 405 · Conflict 409
  PayloadTooLarge 413 · Unprocessable 422 · RateLimited 429 · ServerError 500 · Unavailable 503
  Refusal 404           mockai's own: nothing answers this request (never retried by an SDK)

MockaiError             a mistake of the person using mockai, said without a traceback
  StubError             a stub that cannot be (unknown operation, an answer the API could never give)
  CassetteError         a cassette that cannot be read, written or trusted
    SecretFound         a save that would have put a live key on disk
      RedactionFailed   a save that would have written what the user's own rules take out
  ForeignFormatError    a recording of another tool that cannot be imported
  ConfigError           options that contradict each other or cannot be read
  EnvironmentFailed     the world outside: a port in use, a full disk, an upstream that cannot be reached
VerificationError       an AssertionError: what a test promised did not happen
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from .http import Chunk, Headers, Reply


class ApiError(Exception):
    """An answer in OpenAI's error shape; raise it anywhere behind the edge and the client hears it.

    `param` names the offending part of the request as the API writes paths (`messages[0].content`); `beside` is what
    a service says next to the error.
    """

    status = 500
    type = "server_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int | None = None,
        type: str | None = None,
        headers: Headers = (),
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.beside = beside or {}
        self.status = status if status is not None else self.status
        self.headers = headers
        self.error: dict[str, Any] = {"message": message, "type": type or self.type, "param": param, "code": code}

    def reply(self) -> Reply:
        """The error as an answer: JSON indented by two spaces, as the API's services send it."""
        body = orjson.dumps({"error": self.error, **self.beside}, option=orjson.OPT_INDENT_2)
        return Reply(self.status, (("content-type", "application/json"), *self.headers), (Chunk(0, body),))


class BadRequest(ApiError):
    """400: the request itself is wrong."""

    status = 400
    type = "invalid_request_error"


class Unauthorized(ApiError):
    """401: no key, or a wrong one."""

    status = 401
    type = "invalid_request_error"


class Forbidden(ApiError):
    """403: the key may not do this."""

    status = 403
    type = "invalid_request_error"


class NotFound(ApiError):
    """404: no such route, model or object."""

    status = 404
    type = "invalid_request_error"


class MethodNotAllowed(ApiError):
    """405: the route exists, not with this method."""

    status = 405
    type = "invalid_request_error"


class Conflict(ApiError):
    """409: the object is in a state that does not allow this."""

    status = 409
    type = "invalid_request_error"


class PayloadTooLarge(ApiError):
    """413: the body is larger than the API takes."""

    status = 413
    type = "invalid_request_error"


class Unprocessable(ApiError):
    """422: well-formed, and still not possible."""

    status = 422
    type = "invalid_request_error"


class RateLimited(ApiError):
    """429: too many requests or tokens in the window, or no quota left."""

    status = 429
    type = "requests"


class ServerError(ApiError):
    """500: the API's own fault."""

    status = 500
    type = "server_error"


class Unavailable(ApiError):
    """503: overloaded."""

    status = 503
    type = "server_error"


class Refusal(ApiError):
    """mockai has no answer: no stub matches, the cassette misses, the upstream cannot be reached.

    Carries `x-should-retry: false`, which every official SDK obeys before anything else; without it one clear
    message would become three confusing ones.
    """

    status = 404
    type = "mockai_error"

    def __init__(self, message: str, *, code: str, param: str | None = None, status: int | None = None) -> None:
        super().__init__(message, code=code, param=param, status=status, headers=(("x-should-retry", "false"),))


class MockaiError(Exception):
    """A mistake of the person using mockai; its text says what happened, what was closest and what to do."""


class StubError(MockaiError):
    """A stub that cannot be."""


class CassetteError(MockaiError):
    """A cassette that cannot be read, written or trusted."""


class SecretFound(CassetteError):
    """A save that would have put a live key on disk; nothing was written."""


class RedactionFailed(SecretFound):
    """A save that would have written what the user's own rules take out; nothing was written."""


class ForeignFormatError(MockaiError):
    """A recording of another tool that cannot be imported."""


class ConfigError(MockaiError):
    """Options that contradict each other or cannot be read."""


class EnvironmentFailed(MockaiError):
    """The world outside: a port in use, a full disk, an upstream that cannot be reached."""


class VerificationError(AssertionError):
    """What a test promised did not happen: a stub never used, a request nobody answered."""
