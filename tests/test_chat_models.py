"""What each family of models refuses of a chat, and what goes together in one, in the API's words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockai.admit import Admission, admit
from mockai.errors import BadRequest
from mockai.http import Request
from mockai.understand import understand

USER = {"role": "user", "content": "hi"}
LOOK = {"type": "function", "function": {"name": "look", "parameters": {}}}
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
SPOKEN = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
GUESS = {"prediction": {"type": "content", "content": "hi"}}
PARSED = {
    "role": "assistant",
    "content": None,
    "parsed": None,
    "tool_calls": [
        {
            "id": "c",
            "type": "function",
            "index": 0,
            "function": {"name": "look", "arguments": "{}", "parsed_arguments": {"at": 1}},
        }
    ],
}
SHAPE = {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}


def told(level: Admission, **change: Any) -> tuple[str, str | None, str | None] | None:
    body = {"model": "gpt-4.1", "messages": [USER], **change}
    try:
        admit(understand(Request("POST", "/v1/chat/completions", body=orjson.dumps(body))), level)
    except BadRequest as error:
        return error.message, error.error["param"], error.error["code"]
    return None


def unsupported(name: str) -> tuple[str, str, str]:
    return f"Unsupported parameter: '{name}' is not supported with this model.", name, "unsupported_parameter"


def unpredicted(name: str) -> tuple[str, str, str]:
    return f"Unsupported parameter: '{name}' is not supported when using 'prediction'.", name, "unsupported_parameter"


def thoughtful(model: str) -> tuple[str, str, None]:
    words = f"Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions."
    words += " To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    return words, "reasoning_effort", None


REFUSED: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
    ({"model": "o1-mini", "tools": [LOOK]}, unsupported("tools")),
    ({"model": "o1-mini", "functions": [{"name": "look"}]}, unsupported("functions")),
    ({"model": "o3", "tools": [LOOK], "parallel_tool_calls": True}, unsupported("parallel_tool_calls")),
    ({"model": "gpt-5", **GUESS}, unsupported("prediction")),
    ({"n": 2, **GUESS}, unpredicted("n")),
    ({"tools": [LOOK], **GUESS}, unpredicted("tools")),
    ({"presence_penalty": 1, **GUESS}, unpredicted("presence_penalty")),
    ({"max_completion_tokens": 9, **GUESS}, unpredicted("max_completion_tokens")),
    ({"verbosity": "low"}, (
        "Unsupported value: 'verbosity' does not support 'low' with this model. Supported values are: 'medium'.",
        "verbosity", "unsupported_value")),
    ({"model": "gpt-4o-search-preview", "temperature": 1},
     ("Model incompatible request argument supplied: temperature", None, None)),
    ({"model": "gpt-4o-mini-search-preview", "top_p": 1, "temperature": 0.5, "tools": [LOOK]},
     ("Model incompatible request arguments supplied: temperature, top_p, tools", None, None)),
    (SPOKEN, ("This model does not support audio output. Use a model that does, or leave 'audio' out of 'modalities'.",
              "modalities", "unsupported_value")),
    ({"messages": [{"role": "user", "content": [SOUND]}]},
     ("Invalid content type. input_audio is only supported by certain models.", "messages.[0].content.[0].type", None)),
    ({"model": "gpt-4", "messages": [USER, {"role": "user", "content": [{"type": "text", "text": "x"}, PICTURE]}]},
     ("Invalid content type. image_url is only supported by certain models.", "messages.[1].content.[1].type", None)),
    ({"model": "gpt-audio"},
     ("This model requires that either input content or output modality contain audio.", "model", "invalid_value")),
    ({"model": "gpt-4", "response_format": SHAPE},
     ("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      "response_format", None)),
    ({"model": "gpt-4-turbo", "max_tokens": 4097},
     ("max_tokens is too large: 4097. This model supports at most 4096 completion tokens, whereas you provided 4097.",
      "max_tokens", None)),
    ({"model": "gpt-4", "messages": [{"role": "user", "content": "word " * 8192}]},
     ("This model's maximum context length is 8192 tokens. However, your messages resulted in 8200 tokens. Please "
      "reduce the length of the messages.", "messages", "context_length_exceeded")),
    ({"model": "gpt-4", "max_tokens": 8190, "messages": [{"role": "user", "content": "word " * 8}]},
     ("This model's maximum context length is 8192 tokens. However, you requested 8206 tokens (16 in the messages, "
      "8190 in the completion). Please reduce the length of the messages or completion.", "messages",
      "context_length_exceeded")),
    ({"model": "gpt-5", "messages": [{"role": "user", "content": "word " * 273_000}]},
     ("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 273007 tokens. Please "
      "reduce the length of the messages.", "messages", "context_length_exceeded")),
    ({"model": "gpt-5.6", "n": 9},
     ("Invalid 'n': integer above maximum value. Expected a value <= 8, but got 9 instead.", "n",
      "integer_above_max_value")),
    ({"model": "gpt-5.6", "reasoning_effort": "none", "logprobs": True, "top_logprobs": 6},
     ("Invalid value for 'top_logprobs': must be less than or equal to 5.", "top_logprobs", None)),
    ({"model": "gpt-5.6", "reasoning_effort": "none", "logit_bias": {"1": 1}}, unsupported("logit_bias")),
    ({"model": "gpt-5.6", "modalities": ["text"]},
     ("Unknown parameter: 'modalities'.", "modalities", "unknown_parameter")),
    ({"model": "gpt-5.6", "prompt_cache_retention": "in_memory"},
     ("This model is compatible only with 24h extended prompt caching", "prompt_cache_retention", None)),
    ({"model": "gpt-5.6", "messages": [USER, {"role": "function", "name": "f", "content": "1"}]},
     ("Unsupported value: 'messages[1].role' does not support 'function' with this model.", "messages[1].role",
      "unsupported_value")),
    ({"model": "gpt-6-luna", "tools": [LOOK]}, thoughtful("gpt-6-luna")),
    ({"model": "gpt-5.6-sol", "tools": [LOOK], "reasoning_effort": "low"}, thoughtful("gpt-5.6-sol")),
    ({"model": "gpt-5.4", "tools": [LOOK], "reasoning_effort": "high"},
     ("Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use "
      "/v1/responses instead.", "reasoning_effort", None)),
    ({"model": "gpt-6-sol", "reasoning_effort": "max"},
     ("Unsupported value: 'reasoning_effort' does not support 'max' with this model. Supported values are: 'none', "
      "'low', 'medium', 'high', and 'xhigh'.", "reasoning_effort", "unsupported_value")),
    ({"model": "gpt-6-astra", "reasoning_effort": "none"},
     ("Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported values are: 'low', "
      "'medium', 'high', and 'xhigh'.", "reasoning_effort", "unsupported_value")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[str(case[0])[:60] for case in REFUSED])
def test_what_models_refuse(change: dict[str, Any], words: Any) -> None:
    assert told("cross-field", **change) is None
    assert told("semantic", **change) == words


@pytest.mark.parametrize(
    "change",
    [
        {"model": "gpt-audio", **SPOKEN},
        {"model": "gpt-5.6", "reasoning_effort": "none", "logprobs": True, "frequency_penalty": 1},
        {"messages": [USER, {"role": "assistant", "content": None, "refusal": "No."}, {"role": "user", "content": []}]},
        {"messages": [{"role": "assistant", "content": "hi", "tool_calls": None}]},
        {"model": "gpt-4o-audio-preview", "messages": [{"role": "user", "content": [SOUND]}]},
        {"model": "gpt-4o-search-preview", "web_search_options": {}, "response_format": SHAPE},
        {"model": "gpt-4o", **GUESS},
        {"model": "gpt-5", "verbosity": "high", "tools": [LOOK], "parallel_tool_calls": False},
        {"model": "gpt-5-search-api", "web_search_options": {"search_context_size": "low"}},
        {"verbosity": "medium", "messages": [{"role": "user", "content": [PICTURE]}]},
        {"model": "gpt-4", "messages": [{"role": "user", "content": "a" * 9000}]},
        {"model": "gpt-3.5-turbo", "response_format": {"type": "text"}},
        {"model": "gpt-6-sol", "tools": [LOOK], "reasoning_effort": "none", "temperature": 0.5},
        {"model": "gpt-6-astra", "tools": []},
        {"model": "gpt-5.5", "tools": [LOOK]},
        {"tools": None},
        {"messages": [USER, PARSED, {"role": "tool", "tool_call_id": "c", "content": "1"}]},
    ],
    ids=str,
)
def test_what_models_take(change: dict[str, Any]) -> None:
    assert told("semantic", **change) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"functions": "x", "function_call": {}}, "expected an array of function definitions, but got a string"),
        ({"metadata": "x", "verbosity": "x"}, "expected a metadata object, but got a string"),
        ({"metadata": "x", "store": "x"}, "Invalid type for 'store'"),
        ({"store": "x", "stream": "x"}, "Invalid type for 'stream'"),
        ({"service_tier": "x", "seed": "x"}, "Invalid type for 'seed'"),
        ({"moderation": {}, "n": 0}, "Invalid 'n'"),
        (
            {"tools": [{"type": "function", "function": {"name": ""}}]},
            "Invalid 'tools[0].function.name': empty string.",
        ),
        ({"messages": [{"role": "x"}]}, "'system', 'assistant', 'user', 'function', 'tool', and 'developer'."),
        ({"response_format": {"type": "x"}}, "'json_object', 'json_schema', and 'text'."),
    ],
)
def test_the_first_of_several_faults_is_told_in_the_api_s_words(change: dict[str, Any], words: str) -> None:
    refused = told("schema", **change)
    assert refused
    assert words in refused[0]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"logprobs": "x", "max_completion_tokens": 0}, "Invalid 'max_completion_tokens'"),
        ({"max_completion_tokens": 0, "stop": ["a"]}, "Invalid 'max_completion_tokens'"),
        ({"max_tokens": 1, "store": "x"}, "Unsupported parameter: 'max_tokens'"),
        ({"stop": ["a"], "stream_options": "x"}, "Unsupported parameter: 'stop'"),
        ({"stop": ["a"], "temperature": 0.5}, "Unsupported parameter: 'stop'"),
        ({"stop": ["a"], "temperature": "x"}, "Invalid type for 'temperature'"),
        ({"logit_bias": {"1": 1}, "verbosity": "x"}, "Unsupported parameter: 'logit_bias'"),
        ({"logprobs": True, "verbosity": "x"}, "Invalid value: 'x'"),
        ({"logprobs": True, "top_logprobs": 21}, "Invalid value for 'top_logprobs': must be less"),
        ({"temperature": 0.5, "metadata": "x"}, "Invalid type for 'metadata'"),
        ({"mood": 1, "stop": ["a"]}, "Unknown parameter: 'mood'"),
        ({"modalities": ["text"], "n": 0}, "Unknown parameter: 'modalities'"),
        ({"messages": [{"role": "user"}, {"role": "user", "content": 7}]}, "Invalid type for 'messages[1].content'"),
        ({"messages": [{"role": "user"}, {"role": "x", "content": "a"}]}, "Invalid value: 'x'"),
        ({"messages": [{"role": "user"}], "temperature": 0.5}, "Unsupported value: 'temperature'"),
        ({"messages": [{"role": "user"}], "temperature": 1}, "Invalid value for 'content'"),
    ],
    ids=str,
)
def test_each_parameter_has_its_place_and_content_comes_last(change: dict[str, Any], first: str) -> None:
    refused = told("semantic", **{"model": "gpt-5.6", **change})
    assert refused
    assert refused[0].startswith(first)


@pytest.mark.parametrize("effort", ["x", 5, ["low"], {"a": True}], ids=str)
def test_an_effort_of_any_shape_is_held_against_those_of_the_model(effort: Any) -> None:
    words = f"Unsupported value: 'reasoning_effort' does not support {effort!r} with this model. "
    words += "Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'."
    for level in ("schema", "semantic"):
        said = told(level, model="gpt-5.6", reasoning_effort=effort)
        assert said == (words, "reasoning_effort", "unsupported_value")
    unknown = told("schema", model="mine", reasoning_effort=effort)
    assert unknown
    assert unknown[2] in ("invalid_value", "invalid_type")


def test_a_choice_of_a_tool_has_a_function_and_tools_to_choose_from() -> None:
    missing = ("Missing required parameter: 'tool_choice.function'.", "tool_choice.function")
    for choice in ({"type": "x"}, {"type": "function"}):
        assert told("schema", tools=[LOOK], tool_choice=choice) == (*missing, "missing_required_parameter")
    named = {"type": "function", "function": {"name": "find"}}
    words = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
    for asked in ("auto", "none", "required", named):
        assert told("cross-field", tool_choice=asked) == (words, "tool_choice", None)
    words = "Invalid value for 'function_call': no function named 'find' was specified in the 'functions' parameter."
    for tools in ([], [LOOK]):
        assert told("cross-field", tools=tools, tool_choice=named) == (words, "function_call", None)
    assert told("semantic", tools=[], tool_choice="required") is None


def test_retention_has_a_sentence_of_its_own() -> None:
    words = "Invalid prompt_cache_retention argument"
    assert told("schema", prompt_cache_retention="x") == (words, "prompt_cache_retention", None)


def test_sound_needs_a_voice_and_streams_as_samples() -> None:
    missing = ("Missing required parameter: 'audio'.", "audio", "missing_required_parameter")
    assert told("cross-field", model="gpt-audio", modalities=["audio", "text"]) == missing
    said = told(
        "cross-field", model="gpt-audio", stream=True, **(SPOKEN | {"audio": {"voice": "ash", "format": "wav"}})
    )
    assert said == (
        "Unsupported value: 'audio.format' does not support 'wav' when stream=true. Supported values are: 'pcm16'.",
        "audio.format",
        "unsupported_value",
    )
    assert told("semantic", model="gpt-audio", stream=True, **SPOKEN) is None


def test_models_nobody_knows_are_let_through_on_azure() -> None:
    body = orjson.dumps({"messages": [{"role": "user", "content": [SOUND]}], "n": 2, **GUESS | {"prediction": None}})
    admit(understand(Request("POST", "/openai/deployments/mine/chat/completions", body=body)), "semantic")


def test_an_older_gateway_stands_before_models_that_do_not_reason() -> None:
    assert told("cross-field", top_k=1) == ("Unrecognized request argument supplied: top_k", None, None)
    assert told("semantic", mood=1, top_k=1) == ("Unrecognized request arguments supplied: mood, top_k", None, None)
    assert told("semantic", model="o4-mini", mood=1) == ("Unknown parameter: 'mood'.", "mood", "unknown_parameter")
