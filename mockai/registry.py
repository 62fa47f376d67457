"""Schemas by name: what the API takes and what it sends, as JSON Schema (draft 2020-12)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import orjson

from . import overlay
from .data import data
from .errors import StubError

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

Schema: TypeAlias = dict[str, Any]
Reading: TypeAlias = Literal["accept", "produce"]
"""`accept`: what the API takes or has ever sent, for admission, import and check.
`produce`: what the API sends today, for what the mock itself makes."""


class SchemaRegistry:
    """The schemas below `folder`: `generated/` from the SDK's types, corrected by `overlay/` in one of two readings.

    A schema's name is its file and its place in it, `chat/chat_completion.ChatCompletion`. A file is read when a
    schema in it is first asked for or referred to, and a validator is compiled when it is first used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data("schemas")
        self.files: dict[tuple[str, Reading], dict[str, Schema]] = {}
        self._schemas: dict[tuple[str, Reading], Schema] = {}
        self._validators: dict[tuple[str, Reading], Draft202012Validator] = {}

    def schema(self, name: str, reading: Reading = "accept") -> Schema:
        """The schema called `name` with all it refers to in its `$defs`: it stands alone. Not to be changed.

        Raises StubError if there is none.
        """
        found = self._schemas.get((name, reading))
        if found is None:
            closure = self._closure(name, reading)
            found = self._schemas[name, reading] = {**closure[local(name)], "$defs": closure}
        return found

    def validator(self, name: str, reading: Reading = "accept") -> Draft202012Validator:
        """The compiled validator of the schema called `name`."""
        found = self._validators.get((name, reading))
        if found is None:
            from jsonschema_rs import Draft202012Validator  # costs more than all of routing, and replay needs none

            found = self._validators[name, reading] = Draft202012Validator(self.schema(name, reading))
        return found

    def valid(self, name: str, value: Any, reading: Reading = "accept") -> bool:
        """Whether `value` (parsed JSON) fits the schema called `name`."""
        return self.validator(name, reading).is_valid(value)

    def errors(self, name: str, value: Any, reading: Reading = "accept") -> Iterator[ValidationError]:
        """What is wrong with `value`, in the validator's own words."""
        return self.validator(name, reading).iter_errors(value)

    def _closure(self, name: str, reading: Reading) -> dict[str, Schema]:
        """`name` and everything it refers to, by the last part of the pointers to them."""
        wanted = [name]
        found: dict[str, Schema] = {}
        while wanted:
            each = wanted.pop()
            key = local(each)
            if key not in found:
                found[key] = _localized(self._definition(each, reading), wanted)
        return found

    def _definition(self, name: str, reading: Reading) -> Schema:
        file, _, key = name.rpartition("/")
        try:
            return self._file(file, reading)[key]
        except KeyError:
            raise StubError(
                f"There is no schema {name!r}. Its name is its file below schemas/generated and its place in it."
            ) from None

    def _file(self, file: str, reading: Reading) -> dict[str, Schema]:
        found = self.files.get((file, reading))
        if found is None:
            path = self.folder / "generated" / f"{file}.json"
            found = orjson.loads(path.read_bytes()) if path.is_file() else {}
            overlay.apply(self.folder / "overlay", file, reading, found)
            self.files[file, reading] = found
        return found


@cache
def registry() -> SchemaRegistry:
    """The registry of the shipped schemas; one is enough for a process, for nothing in it changes."""
    return SchemaRegistry()


def local(name: str) -> str:
    """A schema's key in `$defs`: a slash would have to be escaped in every pointer to it."""
    return name.replace("/", ".")


def pointer(name: str) -> str:
    """The pointer to a schema in `$defs`."""
    return f"#/$defs/{local(name)}"


def _localized(schema: Any, wanted: list[str]) -> Any:
    """The same schema with pointers in place of names; the names are added to `wanted`."""
    if isinstance(schema, list):
        return [_localized(each, wanted) if isinstance(each, dict | list) else each for each in schema]
    made = {key: _localized(each, wanted) if isinstance(each, dict | list) else each for key, each in schema.items()}
    name = made.get("$ref")
    if isinstance(name, str):
        wanted.append(name)
        made["$ref"] = pointer(name)
    return made
