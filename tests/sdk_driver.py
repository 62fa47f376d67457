"""Drives whichever openai SDK is importable, sync and async, and tells as JSON what its user would see.

Each line of standard input is a JSON list `[KIND, WHERE, NAME…]`; each line of output what both clients see there. KIND
`url` talks to a server, `cassette` goes through the in-process transport, and `upstream` records through it. Each NAME
is a model the local upstream has a script for.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import openai

STREAMED = {"pieces", "fin", "reset", "eof", "error-event", "gzip-stream", "br-stream", "idle", "unframed"}
SHOWN = ("content-type", "content-encoding", "retry-after-ms", "x-request-id", "x-should-retry")


def asked(name: str) -> dict[str, Any]:
    """The arguments of the call."""
    return {"model": name, "messages": [{"role": "user", "content": "hé"}], "stream": name in STREAMED}


def told(seen: dict[str, Any], raw: Any) -> Any:
    """Note the head, and give what the SDK makes of the body."""
    seen["status"], seen["request_id"] = raw.status_code, raw.headers.get("x-request-id")
    seen["headers"] = headers(raw.headers)
    return raw.parse()


def headers(lines: Any) -> dict[str, str]:
    """The headers that have to be the same whenever an answer is heard."""
    return {key: value for key, value in lines.items() if key in SHOWN or key.startswith("x-ratelimit-")}


def words(chunk: Any) -> str:
    """The text in one chunk."""
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


def failed(seen: dict[str, Any], error: Exception) -> None:
    """Note what the user would catch."""
    seen["error"], seen["cause"] = type(error).__name__, type(error.__cause__ or error).__name__
    if isinstance(error, openai.APIStatusError):
        seen["status"], seen["request_id"] = error.status_code, error.request_id
        seen["headers"] = headers(error.response.headers)


def sync(client: openai.OpenAI, name: str) -> dict[str, Any]:
    """One call of the sync client."""
    seen: dict[str, Any] = {"name": name, "texts": []}
    try:
        answer = told(seen, client.chat.completions.with_raw_response.create(**asked(name)))
        if name in STREAMED:
            for chunk in answer:
                seen["texts"].append(words(chunk))
        else:
            seen["texts"].append(answer.choices[0].message.content)
    except Exception as error:
        failed(seen, error)
    return seen


async def later(client: openai.AsyncOpenAI, name: str) -> dict[str, Any]:
    """One call of the async client."""
    seen: dict[str, Any] = {"name": name, "texts": []}
    try:
        answer = told(seen, await client.chat.completions.with_raw_response.create(**asked(name)))
        if name in STREAMED:
            async for chunk in answer:
                seen["texts"].append(words(chunk))
        else:
            seen["texts"].append(answer.choices[0].message.content)
    except Exception as error:
        failed(seen, error)
    return seen


async def every(client: openai.AsyncOpenAI, names: Sequence[str]) -> list[dict[str, Any]]:
    """All calls, one after the other."""
    async with client:
        return [await later(client, name) for name in names]


def main(kind: str, where: str, *names: str) -> dict[str, Any]:
    """What both clients see."""
    options: dict[str, Any] = {"api_key": "sk-none", "max_retries": 0}
    with ExitStack() as stack:
        if kind == "url":
            plain = waiting = {**options, "base_url": where}
        else:
            from mockai import MockAI
            from mockai.edges.transport import library_of

            library = library_of(openai.DefaultHttpxClient)
            modes = {"cassette": {"cassette": where}, "upstream": {"upstream": where, "record_mode": "all"}}
            inside = stack.enter_context(MockAI(**modes[kind])).transport(library)
            plain = {**options, "base_url": "http://mock/v1", "http_client": library.Client(transport=inside)}
            waiting = {**options, "base_url": "http://mock/v1", "http_client": library.AsyncClient(transport=inside)}
        with openai.OpenAI(**plain) as client:
            seen = [sync(client, name) for name in names]
        return {"sync": seen, "async": asyncio.run(every(openai.AsyncOpenAI(**waiting), names))}


if __name__ == "__main__":
    print(openai.VERSION, flush=True)
    for line in sys.stdin:
        print(json.dumps(main(*json.loads(line))), flush=True)
