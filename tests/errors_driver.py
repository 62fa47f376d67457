"""What a user catches, with whichever openai SDK is importable, in each of the cases of `test_error_table.py`.

Run as a program it takes the URL of a server and the cases as JSON, and prints what the sync and the async client saw.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai

ALONGSIDE = 16  # calls at a time: some SDK sleeps half a second before it asks again, whatever it is told
VERSION = "2024-10-21"


def asked(case: dict[str, Any], who: str) -> dict[str, Any]:
    """The arguments of the call."""
    told = {"x-case": f"{case['name']} {who}"} | ({"x-mockai-fault": case["fault"]} if case["fault"] else {})
    words: dict[str, Any] = {"messages": [{"role": "user", "content": "Say hé."}]}
    words = {"input": "Say hé."} if case["api"] == "responses" else words
    model = {"model": f"{case['model']}-{who}" if case["own"] else case["model"]}
    return {**model, **words, "stream": case["stream"], "extra_headers": told, "timeout": case["timeout"]}


def caught(error: Exception | None, count: int) -> dict[str, Any]:
    """The error, as far as a user can see, and how many events there were before it."""
    names = ("status_code", "code", "param", "type", "request_id")
    seen = {name: getattr(error, name, None) for name in names}
    return {**seen, "error": type(error).__name__ if error else None, "count": count}


def sync(client: Any, case: dict[str, Any]) -> dict[str, Any]:
    """One call of a sync client."""
    count, client = 0, client.with_options(max_retries=case["retries"])
    make = client.responses.create if case["api"] == "responses" else client.chat.completions.create
    try:
        answer = make(**asked(case, "sync"))
        for _ in answer if case["stream"] else ():
            count += 1
    except Exception as error:
        return caught(error, count)
    return caught(None, count)


async def later(client: Any, case: dict[str, Any]) -> dict[str, Any]:
    """One call of an async client."""
    count, client = 0, client.with_options(max_retries=case["retries"])
    make = client.responses.create if case["api"] == "responses" else client.chat.completions.create
    try:
        answer = await make(**asked(case, "async"))
        if case["stream"]:
            async for _ in answer:
                count += 1
    except Exception as error:
        return caught(error, count)
    return caught(None, count)


async def every(plain: dict[str, Any], azure: dict[str, Any], cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All cases, some at a time."""
    turn = asyncio.Semaphore(ALONGSIDE)

    async def one(call: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        async with turn:
            return await call

    async with openai.AsyncOpenAI(**plain) as ours, openai.AsyncAzureOpenAI(**azure) as theirs:
        return await asyncio.gather(*(one(later(theirs if case["api"] == "azure" else ours, case)) for case in cases))


def main(url: str, told: str) -> dict[str, Any]:
    """What both clients see, by who saw it and the case's name."""
    cases = json.loads(told)
    plain: dict[str, Any] = {"base_url": url, "api_key": "sk-any"}
    azure: dict[str, Any] = {"azure_endpoint": url.removesuffix("/v1"), "api_key": "any", "api_version": VERSION}
    with openai.OpenAI(**plain) as ours, openai.AzureOpenAI(**azure) as theirs, ThreadPoolExecutor(ALONGSIDE) as pool:
        seen = list(pool.map(lambda case: sync(theirs if case["api"] == "azure" else ours, case), cases))
    names = [case["name"] for case in cases]
    waited = asyncio.run(every(plain, azure, cases))
    return {
        "version": openai.VERSION,
        "sync": dict(zip(names, seen, strict=True)),
        "async": dict(zip(names, waited, strict=True)),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
