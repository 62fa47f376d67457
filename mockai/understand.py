"""From what a client sent to a Call: the operation, the path values, the body as a value."""

from __future__ import annotations

import re
from typing import Any

import orjson

from .call import Call
from .errors import ApiError
from .http import Request
from .multipart import parse
from .operations import find

SEED = re.compile(r"-?[0-9]{1,18}")


def understand(request: Request, number: int = 0, seed: int = 0) -> Call:
    """The request as a Call; never fails: what cannot be understood is None in it, and admission says so."""
    route = find(request.method, request.path, request.query)
    wanted = request.header("x-mockai-seed")
    if wanted is not None and SEED.fullmatch(wanted):
        seed = int(wanted)
    media = request.header("content-type") or ""
    body = body_of(request.body, media)
    if route is None:
        return Call(request, None, {}, body, None, number, seed, media)
    return Call(request, route.operation, route.values, body, route.deployment, number, seed, media)


def body_of(body: bytes, media: str) -> Any:
    """JSON as a value, multipart as a tuple of Parts, None for all else."""
    if not body:
        return None
    try:
        return parse(media, body) if media[:10].lower() == "multipart/" else orjson.loads(body)
    except (ValueError, ApiError):
        return None
