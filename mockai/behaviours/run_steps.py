"""Steps of a run: a message it wrote, or tools it called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from .. import kinds, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..collection import collections, place
from ..dice import dice
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour

PLACE = "/threads/{thread_id}/runs/{run_id}/steps"
CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
"""What a request includes to see the text that a file search has found."""


@behaviour("beta.threads.runs.steps.list")
def list_(call: Call, mock: Mock) -> Reply:
    """The steps of a run."""
    kinds.existing(call, mock)
    where, _ = place(call)
    found = [replace(step, value=shown(step.value, call)) for step in mock.resources.all(where)]
    return answer(pages.listed(call, found, lenient=mock.missing == "conjure"))


@behaviour("beta.threads.runs.steps.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """One step of a run."""
    step = kinds.found(call, mock)
    return kinds.shown(call, mock, replace(step, value=shown(step.value, call)))


def begun(run: Resource, details: Mapping[str, Any], call: Call, mock: Mock) -> Resource:
    """A new step of a run that is about a message (`message_creation`) or about `tool_calls`."""
    value = {
        "id": collections()[PLACE].id(dice(call.seed, PLACE, mock.resources.made)),
        "object": "thread.run.step",
        "created_at": int(mock.clock.now()),
        "run_id": run.id,
        "assistant_id": run.value["assistant_id"],
        "thread_id": run.value["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expires_at": run.value["expires_at"],
        "failed_at": None,
        "last_error": None,
        "step_details": dict(details),
        "usage": None,
    }
    return mock.resources.add(f"{run.path}/steps", value)


def tools(details: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The tool calls of a step; none where it is about a message."""
    calls: Sequence[dict[str, Any]] = details.get("tool_calls") or ()
    return calls


def shown(value: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """A step as a request sees it: what a search has found only if it includes that."""
    assert call.operation is not None
    seen = deepcopy(dict(value))
    if CONTENT in ((query_of(call, call.operation) or {}).get("include") or ()):
        return seen
    for tool in tools(seen["step_details"]):
        for result in (tool.get("file_search") or {}).get("results") or ():
            result.pop("content", None)
    return seen
