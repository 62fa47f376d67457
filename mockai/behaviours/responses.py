"""Responses: items that answer items, at once, in a stream or in the background; kept unless nobody wants them kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from .. import catalogue, kinds, pages
from ..admit import query_of
from ..answers import answer, events
from ..call import Call
from ..dice import dice
from ..errors import BadRequest
from ..http import Reply
from ..lifecycle import Move, enter
from ..resources import Resource
from ..strict import SCRIPT, answer_fault, function_fault
from ..voice import Prompt, Utterance, thought
from . import Mock, behaviour, renderer
from .chat_cache import LEAST, remembered
from .chat_limits import within
from .chat_sources import sourced
from .responses_asking import PLACE, Asking, asking, say
from .responses_azure import filtered, unfiltered
from .responses_body import ended, failed, ordered, started, usage
from .responses_finding import at_hand
from .responses_hosted import tool_of
from .responses_input import as_chat, asked, chance, input_tokens, opaque
from .responses_local import housed
from .responses_names import item_id, response_id
from .responses_output import goes_on, output, spent
from .responses_stream import events as told
from .responses_window import CODE, TOO_LONG, too_long

PAYER = {"payer": "developer"}
"""Who pays, as bodies of ended responses say; streams do not."""

SEALED_TOKENS = 80
"""Tokens that the request for a compaction costs beside what is compacted."""


@behaviour("beta.responses.create")
@behaviour("responses.create")
def create(call: Call, mock: Mock) -> Reply:
    """The answer of a model nobody has scripted, within the request's limits."""
    wanted = asking(call, mock)
    if too_long(wanted):
        return _refused(wanted, call, mock)
    rng = chance(call, wanted.body, wanted.items)
    prompt = asked(wanted.body, wanted.items)
    said = _worded(_utter(mock, prompt, rng, wanted.body), wanted, prompt, mock, rng)
    return _answered(wanted, _limited(_thinking(said, wanted, rng), wanted), call, mock)


@renderer("beta.responses.create")
@renderer("responses.create")
def render(call: Call, utterances: Sequence[Utterance], mock: Mock) -> Reply:
    """The answer that says the first of `utterances`, word for word: streamed if the request asks for it."""
    wanted = asking(call, mock)
    rng = chance(call, wanted.body, wanted.items)
    said = _worded(utterances[0], wanted, asked(wanted.body, wanted.items), mock, rng)
    return _answered(wanted, _thinking(said, wanted, rng), call, mock)


def _worded(said: Utterance, wanted: Asking, prompt: Prompt, mock: Mock, rng: Random) -> Utterance:
    """`said` with the words that follow tools whose results the model has at once; after a search they name sources."""
    if not goes_on(said, wanted, prompt.topic):
        return said
    text = _utter(mock, replace(prompt, tools=()), rng, wanted.body).text or ""
    if prompt.schema is None and any(call.name == "web_search" for call in said.tool_calls):
        text = sourced(text, prompt.topic, rng)
    return replace(said, text=text)


def _utter(mock: Mock, prompt: Prompt, rng: Random, body: Mapping[str, Any]) -> Utterance:
    """What a voice says. Raises BadRequest where a schema of the request has no value that it could make up."""
    from ..synthesize import Unsatisfiable

    try:
        return mock.speaker.utter(prompt, rng)
    except Unsatisfiable as error:
        words = f"{error} {SCRIPT}"
        if error.tool is None:
            name = body["text"]["format"].get("name", "")
            raise answer_fault(name, words, param="text.format.schema", code="invalid_json_schema") from error
        named = (at for at, tool in enumerate(body.get("tools") or ()) if tool.get("name") == error.tool)
        param = next((f"tools[{at}].parameters" for at in named), "tools")
        raise function_fault(error.tool, words, param=param) from error


def _thinking(said: Utterance, wanted: Asking, rng: Random) -> Utterance:
    if said.reasoning is not None:
        return said
    effort = (wanted.body.get("reasoning") or {}).get("effort")
    return replace(said, reasoning=thought(wanted.model, effort, rng.randint))


def _limited(said: Utterance, wanted: Asking) -> Utterance:
    """What is left of `said` within the request's limit; tools that have run before the words stay as they are."""
    limit = {"max_completion_tokens": wanted.body.get("max_output_tokens")}
    if said.text is None or not said.tool_calls:
        return within(said, limit, wanted.model)
    return replace(within(replace(said, tool_calls=()), limit, wanted.model), tool_calls=said.tool_calls)


