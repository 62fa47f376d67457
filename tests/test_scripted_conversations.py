"""Conversations: the turn is chosen by what the call brings along, and a loop that goes another way hears where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from asking import CHAT, ask, chat, request, said
from hypothesis import given
from hypothesis import strategies as some

from mockai import MockAI, contains, matches
from mockai.conversations import Conversation
from mockai.errors import StubError
from mockai.files.stubs import load_stubs
from mockai.stubfile import declare

RESPONSES = "responses.create"
WEATHER = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
CHAT_TOOLS: Any = [{"type": "function", "function": WEATHER}]
TOOLS: Any = [{"type": "function", "strict": False, **WEATHER}]


@pytest.fixture
def mock() -> MockAI:
    return MockAI()


def client(mock: MockAI) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-any", http_client=httpx2.Client(transport=mock.transport(httpx2)))


def scripted(mock: MockAI, operation: str = CHAT, **where: Any) -> Conversation:
    return (
        mock.conversation(operation, **where)
        .user(contains("weather"))
        .call_tool("get_weather", city="Paris")
        .tool_result("get_weather", contains("sunny"))
        .reply("It is sunny.")
    )


def chat_loop(mock: MockAI, weather: str, stream: bool = False) -> str | None:
    """An agent as people write it: tools are run and told until there are words."""
    talk: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How is the weather?"},
    ]
    with client(mock) as agent:
        while True:
            if stream:
                with agent.chat.completions.stream(model="gpt-5", messages=talk, tools=CHAT_TOOLS) as chunks:
                    answer: Any = chunks.get_final_completion().choices[0].message
            else:
                answer = agent.chat.completions.create(model="gpt-5", messages=talk, tools=CHAT_TOOLS)
                answer = answer.choices[0].message
            if not answer.tool_calls:
                return str(answer.content)
            calls = [call.model_dump(include={"id", "type", "function"}) for call in answer.tool_calls]
            for call in calls:
                call["function"].pop("parsed_arguments", None)
            talk.append({"role": "assistant", "tool_calls": calls})
            talk += [{"role": "tool", "tool_call_id": call.id, "content": weather} for call in answer.tool_calls]


def response_loop(mock: MockAI, weather: str, way: str) -> str:
    """The same with responses: each goes on with the one before, says all again, or refers to what is stored."""
    with client(mock) as agent:
        talk: list[Any] = [{"role": "user", "content": "How is the weather?"}]
        options: dict[str, Any] = {"conversation": agent.conversations.create().id} if way == "conversation" else {}
        answer = agent.responses.create(model="gpt-5", input="How is the weather?", tools=TOOLS, **options)
        while calls := [item for item in answer.output if item.type == "function_call"]:
            told: list[Any] = [
                {"type": "function_call_output", "call_id": call.call_id, "output": weather} for call in calls
            ]
            if way == "previous":
                options = {"previous_response_id": answer.id}
            elif way == "whole":
                talk += [item.model_dump(exclude_none=True) for item in answer.output]
            elif way == "references":
                talk += [{"type": "item_reference", "id": item.id} for item in answer.output]
            talk += told
            told = told if options else talk
            answer = agent.responses.create(model="gpt-5", input=told, tools=TOOLS, **options)
        return answer.output_text


@pytest.mark.parametrize("stream", [False, True])
def test_a_loop_of_chat_completions_is_one_stub(mock: MockAI, stream: bool) -> None:
    talk = scripted(mock, model="gpt-5")
    assert chat_loop(mock, "sunny, 20 degrees", stream) == "It is sunny."
    assert talk.used == 2
    mock.verify()


@pytest.mark.parametrize("way", ["previous", "whole", "references", "conversation"])
def test_a_loop_of_responses_is_one_stub_however_it_goes_on(mock: MockAI, way: str) -> None:
    scripted(mock, RESPONSES)
    assert response_loop(mock, "sunny, 20 degrees", way) == "It is sunny."
    mock.verify()


@pytest.mark.parametrize("way", ["chat", "previous", "whole"])
def test_a_loop_that_goes_another_way_hears_where(
    way: str, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    scripted(mock, CHAT if way == "chat" else RESPONSES)
    with pytest.raises(openai.NotFoundError) as refused:
        chat_loop(mock, "It rains.") if way == "chat" else response_loop(mock, "It rains.", way)
    assert refused.value.response.headers["x-should-retry"] == "false"
    error: Any = refused.value.body
    assert (error["type"], error["code"]) == ("mockai_error", "no_stub_matches")
    golden(f"conversation-other-{way}", error["message"])
    assert len(mock.calls()) == 2


USER = {"role": "user", "content": "weather?"}
CALL = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
ANSWER = {"role": "assistant", "content": "It is sunny."}

OTHERWISE: dict[str, list[dict[str, Any]]] = {
    "user": [{"role": "user", "content": "How are you?"}],
    "no-result": [USER, CALL, {"role": "user", "content": "Well?"}],
    "other-tool": [
        USER,
        {"role": "assistant", "tool_calls": [{"id": "call_1", "function": {"name": "get_time", "arguments": "{}"}}]},
        RESULT,
    ],
    "unknown-tool": [USER, ANSWER, RESULT],
    "goes-on": [USER, CALL, RESULT, ANSWER, {"role": "user", "content": "And tomorrow?"}],
    "nothing-new": [USER, CALL, RESULT, ANSWER],
    "two-results": [USER, CALL, RESULT, RESULT],
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_was_expected_and_what_came(name: str, golden: Callable[[str, object], None]) -> None:
    mock = MockAI(admission="off")
    scripted(mock)
    golden(f"conversation-{name}", said(mock, messages=OTHERWISE[name]))


def test_other_conditions_and_used_up_turns_are_told_as_well(
    mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    mock.conversation(CHAT, model="gpt-4o").user("hi").reply("Hello!").times(1)
    golden("conversation-other-model", said(mock))
    assert said(mock, model="gpt-4o") == "Hello!"
    golden("conversation-used-up", said(mock, model="gpt-4o"))


def test_a_turn_may_be_asked_again_and_answer_otherwise_then(mock: MockAI) -> None:
    mock.conversation(CHAT).user("hi").fail(429, retry_after=0).then.reply("Hello!").user("bye").reply("Bye.").times(2)
    with client(mock) as patient:
        answer = patient.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hi"}])
    assert answer.choices[0].message.content == "Hello!"
    on = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "bye"},
    ]
    assert said(mock, messages=on) == "Bye."
    assert mock.unused() == [
        "conversation('chat.completions.create'): turn 2 of 2, user('bye').reply('Bye.').times(2), was left early: "
        "reply('Bye.') was used 1 of 2 times."
    ]


def test_results_are_those_of_their_calls_in_whatever_order_they_come(mock: MockAI) -> None:
    (
        mock.conversation(CHAT)
        .user()
        .call_tools(("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"}))
        .tool_result("get_weather", {"sky": "clear"})
        .tool_result("get_weather", matches("rain"))
        .reply("Both.")
    )
    asked = json.loads(ask(mock, chat("?", tools=CHAT_TOOLS)).content)["choices"][0]["message"]
    first, second = (call["id"] for call in asked["tool_calls"])
    results = [
        {"role": "tool", "tool_call_id": second, "content": [{"type": "text", "text": "rain"}]},
        {"role": "tool", "tool_call_id": first, "content": '{"sky": "clear", "wind": 3}'},
    ]
    assert said(mock, messages=[{"role": "user", "content": "?"}, asked, *results], tools=CHAT_TOOLS) == "Both."
    mock.verify()


def test_what_surrounds_a_conversation_does_not_matter(mock: MockAI) -> None:
    mock.conversation(CHAT).user("Who?").reply("Me.").user("Why?").reply("So.")
    talk = [
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": "Welcome!"},
        {"role": "user", "content": "Today is Monday."},
        {"role": "user", "content": [{"type": "text", "text": "Wh"}, {"type": "text", "text": "o?"}]},
    ]
    assert said(mock, messages=talk) == "Me."
    talk += [{"role": "assistant", "content": "Said otherwise."}, {"role": "assistant", "content": "Twice."}]
    assert said(mock, messages=[*talk, {"role": "user", "content": "Why?"}]) == "So."


def test_old_function_messages_are_results_too() -> None:
    mock = MockAI()
    scripted(mock)
    called = {"role": "assistant", "content": None, "function_call": {"name": "get_weather", "arguments": "{}"}}
    told = {"role": "function", "name": "get_weather", "content": "sunny"}
    assert said(mock, messages=[USER, called, told]) == "It is sunny."


@given(some.lists(some.integers(0, 2), min_size=1, max_size=12))
def test_conversations_interleave(order: list[int]) -> None:
    """Three agents in any order of their steps: each hears its own script, for there is nothing that counts."""
    mock = MockAI()
    for name in range(3):
        talk = mock.conversation(CHAT)
        for turn in range(4):
            talk.user(f"{name}:{turn}").reply(f"answer {name}:{turn}")
    talks: list[list[dict[str, Any]]] = [[], [], []]
    for name in order:
        turn = len(talks[name]) // 2
        if turn == 4:
            continue
        talks[name].append({"role": "user", "content": f"{name}:{turn}"})
        answer = said(mock, messages=talks[name])
        assert answer == f"answer {name}:{turn}"
        talks[name].append({"role": "assistant", "content": answer})
    happened = sum(len(talk) // 2 for talk in talks)
    assert sum(stub.used for stub in mock.stubs) == happened
    assert (mock.unused() == []) is (happened == 12)


def test_a_scope_has_the_conversation_for_itself(mock: MockAI) -> None:
    talk = scripted(mock, RESPONSES)
    scope = mock.scope()
    assert response_loop(scope, "sunny", "previous") == "It is sunny."
    scope.verify()
    assert (talk.used, str(scope.stubs[0])) == (0, str(talk))


def test_an_earlier_response_that_nobody_knows_is_no_history(mock: MockAI) -> None:
    scripted(mock, RESPONSES)
    body = {"model": "gpt-5", "input": "weather?", "previous_response_id": "resp_0"}
    assert ask(mock, request("/v1/responses", **body)).status == 400


def test_odd_histories_are_no_error() -> None:
    mock = MockAI(admission="off")
    scripted(mock)
    scripted(mock, RESPONSES)
    for messages in (None, "text", [1, None], [{}], [{"role": 1}], [{"role": "assistant", "tool_calls": [1, {}]}]):
        assert ask(mock, chat(messages=messages)).status in (400, 404)
    for items in (None, 5, [1, {}], [{"type": "item_reference"}], [{"type": 5}], [{"role": "user", "content": [1]}]):
        assert ask(mock, request("/v1/responses", model="gpt-5", input=items)).status in (400, 404)
    assert not [miss for miss in mock.misses if "failed" in miss]


# -- what is refused, what is told

REFUSED: dict[str, Callable[[MockAI], Any]] = {
    "conversation-no-history": lambda mock: mock.conversation("embeddings.create"),
    "conversation-answer-first": lambda mock: mock.conversation(CHAT).reply("Hello!"),
    "conversation-second-answer": lambda mock: mock.conversation(CHAT).user("a").reply("b").reply("c"),
    "conversation-result-unnamed": lambda mock: mock.conversation(CHAT).user().reply("a").tool_result(contains("b")),
    "conversation-set": lambda mock: mock.conversation(CHAT).user({"a", "b"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str, mock: MockAI, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(StubError) as refused:
        REFUSED[name](mock)
    golden(name, refused.value)


def test_a_turn_that_is_always_there_is_never_owed(mock: MockAI) -> None:
    mock.conversation(CHAT).user("hi").reply("Hello!").always().user("bye").reply("Bye.").always()
    assert mock.unused() == []
    mock.on("models.list").answer().always()
    assert mock.unused() == []


def test_turns_that_never_happened_are_told(mock: MockAI, golden: Callable[[str, object], None]) -> None:
    talk = scripted(mock)
    golden("conversation-never", talk.unmet())
    assert ask(mock, chat("weather?", tools=CHAT_TOOLS)).status == 200
    golden("conversation-unfinished", talk.unmet())
    golden("conversation-no-answer", talk.user("Thanks.").unmet())
    golden("conversation-empty", mock.conversation(CHAT).unmet())


# -- in files

ENTRY: dict[str, Any] = {
    "on": CHAT,
    "where": {"model": "gpt-5"},
    "conversation": [
        {"user": {"contains": "weather"}, "call_tool": {"name": "get_weather", "arguments": {"city": "Paris"}}},
        {"tool_result": {"name": "get_weather", "result": {"contains": "sunny"}}, "reply": "It is sunny."},
        {
            "tool_result": ["get_weather", {"name": "get_time"}],
            "user": "And?",
            "answers": [{"fail": 503}, {"reply": "So.", "times": 2}],
        },
    ],
}


def test_an_entry_means_what_the_methods_mean(mock: MockAI) -> None:
    declare(mock, [ENTRY])
    typed = scripted(MockAI(), model="gpt-5").user("And?").tool_result("get_weather").tool_result("get_time")
    assert str(mock.stubs[0]) == str(typed.fail(503).then.reply("So.").times(2))


def test_a_file_holds_conversations(mock: MockAI, tmp_path: Path) -> None:
    file = tmp_path / "stubs.yaml"
    file.write_text(
        """\
- on: chat.completions.create
  conversation:
  - user: {contains: weather}
    call_tool: {name: get_weather, arguments: {city: Paris}}
  - tool_result: {name: get_weather, result: {contains: sunny}}
    reply: It is sunny.
""",
        "utf-8",
    )
    load_stubs(mock, file)
    assert chat_loop(mock, "sunny") == "It is sunny."
    mock.verify()


WRONG: dict[str, Any] = {
    "conversationfile-no-list": {"conversation": "hello"},
    "conversationfile-beside": {"conversation": [{"user": "a", "reply": "b"}], "reply": "c"},
    "conversationfile-nothing-expected": {"conversation": [{"reply": "b"}]},
    "conversationfile-no-answer": {"conversation": [{"user": "a", "reply": "b"}, {"user": "c"}]},
    "conversationfile-unknown-word": {"conversation": [{"user": "a", "replies": "b"}]},
    "conversationfile-odd-result": {"conversation": [{"tool_result": {"tool": "a"}, "reply": "b"}]},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_conversation_is_refused_and_nothing_of_it_stays(
    name: str, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    with pytest.raises(StubError) as refused:
        declare(mock, [{"on": CHAT, **WRONG[name]}])
    golden(name, refused.value)
    assert mock.stubs == []
