"""Agents: sessions whose turns are answered and told as events, and what must never be shown."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from asking import HEADERS, ask, request

from mockai import ManualClock, MockAI
from mockai.http import Reply, Request
from mockai.ongoing import BEAT, GAPS, Ongoing, played
from mockai.operations import operation
from mockai.registry import registry
from mockai.sse import parse

SESSIONS = "/v1/agents/sessions"
NONE = {"environment": {"type": "none"}}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
AGENT: dict[str, Any] = {"agent": {"model": "gpt-5", "tools": [WEATHER]}, **NONE}
EVENT = "beta/agent_session_event.AgentSessionEvent"


def told(mock: MockAI, url: str, method: str = "POST", query: str = "", **body: Any) -> Any:
    sent = Request(method, url, query, HEADERS, json.dumps(body).encode() if body else b"")
    return json.loads(ask(mock, sent).content)


def posted(mock: MockAI, session: str, *events: dict[str, Any]) -> Reply:
    return ask(mock, request(f"{SESSIONS}/{session}/events", events=list(events)))


def message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "agent.session.input.message", "input": [{"role": "user", "content": content}]}


def values(data: bytes) -> list[Any]:
    return [event.value for event in parse(data)]


def heard(mock: MockAI, session: str, until: str = "agent.session.idle") -> list[Any]:
    reply = ask(mock, request(f"{SESSIONS}/{session}/events", method="GET"))
    found: list[Any] = []
    for chunk in played(reply.body):
        found += values(chunk.data)  # type: ignore[union-attr]
        if found and found[-1]["type"] == until:
            return found
    return found


@pytest.fixture
def client() -> Iterator[openai.OpenAI]:
    mock = MockAI()
    with (
        mock.serve() as url,
        openai.OpenAI(api_key="sk-none", base_url=url, max_retries=0) as client,
    ):
        yield client


def test_a_streamed_session_tells_its_first_turn() -> None:
    mock = MockAI(clock=ManualClock(1000))
    reply = ask(mock, request(SESSIONS, **NONE, agent={"model": "gpt-5"}, input="Talk of whales.", stream=True))
    assert (reply.status, reply.header("content-type")) == (201, "text/event-stream; charset=utf-8")
    events = values(reply.content)
    kinds = [event["type"].removeprefix("agent.session.") for event in events]
    assert [kind for kind in kinds if kind != "turn.output_text.delta"] == [
        "created",
        "in_progress",
        "turn.created",
        "turn.item.added",
        "turn.in_progress",
        "turn.item.added",
        "turn.content_part.added",
        "turn.output_text.done",
        "turn.content_part.done",
        "turn.item.done",
        "turn.completed",
        "idle",
    ]
    assert len({event["event_id"] for event in events}) == len(events)
    said = "".join(event["delta"] for event in events if event["type"].endswith("output_text.delta"))
    assert said == events[-3]["item"]["content"][0]["text"]
    for event in events:
        assert registry().valid(EVENT, event, "produce"), event
    session = events[-1]["session"]
    assert session["agent"]["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    seen = told(mock, f"{SESSIONS}/{session['id']}", "GET")
    assert registry().valid("beta/agent_session.AgentSession", seen, "produce")
    assert seen["usage"]["output_tokens"] > 0


def test_what_is_said_meanwhile_is_the_next_turn() -> None:
    mock = MockAI(lifecycle="looks=1")
    session = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5"}, input="one")
    assert session["status"] == "in_progress"
    id = session["id"]
    reply = posted(mock, id, message("two"))
    assert (reply.status, reply.content) == (202, b"")
    path = f"{SESSIONS}/{id}"
    assert [turn["status"] for turn in told(mock, f"{path}/turns", "GET")["data"]] == ["queued"]
    events = heard(mock, id)
    assert [event["type"] for event in events if event["type"].endswith("turn.completed")] == [
        "agent.session.turn.completed"
    ] * 2
    items = told(mock, f"{path}/items", "GET", query="order=asc")["data"]
    assert [item["role"] for item in items] == ["user", "assistant"] * 2
    turns = told(mock, f"{path}/turns", "GET", query="order=asc")["data"]
    of_turn = told(mock, f"{path}/turns/{turns[1]['id']}/items", "GET", query="order=asc")["data"]
    assert of_turn == items[2:]
    for name, schema, listed in (
        ("turns", "beta/agents/sessions/turn.Turn.cursor", told(mock, f"{path}/turns", "GET")),
        ("items", "beta/agent_session_item.AgentSessionItem.cursor", told(mock, f"{path}/items", "GET")),
        ("traces", "beta/agents/sessions/session_trace.SessionTrace.cursor", told(mock, f"{path}/traces", "GET")),
    ):
        assert registry().valid(schema, listed, "produce"), name
        assert len(listed["data"]) == {"turns": 2, "items": 4, "traces": 2}[name]


def test_a_turn_takes_its_time_and_can_be_cancelled() -> None:
    clock = ManualClock(1000)
    mock = MockAI(clock=clock, lifecycle="seconds=5")
    id = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5"}, input="one")["id"]
    clock.advance(5)
    (turn,) = told(mock, f"{SESSIONS}/{id}/turns", "GET")["data"]
    assert (turn["status"], turn["started_at"]) == ("in_progress", 1005)
    assert posted(mock, id, {"type": "agent.session.input.cancel"}).status == 202
    (turn,) = told(mock, f"{SESSIONS}/{id}/turns", "GET")["data"]
    assert (turn["status"], turn["completed_at"]) == ("cancelled", 1005)
    assert told(mock, f"{SESSIONS}/{id}", "GET")["status"] == "idle"
    assert posted(mock, id, {"type": "agent.session.input.cancel"}).status == 202  # nothing runs: nothing to do
    assert len(told(mock, f"{SESSIONS}/{id}/items", "GET")["data"]) == 1


def test_what_is_sent_again_is_said_once() -> None:
    mock = MockAI()
    id = told(mock, SESSIONS, **NONE)["id"]
    body = json.dumps({"events": [message("Hi")]}).encode()
    for key in ("a", "a", "b"):
        again = Request("POST", f"{SESSIONS}/{id}/events", "", (*HEADERS, ("idempotency-key", key)), body)
        assert ask(mock, again).status == 202
    assert len(told(mock, f"{SESSIONS}/{id}/turns", "GET")["data"]) == 2


def test_a_call_waits_for_its_result() -> None:
    mock = MockAI()
    id = told(mock, SESSIONS, **AGENT, input="get_weather of Paris, please")["id"]
    session = told(mock, f"{SESSIONS}/{id}", "GET")
    assert session["status"] == "requires_action"
    (action,) = session["required_actions"]
    assert (action["name"], list(action["arguments"])) == ("get_weather", ["city"])
    result = {"type": "agent.session.input.tool_result", "turn_id": action["turn_id"], "success": True, "output": "sun"}
    wrong = posted(mock, id, {**result, "call_id": "call_x"})
    assert json.loads(wrong.content)["error"]["message"] == "Unknown pending tool call: call_x"
    assert json.loads(wrong.content)["error"]["code"] == "invalid_request_error"
    assert posted(mock, id, {**result, "call_id": action["call_id"]}).status == 202
    session = told(mock, f"{SESSIONS}/{id}", "GET")
    assert (session["status"], session["required_actions"]) == ("idle", [])
    items = told(mock, f"{SESSIONS}/{id}/items", "GET", query="order=asc")["data"]
    assert [item["type"] for item in items] == ["message", "function_call", "function_call_output", "message"]
    nobody = {"type": "agent.session.input.mcp_approval_request_result", "request_id": "r", "response": {}}
    assert posted(mock, id, nobody).status == 400


def test_a_subscription_begins_where_the_last_look_was_and_ends_with_the_session() -> None:
    mock = MockAI()
    id = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5"}, input="one")["id"]
    assert heard(mock, id)[0]["type"] == "agent.session.created"  # nobody has heard of it yet
    posted(mock, id, message("two"))
    assert heard(mock, id)[0]["type"] == "agent.session.in_progress"
    posted(mock, id, message("three"))
    told(mock, f"{SESSIONS}/{id}", "GET")
    late = ask(mock, request(f"{SESSIONS}/{id}/events", method="GET"))
    assert told(mock, f"{SESSIONS}/{id}", "DELETE")["deleted"]
    assert list(played(late.body)) == []
    assert ask(mock, request(f"{SESSIONS}/{id}/events", method="GET")).status == 404


def test_a_silent_subscription_beats() -> None:
    said: list[bytes] = []
    steps = iter(range(2 * GAPS))
    body = Ongoing(said, 0, lambda: next(steps, None) is not None, lambda _count: None)
    played_ = list(body.follow())
    assert [chunk.data for chunk in played_ if chunk.data] == [BEAT, BEAT]
    assert len(body) == 0
    said.append(b"x")
    again = Ongoing(said, 0, lambda: False, lambda _count: None)
    assert [chunk.data for chunk in again.follow()] == [b"x"]
    assert [chunk.data for chunk in again] == [again[0].data] == [b"x"]


def test_the_sdk_streams_a_turn_over_a_socket(client: openai.OpenAI) -> None:
    sessions = client.beta.agents.sessions
    agent = client.beta.agents.create(model="gpt-5", tools=[WEATHER])  # type: ignore[list-item]
    id = sessions.create(agent_id=agent.id, environment={"type": "none"}, input="Hello").id
    with sessions.stream(id, input="Talk of whales.") as stream:
        result = stream.get_final_result()
    assert (result.turn.status, "whales" in result.output_text) == ("completed", True)
    asked: list[Any] = []

    def handler(arguments: dict[str, Any]) -> str:
        asked.append(arguments)
        return "sunny"

    with sessions.stream(id, input="get_weather for Paris", tool_handlers={"get_weather": handler}) as stream:
        types = [event.type for event in stream]
    assert types[-1] == "agent.session.idle"
    assert len(asked) == 1
    assert [turn.status for turn in sessions.turns.list(id)] == ["completed"] * 3
    place = client.beta.agents.environments.create(environment={"type": "openai_hosted"}).id
    files = client.beta.agents.environments.files
    for path in ("/workspace/b", "/workspace/a"):
        files.create(place, type="inline", path=path, data="")
    assert [file.path for file in files.list(place, limit=1)] == ["/workspace/b", "/workspace/a"]
    with sessions.events.stream(id):
        pass  # leaves at once, and the server does not mind
    assert sessions.delete(id).deleted


def test_a_server_that_stops_ends_its_subscriptions() -> None:
    mock = MockAI()
    id = told(mock, SESSIONS, **NONE)["id"]
    heard_: list[str] = []

    def listen(url: str, begun: threading.Event) -> None:
        with httpx2.stream("GET", f"{url}/agents/sessions/{id}/events", headers=dict(HEADERS)) as response:
            for line in response.iter_lines():
                heard_.append(line)
                begun.set()

    begun = threading.Event()
    with mock.serve() as url:
        listener = threading.Thread(target=listen, args=(url, begun))
        listener.start()
        assert begun.wait(10)
    listener.join(10)
    assert not listener.is_alive()
    assert heard_[0] == "event: agent.session.created"


def test_the_async_sdk_streams_a_turn_in_process() -> None:
    mock = MockAI()

    async def talk() -> Any:
        transport = httpx2.AsyncClient(transport=mock.transport(httpx2))
        async with openai.AsyncOpenAI(api_key="x", base_url="http://mock/v1", http_client=transport) as client:
            sessions = client.beta.agents.sessions
            made = await sessions.create(**NONE, agent={"model": "gpt-5"}, input="Hi")  # type: ignore[call-overload]
            async with sessions.stream(made.id, input="Talk of whales.") as stream:
                return await stream.get_final_result()

    assert "whales" in asyncio.run(talk()).output_text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (NONE | {"input": "Hi"}, "agent.model is required when agent_id is omitted"),
        (NONE | {"agent": {"model": "m"}}, "input is required when environment.type is none"),
        (
            {"environment": {"type": "openai_hosted"}, "agent_id": "a", "stream": True},
            "input is required when stream is true",
        ),
        (
            {"environment": {"type": "openai_hosted"}, "agent_id": "a", "stream_options": {}},
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ),
    ],
)
def test_what_a_session_cannot_do_without(body: dict[str, Any], message: str) -> None:
    assert told(MockAI(admission="cross-field"), SESSIONS, **body)["error"]["message"] == message
    assert told(MockAI(missing="conjure"), SESSIONS, **body | {"stream": False})["object"] == "agent.session"


def test_an_agent_says_what_a_stub_says() -> None:
    mock = MockAI()
    mock.on("beta.agents.sessions.events.create").reply("Scripted.")
    mock.on("beta.agents.sessions.create").reply("Hello you.")
    id = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5"}, input="Hi")["id"]
    posted(mock, id, message("And now?"))
    items = told(mock, f"{SESSIONS}/{id}/items", "GET", query="order=asc")["data"]
    assert [item["content"][0]["text"] for item in items] == ["Hi", "Hello you.", "And now?", "Scripted."]


def test_an_answer_in_json_fits_what_was_asked_for() -> None:
    form = {
        "type": "json_schema",
        "schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    }
    mock = MockAI()
    id = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5", "text": {"format": form}}, input="How many?")["id"]
    items = told(mock, f"{SESSIONS}/{id}/items", "GET")["data"]
    assert isinstance(json.loads(items[0]["content"][0]["text"])["n"], int)


def test_settings_of_a_session_change() -> None:
    mock = MockAI()
    agent = told(mock, "/v1/agents", model="gpt-5", name="n", tools=[{"type": "web_search"}])
    assert registry().valid("beta/agent.Agent", agent, "produce")
    assert agent["tools"][0]["mode"] == "live"
    spend = {"spend_control": {"limit": 100}, "review": "auto_review"}
    session = told(mock, SESSIONS, **NONE, agent_id=agent["id"], agent={"instructions": "Be brief."}, **spend)
    assert (session["agent"]["name"], session["agent"]["instructions"]) == ("n", "Be brief.")
    assert (session["spend_control"], session["review"]) == ({"limit": 100, "consumed": 0}, "auto_review")
    changed = told(
        mock, f"{SESSIONS}/{session['id']}", agent={"model": "gpt-6-astra", "tools": []}, metadata={"a": "b"}
    )
    assert (changed["agent"]["model"], changed["agent"]["tools"], changed["metadata"]) == (
        "gpt-6-astra",
        [],
        {"a": "b"},
    )
    changed = told(mock, f"{SESSIONS}/{session['id']}", spend_control={"limit": 5}, review="none", metadata=None)
    assert (changed["spend_control"], changed["metadata"]) == ({"limit": 5, "consumed": 0}, {})
    assert "review" not in changed
    told(mock, SESSIONS, **NONE)
    listed = told(mock, SESSIONS, "GET", query=f"agent_id={agent['id']}")
    assert [each["id"] for each in listed["data"]] == [session["id"]]
    assert told(mock, f"/v1/agents/{agent['id']}", name=None)["name"] is None
    assert told(mock, SESSIONS, **NONE, agent_id="agent_x")["error"]["type"] == "invalid_request_error"
    assert told(mock, SESSIONS, **NONE, vault_ids=["vault_x"])["error"]["type"] == "invalid_request_error"


def test_secrets_and_contents_stay_unseen() -> None:
    mock = MockAI()
    vault = told(mock, "/v1/vaults", name="v")["id"]
    auth = {"type": "static_bearer", "token": "s3cret", "mcp_server_url": "https://mcp.example"}
    oauth = {
        "type": "mcp_oauth",
        "access_token": "s3cret",
        "mcp_server_url": "https://mcp.example",
        "refresh": {
            "client_id": "c",
            "refresh_token": "s3cret",
            "token_endpoint": "https://t.example",
            "token_endpoint_auth": {"type": "client_secret_basic", "client_secret": "s3cret"},
        },
    }
    path = f"/v1/vaults/{vault}/credentials"
    made = told(mock, path, name="one", auth=auth)
    assert made["auth"] == {"type": "static_bearer", "mcp_server_url": "https://mcp.example"}
    assert told(mock, path, name="two", auth=oauth)["auth"]["refresh"]["client_id"] == "c"
    told(mock, f"{path}/{made['id']}", auth={"type": "static_bearer", "token": "s3cret"})
    listed = told(mock, path, "GET")
    assert [each["name"] for each in listed["data"]] == ["two", "one"]
    assert registry().valid("beta/agents/vaults/credential.Credential.cursor", listed, "produce")
    assert "s3cret" not in json.dumps([listed, made])
    hosted: dict[str, Any] = {
        "type": "openai_hosted",
        "env": {"KEY": "s3cret"},
        "files": [{"type": "inline", "path": "/workspace/a", "data": "czNjcmV0"}],
        "setup_commands": [{"command": "echo s3cret"}],
    }
    session = told(mock, SESSIONS, environment=hosted)
    environment = session["environment"]
    assert environment["files"][0]["size_bytes"] == 6
    assert registry().valid("beta/agent_session.AgentSession", session, "produce")
    alone = told(mock, f"/v1/agents/environments/{environment['id']}", "GET")
    assert (alone["status"], alone["type"]) == ("ready", "openai_hosted")
    files = f"/v1/agents/environments/{environment['id']}/files"
    told(mock, files, type="inline", path="/workspace/b", data="aGk=")
    assert [(each["path"], each["size_bytes"]) for each in told(mock, files, "GET", query="order=asc")["data"]] == [
        ("/workspace/a", 6),
        ("/workspace/b", 2),
    ]
    told(mock, files, type="inline", path="/workspace/c/d", data="")
    assert [each["path"] for each in told(mock, files, "GET", query="path=/workspace/c")["data"]] == ["/workspace/c/d"]
    assert told(mock, files, "GET", query="limit=1")["data"][0]["path"] == "/workspace/c/d"
    assert "error" in told(mock, files, type="inline", path="/workspace/b", data="?")
    template = told(mock, "/v1/agents/environments/templates", **{k: v for k, v in hosted.items() if k != "type"})
    assert registry().valid("beta/agents/environments/environment_template.EnvironmentTemplate", template, "produce")
    again = told(mock, SESSIONS, environment={"type": "openai_hosted", "environment_template_id": template["id"]})
    assert again["environment"]["files"][0]["path"] == "/workspace/a"
    assert "s3cret" not in json.dumps([session, alone, template, again])
    assert "czNjcmV0" not in json.dumps([session, alone, template, again])


def test_an_automation_speaks_in_a_session_and_can_be_paused() -> None:
    mock = MockAI()
    session = told(mock, SESSIONS, **NONE, agent={"model": "gpt-5"})["id"]
    existing = {"type": "existing_session", "session_id": session, "instructions": "Report on whales."}
    fresh = {"type": "new_session", "agent": {"model": "gpt-5"}, "input": message("Hello")["input"], **NONE}
    path = "/v1/agents/automations"
    ids = []
    for target in (existing, fresh, existing | {"session_id": "sess_x"}):
        made = told(mock, path, type="once", name="n", run_at=2_000_000_000, target=target)
        assert registry().valid("beta/agents/automation.Automation", made, "produce")
        assert made["status"] == "active"
        ids.append(made["id"])
    assert told(mock, f"{path}/{ids[0]}/pause")["status"] == "paused"
    assert told(mock, f"{path}/{ids[0]}/resume")["status"] == "active"
    assert told(mock, f"{path}/{ids[0]}", name="other")["name"] == "other"
    listed = told(mock, path, "GET", query=f"session_id={session}")
    assert [each["id"] for each in listed["data"]] == [ids[0]]
    runs = []
    for id in ids:
        run = told(mock, f"{path}/{id}/invocations")
        assert run["status"] == "queued"
        runs.append(told(mock, f"{path}/{id}/invocations/{run['id']}", "GET"))
        assert registry().valid(
            "beta/agents/automations/automation_invocation.AutomationInvocation", runs[-1], "produce"
        )
    assert [run["status"] for run in runs] == ["completed", "completed", "failed"]
    assert runs[0]["session_id"] == session
    assert len(told(mock, f"{SESSIONS}/{session}/items", "GET")["data"]) == 2
    assert told(mock, f"{SESSIONS}/{runs[1]['session_id']}", "GET")["agent"]["model"] == "gpt-5"
    assert "sess_x" in runs[2]["error"]["message"]


def test_a_made_up_session_takes_everything() -> None:
    mock = MockAI(missing="conjure")
    result = {"type": "agent.session.input.tool_result", "turn_id": "t", "call_id": "c", "success": True}
    assert posted(mock, "x", result, message("hi")).status == 202
    assert operation("beta.agents.sessions.events.create").answer == "none"
    assert told(mock, f"{SESSIONS}/x/items", "GET")["data"]
