"""The control surface below `/__mockai/`: what happened, what is scripted, start afresh. For people and CI, not pages.

A request must come to a loopback name and from no web page (`Host` and `Origin` are checked), or carry the admin token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import orjson

from .errors import ApiError, BadRequest, Forbidden, MockaiError, NotFound
from .http import Chunk, Exchange, Reply, Request
from .mock import MockAI
from .scopes import Scopes
from .stubfile import declare

PREFIX = "/__mockai/"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
PAGE = 100
MOST_SHOWN = 10_000  # characters of a body
FARTHEST = 1e11  # seconds


def control(scopes: Scopes, request: Request, token: str | None = None) -> Reply:
    """Answer a request to the control surface; errors come in OpenAI's shape as well."""
    try:
        _check(request, token)
        mock, request = scopes.resolve(request)
        place = f"{request.method} {request.path.removeprefix(PREFIX)}"
        action = ACTIONS.get(place)
        if action is None:
            raise NotFound(f"The control surface has no {place}. It has: {', '.join(ACTIONS)}.")
        return _json(action(mock, request))
    except ApiError as error:
        return error.reply()


def health(_mock: MockAI, _request: Request) -> Any:
    """The server runs."""
    return {"status": "ok"}


def journal(mock: MockAI, request: Request) -> Any:
    """The exchanges so far: `?operation=` and `?source=` choose, `?after=N` and `?limit=N` page."""
    asked = {name: values[-1] for name, values in parse_qs(request.query).items()}
    after, limit = _number(asked, "after", 0), _number(asked, "limit", PAGE)
    found = [
        exchange
        for exchange in mock.journal
        if exchange.number > after
        and asked.get("operation") in (None, exchange.operation)
        and asked.get("source") in (None, exchange.source)
    ]
    return {
        "exchanges": [told(mock, exchange) for exchange in found[:limit]],
        "has_more": len(found) > limit,
        "forgotten": mock.journal.forgotten,
        "misses": [mock.journal.text(miss.encode("utf-8", "replace"), MOST_SHOWN) for miss in mock.misses],
    }


def told(mock: MockAI, exchange: Exchange) -> dict[str, Any]:
    """One exchange for a reader: keys hidden, bodies as text, at most 10,000 characters each."""
    exchange = mock.journal.shown(exchange)
    request, reply, text = exchange.request, exchange.reply, mock.journal.text
    return {
        "number": exchange.number,
        "at": exchange.at,
        "operation": exchange.operation,
        "source": exchange.source,
        "faults": exchange.faults,
        "request": {
            "method": request.method,
            "path": request.path,
            "query": mock.journal.query(exchange),
            "body": text(request.body, MOST_SHOWN),
        },
        "reply": {
            "status": reply.status,
            "headers": [[name, text(value.encode("latin-1", "replace"), MOST_SHOWN)] for name, value in reply.headers],
            "body": text(reply.content, MOST_SHOWN),
        },
    }


def stubs(mock: MockAI, _request: Request) -> Any:
    """The stubs declared, the latest last, and how often each answered."""
    return {"stubs": [{"stub": str(stub), "used": stub.used} for stub in mock.stubs]}


def add_stubs(mock: MockAI, request: Request) -> Any:
    """Declare stubs, in the words of a stub file: one object, or a list of them."""
    try:
        asked = orjson.loads(request.body)
        declare(mock, asked if isinstance(asked, list) else [asked])
    except (ValueError, MockaiError) as error:
        raise BadRequest(str(error)) from None
    return stubs(mock, request)


def clear_stubs(mock: MockAI, _request: Request) -> Any:
    """Take all stubs away."""
    with mock.lock:
        mock.stubs.clear()
    return {"stubs": []}


def faults(mock: MockAI, _request: Request) -> Any:
    """The faults that wait for calls, how many they saw and how many they struck."""
    return {"faults": [{"fault": str(each), "seen": each.seen, "struck": each.struck} for each in mock.injections]}


