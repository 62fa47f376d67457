import pytest
from summary import spoken, summarise, titled

RESPONSES = "responses.create"


def test_a_summary(mockai):
    mockai.on(RESPONSES, input="A long tale.", instructions=lambda order: "one sentence" in order).reply("A tale.")
    assert summarise("A long tale.") == "A tale."


def test_a_summary_in_pieces(mockai):
    mockai.on(RESPONSES).stream(["A ", "tale."])
    assert list(spoken("A long tale.")) == ["A ", "tale."]


def test_a_title(mockai):
    mockai.on(RESPONSES).reply('{"title": "Tale", "summary": "A tale."}')
    assert titled("A long tale.").title == "Tale"


def test_a_refusal(mockai):
    mockai.on(RESPONSES).refuse("I do not read tales.")
    assert titled("A long tale.") is None


def test_an_api_that_is_down(mockai):
    mockai.on(RESPONSES).fail(503, retry_after=0.001)
    assert summarise("A long tale.") == "A long tale."
    assert len(mockai.calls(RESPONSES)) == 3  # the SDK asked again twice


@pytest.mark.usefixtures("mockai")
def test_a_recording():
    """Plays cassettes/test_summary/test_a_recording.yaml; the README says how it was recorded."""
    assert summarise("The café opens at nine.").startswith("Good question about café opens nine")
