"""Small suites of a user of the plugin, run by a pytest of their own in which warnings are errors."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpcore2
import httpx2
import openai
import pytest
import uvloop

from mockai.edges import blocking, host, mocked, server, trace, transport, upstream
from mockai.files import libyaml, recorder, shelf

PRELOADED = (
    httpcore2,
    httpx2,
    openai,
    uvloop,
    blocking,
    host,
    mocked,
    server,
    trace,
    transport,
    upstream,
    libyaml,
    recorder,
    shelf,
)
"""What inner runs in this process use: pytester forgets modules that they import, and YAML's cannot be read twice."""
START = """
import os
import openai, pytest
from mockai import MockAI, contains

CHAT = "chat.completions.create"

def ask(text="hi", client=None, **more):
    with client or openai.OpenAI(max_retries=2) as client:
        sent = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": text}], **more)
        return sent.choices[0].message.content
"""
OTHERS = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:randomly")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs a test file; its text is kept for the next run where none is given."""
    for name in ("CI", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTEST_ADDOPTS", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # whoever asks a proxy fails
    pytester.makeini("[pytest]\nfilterwarnings = error\nmarkers =\n    anyio\n")

    def run(text: str | None = None, *options: str) -> pytest.RunResult:
        if text is not None:
            pytester.makepyfile(test_it=START + text)
        return pytester.runpytest_inprocess(*OTHERS, *options)

    return run


def shown(result: pytest.RunResult) -> str:
    """The message of the one failure, for all runs alike."""
    text = re.search(r"^_+ .* _+\n(.*?)(?=^[-=_]{3})", str(result.stdout), re.MULTILINE | re.DOTALL)
    assert text, str(result.stdout)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text[1].strip())


def summary(result: pytest.RunResult) -> str:
    """What the plugin says at the end of a session."""
    text = re.search(r"^=+ mockai: cassettes =+\n(.*?)(?=^=)", str(result.stdout) + "=", re.MULTILINE | re.DOTALL)
    return text[1].strip() if text else ""
