"""Responses: which items may stand in an input, alone and after what was said before it.

The refusals are recorded ones of 2025 and 2026; the latest of them from July to September 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from ..behaviours.responses_finding import finding
from ..behaviours.responses_names import PREFIXES
from ..call import Call
from ..errors import BadRequest
from . import look, rule

if TYPE_CHECKING:
    from ..behaviours import Mock

LONGEST, LETTERS = 64, re.compile("[A-Za-z0-9_-]*")
"""How long the id of an item may be, and what it is made of."""

KNOWN = frozenset(PREFIXES.values())
"""What ids of items begin with."""

UNNAMED = frozenset(("local_shell_call_output", "mcp_approval_response"))
"""Items that have the id of another item, or any."""

CALLS = {
    "function_call": "function call",
    "custom_tool_call": "custom tool call",
    "computer_call": "computer call",
    "shell_call": "shell call",
    "apply_patch_call": "apply patch call",
}
"""Items that ask the client for something, and what messages call them; their results have `_output` behind."""

REFERENCE = "item_reference"


@rule("beta.responses.create", "semantic")
@rule("responses.create", "semantic")
def items_that_fit(_call: Call, body: dict[str, Any]) -> None:
    """What an input says of itself, where nothing was said before it that is not known here."""
    given = body.get("input")
    if not isinstance(given, list):
        return
    for index, item in enumerate(given):
        named_as_items_are(item, f"input[{index}].id")
    each_once(given)
    called_where_they_are(given, body)
    if _past(body) or any(item.get("type") == REFERENCE for item in given):
        return
    in_pairs(given)
    results_as_declared(given, given, body)
    thoughts_lead_on(given, body)


@look("beta.responses.create")
@look("responses.create")
def items_that_go_on(call: Call, body: dict[str, Any], mock: Mock) -> None:
    """What an input says of the items of the response or the conversation that it goes on from.

    Results need not be of calls that were made: talks are replayed here in which a real model has called other tools.
    """
    from ..behaviours.responses_asking import conversation, earlier, said_in

    given = body.get("input")
    if not _past(body):
        return
    talk = conversation(body.get("conversation"), call, mock)
    before = [*earlier(body.get("previous_response_id"), call, mock), *said_in(talk, mock)]
    own = given if isinstance(given, list) else []
    each_once([*before, *own])
    results_as_declared(own, [*before, *own], body)


def _past(body: Mapping[str, Any]) -> bool:
    return any(body.get(name) for name in ("previous_response_id", "conversation"))


def named_as_items_are(item: Mapping[str, Any], where: str) -> None:
    """The id of an item begins as ids of its kind do; that of a result, as the id of its call.

    Quoted by users from 2025 to October 2026, of function calls mostly, whose `call_id` they have given for an id. That
    of another kind of item is let through: talks are replayed here in which a real model has said something else.
    """
    kind, id = item.get("type") or ("message" if "role" in item else ""), item.get("id")
    prefix = PREFIXES.get(kind.removesuffix("_output"))
    if not id or prefix is None or kind in UNNAMED:
        return
    if not LETTERS.fullmatch(id):
        expected = "contains letters, numbers, underscores, or dashes, but this value contained additional characters"
    elif len(id) > LONGEST:
        words = f"Invalid '{where}': string too long. Expected a string with maximum length {LONGEST}, but got a string"
        raise BadRequest(f"{words} with length {len(id)} instead.", param=where, code="string_above_max_length")
    elif id.partition("_")[0] not in KNOWN:
        expected = f"begins with '{prefix}'"
    else:
        return
    raise BadRequest(f"Invalid '{where}': '{id}'. Expected an ID that {expected}.", param=where, code="invalid_value")


def each_once(items: Sequence[Mapping[str, Any]]) -> None:
    """No item is there twice, nor referred to where it is there. What a local shell says has the id of its call."""
    seen: dict[str, str] = {}
    for item in items:
        id, kind = item.get("id"), item.get("type") or ("message" if "role" in item else REFERENCE)
        if id and id in seen and (kind == seen[id] or REFERENCE in (kind, seen[id])):
            words = f"Duplicate item found with id {id}. Remove duplicate items from your input and try again."
            raise BadRequest(words, param="input")
        seen[str(id)] = kind


def called_where_they_are(given: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> None:
    """A call names the namespace of its function, where there is no function of that name in none."""
    tools = [tool for tool in body.get("tools") or () if isinstance(tool, dict)]
    shown = {tool.get("name") for tool in tools if tool.get("type") == "function" and not tool.get("defer_loading")}
    spaces = [tool.get("tools") or () for tool in tools if tool.get("type") == "namespace"]
    homed = {each.get("name") for inner in spaces for each in inner} | finding(tools, given).homes.keys()
    for index, item in enumerate(given):
        name = item.get("name")
        if item.get("type") == "function_call" and not item.get("namespace") and name in homed - shown:
            words = f"Missing namespace for function_call '{name}'. It does not exist in the default namespace."
            words += " Round-trip the model's function_call item with its namespace field included."
            raise BadRequest(words, param=f"input[{index}].namespace")


def in_pairs(items: Sequence[Mapping[str, Any]]) -> None:
    """Each call has its result, each result its call."""
    ids: dict[str, set[str]] = {"call": set(), "output": set()}
    for item in items:
        side = str(item.get("type")).rpartition("_")[2]
        if side in ids and item.get("call_id"):
            ids[side].add(item["call_id"])
    for kind, words in CALLS.items():
        asked = {item["call_id"] for item in items if item.get("type") == kind and item.get("call_id")}
        told = {item["call_id"] for item in items if item.get("type") == f"{kind}_output" and item.get("call_id")}
        for id in sorted(told - ids["call"]):
            raise BadRequest(f"No tool call found for {words} output with call_id {id}.", param="input")
        for id in sorted(asked - ids["output"]):
            raise BadRequest(f"No tool output found for {words} {id}.", param="input")


def results_as_declared(
    results: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]], body: Mapping[str, Any]
) -> None:
    """A function that says what its results look like has results in JSON; `items` have the calls."""
    declared = {tool.get("name") for tool in body.get("tools") or () if tool.get("output_schema")}
    names = {item.get("call_id"): item.get("name") for item in items if item.get("type") == "function_call"}
    for item in results:
        told = item.get("type") == "function_call_output" and names.get(item.get("call_id")) in declared
        if told and not _is_json(item.get("output")):
            words = "Invalid function_call_output.output: expected a JSON string because the function declares"
            raise BadRequest(f"{words} output_schema.", param="input", code="invalid_value")


def _is_json(text: Any) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def thoughts_lead_on(given: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> None:
    """Thoughts lead to something."""
    for item, after in zip(given, (*given[1:], None), strict=False):  # nothing was given, too
        follows = (after is not None and (after.get("type") or "message") != "message") or _said(after, body)
        if item.get("type") == "reasoning" and item.get("id") and not follows:
            words = f"Item '{item['id']}' of type 'reasoning' was provided without its required following item."
            raise BadRequest(words, param="input")


def _said(item: Mapping[str, Any] | None, body: Mapping[str, Any]) -> bool:
    """Whether this message is what was thought of: the kept one of that id, or any where nothing is kept."""
    kept = body.get("store") is not False
    return item is not None and item.get("role") == "assistant" and (bool(item.get("id")) or not kept)
