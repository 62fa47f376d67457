"""Mappings of WireMock: JSON, one `request` (what to match) and `response`, a list of them, or `{"mappings": […]}`.

Recorded mappings say a request exactly, and can be exchanges: `url`, or `urlPath` with `queryParameters`, and a body
by `equalToJson`, `equalTo` or `binaryEqualTo`. One that looks for less, or answers by a template, a proxy or a fault,
is no recording of a request, and is lost. A body by name stands in the folder `__files` beside `mappings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..errors import ForeignFormatError
from .foreign import Kept, Lost, Message, beside, headers_of, part, restore, restored, unbase64
from .foreign_json import answered_json, encoded, parsed, sent_json
from .vcrpy import fields

NAME = "WireMock"
LOOKED_FOR = '`"request"` and `"response"`, or `"mappings"` of these, with a `"url…"` to match'

FILES = "__files"
ONE = re.compile(r'"(?:request|response)"\s*:\s*\{')
URLS = re.compile(r'"url(?:Path)?(?:Pattern|Template)?"\s*:')
OWN = re.compile(r'"(?:mappings|bodyPatterns|bodyFileName|jsonBody|base64Body|urlPath|urlPattern|urlPathPattern)"\s*:')
LOOSE_URLS = ("urlPattern", "urlPathPattern", "urlPathTemplate")
ANSWERS_OTHERWISE = {
    "fault": "a fault",
    "proxyBaseUrl": "another server",
    "browserProxyUrl": "another server",
    "transformers": "a template",
}


def recognise(text: str) -> bool:
    """Whether the text is JSON that matches requests by WireMock's words."""
    return (
        text.lstrip()[:1] in ("{", "[")
        and ONE.search(text) is not None
        and URLS.search(text) is not None
        and OWN.search(text) is not None
    )


def read(text: str, folder: Path | None = None) -> list[Kept | Lost]:
    """Every mapping, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    value = parsed(text)
    mappings = value.get("mappings", [value]) if isinstance(value, Mapping) else value
    return restored(mappings, line, lambda each: mapping(each, folder), "mapping")


def line(recorded: Any) -> tuple[str, str]:
    """Method and URL, or what was looked for in its place."""
    request = part(recorded, "request")
    urls = (request.get(name) for name in ("url", "urlPath", *LOOSE_URLS))
    return str(request.get("method", "ANY")).upper(), str(next(filter(None, urls), "any URL"))


def mapping(recorded: Any, folder: Path | None) -> Kept:
    """One mapping; ForeignFormatError says why it cannot be restored."""
    request, response = part(recorded, "request"), part(recorded, "response")
    for looser in LOOSE_URLS:
        if looser in request:
            raise ForeignFormatError(f"It matches any URL like its {looser}. {STUB}")
    method, url = line(recorded)
    if method == "ANY":
        raise ForeignFormatError(f"It matches any method. {STUB}")
    for name, what in ANSWERS_OTHERWISE.items():
        if response.get(name):
            raise ForeignFormatError(f"It answers by {what}, so what was answered is not known.")
    if "url" not in request and request.get("queryParameters"):
        url = f"{url}?{urlencode(list(equals(request['queryParameters'], 'query parameter')))}"
    sent_headers = headers_of((name, value) for name, value in headers(request.get("headers") or {}))
    body = sent(request)
    asked = Message(sent_headers, body, rewritten=body is not None)
    return restore(method, url, asked, response.get("status", 200), answered(url, response, folder))


STUB = "Only an exact request can be replayed; a stub says the same: docs/stubs.md."


def equals(patterns: Any, what: str) -> Iterator[tuple[str, str]]:
    """The names and values of patterns that allow one value; ForeignFormatError for one that allows others."""
    for name, pattern in part({what: patterns}, what).items():
        if not isinstance(pattern, Mapping) or not isinstance(pattern.get("equalTo"), str):
            raise ForeignFormatError(f"It matches more than one value of the {what} {name}. {STUB}")
        yield str(name), pattern["equalTo"]


def headers(patterns: Any) -> Iterator[tuple[str, str]]:
    """The request headers that have one value; the others say nothing that counts for a replay."""
    for name, pattern in part({"headers": patterns}, "headers").items():
        if isinstance(pattern, Mapping) and isinstance(pattern.get("equalTo"), str):
            yield str(name), pattern["equalTo"]


def sent(request: Mapping[str, Any]) -> bytes | None:
    """The body of the only request that matches."""
    if request.get("multipartPatterns") or request.get("formParameters"):
        raise ForeignFormatError(f"It matches parts of a form one by one. {STUB}")
    patterns = request.get("bodyPatterns") or []
    if not isinstance(patterns, list) or not all(isinstance(pattern, Mapping) for pattern in patterns):
        raise ForeignFormatError("Its bodyPatterns are not a list of patterns.")
    if not patterns:
        return None
    if len(patterns) > 1:
        raise ForeignFormatError(f"It matches bodies by {len(patterns)} patterns at once. {STUB}")
    pattern = patterns[0]
    if "equalToJson" in pattern:
        if pattern.get("ignoreExtraElements"):
            raise ForeignFormatError(f"It matches any body with these fields (ignoreExtraElements). {STUB}")
        value = pattern["equalToJson"]
        value = parsed(value) if isinstance(value, str) else value
        if "${json-unit." in str(value):
            raise ForeignFormatError(f"It matches bodies with placeholders. {STUB}")
        return sent_json(value)
    if isinstance(pattern.get("equalTo"), str):
        return encoded(pattern["equalTo"])
    if "binaryEqualTo" in pattern:
        return unbase64(pattern["binaryEqualTo"])
    raise ForeignFormatError(f"It matches bodies by {', '.join(map(str, pattern)) or 'nothing'}. {STUB}")


def answered(url: str, response: Mapping[str, Any], folder: Path | None) -> Message:
    """The answer; one without a body has an empty one."""
    named = headers_of(fields(response))
    if "jsonBody" in response:
        return Message(named, answered_json(url, response["jsonBody"]), rewritten=True)
    if response.get("base64Body") is not None:
        return Message(named, unbase64(response["base64Body"]))
    if response.get("bodyFileName") is not None:
        return Message(named, beside(files_of(folder), str(response["bodyFileName"])))
    return Message(named, encoded(str(response.get("body") or "")))


def files_of(folder: Path | None) -> Path | None:
    """The folder of the bodies, which stands beside that of the mappings."""
    parents = [folder, *folder.parents] if folder else []
    return next((parent / FILES for parent in parents if (parent / FILES).is_dir()), folder)
