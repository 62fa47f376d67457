"""Responses: what goes together, which model takes it, and which items may follow which."""

from __future__ import annotations

import re
from collections.abc import Callable
from mimetypes import guess_type
from typing import TYPE_CHECKING, Any

import orjson

from .. import catalogue
from ..behaviours.responses_finding import at_hand
from ..behaviours.responses_hosted import hosted_type
from ..call import Call
from ..errors import BadRequest, NotFound
from ..expected import one_of, quote
from ..strict import answer_schema, function_schema
from . import Kind, Rule, look, rule

if TYPE_CHECKING:
    from ..behaviours import Mock

NAMED = ("function", "custom")
"""Kinds of tools that are told apart by their names."""

SAMPLING = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""What a model that reasons cannot be told of how to sample, with the value that says nothing."""

LOGPROBS = "message.output_text.logprobs"

ENCRYPTED = "reasoning.encrypted_content"

DETAILED = ("o1", "o3-mini", "o3", "o-pro", "gpt-5")
"""Families that sum up their thoughts in detail, or not at all (reported of gpt-5, August 2025)."""

THOUGHTFUL = {"image_generation": "image_gen", "web_search": "web_search"}
"""Tools that are not used with next to no thought, and what the API calls them (quoted from September 2025 on)."""

PROMPT = re.compile("pmpt_[0-9a-f]{48}")
"""The id of a prompt, as recorded ones have it."""

FORMER = "reasoning.generate_summary"
"""What `reasoning.summary` was called, and what later models have never known (measured of gpt-5.6 in August 2026)."""


def _both(kind: Kind) -> Callable[[Rule], Rule]:
    """Register a rule for responses and for their beta twin."""
    return lambda function: rule("responses.create", kind)(rule("beta.responses.create", kind)(function))


crossing = _both("cross-field")
meaning = _both("semantic")


@crossing
def one_past(_call: Call, body: dict[str, Any]) -> None:
    """What was said before is in a conversation or in a chain of responses, never in both."""
    if body.get("previous_response_id") and body.get("conversation"):
        words = (
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'."
        )
        raise BadRequest(words, code="mutually_exclusive_parameters")


@crossing
def chosen_tool(_call: Call, body: dict[str, Any]) -> None:
    """What is asked for, and all that is allowed, must be among the tools offered; a prompt may bring tools of its own.

    Functions that are allowed are told by their names, all else by its type (measured of gpt-5 in August 2026).
    """
    choice = body.get("tool_choice")
    if body.get("prompt"):
        return
    offered = [each for tool in at_hand(body) for each in (tool, *(tool.get("tools") or ()))]
    if choice == "required" and not offered:
        raise BadRequest("Tool choice 'required' must be specified with 'tools' parameter.", param="tool_choice")
    if not isinstance(choice, dict):
        return
    several = choice.get("type") == "allowed_tools"
    for wanted in choice.get("tools") or () if several else (choice,):
        if not any(_answers_to(tool, wanted) for tool in offered):
            told = wanted.get("name") if several and wanted.get("type") in NAMED else wanted.get("type")
            raise BadRequest(f"Tool choice '{told}' not found in 'tools' parameter.", param="tool_choice")


def _answers_to(tool: Any, wanted: dict[str, Any]) -> bool:
    if wanted.get("type") in NAMED:
        return not isinstance(tool, dict) or tool.get("name") == wanted.get("name")
    return hosted_type(str(tool.get("type"))) == hosted_type(str(wanted.get("type")))


@crossing
def schemas_that_can_be_kept(_call: Call, body: dict[str, Any]) -> None:
    """What is promised strictly has a schema that strict mode knows."""
    for index, tool in enumerate(body.get("tools") or ()):
        if tool.get("type") == "function" and tool.get("parameters") is not None:
            param, strict = f"tools[{index}].parameters", tool.get("strict") is True
            function_schema(tool["name"], tool["parameters"], param=param, strict=strict)
    asked = (body.get("text") or {}).get("format") or {}
    if asked.get("type") == "json_schema" and asked.get("strict"):
        answer_schema(asked["name"], asked.get("schema"), param="text.format.schema", code="invalid_json_schema")


@crossing
def json_in_the_input(_call: Call, body: dict[str, Any]) -> None:
    """JSON mode must be spoken of in what the model is told."""
    asked = ((body.get("text") or {}).get("format") or {}).get("type") == "json_object"
    told = orjson.dumps([body.get("input"), body.get("instructions")]).lower()
    if asked and b"json" not in told and not body.get("previous_response_id") and not body.get("conversation"):
        words = "Response input messages must contain the word 'json' in some form to use 'text.format' of type"
        raise BadRequest(f"{words} 'json_object'.", param="input")


@crossing
def files_that_can_be_read(_call: Call, body: dict[str, Any]) -> None:
    """Sounds and films are no documents; where no data URL says what they are, their name or their address does."""
    given = body.get("input")
    for item in given if isinstance(given, list) else ():
        content = item.get("content", item.get("output"))
        for part in content if isinstance(content, list) else ():
            if part.get("type") != "input_file" or str(part.get("file_data")).startswith("data:"):
                continue
            name = str(part.get("filename") or part.get("file_url") or "").partition("?")[0]
            if (guess_type(name)[0] or "").startswith(("audio/", "video/")):
                words = "The file type you uploaded is not supported. Please try again with a pdf"
                raise BadRequest(words, param="input", code="unsupported_file")


@look("beta.responses.create")
@look("responses.create")
def what_was_before(call: Call, body: dict[str, Any], mock: Mock) -> None:
    """The conversation, the prompt and the response that it goes on from, in this order (measured in August 2026).

    Prompts are written on a page of OpenAI's, not by requests: one of an id that can be is taken to be there.
    """
    from ..behaviours.responses_asking import conversation, earlier

    conversation(body.get("conversation"), call, mock)
    id = (body.get("prompt") or {}).get("id")
    if id is not None and not PROMPT.fullmatch(id):
        raise NotFound(f"Prompt with id '{id}' not found.")
    earlier(body.get("previous_response_id"), call, mock)


@meaning
def known_model(call: Call, body: dict[str, Any]) -> None:
    """The model exists and answers; on Azure a deployment may have any name, and a prompt brings a model of its own."""
    name = body.get("model")
    if name is None or call.azure:
        return
    model = catalogue.find(name)
    if model is None:
        raise BadRequest(f"The requested model '{name}' does not exist.", param="model", code="model_not_found")
    if not model.takes("responses"):
        words = f"The requested model '{name}' cannot be used with the Responses API."
        raise BadRequest(words, param="model", code="unsupported_model")


@meaning
def what_the_model_takes(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that this model does not have; those that reason sample as they please while they do."""
    model = catalogue.find(str(body.get("model")))
    if model is None:
        return
    thinking = body.get("reasoning") or {}
    if thinking.get("generate_summary") is not None and model.has("all_turns"):
        raise BadRequest(f"Unknown parameter: '{FORMER}'.", param=FORMER, code="unknown_parameter")
    effort = thinking.get("effort")
    if effort is not None and not model.family.efforts:
        raise _unsupported("reasoning.effort")
    if effort is not None and effort not in model.family.efforts:
        offered = one_of([quote(each) for each in model.family.efforts], "and", bare=True)
        words = f"Unsupported value: {quote(effort)} is not supported with the '{body['model']}' model."
        words += f" Supported values are: {offered}."
        raise BadRequest(words, param="reasoning.effort", code="unsupported_value")
    _summed_up(model, body, thinking.get("summary"))
    free = model.has("sampling") or effort == "none"
    if model.reasoning and not (free and (effort or model.family.effort) in (None, "none")):
        for name, silent in SAMPLING.items():
            if body.get(name) not in (None, silent):
                raise _unsupported(name, None)
        for name, asked in (
            ("include", LOGPROBS in (body.get("include") or ())),
            ("top_logprobs", body.get("top_logprobs")),
        ):
            if asked:
                words = "logprobs are not supported with reasoning models."
                raise BadRequest(words, param=name, code="unsupported_parameter")


