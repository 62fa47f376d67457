"""JSON that a recorder parsed, as bytes again: the wire's own are gone, so each side writes as it usually does."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import ForeignFormatError
from ..http import Headers, header

ENDS_WITH_NEWLINE = re.compile(r"/(completions|v1/files(/[^/]+)?|v1/models/[^/]+)(\?|$)")
"""Routes whose JSON the API ends with a line feed; measured on recordings that kept their bytes."""


def sent_json(value: Any, headers: Headers = ()) -> bytes:
    """A parsed request body: SDKs write JSON without spaces. Text that was not JSON stays as it is."""
    return dumped(value, headers, separators=(",", ":"))


def answered_json(url: str, value: Any, headers: Headers = ()) -> bytes:
    """A parsed answer of this URL: the API writes JSON two spaces deep. Text that was not JSON stays as it is."""
    newline = b"\n" if ENDS_WITH_NEWLINE.search(url) and not isinstance(value, str) else b""
    return dumped(value, headers, indent=2) + newline


def dumped(value: Any, headers: Headers, **style: Any) -> bytes:
    """A parsed body as JSON text; ForeignFormatError for what JSON cannot hold."""
    if isinstance(value, str) and "json" not in (header(headers, "content-type") or "json"):
        return encoded(value)
    try:
        return encoded(json.dumps(value, ensure_ascii=False, allow_nan=False, **style))
    except (TypeError, ValueError, RecursionError) as error:
        raise ForeignFormatError(f"A parsed body cannot be written as JSON: {error}.") from error


def encoded(text: str) -> bytes:
    """Text as UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ForeignFormatError(f"A body cannot be written as UTF-8: {error}.") from error


def parsed(text: str) -> Any:
    """A file of JSON as plain values; ForeignFormatError for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ForeignFormatError(f"It is not readable JSON: {error}.") from error
