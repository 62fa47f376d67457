"""Collections: where the objects of one sort stand, what they are called, and what is said when one is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from random import Random
from typing import Any

import orjson

from .call import Call
from .data import data
from .dice import HEX, LETTERS, token
from .errors import NotFound
from .http import Request
from .operations import Operation, find, operations
from .value import value

OWN = ("list", "create", "singleton")
"""Kinds whose path is the collection's own; any other names one object in it by its last parameter."""

SHOWS = {
    ("retrieve", "GET"): 5,
    ("singleton", "GET"): 5,
    ("list", "GET"): 4,
    ("create", "POST"): 3,
    ("update", "POST"): 2,
    ("transition", "POST"): 1,
}
"""The operations whose answer shows an object of theirs, the truest first."""

ALIASES = (("/projects/", "/organization/projects/"),)
"""Beginnings of paths that mean the same objects as another: roles of a project are below a shorter path."""


@value(frozen=True, slots=True)
class Collection:
    """The objects below one path of the table: `/threads/{thread_id}/messages`.

    `item` names the schema of one object. An id is the `prefix` and `length` characters, hexadecimal if `hex`.
    `noun` is what messages call an object; `missing` is the API's sentence for an unknown id ({id} stands for it), with
    the `param` and the `code` that go with it. Lists are `order`ed desc (the newest first) unless they say otherwise.
    `statuses` is the way of an object that nothing but time moves on; `defaults` are values it has from the start,
    `filters` names the field that a query parameter looks at where it has another name (`agent.id` lies in another);
    `deleted` is the `object` of the answer to a deletion where no schema says it.
    """

    path: str
    item: str | None
    prefix: str
    length: int = 24
    hex: bool = False
    noun: str = ""
    missing: str = "No {noun} found with id '{id}'."
    param: str | None = None
    code: str | None = None
    order: str = "desc"
    statuses: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)
    deleted: str | None = None

    def id(self, rng: Random) -> str:
        """A new id."""
        return self.prefix + token(rng, self.length, HEX if self.hex else LETTERS)

    def not_found(self, id: str) -> NotFound:
        """What the API says of an id that it does not know."""
        return NotFound(self.missing.format(id=id, noun=self.noun), param=self.param, code=self.code)


@cache
def collections() -> Mapping[str, Collection]:
    """Every collection by its path in the table."""
    known = orjson.loads((data("schemas") / "resources.json").read_bytes())
    items = _items()
    unknown = known.keys() - items.keys()
    if unknown:
        raise LookupError(f"resources.json describes collections that the table has not: {sorted(unknown)}.")
    return {path: _collection(path, item, dict(known.get(path, {}))) for path, item in items.items()}


def collection(row: Operation) -> Collection:
    """The collection that an operation is about."""
    return collections()[_split(row)[0]]


def place(call: Call) -> tuple[str, str]:
    """The path of the collection that a call is about, and the id it names there ("" for the collection itself)."""
    assert call.operation is not None
    path, parameter = _split(call.operation)
    return filled(path, call.values), call.values[parameter] if parameter else ""


def stopped(request: Request) -> str:
    """The path of the object that a request is to stop or to lead elsewhere; "" for any other request."""
    route = find(request.method, request.path, request.query)
    if route is None or not (route.operation.kind == "transition" or route.operation.path.endswith("/pause")):
        return ""
    where, id = place(Call(request, route.operation, route.values))
    return f"{where}/{id.replace('/', '%2F')}"


def parents(call: Call) -> Iterator[tuple[Collection, str, str]]:
    """The objects that must be there before a call can be about anything, the outermost first: where, and which."""
    assert call.operation is not None
    path, _ = _split(call.operation)
    steps = _aliased(path).split("/")
    known = _retrievable()
    for index, step in enumerate(steps):
        above = "/".join(steps[:index])
        if step.startswith("{") and above in known:
            yield known[above], filled(above, call.values), call.values[step[1:-1]]


def filled(path: str, values: Mapping[str, str]) -> str:
    """A path of the table with the values of a call in it."""
    return "/".join(
        values[step[1:-1]].replace("/", "%2F") if step.startswith("{") else step for step in _aliased(path).split("/")
    )


def _aliased(path: str) -> str:
    for short, long in ALIASES:
        if path.startswith(short):
            return long + path[len(short) :]
    return path


@cache
def _retrievable() -> Mapping[str, Collection]:
    """The collections whose objects can be asked for one by one, so that an unknown id of theirs is an error."""
    rows = (row for row in operations().values() if row.kind == "retrieve" and not row.twin)
    return {_aliased(_split(row)[0]): collection(row) for row in rows}


@cache
def _split(row: Operation) -> tuple[str, str | None]:
    """The collection's path in the table, and the parameter that names one object of it."""
    if row.kind in OWN or "{" not in row.path:
        return row.path, None
    above, _, rest = row.path.rpartition("/{")
    return above, rest.partition("}")[0]


def _items() -> dict[str, str | None]:
    """The schema of one object by collection: what retrieving it gives, or the items of its list, or creating it."""
    found: dict[str, tuple[int, str | None]] = {}
    for row in operations().values():
        rank = SHOWS.get((row.kind, row.method), 0)
        path, _ = _split(row)
        if row.twin or row.beta or rank <= found.get(path, (-1, None))[0]:
            continue
        name = row.result.removesuffix(f".{row.page}") if row.result and row.kind == "list" else row.result
        found[path] = (rank, name if rank else None)
    return {path: name for path, (_, name) in found.items()}


def _collection(path: str, item: str | None, known: dict[str, Any]) -> Collection:
    last = [step for step in path.split("/") if not step.startswith("{")][-1]
    single = last[:-1] if last.endswith("s") else last
    known.setdefault("prefix", f"{single}_")
    known.setdefault("noun", single.replace("_", " "))
    known["statuses"] = tuple(known.get("statuses", ()))
    return Collection(path, item, **known)
