import litellm
import pytest
from router import ask, spoken

CHAT = "chat.completions.create"


def test_the_large_model_answers(mockai):
    mockai.on(CHAT, model="gpt-5").reply("Four.")
    assert ask("Two and two?") == ("Four.", "openai/gpt-5")


def test_the_small_one_steps_in(mockai):
    mockai.on(CHAT, model="gpt-5-mini").reply("Four, I think.")
    mockai.on(CHAT, model="gpt-5").fail(429)
    assert ask("Two and two?") == ("Four, I think.", "openai/gpt-5-mini")
    assert [call.body["model"] for call in mockai.calls(CHAT)] == ["gpt-5", "gpt-5-mini"]


def test_both_are_down(mockai):
    mockai.on(CHAT).fail("rate_limit_exceeded").times(2)
    with pytest.raises(litellm.RateLimitError):
        ask("Two and two?")


def test_a_stream(mockai):
    mockai.on(CHAT).stream(["Fo", "ur."])
    assert "".join(spoken("Two and two?")) == "Four."
