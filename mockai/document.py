"""A schema with everything it refers to: references followed, parts of it checked on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import compiled
from .compiled import NAMED, ROOT, VALUES
from .expected import Resolver, Schema

if TYPE_CHECKING:
    from jsonschema_rs import Validator

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Document:
    """Answers two questions about a schema document: where a reference leads, and whether a value fits a part of it.

    Nothing is ever fetched: a reference out of the document is an unknown one.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.resolver = Resolver(root)
        self.targets: dict[str, Schema] = {}
        self.validators: dict[tuple[int, ...], tuple[tuple[Schema, ...], Validator | None]] = {}

    def target(self, reference: str) -> Schema:
        """The schema a `$ref` leads to; True where it cannot be found, for the last check to judge."""
        if reference not in self.targets:
            found = self.resolver.target({"$ref": reference}) if reference.startswith(("#/", "#")) else None
            named = reference.startswith("#/") or reference == "#"
            self.targets[reference] = found if named and found is not None else self.elsewhere(reference)
        return self.targets[reference]

    def elsewhere(self, reference: str) -> Schema:
        """An anchor, an `$id`, or one of the official meta-schemas."""
        import jsonschema_rs

        try:
            base = self.root.get("$id", ROOT) if isinstance(self.root, dict) else ROOT
            registry = jsonschema_rs.Registry([(base, self.root)])
            found = registry.resolver(base).lookup(reference).contents
        except Exception:  # the binding has no public class above its errors
            return True
        return found if isinstance(found, dict | bool) else True

    def fits(self, schemas: tuple[Schema, ...], value: Any) -> bool:
        """Whether `value` is valid against all of `schemas`, which are parts of the document."""
        key = tuple(map(id, schemas))
        if key not in self.validators:
            self.validators[key] = (schemas, self.compiled(schemas))
        validator = self.validators[key][1]
        return validator is None or bool(validator.is_valid(value))

    def compiled(self, schemas: tuple[Schema, ...]) -> Validator | None:
        """A validator of all of `schemas`, or None where they cannot be taken out of their document."""
        dialect = self.root.get("$schema", DIALECT) if isinstance(self.root, dict) else DIALECT
        whole = {"$schema": dialect, "allOf": [absolute(schema) for schema in schemas]}
        try:
            return compiled.validator(whole, self.root)
        except Exception:  # the binding has no public class above its errors
            return None


def absolute(schema: Any) -> Any:
    """A copy of a part of the document whose references still lead into the document."""
    if isinstance(schema, dict):
        return {key: _absolute(key, part) for key, part in schema.items()}
    return [absolute(part) for part in schema] if isinstance(schema, list) else schema


def _absolute(key: str, part: Any) -> Any:
    if key == "$ref" and isinstance(part, str) and part.startswith("#"):
        return ROOT + part
    if key in NAMED and isinstance(part, dict):
        return {name: absolute(below) for name, below in part.items()}
    return part if key in VALUES else absolute(part)
