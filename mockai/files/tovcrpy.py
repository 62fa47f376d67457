"""Exchanges as a cassette of vcrpy, which vcrpy, pytest-recording and their kin load and play.

It holds a body as it stood on the wire, compression and all; neither moments nor delays nor the pieces of a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ..http import Exchange, Headers
from .tohar import phrase

NAME = "vcrpy"
ENDING = ".yaml"

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def written(exchanges: Sequence[Exchange], origin: str) -> str:
    """The text of a cassette; `origin` is what stands before the paths in its URIs."""
    tape = {"interactions": [interaction(exchange, origin) for exchange in exchanges], "version": 1}
    # PyYAML's emitter in Python writes U+0085 as it is, and reads it as a line feed.
    readable = DUMPER is not yaml.SafeDumper
    return str(yaml.dump(tape, Dumper=DUMPER, allow_unicode=readable, sort_keys=False, width=1_000_000))


def interaction(exchange: Exchange, origin: str) -> dict[str, Any]:
    """One interaction."""
    request, reply = exchange.request, exchange.reply
    return {
        "request": {
            "body": text_or_bytes(request.body),
            "headers": grouped(request.headers),
            "method": request.method,
            "uri": f"{origin}{request.path}{'?' if request.query else ''}{request.query}",
        },
        "response": {
            "body": {"string": text_or_bytes(reply.content)},
            "headers": grouped(reply.headers),
            "status": {"code": reply.status, "message": phrase(reply.status)},
        },
    }


def text_or_bytes(body: bytes) -> str | bytes:
    """A body as vcrpy keeps it: text where it is UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def grouped(headers: Headers) -> dict[str, list[str]]:
    """Headers by name, each with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found
