import asyncio
from collections.abc import Iterator

import pytest
from agents import set_default_openai_client, set_tracing_disabled
from openai import AsyncOpenAI


@pytest.fixture(autouse=True)
def client(mockai) -> None:
    """The SDK keeps its client for the process, so each test gives it one at its own mock; and traces are not sent."""
    set_default_openai_client(AsyncOpenAI(base_url=mockai.url), use_for_tracing=False)
    set_tracing_disabled(True)


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
