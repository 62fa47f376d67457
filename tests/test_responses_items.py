"""The items of responses that tools bring: in bodies, in streams, over several turns, and as the SDK hears of them."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest
from test_responses import WEATHER, events, kinds_of, mocked, reply, respond, see, text, types

from mockai import ManualClock, MockAI
from mockai.behaviours.responses_mcp import free
from mockai.operations import operation
from mockai.registry import registry

SHOP = {"type": "mcp", "server_label": "shop", "server_url": "https://example.com"}
DEFERRED = {**WEATHER, "defer_loading": True}
RATES = {**DEFERRED, "name": "get_exchange_rate", "description": "The rate between currencies"}
PREVIEW = {"type": "computer_use_preview", "display_width": 800, "display_height": 600, "environment": "browser"}


def told(mock: MockAI, given: Any = "cats", **more: Any) -> list[Any]:
    """The events of a stream, every one of them as the schema has it, and their items those of the body at the end."""
    body = {"model": "gpt-4o", "input": given, "stream": True, **more}
    heard = events(reply(mock, "/v1/responses", body))
    for name in ("responses/response_stream_event.ResponseStreamEvent", "beta/beta_response_stream_event.Beta"):
        name += "ResponseStreamEvent" if name.endswith("Beta") else ""
        assert not [event for event in heard if not registry().valid(name, event, "produce")]
    done = [event["item"] for event in heard if event["type"] == "response.output_item.done"]
    assert done == heard[-1]["response"]["output"]
    assert [event["sequence_number"] for event in heard] == list(range(len(heard)))
    return heard


def item(found: Any, kind: str) -> Any:
    return next(each for each in found["output"] if each["type"] == kind)


def both(given: Any = "cats", **more: Any) -> tuple[Any, list[Any]]:
    """A body and the stream of the same request, which tell of the same items."""
    found, heard = respond(mocked(), given, **more), told(mocked(), given, **more)
    for name in ("responses/response.Response", "beta/beta_response.BetaResponse"):
        assert registry().valid(name, found, "produce")
    assert types(heard[-1]["response"]) == types(found)
    return found, heard


# -- web search


@pytest.mark.parametrize("chosen", ["web_search", "web_search_2025_08_26", "web_search_preview"])
def test_a_search_is_chosen_by_any_of_its_names(chosen: str) -> None:
    found, _ = both("Hello", tools=[{"type": "web_search"}], tool_choice={"type": chosen})
    assert found["tool_choice"] == {"type": chosen}
    assert item(found, "web_search_call")["status"] == "completed"


def test_a_search_cites_its_sources_as_soon_as_they_are_named() -> None:
    asked = {"tools": [{"type": "web_search"}], "tool_choice": "required"}
    found, heard = both("What is new about cats?", include=["web_search_call.action.sources"], **asked)
    part = item(found, "message")["content"][0]
    notes = part["annotations"]
    assert notes
    assert {note["type"] for note in notes} == {"url_citation"}
    for note in notes:
        assert list(note) == ["type", "end_index", "start_index", "title", "url"]
        assert note["url"] in part["text"][note["start_index"] : note["end_index"]]
    read = {source["url"] for source in item(found, "web_search_call")["action"]["sources"]}
    assert read == {note["url"].partition("?")[0] for note in notes}
    assert found["tool_usage"]["web_search"] == {"num_requests": 1}
    said, seen = "", []
    for event in heard:
        said += event["delta"] if event["type"] == "response.output_text.delta" else ""
        if event["type"] == "response.output_text.annotation.added":
            assert said[event["annotation"]["start_index"] :].startswith("([")
            assert len(said) >= event["annotation"]["end_index"]
            seen.append((event["annotation_index"], len(said)))
    assert [place for place, _ in seen] == list(range(len(notes)))
    assert seen[0][1] < len(said)


def test_models_that_reason_open_pages() -> None:
    for given, kind in (
        ("Sum up https://example.com/cats", "open_page"),
        ('Find "whiskers" in https://example.com/cats', "find_in_page"),
    ):
        found, _ = both(given, model="gpt-5", tools=[{"type": "web_search"}], tool_choice="required")
        action = item(found, "web_search_call")["action"]
        assert (action["type"], action["url"]) == (kind, "https://example.com/cats")
    assert action["pattern"] == "whiskers"
    found, _ = both("https://example.com/cats", tools=[{"type": "web_search"}], tool_choice="required")
    assert item(found, "web_search_call")["action"]["type"] == "search"


def test_words_after_a_search_keep_to_schemas_and_limits() -> None:
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}
    asked = {"tools": [{"type": "web_search"}], "tool_choice": "required"}
    found, _ = both("cats", text={"format": form}, **asked)
    assert isinstance(json.loads(text(found)), dict)
    found, heard = both("cats", max_output_tokens=16, **asked)
    assert (found["status"], types(found)) == ("incomplete", ["web_search_call", "message"])
    assert kinds_of(heard)[-1] == "incomplete"


# -- computers, shells, patches


CHECKED = {"action": {"type": "screenshot"}, "pending_safety_checks": []}
UNCHECKED = {"actions": [{"type": "screenshot"}]}


@pytest.mark.parametrize(("tool", "looks"), [(PREVIEW, CHECKED), ({"type": "computer"}, UNCHECKED)])
def test_a_computer_is_looked_at_then_clicked_then_spoken_of(tool: dict[str, Any], looks: dict[str, Any]) -> None:
    mock = mocked(admission="semantic")
    asked = {"tools": [tool], "truncation": "auto", "model": "computer-use-preview"}
    found = respond(mock, "Use the computer", **asked)
    call = item(found, "computer_call")
    assert {name: part for name, part in call.items() if name not in ("id", "type", "status", "call_id")} == looks
    screen = {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBORw0KGgo="}
    shown = {"type": "computer_call_output", "call_id": call["call_id"], "output": screen}
    after = respond(mock, [shown], previous_response_id=found["id"], **asked)
    assert types(after)[-1] == "message"
    whole = respond(mock, [{"role": "user", "content": "Use the computer"}, call, shown], **asked)
    assert types(whole)[-1] == "message"
    picture = [{"role": "user", "content": [{"type": "input_image", "image_url": screen["image_url"]}]}]
    found, _ = both(picture, tool_choice="required", **asked)
    click = item(found, "computer_call")
    click = click["action"] if "action" in looks else click["actions"][0]
    assert (click["type"], click["x"] < 1024, click["y"] < 768) == ("click", True, True)


def test_the_preview_of_computers_forgets() -> None:
    asked = {"model": "computer-use-preview", "input": "x", "tools": [PREVIEW]}
    refused = reply(mocked(admission="semantic"), "/v1/responses", asked)
    assert (refused.status, json.loads(refused.content)["error"]["param"]) == (400, "truncation")


@pytest.mark.parametrize(
    ("tool", "kind", "output"),
    [
        ({"type": "shell", "environment": {"type": "local"}}, "shell_call", "shell"),
        ({"type": "shell"}, "shell_call", "shell"),
        ({"type": "local_shell"}, "local_shell_call", "local"),
        ({"type": "apply_patch"}, "apply_patch_call", "patch"),
    ],
)
def test_what_the_client_runs_is_answered_with_words(tool: dict[str, Any], kind: str, output: str) -> None:
    mock = mocked(admission="semantic")
    asked = {"tools": [tool], "model": "gpt-5.1"}
    both("Use the shell command to patch the file edit", **asked)
    found = respond(mock, "Use the shell command to patch the file edit", **asked)
    assert types(found)[-1] == kind
    id = found["output"][-1]["call_id"]
    printed = {"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a.txt"}
    result: dict[str, Any] = {"type": f"{kind}_output", "call_id": id, "output": [printed]}
    if output == "local":
        result = {"type": "local_shell_call_output", "id": id, "output": "a.txt"}
    elif output == "patch":
        result = {"type": "apply_patch_call_output", "call_id": id, "status": "completed"}
    after = respond(mock, [result], previous_response_id=found["id"], **asked)
    assert types(after)[-1] == "message"
    listed = see(mock, f"/v1/responses/{after['id']}/input_items", query="order=asc")["data"]
    assert [each["type"] for each in listed[-2:]] == [kind, f"{kind}_output"]
    if output != "local":
        alone = reply(mock, "/v1/responses", {"input": [result], **asked})
        assert "No tool call found for" in json.loads(alone.content)["error"]["message"]


def test_streams_tell_of_commands_and_diffs() -> None:
    _, heard = both(tools=[{"type": "shell"}], tool_choice="required")
    command = [f"shell_call_command.{step}" for step in ("added", "delta", "done")]
    steps = ["output_item.added", *command, "output_item.done"]
    assert kinds_of(heard)[2:-1] == steps
    assert heard[2]["item"]["action"]["commands"] == []
    _, heard = both(tools=[{"type": "apply_patch"}], tool_choice="required")
    diff = [f"apply_patch_call_operation_diff.{step}" for step in ("delta", "done")]
    assert kinds_of(heard)[2:-1] == ["output_item.added", *diff, "output_item.done"]
    assert heard[2]["item"]["operation"]["diff"] == ""
    made = heard[-1]["response"]["output"][-1]["operation"]
    assert "".join(event["delta"] for event in heard if event["type"].endswith("diff.delta")) == made["diff"]


@pytest.mark.parametrize(
    "environment", [{"type": "container_auto"}, {"type": "container_reference", "container_id": "cntr_1"}]
)
def test_a_hosted_shell_runs_by_itself(environment: dict[str, Any]) -> None:
    found, heard = both(tools=[{"type": "shell", "environment": environment}], tool_choice="required")
    assert types(found) == ["shell_call", "shell_call_output", "message"]
    call, result, message = found["output"]
    housed = {"type": "shell", "environment": call["environment"]}
    assert [value["tools"] for value in (found, heard[0]["response"])] == [[housed]] * 2
    assert (call["call_id"], call["environment"]["type"]) == (result["call_id"], "container_reference")
    assert environment.get("container_id", call["environment"]["container_id"]) == call["environment"]["container_id"]
    assert message["content"][0]["text"]
    printed = [f"shell_call_output_content.{step}" for step in ("delta", "done")]
    assert kinds_of(heard)[7:11] == ["output_item.added", *printed, "output_item.done"]


# -- MCP


@pytest.mark.parametrize(
    ("wanted", "at_once"),
    [
        (None, False),
        ("always", False),
        ("never", True),
        ({"never": {"tool_names": ["search"]}}, True),
        ({"never": {"tool_names": ["other"]}}, False),
        ({"always": {"tool_names": ["search"]}}, False),
        ({"always": {"tool_names": ["other"]}}, True),
        ({"always": {"read_only": True}}, True),
        ({"never": {"read_only": True}}, False),
        ({"never": {"read_only": False}}, True),
        ({"always": {"tool_names": ["search"]}, "never": {"tool_names": ["search"]}}, False),
    ],
)
def test_who_has_to_be_asked_before_a_call(wanted: Any, at_once: bool) -> None:
    assert free({**SHOP, "require_approval": wanted}) is at_once


def test_a_call_that_was_approved_is_made_once() -> None:
    mock = mocked()
    asked = {"tools": [SHOP]}
    found = respond(mock, "Go to the shop server", **asked)
    assert types(found) == ["mcp_list_tools", "mcp_approval_request"]
    _, heard = both("Go to the shop server", **asked)
    listing = ["output_item.added", "mcp_list_tools.in_progress", "mcp_list_tools.completed", "output_item.done"]
    assert kinds_of(heard)[2:-1] == [*listing, "output_item.added", "output_item.done"]
    request = found["output"][1]
    said = {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": True}
    after = respond(mock, [said], previous_response_id=found["id"], **asked)
    assert types(after) == ["mcp_call", "message"]
    call = after["output"][0]
    assert call["approval_request_id"] == request["id"]
    assert {name: call[name] for name in ("name", "arguments", "server_label")} == {
        name: request[name] for name in ("name", "arguments", "server_label")
    }
    heard = told(mock, [said], previous_response_id=found["id"], **asked)
    steps = ["in_progress", "arguments.delta", "arguments.done", "completed"]
    calls = [f"mcp_call_{step}" if "." in step else f"mcp_call.{step}" for step in steps]
    assert kinds_of(heard)[2:8] == ["output_item.added", *calls, "output_item.done"]
    refused = respond(mock, [{**said, "approve": False}], previous_response_id=found["id"], **asked)
    assert types(refused) == ["message"]
    other = {**SHOP, "server_label": "garden", "require_approval": "never"}
    call = item(respond(mock, "Ask the garden server by mcp", tools=[SHOP, other]), "mcp_call")
    assert call["server_label"] == "garden"
    later = respond(mock, "Thanks", previous_response_id=after["id"], **asked)
    assert types(later) == ["message"]


# -- tools that are searched for


def test_tools_that_are_hidden_are_searched_for_first() -> None:
    space = {"type": "namespace", "name": "crm", "description": "", "tools": [DEFERRED, {**WEATHER, "name": "other"}]}
    for tools, home, inside in (([RATES, DEFERRED], "get_weather", None), ([RATES, space], "crm", ["get_weather"])):
        asked = {"tools": [{"type": "tool_search"}, *tools], "model": "gpt-5.4"}
        found, heard = both("How is the weather?", reasoning={"effort": "none"}, **asked)
        assert types(found) == ["tool_search_call", "tool_search_output", "function_call"]
        search, output, call = found["output"]
        assert (search["arguments"], search["call_id"], search["execution"]) == ({"paths": [home]}, None, "server")
        assert [tool["name"] for tool in output["tools"]] == [home]
        assert inside is None or [tool["name"] for tool in output["tools"][0]["tools"]] == inside
        assert (call["name"], call["namespace"]) == ("get_weather", home)
        assert [event["item"]["status"] for event in heard[2:6]] == ["in_progress", "completed"] * 2
        assert heard[2]["item"]["arguments"] == {}


def test_a_client_that_searches_itself_says_what_it_found() -> None:
    mock = mocked()
    schema = {"type": "object", "properties": {"queries": {"type": "array", "items": {"type": "string"}}}}
    schema |= {"required": ["queries"]}
    for parameters in (None, schema):
        search = {"type": "tool_search", "execution": "client", "description": "d", "parameters": parameters}
        asked = {"tools": [search, DEFERRED]}
        both("How is the weather?", **asked)
        found = respond(mock, "How is the weather?", **asked)
        assert types(found) == ["tool_search_call"]
        call = found["output"][0]
        assert "queries" in call["arguments"] if parameters else call["arguments"] == {"query": "How is the weather?"}
        result = {"type": "tool_search_output", "call_id": call["call_id"], "execution": "client", "tools": [DEFERRED]}
        after = respond(mock, [result], previous_response_id=found["id"], **asked)
        assert [(each["type"], each["namespace"]) for each in after["output"]] == [("function_call", "get_weather")]
    added = {"type": "additional_tools", "role": "developer", "tools": [WEATHER]}
    found = respond(mock, [{"role": "user", "content": "How is the weather?"}, added])
    assert types(found) == ["function_call"]


def test_a_program_calls_what_only_programs_may() -> None:
    mock = mocked()
    asked = {"tools": [{"type": "programmatic_tool_calling"}, {**WEATHER, "allowed_callers": ["programmatic"]}]}
    found, events = both("How is the weather?", **asked)
    assert types(found) == ["program", "function_call"]
    codes = [event["item"]["code"] for event in events if event.get("item", {}).get("type") == "program"]
    assert codes == ["", found["output"][0]["code"]]
    [delta] = (event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta")
    assert delta == found["output"][1]["arguments"]
    found = respond(mock, "How is the weather?", **asked)
    program, call = found["output"]
    assert list(program) == ["id", "type", "call_id", "code", "fingerprint"]
    assert list(call) == ["id", "type", "status", "arguments", "call_id", "caller", "name"]
    assert call["caller"] == {"type": "program", "caller_id": program["call_id"]}
    assert (program["id"][:3], call["status"]) == ("cm_", "in_progress")
    assert "get_weather" in program["code"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny", "caller": call["caller"]}
    after = respond(mock, [result], previous_response_id=found["id"], **asked)
    assert types(after) == ["program_output", "message"]
    assert list(after["output"][0]) == ["id", "type", "status", "call_id", "result"]
    assert (after["output"][0]["call_id"], after["output"][0]["result"]) == (program["call_id"], "sunny")
    heard = told(mock, [result], previous_response_id=found["id"], **asked)
    returned = [event["item"] for event in heard if event.get("item", {}).get("type") == "program_output"]
    assert [(each["status"], each["result"]) for each in returned] == [("completed", ""), ("completed", "sunny")]
    direct = {**asked, "tools": [asked["tools"][0], {**WEATHER, "allowed_callers": ["direct", "programmatic"]}]}
    assert types(respond(mock, "How is the weather?", **direct)) == ["function_call"]


# -- stubs, pictures, the cache


def test_a_script_says_what_stands_in_an_item() -> None:
    mock = mocked()
    checks = [{"id": "c", "code": "malicious_instructions", "message": "Careful."}]
    mock.on("responses.create", input="a").call_tool("computer", pending_safety_checks=checks)
    mock.on("responses.create", input="b").call_tool("shell", action={"commands": ["pwd", "ls"]})
    mock.on("responses.create", input="c").call_tool("mcp", name="find", arguments='{"a": 1}', output="one")
    assert respond(mock, "a", tools=[PREVIEW])["output"][0]["pending_safety_checks"] == checks
    heard = told(mock, "b", tools=[{"type": "shell"}])
    assert [event["command"] for event in heard if event["type"].endswith("command.done")] == ["pwd", "ls"]
    call = item(respond(mock, "c", tools=[{**SHOP, "require_approval": "never"}]), "mcp_call")
    assert (call["name"], call["arguments"], call["output"]) == ("find", '{"a": 1}', "one")


@pytest.mark.parametrize(("include", "first"), [(["code_interpreter_call.outputs"], []), ([], None)])
def test_what_comes_of_code_is_a_list_from_the_start_where_it_is_told(include: list[str], first: Any) -> None:
    code = {"type": "code_interpreter", "container": {"type": "auto"}}
    _, heard = both(tools=[code], tool_choice="required", include=include)
    items = [event["item"] for event in heard if event.get("item", {}).get("type") == "code_interpreter_call"]
    assert items[0]["outputs"] == first
    assert (items[1]["outputs"] is None) is (first is None)


def test_pictures_are_seen_on_their_way() -> None:
    tool = {"type": "image_generation", "partial_images": 2, "size": "1024x1024"}
    _, heard = both(tools=[tool], tool_choice="required")
    steps = ["in_progress", "generating", "partial_image", "completed"]
    assert kinds_of(heard)[3:7] == [f"image_generation_call.{step}" for step in steps]
    assert {*heard[2]["item"]} == {"id", "type", "status"}
    seen = [event["partial_image_index"] for event in heard if event["type"].endswith("partial_image")]
    assert seen == [0, 1]


def test_what_was_asked_before_is_cached() -> None:
    clock = ManualClock()
    mock = MockAI(clock=clock)
    long = "A story of whales and of the sea. " * 200

    def details(given: Any, **more: Any) -> dict[str, int]:
        found = respond(mock, given, **more)
        cached: dict[str, int] = found["usage"]["input_tokens_details"]
        assert cached["cached_tokens"] % 128 == 0
        assert cached["cached_tokens"] < found["usage"]["input_tokens"]
        return cached

    first = respond(mock, long)
    assert first["usage"]["input_tokens_details"] == {"cache_write_tokens": 0, "cached_tokens": 0}
    before = details(long)["cached_tokens"]
    assert before >= 1024
    assert details("And more", previous_response_id=first["id"])["cached_tokens"] >= before
    assert details(long, prompt_cache_key="other")["cached_tokens"] == 0
    assert details("Whales. " + long)["cached_tokens"] == 0
    assert details(long, stream=False, model="gpt-5.6")["cache_write_tokens"] >= 1024
    clock.advance(601)
    assert details(long)["cached_tokens"] == 0
    part = {"type": "input_text", "text": long, "prompt_cache_breakpoint": {"mode": "explicit"}}
    asked = {"model": "gpt-5.6", "prompt_cache_options": {"mode": "explicit", "ttl": "30m"}, "prompt_cache_key": "k"}
    talk = [{"role": "user", "content": [part, {"type": "input_text", "text": "Why?"}]}]
    written = respond(mock, talk, **asked)["usage"]["input_tokens_details"]["cache_write_tokens"]
    assert written >= 1024
    again = respond(mock, talk, **asked)["usage"]["input_tokens_details"]
    assert again == {"cache_write_tokens": 0, "cached_tokens": written}


# -- what does not fit


LONG = "word " * 9_000


def test_what_does_not_fit_the_model_fails() -> None:
    mock = mocked()
    said = "Your input exceeds the context window of this model. Please adjust your input and try again."
    body = {"model": "gpt-4", "input": LONG}
    refused = reply(mock, "/v1/responses", body)
    error = json.loads(refused.content)["error"]
    expected = {"message": said, "type": "invalid_request_error", "param": "input", "code": "context_length_exceeded"}
    assert (refused.status, error) == (400, expected)
    heard = told(mock, LONG, model="gpt-4")
    assert kinds_of(heard) == ["created", "in_progress", "error", "failed"]
    assert heard[2]["error"] == expected
    assert heard[3]["response"]["error"] == {"code": "context_length_exceeded", "message": said}
    id = heard[3]["response"]["id"]
    assert see(mock, f"/v1/responses/{id}")["status"] == "failed"
    assert events(reply(mock, f"/v1/responses/{id}", query="stream=true")) == heard
    begun = respond(mock, LONG, model="gpt-4", background=True)
    assert (begun["status"], see(mock, f"/v1/responses/{begun['id']}")["status"]) == ("queued", "failed")
    talk = see(mock, "/v1/conversations", {})["id"]
    told(mock, LONG, model="gpt-4", conversation=talk)
    assert see(mock, f"/v1/conversations/{talk}/items")["data"] == []


def test_what_was_said_before_fills_the_window_too() -> None:
    mock = mocked()
    first = respond(mock, "word " * 5_000, model="gpt-4")
    assert first["status"] == "completed"
    for words, status in ((271_000, 200), (273_000, 400)):
        assert reply(mock, "/v1/responses", {"model": "gpt-5-mini", "input": "word " * words}).status == status
    more = {"model": "gpt-4", "input": "word " * 5_000, "previous_response_id": first["id"]}
    assert reply(mock, "/v1/responses", more).status == 400
    assert reply(mock, "/v1/responses", {**more, "truncation": "auto"}).status == 200


def test_the_sdk_raises_what_a_stream_fails_of() -> None:
    mock = mocked()
    with openai.OpenAI(api_key="sk-x", http_client=httpx2.Client(transport=mock.transport(httpx2))) as client:
        heard = client.responses.create(model="gpt-4", input=LONG, stream=True)
        with pytest.raises(openai.APIError, match="exceeds the context window"):
            list(heard)
    mock.on("responses.create").reply("Scripted.")
    assert text(respond(mock, LONG, model="gpt-4")) == "Scripted."


# -- the SDK


TOOLS: dict[str, list[Any]] = {
    "web_search_call": [{"type": "web_search"}],
    "computer_call": [{"type": "computer"}],
    "shell_call_output": [{"type": "shell", "environment": {"type": "container_auto"}}],
    "local_shell_call": [{"type": "local_shell"}],
    "apply_patch_call": [{"type": "apply_patch"}],
    "mcp_approval_request": [SHOP],
    "mcp_call": [{**SHOP, "require_approval": "never"}],
    "tool_search_output": [{"type": "tool_search"}, DEFERRED],
    "custom_tool_call": [{"type": "custom", "name": "sql"}],
    "program": [{"type": "programmatic_tool_calling"}, {**WEATHER, "allowed_callers": ["programmatic"]}],
}


@pytest.mark.parametrize("kind", TOOLS)
def test_what_was_put_out_is_kept_and_may_come_back(kind: str) -> None:
    mock = mocked()
    talk = see(mock, "/v1/conversations", {})["id"]
    found = respond(mock, "cats", tools=TOOLS[kind], tool_choice="required", conversation=talk)
    kept = see(mock, f"/v1/conversations/{talk}/items", query="order=asc")
    assert kept["data"][1:] == found["output"]
    assert registry().valid(str(operation("conversations.items.list").result), kept, "produce")
    after = respond(mock, "dogs", previous_response_id=found["id"])
    listed = see(mock, f"/v1/responses/{after['id']}/input_items", query="order=asc")
    assert listed["data"][1:-1] == found["output"]
    assert registry().valid(str(operation("responses.input_items.list").result), listed, "produce")
    again = [*found["output"], {"role": "user", "content": "dogs"}]
    for query in ("", "beta=true"):
        assert reply(mock, "/v1/responses", {"model": "gpt-4o", "input": again}, query=query).status == 200


def test_secrets_of_servers_are_not_shown() -> None:
    server = {**SHOP, "server_url": "https://example.com/mcp?k=v", "headers": {"X-Key": "s3cret"}, "authorization": "t"}
    [told_of] = respond(mocked(), tools=[server])["tools"]
    hidden = "<redacted>"
    assert told_of["server_url"] == f"https://example.com/{hidden}"
    assert (told_of["headers"], told_of["authorization"]) == ({"X-Key": hidden}, hidden)
    connected = {"type": "mcp", "server_label": "calendar", "connector_id": "connector_googlecalendar"}
    [told_of] = respond(mocked(), tools=[connected])["tools"]
    assert told_of["server_url"] is None
    assert "authorization" not in told_of


@pytest.mark.parametrize("kind", TOOLS)
def test_the_sdk_hears_of_every_item(kind: str) -> None:
    mock = mocked()
    with openai.OpenAI(api_key="sk-x", http_client=httpx2.Client(transport=mock.transport(httpx2))) as client:
        asked: dict[str, Any] = {"model": "gpt-4o", "input": "cats", "tools": TOOLS[kind], "tool_choice": "required"}
        with client.responses.stream(**asked) as heard:
            seen = [event.type for event in heard]
            final = heard.get_final_response()
        made = client.responses.create(**asked)
    names = [each.type for each in final.output]
    assert kind in names
    assert names == [each.type for each in made.output]
    assert seen[-1] == "response.completed"
    assert seen.count("response.output_item.done") == len(names)
    if kind == "web_search_call":
        notes = [note for each in made.output if each.type == "message" for note in each.content[0].annotations]
        assert notes
        assert made.output_text
