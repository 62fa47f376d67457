import openai
import pytest
from support import answer, spoken

from mockai import contains

RESPONSES = "responses.create"


def test_a_question_is_handed_over_and_looked_up(mockai, loop):
    mockai.on(RESPONSES).call_tool("transfer_to_orders").then.call_tool("order_status", number="A-1").then.reply(
        "It is on its way."
    )
    assert loop.run(answer("Where is order A-1?")) == ("It is on its way.", "orders")
    last = mockai.calls(RESPONSES)[-1].body["input"][-1]
    assert (last["type"], last["output"]) == ("function_call_output", "on its way")


def test_the_desk_answers_itself(mockai, loop):
    mockai.on(RESPONSES, input=contains("open"), instructions=contains("Hand over")).reply("At nine.")
    assert loop.run(answer("When do you open?")) == ("At nine.", "desk")


def test_a_stream(mockai, loop):
    mockai.on(RESPONSES).stream(["At ", "nine."])
    assert loop.run(spoken("When do you open?")) == ["At ", "nine."]


def test_a_key_that_is_wrong(mockai, loop):
    mockai.on(RESPONSES).fail("invalid_api_key")
    with pytest.raises(openai.AuthenticationError):
        loop.run(answer("When do you open?"))
