"""A video with whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

ASKED: Any = {"prompt": "A lighthouse at dusk", "seconds": "8", "size": "1280x720"}


def told(video: Any, content: bytes, thumbnail: bytes) -> dict[str, Any]:
    """What matters of a video and of what was downloaded."""
    facts = {name: getattr(video, name) for name in ("status", "progress", "seconds", "size", "model")}
    return facts | {"film": content[4:8].decode(), "thumbnail": thumbnail[8:12].decode()}


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's video."""
    video = client.videos.create_and_poll(**ASKED)
    film, thumbnail = (
        client.videos.download_content(video.id, variant=kind).content for kind in ("video", "thumbnail")
    )
    return told(video, film, thumbnail)


async def asynchronous(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's."""
    video = await client.videos.create_and_poll(**ASKED)
    film = (await client.videos.download_content(video.id, variant="video")).content
    thumbnail = (await client.videos.download_content(video.id, variant="thumbnail")).content
    return told(video, film, thumbnail)


def main() -> dict[str, Any]:
    """What both clients see, each of a mock of its own."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the SDK says of videos that their API will end
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    mock = MockAI(clock=ManualClock())
    with openai.OpenAI(**options, http_client=library.Client(transport=mock.transport(library))) as one:
        seen = sync(one)

    async def later() -> dict[str, Any]:
        client = library.AsyncClient(transport=MockAI(clock=ManualClock(), lifecycle="looks=1").transport(library))
        async with openai.AsyncOpenAI(**options, http_client=client) as other:
            return await asynchronous(other)

    return {"version": openai.__version__, "sync": seen, "async": asyncio.run(later())}


if __name__ == "__main__":
    print(json.dumps(main()))
