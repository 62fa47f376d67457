"""A batch with whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

ENDPOINT: Any = "/v1/chat/completions"


def line(custom_id: str, text: str, **more: Any) -> dict[str, Any]:
    """A line that asks a chat for an answer."""
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": text}], **more}
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}


def jsonl(*lines: Any) -> tuple[str, bytes]:
    """A file of lines."""
    return "in.jsonl", b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def told(content: str) -> dict[str, Any]:
    """What the lines of an output say, by their names."""
    found = {}
    for each in map(json.loads, content.splitlines()):
        body = each["response"]["body"]
        found[each["custom_id"]] = (
            body["error"]["param"] if "error" in body else body["choices"][0]["message"]["content"]
        )
    return found


INPUT = jsonl(line("one", "scripted"), line("two", "wrong", temperature=9), line("three", "scripted"))


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's batch."""
    file = client.files.create(file=INPUT, purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")
    seen = [batch.status]
    while batch.status not in ("completed", "failed"):
        batch = client.batches.retrieve(batch.id)
        seen.append(batch.status)
    assert batch.output_file_id
    assert batch.error_file_id
    assert batch.request_counts
    return {
        "seen": seen,
        "counts": batch.request_counts.to_dict(),
        "output": told(client.files.content(batch.output_file_id).text),
        "errors": told(client.files.content(batch.error_file_id).text),
        "listed": [each.status for each in client.batches.list()],
    }


async def asynchronous(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's."""
    file = await client.files.create(file=INPUT, purpose="batch")
    batch = await client.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")
    seen = [batch.status]
    while batch.status not in ("completed", "failed"):
        batch = await client.batches.retrieve(batch.id)
        seen.append(batch.status)
    assert batch.output_file_id
    assert batch.error_file_id
    assert batch.request_counts
    return {
        "seen": seen,
        "counts": batch.request_counts.to_dict(),
        "output": told((await client.files.content(batch.output_file_id)).text),
        "errors": told((await client.files.content(batch.error_file_id)).text),
        "listed": [each.status async for each in client.batches.list()],
    }


def scripted(lifecycle: str) -> MockAI:
    """A mock that says what its stub says."""
    mock = MockAI(clock=ManualClock(), lifecycle=lifecycle, unmatched="synthesize")
    mock.on("chat.completions.create", messages__0__content="scripted").reply("as scripted")
    return mock


def main() -> dict[str, Any]:
    """What both clients see, each of a mock of its own."""
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    with openai.OpenAI(**options, http_client=library.Client(transport=scripted("instant").transport(library))) as one:
        seen = sync(one)

    async def later() -> dict[str, Any]:
        client = library.AsyncClient(transport=scripted("looks=1").transport(library))
        async with openai.AsyncOpenAI(**options, http_client=client) as other:
            return await asynchronous(other)

    return {"version": openai.__version__, "sync": seen, "async": asyncio.run(later())}


if __name__ == "__main__":
    print(json.dumps(main()))
