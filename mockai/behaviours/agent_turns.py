"""The turns of an agent's session: what its user says is answered, and every step is told as an event.

The order of events is that of recorded sessions: the session and the turn begin, the user's message is shown, the
answer comes in pieces, the turn and then the session end. What is said while a turn runs is the next turn's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .. import tokens
from ..collection import collections
from ..dice import dice, token
from ..errors import BadRequest
from ..lifecycle import Move
from ..resources import Resource
from ..sse import Event, encode
from ..voice import Prompt, Tool, Utterance
from . import Mock

TURNS = "/agents/sessions/{session_id}/turns"


@dataclass(frozen=True, slots=True)
class Turns:
    """What happens in one session; its state is the session's own, `script` what the agent says next, if anyone knows.

    Of `session.private`, `events` are the bytes of what was told so far and `heard` how many of them somebody has
    heard; `queue` are messages that wait for their turn, `turn` is the one that runs, `pending` its open calls by id.
    """

    mock: Mock
    session: Resource
    seed: int
    script: Sequence[Utterance] = ()

    def say(self, messages: list[dict[str, Any]]) -> None:
        """Let the user say something: a turn begins, or will when the one that runs has ended."""
        self._own("queue").append(messages)
        if self.session.private.get("turn") is None:
            self.mock.resources.set_out(self.session, self._begin(self.mock.clock.now()))

    def cancel(self) -> None:
        """End the turn that runs; there is nothing to do where none does."""
        if self.session.private.get("turn") is not None:
            self.mock.resources.set_out(self.session, self._end("cancelled", self.mock.clock.now()))

    def result(self, given: dict[str, Any]) -> None:
        """Take the result of a call. Raises BadRequest for a call that nobody waits for."""
        item = self._pending().pop(given["call_id"], None)
        if item is None:
            words = f"Unknown pending tool call: {given['call_id']}"
            raise BadRequest(words, code="invalid_request_error")
        value = self.session.value
        value["required_actions"] = [each for each in value["required_actions"] if each["call_id"] != item["call_id"]]
        shown = {
            "id": self._id("fco_"),
            "type": "function_call_output",
            "turn_id": item["turn_id"],
            "call_id": item["call_id"],
            "status": "completed" if given["success"] else "failed",
            "output": given.get("output"),
            "error": given.get("error"),
        }
        self._keep(shown)
        self._of_turn("item.added", item=shown, output_index=None)
        if not self._pending():
            self._status("in_progress", self.mock.clock.now())
            self._turn().value["status"] = "in_progress"
            self.mock.resources.set_out(self.session, self._answer)

    # -- the steps of a turn

    def _begin(self, now: float) -> Move:
        turn = {
            "id": self._id("turn_"),
            "object": "agent.session.turn",
            "session_id": self.session.id,
            "agent_id": self.session.value["agent"]["id"],
            "subagent_id": None,
            "status": "queued",
            "created_at": int(now),
            "started_at": None,
            "completed_at": None,
            "error": None,
            "usage": None,
        }
        private = self.session.private
        private["turn"] = self.mock.resources.add(f"{self.session.path}/turns", turn, outputs=0, topic="")
        if self.session.value["status"] != "in_progress":
            self._status("in_progress", now)
        self._of_turn("created", turn=turn)
        for message in self._own("queue").pop(0):
            item = {"type": "message", "id": self._id("msg_"), "turn_id": turn["id"], "role": "user"}
            content = [{"type": "input_text", "text": message["content"]}]
            parts = content if isinstance(message["content"], str) else message["content"]
            item |= {"content": parts, "status": "completed", "phase": None}
            self._keep(item)
            self._of_turn("item.added", item=item, output_index=None)
            self._turn().private["topic"] = " ".join(part.get("text", "") for part in parts).strip()
        return self._start

    def _start(self, _session: Resource, now: float) -> Move:
        turn = self._turn().value
        turn.update(status="in_progress", started_at=int(now))
        self._of_turn("in_progress", turn=turn)
        return self._speak

    def _speak(self, _session: Resource, now: float) -> Move | None:
        return self._said(self._utter(answered=False), now)

    def _answer(self, _session: Resource, now: float) -> Move | None:
        return self._said(self._utter(answered=True), now)

    def _said(self, said: Utterance, now: float) -> Move | None:
        if said.tool_calls:
            for call in said.tool_calls:
                self._call(call.name, call.arguments, call.id)
            self._turn().value["status"] = "waiting"
            self._status("requires_action", now)
            return None
        self._message(said)
        return self._end("completed", now)

    def _end(self, status: str, now: float) -> Move | None:
        private, turn = self.session.private, self._turn()
        turn.value.update(status=status, completed_at=int(now))
        self._of_turn(status, turn=turn.value, usage=None)
        self._count(turn)
        private["turn"] = None
        self._pending().clear()
        self.session.value["required_actions"] = []
        self._trace(turn, now)
        if self._own("queue"):
            return self._begin(now)
        self._status("idle", now)
        return None

    # -- what is said

    def _utter(self, *, answered: bool) -> Utterance:
        if self.script and not answered:
            return self.script[0]
        agent, topic = self.session.value["agent"], self._turn().private["topic"]
        tools = [each for each in agent["tools"] if each["type"] == "function"]
        form = agent["text"]["format"]
        prompt = Prompt(
            topic,
            [Tool(each["name"], each["description"], each["parameters"]) for each in tools],
            answered=answered,
            schema=form.get("schema") if form["type"] == "json_schema" else None,
        )
        return self.mock.speaker.utter(prompt, dice(self.seed, self.session.id, len(self._own("events"))))

    def _message(self, said: Utterance) -> None:
        model = self.session.value["agent"]["model"]
        text = said.text or said.refusal or ""
        item: dict[str, Any] = {
            "type": "message",
            "id": self._id("msg_"),
            "turn_id": self._turn().id,
            "role": "assistant",
            "content": [],
            "status": "in_progress",
            "phase": "final_answer",
        }
        index = self._output()
        where = {"item_id": item["id"], "output_index": index, "content_index": 0}
        self._of_turn("item.added", item=item, output_index=index)
        self._of_turn("content_part.added", **where, part={"type": "output_text", "text": ""})
        for piece in said.pieces or tokens.split(text, model):
            self._of_turn("output_text.delta", **where, delta=piece)
        part = {"type": "output_text", "text": text}
        self._of_turn("output_text.done", **where, text=text)
        self._of_turn("content_part.done", **where, part=part)
        item |= {"content": [part], "status": "completed"}
        self._keep(item)
        self._of_turn("item.done", item=item, output_index=index)

    def _call(self, name: str, arguments: str, id: str | None) -> None:
        item = {
            "type": "function_call",
            "id": self._id("fc_"),
            "turn_id": self._turn().id,
            "call_id": id or self._id("call_"),
            "name": name,
            "arguments": orjson.loads(arguments or "{}"),
            "status": "in_progress",
        }
        index = self._output()
        self._pending()[item["call_id"]] = item
        asked = {name: item[name] for name in ("turn_id", "call_id", "name", "arguments")}
        self.session.value["required_actions"].append({"type": "function_call", **asked})
        self._of_turn("item.added", item=item, output_index=index)
        item["status"] = "completed"
        self._keep(item)
        self._of_turn("item.done", item=item, output_index=index)

    # -- what is kept and told

    def _status(self, status: str, now: float) -> None:
        self.session.value.update(status=status, last_active_at=int(now))
        tell(self.session, f"agent.session.{status}", session=self.session.value)

    def _of_turn(self, type: str, **fields: Any) -> None:
        tell(self.session, f"agent.session.turn.{type}", session_id=self.session.id, turn_id=self._turn().id, **fields)

    def _keep(self, item: dict[str, Any]) -> None:
        for place in (f"{self.session.path}/items", f"{self._turn().path}/items"):
            self.mock.resources.add(place, item)

    def _count(self, turn: Resource) -> None:
        """What the turn cost becomes known after its end, as with the API."""
        model = self.session.value["agent"]["model"]
        items = [each.value for each in self.mock.resources.all(f"{turn.path}/items")]
        spoken = dict.fromkeys(("user", "assistant"), 0)
        for item in items:
            text = " ".join(part.get("text", "") for part in item.get("content") or ())
            spoken[item.get("role", "assistant")] += tokens.count(text, model)
        turn.value["usage"] = _usage(spoken["user"], spoken["assistant"])
        before = self.session.value["usage"] or _usage(0, 0)
        self.session.value["usage"] = _usage(
            before["input_tokens"] + spoken["user"], before["output_tokens"] + spoken["assistant"]
        )

    def _trace(self, turn: Resource, now: float) -> None:
        rng = dice("trace", self.seed, turn.id)
        ids = {"traceId": f"{rng.getrandbits(128):032x}", "spanId": f"{rng.getrandbits(64):016x}"}
        times = {"startTimeUnixNano": f"{turn.value['created_at']}000000000", "endTimeUnixNano": f"{int(now)}000000000"}
        otlp = {"resourceSpans": [{"scopeSpans": [{"spans": [{**ids, "name": "turn", **times}]}]}]}
        value = {"id": turn.id, "object": "agent.session.trace", "session_id": self.session.id}
        self.mock.resources.add(
            f"{self.session.path}/traces", {**value, "created_at": turn.value["created_at"], "otlp": otlp}
        )

    def _turn(self) -> Resource:
        turn = self.session.private["turn"]
        assert isinstance(turn, Resource)
        return turn

    def _output(self) -> int:
        private = self._turn().private
        private["outputs"] += 1
        return int(private["outputs"]) - 1

    def _own(self, name: str) -> list[Any]:
        found: list[Any] = self.session.private.setdefault(name, [])
        return found

    def _pending(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.session.private.setdefault("pending", {})
        return found

    def _id(self, prefix: str) -> str:
        place = f"{self.session.path}/{prefix}"
        if prefix == "turn_":
            return collections()[TURNS].id(dice(self.seed, place, self.mock.resources.made))
        return prefix + token(dice(self.seed, place, self.mock.resources.made), 48, "0123456789abcdef")


def tell(session: Resource, type: str, /, **fields: Any) -> None:
    """Tell whoever listens to a session that something has happened in it."""
    events: list[bytes] = session.private.setdefault("events", [])
    id = f"event_{token(dice(session.id, len(events)), 24)}"
    event = {"type": type, "event_id": id, **fields}
    events.append(encode(Event(orjson.dumps(event).decode(), type)))


def _usage(read: int, written: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }
