"""The SDK's helpers for chats, sync and async, as the users of two major versions of it see them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import chat_driver
import pytest
from wires import environment

from mockai import MockAI

SEEN: dict[str, Any] = {
    "parsed": {
        "trips": True,
        "streamed": True,
        "events": ["chunk", "content.delta", "content.done"],
        "words": True,
        "arguments": True,
        "tool events": [
            "chunk",
            "tool_calls.function.arguments.delta",
            "tool_calls.function.arguments.done",
        ],
        "same": True,
    },
    "streamed": {"done": True, "logprobs": True, "usage": True, "said": True, "cited": True},
    "raw": {
        "id": "req_",
        "limit": True,
        "said": True,
        "kind": "text/event-stream; charset=utf-8",
        "lines": ["data: ", "data: [DONE]"],
    },
    "spoken": {"magic": "RIFF", "same": True, "sound": True, "again": True},
    "refused": [400, "response_format", None],
    "azure": {"parsed": True, "filtered": True, "said": True},
}


def test_the_sdk_at_hand() -> None:
    with MockAI(admission="semantic") as mock, mock.serve() as url:
        assert chat_driver.main(url) == {"sync": SEEN, "async": SEEN}
        mock.verify()


def test_the_sdk_before() -> None:
    if not Path(sys.prefix, "sdk", "openai-2").is_dir():
        pytest.skip(f"There is no {sys.prefix}/sdk/openai-2; `make test` puts it there.")
    with MockAI(admission="semantic") as mock, mock.serve() as url:
        run = subprocess.run(
            [sys.executable, chat_driver.__file__, url],
            env=environment("openai-2"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen.pop("version").startswith("2.")
    assert seen == {"sync": SEEN, "async": SEEN}
