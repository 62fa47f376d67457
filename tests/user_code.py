"""Code of a user, in types as strict as mypy knows: `make lint` checks it, tests/test_typing.py runs it.

A wrong use stands under `# type: ignore[...]`: mypy complains as well where one is not refused any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
from hypothesis import given, settings

from mockai import (
    ManualClock,
    MockAI,
    MockaiError,
    VerificationError,
    calling,
    contains,
    has_tool,
    last_user,
    matches,
    mock_openai,
    turn,
)
from mockai.faults import close
from mockai.strategies import from_operation

if TYPE_CHECKING:
    from mockai.edges.host import Host
    from mockai.stubs import Stub

CHAT = "chat.completions.create"


def ask(client: openai.OpenAI, text: str = "How is the weather?") -> str | None:
    said = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": text}])
    return said.choices[0].message.content


@pytest.fixture
def mockai_config() -> dict[str, Any]:
    return {"seed": 7}


@pytest.fixture
def weather(mockai: MockAI) -> Stub:
    return mockai.on(CHAT, messages=contains("weather")).reply("It rains.")


@pytest.mark.usefixtures("weather")
@pytest.mark.mockai(admission="schema")
def test_the_fixtures(mockai: MockAI, openai_client: openai.OpenAI, mockai_server: Host) -> None:
    assert ask(openai_client) == "It rains."
    assert mockai.url.startswith(mockai_server.root)
    (call,) = mockai.calls(CHAT, last_user=contains("weather"))
    assert call.body["model"] == "gpt-5"
    mockai.assert_called_once_with(CHAT, model="gpt-5")
    mockai.assert_has_calls([calling(CHAT, model=matches("^gpt"))])
    assert mockai.usage().total_tokens > 0
    assert mockai.seed == 7


def test_scripts() -> None:
    with MockAI(seed=1, clock=ManualClock(), api_key=["sk-own"]) as mock:
        mock.on(CHAT, turn(1), has_tool("get_weather")).call_tool("get_weather", city="Paris").times(2)
        mock.on(CHAT, last_user("Hi!")).stream(["He", "llo"], ttft=0.1, tps=50).then.fail(429, retry_after=0.1)
        mock.on("embeddings.create").embed([[0.5, 0.5]]).then.answer()
        mock.on(CHAT, lambda call: call.body["model"] == "gpt-4o").fault(close(chunks=1)).always()
        mock.conversation(CHAT).user(contains("weather")).call_tool("get_weather").tool_result("get_weather").reply(
            "Ok"
        )
        with pytest.raises(VerificationError):
            mock.verify()
        with pytest.raises(MockaiError):
            mock.on("chat.completion.create")


def test_in_process_and_served(tmp_path: Path) -> None:
    mock = MockAI(record_to=tmp_path / "tape.yaml", record_mode="none")
    mock.on(CHAT).reply("Hello").always()
    direct = httpx2.Client(transport=mock.transport(httpx2))
    assert ask(openai.OpenAI(api_key="k", base_url="http://mock/v1", http_client=direct)) == "Hello"
    with mock.serve() as url, openai.OpenAI(api_key="k", base_url=url) as client:
        assert ask(client) == "Hello"
    spent: float = mock.cost()
    assert spent > 0


def test_a_block() -> None:
    with mock_openai(seed=3) as mock, openai.OpenAI() as client:
        mock.on(CHAT).reply("Hello")
        assert ask(client) == "Hello"


@settings(max_examples=3)
@given(from_operation(CHAT, stream=False).response)
def test_whatever_the_api_may_say(body: Any) -> None:
    assert body["object"] == "chat.completion"


def wrong(mock: MockAI) -> None:
    """What a user must not write."""
    MockAI(sed=1)  # type: ignore[call-arg]
    MockAI(seed="one")  # type: ignore[arg-type]
    mock.on(CHAT).reply("Hi").times("twice")  # type: ignore[arg-type]
    mock.on(CHAT).repli("Hi")  # type: ignore[attr-defined]
    mock.on(CHAT).stream(3)  # type: ignore[arg-type]
    mock.on(CHAT, 1)  # type: ignore[arg-type]
    number: int = mock.url  # type: ignore[assignment]
    text = mock.calls(CHAT)[0].text()  # type: ignore[attr-defined]
    del number, text