def _summed_up(model: catalogue.Model, body: dict[str, Any], summary: str | None) -> None:
    """Who does not think has no thoughts to show or to seal; not everyone who does is brief about them."""
    called = f"is not supported with the '{model.answers_as}' model."
    if summary is not None and not model.reasoning:
        words = f"Unsupported parameter: 'reasoning.summary' {called}"
        raise BadRequest(words, param="reasoning.summary", code="unsupported_parameter")
    if summary == "concise" and model.family.name in DETAILED:
        words = f"Unsupported value: 'concise' {called} Supported values are: 'detailed'."
        raise BadRequest(words, param="reasoning.summary", code="unsupported_value")
    if ENCRYPTED in (body.get("include") or ()) and not model.reasoning:
        raise BadRequest("Encrypted content is not supported with this model.", param="include")


def _unsupported(name: str, code: str | None = "unsupported_parameter") -> BadRequest:
    return BadRequest(f"Unsupported parameter: '{name}' is not supported with this model.", param=name, code=code)


@meaning
def tools_that_need_thought(_call: Call, body: dict[str, Any]) -> None:
    """Who hardly thinks neither searches nor draws."""
    if (body.get("reasoning") or {}).get("effort") != "minimal":
        return
    kinds = {hosted_type(str(tool.get("type"))) for tool in at_hand(body)}
    if asked := [name for kind, name in THOUGHTFUL.items() if kind in kinds]:
        words = f"The following tools cannot be used with reasoning.effort 'minimal': {', '.join(asked)}."
        raise BadRequest(words, param="tools")


@meaning
def kept_for_a_day(_call: Call, body: dict[str, Any]) -> None:
    """Models that bill what they write to the cache keep it for a day, or not at all (gpt-5.6, in August 2026)."""
    model = catalogue.find(str(body.get("model")))
    if model is not None and model.has("cache_write") and body.get("prompt_cache_retention") == "in_memory":
        words = "This model is compatible only with 24h extended prompt caching"
        raise BadRequest(words, param="prompt_cache_retention", code="invalid_parameter")


@meaning
def computers_forget(_call: Call, body: dict[str, Any]) -> None:
    """Screenshots fill a window soon: the preview of the computer tool asks for what is old to be dropped."""
    used = any(tool.get("type") == "computer_use_preview" for tool in body.get("tools") or ())
    if used and body.get("truncation") != "auto":
        words = "The 'computer_use_preview' tool can only be used with 'truncation' set to 'auto'."
        raise BadRequest(words, param="truncation", code="unsupported_value")
