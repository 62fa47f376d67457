"""Answers in their order: what a stub says, how often, and what then. `Stub` inherits every verb of this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from . import exact as exactly
from . import given
from .behaviours import renderer_of
from .call import Call
from .errors import BadRequest, Refusal, StubError
from .failures import failure
from .http import Headers, Reply
from .match import show
from .operations import Operation
from .parameters import parameters
from .services import told
from .step import Answer, Step, ordinary
from .timeline import Pace
from .voice import ToolCall, Utterance

if TYPE_CHECKING:
    from .cassette import Take
    from .faults import Fault
    from .mock import MockAI

MOST_CHOICES = 128  # the most the API gives (`n`)


class Script:
    """The answers of a stub for one operation, in order. Every verb returns the script, so that they chain."""

    operation: str
    row: Operation | None
    steps: list[Step]
    thoughts: tuple[str, int] | None = None
    """What was thought (and in how many tokens) before words that are still to come."""

    # -- what to answer

    def reply(self, said: Any = None, *, exact: Any = None, status: int = 200, unchecked: bool = False) -> Self:
        """Say a text the way this operation says things; or answer with a body, given as it is or as `exact`.

        A body is a JSON value, an object of the SDK's (or any of pydantic's), bytes, or a list of events for a
        streaming call; a successful one is held against the API's schema now. A Reply is answered with as it is.
        Raises StubError for an answer the API could never give, unless `unchecked`.
        """
        if (said is None) == (exact is None):
            raise StubError("reply(...) takes either a text or exact=, the whole body.")
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise StubError(f"reply(..., status={status!r}): an answer has a status from 200 to 599.")
        whole = said if exact is None else exact
        if isinstance(whole, Reply):
            return self._step(lambda _call, _mock: whole, f"reply(Reply({whole.status}, …))")
        if isinstance(said, str):
            return self._speak(Utterance(text=said), f"reply({show(said)})")
        row, succeeds = self.row, 200 <= status < 300
        value = exactly.value_of(whole, row if succeeds else None)
        if row is not None and succeeds and not unchecked:
            exactly.check(row, value)
        events = exactly.are_events(row, value)
        reply = exactly.written(value, status, events)

        def answer(call: Call, _mock: MockAI) -> Reply:
            if row is not None and row.stream and succeeds and not unchecked:
                self._check_streaming(call, events)
            return reply

        return self._step(answer, "reply(exact=…)")

    def stream(
        self, pieces: Sequence[str], *, ttft: float = 0.0, tps: float | None = None, jitter: float = 0.0, seed: int = 0
    ) -> Self:
        """Say these pieces, one chunk each if the call streams.

        `ttft` is the time to the first piece in seconds, `tps` how many pieces come a second (None: all at once),
        `jitter` the fraction by which each delay may vary.
        """
        pieces = given.pieces(pieces)
        pace = given.paced(ttft, tps, jitter, seed)
        return self._speak(Utterance(text="".join(pieces), pieces=pieces), f"stream({show(list(pieces))})", pace)

    def call_tool(self, name: str, /, **arguments: Any) -> Self:
        """Ask for one tool call."""
        return self.call_tools((name, arguments))

    def call_tools(self, *calls: tuple[str, Mapping[str, Any]] | ToolCall, text: str | None = None) -> Self:
        """Ask for several tool calls at once: pairs of a name and its arguments; `text` is said before them."""
        if not calls:
            raise StubError("call_tools(...) needs a call: call_tools(('get_weather', {'city': 'Paris'})).")
        asked = tuple(call if isinstance(call, ToolCall) else given.tool_call(call) for call in calls)
        given.check_text("call_tools", text or "")
        words = ", ".join([*(call.name for call in asked), *([f"text={show(text)}"] if text is not None else [])])
        return self._speak(Utterance(text=text, tool_calls=asked), f"call_tools({words})")

    def refuse(self, text: str = "I'm sorry, I can't help with that.") -> Self:
        """Refuse in the place the API has for refusals."""
        given.check_text("refuse", text)
        return self._speak(Utterance(refusal=text), f"refuse({show(text)})")

    def reasoning(self, text: str, *, tokens: int | None = None) -> Self:
        """Think before the words that come next: `on(…).reasoning("Let me see.").reply("42")`.

        A response shows the thoughts as a summary of its reasoning; everywhere their `tokens` are counted, those of
        the text in blocks of 64 where no number is given.
        """
        if renderer_of(self.operation) is None:
            raise StubError(f"{self.operation} does not speak in words, so there is nothing to think of before them.")
        given.check_text("reasoning", text)
        if tokens is not None and (not isinstance(tokens, int) or tokens < 0):
            raise StubError(f"reasoning(…, tokens={tokens!r}): how many tokens is a whole number, or 0.")
        if tokens is None:
            from .tokens import count

            tokens = 64 * -(-count(text, "gpt-5") // 64)
        self.thoughts = text, tokens
        return self

    def embed(self, vectors: Sequence[Any] | Mapping[str, Sequence[float]], /) -> Self:
        """Answer embeddings with these vectors: one for each input in order, one for all, or a dict by the text.

        Texts that have none keep the vector they would have had.
        """
        given.only("embed", self.operation, *given.EMBEDDINGS)
        return self._step(given.embedded(vectors), f"embed({show(vectors)})")

    def image(self, *files: bytes | str | Path) -> Self:
        """Answer with these pictures: their bytes, or the paths of their files, which are read now."""
        given.only("image", self.operation, *given.IMAGES)
        return self._step(given.pictured(files), f"image({', '.join(map(show, files))})")

    def speech(self, said: bytes | str, /) -> Self:
        """Answer with this audio, or with the speech of this text."""
        given.only("speech", self.operation, *given.SPEECH)
        return self._step(given.spoken(said), f"speech({show(said)})")

    def transcript(self, text: str, *, words: Sequence[Any] = ()) -> Self:
        """Answer that a recording says `text`; `words` are when: `[("Hello", 0.0, 0.4), …]`, in seconds."""
        given.only("transcript", self.operation, *given.TRANSCRIPTS)
        given.check_text("transcript", text)
        return self._step(given.written(text, words), f"transcript({show(text)})")

    def fail(
        self,
        status: int | str,
        message: str | None = None,
        *,
        type: str | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Answer with the API's error of this status or name (`insufficient_quota`); `retry_after` in seconds."""
        extra: Headers = tuple((name.lower(), value) for name, value in (headers or {}).items())
        error = failure(
            status, message, type=type, code=code, param=param, retry_after=retry_after, headers=extra
        )  # fmt: skip
        return self._step(lambda call, _mock: told(error, call), f"fail({status!r})")

    def fault(self, *faults: Fault) -> Self:
        """Let `faults` (see `mockai.faults`) spoil the latest answer, or the ordinary one where none is open.

        `on(…).reply("Hello").fault(close(chunks=3)).then.answer()`.
        """
        from .injections import sound

        sound(faults)
        if not self.steps or self.steps[-1].times is not None:
            self.answer()
        self.steps[-1].faults += faults
        return self

    def answer(self) -> Self:
        """Answer as if this stub were not there."""
        return self._step(ordinary, "answer()")

    def forward(self, to: str | None = None) -> Self:
        """Let the real API answer: the mock's upstream, or the one with the base URL `to`."""
        return self._step(given.forwarded(to), f"forward({'' if to is None else repr(to)})")

    def from_cassette(self, path: str | Path, number: int | None = None) -> Self:
        """Answer as in a cassette, whatever the request says: with its recordings of this operation one after the
        other, or with the exchange of that `number` in it, from 1. Raises StubError where there is none.
        """
        takes = given.recorded(path, number, self.operation)
        for take in takes:
            self._step(self._played(take), f"from_cassette({str(path)!r}, {take.number})")
            if take is not takes[-1]:
                self.steps[-1].times = 1
        return self

    # -- how often

    def times(self, count: int) -> Self:
        """Use the latest answer exactly `count` times; `verify` then asks for each of them."""
        if not self.steps:
            raise StubError("times(n) comes after an answer: on(...).fail(503).times(2).")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise StubError(f"times({count!r}): how often is a whole number, at least 1; leave the stub out for never.")
        self.steps[-1].times, self.steps[-1].always = count, False
        return self

    def always(self) -> Self:
        """Use the latest answer as often as it is asked for, be it never: `verify` asks for nothing."""
        if not self.steps:
            raise StubError("always() comes after an answer: on(...).reply('Hello!').always().")
        self.steps[-1].times, self.steps[-1].always = None, True
        return self

    @property
    def then(self) -> Self:
        """The next answer comes after the ones before it are used up: `fail(429).then.answer()`."""
        if not self.steps:
            raise StubError("then comes after an answer: on(...).fail(429).then.answer().")
        if self.steps[-1].always:
            raise StubError(f"{self} goes on for ever, so nothing comes then. Use times(n) instead of always().")
        if self.steps[-1].times is None:
            self.steps[-1].times = 1
        return self

    # -- what that means

    def _check_streaming(self, call: Call, events: bool) -> None:
        """A stream that is answered with a body, or the other way round, would look to the client like no answer."""
        if (parameters(call).get("stream") is True) is not events:
            asked, given = ("one body", "a list of events") if events else ("a stream", "one body")
            raise Refusal(
                f"{call.name} (call {call.number}) asks for {asked}, and {self} has {given}. "
                f"Declare one stub with stream=True and one with stream=False, or reply in words, which fit both.",
                code="no_stub_matches",
            )

    def _played(self, take: Take) -> Answer:
        events = (take.exchange.reply.header("content-type") or "").startswith("text/event-stream")

        def answer(call: Call, mock: MockAI) -> Reply:
            if self.row is not None and self.row.stream:
                self._check_streaming(call, events)
            return take.at(mock.speed, mock.exact_pieces)

        return answer

    def _speak(self, said: Utterance, words: str, pace: Pace | None = None) -> Self:
        render = renderer_of(self.operation)
        if render is None:
            raise StubError(
                f"{self.operation} does not speak in words that {words} could be put into. Use reply(exact={{…}})."
            )

        if self.thoughts is not None:
            thoughts, spent = self.thoughts
            said, words = replace(said, thoughts=thoughts, reasoning=spent), f"reasoning({show(thoughts)}).{words}"
            self.thoughts = None

        def answer(call: Call, mock: MockAI) -> Reply:
            if not isinstance(call.body, dict | tuple):
                raise BadRequest("The body of the request is not a JSON object.")
            count = call.body.get("n") if isinstance(call.body, dict) else None
            reply = render(call, [said] * (min(count, MOST_CHOICES) if isinstance(count, int) else 1), mock)
            return reply if pace is None else Reply(reply.status, reply.headers, pace(reply.body), reply.after)

        return self._step(answer, words)

    def _step(self, answer: Answer, words: str) -> Self:
        if self.steps and self.steps[-1].times is None:
            raise StubError(f"{self} has its answer already. Say .then before the next one, or declare another stub.")
        if self.thoughts is not None:
            raise StubError(f"reasoning(…) comes before words, and {words} says none: reasoning('…').reply('…').")
        self.steps.append(Step(answer, words))
        return self
