"""What may be written to disk: the one place that decides it.

| place | what happens |
|---|---|
| request headers | only `KEPT` stay; the others are dropped and counted |
| response headers | `DROPPED` go; in the rest a key is replaced by a placeholder of its length |
| query | the values of `PARAMETERS` become `REDACTED`, as does a key anywhere in path or query |
| request body | a key becomes `REDACTED`, whatever its length, so that a replay with another key still matches |
| response body | a key becomes a placeholder of its length: every other byte and every cut stays where it was |
| the user's rules | headers, query, JSON, forms and patterns of a `Redaction`, which become pseudonyms |
| anything else | a key in base64, behind a content coding, behind escapes or spread over stream events cannot be |
| | replaced exactly: SecretFound, and nothing of that exchange is written; the same where a pattern still matches |

What a key is, and how it is found, stands in `mockai.secrets`. To match a live request against redacted ones, clean
it, too: `clean_request`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, unquote_plus

from .. import sse
from ..coding import CODINGS, coded, coding_of, sniff, undone
from ..covering import cover
from ..deltas import joined
from ..errors import ApiError, RedactionFailed, SecretFound
from ..http import Break, Chunk, Exchange, Headers, Reply, Request, header
from ..leaks import likely
from ..multipart import boundary, parse
from ..redaction import Redaction
from ..secrets import forms, hidden, keys, long, parameter

KEPT = frozenset(("accept", "content-encoding", "content-type", "openai-beta"))
"""Request headers that say something about the answer and nothing about the asker."""
DROPPED = frozenset(("set-cookie", "set-cookie2", "openai-organization", "openai-project"))
CONNECTION = frozenset(("host", "connection", "content-length", "transfer-encoding", "keep-alive", "te"))
"""Dropped as well, and not worth counting."""


def writable(
    exchange: Exchange, secrets: Iterable[str] = (), redaction: Redaction | None = None
) -> tuple[Exchange | None, Counter[str]]:
    """What `clean` gives of what the user's filter leaves; None for an exchange that may not be written.

    Raises RedactionFailed where the filter fails, and what `clean` raises.
    """
    left = exchange if redaction is None else redaction.filtered(exchange)
    if left is None:
        return None, Counter(dropped=1)
    # A filter may have taken away the very header that says what the key is.
    return clean(left, {*secrets, *keys(exchange.request)}, redaction)


def clean(
    exchange: Exchange, secrets: Iterable[str] = (), redaction: Redaction | None = None
) -> tuple[Exchange, Counter[str]]:
    """The exchange as it may be written, and what was removed how often (`api_key`, `query`, `request_headers` …).

    Raises SecretFound, naming the place and never the value, for a key that cannot be replaced exactly.
    """
    known = {*keys(exchange.request), *filter(long, secrets)}
    request, counts = clean_request(exchange.request, known, redaction)
    what = f"{request.method} {request.path}"
    reply = exchange.reply
    headers = []
    for name, value in reply.headers:
        if name in DROPPED or (redaction is not None and name in redaction.headers):
            counts["response_headers"] += 1
            continue
        raw = hidden(value.encode("utf-8", "surrogateescape"), known, counts, same_length=True)
        _refuse(raw, known, f"the response header {name} of {what}")
        headers.append((name, raw.decode("utf-8", "surrogateescape")))
    body = _clean_body(reply, known, counts, what)
    cleaned = replace(exchange, request=request, reply=replace(reply, headers=tuple(headers), body=body))
    if redaction is not None:
        covering = cover(redaction, exchange.request)
        cleaned = replace(cleaned, reply=covering.reply(cleaned.reply))
        counts += covering.counts
        _uncovered(cleaned, redaction)
    return cleaned, counts


def clean_request(
    request: Request, secrets: Iterable[str] = (), redaction: Redaction | None = None
) -> tuple[Request, Counter[str]]:
    """The request as it may be written; the same again for a request that is clean already."""
    known = {*keys(request), *filter(long, secrets)}
    counts: Counter[str] = Counter()
    headers: list[tuple[str, str]] = []
    kept, dropped = KEPT, frozenset[str]()
    if redaction is not None:
        kept, dropped = KEPT | set(redaction.keep), frozenset(redaction.headers)
    for name, value in request.headers:
        if name in kept and name not in dropped:
            headers.append((name, _text(value, known, counts)))
        elif name not in CONNECTION:
            counts["request_headers"] += 1
    query = "&".join(parameter(pair, counts) for pair in request.query.split("&"))
    cleaned = Request(
        method=request.method,
        path=_text(request.path, known, counts),
        query=_text(query, known, counts),
        headers=tuple(headers),
        body=hidden(request.body, known, counts, same_length=False),
    )
    if redaction is not None:
        covering = cover(redaction, request)
        cleaned = covering.request(cleaned)
        counts += covering.counts
    what = f"{cleaned.method} {cleaned.path}"
    for place, text in (("path", cleaned.path), ("query", cleaned.query), *cleaned.headers):
        _refuse(text.encode("utf-8", "surrogateescape"), known, f"the {place} of {what}")
        for plain in {unquote(text), unquote_plus(text)} - {text}:
            _refuse(plain.encode("utf-8", "surrogatepass"), known, f"the {place} of {what}, percent-encoded")
    _refuse_body(cleaned.body, cleaned.headers, known, f"the request body of {what}")
    return cleaned, counts


def guard(data: bytes, secrets: Iterable[str], place: str) -> None:
    """The last look at bytes on their way to the disk. Raises SecretFound if a key is among them in any form."""
    _refuse(data, secrets, place)


def _uncovered(exchange: Exchange, redaction: Redaction) -> None:
    """Raises RedactionFailed where a pattern still matches something of an exchange that is about to be written."""
    request, reply = exchange.request, exchange.reply
    what = f"{request.method} {request.path}"
    sides = (("request", request.headers, request.body), ("response", reply.headers, reply.content))
    texts = [(f"the {name} header {head} of {what}", value) for name, heads, _ in sides for head, value in heads]
    texts += [(f"the path or query of {what}", text) for text in (request.path, unquote_plus(request.query))]
    for name, headers, body in sides:
        place = f"the {name} body of {what}"
        plain = undone(body, coding_of(headers) or "") or b""
        texts.append((place, plain.decode("utf-8", "replace")))
        texts += [(f"{place}, behind JSON escapes", text) for text in _unescaped(plain)]
        if b"data:" in plain:
            texts += [(f"{place}, spread over several events", text) for text in joined(plain)]
    for place, text in texts:
        pattern = redaction.found(text)
        if pattern is not None:
            raise RedactionFailed(
                f"The pattern {pattern!r} still matches in {place}, after all it matches in texts was replaced, so "
                "nothing of the exchange was written. Make the pattern narrower, or let a filter take that away."
            )


def _clean_body(reply: Reply, known: set[str], counts: Counter[str], what: str) -> tuple[Chunk | Break, ...]:
    wire = reply.content
    place = f"the response body of {what}"
    opaque = coded(coding_of(reply.headers))
    replaced = wire if opaque else hidden(wire, known, counts, same_length=True)
    _refuse_body(replaced, reply.headers, known, place)
    if b"data:" in replaced or opaque:
        plain = undone(replaced, coding_of(reply.headers) or "") or b""
        for text in joined(plain):
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


def _refuse(data: bytes, known: Iterable[str], place: str) -> None:
    for secret in known:
        spellings, encoded = forms(secret)
        if any(spelling in data for spelling in spellings):
            raise _found(place, "a live key")
        if any(text in data for text in encoded):
            raise _found(place, "a live key in base64")
    if likely(data):
        raise _found(place, "what looks like a key")


def _found(place: str, what: str) -> SecretFound:
    return SecretFound(
        f"There is {what} in {place}. It cannot be replaced there without changing what was recorded, so nothing of "
        "it was written. Keep the key out of what is sent, let the upstream answer uncompressed "
        "(accept-encoding: identity), or record with a key that can be revoked and edit it out."
    )


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


def _text(text: str, known: Iterable[str], counts: Counter[str]) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return hidden(raw, known, counts, same_length=False).decode("utf-8", "surrogateescape")
