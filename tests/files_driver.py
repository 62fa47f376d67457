"""Bytes in and out with whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

DATA = bytes(range(256)) * 400
UPLOAD: Any = {"mime_type": "text/plain", "purpose": "vision", "part_size": 30_000}


def sync(client: openai.OpenAI, file: Path) -> dict[str, Any]:
    """The sync client's way through files, an upload in parts, and a container."""
    plain = client.files.create(file=file, purpose="vision")
    done = client.uploads.upload_file_chunked(file=file, **UPLOAD)
    assert done.file is not None
    box = client.containers.create(name="box", file_ids=[plain.id])
    inside = [each.path for each in client.containers.files.list(box.id)]
    same = [client.files.content(id).content == DATA for id in (plain.id, done.file.id)]
    gone = client.files.delete(plain.id).deleted
    return {"same": same, "inside": inside, "gone": gone, "left": [each.bytes for each in client.files.list(limit=1)]}


async def asynchronous(client: openai.AsyncOpenAI, file: Path) -> dict[str, Any]:
    """The same by the async client."""
    plain = await client.files.create(file=file, purpose="vision")
    done = await client.uploads.upload_file_chunked(file=file, **UPLOAD)
    assert done.file is not None
    box = await client.containers.create(name="box", file_ids=[plain.id])
    inside = [each.path async for each in client.containers.files.list(box.id)]
    same = [(await client.files.content(id)).content == DATA for id in (plain.id, done.file.id)]
    gone = (await client.files.delete(plain.id)).deleted
    return {"same": same, "inside": inside, "gone": gone, "left": [e.bytes async for e in client.files.list(limit=1)]}


def main() -> dict[str, Any]:
    """What both clients saw."""
    library = library_of(openai.DefaultHttpxClient)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "big.bin")
        file.write_bytes(DATA)
        with openai.OpenAI(
            api_key="sk", http_client=library.Client(transport=MockAI(clock=ManualClock()).transport(library))
        ) as client:
            seen = {"sync": sync(client, file)}

        async def also() -> dict[str, Any]:
            transport = MockAI(clock=ManualClock()).transport(library)
            async with openai.AsyncOpenAI(api_key="sk", http_client=library.AsyncClient(transport=transport)) as client:
                return await asynchronous(client, file)

        return {"version": openai.__version__, **seen, "async": asyncio.run(also())}


if __name__ == "__main__":
    print(json.dumps(main()))
