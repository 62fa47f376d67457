"""Responses: what is told before anything else is, and limits that are no schema's.

Measured at the API in August and September 2026: a model and something to answer come first, then parameters that
have moved, then the kinds of items; all of that before the other parameters are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from ..call import Call
from ..errors import ApiError, BadRequest
from ..expected import Resolver, alternatives, one_of, quote, tags
from ..operations import operation
from . import placing, rule
from .bounds import out_of

MOVED = {
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "max_completion_tokens": "max_output_tokens",
}
"""Parameters of chats, and what they are called here."""

REFERENCE = "https://platform.openai.com/docs/api-reference/responses/create"
"""The page to which whoever still uses the old name is sent."""

LEAST_TOKENS = 16
"""The least room of an answer. Other servers give less, so that it is not for the schema to say."""

ROLES = ("assistant", "system", "developer", "user")


@rule("beta.responses.create", "first")
@rule("responses.create", "first")
def something_to_answer(_call: Call, body: dict[str, Any]) -> None:
    """A model and an input, unless a prompt brings them; null is said to be an object."""
    for name in () if body.get("prompt") else ("model", "input"):
        if name not in body:
            words = f"Missing required parameter: '{name}'."
            raise BadRequest(words, param=name, code="missing_required_parameter")
        if body[name] is None:
            words = f"Invalid type for '{name}': expected a string, but got an object instead."
            raise BadRequest(words, param=name, code="invalid_type")


@rule("beta.responses.create", "first")
@rule("responses.create", "first")
def moved(_call: Call, body: dict[str, Any]) -> None:
    """Parameters of chats that have another name here."""
    for name in body:
        if name in MOVED:
            words = f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to"
            words += f" '{MOVED[name]}'. Try again with the new parameter."
            words += f" See the API documentation for more information: {REFERENCE}."
            raise BadRequest(words, code="unsupported_parameter")


@rule("beta.responses.create", "first")
@rule("responses.create", "first")
def known_items(call: Call, body: dict[str, Any]) -> None:
    """Items of a type that there is; what has no type is a message, and somebody's."""
    given = body.get("input")
    kinds = _kinds(str(call.operation and call.operation.id))
    for index, item in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(item, dict):
            return  # for the schema to say
        name, offered = ("role", ROLES) if item.get("type") in (None, "message") else ("type", kinds)
        if "id" in item and item.keys() <= {"id", "type"}:
            continue  # a reference, which needs no type
        if item.get(name) not in offered:
            value = item.get(name) if isinstance(item.get(name), str) else ""
            listed = one_of([quote(each) for each in offered], "and", bare=True)
            words = f"Invalid value: {quote(value)}. Supported values are: {listed}."
            raise BadRequest(words, param=f"input[{index}]", code="invalid_value")


@cache
def _kinds(operation_id: str) -> tuple[str, ...]:
    """The types of items that the schema of an operation takes."""
    from ..registry import registry

    schema = registry().schema(str(operation(operation_id).body))
    resolver = Resolver(schema)
    plain: Any = resolver.plain(schema)
    found: set[str] = set()
    for branch in alternatives(resolver, [plain["properties"]["input"]]):
        if isinstance(branch, dict) and "items" in branch:
            for item in alternatives(resolver, [branch["items"]]):
                tag = tags(resolver, item).get("type")
                found.update(tag.values if tag else ())
    return tuple(sorted(found))


@rule("beta.responses.create", "cross-field")
@rule("responses.create", "cross-field")
def not_empty(_call: Call, body: dict[str, Any]) -> None:
    """An input that says nothing is as good as none, where nothing was said before either."""
    told = any(body.get(name) for name in ("input", "previous_response_id", "prompt", "conversation"))
    if not told:
        words = "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided."
        raise BadRequest(words, code="missing_required_parameter")


@placing("beta.responses.create", "schema")
@placing("responses.create", "schema")
def enough_tokens(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """An answer has room for a few tokens."""
    yield from out_of("minimum", "max_output_tokens", LEAST_TOKENS, body)


@placing("beta.responses.create", "semantic")
@placing("responses.create", "semantic")
def a_call_or_more(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """Calls are limited to one or more. The SDK's own tests ask for none, so that it is not for the schema to say."""
    yield from out_of("minimum", "max_tool_calls", 1, body)
