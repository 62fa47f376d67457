"""What may be written to disk: the one place that decides it.

| place | what happens |
|---|---|
| request headers | only `KEPT` stay; the others are dropped and counted |
| response headers | `DROPPED` go; in the rest a key is replaced by a placeholder of its length |
| query | the values of `PARAMETERS` become `REDACTED`, as does a key anywhere in path or query |
| request body | a key becomes `REDACTED`, whatever its length, so that a replay with another key still matches |
| response body | a key becomes a placeholder of its length: every other byte and every cut stays where it was |
| anything else | a key in base64, behind a content coding, behind escapes or spread over stream events cannot be |
| | replaced exactly: SecretFound, and nothing of that exchange is written |

A *key* is what the request itself sent to prove who it is (`keys`), what the caller names, and whatever looks like an
OpenAI key or a bearer token. Keys of fewer than `SHORTEST` characters are not looked for: they are dummies, and would
be found everywhere. To match a live request against redacted ones, clean it, too: `clean_request`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import orjson

from .. import sse
from ..coding import CODINGS, coded, coding_of, sniff, undone
from ..errors import ApiError, SecretFound
from ..http import Break, Chunk, Exchange, Headers, Reply, Request, header
from ..multipart import boundary, parse

KEPT = frozenset(("accept", "content-encoding", "content-type", "openai-beta"))
"""Request headers that say something about the answer and nothing about the asker."""
DROPPED = frozenset(("set-cookie", "set-cookie2", "openai-organization", "openai-project"))
CONNECTION = frozenset(("host", "connection", "content-length", "transfer-encoding", "keep-alive", "te"))
"""Dropped as well, and not worth counting."""
PARAMETERS = frozenset(
    ("api-key", "api_key", "apikey", "key", "sig", "signature", "token", "access_token", "client_secret", "password",
     "subscription-key", "code", "x-amz-signature", "x-amz-security-token")
)  # fmt: skip
SHORTEST = 8
PLACEHOLDER = b"REDACTED"

KEY_LIKE = re.compile(
    rb"(?<![A-Za-z0-9_-])(?:"
    rb"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}"
    rb"|sk-[A-Za-z0-9]{32,}"
    rb"|sk-[A-Za-z0-9_-]*T3BlbkFJ[A-Za-z0-9_-]+"  # in the middle of every key OpenAI has issued
    rb"|sess-[A-Za-z0-9]{32,}"
    rb"|ek_[A-Za-z0-9]{24,}"
    rb"|(?<=[Bb]earer )[A-Za-z0-9._~+/-]{20,}=*"
    rb")"
)
VARIETY = 10
"""Different characters that what looks like a key must have; masked ones (`sk-XXXX…`) have fewer."""


def clean(exchange: Exchange, secrets: Iterable[str] = ()) -> tuple[Exchange, Counter[str]]:
    """The exchange as it may be written, and what was removed how often (`api_key`, `query`, `request_headers` …).

    Raises SecretFound, naming the place and never the value, for a key that cannot be replaced exactly.
    """
    known = {*keys(exchange.request), *filter(_long, secrets)}
    request, counts = clean_request(exchange.request, known)
    what = f"{request.method} {request.path}"
    reply = exchange.reply
    headers = []
    for name, value in reply.headers:
        if name in DROPPED:
            counts["response_headers"] += 1
            continue
        raw = _replaced(value.encode("utf-8", "surrogateescape"), known, counts, same_length=True)
        _refuse(raw, known, f"the response header {name} of {what}")
        headers.append((name, raw.decode("utf-8", "surrogateescape")))
    body = _clean_body(reply, known, counts, what)
    return replace(exchange, request=request, reply=replace(reply, headers=tuple(headers), body=body)), counts


def clean_request(request: Request, secrets: Iterable[str] = ()) -> tuple[Request, Counter[str]]:
    """The request as it may be written; the same again for a request that is clean already."""
    known = {*keys(request), *filter(_long, secrets)}
    counts: Counter[str] = Counter()
    headers: list[tuple[str, str]] = []
    for name, value in request.headers:
        if name in KEPT:
            headers.append((name, _text(value, known, counts)))
        elif name not in CONNECTION:
            counts["request_headers"] += 1
    query = "&".join(_parameter(pair, counts) for pair in request.query.split("&"))
    cleaned = Request(
        method=request.method,
        path=_text(request.path, known, counts),
        query=_text(query, known, counts),
        headers=tuple(headers),
        body=_replaced(request.body, known, counts, same_length=False),
    )
    what = f"{cleaned.method} {cleaned.path}"
    for place, text in (("path", cleaned.path), ("query", cleaned.query), *cleaned.headers):
        _refuse(text.encode("utf-8", "surrogateescape"), known, f"the {place} of {what}")
        for plain in {unquote(text), unquote_plus(text)} - {text}:
            _refuse(plain.encode("utf-8", "surrogatepass"), known, f"the {place} of {what}, percent-encoded")
    _refuse_body(cleaned.body, cleaned.headers, known, f"the request body of {what}")
    return cleaned, counts


def keys(request: Request) -> tuple[str, ...]:
    """The secrets with which a request proves who it is, those long enough to be looked for."""
    found = []
    for name, value in request.headers:
        if name in ("authorization", "proxy-authorization", "api-key", "x-api-key", "ocp-apim-subscription-key"):
            scheme, _, token = value.strip().rpartition(" ")
            found.append(token)
            if scheme.lower() == "basic":
                found.append(_password(token))
    for pair in request.query.split("&"):
        name, _, value = pair.partition("=")
        if unquote_plus(name).lower() in PARAMETERS:
            found.append(unquote_plus(value))
    return tuple(dict.fromkeys(filter(_long, found)))


def guard(data: bytes, secrets: Iterable[str], place: str) -> None:
    """The last look at bytes on their way to the disk. Raises SecretFound if a key is among them in any form."""
    _refuse(data, secrets, place)


@lru_cache(maxsize=256)
def forms(secret: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """How a secret can stand in a text: spellings of the same characters, and parts of a base64 text around it."""
    raw = secret.encode("utf-8", "surrogateescape")
    escaped = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace("'", "''")
    written = (quote(raw, safe=""), quote_plus(raw), quote(raw), *escaped)
    spellings = dict.fromkeys((raw, *(text.encode("utf-8", "surrogateescape") for text in written)))
    encoded: dict[bytes, None] = {}
    for offset, start in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(b"\0" * offset + raw)[start : 8 * (offset + len(raw)) // 6]
        encoded |= {text: None, text.translate(bytes.maketrans(b"+/", b"-_")): None}
    return tuple(spellings), tuple(encoded)


def _clean_body(reply: Reply, known: set[str], counts: Counter[str], what: str) -> tuple[Chunk | Break, ...]:
    wire = reply.content
    place = f"the response body of {what}"
    opaque = coded(coding_of(reply.headers))
    replaced = wire if opaque else _replaced(wire, known, counts, same_length=True)
    _refuse_body(replaced, reply.headers, known, place)
    if b"data:" in replaced or opaque:
        plain = undone(replaced, coding_of(reply.headers) or "") or b""
        for text in _joined(plain):
            _refuse(text.encode("utf-8", "surrogatepass"), known, f"{place}, spread over several events")
    if replaced == wire:
        return tuple(reply.body)
    body: list[Chunk | Break] = []
    start = 0
    for step in reply.body:
        if isinstance(step, Chunk):
            step = replace(step, data=replaced[start : start + len(step.data)])
            start += len(step.data)
        body.append(step)
    return tuple(body)


def _refuse_body(data: bytes, headers: Headers, known: set[str], place: str) -> None:
    """Look for keys behind content coding, JSON escapes, form parts and compressed uploads."""
    _refuse(data, known, place)
    coding = coding_of(headers)
    if coded(coding):
        data = _opened(data, coding or "", place)
        _refuse(data, known, f"{place}, behind its content-encoding {coding}")
    if b"\\u" in data or b"\\/" in data:
        for text in _unescaped(data):
            _refuse(text.encode("utf-8", "surrogatepass"), known, f"{place}, behind JSON escapes")
    media = header(headers, "content-type") or ""
    if boundary(media) is not None:
        try:
            parts = parse(media, data)
        except ApiError:
            return
        for part in parts:
            if sniff(part.data) != "identity":
                inside = f"{place}, in the compressed file of part {part.name}"
                _refuse(_opened(part.data, sniff(part.data), inside), known, inside)


def _opened(data: bytes, coding: str, place: str) -> bytes:
    """`data` without its coding. Raises SecretFound where nobody can look behind it: what cannot be searched is kept
    off the disk. Plain text under a header that lies was searched as it is."""
    plain = undone(data, coding)
    if plain is not None:
        return plain
    try:
        data.decode()
    except UnicodeDecodeError:
        raise SecretFound(
            f"Whether there is a key in {place} cannot be known: its coding {coding} cannot be undone, so nothing of "
            f"it was written. Let the sender use one of {', '.join(CODINGS)}."
        ) from None
    return data


def _replaced(data: bytes, known: Iterable[str], counts: Counter[str], *, same_length: bool) -> bytes:
    for secret in sorted(known, key=len, reverse=True):  # a key may hold a shorter one
        for spelling in forms(secret)[0]:
            if spelling in data:
                counts["api_key"] += data.count(spelling)
                data = data.replace(spelling, _mask(spelling) if same_length else PLACEHOLDER)

    def hide(match: re.Match[bytes]) -> bytes:
        if not _real(match[0]):
            return match[0]
        counts["api_key"] += 1
        return _mask(match[0]) if same_length else PLACEHOLDER

    return KEY_LIKE.sub(hide, data)


def _refuse(data: bytes, known: Iterable[str], place: str) -> None:
    for secret in known:
        spellings, encoded = forms(secret)
        if any(spelling in data for spelling in spellings):
            raise _found(place, "a live key")
        if any(text in data for text in encoded):
            raise _found(place, "a live key in base64")
    if any(_real(match[0]) for match in KEY_LIKE.finditer(data)):
        raise _found(place, "what looks like a key")


def _found(place: str, what: str) -> SecretFound:
    return SecretFound(
        f"There is {what} in {place}. It cannot be replaced there without changing what was recorded, so nothing of "
        "it was written. Keep the key out of what is sent, let the upstream answer uncompressed "
        "(accept-encoding: identity), or record with a key that can be revoked and edit it out."
    )


def _joined(plain: bytes) -> Iterator[str]:
    """The texts a stream spells in pieces: the strings at one place of its events, one after the other."""
    texts: dict[tuple[object, ...], list[str]] = {}
    for event in sse.parse(plain + b"\n\n"):
        try:
            value = event.value
        except orjson.JSONDecodeError:
            texts.setdefault(("data",), []).append(event.data)
            continue
        top = value if isinstance(value, dict) else {}
        item = tuple(str(top.get(name)) for name in ("item_id", "output_index", "content_index"))
        for path, text in _leaves(value, ()):
            texts.setdefault((*path,), []).append(text)
            texts.setdefault((*item, "", *path), []).append(text)
    for pieces in texts.values():
        yield "".join(pieces)


def _leaves(value: Any, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(child, (*path, name))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            index = child.get("index") if isinstance(child, dict) else None
            yield from _leaves(child, (*path, index if isinstance(index, int) else position))


def _unescaped(data: bytes) -> Iterator[str]:
    """A JSON body, or the JSON of each event of a stream, without its escapes."""
    texts = [data.decode("utf-8", "replace")]
    if b"data:" in data:
        texts = [event.data for event in sse.parse(data + b"\n\n")]
    for text in texts:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        yield json.dumps(value, ensure_ascii=False)


def _parameter(pair: str, counts: Counter[str]) -> str:
    name, _, value = pair.partition("=")
    if value and unquote_plus(name).lower() in PARAMETERS and value != PLACEHOLDER.decode():
        counts["query"] += 1
        return f"{name}={PLACEHOLDER.decode()}"
    return pair


def _text(text: str, known: Iterable[str], counts: Counter[str]) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return _replaced(raw, known, counts, same_length=False).decode("utf-8", "surrogateescape")


def _password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _mask(secret: bytes) -> bytes:
    return PLACEHOLDER[: len(secret)].ljust(len(secret), b"X")


def _real(candidate: bytes) -> bool:
    return len(set(candidate)) >= VARIETY and any(byte in b"0123456789" for byte in candidate)


def _long(secret: str) -> bool:
    return len(secret) >= SHORTEST and secret != PLACEHOLDER.decode()
