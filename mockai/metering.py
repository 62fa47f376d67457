"""Metering: what an exchange used of the services that OpenAI counts and bills.

The figures are those the answer itself tells. Where it tells none (a chat stream without `include_usage`, a moderation)
they are counted in what was said: input with the tokenizer, output by the pieces of the stream, a token each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from . import answered
from .answered import Json
from .http import Exchange
from .tally import Facets, Use

BATCH = "x-mockai-batch"
"""The header of a request that is a line of a batch: the batch's id."""

PROJECT = "openai-project"
FACETS = frozenset((BATCH, PROJECT))
"""The headers of a request that say something of its use."""

AUDIO_TOKENS = 10
"""Tokens of a second of sound, as transcriptions by gpt-4o-transcribe count them."""

Meter = Callable[[Exchange, list[Json], Json], Iterator[Use]]
"""What an exchange used: by what was answered (the events of a stream in their order), and the facets known so far.

Most answers tell all there is to know, so the fields of a request are read by those meters alone that want them.
"""

SEARCHING = b"web_search_options"
"""What a chat that searches holds: one that does not need not be read for it."""

CALLS = {"web_search_call": "web_search_calls", "file_search_call": "file_search_calls"}
UNDERWAY = frozenset(("queued", "in_progress", "requires_action", "cancelling"))


def uses(exchange: Exchange) -> list[Use]:
    """What an exchange used; nothing where no service was, or where its answer is not in the API's shape."""
    meter = METERS.get(exchange.operation or "")
    if meter is None:
        return []
    gist = exchange.reply.gist
    told = answered.told(exchange) if gist is None else [gist]
    sent = {name: text for name, text in reversed(exchange.request.headers) if name in FACETS}
    facets: Json = {"batch": BATCH in sent}
    if project := sent.get(PROJECT) or exchange.reply.header(PROJECT):
        facets["project_id"] = project
    try:
        for value in told:
            if isinstance(value.get("model"), str):
                facets["model"] = value["model"]
                break
        else:
            wanted = answered.asked(exchange).get("model")
            if isinstance(wanted, str):
                facets["model"] = wanted
        return list(meter(exchange, told, facets))
    except (AttributeError, KeyError, TypeError, ValueError):  # recordings and stubs may hold anything
        return []


# -- the meters


