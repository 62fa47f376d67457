"""What a secret looks like, how it may be spelled in a text, and how it is taken out.

A *key* is what a request sent to prove who it is (`keys`), what the caller names, and whatever has the looks of one
(`mockai.leaks`). Keys of fewer than `SHORTEST` characters are not looked for: they are dummies, and would be found
everywhere.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote_plus

from .http import Request

HEADERS = frozenset(("authorization", "proxy-authorization", "api-key", "x-api-key", "ocp-apim-subscription-key"))
"""Request headers by which a client proves who it is."""
PARAMETERS = frozenset(
    ("api-key", "api_key", "apikey", "key", "sig", "signature", "token", "access_token", "client_secret", "password",
     "subscription-key", "code", "x-amz-signature", "x-amz-security-token")
)  # fmt: skip
SHORTEST = 8
PLACEHOLDER = b"REDACTED"


def keys(request: Request) -> tuple[str, ...]:
    """The secrets with which a request proves who it is, those long enough to be looked for."""
    found = []
    for name, value in request.headers:
        if name in HEADERS:
            scheme, _, token = value.strip().rpartition(" ")
            found.append(token)
            if scheme.lower() == "basic":
                found.append(_password(token))
    for pair in request.query.split("&"):
        name, _, value = pair.partition("=")
        if unquote_plus(name).lower() in PARAMETERS:
            found.append(unquote_plus(value))
    return tuple(dict.fromkeys(filter(long, found)))


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


def hidden(data: bytes, known: Iterable[str], counts: Counter[str], *, same_length: bool) -> bytes:
    """The data with a placeholder for every key, of its length if that matters; `counts["api_key"]` says how many."""
    from .leaks import likely  # the table of kinds: a server that starts has nothing to hide yet

    for secret in sorted(known, key=len, reverse=True):  # a key may hold a shorter one
        for spelling in forms(secret)[0]:
            if spelling in data:
                counts["api_key"] += data.count(spelling)
                data = data.replace(spelling, _mask(spelling) if same_length else PLACEHOLDER)
    pieces, start = [], 0
    for leak in likely(data):
        counts["api_key"] += 1
        pieces += [data[start : leak.start], _mask(leak.secret) if same_length else PLACEHOLDER]
        start = leak.end
    return b"".join([*pieces, data[start:]]) if pieces else data


def parameter(pair: str, counts: Counter[str]) -> str:
    """One `name=value` of a query with a placeholder where the name says that the value is a key."""
    name, _, value = pair.partition("=")
    if value and unquote_plus(name).lower() in PARAMETERS and value != PLACEHOLDER.decode():
        counts["query"] += 1
        return f"{name}={PLACEHOLDER.decode()}"
    return pair


def _mask(secret: bytes) -> bytes:
    return PLACEHOLDER[: len(secret)].ljust(len(secret), b"X")


def long(secret: str) -> bool:
    """Whether a secret is long enough to be looked for."""
    return len(secret) >= SHORTEST and secret != PLACEHOLDER.decode()


def _password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
