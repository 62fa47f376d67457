"""A run at work: it begins, searches and calls tools, asks for the outputs of functions, and writes its answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..call import Call
from ..dice import dice, token
from ..errors import MockaiError
from ..lifecycle import Move
from ..resources import Resource
from ..voice import Utterance, thought
from . import Mock, run_steps
from .chat_limits import within
from .chat_prompt import asked, chance
from .chat_tokens import usage
from .messages import head, written
from .run_events import tell_calls, tell_words
from .run_prompt import chat
from .run_status import Tell, end, silent, spent
from .run_tools import called, citation, searched

LOG = logging.getLogger("mockai")


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do since `call`: the words are `said` where a stub has scripted them; `tell` hears of it."""

    call: Call
    mock: Mock
    said: Utterance | None = None
    tell: Tell = silent

    def queue(self, run: Resource) -> None:
        """Let the run wait for its turn."""
        self.mock.resources.set_out(run, self.begin)
        self.tell("thread.run.queued", run.value)

    def begin(self, run: Resource, now: float) -> Move | None:
        """The run's turn has come."""
        if now >= run.value["expires_at"]:
            self._end(run, "expired", run.value["expires_at"])
            return None
        run.value |= {"status": "in_progress", "started_at": run.value["started_at"] or int(now)}
        self.tell("thread.run.in_progress", run.value)
        return self.answer

    def answer(self, run: Resource, now: float) -> Move | None:
        """The model speaks; whatever goes wrong with that ends the run, as it does at the API."""
        if now >= run.value["expires_at"]:
            self._end(run, "expired", run.value["expires_at"])
            return None
        try:
            self._answer(run, now)
        except Exception as error:
            LOG.error("mockai: run %s failed", run.id, exc_info=None if isinstance(error, MockaiError) else error)
            words = f"{type(error).__name__}: {error} Script an answer: mock.on(…).reply(…)."
            why = {"code": "server_error", "message": words}
            self._end(run, "failed", now, last_error=why)
        return None

    def _answer(self, run: Resource, now: float) -> None:
        talk = chat(run, self.mock)
        search = None
        if talk is not None and (search := searched(run, talk, self.call, self.mock)) is not None:
            self._finish(self._call_tools(run, [search], {}), now)
            talk = chat(run, self.mock)
        if talk is None:
            self._end(run, "incomplete", now, incomplete_details={"reason": "max_prompt_tokens"})
            return
        said, price = self._speak(run, talk, self.said)
        if said.tool_calls and said.finish != "length":
            calls = [called(each) for each in said.tool_calls]
            step = self._call_tools(run, calls, price)
            asks = [each for each in calls if each["type"] == "function"]
            if asks:
                self._ask_for_outputs(run, asks)
                return
            self._finish(step, now)
            talk = chat(run, self.mock) or talk
            said, price = self._speak(run, talk, None)
        if not said.tool_calls:
            self._write(run, said, price, search if self.said is None else None, now)
        if said.finish == "length":
            self._end(run, "incomplete", now, incomplete_details={"reason": "max_completion_tokens"})
        else:
            self._end(run, "completed", now)

    def _speak(
        self, run: Resource, talk: Mapping[str, Any], said: Utterance | None
    ) -> tuple[Utterance, dict[str, Any]]:
        """What the model says and what that costs: what is scripted word for word, else what the run's limit allows."""
        rng, model = chance(self.call, talk, 0), talk["model"]
        thinking = thought(model, talk["reasoning_effort"], rng.randint)
        most = run.value["max_completion_tokens"] if said is None else None
        said = replace(self.mock.speaker.utter(asked(talk), rng) if said is None else said, reasoning=thinking)
        if most is not None:
            said = within(said, {"max_completion_tokens": max(most - spent(run)["completion_tokens"], 1)}, model)
        made = dice(self.call.seed, run.id, self.call.number, "calls")
        calls = tuple(each if each.id else replace(each, id=f"call_{token(made, 24)}") for each in said.tool_calls)
        cost = usage(talk, [said], model)
        price = {name: cost[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
        run.private["usage"] = {name: count + price[name] for name, count in spent(run).items()}
        return replace(said, tool_calls=calls), price

    def _call_tools(self, run: Resource, calls: Sequence[dict[str, Any]], price: Mapping[str, Any]) -> Resource:
        """A step that calls tools; its cost stands in it when it is done."""
        step = self._begin_step(run, {"type": "tool_calls", "tool_calls": []})
        tell_calls(self.tell, step.id, calls, run.value["model"])
        step.value["step_details"]["tool_calls"] = list(calls)
        step.private["price"] = price
        return step

    def _ask_for_outputs(self, run: Resource, calls: Sequence[Mapping[str, Any]]) -> None:
        asks = [
            {
                "id": each["id"],
                "type": "function",
                "function": {"name": each["function"]["name"], "arguments": each["function"]["arguments"]},
            }
            for each in calls
        ]
        run.value["status"] = "requires_action"
        run.value["required_action"] = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": asks}}
        self.tell("thread.run.requires_action", run.value)

    def take_outputs(self, run: Resource, outputs: Mapping[str, str]) -> None:
        """Let a run go on with the outputs of its functions, by the ids of the calls."""
        for step in self.mock.resources.all(f"{run.path}/steps"):
            if step.value["status"] == "in_progress":
                for each in run_steps.tools(step.value["step_details"]):
                    if each["type"] == "function":
                        each["function"]["output"] = outputs.get(each["id"])
                self._finish(step, self.mock.clock.now())
        run.value |= {"status": "queued", "required_action": None}
        self.queue(run)

    def _write(
        self, run: Resource, said: Utterance, price: Mapping[str, Any], search: Mapping[str, Any] | None, now: float
    ) -> None:
        """A step that writes a message; one that has grown too long stays incomplete."""
        thread = run.place.removesuffix("/runs")
        value = {
            **head(self.call, self.mock),
            "assistant_id": run.value["assistant_id"],
            "thread_id": run.value["thread_id"],
            "run_id": run.id,
            "status": "in_progress",
            "incomplete_details": None,
            "incomplete_at": None,
            "completed_at": None,
            "role": "assistant",
            "content": [],
            "attachments": [],
            "metadata": {},
        }
        step = self._begin_step(run, {"type": "message_creation", "message_creation": {"message_id": value["id"]}})
        step.private["price"] = price
        self.mock.resources.add(f"{thread}/messages", value)
        for status in ("created", "in_progress"):
            self.tell(f"thread.message.{status}", value)
        cited = [citation(search, said.text or "")] if search is not None and said.refusal is None else []
        tell_words(self.tell, value["id"], said, cited, run.value["model"])
        part = written((said.text or "") + "".join(note["text"] for note in cited))
        if said.refusal is not None:
            part = {"type": "refusal", "refusal": said.refusal}
        else:
            part["text"]["annotations"] = cited
        value["content"] = [part]
        if said.finish == "length":
            value |= {"status": "incomplete", "incomplete_details": {"reason": "max_tokens"}, "incomplete_at": int(now)}
        else:
            value |= {"status": "completed", "completed_at": int(now)}
        self.tell(f"thread.message.{value['status']}", value)
        self._finish(step, now)

    def _begin_step(self, run: Resource, details: Mapping[str, Any]) -> Resource:
        step = run_steps.begun(run, details, self.call, self.mock)
        for status in ("created", "in_progress"):
            self.tell(f"thread.run.step.{status}", step.value)
        return step

    def _finish(self, step: Resource, now: float) -> None:
        price = step.private["price"] or dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
        step.value |= {"status": "completed", "completed_at": int(now), "usage": dict(price)}
        self.tell("thread.run.step.completed", run_steps.shown(step.value, self.call))

    def _end(self, run: Resource, status: str, now: float, **why: Any) -> None:
        end(run, status, now, self.mock, self.tell, **why)