def _chat(exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    usage = _usage(told)
    if usage is None:
        prompt = _prompt(answered.asked(exchange), facets)
        usage = {"prompt_tokens": prompt, "completion_tokens": sum(map(_pieces, told))}
    if told and "service_tier" in told[-1]:
        facets["service_tier"] = told[-1]["service_tier"]
    yield _completions(usage, facets)
    searching = "-search" in str(facets.get("model"))
    if not searching and SEARCHING not in exchange.request.body:
        return
    asked = answered.asked(exchange)
    if searching or "web_search_options" in asked:
        level = (asked.get("web_search_options") or {}).get("search_context_size") or "medium"
        yield _calls("web_search_calls", 1, {**facets, "context_level": level})


def _work(exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    """A response or a run: what it used is known when it is done."""
    job = _job(told)
    if job.get("status") in UNDERWAY:
        yield replace(_completions({}, _about(facets, job)), opens=job.get("id"))
    else:
        yield from _done({**answered.asked(exchange), **job}, facets, requests=1)


def _looked(_exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    """Work that somebody looks at again; it was counted as a request when it began."""
    job = _job(told)
    if job.get("status") not in UNDERWAY:
        for use in _done(job, facets, requests=0):
            yield replace(use, closes=job.get("id"))


def _done(job: Json, facets: Json, *, requests: int) -> Iterator[Use]:
    """What finished work has used: tokens, and calls of hosted tools."""
    about = _about(facets, job)
    yield _completions(job.get("usage") or {}, about, requests=requests)
    output = [item for item in job.get("output") or () if isinstance(item, dict)]
    tools = {tool.get("type"): tool for tool in job.get("tools") or () if isinstance(tool, dict)}
    for kind, service in CALLS.items():
        if calls := sum(item.get("type") == kind for item in output):
            yield _calls(service, calls, {**about, **_tooled(service, tools)})
    boxes = {item.get("container_id") for item in output if item.get("type") == "code_interpreter_call"}
    if boxes and isinstance((tools.get("code_interpreter") or {}).get("container"), dict):  # else it was made before
        yield Use("code_interpreter_sessions", _of(about, "project_id"), {"num_sessions": len(boxes)})


def _decisions(_exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    yield _completions(_usage(told) or {}, facets, "decisions")


def _embeddings(_exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    tokens = (_usage(told) or {}).get("prompt_tokens") or 0
    yield Use("embeddings", _model(facets), {"input_tokens": tokens, "num_model_requests": 1})


def _moderations(exchange: Exchange, _told: list[Json], facets: Json) -> Iterator[Use]:
    from .tokens import count

    tokens = sum(count(text, str(facets.get("model"))) for text in _texts(answered.asked(exchange).get("input")))
    yield Use("moderations", _model(facets), {"input_tokens": tokens, "num_model_requests": 1})


def _images(source: str) -> Meter:
    def meter(exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
        done = [value for value in told if "data" in value or str(value.get("type")).endswith(".completed")]
        made = sum(len(value["data"]) if isinstance(value.get("data"), list) else 1 for value in done)
        size = next((value["size"] for value in done if value.get("size")), None)
        size = size or answered.asked(exchange).get("size") or "auto"
        size = "1024x1024" if size == "auto" else size
        about = {"model": "dall-e-2", **facets, "size": size, "source": source}
        amounts = {"images": made, "num_model_requests": 1}
        yield Use("images", _of(about, "model", "project_id", "size", "source"), amounts)

    return meter


def _speech(exchange: Exchange, _told: list[Json], facets: Json) -> Iterator[Use]:
    amounts = {"characters": len(str(answered.asked(exchange).get("input") or "")), "num_model_requests": 1}
    yield Use("audio_speeches", _model(facets), amounts)


def _transcriptions(exchange: Exchange, told: list[Json], facets: Json) -> Iterator[Use]:
    seconds = next((each for value in reversed(told) if (each := _seconds(value)) is not None), None)
    if seconds is None:
        seconds = _sounding(answered.asked(exchange).get("file"))
    yield Use("audio_transcriptions", _model(facets), {"seconds": seconds, "num_model_requests": 1})


def _searches(exchange: Exchange, _told: list[Json], facets: Json) -> Iterator[Use]:
    yield _calls("file_search_calls", 1, {**facets, "vector_store_id": answered.asked(exchange)["vector_store_id"]})


def _containers(_exchange: Exchange, _told: list[Json], facets: Json) -> Iterator[Use]:
    yield Use("code_interpreter_sessions", _of(facets, "project_id"), {"num_sessions": 1})


METERS: Mapping[str, Meter] = {
    "audio.speech.create": _speech,
    "audio.transcriptions.create": _transcriptions,
    "audio.translations.create": _transcriptions,
    "beta.responses.cancel": _looked,
    "beta.responses.create": _work,
    "beta.responses.retrieve": _looked,
    "beta.threads.create_and_run": _work,
    "beta.threads.runs.cancel": _looked,
    "beta.threads.runs.create": _work,
    "beta.threads.runs.retrieve": _looked,
    "beta.threads.runs.submit_tool_outputs": _looked,
    "chat.completions.create": _chat,
    "completions.create": _chat,
    "containers.create": _containers,
    "decisions.create": _decisions,
    "embeddings.create": _embeddings,
    "images.create_variation": _images("image.variation"),
    "images.edit": _images("image.edit"),
    "images.generate": _images("image.generation"),
    "moderations.create": _moderations,
    "responses.cancel": _looked,
    "responses.create": _work,
    "responses.retrieve": _looked,
    "vector_stores.search": _searches,
}
"""What an operation uses, by its id; the others use nothing that is counted."""


# -- uses


def _completions(usage: Json, facets: Json, service: str = "completions", requests: int = 1) -> Use:
    into = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    out = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    amounts = {
        "input_tokens": usage.get("prompt_tokens") or usage.get("input_tokens") or 0,
        "output_tokens": usage.get("completion_tokens") or usage.get("output_tokens") or 0,
        "num_model_requests": requests,
        "input_cached_tokens": into.get("cached_tokens") or 0,
        "input_cache_write_tokens": into.get("cache_write_tokens") or 0,
        "input_audio_tokens": into.get("audio_tokens") or 0,
        "output_audio_tokens": out.get("audio_tokens") or 0,
    }
    return Use(service, _of(facets, "batch", "model", "project_id", "service_tier"), amounts)


def _calls(service: str, calls: int, facets: Json) -> Use:
    if service == "file_search_calls":
        return Use(service, _of(facets, "project_id", "vector_store_id"), {"num_requests": calls})
    about = _of(facets, "context_level", "model", "project_id")
    return Use(service, about, {"num_model_requests": 1, "num_requests": calls})


def _tooled(service: str, tools: Mapping[Any, Json]) -> Json:
    """What the tool of a request says of its calls."""
    if service == "file_search_calls":
        stores = (tools.get("file_search") or {}).get("vector_store_ids") or ()
        return {"vector_store_id": stores[0]} if stores else {}
    search = next((tool for kind, tool in tools.items() if str(kind).startswith("web_search")), {})
    return {"context_level": search.get("search_context_size") or "medium"}


def _of(facets: Json, *names: str) -> Facets:
    """Those of the facets that a service is grouped by; `names` are in their order."""
    return tuple([(name, facets[name]) for name in names if name in facets])


def _model(facets: Json) -> Facets:
    return _of(facets, "model", "project_id")


# -- reading


def _usage(told: list[Json]) -> Json | None:
    return next((value["usage"] for value in reversed(told) if isinstance(value.get("usage"), dict)), None)


def _job(told: list[Json]) -> Json:
    """The response or the run of an answer, as the last event of a stream has it."""
    jobs = [value["response"] if isinstance(value.get("response"), dict) else value for value in told]
    return next((job for job in reversed(jobs) if job.get("object") in ("response", "thread.run")), {})


def _about(facets: Json, job: Json) -> Json:
    return {**facets, **{name: job[name] for name in ("model", "service_tier") if isinstance(job.get(name), str)}}


def _pieces(chunk: Json) -> int:
    """Tokens that a chunk of a stream brings: one for each choice that says something in it."""
    said = 0
    for choice in chunk.get("choices") or ():
        delta = choice.get("delta") or {}
        said += bool(choice.get("text") or delta.get("content") or delta.get("refusal") or delta.get("tool_calls"))
    return said


def _prompt(asked: Json, facets: Json) -> int:
    """The tokens of a prompt that no answer has told."""
    model = str(facets.get("model"))
    if "messages" in asked:
        from .behaviours.chat_tokens import prompt_tokens

        return prompt_tokens(asked, model)
    from .tokens import count

    return sum(count(text, model) for text in _texts(asked.get("prompt")))


def _texts(said: Any) -> Iterator[str]:
    """The texts of an input: one, several, or parts of which some are texts."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        yield from _texts(said.get("text"))
    elif isinstance(said, list):
        for part in said:
            yield from _texts(part)


def _seconds(told: Json) -> int | None:
    """How long the sound of a transcription was, rounded up as it is billed."""
    usage = told.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    length = usage.get("seconds", told.get("duration"))
    if isinstance(length, int | float):
        return ceil(length)
    heard = (usage.get("input_token_details") or {}).get("audio_tokens")
    return -(-heard // AUDIO_TOKENS) if isinstance(heard, int) else None


def _sounding(data: Any) -> int:
    """How long a recording is whose transcription does not say so."""
    if not isinstance(data, bytes):
        return 0
    from .behaviours.transcriptions import BYTES_A_SECOND
    from .sounds import wav_seconds

    return ceil(wav_seconds(data) or len(data) / BYTES_A_SECOND)
