"""The API as a table: every operation, and which of them a method and a path mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import unquote

import orjson

from .data import data
from .errors import ApiError, MethodNotAllowed, NotFound, StubError
from .value import value


@value(frozen=True, slots=True)
class Operation:
    """One row of the API, as `schemas/operations.jsonl` has it.

    `id` is the official SDK's dotted name. `kind` is what it does to a stored object: list, retrieve, create, update,
    delete, transition (to the status `to`), singleton (the one object of its path), content (its bytes), websocket; or
    behaviour, which means none of these. `body`, `query`, `result` and `stream` (one event) name schemas; a websocket's
    `body` and `stream` are one message of the client's and one of the server's.
    `page` is the dialect of a list: page (never continues), cursor, conversation, next or token.
    `media` is json, or multipart where a form may be sent; `answer` is json, binary, text, stream, websocket or none.
    `beta` marks a twin that is reached by `?beta=true`; `twin` names the operation that answers in this one's place,
    because the SDK has two names for one route.
    """

    id: str
    method: str
    path: str
    kind: str
    body: str | None = None
    query: str | None = None
    result: str | None = None
    stream: str | None = None
    page: str | None = None
    media: str = "json"
    answer: str = "json"
    to: str | None = None
    beta: bool = False
    twin: str | None = None


@value(frozen=True, slots=True)
class Route:
    """An operation found, with the decoded values of its path and Azure's deployment where the path names one."""

    operation: Operation
    values: Mapping[str, str] = field(default_factory=dict)
    deployment: str | None = None


Ends: TypeAlias = dict[str, tuple[Operation, tuple[str, ...]]]
"""The operations of one path by method (WEBSOCKET for a websocket's), with the names of the path's parameters."""

PARAMETER = "/{}"
END = "/"
SPELLINGS = ("/v1", "", "/openai/v1", "/openai")
INFERENCE = {"/models/chat/completions": "/chat/completions", "/models/embeddings": "/embeddings"}
"""Paths of Azure's model inference endpoint."""


@cache
def operations() -> Mapping[str, Operation]:
    """Every operation by its id, in the order of the table."""
    lines = (data("schemas") / "operations.jsonl").read_bytes().splitlines()
    return MappingProxyType({row["id"]: _operation(**row) for row in map(orjson.loads, lines)})


def _operation(route: str, **row: Any) -> Operation:
    method, _, path = route.partition(" ")
    return Operation(method=method, path=path, **row)


HELPERS = ("parse", "stream", "create_and_poll", "create_and_stream", "upload", "upload_and_poll")
"""Methods of the SDK's that are no operations: they ask the `create` beside them."""


def operation(id: str) -> Operation:
    """The operation called `id`; StubError names the nearest ones if there is none."""
    try:
        return operations()[id]
    except KeyError:
        import difflib

        start, _, verb = str(id).rpartition(".")
        if verb in HELPERS and f"{start}.create" in operations():
            raise StubError(f"{id!r} is a helper of the SDK's, which asks {start}.create: name that.") from None
        near = (
            difflib.get_close_matches(str(id), operations(), 3, 0.5)
            or [each for each in operations() if str(id) in each][:3]
        )
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise StubError(
            f"The API has no operation {id!r}.{hint} The names are the SDK's: chat.completions.create."
        ) from None


def find(method: str, path: str, query: str = "") -> Route | None:
    """The operation that `method` on `path` means, or None if the API has none.

    Understands `/v1/…`, bare `/…`, and Azure's `/openai/deployments/{deployment}/…`, `/openai/…`, `/openai/v1/…`;
    empty segments do not count. A websocket is found under the method WEBSOCKET, for GET on its path may be something
    else. `query` matters only to the operations that have a beta twin, which `beta=true` asks for.
    """
    route = _static().get((method, path)) or _templated(method, path)
    if route is not None and query and "beta=true" in query.split("&"):
        twin = _beta().get(route.operation.id)
        return Route(twin, route.values, route.deployment) if twin else route
    return route


def route(method: str, path: str, query: str = "") -> Route:
    """As `find`; raises NotFound for a path that the API does not have, MethodNotAllowed for a wrong method on one.

    Both say so as the API does: `Invalid URL (POST /v1/x)` was quoted by its users, `Invalid method for URL` likewise.
    """
    found = find(method, path, query)
    if found is None:
        raise nowhere(method, path)
    return found


def nowhere(method: str, path: str) -> ApiError:
    """What the API says to a method and a path that are no operation together."""
    if allow := ", ".join(sorted(_ends(path)[0].keys() - {"WEBSOCKET"})):
        return MethodNotAllowed(f"Invalid method for URL ({method} {path})", headers=(("allow", allow),))
    return NotFound(f"Invalid URL ({method} {path})")


@cache
def _static() -> Mapping[tuple[str, str], Route]:
    """Every path without parameters in its four plain spellings: the whole of routing for most requests."""
    served = [(_key(each), each) for each in _served() if "{" not in each.path]
    routes = {(key, start + each.path): Route(each) for key, each in served for start in SPELLINGS}
    return routes | {("POST", path): routes["POST", plain] for path, plain in INFERENCE.items()}


@cache
def _tree() -> dict[str, Any]:
    """All paths as a tree: a segment (or PARAMETER) leads to the next level, END to the operations that end there."""
    tree: dict[str, Any] = {}
    for each in _served():
        level = tree
        names = []
        for segment in each.path[1:].split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                segment = PARAMETER
            level = level.setdefault(segment, {})
        level.setdefault(END, {})[_key(each)] = (each, tuple(names))
    return tree


@cache
def _beta() -> Mapping[str, Operation]:
    """The twin that `beta=true` asks for, by the id of the operation that answers without it."""
    twins = [each for each in operations().values() if each.beta]
    return {found.operation.id: twin for twin in twins if (found := find(twin.method, twin.path))}


def _served() -> Iterator[Operation]:
    return (each for each in operations().values() if not each.twin and not each.beta)


def _key(each: Operation) -> str:
    return "WEBSOCKET" if each.kind == "websocket" else each.method


def _templated(method: str, path: str) -> Route | None:
    ends, values, deployment = _ends(path)
    if method not in ends:
        return None
    each, names = ends[method]
    return Route(each, dict(zip(names, values, strict=True)), deployment)


def _ends(path: str) -> tuple[Ends, list[str], str | None]:
    """The operations of a path, its values, Azure's deployment. A fixed segment beats a parameter."""
    deployment, segments = _spelled(path)
    level, values = _tree(), []
    for segment in segments:
        below = level.get(segment)
        if below is None:
            below = level.get(PARAMETER)
            if below is None:
                return {}, [], None
            values.append(unquote(segment))
        level = below
    return level.get(END, {}), values, deployment


def _spelled(path: str) -> tuple[str | None, list[str]]:
    """Azure's deployment, if the path names one, and the segments that say which operation is meant."""
    segments = [segment for segment in path.split("/") if segment]
    if segments and segments[0] == "openai":
        if len(segments) > 2 and segments[1] == "deployments":
            return unquote(segments[2]), segments[3:]
        del segments[0]
    if segments and segments[0] == "v1":
        del segments[0]
    return None, segments
