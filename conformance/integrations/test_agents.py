"""The OpenAI Agents SDK: tools, hand-offs, structured output and streams, by the responses and by the chat API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    SQLiteSession,
    WebSearchTool,
    function_tool,
    set_tracing_disabled,
)
from conftest import Mock
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent
from pydantic import BaseModel

RESPONSES, CHAT = "responses.create", "chat.completions.create"


class Forecast(BaseModel):
    """What an agent is to answer with."""

    city: str
    degrees: int
    days: list[str]


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


@dataclass(frozen=True, slots=True)
class Speaking:
    """How the agents of a test speak: through which API, by which client, in which event loop."""

    api: str
    client: AsyncOpenAI
    loop: asyncio.Runner

    def agent(self, name: str, **traits: Any) -> Agent[Any]:
        if self.api == CHAT:
            return Agent(name=name, model=OpenAIChatCompletionsModel("gpt-5", self.client), **traits)
        return Agent(name=name, model=OpenAIResponsesModel("gpt-5", self.client), **traits)

    def run(self, *arguments: Any, **options: Any) -> Any:
        return self.loop.run(Runner.run(*arguments, **options))

    def stream(self, *arguments: Any) -> tuple[Any, list[Any]]:
        """The run that was streamed, and its events."""

        async def streamed() -> tuple[Any, list[Any]]:
            result = Runner.run_streamed(*arguments)
            return result, [event async for event in result.stream_events()]

        return self.loop.run(streamed())

    @property
    def heard(self) -> str:
        """Where a request carries the conversation."""
        return "messages" if self.api == CHAT else "input"

    @property
    def told(self) -> str:
        """Where a request carries the agent's instructions."""
        return "messages" if self.api == CHAT else "instructions"

    @property
    def result(self) -> dict[str, str]:
        """How the result of a tool is known."""
        return {"role": "tool"} if self.api == CHAT else {"type": "function_call_output"}


@pytest.fixture
def open_client() -> Iterator[tuple[AsyncOpenAI, asyncio.Runner]]:
    """A client that finds the server by the environment, and the loop it lives in."""
    set_tracing_disabled(True)  # traces would be sent to api.openai.com
    with asyncio.Runner() as loop:
        client = AsyncOpenAI()
        yield client, loop
        loop.run(client.close())


@pytest.fixture(params=(RESPONSES, CHAT))
def by(request: pytest.FixtureRequest, open_client: tuple[AsyncOpenAI, asyncio.Runner]) -> Speaking:
    """Agents through one API, then through the other."""
    return Speaking(request.param, *open_client)


def spoken(done: Any) -> list[Any]:
    """What a run brought forth, without what the model thought."""
    return [item for item in done.new_items if item.type != "reasoning_item"]


def test_an_agent_answers(by: Speaking) -> None:
    done = by.run(by.agent("Ada", instructions="Be brief."), "What is a lighthouse?")
    assert "lighthouse" in done.final_output
    usage = done.context_wrapper.usage
    assert usage.requests == 1
    assert usage.input_tokens + usage.output_tokens == usage.total_tokens > 10


def test_a_tool_is_called_and_its_result_answered(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, call_tool={"name": "get_weather", "arguments": {"city": "Oslo"}})
    mock.on(by.api, {by.heard: {"contains": by.result}}, reply="Take a hat to Oslo.")
    done = by.run(by.agent("Ada", tools=[get_weather]), "What shall I take along?")
    assert done.final_output == "Take a hat to Oslo."
    kinds = [item.type for item in spoken(done)]
    assert kinds == ["tool_call_item", "tool_call_output_item", "message_output_item"]
    assert spoken(done)[1].output == "It is sunny in Oslo."
    assert len(mock.requests(by.api)) == 2


