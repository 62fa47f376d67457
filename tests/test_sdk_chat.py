"""The SDK's helpers for chats, sync and async, as the users of two major versions of it see them."""

from __future__ import annotations

from typing import Any

import chat_driver
import pytest
from sdks import driven

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


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_helpers_work_on_chats(sdk: str) -> None:
    with MockAI(admission="semantic") as mock, mock.serve() as url:
        seen = driven(chat_driver, sdk, url)
        assert {"sync": seen["sync"], "async": seen["async"]} == {"sync": SEEN, "async": SEEN}
        mock.verify()
