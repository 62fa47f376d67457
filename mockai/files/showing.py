"""`mockai cassette show`: the exchanges of a cassette for a reader."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from ..check import content, streams
from ..errors import ConfigError
from ..http import Exchange
from ..match import key
from ..telling import answered, asked, pieces
from ..wording import many
from .bodies import is_json
from .streams import ended
from .tape import Tape, instant, load

INDENT = 12


def shown(path: Path, which: str | None = None) -> str:
    """Every exchange of a cassette as a person reads it, or only one, and then a stream piece by piece."""
    tape = load(path)
    found = chosen(tape, path, which)
    alone = which is not None
    return "\n\n".join("\n".join(_lines(exchange, tape, alone)) for exchange in found) or f"{path} holds no exchange."


def shown_json(path: Path, which: str | None = None) -> str:
    """The same for programs: JSON text."""
    tape = load(path)
    return orjson.dumps([_told(each, tape) for each in chosen(tape, path, which)], option=orjson.OPT_INDENT_2).decode()


def chosen(tape: Tape, path: Path, which: str | None) -> list[Exchange]:
    """The exchanges of a number, or of a key that begins so; all of them if nothing is said.

    Raises ConfigError where there is none, naming those there are.
    """
    if which is None:
        return list(tape.exchanges)
    wanted = which.strip().lstrip("#")
    keys = [(exchange, key(exchange.request, tape.rule)) for exchange in tape.exchanges]
    found = [exchange for exchange, _ in keys if str(exchange.number) == wanted]
    if not found and len(wanted) >= 4:
        found = [exchange for exchange, known in keys if known.startswith(wanted)]
    if not found:
        there = ", ".join(f"{exchange.number} ({known[:8]})" for exchange, known in keys[:10])
        more = ", …" if len(keys) > 10 else ""
        raise ConfigError(f"{path} has no exchange {which}. There are: {there or 'none'}{more}.")
    return found


def _lines(exchange: Exchange, tape: Tape, alone: bool) -> Iterator[str]:
    request, reply = exchange.request, exchange.reply
    line = f"#{exchange.number} [{key(request, tape.rule)[:8]}] {request.method} {request.path}"
    yield line + (f"?{request.query}" if request.query else "") + (f"  {instant(exchange.at)}" if exchange.at else "")
    for said in asked(exchange):
        yield from _said(said.who, said.text)
    yield f"  <- {reply.status} after {round(reply.after * 1000)} ms, {len(reply.content)} bytes"
    for said in answered(exchange):
        yield from _said(said.who, said.text)
    body = content(reply)
    if not body or not streams(reply, body):
        return
    parts = list(pieces(reply))
    total = parts[-1].at_ms if parts else 0
    timing = f"in {total} ms" if total else "of which nobody knows the time"
    yield f"  stream: {many(len(parts), 'piece')} {timing}, {ended(body)}"
    if alone:
        yield f"  {'at ms':>9}  {'bytes':>7}  says"
        for piece in parts:
            yield f"  {piece.at_ms:>9}  {piece.size:>7}  {piece.text}".rstrip()


def _said(who: str, text: str) -> Iterator[str]:
    """What was said, beside who said it."""
    first, *more = text.splitlines() or [""]
    yield f"  {who:<{INDENT - 2}}  {first}".rstrip()
    yield from (f"{' ' * (INDENT + 2)}{line}".rstrip() for line in more)


def _told(exchange: Exchange, tape: Tape) -> dict[str, Any]:
    request, reply = exchange.request, exchange.reply
    body = content(reply) or b""
    told: dict[str, Any] = {
        "number": exchange.number,
        "key": key(request, tape.rule)[:8],
        "operation": exchange.operation,
        "at": exchange.at or None,
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": _body(request.body, is_json(request.headers)),
            "said": [[line.who, line.text] for line in asked(exchange)],
        },
        "response": {
            "status": reply.status,
            "after_ms": round(reply.after * 1000),
            "headers": reply.headers,
            "body": _body(body, is_json(reply.headers)),
            "said": [[line.who, line.text] for line in answered(exchange)],
        },
    }
    if streams(reply, body):
        told["response"]["pieces"] = [
            {"at_ms": piece.at_ms, "bytes": piece.size, "says": piece.text} for piece in pieces(reply)
        ]
    return told


def _body(data: bytes, json: bool) -> Any:
    """A body as JSON, as text, or as base64 under that name."""
    if json:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
