"""Chat completions: what a model takes and what it does not.

The sentences follow recorded refusals where there are any, else those that users of the API have reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import ApiError, BadRequest, NotFound
from ..expected import one_of, quote
from . import placing, rule
from .bounds import out_of

ID = "chat.completions.create"
meaning = rule(ID, "semantic")
unsupported = partial(BadRequest, code="unsupported_parameter")

FEATURES = (
    ("tools", "tools"),
    ("functions", "tools"),
    ("parallel_tool_calls", "parallel_tools"),
    ("prediction", "prediction"),
)
"""Parameters that a model without the feature does not have."""

UNTHINKING = ("gpt-5.6", "gpt-6", "gpt-6-sol")
"""Families that use functions in a chat only while their effort is `none`."""

UNHEARD = ("audio", "modalities", "web_search_options")
"""Parameters that are unknown to those families."""

EMPTY: tuple[Any, ...] = (None, [], {})
"""What says nothing."""

MOST_CHOICES, MOST_LOGPROBS = 8, 5
"""Choices that a model that reasons makes, and log probabilities that the later ones tell."""

UNSEARCHED = (
    *("n", "temperature", "top_p", "presence_penalty", "frequency_penalty"),
    *("logit_bias", "logprobs", "top_logprobs", "tools"),
)
"""What the first search models do not go with."""

UNPREDICTED = ("logprobs", "presence_penalty", "frequency_penalty", "max_completion_tokens", "tools")
"""What does not go with a prediction, besides several choices and sound (OpenAI's guide to predicted outputs)."""


@meaning
def known_model(call: Call, body: dict[str, Any]) -> None:
    """The model exists and answers chats; on Azure a deployment may have any name."""
    name = body["model"]
    model = catalogue.find(name)
    if model is None and not call.azure:
        words = f"The model `{name}` does not exist or you do not have access to it."
        raise NotFound(words, code="model_not_found")
    if model is None or model.takes("chat"):
        return
    if model.takes("responses"):
        words = "This model is only supported in v1/responses and not in v1/chat/completions."
    else:
        meant = "Did you mean to use v1/completions?" if model.takes("completions") else "Choose a chat model."
        words = f"This is not a chat model and thus not supported in the v1/chat/completions endpoint. {meant}"
    raise NotFound(words, param="model")


@placing(ID, "semantic")
def not_the_models_own(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """Parameters that the model does not have, whatever they say, or not with this value.

    That they are told among all others, and what the later models have never heard of, is measured of gpt-5.6.
    """
    model = catalogue.find(str(body.get("model")))
    if model is None or not model.takes("chat"):
        return
    effort, told = body.get("reasoning_effort"), body.get("top_logprobs")
    if model.family.name in UNTHINKING:
        for name in UNHEARD:
            if body.get(name) is not None:
                yield BadRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        if isinstance(told, int) and told > MOST_LOGPROBS:
            words = f"Invalid value for 'top_logprobs': must be less than or equal to {MOST_LOGPROBS}."
            yield BadRequest(words, param="top_logprobs")
    if model.reasoning:
        yield from out_of("maximum", "n", MOST_CHOICES, body)
    for name in _lacking(model, effort or model.family.effort):
        if body.get(name) not in EMPTY:
            words = f"Unsupported parameter: '{name}' is not supported with this model."
            words += " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            yield unsupported(words, param=name)
    if effort is not None and effort not in efforts(model):
        yield no_effort(model, effort)


def _lacking(model: catalogue.Model, effort: Any) -> list[str]:
    """The parameters that a model does not have at all; of those that reason, what they need not sample by."""
    if not model.reasoning:
        return [name for name, feature in FEATURES if not model.has(feature) and not model.has("search")]
    free = model.has("sampling") and effort in (None, "none")
    about = (("max_tokens", False), ("stop", model.has("stop")), ("logit_bias", free))
    return [name for name, has in about if not has] + [name for name, feature in FEATURES if not model.has(feature)]


def efforts(model: catalogue.Model) -> list[str]:
    """How much thought a model can be asked for in a chat: `max` is known to responses alone."""
    return [each for each in model.family.efforts if each != "max"]


def no_effort(model: catalogue.Model, effort: Any) -> ApiError:
    """What is said of an effort that a model does not know, of any shape."""
    if not model.family.efforts:
        return BadRequest("Unrecognized request argument supplied: reasoning_effort")
    offered = one_of([quote(each) for each in efforts(model)], "and", bare=True)
    return _value("reasoning_effort", effort, f" Supported values are: {offered}.")


@placing(ID, "semantic")
def at_least_one_token(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """An answer has a token or more. The SDK's own tests ask for none, so this is not for the schema to say."""
    for name in ("max_tokens", "max_completion_tokens"):
        yield from out_of("minimum", name, 1, body)


@meaning
def what_the_model_takes(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that this model has with one value only, or with none while it reasons."""
    model = catalogue.find(body["model"])
    if model is None:
        return
    if body.get("verbosity") not in (None, "medium") and not model.has("verbosity"):
        raise _value("verbosity", body["verbosity"], " Supported values are: 'medium'.")
    if not model.reasoning and body.get("web_search_options") is not None and not model.has("search"):
        raise BadRequest("Web search options not supported with this model.", param="web_search_options")
    if model.reasoning:
        _reasoning(model, body, body.get("reasoning_effort") or model.family.effort)
    if model.family.name in UNTHINKING and body.get("prompt_cache_retention") == "in_memory":
        words = "This model is compatible only with 24h extended prompt caching"
        raise BadRequest(words, param="prompt_cache_retention")


def _reasoning(model: catalogue.Model, body: dict[str, Any], effort: str | None) -> None:
    """What a model refuses because it reasons; some let go of it while their effort is `none`."""
    if effort == "none" or (model.has("sampling") and effort is None):
        return
    for name in ("presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"):
        if body.get(name):
            raise unsupported(f"Unsupported parameter: '{name}' is not supported with this model.", param=name)
    for name in ("temperature", "top_p"):
        if body.get(name) in (None, 1):
            continue
        if name == "top_p" or model.family.name == "o3-mini":
            raise unsupported(f"Unsupported parameter: '{name}' is not supported with this model.", param=name)
        raise _value(name, body[name], " Only the default (1) value is supported.")


@meaning
def thinking_of_functions(_call: Call, body: dict[str, Any]) -> None:
    """Models that reason use functions in responses; in chats, the later ones do so only where they need not think.

    Recorded of gpt-5.6 and gpt-6 (September 2026); gpt-5.4 is reported to mind only the effort that was asked for.
    """
    model = catalogue.find(body["model"])
    if model is None or all(tool.get("type") != "function" for tool in body.get("tools") or ()):
        return
    strict, effort = model.family.name in UNTHINKING, body.get("reasoning_effort")
    if strict and (effort or model.family.effort) != "none":
        way = "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    elif model.family.name == "gpt-5.4" and effort not in (None, "none"):
        way = "Please use /v1/responses instead."
    else:
        return
    words = f"Function tools with reasoning_effort are not supported for {body['model']} in /v1/chat/completions. {way}"
    raise BadRequest(words, param="reasoning_effort")


def _value(name: str, value: Any, hint: str = "") -> ApiError:
    words = f"Unsupported value: '{name}' does not support {value!r} with this model.{hint}"
    return BadRequest(words, param=name, code="unsupported_value")


@meaning
def roles(_call: Call, body: dict[str, Any]) -> None:
    """The first reasoning models took no instructions but the user's; the later ones know no functions but as tools."""
    model = catalogue.find(body["model"])
    if model is None:
        return
    unheard = ["function"] if model.family.name in UNTHINKING else []
    unheard += [] if model.has("system") else ["system", "developer"]
    for index, message in enumerate(body["messages"]):
        if message["role"] in unheard:
            raise _value(f"messages[{index}].role", message["role"])


@meaning
def searching(_call: Call, body: dict[str, Any]) -> None:
    """The first search models can be asked for little else."""
    model = catalogue.find(body["model"])
    if model is None or model.reasoning or not model.has("search"):
        return
    given = [name for name in UNSEARCHED if body.get(name) is not None]
    if given:
        noun = "argument" if len(given) == 1 else "arguments"
        raise BadRequest(f"Model incompatible request {noun} supplied: {', '.join(given)}")


@meaning
def heard_and_seen(_call: Call, body: dict[str, Any]) -> None:
    """Pictures and sound are for models that see and hear; those that hear do nothing else."""
    model = catalogue.find(body["model"])
    if model is None:
        return
    speaks = "audio" in (body.get("modalities") or ())
    if speaks and not model.has("audio"):
        words = "This model does not support audio output. Use a model that does, or leave 'audio' out of 'modalities'."
        raise BadRequest(words, param="modalities", code="unsupported_value")
    hears = False
    for place, kind in _parts(body["messages"]):
        hears = hears or kind == "input_audio"
        for each, feature in (("image_url", "vision"), ("input_audio", "audio")):
            if kind == each and not model.has(feature):
                raise BadRequest(f"Invalid content type. {kind} is only supported by certain models.", param=place)
    if model.has("audio") and not speaks and not hears:
        words = "This model requires that either input content or output modality contain audio."
        raise BadRequest(words, param="model", code="invalid_value")


def _parts(messages: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Where the parts of messages say what they are, and what they say."""
    for index, message in enumerate(messages):
        content = message.get("content")
        for place, part in enumerate(content if isinstance(content, list) else ()):
            yield f"messages.[{index}].content.[{place}].type", part["type"]


@meaning
def forms(_call: Call, body: dict[str, Any]) -> None:
    """JSON is promised only by models that can keep to it."""
    model, form = catalogue.find(body["model"]), (body.get("response_format") or {}).get("type", "text")
    if model is not None and form != "text" and not model.has(form):
        words = f"Invalid parameter: 'response_format' of type '{form}' is not supported with this model."
        raise BadRequest(words, param="response_format")


@meaning
def predicted(_call: Call, body: dict[str, Any]) -> None:
    """A prediction goes with few other things."""
    if not body.get("prediction"):
        return
    given = [name for name in UNPREDICTED if body.get(name)]
    given += ["n"] if (body.get("n") or 1) > 1 else []
    given += ["modalities"] if "audio" in (body.get("modalities") or ()) else []
    for name in given:
        raise unsupported(f"Unsupported parameter: '{name}' is not supported when using 'prediction'.", param=name)


@meaning
def within_the_window(call: Call, body: dict[str, Any]) -> None:
    """What is asked and what may be answered fit the model."""
    model = catalogue.find(body["model"])
    if model is None:
        return
    limit = next((name for name in ("max_tokens", "max_completion_tokens") if body.get(name)), None)
    most = body[limit] if limit else 0
    output, window = model.family.output, model.family.context
    if limit and most > output:
        words = f"This model supports at most {output} completion tokens, whereas you provided {most}."
        raise BadRequest(f"{limit} is too large: {most}. {words}", param=limit)
    if len(call.request.body) + most <= model.family.reads:
        return  # no token is shorter than a byte, and counting takes its time
    from ..behaviours.chat_tokens import prompt_tokens

    asked = prompt_tokens(body, body["model"])
    if asked > model.family.reads != window:
        words = f"Input tokens exceed the configured limit of {model.family.reads} tokens. Your messages resulted in"
        words += f" {asked} tokens. Please reduce the length of the messages."
        raise BadRequest(words, param="messages", code="context_length_exceeded")
    if asked + most > window:
        told = f"This model's maximum context length is {window} tokens. However,"
        spread = f"you requested {asked + most} tokens ({asked} in the messages, {most} in the completion)."
        long = f"your messages resulted in {asked} tokens."
        words = f"{told} {spread if limit else long} Please reduce the length of the messages"
        end = " or completion." if limit else "."
        raise BadRequest(words + end, param="messages", code="context_length_exceeded")
