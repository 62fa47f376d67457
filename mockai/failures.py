"""Errors on demand: what the API answers with each status, as data."""

from __future__ import annotations

import math

from .errors import ApiError, StubError
from .http import Chunk, Headers, Reply

# status: type, code, message
FAILURES: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    402: ("invalid_request_error", "billing_hard_limit_reached", "The billing limit of this account is reached."),
    403: ("invalid_request_error", None, "You are not allowed to sample from this model"),
    404: ("invalid_request_error", "not_found", "The requested object was not found."),
    405: ("invalid_request_error", "method_not_supported", "This method is not allowed here."),
    408: ("invalid_request_error", "request_timeout", "The request took too long to arrive."),
    409: ("invalid_request_error", "conflict", "The object is in another state than this needs."),
    413: ("invalid_request_error", "request_too_large", "The request is larger than the API takes."),
    415: ("invalid_request_error", "unsupported_media_type", "The content type of the request is not supported."),
    418: ("invalid_request_error", None, "I'm a teapot."),
    422: ("invalid_request_error", "unprocessable_entity", "The request is well-formed and cannot be processed."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached on requests per min (RPM). Please try again later."),
    451: ("invalid_request_error", None, "This is not available for legal reasons."),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    502: ("server_error", None, "Bad gateway."),
    503: ("server_error", None, "The engine is currently overloaded, please try again later."),
    504: ("server_error", None, "Gateway timeout."),
    529: ("server_error", None, "The service is overloaded."),
}

GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"
)


def failure(
    status: int,
    message: str | None = None,
    *,
    type: str | None = None,
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
    headers: Headers = (),
) -> Reply:
    """The API's error answer with this status; `retry_after` is in seconds and sets both headers that SDKs obey.

    A 502 of which nothing is said is a gateway's page, not the API's JSON.
    Raises StubError for a status that is no error, and for a wait that nobody could keep.
    """
    if not 400 <= status <= 599:
        raise StubError(f"fail({status}): an error has a status from 400 to 599. For another answer use reply(...).")
    default = FAILURES.get(status) or FAILURES[400 if status < 500 else 500]
    if retry_after is not None:
        if not 0 <= retry_after < float("inf"):
            raise StubError(f"fail({status}, retry_after={retry_after}): give the seconds to wait, 0 or more.")
        whole = str(math.ceil(retry_after))  # HTTP knows whole seconds only (RFC 9110, 10.2.3)
        headers = (("retry-after-ms", str(round(retry_after * 1000))), ("retry-after", whole), *headers)
    if status == 502 and not (message or type or code or param):
        return Reply(502, (("content-type", "text/html"), *headers), (Chunk(0, GATEWAY),))
    error = ApiError(
        message or default[2],
        type=type or default[0],
        code=code or default[1],
        param=param,
        status=status,
        headers=headers,
    )
    return error.reply()