def _answered(wanted: Asking, said: Utterance, call: Call, mock: Mock) -> Reply:
    """The response that says `said`: stored, and given as a body, as a stream, or as a promise."""
    body, now = wanted.body, mock.clock.now()
    rng = dice("answer", call.seed, call.number)
    ready = replace(wanted, body={**body, "tools": housed(body["tools"], rng)}) if body.get("tools") else wanted
    begun = _begun(ready, call, now, rng)
    topic = asked(body, wanted.items).topic
    items = output(said, ready, topic, rng, mock)
    most, cost = body.get("max_output_tokens"), spent(said, wanted.model)
    cost = most if most and said.finish == "length" else cost
    final = ended(begun, items, said.finish, _usage(wanted, cost, said, mock), now)
    final = filtered(final) if call.azure else final
    if body.get("moderation"):
        from .responses_moderation import moderated

        final["moderation"] = moderated(body["moderation"], topic, said.text or said.refusal or "")
    return _delivered(begun, final, wanted, call, mock, said.pieces)


def _begun(wanted: Asking, call: Call, now: float, rng: Random) -> dict[str, Any]:
    begun = started(wanted.body, response_id(wanted.stem, rng), wanted.model, now)
    if wanted.conversation is not None:
        begun = ordered({**begun, "conversation": {"id": wanted.conversation.id}})
    return unfiltered(begun) if call.azure else begun


def _refused(wanted: Asking, call: Call, mock: Mock) -> Reply:
    """What becomes of a request that is too long: an error at once, or a response that fails before it says a word.

    Raises BadRequest where nobody streams and nobody waits.
    """
    if not wanted.body.get("stream") and not wanted.body.get("background"):
        raise BadRequest(TOO_LONG, param="input", code=CODE)
    begun = _begun(wanted, call, mock.clock.now(), dice("answer", call.seed, call.number))
    return _delivered(begun, failed(begun, CODE, TOO_LONG), wanted, call, mock, None)


def _delivered(
    begun: dict[str, Any],
    final: dict[str, Any],
    wanted: Asking,
    call: Call,
    mock: Mock,
    pieces: Sequence[str] | None,
) -> Reply:
    """A response from `begun` to `final`, in the way the request wants to have it, and remembered."""
    body = wanted.body
    streamed, later = bool(body.get("stream")), bool(body.get("background"))
    whole = final if streamed or call.azure else ordered({**final, "billing": PAYER})
    resource = _kept(begun if later and not streamed else whole, wanted, begun, pieces, mock)
    if resource is not None and resource.value["status"] == "queued":
        mock.resources.set_out(resource, _background(whole, wanted, mock))
        return kinds.shown(call, mock, resource)
    _spoken(wanted, final, mock)
    if not streamed:
        return answer(whole)
    padded = (body.get("stream_options") or {}).get("include_obfuscation") is not False
    happening = told(begun, final, pieces=pieces, model=wanted.model, glimpses=_glimpses(wanted), padded=padded)
    return events(happening, named=True, done=None)


def _usage(wanted: Asking, cost: int, said: Utterance, mock: Mock) -> dict[str, Any]:
    body, model = wanted.body, wanted.model
    read = input_tokens(body, wanted.items, model)
    cached = written = 0
    if read >= LEAST:
        chat = {**body, **as_chat(body, wanted.items), "tools": body.get("tools")}
        cached, kept = remembered(chat, read, model, mock)
        written = kept if "cache_write" in catalogue.like(model).features else 0
    return usage(read, cost, min(said.reasoning or 0, cost), cached, written)


def _kept(
    value: Mapping[str, Any], wanted: Asking, begun: Mapping[str, Any], pieces: Sequence[str] | None, mock: Mock
) -> Resource | None:
    """The stored response; one that runs in the background can be asked for even if it is not to be stored."""
    if wanted.body.get("store") is False and not wanted.body.get("background"):
        return None
    return mock.resources.add(
        PLACE,
        dict(value),
        items=wanted.items,
        begun=begun,
        pieces=pieces,
        model=wanted.model,
        glimpses=_glimpses(wanted),
    )


