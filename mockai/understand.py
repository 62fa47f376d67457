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
from .pointers import NOTHING

SEED = re.compile(r"-?[0-9]{1,18}")


def understand(request: Request, number: int = 0, seed: int = 0, json: Any = NOTHING) -> Call:
    """The request as a Call; never fails: what cannot be understood is None in it, and admission says so.

    `json` is the value that its body was just written from, where it was.
    """
    route = find(request.method, request.path, request.query)
    wanted = request.header("x-mockai-seed")
    if wanted is not None and SEED.fullmatch(wanted):
        seed = int(wanted)
    media = request.header("content-type") or ""
    body = json if json is not NOTHING and not is_form(media) else body_of(request.body, media)
    if route is None:
        return Call(request, None, {}, body, None, number, seed, media)
    return Call(request, route.operation, route.values, body, route.deployment, number, seed, media)


def body_of(body: bytes, media: str) -> Any:
    """JSON as a value, multipart as a tuple of Parts, None for all else."""
    if not body:
        return None
    try:
        return parse(media, body) if is_form(media) else orjson.loads(body)
    except (ValueError, ApiError):
        return None


def is_form(media: str) -> bool:
    """Whether a content type is that of a multipart body."""
    return media[:10].lower() == "multipart/"
