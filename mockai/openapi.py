"""The API as an OpenAPI 3.1 document, for tools that read one: the table of operations and the schemas it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import __version__
from .operations import Operation, operations
from .registry import Reading, Schema, local, registry

MEDIA = {"binary": "application/octet-stream", "text": "text/plain", "stream": "text/event-stream"}
"""The media types of answers that are no JSON."""


def document() -> dict[str, Any]:
    """The document: every operation under its path, every schema once. Requests are what the mock takes (`accept`),
    answers what it makes (`produce`); websockets have no place in it."""
    schemas: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for row in operations().values():
        if row.kind != "websocket" and not row.twin and not row.beta:
            paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenAI API, as mockai answers it", "version": __version__},
        "servers": [{"url": "/v1"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}],
    }


def _operation(row: Operation, schemas: dict[str, Schema]) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": row.id, "parameters": _parameters(row, schemas)}
    if row.body:
        media = "multipart/form-data" if row.media == "multipart" else "application/json"
        schema = _named(row.body, "accept", schemas)
        found["requestBody"] = {
            "required": bool(registry().schema(row.body).get("required")),
            "content": {media: {"schema": schema}},
        }
    content: dict[str, Any] = {}
    if row.result:
        content[MEDIA.get(row.answer, "application/json")] = {"schema": _named(row.result, "produce", schemas)}
    if row.stream:
        content["text/event-stream"] = {"schema": _named(row.stream, "produce", schemas)}
    found["responses"] = {"200": {"description": "The answer.", **({"content": content} if content else {})}}
    return found


def _parameters(row: Operation, schemas: dict[str, Schema]) -> list[dict[str, Any]]:
    """Those of the path and those of the query."""
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", row.path)
    ]
    if row.query:
        schema = registry().schema(row.query)
        _add(schema["$defs"], "accept", schemas)
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": _moved(each, "accept"),
            }
            for name, each in schema.get("properties", {}).items()
        ]
    return found


def _named(name: str, reading: Reading, schemas: dict[str, Schema]) -> Schema:
    """A reference to the schema called `name`, which is among `schemas` from now on."""
    _add(registry().schema(name, reading)["$defs"], reading, schemas)
    return {"$ref": _place(local(name), reading)}


def _add(definitions: Mapping[str, Schema], reading: Reading, schemas: dict[str, Schema]) -> None:
    for key, schema in definitions.items():
        name = _place(key, reading).rpartition("/")[2]
        if name not in schemas:
            schemas[name] = _moved(schema, reading)


def _moved(schema: Any, reading: Reading) -> Any:
    """The same schema, with references into the document's components."""
    if isinstance(schema, list):
        return [_moved(each, reading) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _moved(each, reading) for key, each in schema.items()}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = _place(made["$ref"].rpartition("/")[2], reading)
    return made


def _place(key: str, reading: Reading) -> str:
    return f"#/components/schemas/{key}" + (".Answer" if reading == "produce" else "")
