"""The parameters of a call by the names the SDK has for them, wherever they travel: path, query, body or form."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from . import form
from .call import Call
from .operations import Operation
from .registry import Schema, registry


@cache
def names(row: Operation) -> frozenset[str] | None:
    """Every parameter of an operation; None where its body has no fixed set of them."""
    schemas = [registry().schema(name) for name in (row.body, row.query) if name]
    if any("properties" not in schema for schema in schemas):
        return None
    return frozenset(re.findall(r"{(\w+)}", row.path)).union(*(schema["properties"] for schema in schemas))


def parameters(call: Call) -> dict[str, Any]:
    """What a call gives. Texts of a query or a form are read as what the operation's schema takes."""
    found: dict[str, Any] = dict(call.values)
    row = call.operation
    if call.request.query:
        found |= form.query(call.request.query, _schema(row.query if row else None))
    if isinstance(call.body, tuple):
        found |= form.form(call.body, _schema(row.body if row else None))
    elif isinstance(call.body, dict):
        found |= call.body
    return found


def _schema(name: str | None) -> Schema:
    return registry().schema(name) if name else {}