def test_a_whole_loop_is_one_stub(by: Speaking, mock: Mock) -> None:
    cities = [{"name": "get_weather", "result": {"contains": city}} for city in ("Oslo", "Rome")]
    asked = [{"name": "get_weather", "arguments": {"city": city}} for city in ("Oslo", "Rome")]
    turns = [
        {"user": {"contains": "take along"}, "call_tools": asked},
        {"tool_result": cities, "reply": "A hat."},
        {"user": "Why?", "reply": "The sun."},
    ]
    mock.on(by.api, conversation=turns)
    agent, session = by.agent("Ada", instructions="Be brief.", tools=[get_weather]), SQLiteSession("loop")
    assert by.run(agent, "What shall I take along?", session=session).final_output == "A hat."
    assert by.run(agent, "Why?", session=session).final_output == "The sun."
    session.close()


def test_a_loop_goes_on_with_the_response_before(open_client: tuple[AsyncOpenAI, asyncio.Runner], mock: Mock) -> None:
    by = Speaking(RESPONSES, *open_client)
    turns = [
        {"user": {"contains": "take along"}, "call_tool": {"name": "get_weather", "arguments": {"city": "Oslo"}}},
        {"tool_result": "get_weather", "reply": "A hat."},
    ]
    mock.on(RESPONSES, conversation=turns)
    agent = by.agent("Ada", tools=[get_weather])
    done = by.run(agent, "What shall I take along?", auto_previous_response_id=True)
    assert done.final_output == "A hat."
    assert "previous_response_id" in mock.requests(RESPONSES)[-1]


def test_a_tool_is_called_without_a_script(by: Speaking) -> None:
    done = by.run(by.agent("Ada", tools=[get_weather]), "What is the weather in Paris?")
    kinds = [item.type for item in spoken(done)]
    assert kinds == ["tool_call_item", "tool_call_output_item", "message_output_item"]
    assert "weather" in done.final_output


def test_a_tool_that_is_required_is_called(by: Speaking) -> None:
    settings = ModelSettings(tool_choice="required")
    done = by.run(by.agent("Ada", tools=[get_weather], model_settings=settings), "Hello.")
    assert any(item.type == "tool_call_item" for item in done.new_items)
    assert done.final_output


def test_a_conversation_is_handed_off(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, {by.told: {"contains": "Find the right agent"}}, call_tool={"name": "transfer_to_grace"})
    mock.on(by.api, {by.told: {"contains": "Answer bills"}}, reply="Your bill is paid.")
    grace = by.agent("Grace", instructions="Answer bills.")
    done = by.run(by.agent("Ada", instructions="Find the right agent.", handoffs=[grace]), "What do I owe?")
    assert done.last_agent is grace
    assert done.final_output == "Your bill is paid."
    kinds = [item.type for item in spoken(done)]
    assert kinds == ["handoff_call_item", "handoff_output_item", "message_output_item"]


def test_a_hand_off_that_is_required_is_made_without_a_script(by: Speaking) -> None:
    grace = by.agent("Grace", instructions="Answer bills.")
    settings = ModelSettings(tool_choice="required")
    done = by.run(by.agent("Ada", handoffs=[grace], model_settings=settings), "What do I owe?")
    assert done.last_agent is grace
    assert done.final_output


def test_an_agent_is_a_tool_of_another(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, {by.told: {"contains": "Answer bills"}}, reply="Paid.")
    mock.on(by.api, {by.told: {"contains": "Ask around"}}, call_tool={"name": "ask", "arguments": {"input": "Paid?"}})
    mock.on(by.api, {by.told: {"contains": "Ask around"}, by.heard: {"contains": by.result}}, reply="Grace says: paid.")
    ask = by.agent("Grace", instructions="Answer bills.").as_tool("ask", "Asks about bills.")
    done = by.run(by.agent("Ada", instructions="Ask around.", tools=[ask]), "What do I owe?")
    assert done.final_output == "Grace says: paid."


