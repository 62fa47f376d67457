"""The official TypeScript SDK, unmodified: the package from npm, run by Node.js against a real server."""

from __future__ import annotations

from typing import Any

import pytest
from sdks import node

from mockai import MockAI

WANTED: dict[str, dict[str, Any]] = {
    "chat": {"object": "chat.completion", "role": "assistant", "spoke": True},
    "chat_stream": {"same": True, "finish": "stop"},
    "chat_parse": {"valid": True},
    "tools": {"spoke": True, "asked": True},
    "responses": {"same": True, "linked": True},
    "responses_stream": {"first": "response.created", "last": "response.completed", "status": "completed"},
    "responses_parse": {"valid": True},
    "files": {"content": '{"a": 1}\n', "bytes": 9, "listed": True, "gone": 404},
    "vector_store": {"status": "completed", "found": "notes.txt"},
    "embeddings": {"count": 2, "dimensions": 1536},
    "refused": {
        "api": True,
        "status": 400,
        "code": "decimal_above_max_value",
        "param": "temperature",
        "type": "invalid_request_error",
        "id": True,
    },
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What each scenario found."""
    with MockAI() as mock, mock.serve() as url:
        return node("scenarios.mjs", url)


@pytest.mark.parametrize("scenario", WANTED)
def test_the_typescript_sdk_works_unmodified(told: dict[str, Any], scenario: str) -> None:
    assert told[scenario] == WANTED[scenario]


def test_every_scenario_is_held_against_something(told: dict[str, Any]) -> None:
    assert told.keys() == WANTED.keys()
