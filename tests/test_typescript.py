"""The official TypeScript SDK, unmodified: the package from npm, run by Node.js against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mockai import MockAI

FOLDER = Path(__file__).parent / "typescript"
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
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "openai").is_dir():
        if os.environ.get("CI"):
            pytest.fail("The TypeScript SDK is not installed: .ci/run must install Node.js, and make its packages.")
        pytest.skip("needs Node.js and `npm ci` in tests/typescript")
    with MockAI() as mock, mock.serve() as url:
        local = {"OPENAI_BASE_URL": url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        done = subprocess.run(
            [node, "scenarios.mjs"],
            cwd=FOLDER,
            env=os.environ | local,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@pytest.mark.parametrize("scenario", WANTED)
def test_the_typescript_sdk_works_unmodified(told: dict[str, Any], scenario: str) -> None:
    assert told[scenario] == WANTED[scenario]


def test_every_scenario_is_held_against_something(told: dict[str, Any]) -> None:
    assert told.keys() == WANTED.keys()
