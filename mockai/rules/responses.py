"""Responses: what goes together, which model takes it, and which items may follow which."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from . import rule

CALLS = {
    "function_call": "function call",
    "custom_tool_call": "custom tool call",
}
"""Items that ask the client for something, and what messages call them; their results have `_output` behind."""

crossing = rule("responses.create", "cross-field")
meaning = rule("responses.create", "semantic")


@crossing
def one_past(_call: Call, body: dict[str, Any]) -> None:
    """What was said before is in a conversation or in a chain of responses, never in both."""
    if body.get("previous_response_id") and body.get("conversation"):
        words = "Mutually exclusive parameters. Ensure you are only providing one of: 'previous_response_id' or"
        raise BadRequest(f"{words} 'conversation'.", code="mutually_exclusive_parameters")


@crossing
def chosen_tool(_call: Call, body: dict[str, Any]) -> None:
    """A function that is asked for by name must be among the tools offered."""
    choice = body.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") not in ("function", "custom"):
        return
    kind, name = choice["type"], choice.get("name")
    offered = [each for tool in body.get("tools") or () for each in (tool, *(tool.get("tools") or ()))]
    if all(isinstance(tool, dict) and tool.get("name") != name for tool in offered):
        raise BadRequest(f"Tool choice '{kind}' not found in 'tools' parameter.", param="tool_choice")


@meaning
def known_model(call: Call, body: dict[str, Any]) -> None:
    """The model exists and answers; on Azure a deployment may have any name, and a prompt brings a model of its own."""
    name = body.get("model")
    if name is None or call.azure:
        return
    model = catalogue.find(name)
    if model is None:
        raise BadRequest(f"The requested model '{name}' does not exist.", param="model", code="model_not_found")
    if not model.takes("responses"):
        words = f"The requested model '{name}' cannot be used with the Responses API."
        raise BadRequest(words, param="model", code="unsupported_model")


@meaning
def items_in_pairs(_call: Call, body: dict[str, Any]) -> None:
    """Where nothing was said before, each call has its result, each result its call, and thoughts lead to something."""
    given = body.get("input")
    if not isinstance(given, list) or any(body.get(name) for name in ("previous_response_id", "conversation")):
        return
    if any(item.get("type") == "item_reference" for item in given):
        return
    ids: dict[str, set[str]] = {"call": set(), "output": set()}
    for item in given:
        side = str(item.get("type")).rpartition("_")[2]
        if side in ids and item.get("call_id"):
            ids[side].add(item["call_id"])
    for kind, words in CALLS.items():
        asked = {item["call_id"] for item in given if item.get("type") == kind}
        told = {item["call_id"] for item in given if item.get("type") == f"{kind}_output"}
        for id in sorted(told - ids["call"]):
            raise BadRequest(f"No tool call found for {words} output with call_id {id}.", param="input")
        for id in sorted(asked - ids["output"]):
            raise BadRequest(f"No tool output found for {words} {id}.", param="input")
    for item, after in zip(given, [*given[1:], None], strict=True):
        follows = (after is not None and (after.get("type") or "message") != "message") or _said(after)
        if item.get("type") == "reasoning" and item.get("id") and not follows:
            words = f"Item '{item['id']}' of type 'reasoning' was provided without its required following item."
            raise BadRequest(words, param="input")


def _said(item: dict[str, Any] | None) -> bool:
    return item is not None and item.get("role") == "assistant" and bool(item.get("id"))


@meaning
def within_the_window(_call: Call, body: dict[str, Any]) -> None:
    """What is asked fits the model, or may be cut until it does."""
    name = body.get("model")
    if name is None or body.get("truncation") == "auto":
        return
    from ..behaviours.responses_input import input_tokens, items
    from ..dice import dice

    window = catalogue.like(name).context
    if window and input_tokens(body, items(body.get("input"), "", dice("window")), name) > window:
        words = "Your input exceeds the context window of this model. Please adjust your input and try again."
        raise BadRequest(words, param="input", code="context_length_exceeded")
