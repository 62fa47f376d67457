"""Types of the SDK as JSON Schema (draft 2020-12): shapes only, no prose.

A request (TypedDict) is closed, for the API refuses fields it does not know; an answer (pydantic model) is open.
A reference is the schema name itself: `{"$ref": "chat/chat_completion.Choice"}`.
"""

from __future__ import annotations

import collections.abc
import datetime
import importlib
import os
import typing
from collections.abc import Callable, Iterable
from types import NoneType, UnionType
from typing import Any

import pydantic
import typing_extensions
from names import PAGES, alias, anywhere, bare, hints, named, params_name
from openai._types import SequenceNotStr
from openai._utils import PropertyInfo
from sdk import Method, Params

Schema = dict[str, Any]

PLAIN: dict[Any, Schema] = {
    NoneType: {"type": "null"},
    None: {"type": "null"},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    object: {},
    Any: {},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    bytes: {"type": "string", "format": "binary"},
    dict: {"type": "object"},
    list: {"type": "array"},
}
TEXT = PLAIN[str]
FILES = (typing.IO, os.PathLike, tuple)
ARRAYS = (list, collections.abc.Iterable, collections.abc.Sequence, SequenceNotStr)
OBJECTS = (dict, collections.abc.Mapping)


class Library:
    """Schemas by name, and the types still to be converted because something refers to them."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self.wanted: dict[str, Callable[[], Schema]] = {}

    def add(self, method: Method) -> None:
        """Everything one method sends and hears."""
        body = params_name(method.body) if method.body else None
        if method.body and body:
            self.define(body, self.params(method.body))
        if method.query:
            query = params_name(method.query)
            self.define(f"{query}.query" if query == body else query, self.params(method.query))
        for each in (method.sends, method.stream, *method.results):
            if each is not None and each is not str:
                self.convert(each, method.module)
        if len(method.results) > 1:
            self.define(anywhere(method.results), self.union((each for each in method.results if each is not str), ""))
        if method.page:
            item = self.convert(method.results[0], method.module)
            page = record({"data": {"type": "array", "items": item}}, {"data"}, closed=False)
            self.define(f"{item['$ref']}.{PAGES[method.page]}", page)
        self.finish()

    def finish(self) -> None:
        """Convert what has been referred to, until nothing new is."""
        while self.wanted:
            name, schema = self.wanted.popitem()
            self.schemas[name] = {}
            self.schemas[name] = schema()

    def define(self, name: str, schema: Schema) -> None:
        """Set down a schema that is made of a method rather than of a type."""
        if self.schemas.setdefault(name, schema) != schema:
            raise ValueError(f"{name} means two things.")

    def refer(self, name: str, schema: Callable[[], Schema]) -> Schema:
        """A reference to `name`, which will be converted if it has not been."""
        if name not in self.schemas:
            self.wanted[name] = schema
        return {"$ref": name}

    def params(self, params: Params) -> Schema:
        """One half of a request: the keys that are sent in it, whether it streams or not."""
        types = [arm for each in params.types for arm in typing.get_args(each) or (each,)]
        arms = [self.closed(each, params.keys) for each in types]
        if not all("Streaming" in each.__name__ for each in types):
            return either(arms)
        properties: dict[str, Schema] = {}
        for arm in arms:
            for key, schema in arm["properties"].items():
                known = properties.get(key, schema)
                properties[key] = schema if known == schema else either([known, schema])
        required = set.intersection(*(set(arm.get("required", ())) for arm in arms))
        return record(properties, required, closed=True)

    def field(self, key: str, hint: Any, module: str) -> Schema:
        """The schema of one field. `Optional[Metadata]` has lost its alias, and a dict never had one: the field's
        own name says which alias of the module was meant."""
        arms = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, UnionType) else (hint,)
        others = [arm for arm in arms if arm is not NoneType]
        if len(others) == 1 and typing.get_origin(others[0]) is dict:
            known = alias(others[0], module)
            if known and known.rpartition(".")[2].lower() == key:
                reference = self.refer(known, lambda: self.convert(others[0], module))
                return reference if len(others) == len(arms) else either([reference, PLAIN[None]])
        return self.convert(hint, module)

    def convert(self, hint: Any, module: str) -> Schema:
        """The schema of one type expression, as `module` wrote it."""
        if isinstance(hint, str | typing.ForwardRef):
            text = hint if isinstance(hint, str) else hint.__forward_arg__
            return self.convert(eval(text, vars(importlib.import_module(module))), module)
        if isinstance(hint, collections.abc.Hashable) and hint in PLAIN:
            return PLAIN[hint]
        origin = typing.get_origin(hint)
        arguments = typing.get_args(hint)
        if origin in (typing_extensions.Required, typing_extensions.NotRequired):
            return self.convert(arguments[0], module)
        if origin in (typing.Annotated, typing.Union, UnionType):
            known = alias(hint, module)
            inner = bare(hint)
            if known and typing.get_origin(inner) in (typing.Union, UnionType):
                home = module_of(known)
                return self.refer(known, lambda: self.union(typing.get_args(inner), home))
            return self.convert(inner, module) if inner is not hint else self.union(arguments, module)
        if origin is typing.Literal:
            return choice(arguments)
        if origin in ARRAYS:
            return {"type": "array", "items": self.convert(arguments[0], module)}
        if origin in OBJECTS:
            values = self.convert(arguments[1], module)
            return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
        if (origin or hint) in FILES or (isinstance(hint, type) and issubclass(hint, os.PathLike)):
            return PLAIN[bytes]
        if typing_extensions.is_typeddict(hint):
            return self.refer(named(hint.__module__, hint.__qualname__), lambda: self.closed(hint, frozenset()))
        if isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
            return self.refer(named(hint.__module__, hint.__qualname__), lambda: self.open(hint))
        raise TypeError(f"{module}: no schema for {hint!r}.")

    def union(self, arms: Iterable[Any], module: str) -> Schema:
        """`anyOf` the arms, as short as it can be said."""
        return either([self.convert(arm, module) for arm in arms])

    def closed(self, model: Any, keys: frozenset[str]) -> Schema:
        """A TypedDict: `keys` of it, or all; the wire's names where they differ from Python's."""
        properties, required = {}, set()
        for key, (hint, module) in hints(model).items():
            if keys and key not in keys:
                continue
            origin = typing.get_origin(hint)
            wire = wire_name(hint) or key
            properties[wire] = self.field(key, hint, module)
            needed = key in model.__required_keys__ and origin is not typing_extensions.NotRequired
            if needed or origin is typing_extensions.Required:
                required.add(wire)
        return record(properties, required, closed=True)

    def open(self, model: type[pydantic.BaseModel]) -> Schema:
        """A pydantic model, which ignores what it does not know."""
        properties, required = {}, set()
        for key, (hint, module) in hints(model).items():
            field = model.model_fields.get(key)
            if field is None:
                continue
            properties[field.alias or key] = self.field(key, hint, module)
            if field.is_required():
                required.add(field.alias or key)
        return record(properties, required, closed=False)


def record(properties: dict[str, Schema], required: set[str], *, closed: bool) -> Schema:
    """An object's schema."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = sorted(required)
    return {**schema, "additionalProperties": False} if closed else schema


