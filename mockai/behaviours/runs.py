"""Runs: an assistant answers in a thread, or asks for the outputs of functions first.

Fields, their order, their values where nobody gave one, and what is refused are those of recorded answers. The words
are the voice's, as in a chat with the same messages, or those of a stub. A stream moves the run at once; otherwise
it moves on as the lifecycle says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import catalogue, kinds
from ..call import Call
from ..collection import collections, place
from ..errors import BadRequest
from ..http import Reply
from ..resources import Resource
from ..voice import Utterance
from . import Mock, behaviour, renderer
from .assistants import first_version, offered, told
from .messages import post
from .run_events import Telling
from .run_status import LASTS, PLACE, WAITING, active, cancelled, current
from .run_work import Work
from .threads import begun


@behaviour("beta.threads.runs.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new run."""
    return say(call, (), mock)


@behaviour("beta.threads.create_and_run")
def create_and_run(call: Call, mock: Mock) -> Reply:
    """A new thread with a run."""
    return say_in_new_thread(call, (), mock)


@behaviour("beta.threads.runs.submit_tool_outputs")
def submit(call: Call, mock: Mock) -> Reply:
    """The outputs of the functions that a run has asked for; it goes on."""
    return say_after_outputs(call, (), mock)


@renderer("beta.threads.runs.create")
def say(call: Call, words: Sequence[Utterance], mock: Mock) -> Reply:
    """A new run that says `words`, or what the voice says."""
    given = told(call)
    thread = kinds.found(call, mock)
    assistant = kinds.named("/assistants", given["assistant_id"], mock, call)
    busy = active(thread, mock)
    if busy is not None:
        raise BadRequest(f"Thread {thread.id} already has an active run {busy.id}.")
    return _run(call, mock, given, thread, assistant, Telling(), words)


@renderer("beta.threads.create_and_run")
def say_in_new_thread(call: Call, words: Sequence[Utterance], mock: Mock) -> Reply:
    """A new thread with a run that says `words`, or what the voice says."""
    given = told(call)
    assistant = kinds.named("/assistants", given["assistant_id"], mock, call)
    described = dict(given.get("thread") or {})
    if given.get("tool_resources"):
        described["tool_resources"] = given["tool_resources"]
    thread = begun(call, mock, described)
    telling = Telling()
    telling("thread.created", thread.value)
    return _run(call, mock, given, thread, assistant, telling, words)


@renderer("beta.threads.runs.submit_tool_outputs")
def say_after_outputs(call: Call, words: Sequence[Utterance], mock: Mock) -> Reply:
    """A run that goes on, with `words` or with what the voice says."""
    given = kinds.fields(call)
    run = current(kinds.found(call, mock), mock)
    status = run.value["status"]
    if status != "requires_action" and not run.conjured:
        raise BadRequest(f'Runs in status "{status}" do not accept tool outputs.')
    outputs = {str(each.get("tool_call_id")): str(each.get("output") or "") for each in given["tool_outputs"]}
    wanted = [each["id"] for each in _asked_for(run)]
    if sorted(outputs) != sorted(wanted) and not run.conjured:
        raise BadRequest(f"Expected tool outputs for call_ids {wanted}, got {list(outputs)}")
    if run.conjured:
        run.value["expires_at"] = int(mock.clock.now()) + LASTS
    telling = Telling()
    work = _work(call, mock, words, telling)
    work.take_outputs(run, outputs)
    return _answer(call, mock, run, telling)


@behaviour("beta.threads.runs.list")
def list_(call: Call, mock: Mock) -> Reply:
    """The runs of a thread."""
    for run in mock.resources.all(place(call)[0]):
        current(run, mock)
    return kinds.list_(call, mock)


