"""Rows of the recordings beside the project, and whether an exchange is what a row says."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from mockai.http import Exchange


def held(exchange: Exchange, row: Mapping[str, Any]) -> dict[str, bool]:
    """What a row says of an exchange, and whether it holds."""
    request, reply = exchange.request, exchange.reply
    url = row["url"].split("://", 1)[1].partition("/")[2]
    return {
        "method": request.method == row["method"],
        "url": f"{request.path}?{request.query}".rstrip("?") == f"/{url}",
        "request body": same_body(row["request_body"], request.body),
        "status": reply.status == row["status"],
        "body": same_body(row["response_body"], reply.content),
    }


def same_body(expected: Mapping[str, Any] | None, got: bytes) -> bool:
    """Whether bytes are those of a row: JSON as values, text and binary as they are, a form by its size and parts."""
    if expected is None or "json" in expected:
        return unmasked(json.loads(got) if got else None) == unmasked((expected or {}).get("json"))
    for name in ("b64", "raw_b64"):
        if name in expected:
            return got == base64.b64decode(expected[name])
    if "text" in expected:
        return got == expected["text"].encode()
    return len(got) == expected["size"] and all(part.get("text", "").encode() in got for part in expected["multipart"])


def unmasked(value: Any) -> Any:
    """JSON with one spelling of what is masked: the index masks some ids, and the accounts of pictures, otherwise."""
    text = re.sub(r"X{8,}|REDACTED|(?<=org-)\w+", "X", json.dumps(value))
    return json.loads(re.sub(r'(?<=\.blob\.core\.windows\.net/)[^"\\]*', "X", text))
