"""Chat completions: what is told in words that no schema has, before it is asked what else is wrong.

Reported and measured from 2025 to September 2026; an older gateway stands before the models that do not reason.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from ..expected import Resolver
from ..operations import operation
from . import rule

ID = "chat.completions.create"
first = rule(ID, "first")

INSTEAD = ("tool_calls", "function_call", "refusal", "audio")
"""What an assistant may have said where it wrote nothing."""


@first
def arguments(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that there are not, as the gateway of models that do not reason calls them."""
    model = catalogue.find(str(body["model"]))
    if model is None or model.reasoning:
        return
    unknown = [name for name in body if name not in _known()]
    if unknown:
        noun = "argument" if len(unknown) == 1 else "arguments"
        raise BadRequest(f"Unrecognized request {noun} supplied: {', '.join(unknown)}")


@cache
def _known() -> frozenset[str]:
    from ..registry import registry

    schema = registry().schema(str(operation(ID).body))
    plain: Any = Resolver(schema).plain(schema)
    return frozenset(plain["properties"])


@first
def something_said(_call: Call, body: dict[str, Any]) -> None:
    """Nobody says nothing at all, but an assistant that called a tool or refused; developers are the schema's."""
    messages = body.get("messages")
    for index, message in enumerate(messages if isinstance(messages, list) else ()):
        if not isinstance(message, dict) or message.get("content") is not None:
            continue
        said = message.get("role") == "assistant" and any(message.get(name) is not None for name in INSTEAD)
        if message.get("role") in ("system", "user", "assistant", "tool") and not said:
            words = "Invalid value for 'content': expected a string, got null."
            raise BadRequest(words, param=f"messages.[{index}].content")