@behaviour("beta.threads.runs.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """A run as it is now."""
    return kinds.shown(call, mock, mock.resources.look(current(kinds.found(call, mock), mock)))


@behaviour("beta.threads.runs.update")
def update(call: Call, mock: Mock) -> Reply:
    """A run with other metadata, once it has come to rest."""
    given = told(call)
    run = current(kinds.found(call, mock), mock)
    status = run.value["status"]
    if status in ("queued", "in_progress", "cancelling"):
        raise BadRequest(f"Cannot update run with status '{status}'.")
    run.value.update(given)
    return kinds.shown(call, mock, run)


@behaviour("beta.threads.runs.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A run that will be cancelled; one that has ended cannot be."""
    run = current(kinds.found(call, mock), mock)
    status = run.value["status"]
    if status not in WAITING and not run.conjured:
        raise BadRequest(f"Cannot cancel run with status '{status}'.")
    run.value["status"] = "cancelling"
    mock.resources.set_out(run, cancelled(mock))
    return kinds.shown(call, mock, run)


def _run(
    call: Call,
    mock: Mock,
    given: Mapping[str, Any],
    thread: Resource,
    assistant: Resource,
    telling: Telling,
    words: Sequence[Utterance],
) -> Reply:
    value = _value(call, mock, given, thread, assistant)
    for message in given.get("additional_messages") or ():
        post(thread, message, call, mock)
    spoken = any(each.value["role"] == "user" for each in mock.resources.all(f"{thread.path}/messages"))
    if not spoken and not value["instructions"] and not first_version(call):
        raise BadRequest(
            "Run creation requires a Thread with a user message or an assistant with instructions.",
            code="invalid_thread",
        )
    run = mock.resources.add(f"{thread.path}/runs", value)
    telling("thread.run.created", value)
    work = _work(call, mock, words, telling)
    work.queue(run)
    return _answer(call, mock, run, telling)


def _work(call: Call, mock: Mock, words: Sequence[Utterance], telling: Telling) -> Work:
    said = words[0] if words else None
    return Work(call, mock, said, telling) if call.body.get("stream") else Work(call, mock, said)


def _answer(call: Call, mock: Mock, run: Resource, telling: Telling) -> Reply:
    if not call.body.get("stream"):
        return kinds.shown(call, mock, run)
    mock.resources.hurry(run)
    return telling.reply()


def _asked_for(run: Resource) -> list[dict[str, Any]]:
    action = run.value.get("required_action") or {}
    calls: list[dict[str, Any]] = action.get("submit_tool_outputs", {}).get("tool_calls") or []
    return calls


def _value(call: Call, mock: Mock, given: Mapping[str, Any], thread: Resource, assistant: Resource) -> dict[str, Any]:
    """A new run: what the request says, else what the assistant does."""
    own, now = assistant.value, int(mock.clock.now())
    model = given.get("model") or own["model"]
    more = given.get("additional_instructions")
    instructions = given.get("instructions") or own.get("instructions")

    def either(name: str, default: Any) -> Any:
        return next((part[name] for part in (given, own) if part.get(name) is not None), default)

    return {
        "id": collections()[PLACE].id(kinds.chance(call, mock)),
        "object": "thread.run",
        "created_at": now,
        "assistant_id": assistant.id,
        "thread_id": thread.id,
        "status": "queued",
        "started_at": None,
        "expires_at": now + LASTS,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "model": model,
        "instructions": "\n".join(part for part in (instructions, more) if part) or instructions,
        "tools": offered(either("tools", [])),
        "tool_resources": {},
        "metadata": dict(given.get("metadata") or {}),
        "temperature": float(either("temperature", 1.0)),
        "top_p": float(either("top_p", 1.0)),
        "reasoning_effort": either("reasoning_effort", catalogue.like(model).effort),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "truncation_strategy": {"type": "auto", "last_messages": None, **(given.get("truncation_strategy") or {})},
        "incomplete_details": None,
        "usage": None,
        "response_format": either("response_format", "auto"),
        "tool_choice": given.get("tool_choice") or "auto",
        "parallel_tool_calls": given.get("parallel_tool_calls", True),
    }
