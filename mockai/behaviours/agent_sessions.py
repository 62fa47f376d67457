"""Agent sessions: made, spoken to, listened to. What happens in them is in `agent_turns`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from .. import kinds, objects
from ..answers import answer
from ..call import Call
from ..collection import collections
from ..errors import BadRequest
from ..http import Chunk, Reply
from ..ongoing import Ongoing
from ..voice import Utterance
from . import Mock, behaviour, renderer
from .agent_turns import Turns, tell
from .agents import AGENTS, SESSIONS, environment

EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)
MODEL = "gpt-6-astra"
"""The agent's model where a request that should name one does not."""

LIMITS = ("prompt_cache_options", "review", "spend_control")
"""What a session says only if it was asked for."""


@behaviour("beta.agents.sessions.create")
def create(call: Call, mock: Mock) -> Reply:
    """A session and, where something is said to it at once, its first turn: streamed until the session rests."""
    return _created(call, mock)


@renderer("beta.agents.sessions.create")
def create_saying(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Reply:
    """The same, with an agent that says given words."""
    return _created(call, mock, utterances)


@behaviour("beta.agents.sessions.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """A session as it is now. Who sees it rest knows what has happened, and hears no more of it."""
    session = mock.resources.look(kinds.found(call, mock))
    if session.private.get("turn") is None:
        session.private["heard"] = len(session.private.get("events", ()))
    return kinds.shown(call, mock, session)


@behaviour("beta.agents.sessions.update")
def update(call: Call, mock: Mock) -> Reply:
    """A session with other settings, from its next turn on."""
    session, asked = kinds.found(call, mock), kinds.fields(call)
    value = session.value
    if asked.get("agent"):
        value["agent"] = _agent({**value["agent"], **asked["agent"]}, kinds.chance(call, mock))
    if "metadata" in asked:
        value["metadata"] = asked["metadata"] or {}
    for name in LIMITS:
        if name in asked:
            value.pop(name, None)
    value.update(_limits(asked))
    return kinds.shown(call, mock, session)


@behaviour("beta.agents.sessions.events.create")
def say(call: Call, mock: Mock) -> Reply:
    """Take what a client puts into a session: messages, results of calls, an end to the turn. 202 and no body."""
    return _put_in(call, mock)


@renderer("beta.agents.sessions.events.create")
def say_hearing(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Reply:
    """The same; what is said is answered with given words."""
    return _put_in(call, mock, utterances)


@behaviour("beta.agents.sessions.events.stream")
def listen(call: Call, mock: Mock) -> Reply:
    """All that happens in a session from now on, and what has happened since somebody last saw it or listened.

    The stream goes on when a turn ends; it ends with the session.
    """
    session = kinds.found(call, mock)
    private = session.private

    def heard(count: int) -> None:
        private["heard"] = max(count, private.get("heard", 0))

    said = private.setdefault("events", [])
    body = Ongoing(said, private.get("heard", 0), partial(mock.watch, session), heard)
    return Reply(200, EVENTS, body)


def _created(call: Call, mock: Mock, script: Sequence[Utterance] = ()) -> Reply:
    asked, rng, now = kinds.fields(call), kinds.chance(call, mock), int(mock.clock.now())
    saved = kinds.named(AGENTS, asked["agent_id"], mock, call).value if asked.get("agent_id") else {}
    for id in asked.get("vault_ids") or ():
        kinds.named("/vaults", id, mock, call)
    agent = {"model": MODEL, "id": collections()[AGENTS].id(rng), **saved, **(asked.get("agent") or {})}
    value = {
        "id": collections()[SESSIONS].id(rng),
        "object": "agent.session",
        "created_at": now,
        "last_active_at": now,
        "status": "idle",
        "required_actions": [],
        "error": None,
        "agent": _agent(agent, rng),
        "environment": environment(asked["environment"], call, mock),
        "vault_ids": asked.get("vault_ids") or [],
        "usage": None,
        "metadata": asked.get("metadata") or {},
        **_limits(asked),
    }
    session = mock.resources.add(SESSIONS, value, events=[], heard=0)
    tell(session, "agent.session.created", session=value)
    given = asked.get("input")
    if given:
        messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
        Turns(mock, session, call.seed, script).say(messages)
    if not asked.get("stream"):
        return answer(value, status=201)
    mock.resources.hurry(session)
    if not given:
        tell(session, "agent.session.idle", session=value)
    told = session.private["events"]
    session.private["heard"] = len(told)
    return Reply(201, EVENTS, tuple(Chunk(0.0, data) for data in told))


def _put_in(call: Call, mock: Mock, script: Sequence[Utterance] = ()) -> Reply:
    session = kinds.found(call, mock)
    key, known = call.request.header("idempotency-key"), session.private.setdefault("keys", set())
    if key in known:  # said once already: the answer got lost
        return Reply(202)
    turns = Turns(mock, session, call.seed, script)
    for event in kinds.fields(call)["events"]:
        what = event["type"].rpartition(".")[2]
        if what == "message":
            turns.say(list(event["input"]))
        elif what == "cancel":
            turns.cancel()
        elif what == "tool_result" and not session.conjured:
            turns.result(event)
        elif not session.conjured:
            raise BadRequest(f"Unknown pending request: {event['request_id']}", code="invalid_request_error")
    if key:
        known.add(key)
    return Reply(202)


def _agent(asked: dict[str, Any], rng: Random) -> dict[str, Any]:
    shown: dict[str, Any] = objects.formed("beta/agent_session.Agent", asked, rng)
    return shown


def _limits(asked: dict[str, Any]) -> dict[str, Any]:
    limits = {name: asked[name] for name in LIMITS if asked.get(name) not in (None, "none", {}, {"limit": None})}
    if "spend_control" in limits:
        limits["spend_control"] = {**limits["spend_control"], "consumed": 0}
    return limits
