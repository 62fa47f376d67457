"""What a user scripts: when a call looks like this, answer like that, so many times, then like something else.

The most recently declared stub that matches answers; one that is used up is passed over.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import orjson

from .behaviours import renderer_of
from .call import Call
from .conditions import reach, wanting
from .errors import StubError
from .failures import failure
from .http import Chunk, Headers, Reply
from .match import Mismatch
from .operations import Operation, find, operation
from .registry import registry
from .sse import DONE, timeline
from .timeline import Pace
from .voice import ToolCall, Utterance

if TYPE_CHECKING:
    from .behaviours import Mock

Answer = Callable[[Call, "Mock"], Reply | None]
"""Gives a Reply, or None for the ordinary answer."""


def ordinary(_call: Call, _mock: Mock) -> None:
    """Leave the call to the sources after the stubs."""


@dataclass(slots=True)
class Step:
    """One answer of a stub: how often it may be used (None: for ever, or once if another follows) and was."""

    answer: Answer
    words: str
    times: int | None = None
    used: int = 0


@dataclass(eq=False)
class Stub:
    """A matcher and its answers in order. Made by `mock.on(...)`; every method returns the stub, so that calls chain.

    `operation` is an operation's id or `METHOD /path`; `where` maps paths in the body (`messages__0__content`) to
    values, parts of objects, Conditions or functions.
    """

    operation: str
    where: Mapping[str, Any]
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row = self._row()
        if self.row is not None and self.row.body is not None:
            self._check_names(self.row.body)

    # -- what to answer

    def reply(self, text: str | None = None, *, exact: Any = None, status: int = 200, unchecked: bool = False) -> Self:
        """Say `text` the way this operation says things, or answer with the body `exact`.

        `exact` is a JSON value, or a list of events for a streaming call; it is held against the API's schema now.
        Raises StubError for an answer the API could never give, unless `unchecked`.
        """
        if (text is None) == (exact is None):
            raise StubError("reply(...) takes either a text or exact=, the whole body.")
        if text is not None:
            return self._speak(Utterance(text=text), f"reply({text!r})")
        if not unchecked:
            self._check_answer(exact)
        return self._step(lambda _call, _mock: written(exact, status, self._is_events(exact)), "reply(exact=…)")

    def stream(
        self, pieces: Sequence[str], *, ttft: float = 0.0, tps: float | None = None, jitter: float = 0.0, seed: int = 0
    ) -> Self:
        """Say these pieces, one chunk each if the call streams.

        `ttft` is the time to the first piece in seconds, `tps` how many pieces come a second (None: all at once),
        `jitter` the fraction by which each delay may vary.
        """
        pace = Pace(ttft, 1 / tps if tps else 0.0, jitter, seed)
        said = Utterance(text="".join(pieces), pieces=tuple(pieces))
        return self._speak(said, f"stream({list(pieces)!r})", pace)

    def call_tool(self, name: str, /, **arguments: Any) -> Self:
        """Ask for one tool call."""
        return self.call_tools((name, arguments))

    def call_tools(self, *calls: tuple[str, Mapping[str, Any]]) -> Self:
        """Ask for several tool calls at once: pairs of a name and its arguments."""
        asked = tuple(ToolCall(name, orjson.dumps(arguments).decode()) for name, arguments in calls)
        return self._speak(Utterance(tool_calls=asked), f"call_tools({', '.join(name for name, _ in calls)})")

    def refuse(self, text: str = "I'm sorry, I can't help with that.") -> Self:
        """Refuse in the place the API has for refusals."""
        return self._speak(Utterance(refusal=text), f"refuse({text!r})")

    def fail(
        self,
        status: int,
        message: str | None = None,
        *,
        type: str | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Answer with the API's error of this status; `retry_after` in seconds."""
        extra: Headers = tuple((name.lower(), value) for name, value in (headers or {}).items())
        spoiled = failure(
            status, message, type=type, code=code, param=param, retry_after=retry_after, headers=extra
        )  # fmt: skip
        return self._step(lambda _call, _mock: spoiled, f"fail({status})")

    def answer(self) -> Self:
        """Answer as if this stub were not there."""
        return self._step(ordinary, "answer()")

    # -- how often

    def times(self, count: int) -> Self:
        """Use the latest answer exactly `count` times; `verify` then asks for each of them."""
        if not self.steps:
            raise StubError("times(n) comes after an answer: on(...).fail(503).times(2).")
        if count < 1:
            raise StubError(f"times({count}): an answer is used at least once; leave the stub out for never.")
        self.steps[-1].times = count
        return self

    @property
    def then(self) -> Self:
        """The next answer comes after the ones before it are used up: `fail(429).then.answer()`."""
        if not self.steps:
            raise StubError("then comes after an answer: on(...).fail(429).then.answer().")
        if self.steps[-1].times is None:
            self.steps[-1].times = 1
        return self

    # -- what the straight line asks

    def mismatches(self, call: Call) -> Iterator[Mismatch]:
        """Where the call is not what this stub answers; nothing means it is."""
        if self.operation != call.name:
            yield Mismatch("operation", self.operation, call.name)
        for path, wanted in self.where.items():
            where, got = reach(call.body, path)
            yield from wanting(wanted, got, where)

    def current(self) -> Step | None:
        """The answer whose turn it is, or None when all are used up."""
        return next((step for step in self.steps if step.times is None or step.used < step.times), None)

    def unmet(self) -> str | None:
        """What was promised and did not happen, in words; None if all did."""
        if not any(step.used for step in self.steps):
            return f"{self} was never used."
        for step in self.steps:
            if step.times is not None and step.used < step.times:
                return f"{self}: {step.words} was used {step.used} of {step.times} times."
        return None

    def __str__(self) -> str:
        where = "".join(f", {name}={wanted!r}" for name, wanted in self.where.items())
        return f"on({self.operation!r}{where})" + "".join(f".{step.words}" for step in self.steps[:1])

    # -- declared well?

    def _row(self) -> Operation | None:
        method, _, path = self.operation.partition(" ")
        if not path:
            return operation(self.operation)
        route = find(method.upper(), path)
        self.operation = route.operation.id if route else f"{method.upper()} {path}"
        return route.operation if route else None

    def _check_names(self, body: str) -> None:
        known = registry().schema(body).get("properties", {})
        for path in self.where:
            name = path.partition("__")[0]
            if known and name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f" Did you mean {near[0]!r}?" if near else f" It has: {', '.join(sorted(known))}."
                raise StubError(f"{self.operation} has no parameter {name!r}.{hint}")

    def _check_answer(self, exact: Any) -> None:
        from .complaint import findings

        row = self.row
        if row is None:
            return
        events = self._is_events(exact)
        name = row.stream if events else row.result
        for index, value in enumerate(exact if events else [exact]):
            if name is None or registry().valid(name, value):
                continue
            found = findings(registry().schema(name), value)
            place = f"event {index} of " if events else ""
            told = "\n".join(f"  - {finding.message}" for finding in found[:5])
            raise StubError(
                f"The API could never give this answer to {self.operation}; {place}exact= is wrong in:\n{told}\n"
                f"Mend it, or pass unchecked=True to answer with it all the same."
            )

    def _is_events(self, exact: Any) -> bool:
        return isinstance(exact, list) and self.row is not None and self.row.stream is not None

    def _speak(self, said: Utterance, words: str, pace: Pace | None = None) -> Self:
        render = renderer_of(self.operation)
        if render is None:
            raise StubError(
                f"{self.operation} does not speak in words that {words} could be put into. Use reply(exact={{…}})."
            )

        def answer(call: Call, mock: Mock) -> Reply:
            reply = render(call, [said] * ((call.body or {}).get("n") or 1), mock)
            return reply if pace is None else Reply(reply.status, reply.headers, pace(reply.body), reply.after)

        return self._step(answer, words)

    def _step(self, answer: Answer, words: str) -> Self:
        if self.steps and self.steps[-1].times is None:
            raise StubError(f"{self} has its answer already. Say .then before the next one, or declare another stub.")
        self.steps.append(Step(answer, words))
        return self


def written(body: Any, status: int, events: bool) -> Reply:
    """A body given in full, as an answer: JSON, or one event a list item (named events where they have a `type`)."""
    if events:
        named = all(isinstance(event, Mapping) and "type" in event for event in body)
        chunks = timeline(body, named=named, done=None if named else DONE)
        return Reply(status, (("content-type", "text/event-stream; charset=utf-8"),), chunks)
    data = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(status, (("content-type", "application/json"),), (Chunk(0, data),))


def unmatched(call: Call, stubs: Sequence[Stub]) -> str:
    """What to say of a call that no stub answers: the closest stubs, where they differ, what to do."""
    scored = sorted(((stub, list(stub.mismatches(call))) for stub in stubs), key=lambda pair: len(pair[1]))
    lines = [f"No stub answers {call.name} (call {call.number})."]
    for stub, found in scored[:3]:
        lines.append(f"  {stub}" + (" is used up." if not found else " differs in:"))
        lines += [f"    - {mismatch}" for mismatch in found[:8]]
    lines.append("Loosen a stub, add another, or let the mock answer by itself with unmatched='synthesize'.")
    return "\n".join(lines)
