"""What both servers answer with: one chat completion of 50 tokens, plain and as 50 streamed chunks."""

from __future__ import annotations

import orjson

WORDS = [f"word{index} " for index in range(50)]


def completion() -> bytes:
    body = {
        "id": "chatcmpl-" + "A" * 29,
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "".join(WORDS), "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 50, "total_tokens": 62},
        "service_tier": "default",
        "system_fingerprint": "fp_bench",
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def pieces() -> list[bytes]:
    """50 events; the last one carries the finish and `[DONE]`, so that a chunk is a piece on the wire."""
    head = {
        "id": "chatcmpl-" + "A" * 29,
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": "gpt-4o",
    }
    events = [
        {**head, "choices": [{"index": 0, "delta": {"content": word}, "logprobs": None, "finish_reason": None}]}
        for word in WORDS
    ]
    chunks = [b"data: " + orjson.dumps(event) + b"\n\n" for event in events]
    chunks[-1] += b"data: [DONE]\n\n"
    return chunks


def question(number: int, stream: bool = False) -> bytes:
    body = {
        "messages": [
            {"role": "system", "content": "You are a helpful assistant that answers in a few words."},
            {"role": "user", "content": f"Question number {number}: what is the answer?"},
        ],
        "model": "gpt-4o-mini",
        "temperature": 0.5,
    }
    return orjson.dumps({**body, "stream": True} if stream else body)


HEADERS = (
    ("host", "127.0.0.1"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("authorization", "Bearer sk-bench"),
    ("content-type", "application/json"),
    ("user-agent", "OpenAI/Python 3.52.0"),
    ("x-stainless-lang", "python"),
    ("x-stainless-package-version", "3.52.0"),
    ("x-stainless-os", "Linux"),
    ("x-stainless-arch", "x64"),
    ("x-stainless-runtime", "CPython"),
    ("x-stainless-runtime-version", "3.11.7"),
    ("x-stainless-async", "async:asyncio"),
    ("x-stainless-retry-count", "0"),
    ("x-stainless-read-timeout", "600"),
)
"""The headers of the real SDK, so that both servers parse what they meet in practice."""


def wire(body: bytes) -> bytes:
    """A whole HTTP request as the SDK sends it."""
    lines = [f"{name}: {value}" for name, value in (*HEADERS, ("content-length", str(len(body))))]
    return ("POST /v1/chat/completions HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode() + body
