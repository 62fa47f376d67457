"""The voice: what is said when nothing is scripted."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai.dice import dice
from mockai.synthesize import Unsatisfiable
from mockai.voice import Prompt, Tool, Utterance, Voice, subject, thought

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = Tool("get_weather", "Current conditions at a place", CITY)
CLOCK = Tool("getLocalTime", "Tells what o'clock it is somewhere in the world", {})
TOOLS = (WEATHER, CLOCK)


def say(prompt: Prompt) -> Utterance:
    return Voice().utter(prompt, dice(0))


def called(prompt: Prompt) -> list[str]:
    return [call.name for call in say(prompt).tool_calls]


@given(st.text(max_size=60), st.integers())
def test_the_same_dice_give_the_same_words(topic: str, seed: int) -> None:
    one, other = (Voice().utter(Prompt(topic), dice(seed)) for _ in range(2))
    assert one == other
    assert one.text


def test_words_are_on_the_topic() -> None:
    assert subject("What is the capital of Madagascar, please?") == "capital Madagascar"
    assert "Madagascar" in (say(Prompt("What is the capital of Madagascar?")).text or "")
    assert subject("¿?") == subject("what is it") == "your message"
    assert len(subject("a" * 500 + "b")) == 40


@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("How is the weather in Paris?", ["get_weather"]),
        ("What conditions hold at that place?", ["get_weather"]),
        ("Get weather first, then get local time", ["get_weather", "getLocalTime"]),
        ("Tell me a joke", []),
    ],
)
def test_under_auto_a_tool_is_called_when_the_words_speak_of_it(topic: str, names: list[str]) -> None:
    assert called(Prompt(topic, TOOLS)) == names


def test_required_always_calls_and_none_never() -> None:
    assert called(Prompt("Tell me a joke", TOOLS, "required")) == ["get_weather"]
    assert called(Prompt("Which local time is it?", TOOLS, "required")) == ["getLocalTime"]
    assert called(Prompt("Get weather", TOOLS, "none")) == []
    assert called(Prompt("Get weather", (), "required")) == []


def test_one_call_at_a_time_where_the_request_says_so() -> None:
    assert called(Prompt("Get weather and get local time", TOOLS, parallel=False)) == ["get_weather"]


def test_a_tools_result_is_put_into_words() -> None:
    asked = Prompt("How is the weather?", TOOLS, answered=True)
    assert say(asked).text
    assert called(replace(asked, choice="required")) == ["get_weather"]


def test_arguments_fit_the_tools_schema() -> None:
    one = say(Prompt("weather", TOOLS, "required")).tool_calls[0]
    assert set(json.loads(one.arguments)) == {"city"}
    assert re.match(r'\{"city":"', one.arguments)
    several = say(Prompt("get weather, get local time", TOOLS)).tool_calls
    assert re.match(r'\{"city": "', several[0].arguments)
    assert several[1].arguments == "{}"


def test_a_custom_tool_takes_text() -> None:
    free, strict = Tool("shell"), Tool("dial", pattern="^[0-9]{4}$")
    assert say(Prompt("Run the tests", (free,), "required")).tool_calls[0].arguments == "Run tests"
    assert re.fullmatch("[0-9]{4}", say(Prompt("", (strict,), "required")).tool_calls[0].arguments)


@given(st.integers())
@settings(deadline=None)
def test_json_is_what_was_asked_for(seed: int) -> None:
    assert isinstance(json.loads(Voice().utter(Prompt("A recipe", schema={}), dice(seed)).text or ""), dict)
    assert set(json.loads(Voice().utter(Prompt("A city", schema=CITY), dice(seed)).text or "")) == {"city"}


def test_a_schema_without_values_is_said_to_have_none() -> None:
    with pytest.raises(Unsatisfiable):
        say(Prompt(schema={"type": "string", "minLength": 2, "maxLength": 1}))


@pytest.mark.parametrize(
    ("model", "effort", "some"),
    [
        ("gpt-4o", "high", False),
        ("gpt-5", None, True),
        ("gpt-5", "minimal", False),
        ("gpt-5.4", None, False),
        ("o3", "odd", True),
    ],
)
def test_thoughts_come_in_blocks_of_64(model: str, effort: str | None, some: bool) -> None:
    thoughts = {thought(model, effort, dice(seed)) for seed in range(50)}
    assert all(count % 64 == 0 for count in thoughts)
    assert (max(thoughts) > 0) is some