def test_a_failure_is_tried_again(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, answers=[{"fail": {"status": 429, "retry_after": 0.01}}, {"reply": "Here I am."}])
    assert by.run(by.agent("Ada"), "Where are you?").final_output == "Here I am."
    assert len(mock.requests(by.api)) == 2


def test_output_has_its_type(by: Speaking) -> None:
    done = by.run(by.agent("Ada", output_type=Forecast), "What will the weather be?")
    assert isinstance(done.final_output, Forecast)


def test_output_of_a_type_is_scripted(by: Speaking, mock: Mock) -> None:
    said = Forecast(city="Oslo", degrees=4, days=["Monday"])
    mock.on(by.api, reply=said.model_dump_json())
    assert by.run(by.agent("Ada", output_type=Forecast), "What will the weather be?").final_output == said


def test_a_run_is_streamed(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, call_tool={"name": "get_weather", "arguments": {"city": "Oslo"}})
    mock.on(by.api, {by.heard: {"contains": by.result}}, stream={"pieces": ["Take ", "a ", "hat."]})
    result, events = by.stream(by.agent("Ada", tools=[get_weather]), "What shall I take along?")
    assert result.final_output == "Take a hat."
    named = [getattr(event, "name", event.type) for event in events]
    assert [name for name, _ in groupby(named) if name != "reasoning_item_created"] == [
        "agent_updated_stream_event",
        "raw_response_event",
        "tool_called",
        "tool_output",
        "raw_response_event",
        "message_output_created",
    ]
    raw = [event.data for event in events if event.type == "raw_response_event"]
    assert [each.delta for each in raw if isinstance(each, ResponseTextDeltaEvent)] == ["Take ", "a ", "hat."]


def test_a_hand_off_is_streamed(by: Speaking, mock: Mock) -> None:
    mock.on(by.api, {by.told: {"contains": "Find the right agent"}}, call_tool={"name": "transfer_to_grace"})
    mock.on(by.api, {by.told: {"contains": "Answer bills"}}, reply="Your bill is paid.")
    grace = by.agent("Grace", instructions="Answer bills.")
    ada = by.agent("Ada", instructions="Find the right agent.", handoffs=[grace])
    result, events = by.stream(ada, "What do I owe?")
    assert result.final_output == "Your bill is paid."
    new = [event.new_agent.name for event in events if event.type == "agent_updated_stream_event"]
    assert new == ["Ada", "Grace"]


def test_a_session_remembers(by: Speaking, mock: Mock) -> None:
    session, ada = SQLiteSession("one"), by.agent("Ada")
    by.run(ada, "I am Linus.", session=session)
    by.run(ada, "Who am I?", session=session)
    assert "I am Linus." in str(mock.requests(by.api)[1][by.heard])


def test_a_response_goes_on_from_the_one_before(open_client: tuple[AsyncOpenAI, asyncio.Runner], mock: Mock) -> None:
    by = Speaking(RESPONSES, *open_client)
    ada = by.agent("Ada", tools=[get_weather])
    first = by.run(ada, "What is the weather in Paris?", auto_previous_response_id=True)
    again = by.run(ada, "And tomorrow?", previous_response_id=first.last_response_id)
    assert again.final_output
    told, results, last = mock.requests(RESPONSES)[:3]
    assert "previous_response_id" not in told
    assert results["previous_response_id"].startswith("resp_")
    assert last["previous_response_id"] == first.last_response_id


def test_the_web_is_searched(open_client: tuple[AsyncOpenAI, asyncio.Runner]) -> None:
    by = Speaking(RESPONSES, *open_client)
    done = by.run(by.agent("Ada", tools=[WebSearchTool()]), "Search the web for lighthouses.")
    assert [item.raw_item.type for item in spoken(done)] == ["web_search_call", "message"]


def test_an_agent_needs_no_client(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    mock.on(RESPONSES, reply="I was found by OPENAI_BASE_URL.")
    assert Runner.run_sync(Agent(name="Ada"), "Where are you?").final_output == "I was found by OPENAI_BASE_URL."
