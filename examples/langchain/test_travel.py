import openai
import pytest
from travel import advise, model, propose

from mockai import contains

CHAT = "chat.completions.create"


def test_the_guide_looks_at_the_weather(mockai):
    (
        mockai.conversation(CHAT)
        .user(contains("Paris")).call_tool("get_weather", city="Paris")
        .tool_result("get_weather", "sunny").reply("Take a hat.")
    )  # fmt: skip
    assert advise("What shall I pack for Paris?") == "Take a hat."
    assert len(mockai.calls(CHAT)) == 2


def test_a_trip_has_its_shape(mockai):
    trip = propose("Somewhere warm")  # nothing is scripted: the mock answers by the schema it is sent
    assert trip.days == int(trip.days)
    assert mockai.calls(CHAT)[0].body["response_format"]["type"] == "json_schema"


def test_a_stream(mockai):
    mockai.on(CHAT).stream(["Take ", "a hat."])
    assert "".join(chunk.text for chunk in model().stream("What shall I pack?")) == "Take a hat."


def test_no_money_left(mockai):
    mockai.on(CHAT).fail("insufficient_quota")
    with pytest.raises(openai.RateLimitError):
        advise("What shall I pack?")
