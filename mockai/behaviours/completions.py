"""Legacy completions: texts continued, one body or a stream of chunks that adds up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from .. import catalogue, sse, tokens
from ..answers import answer
from ..call import Call
from ..dice import dice, token
from ..errors import BadRequest, StubError
from ..http import Reply
from ..kinds import fields
from ..voice import Utterance
from . import Mock, behaviour, renderer
from .chat_parts import named_model
from .chat_prompt import chance
from .completion_logprobs import listed, sureness
from .letter import by_type
from .token_input import texts

USUAL_TOKENS = 16
"""The `max_tokens` of a request that names none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One continuation: what stands in its `text`, piece by piece, and why it ends.

    `offset` is where the text begins, in characters from the beginning of the prompt; `top` how many likely tokens
    are told of each place, None for no log probabilities; `alone` whether nothing at all comes before it.
    """

    index: int
    pieces: tuple[str, ...]
    finish: str
    model: str
    offset: int
    alone: bool
    top: int | None

    def entry(self, text: str, finish: str | None, offset: int) -> dict[str, Any]:
        """One of the `choices` of a body or of a chunk: a part of the text, from a character on."""
        heard = None
        if self.top is not None and text:
            heard = listed(text, self.model, self.top, offset, first=self.alone and offset == 0)
        return {"text": text, "index": self.index, "logprobs": heard, "finish_reason": finish}


@behaviour("completions.create")
def create(call: Call, mock: Mock) -> Reply:
    """The continuation of each prompt that a model nobody has scripted gives, within the request's limits."""
    body, model = fields(call), named_model(call)
    prompts = _prompts(body, model)
    wanted = body.get("n") or 1
    made = max(wanted, body.get("best_of") or 1)
    said: list[Utterance] = []
    spent = 0
    for place, prompt in enumerate(prompts):
        drafts = [_continued(call, body, mock, model, prompt, place * made + index) for index in range(made)]
        spent += sum(tokens.count(draft.text or "", model) for draft in drafts)
        best = sorted(drafts, key=lambda draft: -sureness(draft.text or "", model)) if made > wanted else drafts
        said += best[:wanted]
    return _rendered(call, mock, said, prompts, spent)


@renderer("completions.create")
def render(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Reply:
    """The answer that says `utterances` word for word, one a choice, to each of the prompts."""
    prompts = _prompts(fields(call), named_model(call))
    spent = sum(tokens.count(each.text or "", named_model(call)) for each in utterances) * len(prompts)
    return _rendered(call, mock, [*utterances] * len(prompts), prompts, spent)


def _prompts(body: dict[str, Any], model: str) -> list[str]:
    return texts(body.get("prompt") or "", model, "prompt")


def _continued(call: Call, body: dict[str, Any], mock: Mock, model: str, prompt: str, index: int) -> Utterance:
    """What a model says after a prompt: words about it, up to a stop or to the limit of tokens."""
    limit = USUAL_TOKENS if body.get("max_tokens") is None else body["max_tokens"]
    used, most = tokens.count(prompt, model), catalogue.like(model).context
    if 0 < most < used + limit:
        words = f"This model's maximum context length is {most} tokens, however you requested {used + limit} tokens"
        told = f"({used} in your prompt; {limit} for the completion)."
        raise BadRequest(f"{words} {told} Please reduce your prompt; or completion length.")
    rng = chance(call, {**body, "prompt": prompt}, index)
    text = "\n\n" + mock.speaker.words(prompt, rng)
    stops = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or ()
    ends = [end for stop in stops if stop and (end := text.find(stop)) >= 0]
    text = text[: min(ends)] if ends else text
    if tokens.count(text, model) > limit:
        return Utterance(text=tokens.head(text, limit, model), finish="length")
    return Utterance(text=text, finish="stop")


def _rendered(call: Call, mock: Mock, said: Sequence[Utterance], prompts: Sequence[str], spent: int) -> Reply:
    """The answer; `spent` are the tokens of all that was written for it."""
    body, model = fields(call), named_model(call)
    each = len(said) // len(prompts)
    typed = by_type(mock)
    choices = [_choice(index, one, prompts[index // each], body, model, typed) for index, one in enumerate(said)]
    read = sum(tokens.count(prompt, model) for prompt in prompts)
    usage = {"prompt_tokens": read, "completion_tokens": spent, "total_tokens": read + spent}
    head = {
        "id": f"cmpl-{token(dice(call.seed, call.number), 29)}",
        "object": "text_completion",
        "created": int(mock.clock.now()),
    }
    named = {"model": catalogue.answers_as(model)}
    if not body.get("stream"):
        whole = [one.entry("".join(one.pieces), one.finish, one.offset) for one in choices]
        return answer(head | named | {"choices": whole, "usage": usage}, newline=True)
    counted = bool((body.get("stream_options") or {}).get("include_usage"))
    none = {"usage": None} if counted else {}
    events = [head | {"choices": [entry]} | named | none for entry in _turns(choices)]
    if counted:
        events.append(head | {"choices": []} | named | {"usage": usage})
    return Reply(200, (("content-type", "text/event-stream"),), sse.timeline(events))


def _choice(index: int, said: Utterance, prompt: str, body: dict[str, Any], model: str, typed: bool) -> Choice:
    if said.tool_calls:
        raise StubError("completions.create cannot call tools: its answers are text. Script them with .reply(…).")
    text = said.text or said.refusal or ""
    pieces = said.pieces if said.pieces is not None else tuple(tokens.split(text, model))
    echo = bool(body.get("echo"))
    if echo:
        pieces = (*tokens.split(prompt, model), *pieces)
    offset = 0 if echo else len(prompt)
    return Choice(index, pieces, said.finish or "stop", model, offset, echo and not typed, body.get("logprobs"))


def _turns(choices: Sequence[Choice]) -> Iterator[dict[str, Any]]:
    """The entries of a stream's chunks; those of several choices take turns."""
    for turn in zip_longest(*map(_entries, choices)):
        yield from (entry for entry in turn if entry is not None)


def _entries(choice: Choice) -> Iterator[dict[str, Any]]:
    """One choice piece by piece: cut short, its last piece says so; come to its end, an empty one after it does."""
    offset = choice.offset
    cut = choice.finish == "length" and bool(choice.pieces)
    for number, piece in enumerate(choice.pieces, 1):
        last = cut and number == len(choice.pieces)
        yield choice.entry(piece, choice.finish if last else None, offset)
        offset += len(piece)
    if not cut:
        yield choice.entry("", choice.finish, offset)
