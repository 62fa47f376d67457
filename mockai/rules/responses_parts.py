"""Responses: what the parts of messages may be, and faults that the API tells otherwise than a schema does.

Measured at the API in August 2026. A part of a kind that there is, and that is not for whoever says it, is wrong as a
whole; one of no kind at all is told of all there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..call import Call
from ..errors import ApiError, BadRequest
from ..sentences import dotted, unsupported, wrong_type
from . import placing, retell

PARTS = {
    "user": ("input_text", "input_image", "input_file", "scoped_content", "input_audio"),
    "assistant": ("output_text", "refusal"),
}
"""The parts of a message by who says it, in the order in which the API tells them."""

EVERY = (
    *("input_text", "input_image", "input_audio", "output_text", "refusal", "input_file"),
    *("computer_screenshot", "summary_text", "encrypted_content"),
)
"""The parts of any item, in the order in which the API tells them."""

KIND = re.compile(r"input\[(\d+)\]\.content\[(\d+)\]\.type")
EFFORT = ("reasoning", "effort")
EFFORTS = "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer"
FORMER_EFFORTS = "one of 'minimal', 'low', 'medium', or 'high'"
"""What efforts are expected, and what of them the API knows that takes an effort for an integer."""


@placing("beta.responses.compact", "cross-field")
@placing("responses.compact", "cross-field")
@placing("beta.responses.create", "cross-field")
@placing("responses.create", "cross-field")
def parts_of_their_role(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """What a user says came in, what an assistant says went out and may be a phase of what it does."""
    for index, item in enumerate(_dicts(body.get("input"))):
        if "phase" in item and item.get("role") in ("user", "system", "developer"):
            where = f"input[{index}].phase"
            yield BadRequest(f"Unknown parameter: '{where}'.", param=where, code="unknown_parameter")
        if item.get("type", "message") == "message":
            for place, part in enumerate(_dicts(item.get("content"))):
                if part.get("type") in (*EVERY, *PARTS["user"]) and part["type"] not in _fitting(item):
                    yield _none_of(_fitting(item), part["type"], f"input[{index}].content[{place}]")


@retell("beta.responses.create")
@retell("responses.create")
def in_its_own_words(_call: Call, body: dict[str, Any], error: ApiError) -> ApiError | None:
    """All the parts there are, for one of another kind; of efforts, which were expected of this type of value."""
    param, code = str(error.error["param"]), error.error["code"]
    place = KIND.fullmatch(param)
    if place and code == "invalid_value":
        item = body["input"][int(place[1])]
        kind = item["content"][int(place[2])]["type"]
        if kind not in EVERY:
            return _none_of(EVERY, kind, param)
        if kind not in _fitting(item):
            return _none_of(_fitting(item), kind, param.removesuffix(".type"))
    if param == dotted(EFFORT) and code == "invalid_type":
        effort = body["reasoning"]["effort"]
        whole = isinstance(effort, int) and not isinstance(effort, bool)
        found = wrong_type(EFFORT, FORMER_EFFORTS if whole else EFFORTS, effort)
        return BadRequest(found.message, param=param, code=code)
    return error


def _fitting(item: dict[str, Any]) -> tuple[str, ...]:
    return PARTS["assistant" if item.get("role") == "assistant" else "user"]


def _none_of(offered: tuple[str, ...], kind: Any, param: str) -> ApiError:
    found = unsupported((), kind, offered)
    return BadRequest(found.message, param=param, code=found.code)


def _dicts(given: Any) -> list[dict[str, Any]]:
    """The items of a list, with {} for what is no object; none of anything else."""
    return [each if isinstance(each, dict) else {} for each in given] if isinstance(given, list) else []
