"""The Assistants API: assistants, threads, messages, runs and their steps, polled and streamed."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import assistants_driver
import pytest
from asking import HEADERS, ask, request
from hypothesis import given, settings
from hypothesis import strategies as st
from sdks import driven

from mockai import ManualClock, MockAI, sse
from mockai.http import Reply, Request
from mockai.operations import find
from mockai.registry import registry
from mockai.voice import Prompt, Utterance, Voice

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings" / "interactions.jsonl"
EVENT = "beta/assistant_stream_event.AssistantStreamEvent"
WEATHER = assistants_driver.WEATHER
SUM = {"type": "function", "function": {"name": "add_numbers"}}
HELLO = [{"role": "user", "content": "How do tides work?"}]
BEGINS = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
OPENS = ["thread.run.step.created", "thread.run.step.in_progress"]
WRITES = [*OPENS, "thread.message.created", "thread.message.in_progress", "thread.message.delta"]
WROTE = [*WRITES, "thread.message.completed", "thread.run.step.completed"]


def tell(mock: MockAI, path: str, method: str = "POST", query: str = "", **body: Any) -> Any:
    """The answer, which fits its schema where it is no error."""
    reply = ask(mock, request(f"/v1{path}", method=method, query=query, **body))
    value = json.loads(reply.content)
    route = find(method, f"/v1{path}")
    assert route is not None
    assert route.operation.result is not None
    assert reply.status == 400 or reply.status == 404 or registry().valid(route.operation.result, value, "produce")
    return value


def see(mock: MockAI, path: str, query: str = "") -> Any:
    return tell(mock, path, "GET", query)


def refused(mock: MockAI, path: str, **body: Any) -> tuple[str, str | None]:
    error = tell(mock, path, **body)["error"]
    return error["message"], error["code"]


def heard(mock: MockAI, path: str, query: str = "", **body: Any) -> list[tuple[str, Any]]:
    """The events of a stream, each of which fits the schema, by name."""
    reply = ask(mock, request(f"/v1{path}", query=query, **body, stream=True))
    assert (reply.status, reply.header("content-type")) == (200, "text/event-stream; charset=utf-8")
    events = [(event.name or "", event) for event in sse.parse(reply.content)]
    assert (events[-1][0], events[-1][1].data) == ("done", "[DONE]")
    values = [(name, event.value) for name, event in events[:-1]]
    for name, value in values:
        assert registry().valid(EVENT, {"event": name, "data": value}, "produce"), (name, value)
    return values


def names(events: list[tuple[str, Any]]) -> list[str]:
    """The names of events, deltas that follow each other once."""
    found = [name for name, _ in events]
    return [name for place, name in enumerate(found) if not name.endswith("delta") or found[place - 1] != name]


class Desk:
    """A mock with an assistant and a thread."""

    def __init__(self, mock: MockAI | None = None, messages: Any = HELLO, **assistant: Any) -> None:
        self.mock = mock or MockAI(clock=ManualClock())
        self.helper = tell(self.mock, "/assistants", **{"model": "gpt-4o", **assistant})["id"]
        self.thread = tell(self.mock, "/threads", messages=messages)["id"]
        self.runs = f"/threads/{self.thread}/runs"
        self.messages = f"/threads/{self.thread}/messages"

    def run(self, **more: Any) -> Any:
        return tell(self.mock, self.runs, assistant_id=self.helper, **more)

    def now(self, run: Any) -> Any:
        return see(self.mock, f"{self.runs}/{run['id']}")

    def steps(self, run: Any, query: str = "order=asc") -> Any:
        return see(self.mock, f"{self.runs}/{run['id']}/steps", query)["data"]

    def says(self, query: str = "") -> list[str]:
        """The texts of the thread, the newest first."""
        return [each["content"][0]["text"]["value"] for each in see(self.mock, self.messages, query)["data"]]

    def hand_in(self, run: Any, output: str = "sunny") -> dict[str, Any]:
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        return {"tool_outputs": [{"tool_call_id": each["id"], "output": output} for each in calls]}


# -- assistants


def test_an_assistant_has_the_values_of_a_real_one() -> None:
    mock = MockAI(clock=ManualClock(100.5))
    made = tell(mock, "/assistants", model="gpt-4", name="n", metadata={"a": "b"}, tools=[{"type": "file_search"}])
    assert made | {"id": "asst_"} == {
        "id": "asst_",
        "object": "assistant",
        "created_at": 100,
        "name": "n",
        "description": None,
        "model": "gpt-4",
        "instructions": None,
        "tools": [
            {
                "type": "file_search",
                "file_search": {"ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.0}},
            }
        ],
        "top_p": 1.0,
        "temperature": 1.0,
        "reasoning_effort": None,
        "tool_resources": {},
        "metadata": {"a": "b"},
        "response_format": "auto",
    }
    assert len(made["id"]) == len("asst_") + 24
    assert tell(mock, "/assistants", model="o3-mini")["reasoning_effort"] == "medium"
    coder = tell(mock, "/assistants", model="gpt-4", tools=[{"type": "code_interpreter"}])
    assert coder["tool_resources"] == {"code_interpreter": {"file_ids": []}}


def test_an_assistant_is_changed_and_deleted() -> None:
    desk = Desk(instructions="Be brief.", temperature=0)
    path = f"/assistants/{desk.helper}"
    changed = tell(desk.mock, path, model="gpt-4", tools=[WEATHER], top_p=0.5, metadata={"x": "y"})
    assert (changed["model"], changed["instructions"], changed["top_p"]) == ("gpt-4", "Be brief.", 0.5)
    assert changed["tools"][0]["function"]["strict"] is False
    assert see(desk.mock, "/assistants")["data"] == [changed]
    reset = tell(desk.mock, path, instructions=None, temperature=None, metadata=None)
    assert (reset["instructions"], reset["temperature"], reset["metadata"]) == (None, 1.0, {})
    assert reset["top_p"] == 0.5
    assert tell(desk.mock, path, "DELETE")["deleted"] is True
    assert refused(desk.mock, path) == (f"No assistant found with id '{desk.helper}'.", None)
    assert refused(desk.mock, desk.runs, assistant_id=desk.helper)[0] == f"No assistant found with id '{desk.helper}'."


def test_metadata_is_text_since_the_second_version() -> None:
    desk = Desk()
    for path in ("/assistants", f"/threads/{desk.thread}", "/threads"):
        message, code = refused(desk.mock, path, metadata={"a": True}, **({"model": "x"} if path[1] == "a" else {}))
        assert message == "Invalid type for 'metadata.a': expected a string, but got a boolean instead."
        assert code == "invalid_type"
    first = Request(
        "POST",
        f"/v1/threads/{desk.thread}",
        "",
        (*HEADERS, ("openai-beta", "assistants=v1")),
        b'{"metadata":{"a":true}}',
    )
    assert json.loads(ask(desk.mock, first).content)["metadata"] == {"a": "True"}


@pytest.mark.parametrize(
    ("model", "message", "code"),
    [
        ("gpt-9x", "The requested model 'gpt-9x' does not exist.", "model_not_found"),
        ("whisper-1", "The requested model 'whisper-1' cannot be used with the Assistants API.", "unsupported_model"),
    ],
)
def test_unknown_models_are_refused_where_meaning_counts(model: str, message: str, code: str) -> None:
    mock = MockAI(admission="semantic")
    assert refused(mock, "/assistants", model=model) == (message, code)
    desk = Desk(mock)
    assert refused(mock, desk.runs, assistant_id=desk.helper, model=model) == (message, code)
    assert desk.run(model="gpt-4")["model"] == "gpt-4"
    azure = Request("POST", "/openai/assistants", "api-version=1", HEADERS, b'{"model":"mine"}')
    assert ask(mock, azure).status == 200


# -- threads and messages


def test_a_thread_is_gone_with_its_messages() -> None:
    desk = Desk()
    files = {"code_interpreter": {"file_ids": ["file-1"]}}
    changed = tell(desk.mock, f"/threads/{desk.thread}", metadata={"a": "b"}, tool_resources=files)
    assert (changed["metadata"], changed["tool_resources"]) == ({"a": "b"}, files)
    assert tell(desk.mock, f"/threads/{desk.thread}", "DELETE")["object"] == "thread.deleted"
    for path in (f"/threads/{desk.thread}", desk.messages, desk.runs):
        assert see(desk.mock, path)["error"]["message"] == f"No thread found with id '{desk.thread}'."


def test_messages_are_shown_as_parts() -> None:
    desk = Desk(messages=[])
    picture = {"type": "image_url", "image_url": {"url": "https://a/b.png"}}
    drawn = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "low"}}
    told = tell(
        desk.mock, desk.messages, role="user", content=[{"type": "text", "text": "Hi"}, picture, drawn], metadata={}
    )
    assert list(told) == [
        *("id", "object", "created_at", "assistant_id", "thread_id", "run_id"),
        *("status", "role", "content", "attachments", "metadata"),
    ]
    assert told["content"] == [
        {"type": "text", "text": {"value": "Hi", "annotations": []}},
        {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "auto"}},
        drawn,
    ]
    run = desk.run(instructions="Look.")
    assert desk.now(run)["usage"]["prompt_tokens"] > 800  # the pictures count


def test_messages_are_listed_changed_and_deleted() -> None:
    desk = Desk(messages=[])
    ids = [tell(desk.mock, desk.messages, role="user", content=str(n))["id"] for n in range(5)]
    assert desk.says() == ["4", "3", "2", "1", "0"]
    assert desk.says(f"order=asc&limit=2&after={ids[1]}") == ["2", "3"]
    assert desk.says(f"order=asc&before={ids[1]}") == ["0"]
    run = desk.run()
    assert desk.now(run)["status"] == "completed"
    assert len(desk.says(f"run_id={run['id']}")) == 1
    path = f"{desk.messages}/{ids[0]}"
    assert tell(desk.mock, path, metadata={"a": "b"})["metadata"] == {"a": "b"}
    assert tell(desk.mock, path, "DELETE")["object"] == "thread.message.deleted"
    assert see(desk.mock, path)["error"]["message"] == f"No message found with id '{ids[0]}'."


def test_files_of_a_message_reach_the_tools() -> None:
    desk = Desk(MockAI(missing="conjure"), messages=[])
    both = [{"type": "code_interpreter"}, {"type": "file_search"}]
    for _ in range(2):
        tell(desk.mock, desk.messages, role="user", content="x", attachments=[{"file_id": "file-1", "tools": both}])
    resources = see(desk.mock, f"/threads/{desk.thread}")["tool_resources"]
    assert resources["code_interpreter"] == {"file_ids": ["file-1"]}
    assert len(resources["file_search"]["vector_store_ids"]) == 1


def test_a_vector_store_is_made_where_one_is_described() -> None:
    mock = MockAI()
    wanted = {"file_search": {"vector_stores": [{"metadata": {"a": "b"}}]}, "code_interpreter": {"file_ids": []}}
    made = tell(mock, "/threads", tool_resources=wanted)["tool_resources"]
    [store] = made["file_search"]["vector_store_ids"]
    assert see(mock, f"/vector_stores/{store}")["metadata"] == {"a": "b"}
    mock.on("vector_stores.create").fail(400, "No.", param="p")
    for path, body in (("/threads", {}), ("/assistants", {"model": "gpt-4"})):
        assert refused(mock, path, tool_resources=wanted, **body)[0] == "No."


# -- runs


def test_a_run_answers_in_its_thread_and_moves_on_as_it_is_looked_at() -> None:
    desk = Desk(MockAI(clock=ManualClock(50), lifecycle="looks=1"), instructions="Be brief.")
    made = ask(desk.mock, request(f"/v1{desk.runs}", assistant_id=desk.helper))
    run = json.loads(made.content)
    assert (run["status"], run["started_at"], run["expires_at"], run["usage"]) == ("queued", None, 650, None)
    assert made.header("openai-poll-after-ms") == "10"
    assert [desk.now(run)["status"] for _ in range(3)] == ["in_progress", "completed", "completed"]
    done = desk.now(run)
    assert (done["started_at"], done["completed_at"], done["expires_at"]) == (50, 50, None)
    assert done["usage"]["total_tokens"] == done["usage"]["prompt_tokens"] + done["usage"]["completion_tokens"]
    [step] = desk.steps(run)
    assert step["usage"] == done["usage"]
    message = see(desk.mock, f"{desk.messages}/{step['step_details']['message_creation']['message_id']}")
    assert (message["run_id"], message["assistant_id"], message["status"]) == (run["id"], desk.helper, "completed")
    assert "tides" in message["content"][0]["text"]["value"]
    assert tell(desk.mock, f"{desk.runs}/{run['id']}", metadata={"a": "b"})["metadata"] == {"a": "b"}


def test_the_words_are_those_of_the_same_chat() -> None:
    mock = MockAI(clock=ManualClock())
    desk = Desk(mock, instructions="Be brief.")
    run = desk.run()
    assert desk.now(run)["status"] == "completed"
    said = desk.says()[0]
    again = Desk(MockAI(clock=ManualClock()), instructions="Be brief.")
    again.now(again.run())
    assert again.says()[0] == said
    other = Desk(MockAI(clock=ManualClock(), seed=3), instructions="Be brief.")
    other.now(other.run())
    assert other.says()[0] != said


def test_a_run_has_its_assistant_s_settings_or_its_own() -> None:
    desk = Desk(instructions="One.", tools=[WEATHER], temperature=0.5, metadata={"of": "assistant"})
    run = desk.run()
    assert (run["instructions"], run["temperature"], run["metadata"]) == ("One.", 0.5, {})
    assert run["truncation_strategy"] == {"type": "auto", "last_messages": None}
    assert desk.now(run)["status"] == "completed"
    own = desk.run(
        model="gpt-4",
        instructions="Two.",
        additional_instructions="Three.",
        additional_messages=[{"role": "user", "content": "Four"}],
        tools=[SUM],
        metadata={"of": "run"},
        temperature=1.5,
        max_prompt_tokens=500,
        max_completion_tokens=400,
        truncation_strategy={"type": "last_messages", "last_messages": 1},
        tool_choice="none",
        parallel_tool_calls=False,
        response_format={"type": "json_object"},
    )
    assert (own["model"], own["instructions"], own["tools"][0]["function"]["name"]) == (
        "gpt-4",
        "Two.\nThree.",
        "add_numbers",
    )
    assert (own["max_prompt_tokens"], own["max_completion_tokens"], own["tool_choice"]) == (500, 400, "none")
    assert own["truncation_strategy"] == {"type": "last_messages", "last_messages": 1}
    assert (own["parallel_tool_calls"], own["response_format"]) == (False, {"type": "json_object"})
    assert desk.now(own)["usage"]["prompt_tokens"] < 40
    assert json.loads(desk.says()[0])["topic"] == "Four"
    assert desk.says()[1] == "Four"


def test_only_the_messages_that_fit_are_read() -> None:
    long = "word " * 500
    desk = Desk(messages=[{"role": "user", "content": long}, {"role": "user", "content": "And tides?"}])
    run = desk.now(desk.run(max_prompt_tokens=256))
    assert run["status"] == "completed"
    assert run["usage"]["prompt_tokens"] < 30
    alone = Desk(messages=[{"role": "user", "content": long}])
    run = alone.now(alone.run(max_prompt_tokens=256))
    assert (run["status"], run["incomplete_details"]) == ("incomplete", {"reason": "max_prompt_tokens"})
    assert run["usage"]["total_tokens"] == 0


def test_a_run_calls_a_function_and_goes_on_with_its_output() -> None:
    desk = Desk(messages=assistants_driver.RAIN, tools=[WEATHER])
    run = desk.now(desk.run())
    assert run["status"] == "requires_action"
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert (call["function"]["name"], list(json.loads(call["function"]["arguments"]))) == ("get_weather", ["city"])
    [step] = desk.steps(run)
    assert (step["type"], step["status"], step["usage"]) == ("tool_calls", "in_progress", None)
    assert step["step_details"]["tool_calls"][0]["function"] == {**call["function"], "output": None}
    path = f"{desk.runs}/{run['id']}/submit_tool_outputs"
    wrong = refused(desk.mock, path, tool_outputs=[{"tool_call_id": "call_x", "output": "1"}])
    assert wrong == (f"Expected tool outputs for call_ids ['{call['id']}'], got ['call_x']", None)
    queued = tell(desk.mock, path, **desk.hand_in(run))
    assert (queued["status"], queued["required_action"]) == ("queued", None)
    done = desk.now(run)
    assert done["status"] == "completed"
    first, second = desk.steps(run)
    assert first["step_details"]["tool_calls"][0]["function"]["output"] == "sunny"
    assert (first["status"], second["type"]) == ("completed", "message_creation")
    assert done["usage"]["total_tokens"] == first["usage"]["total_tokens"] + second["usage"]["total_tokens"]
    late = refused(desk.mock, path, **desk.hand_in(run))
    assert late == ('Runs in status "completed" do not accept tool outputs.', None)


def test_the_choice_of_a_tool_is_honoured() -> None:
    desk = Desk(messages=assistants_driver.RAIN, tools=[WEATHER, SUM])
    assert desk.now(desk.run(tool_choice="none"))["status"] == "completed"
    forced = desk.now(desk.run(tool_choice={"type": "function", "function": {"name": "add_numbers"}}))
    [call] = forced["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert call["function"]["name"] == "add_numbers"
    tell(desk.mock, f"{desk.runs}/{forced['id']}/submit_tool_outputs", **desk.hand_in(forced))
    assert desk.now(forced)["status"] == "completed"
    required = desk.now(desk.run(tool_choice="required"))
    assert required["status"] == "requires_action"


def test_an_active_run_keeps_its_thread() -> None:
    desk = Desk(tools=[WEATHER])
    run = desk.run(tool_choice="required")
    wrong = f"Can't add messages to {desk.thread} while a run {run['id']} is active."
    assert refused(desk.mock, desk.messages, role="user", content="x") == (wrong, None)
    again = refused(desk.mock, desk.runs, assistant_id=desk.helper)
    assert again == (f"Thread {desk.thread} already has an active run {run['id']}.", None)
    assert tell(desk.mock, f"{desk.runs}/{run['id']}", metadata={"a": "b"})["metadata"] == {"a": "b"}


def test_a_run_needs_something_to_answer() -> None:
    desk = Desk(messages=[])
    message, code = refused(desk.mock, desk.runs, assistant_id=desk.helper)
    assert message == "Run creation requires a Thread with a user message or an assistant with instructions."
    assert code == "invalid_thread"
    assert desk.run(additional_messages=[{"role": "user", "content": "x"}])["status"] == "queued"
    assert see(desk.mock, f"{desk.runs}/run_x")["error"]["message"] == "No run found with id 'run_x'."
    lost = see(desk.mock, f"{desk.runs}/{desk.run(instructions='Go.')['id']}/steps/step_123")
    assert lost["error"]["message"] == "No run step found with id 'step_123'."


def test_a_run_is_cancelled_before_it_ends() -> None:
    desk = Desk(tools=[WEATHER])
    run = desk.run()
    path = f"{desk.runs}/{run['id']}"
    assert tell(desk.mock, f"{path}/cancel")["status"] == "cancelling"
    gone = desk.now(run)
    assert (gone["status"], gone["cancelled_at"], gone["expires_at"]) == ("cancelled", 1_750_000_000, None)
    assert refused(desk.mock, f"{path}/cancel") == ("Cannot cancel run with status 'cancelled'.", None)
    assert len(desk.says()) == 1
    waiting = desk.now(desk.run(tool_choice="required"))
    tell(desk.mock, f"{desk.runs}/{waiting['id']}/cancel")
    stopped = desk.now(waiting)
    assert (stopped["status"], stopped["required_action"]) == ("cancelled", None)
    assert [step["status"] for step in desk.steps(waiting)] == ["cancelled"]


def test_what_the_clock_has_ended_cannot_be_cancelled() -> None:
    clock = ManualClock()
    desk = Desk(MockAI(clock=clock, lifecycle="seconds=1"))
    run = desk.run()
    clock.advance(5)
    late = refused(desk.mock, f"{desk.runs}/{run['id']}/cancel")
    assert late == ("Cannot cancel run with status 'completed'.", None)


def test_a_run_under_way_takes_no_metadata_and_no_outputs() -> None:
    desk = Desk(MockAI(clock=ManualClock(), lifecycle="looks=2"))
    run = desk.run()
    path = f"{desk.runs}/{run['id']}"
    assert refused(desk.mock, path, metadata={"a": "b"}) == ("Cannot update run with status 'queued'.", None)
    late = refused(desk.mock, f"{path}/submit_tool_outputs", tool_outputs=[])
    assert late == ('Runs in status "queued" do not accept tool outputs.', None)


@pytest.mark.parametrize("lifecycle", ["seconds=400", "looks=9", "instant"])
def test_a_run_expires_by_the_clock(lifecycle: str) -> None:
    clock = ManualClock(0)
    desk = Desk(MockAI(clock=clock, lifecycle=lifecycle), tools=[WEATHER])
    run = desk.run(tool_choice="required")
    see(desk.mock, desk.runs)
    clock.advance(650)
    [late] = see(desk.mock, desk.runs)["data"]
    assert (late["status"], late["expires_at"], late["required_action"]) == ("expired", 600, None)
    assert [step["status"] for step in desk.steps(run)] == (["expired"] if lifecycle == "instant" else [])
    clock.advance(1000)
    assert desk.now(run)["status"] == "expired"
    assert desk.run(tool_choice="none")["status"] == "queued"


@pytest.mark.parametrize("seconds", [601, 400])
def test_a_run_that_takes_too_long_expires_unseen(seconds: int) -> None:
    clock = ManualClock(0)
    desk = Desk(MockAI(clock=clock, lifecycle=f"seconds={seconds}"))
    run = desk.run()
    clock.advance(5000)
    assert desk.now(run)["status"] == "expired"


def test_a_run_stops_at_its_limit_of_tokens() -> None:
    desk = Desk(tools=[WEATHER])
    run = desk.now(desk.run(max_completion_tokens=4))
    assert (run["status"], run["incomplete_details"]) == ("incomplete", {"reason": "max_completion_tokens"})
    assert (run["usage"]["completion_tokens"], run["completed_at"]) == (4, 1_750_000_000)
    message = see(desk.mock, desk.messages)["data"][0]
    assert (message["status"], message["incomplete_details"]) == ("incomplete", {"reason": "max_tokens"})
    cut = desk.now(desk.run(max_completion_tokens=4, tool_choice="required"))
    assert (cut["status"], desk.steps(cut)) == ("incomplete", [])


class Hoarse(Voice):
    """A voice that fails."""

    def utter(self, prompt: Prompt, rng: Any) -> Utterance:
        raise ValueError("hoarse", prompt.topic, type(rng).__name__)


def test_a_run_fails_where_the_model_does() -> None:
    desk = Desk()
    desk.mock.speaker = Hoarse()
    run = desk.now(desk.run())
    assert (run["status"], run["failed_at"]) == ("failed", 1_750_000_000)
    assert run["last_error"]["code"] == "server_error"
    assert re.match(r"ValueError: .*hoarse.* Script an answer", run["last_error"]["message"])
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper)
    assert names(events) == [*BEGINS, "thread.run.failed"]


def test_a_refusal_stands_where_the_api_has_it() -> None:
    desk = Desk()
    desk.mock.on("beta.threads.runs.create").refuse("No.")
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper)
    assert "".join(v["delta"]["content"][0]["refusal"] for n, v in events if n == "thread.message.delta") == "No."
    assert see(desk.mock, desk.messages)["data"][0]["content"] == [{"type": "refusal", "refusal": "No."}]
    assert desk.now(desk.run())["status"] == "completed"


# -- words of stubs


def test_a_stub_decides_what_a_run_says() -> None:
    desk = Desk()
    desk.mock.on("beta.threads.runs.create").reply("High tide at noon.").then.answer()
    run = desk.run(max_completion_tokens=2)
    assert (desk.now(run)["status"], desk.says()[0]) == ("completed", "High tide at noon.")
    desk.now(desk.run())
    assert desk.says()[0] != "High tide at noon."


def test_a_stub_decides_what_is_called_and_what_comes_of_it() -> None:
    desk = Desk()
    desk.mock.on("beta.threads.create_and_run").call_tools(("tide", {"at": 12}), ("moon", {}))
    desk.mock.on("beta.threads.runs.submit_tool_outputs").stream(["Full ", "moon."])
    run = tell(desk.mock, "/threads/runs", assistant_id=desk.helper, thread={"messages": HELLO})
    desk.runs, desk.messages = f"/threads/{run['thread_id']}/runs", f"/threads/{run['thread_id']}/messages"
    run = desk.now(run)
    calls = [each["function"] for each in run["required_action"]["submit_tool_outputs"]["tool_calls"]]
    assert calls == [{"name": "tide", "arguments": '{"at":12}'}, {"name": "moon", "arguments": "{}"}]
    events = heard(desk.mock, f"{desk.runs}/{run['id']}/submit_tool_outputs", **desk.hand_in(run))
    pieces = [v["delta"]["content"][0]["text"]["value"] for n, v in events if n == "thread.message.delta"]
    assert (pieces, desk.says()[0]) == (["Full ", "moon."], "Full moon.")
    desk.mock.verify()


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_what_is_streamed_is_what_is_stored(text: str) -> None:
    desk = Desk()
    desk.mock.on("beta.threads.runs.create").reply(text)
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper)
    deltas = [value["delta"]["content"][0]["text"]["value"] for name, value in events if name == "thread.message.delta"]
    assert "".join(deltas) == desk.says()[0] == text


# -- streams


def test_a_stream_tells_everything_in_the_real_order_and_moves_the_run_at_once() -> None:
    desk = Desk(MockAI(clock=ManualClock(), lifecycle="looks=5"))
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper)
    assert names(events) == [*BEGINS, *WROTE, "thread.run.completed"]
    by_name = dict(reversed(events))
    assert by_name["thread.message.created"]["content"] == []
    assert by_name["thread.message.delta"]["delta"]["content"][0]["text"]["annotations"] == []
    run = by_name["thread.run.completed"]
    assert desk.now(run) == run
    assert [step["status"] for step in desk.steps(run)] == ["completed"]
    cut = heard(desk.mock, desk.runs, assistant_id=desk.helper, max_completion_tokens=3)
    wrote = [*WRITES, "thread.message.incomplete", "thread.run.step.completed"]
    assert names(cut) == [*BEGINS, *wrote, "thread.run.incomplete"]


def test_a_stream_of_a_new_thread_asks_for_outputs_and_goes_on() -> None:
    desk = Desk(tools=[WEATHER])
    events = heard(
        desk.mock,
        "/threads/runs",
        assistant_id=desk.helper,
        thread={"messages": assistants_driver.RAIN},
        tools=[WEATHER],
    )
    ends = ["thread.run.step.delta", "thread.run.requires_action"]
    assert names(events) == ["thread.created", *BEGINS, *OPENS, *ends]
    run = events[-1][1]
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    deltas = [v["delta"]["step_details"]["tool_calls"][0] for n, v in events if n == "thread.run.step.delta"]
    assert deltas[0]["function"] == {"name": "get_weather", "arguments": "", "output": None}
    assert "".join(each["function"]["arguments"] for each in deltas) == call["function"]["arguments"]
    path = f"/threads/{run['thread_id']}/runs/{run['id']}/submit_tool_outputs"
    more = heard(desk.mock, path, **desk.hand_in(run))
    goes = ["thread.run.step.completed", "thread.run.queued", "thread.run.in_progress"]
    assert names(more) == [*goes, *WROTE, "thread.run.completed"]


def test_a_new_thread_has_what_the_run_brings() -> None:
    desk = Desk()
    files = {"code_interpreter": {"file_ids": ["file-1"]}}
    run = tell(
        desk.mock,
        "/threads/runs",
        assistant_id=desk.helper,
        thread={"messages": HELLO, "metadata": {"a": "b"}},
        tool_resources=files,
        metadata={"c": "d"},
    )
    thread = see(desk.mock, f"/threads/{run['thread_id']}")
    assert (thread["metadata"], thread["tool_resources"], run["metadata"]) == ({"a": "b"}, files, {"c": "d"})


# -- tools that a run uses by itself


def test_a_run_searches_its_files_first_and_cites_what_it_found() -> None:
    desk = Desk(tools=[{"type": "file_search"}], tool_resources={"file_search": {"vector_store_ids": ["vs_1"]}})
    part = {"type": "text", "text": "Tides are the moon's."}
    found = [
        {"file_id": f"file-{n}", "filename": f"{n}.txt", "score": n / 10, "attributes": {}, "content": [part]}
        for n in (3, 9)
    ]
    page = {"object": "vector_store.search_results.page", "search_query": ["q"], "data": found}
    desk.mock.on("vector_stores.search", query="How do tides work?").reply(
        exact={**page, "has_more": False, "next_page": None}, unchecked=True
    )
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper)
    search = [*OPENS, "thread.run.step.delta", "thread.run.step.completed"]
    assert names(events) == [*BEGINS, *search, *WROTE, "thread.run.completed"]
    run = events[-1][1]
    call = desk.steps(run)[0]["step_details"]["tool_calls"][0]["file_search"]
    assert [(each["file_name"], "content" in each) for each in call["results"]] == [("9.txt", False), ("3.txt", False)]
    whole = desk.steps(run, "order=asc&include[]=step_details.tool_calls[*].file_search.results[*].content")
    assert whole[0]["step_details"]["tool_calls"][0]["file_search"]["results"][0]["content"] == [part]
    one = f"{desk.runs}/{run['id']}/steps/{whole[0]['id']}"
    assert see(desk.mock, one) == desk.steps(run)[0]
    text = see(desk.mock, desk.messages)["data"][0]["content"][0]["text"]
    [note] = text["annotations"]
    assert text["value"][note["start_index"] : note["end_index"]] == note["text"] == "【4:0†9.txt】"
    assert note["file_citation"] == {"file_id": "file-9"}
    deltas = [value["delta"]["content"][0]["text"] for name, value in events if name == "thread.message.delta"]
    assert "".join(each["value"] for each in deltas) == text["value"]
    assert desk.now(desk.run(tool_choice="none"))["status"] == "completed"


def test_a_file_that_was_uploaded_is_found() -> None:
    desk = Desk(tools=[{"type": "file_search"}, WEATHER])
    form = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in (
            (b"purpose", b"", b"assistants"),
            (b"file", b'; filename="moon.txt"', b"How do tides work? The moon pulls."),
        )
    )
    head = (("authorization", "Bearer k"), ("content-type", "multipart/form-data; boundary=b"))
    file = json.loads(ask(desk.mock, Request("POST", "/v1/files", "", head, form + b"--b--\r\n")).content)["id"]
    tools = [{"type": "file_search"}]
    message = {"role": "user", "content": "How do tides work?", "attachments": [{"file_id": file, "tools": tools}]}
    tell(desk.mock, desk.messages, **message)
    run = desk.now(desk.run(tool_choice="required"))
    search, function = desk.steps(run)
    results = search["step_details"]["tool_calls"][0]["file_search"]["results"]
    assert [(each["file_id"], each["file_name"]) for each in results] == [(file, "moon.txt")]
    assert (search["status"], function["status"], run["status"]) == ("completed", "in_progress", "requires_action")
    tell(desk.mock, f"{desk.runs}/{run['id']}/submit_tool_outputs", **desk.hand_in(run))
    assert [step["type"] for step in desk.steps(run)] == ["tool_calls", "tool_calls", "message_creation"]
    ranking = {"ranker": "auto", "score_threshold": 0.999}
    choosy = [{"type": "file_search", "file_search": {"max_num_results": 3, "ranking_options": ranking}}]
    picky = desk.now(desk.run(tools=choosy, additional_messages=[{"role": "user", "content": "And rockets?"}]))
    assert [step["type"] for step in desk.steps(picky)] == ["message_creation"]


def test_a_run_without_files_does_not_search() -> None:
    desk = Desk(tools=[{"type": "file_search"}])
    run = desk.now(desk.run(tool_choice={"type": "file_search"}))
    assert [step["type"] for step in desk.steps(run)] == ["message_creation"]
    assert (run["status"], run["tool_choice"]) == ("completed", {"type": "file_search"})
    lost = Desk(tools=[{"type": "file_search"}], tool_resources={"file_search": {"vector_store_ids": ["vs_none"]}})
    assert lost.now(lost.run())["status"] == "completed"


def test_a_run_runs_code() -> None:
    desk = Desk(tools=[{"type": "code_interpreter"}])
    events = heard(desk.mock, desk.runs, assistant_id=desk.helper, tool_choice={"type": "code_interpreter"})
    codes = [*OPENS, "thread.run.step.delta", "thread.run.step.completed"]
    assert names(events) == [*BEGINS, *codes, *WROTE, "thread.run.completed"]
    [call] = desk.steps(events[-1][1])[0]["step_details"]["tool_calls"]
    logs = [{"type": "logs", "logs": "tides work\n"}]
    assert call["code_interpreter"] == {"input": "print('tides work')", "outputs": logs}
    desk.mock.on("beta.threads.runs.create").call_tool("code_interpreter", input="1 + 1", logs="2")
    run = desk.now(desk.run())
    [scripted] = desk.steps(run)[0]["step_details"]["tool_calls"]
    assert scripted["code_interpreter"] == {"input": "1 + 1", "outputs": [{"type": "logs", "logs": "2"}]}
    assert run["status"] == "completed"


def test_code_and_functions_are_one_step() -> None:
    desk = Desk(tools=[{"type": "code_interpreter"}])
    desk.mock.on("beta.threads.runs.create").call_tools(("code_interpreter", {"input": "1"}), ("tide", {}))
    run = desk.now(desk.run())
    tell(desk.mock, f"{desk.runs}/{run['id']}/submit_tool_outputs", **desk.hand_in(run))
    step, _ = desk.steps(run)
    code, function = step["step_details"]["tool_calls"]
    assert code["code_interpreter"] == {"input": "1", "outputs": []}
    assert function["function"] == {"name": "tide", "arguments": "{}", "output": "sunny"}


# -- unknown ids, real clients, real answers


def test_unknown_threads_may_be_answered_in() -> None:
    mock = MockAI(missing="conjure")
    run = tell(mock, "/threads/t/runs", assistant_id="a")
    assert see(mock, f"/threads/t/runs/{run['id']}")["status"] == "completed"
    assert tell(mock, "/threads/t/runs/r/cancel")["status"] == "cancelling"
    for _ in range(2):
        outputs = [{"tool_call_id": "x", "output": "y"}]
        going = tell(mock, "/threads/t/runs/s/submit_tool_outputs", tool_outputs=outputs)
        assert going["status"] == "queued"
        assert see(mock, "/threads/t/runs/s")["status"] == "completed"
    assert see(mock, "/threads/t/runs/s/steps")["data"] != []


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdk_s_helpers_see_a_whole_day(sdk: str) -> None:
    seen = driven(assistants_driver, sdk)
    assert seen["sync"] == seen["async"]
    day = seen["sync"]
    assert (day["polled"][0], day["asks"], day["goes on"]) == ("completed", "requires_action", "completed")
    assert day["streamed"] == ["requires_action", "call function"]
    wrote = ["message completed", "step message_creation completed"]
    assert day["streams on"] == ["step tool_calls completed", *wrote]
    assert (day["words"], day["final"], day["deleted"], day["listed"]) == (True, ["completed"], [True, True], [True])
    assert "Cannot cancel run with status 'completed'." in day["refused"]


@cache
def recorded() -> dict[str, list[str]]:
    """The fields of the newest recorded objects of each sort, in their order."""
    found: dict[str, tuple[int, list[str]]] = {}
    with RECORDINGS.open() as lines:
        rows = [json.loads(line) for line in lines if "/v1/threads" in line[:3000] or "/v1/assistants" in line[:3000]]
    for row in rows:
        body = (row["response_body"] or {}).get("json")
        old = not isinstance(body, dict) or "file_ids" in body  # the first version's
        if row["status"] == 200 and not old and "created_at" in body:
            kind = f"{body['object']} {body.get('type', '')}".strip()
            found[kind] = max(found.get(kind, (0, [])), (body["created_at"], list(body)))
    return {kind: fields for kind, (_, fields) in found.items()}


@pytest.mark.skipif(not RECORDINGS.exists(), reason=f"There is no {RECORDINGS}.")
def test_fields_and_their_order_are_those_of_recorded_answers() -> None:
    desk = Desk(tools=[WEATHER])
    run = desk.now(desk.run(tool_choice="required"))
    mine = {
        "assistant": see(desk.mock, f"/assistants/{desk.helper}"),
        "thread": see(desk.mock, f"/threads/{desk.thread}"),
        "thread.message": see(desk.mock, desk.messages)["data"][0],
        "thread.run": run,
        "thread.run.step tool_calls": desk.steps(run)[0],
    }
    for kind, value in mine.items():
        shown = [field for field in value if (kind, field) != ("thread.message", "status")]
        assert shown == recorded()[kind], kind


def test_a_reply_is_paced_like_any_other() -> None:
    desk = Desk(MockAI(clock=ManualClock(), ttft=0.5, tps=10))
    sent = request(f"/v1{desk.runs}", assistant_id=desk.helper, stream=True)
    reply = ask(desk.mock, sent)
    assert isinstance(reply, Reply)
    assert [getattr(chunk, "after", None) for chunk in reply.body[:3]] == [0.5, 0.1, 0.1]