def wire_name(hint: Any) -> str | None:
    """The alias that a `PropertyInfo` gives a field, however deep in `Required[Annotated[…]]` it stands."""
    while typing.get_origin(hint) in (typing_extensions.Required, typing_extensions.NotRequired):
        hint = typing.get_args(hint)[0]
    found = [each.alias for each in getattr(hint, "__metadata__", ()) if isinstance(each, PropertyInfo)]
    return next((each for each in found if each), None)


def choice(values: tuple[Any, ...]) -> Schema:
    """One of some literals."""
    kinds = {bool: "boolean", str: "string", int: "integer", NoneType: "null"}
    types = sorted({kinds[type(value)] for value in values})
    schema: Schema = {"type": types if len(types) > 1 else types[0]}
    return {**schema, "const": values[0]} if len(values) == 1 else {**schema, "enum": list(values)}


def either(arms: list[Schema]) -> Schema:
    """One of several schemas: equal ones once, plain types together, literals beside a free string as its example."""
    if {} in arms:
        return {}
    flat = [inner for arm in arms for inner in (arm["anyOf"] if arm.keys() == {"anyOf"} else [arm])]
    known = [arm for arm in flat if arm.get("type") == "string" and literals(arm)]
    if known and TEXT in flat:
        example = {**TEXT, "examples": literals(known[0])[:1]}
        flat = [example if arm == TEXT else arm for arm in flat if arm not in known]
    if {"type": "number"} in flat:
        flat = [arm for arm in flat if arm != {"type": "integer"}]
    unique = [arm for index, arm in enumerate(flat) if arm not in flat[:index]]
    if len(unique) == 1:
        return unique[0]
    nullable = {"type": "null"} in unique
    others = [arm for arm in unique if arm != {"type": "null"}]
    if nullable and len(others) == 1 and "type" in others[0]:
        return null_or(others[0])
    if all(arm.keys() == {"type"} and isinstance(arm["type"], str) for arm in unique):
        return {"type": [arm["type"] for arm in unique]}
    return {"anyOf": unique}


def null_or(schema: Schema) -> Schema:
    """The same, or null."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    wider = {**schema, "type": [*types, "null"]}
    if literals(schema):
        wider.pop("const", None)
        wider["enum"] = [*literals(schema), None]
    return wider


def literals(schema: Schema) -> list[Any]:
    """The values a schema names."""
    return [schema["const"]] if "const" in schema else schema.get("enum", [])


def module_of(name: str) -> str:
    """The full module of a schema name."""
    folder, _, leaf = name.rpartition("/")
    package = "openai.types" if folder == "openai" else f"openai.types.{folder.replace('/', '.')}"
    return f"{package}.{leaf.partition('.')[0]}"
