"""Exchanges as a HAR 1.2, for browsers, proxies and viewers.

A HAR holds moments and the delay before an answer's head, not the pieces of a body nor the delays between them; bodies
without their compression, those that are not text as base64 (of requests with `_encoding`, which is our own word).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from .. import __version__
from ..coding import coding_of, undone
from ..http import Chunk, Exchange, Headers, header
from .tape import instant

NAME = "har"
ENDING = ".har"


def written(exchanges: Sequence[Exchange], origin: str) -> str:
    """The text of a HAR; `origin` is what stands before the paths in its URLs."""
    log = {
        "version": "1.2",
        "creator": {"name": "mockai", "version": __version__},
        "entries": [entry(exchange, origin) for exchange in exchanges],
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=2) + "\n"


def entry(exchange: Exchange, origin: str) -> dict[str, Any]:
    """One entry; times are in milliseconds."""
    reply = exchange.reply
    wait = round(reply.after * 1000)
    receive = round(sum(step.after for step in reply.body) * 1000)
    return {
        "startedDateTime": instant(exchange.at),
        "time": wait + receive,
        "request": asked(exchange, origin),
        "response": answered(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
    }


def asked(exchange: Exchange, origin: str) -> dict[str, Any]:
    """The request."""
    request = exchange.request
    told: dict[str, Any] = {
        "method": request.method,
        "url": f"{origin}{request.path}{'?' if request.query else ''}{request.query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": named(request.headers),
        "queryString": named(tuple(parse_qsl(request.query, keep_blank_values=True))),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body or request.method != "GET" or header(request.headers, "content-type"):
        told["postData"] = held(request.headers, plain(request.headers, request.body), "_encoding")
    return told


def answered(exchange: Exchange) -> dict[str, Any]:
    """The answer."""
    reply = exchange.reply
    body = plain(reply.headers, reply.content)
    return {
        "status": reply.status,
        "statusText": phrase(reply.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": named(reply.headers),
        "content": {"size": len(body), **held(reply.headers, body, "encoding")},
        "redirectURL": header(reply.headers, "location") or "",
        "headersSize": -1,
        "bodySize": sum(len(step.data) for step in reply.body if isinstance(step, Chunk)),
    }


def plain(headers: Headers, wire: bytes) -> bytes:
    """A body without its compression; as it is where that cannot be taken off."""
    data = undone(wire, coding_of(headers) or "")
    return wire if data is None else data


def held(headers: Headers, data: bytes, word: str) -> dict[str, Any]:
    """A body: its type, and its text, or base64 of which `word` tells."""
    told: dict[str, Any] = {"mimeType": header(headers, "content-type") or ""}
    try:
        return {**told, "text": data.decode()}
    except UnicodeDecodeError:
        return {**told, "text": base64.b64encode(data).decode(), word: "base64"}


def named(pairs: Headers) -> list[dict[str, str]]:
    """Headers or parameters as a HAR lists them."""
    return [{"name": name, "value": value} for name, value in pairs]


def phrase(status: int) -> str:
    """The words that go with a status."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
