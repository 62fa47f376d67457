"""Errors on demand: what the API answers with each status, as data.

Types, codes and parameters are as recorded or, where no recording has the error, as its users quote it.
"""

from __future__ import annotations

import math

from .errors import ApiError, StubError
from .http import Chunk, Headers, Reply, sendable

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

QUOTA = "You have used up your quota. Check your plan and its billing details."

# code: status, type, param, message
CODES: dict[str, tuple[int, str, str | None, str]] = {
    "invalid_api_key": (401, "invalid_request_error", None, FAILURES[401][2]),
    "model_not_found": (
        404,
        "invalid_request_error",
        None,
        "The model does not exist or you do not have access to it.",
    ),
    "unsupported_country_region_territory": (403, "request_forbidden", None, "Your country or region is not served."),
    "rate_limit_exceeded": (429, "requests", None, FAILURES[429][2]),
    "insufficient_quota": (429, "insufficient_quota", None, QUOTA),
    "credit_balance_exhausted": (429, "insufficient_quota", None, "You have no credits left. Add some to go on."),
    "context_length_exceeded": (
        *(400, "invalid_request_error", "messages"),
        "The messages are longer than the context of this model. Shorten them.",
    ),
    "content_filter": (400, "invalid_request_error", "prompt", "The prompt was stopped by the content filter."),
    "server_is_overloaded": (503, "service_unavailable_error", None, "Our servers are overloaded. Try again later."),
    "slow_down": (503, "service_unavailable_error", None, "Slow down: your requests have come too fast of late."),
}
"""Errors that have a name of their own beside their status."""

FINAL = frozenset(("insufficient_quota", "credit_balance_exhausted"))
"""Codes whose status says to try again, which is no use: the answer forbids it."""

LONGEST = 10**9
"""Seconds that an answer may tell its client to wait."""

PAGE = b"<html>\r\n<head><title>%b</title></head>\r\n<body><h1>%b</h1></body>\r\n</html>\r\n"


class GatewayPage(ApiError):
    """502, said by a gateway in front of the API: a page and no JSON."""

    status = 502

    def reply(self) -> Reply:
        """The page."""
        title = b"502 Bad Gateway"
        return Reply(self.status, (("content-type", "text/html"), *self.headers), (Chunk(0, PAGE % (title, title)),))


def failure(
    status: int | str,
    message: str | None = None,
    *,
    type: str | None = None,
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
    headers: Headers = (),
) -> ApiError:
    """The API's error of this status, or of this name: `insufficient_quota`, `context_length_exceeded`, …

    `retry_after` is in seconds and sets both headers that SDKs obey. A 502 of which nothing is said is a gateway's
    page, not the API's JSON. Raises StubError for a status that is no error, for a name that none has, and for a wait
    that nobody could keep.
    """
    if isinstance(status, str):
        if status not in CODES:
            raise StubError(f"fail({status!r}): give a status from 400 to 599, or one of {', '.join(CODES)}.")
        code = code or status
        status = CODES[status][0]
    if not isinstance(status, int) or not 400 <= status <= 599:
        raise StubError(f"fail({status}): an error has a status from 400 to 599. For another answer use reply(...).")
    for name, value in headers:
        if not sendable(name, value):
            raise StubError(f"fail({status}): no header can be {name!r}: {value!r}.")
    if retry_after is not None:
        if not isinstance(retry_after, int | float) or not 0 <= retry_after <= LONGEST:
            raise StubError(
                f"fail({status}, retry_after={retry_after}): give the seconds to wait, from 0 to {LONGEST:,}."
            )
        whole = str(math.ceil(retry_after))  # HTTP knows whole seconds only (RFC 9110, 10.2.3)
        headers = (("retry-after-ms", str(round(retry_after * 1000))), ("retry-after", whole), *headers)
    if status == 502 and not (message or type or code or param):
        return GatewayPage("", headers=headers)
    kind, usual_code, words = FAILURES.get(status) or FAILURES[400 if status < 500 else 500]
    usual_param = None
    if code in CODES and CODES[code][0] == status:
        _, kind, usual_param, words = CODES[code]
    if code in FINAL and all(name != "x-should-retry" for name, _ in headers):
        headers = (("x-should-retry", "false"), *headers)
    return ApiError(
        message or words,
        type=type or kind,
        code=code or usual_code,
        param=param or usual_param,
        status=status,
        headers=headers,
    )
