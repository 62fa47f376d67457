"""Responses: patterns that look around, which later models do not compile.

Users of gpt-5.5 and gpt-5.6 have quoted the refusal from May to September 2026, for the tools of MCP servers and for
zod's emails above all; nobody has for earlier models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from . import rule

TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(?P<around>\(\?<?[=!])", re.DOTALL)
"""A part of a pattern that means something else than its characters do, as far as it matters here."""

VALUES = frozenset(("const", "default", "enum", "example", "examples"))
"""Keywords of a schema whose values are no schemas."""


@rule("beta.responses.create", "semantic")
@rule("responses.create", "semantic")
def nothing_looks_around(_call: Call, body: dict[str, Any]) -> None:
    """No pattern in the schemas of functions and of the answer asks for what is before or behind."""
    model = catalogue.find(str(body.get("model")))
    if model is None or not model.has("compiles"):
        return
    tools = body.get("tools") or ()
    flat = [each for tool in tools for each in (tool, *(tool.get("tools") or ()))]
    schemas = [("tools", each.get(name)) for each in flat for name in ("parameters", "output_schema")]
    schemas.append(("text", ((body.get("text") or {}).get("format") or {}).get("schema")))
    for param, schema in schemas:
        for place in around(schema):
            words = f"Invalid JSON schema: regex lookaround is not supported. Found at {place}."
            raise BadRequest(words, param=param, code="invalid_json_schema")


def around(schema: Any, place: str = "$") -> Iterator[str]:
    """Where in a schema there are patterns that look around: `$.properties.email.pattern`, `$.anyOf[0].pattern`."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from around(part, f"{place}[{index}]")
    elif isinstance(schema, dict):
        for key, part in schema.items():
            if key == "pattern" and isinstance(part, str):
                if any(found["around"] for found in TOKEN.finditer(part)):
                    yield f"{place}.{key}"
            elif key not in VALUES:
                yield from around(part, f"{place}.{key}")
