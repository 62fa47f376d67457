"""An upstream whose answers vary as real ones do, and may drift: a real mockai behind a hand that changes what it says.

Fields that come and go, ids, texts, counts and times are drawn by the seed; `plant` is a function over each answer's
JSON values (events of a stream, or the one body), its status or its headers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import orjson

from mockai import MockAI
from mockai.http import Break, Chunk, Headers, Reply, Request
from mockai.sse import DONE, parse


@dataclass
class Answer:
    """An answer taken apart: the JSON values of its body, or of its events (by name; `[DONE]` is text)."""

    status: int
    headers: dict[str, str]
    values: list[Any]
    names: list[str | None]
    streamed: bool
    path: str = ""
    raw: bytes | None = None
    cut: bool = False

    def reply(self) -> Reply:
        """Put together again."""
        if self.raw is not None:
            body = self.raw
        elif self.streamed:
            lines = zip(self.names, self.values, strict=True)
            body = b"".join(
                (f"event: {name}\n" if name else "").encode()
                + b"data: "
                + (value.encode() if isinstance(value, str) else orjson.dumps(value))
                + b"\n\n"
                for name, value in lines
            )
        else:
            body = json.dumps(self.values[0], indent=2).encode()
        headers: Headers = tuple((name, value) for name, value in self.headers.items() if name != "content-length")
        steps: tuple[Chunk | Break, ...] = (Chunk(0.0, body),) if body else ()
        return Reply(self.status, headers, (*steps, Break()) if self.cut else steps)


Plant = Callable[[Answer], None]


@dataclass(eq=False)
class Drifting(MockAI):
    """A MockAI whose answers vary by `mood` and are changed by `plant`."""

    mood: int = 0
    plant: Plant | None = None
    asked: list[Request] = field(default_factory=list)

    def handle(self, request: Request) -> Any:
        reply = super().handle(replace(request, headers=tuple(h for h in request.headers if h[0] != "x-mockai-seed")))
        if not isinstance(reply, Reply) or request.path.startswith("/__mockai"):
            return reply
        self.asked.append(request)
        answer = taken_apart(reply, request.path)
        if answer.values:
            vary(answer, Random(f"{self.mood} {len(self.asked)}"))
        if self.plant is not None:
            self.plant(answer)
        return answer.reply()


def taken_apart(reply: Reply, path: str) -> Answer:
    body = reply.content
    headers = dict(reply.headers)
    if headers.get("content-type", "").startswith("text/event-stream"):
        events = list(parse(body))
        values = [DONE if event.data == DONE else event.value for event in events]
        return Answer(reply.status, headers, values, [event.name for event in events], True, path)
    if "json" in headers.get("content-type", ""):
        return Answer(reply.status, headers, [orjson.loads(body)], [], False, path)
    return Answer(reply.status, headers, [], [], False, path, body)


OPTIONAL = (
    "service_tier",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "max_tool_calls",
    "max_output_tokens",
    "conversation",
)
"""Fields of a response that may come and go: those that are null mean the same by their absence."""


def vary(answer: Answer, chance: Random) -> None:
    """Let optional fields come and go, nullable ones be null, counts and times differ, deltas come in other pieces."""
    if answer.streamed:
        _repiece(answer, chance)
    for value in answer.values:
        response = value.get("response", value) if isinstance(value, dict) else {}
        if response.get("object") == "response":
            for name in OPTIONAL:
                if chance.random() < 0.3:
                    response.pop(name, None)
        if isinstance(value, dict) and value.get("object") in ("chat.completion", "chat.completion.chunk"):
            if chance.random() < 0.5:
                value.pop("service_tier", None)
            elif value["object"] == "chat.completion":
                value["service_tier"] = chance.choice(["default", "flex", "priority"])
            usage = value.get("usage")
            if isinstance(usage, dict):
                for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
                    usage[name] = chance.randrange(1, 9_999)
                for name in ("prompt_tokens_details", "completion_tokens_details"):
                    if chance.random() < 0.4:
                        usage.pop(name, None)
            value["created"] = chance.randrange(1_600_000_000, 1_900_000_000)
            if chance.random() < 0.4:
                value.pop("system_fingerprint", None)
            elif chance.random() < 0.4:
                value["system_fingerprint"] = None
            for choice in value.get("choices", ()):
                message = choice.get("message")
                if isinstance(message, dict):
                    if chance.random() < 0.5:
                        message.pop("annotations", None)
                    message["content"] = "x" * chance.randrange(1, 400)
                    choice["finish_reason"] = chance.choice(["stop", "stop", "length"])
                    if chance.random() < 0.3:
                        choice.pop("logprobs", None)


def _repiece(answer: Answer, chance: Random) -> None:
    """Some deltas come twice, some not at all; never the only one."""
    pieces = [
        index
        for index, value in enumerate(answer.values)
        if isinstance(value, dict)
        and (
            str(value.get("type")).endswith("output_text.delta")
            or any(choice.get("delta", {}).get("content") for choice in value.get("choices", ()))
        )
    ]
    for index in reversed(pieces[1:]):
        times = chance.choice([0, 1, 1, 2, 3])
        answer.values[index : index + 1] = [answer.values[index]] * times
        answer.names[index : index + 1] = [answer.names[index]] * times


@contextmanager
def drifting(mood: int = 0, plant: Plant | None = None, **options: Any) -> Iterator[tuple[Drifting, str]]:
    """Such an upstream and its address, on a socket."""
    mock = Drifting(seed=mood, mood=mood, plant=plant, **options)
    with mock, mock.serve() as url:
        yield mock, url