def _glimpses(wanted: Asking) -> int:
    """How often a picture is to be seen before it is finished."""
    return tool_of("image_generation", at_hand(wanted.body)).get("partial_images") or 0


def _background(final: Mapping[str, Any], wanted: Asking, mock: Mock) -> Move:
    """The way of a response that nobody waits for."""

    def begin(resource: Resource, now: float) -> Move:
        enter(resource, "in_progress", now)
        return end

    def end(resource: Resource, now: float) -> None:
        resource.value = {**final, "completed_at": None if final["completed_at"] is None else int(now)}
        _spoken(wanted, resource.value, mock)

    return begin


def _spoken(wanted: Asking, final: Mapping[str, Any], mock: Mock) -> None:
    if wanted.conversation is not None and final["status"] != "failed":
        say(wanted.conversation, [*wanted.own, *final["output"]], mock)


@behaviour("beta.responses.retrieve")
@behaviour("responses.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """A stored response as it is now; or, with `stream`, its events again, from the one after `starting_after` on."""
    assert call.operation is not None
    resource = mock.resources.look(kinds.found(call, mock))
    query = query_of(call, call.operation) or {}
    if not query.get("stream"):
        return kinds.shown(call, mock, resource)
    mock.resources.hurry(resource)
    known, value = resource.private, {key: part for key, part in resource.value.items() if key != "billing"}
    begun = known.get("begun") or {**value, "status": "in_progress", "output": []}
    padded = query.get("include_obfuscation") is not False
    about = {"pieces": known.get("pieces"), "model": known.get("model") or value["model"]}
    happened = told(begun, value, **about, glimpses=known.get("glimpses") or 0, padded=padded)
    after = query.get("starting_after")
    return events(happened[0 if after is None else after + 1 :], named=True, done=None)


@behaviour("beta.responses.cancel")
@behaviour("responses.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A response that runs in the background, stopped; stopping it once more changes nothing."""
    resource = kinds.found(call, mock)
    if not resource.conjured:
        if not resource.value["background"]:
            raise BadRequest("Cannot cancel a synchronous response.")
        if resource.value["status"] in ("completed", "incomplete", "failed"):
            raise BadRequest("Cannot cancel a completed response.")
    if resource.value["status"] != "cancelled":
        kinds.lead(resource, "cancelled", mock)
    return kinds.shown(call, mock, resource)


@behaviour("beta.responses.input_items.list")
@behaviour("responses.input_items.list")
def input_items(call: Call, mock: Mock) -> Reply:
    """What a response answered: the items of its request after all that was said before."""
    kinds.existing(call, mock)
    response = mock.resources.find(PLACE, call.values["response_id"])
    found = response.private.get("items", ()) if response is not None else ()
    place = f"{PLACE}/{call.values['response_id']}/input_items"
    listed = [Resource(item["id"], place, item, number) for number, item in enumerate(found)]
    return answer(pages.listed(call, listed, lenient=mock.missing == "conjure"))


@behaviour("beta.responses.input_tokens.count")
@behaviour("responses.input_tokens.count")
def count(call: Call, mock: Mock) -> Reply:
    """How many tokens a request would send to the model."""
    wanted = asking(call, mock)
    return answer(
        {"object": "response.input_tokens", "input_tokens": input_tokens(wanted.body, wanted.items, wanted.model)}
    )


@behaviour("beta.responses.compact")
@behaviour("responses.compact")
def compact(call: Call, mock: Mock) -> Reply:
    """A conversation in short: what the user said, and all else sealed."""
    wanted = asking(call, mock)
    rng = dice("compaction", call.seed, call.number)
    before = input_tokens(wanted.body, wanted.items, wanted.model)
    # A bare text is sealed with the rest: no recording shows one, and the SDK's type has no place for user messages.
    listed = wanted.before if isinstance(wanted.body.get("input"), str) else wanted.items
    said = [item for item in listed if item["type"] == "message" and item["role"] == "user"]
    sealed = {"id": item_id("compaction", wanted.stem, rng), "type": "compaction"}
    sealed["encrypted_content"] = opaque(rng, before)
    value = {"id": response_id(wanted.stem, rng), "object": "response.compaction"}
    cost = usage(before + SEALED_TOKENS, rng.randint(180, 360), 0)
    return answer({**value, "created_at": int(mock.clock.now()), "output": [*said, sealed], "usage": cost})
