import pytest
from contacts import contact
from instructor.core import InstructorRetryException

from mockai import contains

CHAT = "chat.completions.create"


def test_a_contact(mockai):
    mockai.on(CHAT, messages=contains("Ada")).call_tool("Contact", name="Ada", mail="ada@example.com")
    assert contact("Yours, Ada <ada@example.com>").mail == "ada@example.com"


def test_a_wrong_answer_is_asked_for_again(mockai):
    mockai.on(CHAT).call_tool("Contact", name="Ada", mail="ada").then.call_tool(
        "Contact", name="Ada", mail="ada@example.com"
    )
    assert contact("Yours, Ada").mail == "ada@example.com"
    again = mockai.calls(CHAT)[1].body["messages"]
    assert "An address has an @." in str(again[-1])  # the model is told what was wrong


def test_it_gives_up(mockai):
    mockai.on(CHAT).call_tool("Contact", name="Ada", mail="ada").times(2)
    with pytest.raises(InstructorRetryException):
        contact("Yours, Ada")
