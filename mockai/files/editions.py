"""Editions of the schemas on disk, and which cassettes and stub files the way from one to the other would break."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..admit import body_of, query_of
from ..check import REFUSED, content, streams
from ..complaint import findings
from ..edition import Edition, edition, shipped
from ..errors import ApiError, ConfigError, StubError
from ..http import Exchange
from ..match import key
from ..sse import DONE, parse
from ..stubfile import answers_of
from ..stubwords import REPLY
from ..understand import understand
from .below import kind_of, yaml_below
from .stubs import entries
from .tape import load, text_of

SHIPPED = "shipped"
"""The word for the schemas of this very mockai."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What was right by the old edition and is wrong by the new one: in an exchange or in a stub of a file, from 1."""

    file: str
    number: int
    what: str
    part: str
    path: str
    message: str

    def __str__(self) -> str:
        part = ", ".join(each for each in (self.part, self.path) if each)
        return f"{self.file}, {self.what} {self.number}{f', {part}' if part else ''}: {self.message}"


@contextmanager
def opened(path: Path) -> Iterator[Edition]:
    """The edition at a path: `shipped`, a folder of schemas, a checkout of mockai, or a wheel of it.

    Raises ConfigError where there is none.
    """
    if str(path) == SHIPPED and not path.exists():
        yield shipped()
        return
    found = edition(path) if path.is_dir() else None
    if found is not None:
        yield found
    elif path.is_file() and zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(path) as packed:
                packed.extractall(folder, [name for name in packed.namelist() if "schemas/" in name])
            inside = edition(Path(folder))
            if inside is None:
                raise ConfigError(_none(path))
            yield Edition(inside.folder, str(path))
    else:
        raise ConfigError(_none(path))


def is_edition(path: Path) -> bool:
    """Whether a path is meant as an edition, and not as a cassette or a folder of them."""
    named = str(path) == SHIPPED and not path.exists()
    return named or (path.is_dir() and edition(path) is not None) or path.suffix in (".whl", ".zip")


def _none(path: Path) -> str:
    return (
        f"There are no schemas at {path}. Name a folder with operations.jsonl and generated/ (in a checkout of mockai, "
        f"`make schemas SDK=3.50.0` makes one), a checkout, a wheel of mockai, or {SHIPPED!r}."
    )


def broken(paths: Iterable[Path], old: Edition, new: Edition) -> tuple[int, list[Broken]]:
    """How many exchanges and stubs there are at some paths, and those that are right by `old` and wrong by `new`.

    Raises ConfigError for a path that holds neither cassettes nor stub files.
    """
    count = 0
    found: list[Broken] = []
    for path in paths:
        known = 0
        for file in yaml_below(path) if path.is_dir() else [path]:
            kind = kind_of(text_of(file))
            if kind == "cassette":
                known += 1
                exchanges = load(file).exchanges
                count += len(exchanges)
                for number, exchange in enumerate(exchanges, 1):
                    found += _exchange(str(file), number, exchange, old, new)
            elif kind == "stubs":
                known += 1
                stubs = entries(file)
                count += len(stubs)
                for number, (_, entry) in enumerate(stubs, 1):
                    found += _stub(str(file), number, entry, old, new)
        if not known:
            raise ConfigError(f"There is neither a cassette nor a stub file at {path}.")
    return count, found


def _exchange(file: str, number: int, exchange: Exchange, old: Edition, new: Edition) -> Iterator[Broken]:
    call = understand(exchange.request)
    id = call.operation.id if call.operation else ""
    if id not in old.operations:
        return
    what = "exchange"
    if id not in new.operations:
        yield Broken(file, number, what, "", "", f"{id} is gone ({key(exchange.request)[:8]}).")
        return
    for part, kind, value in _values(exchange):
        for path, message in _worse(
            getattr(old.operations[id], kind), getattr(new.operations[id], kind), value, old, new
        ):
            yield Broken(file, number, what, part, path, message)


def _values(exchange: Exchange) -> Iterator[tuple[str, str, Any]]:
    """What of an exchange has a schema: the part's name, the word of the table for it, and the value."""
    call, reply = understand(exchange.request), exchange.reply
    row = call.operation
    if row is None:
        return
    if reply.status not in REFUSED:
        try:
            yield "request", "body", body_of(call, row)
            yield "query", "query", query_of(call, row)
        except ApiError:
            pass  # what is no request to begin with
    body = content(reply)
    if body is None or not 200 <= reply.status < 300:
        return
    if streams(reply, body):
        for number, event in enumerate(parse(body), 1):
            if event.data != DONE and (value := _json(event.data.encode())) is not None:
                yield f"event {number}", "stream", value
    elif row.answer == "json":
        yield "response", "result", _json(body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _worse(before: str | None, after: str | None, value: Any, old: Edition, new: Edition) -> Iterator[tuple[str, str]]:
    """What is wrong with a value by the new edition, with its place, if nothing is by the old one."""
    if value is None or before is None or not old.registry.valid(before, value):
        return
    if after is None:
        yield "", "nothing is to be here any more."
    elif not new.registry.valid(after, value):
        for finding in findings(new.registry.schema(after), value, new.registry.validator(after)):
            yield finding.path, finding.message


def _stub(file: str, number: int, entry: Any, old: Edition, new: Edition) -> Iterator[Broken]:
    id = entry.get("on") if isinstance(entry, Mapping) else None
    if id not in old.operations:
        return
    if id not in new.operations:
        yield Broken(file, number, "stub", "on", "", f"{id} is gone.")
        return
    before, after = (_parameters(each, id) for each in (old, new))
    where = entry.get("where")
    for name in where if isinstance(where, Mapping) else ():
        first = str(name).lstrip("/").partition("__")[0].partition("/")[0]
        if before is not None and after is not None and first in before - after:
            yield Broken(file, number, "stub", "where", first, f"{id} has no parameter {first!r} any more.")
    try:
        answers = answers_of(entry)
    except StubError:
        return  # no stub by any edition
    for name, answer in answers:
        said = answer.get(name)
        if name != "reply" or not isinstance(said, Mapping | list):
            continue
        body = said.get("exact") if isinstance(said, Mapping) and said.keys() <= REPLY.keys() else said
        kind = "stream" if isinstance(body, list) else "result"
        for value in body if isinstance(body, list) else [body]:
            was, is_ = (getattr(each.operations[id], kind) for each in (old, new))
            for path, message in _worse(was, is_, value, old, new):
                yield Broken(file, number, "stub", "reply", path, message)


def _parameters(each: Edition, id: str) -> frozenset[str] | None:
    """The names that a request of an operation may have; None where they are not fixed."""
    row = each.operations[id]
    schemas = [each.registry.schema(name) for name in (row.body, row.query) if name]
    if any("properties" not in schema for schema in schemas):
        return None
    return frozenset(name for schema in schemas for name in schema["properties"])
