"""The JSON Schema of a stub file, for editors: made of the words themselves, with what their methods say of them."""

from __future__ import annotations

from dataclasses import fields as fields_of
from inspect import cleandoc
from typing import Any

from . import requirements
from .conversations import Conversation
from .faults import FAULTS
from .operations import operations
from .requirements import KEYWORDS
from .script import Script
from .stubfile import CONDITIONS, INJECTION
from .stubwords import ANSWER, ANSWERS, BESIDE, Schema

PATH = {"pattern": "^[A-Za-z]+ /"}
DRAFT = "http://json-schema.org/draft-07/schema#"


def schema() -> Schema:
    """The schema, in the draft that editors know best."""
    answer = {name: {"$ref": f"#/definitions/{name}"} for name in ANSWER["properties"]}
    on = {"description": "The operation as the SDK calls it, or METHOD /path.", "$ref": "#/definitions/operation"}
    where = {
        "description": "What the call must look like: parameters by name or path, and conditions on the whole call.",
        "type": "object",
        "properties": {name: {"description": _about(getattr(requirements, name))} for name in sorted(KEYWORDS)},
    }
    answers = {
        "description": "Answers that are used one after the other.",
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "properties": answer, "additionalProperties": False},
    }
    heard = {name: {"description": _about(getattr(Conversation, name))} for name in ("user", "tool_result")}
    turns = {
        "description": "A whole conversation: turn by turn, what is said to the model, and its answer.",
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {**heard, "answers": answers, **answer},
            "additionalProperties": False,
            "anyOf": [{"required": [name]} for name in heard],
        },
    }
    stub = {
        "type": "object",
        "properties": {"on": on, "where": where, "answers": answers, "conversation": turns, **answer},
        "additionalProperties": False,
        "required": ["on"],
        "anyOf": [{"required": [name]} for name in ("answers", "conversation", "fault", *ANSWERS)],
    }
    injected = INJECTION["properties"] | {
        "inject": {"description": "Faults that strike calls, whoever answers.", "$ref": "#/definitions/fault"},
        "operation": {"$ref": "#/definitions/operation"},
    }
    words = {name: {"description": _about(getattr(Script, name)), **shape} for name, shape in _shapes().items()}
    return {
        "$schema": DRAFT,
        "title": "Stubs of mockai",
        "description": f"Values in where: may be conditions: {', '.join(f'{{{name}: …}}' for name in CONDITIONS)}.",
        "type": "array",
        "items": {"if": {"required": ["inject"]}, "then": INJECTION | {"properties": injected}, "else": stub},
        "definitions": {"operation": _operation(), **words},
    }


def _shapes() -> dict[str, Schema]:
    return {**ANSWER["properties"], "fault": _fault()} | {name: BESIDE[name] for name in BESIDE if name != "fault"}


def _operation() -> Schema:
    return {"anyOf": [{"enum": sorted(operations())}, PATH]}


def _fault() -> Schema:
    """A name, a status, an object of names and their figures, or a list of these."""
    figures = {
        name: {"type": ["object", "integer", "number", "string", "boolean", "null"], "properties": _figures(kind)}
        for name, kind in FAULTS.items()
    }
    many = {"type": "object", "properties": figures, "additionalProperties": False, "minProperties": 1}
    one: list[Any] = [{"enum": sorted(FAULTS)}, {"type": "integer"}, many]
    return {"anyOf": [*one, {"type": "array", "items": {"anyOf": one}}]}


def _figures(kind: Any) -> Schema:
    return {field.name: {} for field in fields_of(kind)}


def _about(word: Any) -> str:
    """What the first paragraph of a docstring says."""
    first = cleandoc(word.__doc__ or "").partition("\n\n")[0].partition("Raises ")[0]
    return " ".join(first.replace("`", "").split())
