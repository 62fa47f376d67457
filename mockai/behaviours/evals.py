"""Evals: what is to be graded, and by which criteria."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..call import Call
from ..http import Reply
from ..kinds import fields, made, shown
from . import Mock, behaviour

SAMPLE = {"type": "object", "properties": {"output_text": {"type": "string"}}, "required": ["output_text"]}


@behaviour("evals.create")
def create(call: Call, mock: Mock) -> Reply:
    """An eval; the schema that its runs' data has is worked out from what it was told of the items."""
    given = fields(call)
    config = _config(given["data_source_config"])
    named = {"name": given.get("name") or "Unnamed eval", "metadata": given.get("metadata") or {}}
    return shown(call, mock, made(call, mock, {**given, **named, "data_source_config": config}))


def _config(given: Mapping[str, Any]) -> dict[str, Any]:
    if given["type"] != "custom":
        return {"type": given["type"], "metadata": given.get("metadata") or {}, "schema": {"type": "object"}}
    parts = {"item": given["item_schema"], **({"sample": SAMPLE} if given.get("include_sample_schema") else {})}
    schema = {"type": "object", "properties": parts, "required": list(parts)}
    return {"type": "custom", "schema": schema}