def add_faults(mock: MockAI, request: Request) -> Any:
    """Let faults wait for calls: `{"inject": {"close": {"chunks": 3}}, "times": 2}`, or a list of such."""
    try:
        asked = orjson.loads(request.body)
        entries = asked if isinstance(asked, list) else [asked]
        if not all(isinstance(entry, dict) and "inject" in entry for entry in entries):
            raise BadRequest('Faults are objects with inject: {"inject": {"close": {"chunks": 3}}, "times": 2}.')
        declare(mock, entries)
    except (ValueError, MockaiError) as error:
        raise BadRequest(str(error)) from None
    return faults(mock, request)


def clear_faults(mock: MockAI, _request: Request) -> Any:
    """Take all faults away."""
    with mock.lock:
        mock.injections.clear()
    return {"faults": []}


def clock(mock: MockAI, _request: Request) -> Any:
    """The time, in unix seconds."""
    return {"now": mock.clock.now()}


def set_clock(mock: MockAI, request: Request) -> Any:
    """Put the clock on: `{"advance": 60}`, in seconds, or `{"now": 1750000000}`."""
    try:
        asked = orjson.loads(request.body)
    except ValueError:
        asked = None
    amount = next(iter(asked.values())) if isinstance(asked, dict) and len(asked) == 1 else None
    if not isinstance(amount, int | float) or isinstance(amount, bool) or not asked.keys() <= {"advance", "now"}:
        raise BadRequest('Give the seconds to move on by, {"advance": 60}, or the unix time, {"now": 1750000000}.')
    if abs(amount) > FARTHEST:
        raise BadRequest("The clock goes up to the year 5138, and no further.")
    with mock.lock:
        mock.clock.advance(amount if "advance" in asked else amount - mock.clock.now())
    return clock(mock, request)


def verdict(mock: MockAI, request: Request) -> Any:
    """What the exchanges so far say of the client: `?patience=N` is how many seconds it may wait for nothing."""
    asked = {name: values[-1] for name, values in parse_qs(request.query).items()}
    return mock.verdict(_number(asked, "patience", 600)).told()


def openapi(_mock: MockAI, _request: Request) -> Any:
    """The API as an OpenAPI document."""
    from .openapi import document

    return document()


def reset(mock: MockAI, _request: Request) -> Any:
    """Forget stubs, faults, journal and misses of the scope; rewind its cassettes."""
    mock.reset()
    return {"status": "ok"}


ACTIONS: dict[str, Callable[[MockAI, Request], Any]] = {
    "GET health": health,
    "GET ready": health,
    "GET journal": journal,
    "GET stubs": stubs,
    "POST stubs": add_stubs,
    "DELETE stubs": clear_stubs,
    "GET faults": faults,
    "POST faults": add_faults,
    "DELETE faults": clear_faults,
    "GET clock": clock,
    "POST clock": set_clock,
    "GET verdict": verdict,
    "GET openapi.json": openapi,
    "POST reset": reset,
}


def _check(request: Request, token: str | None) -> None:
    if token is not None:
        given = (request.header("authorization") or "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Forbidden("The control surface wants the admin token: Authorization: Bearer TOKEN.")
        return
    host = (request.header("host") or "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in LOOPBACK:
        raise Forbidden(
            f"The control surface answers on loopback only, not to the host name {host!r}. Ask it "
            "at 127.0.0.1, or start mockai with --admin-token and send the token."
        )
    if request.header("origin") is not None or request.header("sec-fetch-site") not in (None, "none"):
        raise Forbidden("The control surface does not answer to web pages.")


def _number(asked: dict[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise BadRequest(f"{name} is a whole number, 0 or more, not {text!r}.", param=name)
    return int(text)


def _json(value: Any) -> Reply:
    return Reply(200, (("content-type", "application/json"),), (Chunk(0, orjson.dumps(value)),))
