"""Admission says what the API says to a request it does not take, and never refuses one that it took."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from mockai import rules
from mockai.admit import admit
from mockai.errors import ApiError, StubError
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.understand import understand

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {}}}
ASKED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
}


def said(
    level: Any, body: Any, path: str = "/v1/chat/completions", method: str = "POST", media: str = "application/json"
) -> Any:
    """The error that admission answers with, or None."""
    target = urlsplit(path)
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    call = understand(Request(method, target.path, target.query, (("content-type", media),), raw))
    try:
        admit(call, level)
    except ApiError as error:
        return error
    return None


def chat(level: Any, **change: Any) -> Any:
    body = {"model": "gpt-4.1", "messages": [USER], **change}
    error = said(level, body)
    return error and (error.status, error.message, error.error["param"], error.error["code"])


@pytest.mark.parametrize("level", ["off", "schema", "cross-field", "semantic"])
def test_a_good_request_passes_at_every_level(level):
    assert chat(level, stream=True, stream_options={"include_usage": True}, tools=[TOOL], tool_choice="auto") is None


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"null", b"7"])
def test_a_body_that_is_no_json_object(body):
    error = said("schema", body)
    assert error.message.startswith("We could not parse the JSON body of your request.")
    assert (error.status, error.error["param"], error.error["code"]) == (400, None, None)


@pytest.mark.parametrize("model", [{}, {"model": None}, {"model": ""}])
def test_the_gateway_asks_for_a_model_first(model):
    error = said("schema", {"zzz": 1, **model})
    assert (error.message, error.error["param"]) == ("you must provide a model parameter", None)


def test_an_empty_body_lacks_what_is_required():
    assert said("schema", b"").message == "you must provide a model parameter"
    missing = "[{'type': 'missing', 'loc': ('body', 'input'), 'msg': 'Field required'}]"
    assert said("schema", b"", "/v1/moderations").message == missing
    assert said("schema", b"", "/v1/threads") is None
    assert said("schema", b"", "/v1/batches/b_1/cancel") is None


def test_azure_names_the_model_in_its_path():
    path = "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    assert said("semantic", {"messages": [USER]}, path) is None
    assert said("semantic", {"messages": [USER], "model": None}, path) is None
    assert said("schema", {"messages": [USER], "zzz": 1}, path).message == "Unknown parameter: 'zzz'."


def test_what_no_schema_describes_is_let_through():
    assert said("semantic", b"v=0", "/v1/realtime/calls", media="application/sdp") is None
    assert said("semantic", b"{", "/v1/no/such/path") is None
    assert said("off", b"{") is None


def upload(*parts: tuple[str, str | None, bytes], path: str = "/v1/files") -> Any:
    made = [Part(name, file, None, usual_headers(name, file, None), data) for name, file, data in parts]
    return said("schema", build(made, "cut"), path, media="multipart/form-data; boundary=cut")


def test_forms_are_read_by_their_schema():
    assert upload(("purpose", None, b"batch"), ("file", "a.jsonl", b"{}")) is None
    assert upload(("purpose", None, b"batch")).message == "'file' is a required property"
    wrong = upload(("purpose", None, b"fun"), ("file", "a", b""))
    known = "['fine-tune', 'assistants', 'batch', 'user_data', 'responses', 'vision', 'evals']"
    assert wrong.message == f"'fun' is not one of {known} - 'purpose'"
    unheard = upload(("purpose", None, b"vision"), ("file", "a", b""), ("expires_after", None, b"3600"))
    assert unheard.message == "Additional properties are not allowed ('expires_after' was unexpected)"
    assert json.loads(unheard.reply().content)["detail"] == {"message": unheard.message, "code": None}
    sound = (("model", None, b"whisper-1"), ("file", "a.mp3", b""))
    assert upload(*sound, ("temperature", None, b"0.2"), ("timestamp_granularities[]", None, b"word"),
                  path="/v1/audio/transcriptions") is None  # fmt: skip
    hot = upload(*sound, ("temperature", None, b"hot"), path="/v1/audio/transcriptions")
    words = "'msg': 'Input should be a valid number, unable to parse string as a number'"
    assert hot.message == f"[{{'type': 'float_parsing', 'loc': ('body', 'temperature'), {words}}}]"
    lost = upload(sound[0], path="/v1/audio/transcriptions")
    assert lost.message == "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required', 'input': None}]"
    assert said("schema", b"xx", "/v1/files", media="multipart/form-data; boundary=cut").status == 400


def test_query_fields_are_read_by_their_schema():
    assert said("schema", b"", "/v1/files?limit=2&order=asc&unheard=1", "GET") is None
    wrong = said("schema", b"", "/v1/files?limit=many", "GET")
    assert wrong.message == "Invalid type for 'limit': expected an integer, but got a string instead."
    assert said("schema", b"", "/v1/files?order=up", "GET").error["code"] == "invalid_value"


CROSSING: list[tuple[dict[str, Any], str, str | None, str]] = [
    ({"stream_options": {"include_usage": True}}, "stream_options", None,
     "The 'stream_options' parameter is only allowed when 'stream' is enabled."),
    ({"top_logprobs": 2}, "top_logprobs", None,
     "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "invalid_parameter_combination",
     "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."),
    ({"tool_choice": "auto"}, "tool_choice", None,
     "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."),
    ({"parallel_tool_calls": False}, "parallel_tool_calls", None,
     "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified."),
    ({"function_call": "auto"}, "function_call", None,
     "Invalid value for 'function_call': 'function_call' is only allowed when 'functions' are specified."),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "jump"}}}, "function_call", None,
     "Invalid value for 'function_call': no function named 'jump' was specified in the 'functions' parameter."),
    ({"functions": [{"name": "look"}], "function_call": {"name": "jump"}}, "function_call", None,
     "Invalid value for 'function_call': no function named 'jump' was specified in the 'functions' parameter."),
    ({"response_format": {"type": "json_object"}}, "messages", None,
     "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "code", "message"), CROSSING, ids=[case[3][:50] for case in CROSSING])
def test_fields_that_need_or_exclude_each_other(change, param, code, message):
    assert chat("schema", **change) is None
    assert chat("cross-field", **change) == (400, message, param, code)
    assert chat("semantic", **change) == (400, message, param, code)


def test_fields_that_go_together():
    assert chat("cross-field", tools=[TOOL], tool_choice={"type": "function", "function": {"name": "look"}}) is None
    assert chat("cross-field", functions=[{"name": "look"}], function_call={"name": "look"}) is None
    spoken = [{"role": "user", "content": [{"type": "text", "text": "Answer in JSON"}]}]
    assert chat("cross-field", messages=spoken, response_format={"type": "json_object"}) is None
    assert chat("cross-field", stream_options=None, top_logprobs=None) is None


def unsupported(name: str) -> str:
    return f"Unsupported parameter: '{name}' is not supported with this model."


MEANING: list[tuple[dict[str, Any], int, str | None, str | None, str]] = [
    ({"model": "gpt-99"}, 404, None, "model_not_found",
     "The model `gpt-99` does not exist or you do not have access to it."),
    ({"model": "o1-pro"}, 404, "model", None,
     "This model is only supported in v1/responses and not in v1/chat/completions."),
    ({"model": "gpt-3.5-turbo-instruct"}, 404, "model", None,
     "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
     " Did you mean to use v1/completions?"),
    ({"model": "whisper-1"}, 404, "model", None,
     "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Choose a chat model."),
    ({"model": "o3", "max_tokens": 9}, 400, "max_tokens", "unsupported_parameter",
     unsupported("max_tokens") + " Use 'max_completion_tokens' instead."),
    ({"model": "o3", "temperature": 0.5}, 400, "temperature", "unsupported_value",
     "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported."),
    ({"model": "gpt-5.1", "reasoning_effort": "low", "top_p": 0.5}, 400, "top_p", "unsupported_parameter",
     unsupported("top_p")),
    ({"model": "o3-mini", "temperature": 0.5}, 400, "temperature", "unsupported_parameter", unsupported("temperature")),
    ({"model": "o3", "stop": "x"}, 400, "stop", "unsupported_parameter", unsupported("stop")),
    ({"model": "o3", "logprobs": True}, 400, "logprobs", "unsupported_parameter", unsupported("logprobs")),
    ({"model": "o3", "presence_penalty": 1}, 400, "presence_penalty", "unsupported_parameter",
     unsupported("presence_penalty")),
    ({"reasoning_effort": "low"}, 400, None, None, "Unrecognized request argument supplied: reasoning_effort"),
    ({"model": "o3", "reasoning_effort": "minimal"}, 400, "reasoning_effort", "unsupported_value",
     "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model."
     " Supported values are: 'low', 'medium', and 'high'."),
    ({"web_search_options": {}}, 400, "web_search_options", None,
     "Web search options not supported with this model."),
    ({"model": "o1-mini", "messages": [{"role": "developer", "content": "be brief"}, USER]}, 400, "messages[0].role",
     "unsupported_value", "Unsupported value: 'messages[0].role' does not support 'developer' with this model."),
    ({"messages": [USER, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, 400, "messages.[1].role", None,
     "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."),
    ({"messages": [USER, ASKED, {"role": "tool", "tool_call_id": "c2", "content": "x"}]}, 400,
     "messages.[2].tool_call_id", None,
     "Invalid parameter: 'tool_call_id' of 'c2' not found in 'tool_calls' of previous message."),
    ({"messages": [USER, ASKED, USER]}, 400, "messages.[2].role", None,
     "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
     " The following tool_call_ids did not have response messages: c1"),
    ({"messages": [USER, ASKED]}, 400, "messages.[2].role", None,
     "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
     " The following tool_call_ids did not have response messages: c1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status", "param", "code", "message"), MEANING, ids=[str(case[0]) for case in MEANING]
)
def test_what_only_meaning_can_tell(change, status, param, code, message):
    assert chat("cross-field", **change) is None
    assert chat("semantic", **change) == (status, message, param, code)


def test_what_makes_sense():
    answer = {"role": "tool", "tool_call_id": "c1", "content": "x"}
    assert chat("semantic", messages=[USER, ASKED, answer, USER]) is None
    assert chat("semantic", model="gpt-5.1", temperature=0.5, logprobs=True) is None
    assert chat("semantic", model="o3", temperature=1, max_completion_tokens=9, reasoning_effort="low") is None
    assert chat("semantic", model="ft:gpt-4.1-2025-04-14:acme::x1") is None


def test_a_rule_for_no_operation_is_a_mistake_seen_at_import():
    with pytest.raises(StubError, match=r"chat\.completions\.create"):
        rules.rule("chat.completions.creat", "semantic")


def recorded() -> Any:
    """Every recorded request with the status it had; without the forms, whose files the recorders dropped."""
    for line in (RECORDINGS / "interactions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        body = row["request_body"] or {}
        if "json" in body or "text" in body or row["method"] == "GET":
            raw = orjson.dumps(body["json"]) if "json" in body else body.get("text", "").encode()
            headers = tuple(
                (name.lower(), value) for name, values in row["request_headers"].items() for value in values
            )
            target = urlsplit(row["url"])
            yield row["status"], understand(Request(row["method"], target.path, target.query, headers, raw))


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the real recordings are not beside the checkout")
def test_no_chat_that_the_api_answered_is_refused():
    seen = 0
    for status, call in recorded():
        if status < 300 and call.name == "chat.completions.create" and call.request.body:
            seen += 1
            admit(call, "semantic")
    assert seen > 300
