"""An edition of the API's schemas: the shipped one, that of another mockai, or one made from another SDK."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from . import overlay
from .data import data
from .errors import ConfigError
from .operations import Operation
from .registry import Reading, Schema, SchemaRegistry, registry


class Lenient(SchemaRegistry):
    """A registry whose schemas need not have all that the corrections speak of; an edition without any has ours."""

    def _file(self, file: str, reading: Reading) -> dict[str, Schema]:
        found = self.files.get((file, reading))
        if found is None:
            path = self.folder / "generated" / f"{file}.json"
            found = self.files[file, reading] = orjson.loads(path.read_bytes()) if path.is_file() else {}
            own = self.folder / "overlay"
            _correct(own if own.is_dir() else data("schemas") / "overlay", file, reading, found)
        return found


def _correct(folder: Path, file: str, reading: Reading, schemas: dict[str, Schema]) -> None:
    for name in ("everywhere", file):
        path = folder / f"{name}.json"
        for entry in orjson.loads(path.read_bytes()) if path.is_file() else ():
            if entry.get("reading", reading) != reading:
                continue
            for change in overlay.EDITS:
                places = entry.get(change, ())
                for place in places:
                    single = {place: places[place]} if isinstance(places, dict) else [place]
                    with suppress(LookupError):
                        overlay.correct(schemas, {change: single}, name)


@dataclass(eq=False)
class Edition:
    """The schemas below `folder`, which holds operations.jsonl and generated/; `name` is what messages call it."""

    folder: Path
    name: str

    @cached_property
    def registry(self) -> SchemaRegistry:
        """Its schemas by name."""
        return registry() if self.folder == data("schemas") else Lenient(self.folder)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Its operations by id. Raises ConfigError for a table that cannot be read."""
        found = {}
        for number, line in enumerate((self.folder / "operations.jsonl").read_bytes().splitlines(), 1):
            try:
                row: dict[str, Any] = orjson.loads(line)
                method, _, path = row.pop("route").partition(" ")
                found[row["id"]] = Operation(method=method, path=path, **row)
            except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
                raise ConfigError(
                    f"{self.folder / 'operations.jsonl'}, line {number}: this is no operation that mockai can read. A "
                    "later mockai may have made it; compare with that one."
                ) from None
        return found


def shipped() -> Edition:
    """The edition that this mockai answers by."""
    return Edition(data("schemas"), "the shipped schemas")


def edition(path: Path) -> Edition | None:
    """The edition in a folder: of schemas, or a checkout or an unpacked wheel that has one; None without one."""
    for folder in (path, path / "schemas", path / "mockai" / "schemas"):
        if (folder / "operations.jsonl").is_file() and (folder / "generated").is_dir():
            return Edition(folder, str(path))
    return None
