"""The voice: what is said when nothing is scripted."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from asking import said as said_by
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai import MockAI
from mockai.dice import dice
from mockai.errors import ConfigError
from mockai.phrases import LANGUAGES, language
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


def test_required_tools_are_called_one_after_another() -> None:
    asked = Prompt("Tell me a joke", TOOLS, "required", answered=True)
    assert called(replace(asked, done={"get_weather"})) == ["getLocalTime"]
    assert called(replace(asked, topic="Get weather", done={"get_weather"})) == ["getLocalTime"]
    assert called(replace(asked, done={tool.name for tool in TOOLS})) == ["get_weather"]


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
    thoughts = {thought(model, effort, dice(seed).randint) for seed in range(50)}
    assert all(count % 64 == 0 for count in thoughts)
    assert (max(thoughts) > 0) is some


@pytest.mark.parametrize("model", ["gpt-5.2", "gpt-5.6-sol", "gpt-6-astra"])
def test_later_models_think_as_little_as_they_need(model: str) -> None:
    def thoughts(effort: str) -> list[int]:
        return [thought(model, effort, dice(seed).randint) for seed in range(50)]

    assert min(thoughts("medium")) == 0 < max(thoughts("medium")) < max(thoughts("high"))
    assert any(count % 64 for count in thoughts("low"))
    assert set(thoughts("none")) == {0}


# --- a voice by choice

ASKED = {
    "en": "What is the tallest mountain in the world?",
    "de": "Was ist der höchste Berg der Welt?",
    "fr": "Quelle est la plus haute montagne du monde ?",
    "es": "¿Cuál es la montaña más alta del mundo?",
    "it": "Qual è la montagna più alta del mondo?",
    "pt": "Qual é a montanha mais alta do mundo?",
    "nl": "Wat is de hoogste berg van de wereld?",
    "ru": "Какая гора самая высокая в мире?",
    "zh": "世界上最高的山是什么?",
    "ja": "世界で一番高い山は何ですか?",
    "ko": "세계에서 가장 높은 산은 무엇입니까?",
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_it_answers_in_the_language_of_the_question(name: str) -> None:
    asked = ASKED[name]
    assert language(asked) is LANGUAGES[name]
    said = Voice().words(asked, dice(1))
    about = subject(asked)
    sentences = [line.format(about=about) for line in (*LANGUAGES[name].openings, *LANGUAGES[name].middles)]
    assert any(said.startswith(line) for line in sentences)
    assert re.sub("|".join(map(re.escape, sentences)), "", said).strip() == ""


@pytest.mark.parametrize("text", ["", "42", "Kubernetes", "No", "x = [1, 2]"])
def test_it_speaks_english_where_nothing_tells(text: str) -> None:
    assert language(text) is LANGUAGES["en"]


def test_an_echo_says_it_again_and_a_template_fills_in() -> None:
    assert Voice("echo").words("How do tides work?", dice(0)) == "How do tides work?"
    template = Voice("template:You said {last_user!}, {last_user}: {topic} {other}")
    assert template.words("How do {topic} work?", dice(0)) == (
        "You said {last_user!}, How do {topic} work?: topic work {other}"
    )


@given(st.sampled_from(["plain", "lorem"]), st.integers(1, 300), st.sampled_from([*ASKED.values()]), st.integers())
def test_an_answer_has_as_many_words_as_were_asked_for(manner: str, words: int, topic: str, seed: int) -> None:
    said = Voice(manner, words).words(topic, dice(seed))
    if manner == "lorem" or language(topic).spaced:
        assert len(said.split()) == words
    else:  # a comma at the very end is left out
        assert words - 1 <= len(said) <= words
    assert said.endswith((".", "。"))


def test_lorem_begins_as_everybody_knows() -> None:
    assert Voice("lorem").words("anything", dice(0)).startswith("Lorem ipsum dolor sit amet ")
    assert 20 <= len(Voice("lorem").words("anything", dice(3)).split()) <= 60


def test_verbosity_rules_the_length() -> None:
    low, high = (len(Voice().words("Tides", dice(0), each).split(". ")) for each in ("low", "high"))
    assert low == 2
    assert high >= 5


@pytest.mark.parametrize("manner", ["plain", "echo", "lorem", "template:{topic}"])
def test_json_and_calls_are_made_in_any_manner(manner: str) -> None:
    prompt = Prompt("Paris", (WEATHER,), "required")
    assert json.loads(Voice(manner).utter(prompt, dice(0)).tool_calls[0].arguments)["city"]
    assert json.loads(Voice(manner).utter(Prompt("Paris", schema=CITY), dice(0)).text or "")["city"]


def test_a_mock_is_given_its_voice() -> None:
    assert said_by(MockAI(voice="echo"), "Say this") == "Say this"
    assert said_by(MockAI(voice="template:About {topic}."), "Say this, Madagascar") == "About Madagascar."
    assert len(said_by(MockAI(words=7)).split()) == 7
    assert said_by(MockAI(voice="echo").scope(), "Say this") == "Say this"


def test_voices_nobody_has() -> None:
    with pytest.raises(ConfigError, match=r"Not a voice: 'bass'. Choose plain, echo, lorem or template:TEXT."):
        MockAI(voice="bass")
    with pytest.raises(ConfigError, match="Not a number of words: 0"):
        MockAI(words=0)
