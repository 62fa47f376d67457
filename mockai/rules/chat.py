"""Chat completions: which parameters go together, and which messages may follow which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..call import Call
from ..errors import BadRequest
from ..strict import answer_schema, function_schema
from . import rule

ID = "chat.completions.create"
crossing = rule(ID, "cross-field")
meaning = rule(ID, "semantic")

ONLY_WITH = (
    ("tool_choice", "tools"),
    ("parallel_tool_calls", "tools"),
    ("function_call", "functions"),
)
"""Parameters that mean nothing without another."""

ONLY_WHERE = (("stream_options", "stream"), ("top_logprobs", "logprobs"), ("metadata", "store"))
"""Parameters that mean nothing while a switch is off."""


@crossing
def together(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that need or exclude another."""
    for name, other in ONLY_WITH:
        if body.get(name) is not None and body.get(other) is None:
            words = f"Invalid value for '{name}': '{name}' is only allowed when '{other}' are specified."
            raise BadRequest(words, param=name)
    for name, switch in ONLY_WHERE:
        if body.get(name) not in (None, {}) and not body.get(switch):
            raise BadRequest(f"The '{name}' parameter is only allowed when '{switch}' is enabled.", param=name)
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        words = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise BadRequest(words, param="max_tokens", code="invalid_parameter_combination")


@crossing
def biased_tokens(_call: Call, body: dict[str, Any]) -> None:
    """What is biased are tokens by their numbers, not words."""
    for key in body.get("logit_bias") or ():
        if not key.isdecimal():
            words = f"Invalid key in 'logit_bias': {key}. You should only be submitting non-negative integers."
            raise BadRequest(words, param="logit_bias")


@crossing
def spoken(_call: Call, body: dict[str, Any]) -> None:
    """Sound needs a voice and a format; only samples are streamed."""
    if "audio" not in (body.get("modalities") or ()):
        return
    asked = body.get("audio")
    if not asked:
        raise BadRequest("Missing required parameter: 'audio'.", param="audio", code="missing_required_parameter")
    if body.get("stream") and asked["format"] != "pcm16":
        words = f"'audio.format' does not support '{asked['format']}' when stream=true. Supported values are: 'pcm16'."
        raise BadRequest(f"Unsupported value: {words}", param="audio.format", code="unsupported_value")


@crossing
def chosen_tool(_call: Call, body: dict[str, Any]) -> None:
    """A tool that is asked for by name must be among those offered (the API says so in the older parameter's words)."""
    choice, older = body.get("tool_choice"), body.get("function_call")
    named: Any = choice.get("function") if isinstance(choice, dict) else older if isinstance(older, dict) else None
    if isinstance(named, dict):
        offered = [tool.get("function", {}) for tool in body.get("tools") or ()] + list(body.get("functions") or ())
        name = named.get("name")
        if all(function.get("name") != name for function in offered):
            words = f"no function named '{name}' was specified in the 'functions' parameter."
            raise BadRequest(f"Invalid value for 'function_call': {words}", param="function_call")


@crossing
def schemas_that_can_be_kept(_call: Call, body: dict[str, Any]) -> None:
    """Functions take objects; what is promised strictly has a schema that strict mode knows."""
    for index, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") or {}
        if function.get("parameters") is not None:
            strict = function.get("strict") is True
            param = f"tools[{index}].function.parameters"
            function_schema(function["name"], function["parameters"], param=param, strict=strict)
    for index, function in enumerate(body.get("functions") or ()):
        if function.get("parameters") is not None:
            param = f"functions[{index}].parameters"
            function_schema(function["name"], function["parameters"], param=param, strict=False)
    asked = (body.get("response_format") or {}).get("json_schema")
    if asked and asked.get("strict"):
        answer_schema(asked["name"], asked.get("schema"))


@crossing
def json_in_the_messages(_call: Call, body: dict[str, Any]) -> None:
    """JSON mode must be spoken of, or the model would write blanks for ever."""
    asked = (body.get("response_format") or {}).get("type") == "json_object"
    if asked and not any("json" in text.lower() for text in _texts(body["messages"])):
        words = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        raise BadRequest(words, param="messages")


def _texts(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else [content]:
            text = part.get("text") if isinstance(part, dict) else part
            if isinstance(text, str):
                yield text


@meaning
def answered_tool_calls(_call: Call, body: dict[str, Any]) -> None:
    """Tool messages follow the calls they answer, and every call is answered before anything else is said."""
    made: list[str] = []
    open_calls: list[str] = []
    answering = False
    for index, message in enumerate(body["messages"]):
        if message["role"] == "tool":
            _answer(message, index, made if answering else None)
            open_calls = [call for call in open_calls if call != message["tool_call_id"]]
            continue
        _unanswered(open_calls, index)
        made = open_calls = [str(call.get("id")) for call in message.get("tool_calls") or ()]
        answering = bool(made)
    _unanswered(open_calls, len(body["messages"]))


def _answer(message: dict[str, Any], index: int, made: list[str] | None) -> None:
    place = f"messages.[{index}]"
    if made is None:
        words = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        raise BadRequest(f"Invalid parameter: {words}", param=f"{place}.role")
    if message["tool_call_id"] not in made:
        words = f"'tool_call_id' of '{message['tool_call_id']}' not found in 'tool_calls' of previous message."
        raise BadRequest(f"Invalid parameter: {words}", param=f"{place}.tool_call_id")


def _unanswered(calls: list[str], index: int) -> None:
    if calls:
        words = "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
        named = f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(calls)}"
        raise BadRequest(words + named, param=f"messages.[{index}].role")
