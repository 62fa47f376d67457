"""A mock without fixtures: a block, a function, a TestCase."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from mockai import MockAI, VerificationError, mock_openai

CHAT = "chat.completions.create"
MESSAGES: Any = [{"role": "user", "content": "hi"}]


def ask() -> str | None:
    with openai.OpenAI(max_retries=0) as client:
        return client.chat.completions.create(model="gpt-5", messages=MESSAGES).choices[0].message.content


def test_a_block_has_a_mock_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with mock_openai(api_key=["sk-own"]) as mock:
        mock.on(CHAT).reply("Hello")
        assert ask() == "Hello"
        assert (os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]) == (mock.url, "sk-own")
    assert "OPENAI_BASE_URL" not in os.environ
    assert os.environ["OPENAI_API_KEY"] == "sk-real"


@mock_openai(seed=3)
def test_a_test_of_pytest_gets_the_mock_and_its_fixtures(tmp_path: Path, mock: MockAI) -> None:
    assert (mock.seed, tmp_path.is_dir()) == (3, True)
    assert ask()


@mock_openai
def test_whatever_it_is_called(fake: MockAI, tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    assert fake.url
    assert ask()


def test_a_function_gets_the_mock() -> None:
    @mock_openai
    def bare(value: int, mock: MockAI) -> str | None:
        mock.on(CHAT).reply(f"{value}")
        return ask()

    @mock_openai(seed=7)
    async def awaited(mock: MockAI) -> int:
        async with openai.AsyncOpenAI() as client:
            await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
        return mock.seed

    import asyncio

    assert bare(1) == "1"  # type: ignore[call-arg]
    assert bare(2) == "2"  # type: ignore[call-arg]
    assert bare.__name__ == "bare"
    assert asyncio.run(awaited()) == 7  # type: ignore[call-arg]


class Cases(unittest.TestCase):
    def setUp(self) -> None:
        self.mock = self.enterContext(mock_openai())

    def test_it(self) -> None:
        self.mock.on(CHAT).reply("Hello")
        assert ask() == "Hello"

    def test_it_again(self) -> None:
        assert self.mock.calls() == []
        ask()


@mock_openai(seed=3)
class Decorated(unittest.TestCase):
    def test_it(self, mock: MockAI) -> None:
        assert mock.seed == 3
        assert ask()

    def helper(self) -> None:
        raise AssertionError("not a test")


@mock_openai
class Awaited(unittest.IsolatedAsyncioTestCase):
    async def test_it(self, mock: MockAI) -> None:
        mock.on(CHAT).reply("Hello")
        async with openai.AsyncOpenAI() as client:
            said = await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
        assert said.choices[0].message.content == "Hello"


@pytest.mark.parametrize("case", [Cases, Decorated, Awaited])
def test_cases_pass_in_unittest_itself(case: type[unittest.TestCase]) -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun
    assert (result.errors, result.failures) == ([], [])


def test_a_promise_that_is_not_kept_fails_the_block(golden: Callable[[str, object], None]) -> None:
    @mock_openai
    def unused(mock: MockAI) -> None:
        mock.on(CHAT, model="gpt-4o").reply("never")
        mock.on(CHAT).answer()
        ask()

    with pytest.raises(VerificationError, match="was never used"):
        unused()  # type: ignore[call-arg]
    with pytest.raises(VerificationError) as raised, mock_openai() as mock:
        url = mock.url
    golden("mocked-no-request", str(raised.value).replace(url, "URL"))


def test_what_the_block_raises_is_what_is_heard() -> None:
    @mock_openai
    def raises(mock: MockAI) -> None:
        mock.on(CHAT).reply("never")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        raises()  # type: ignore[call-arg]
