"""What a user of the SDK's helpers for chats sees, with whichever openai SDK is importable.

Run as a program it takes the URL of a server and prints, as JSON, what the sync and the async client saw there.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import sys
from enum import StrEnum
from typing import Any, Literal

import openai
from pydantic import BaseModel, Field

QUESTION: list[Any] = [{"role": "user", "content": "Plan a trip to Lisbon"}]


class Means(StrEnum):
    TRAIN = "train"
    PLANE = "plane"


class Stop(BaseModel):
    kind: Literal["stop"]
    city: str
    nights: int = Field(ge=1, le=30)


class Ride(BaseModel):
    kind: Literal["ride"]
    means: Means
    price: float | None


class Trip(BaseModel):
    """Nested, optional, union, recursive, literal, enum and constrained: all a model can be."""

    title: str = Field(description="A short name")
    legs: list[Stop | Ride]
    best: Stop | None
    before: Trip | None


class Weather(BaseModel):
    """The weather at a place."""

    city: str
    unit: Literal["c", "f"] | None


async def got(value: Any) -> Any:
    """The value of a call, of either client."""
    return await value if inspect.isawaitable(value) else value


async def every(stream: Any) -> list[Any]:
    """All items of a stream, of either client."""
    return [item async for item in stream] if hasattr(stream, "__aiter__") else list(stream)


class Opened:
    """A context manager of either client."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    async def __aenter__(self) -> Any:
        if hasattr(self.manager, "__aenter__"):
            return await self.manager.__aenter__()
        return self.manager.__enter__()

    async def __aexit__(self, *error: Any) -> None:
        if hasattr(self.manager, "__aexit__"):
            await self.manager.__aexit__(*error)
        else:
            self.manager.__exit__(*error)


async def parsed(client: Any) -> dict[str, Any]:
    """An answer as an object, whole and streamed, and a call's arguments."""
    chat = client.chat.completions
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": QUESTION}
    trips = [(await got(chat.parse(**asked, response_format=Trip, seed=seed))).choices[0].message for seed in range(8)]
    async with Opened(chat.stream(**asked, response_format=Trip, seed=1)) as stream:
        events = await every(stream)
        whole = await got(stream.get_final_completion())
    tool = openai.pydantic_function_tool(Weather, name="get_weather")
    called = await got(chat.parse(**asked, tools=[tool], tool_choice="required"))
    arguments = called.choices[0].message.tool_calls[0].function.parsed_arguments
    async with Opened(chat.stream(**asked, tools=[tool], tool_choice="required")) as stream:
        tools = [event.type for event in await every(stream)]
        again = await got(stream.get_final_completion())
    final = whole.choices[0].message
    return {
        "trips": all(isinstance(trip.parsed, Trip) for trip in trips),
        "streamed": final.parsed == trips[1].parsed,
        "events": list(dict.fromkeys(event.type for event in events)),
        "words": "".join(event.delta for event in events if event.type == "content.delta") == final.content,
        "arguments": isinstance(arguments, Weather),
        "tool events": list(dict.fromkeys(tools)),
        "same": again.choices[0].message.tool_calls[0].function.parsed_arguments == arguments,
    }


async def streamed(client: Any) -> dict[str, Any]:
    """The stream helper with all that may stand beside the words."""
    chat = client.chat.completions
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": QUESTION, "stream_options": {"include_usage": True}}
    async with Opened(chat.stream(**asked, logprobs=True, top_logprobs=2, n=2)) as stream:
        events = await every(stream)
        whole = await got(stream.get_final_completion())
    plain = await got(chat.create(model="gpt-4o", messages=QUESTION, n=2))
    found = await got(chat.create(model="gpt-4o-search-preview", messages=QUESTION))
    cited = found.choices[0].message.annotations[0].url_citation
    return {
        "done": [event.content for event in events if event.type == "content.done"]
        == [choice.message.content for choice in plain.choices],
        "logprobs": any(event.type == "logprobs.content.delta" for event in events),
        "usage": whole.usage.model_dump() == plain.usage.model_dump(),
        "said": [choice.message.content for choice in whole.choices]
        == [choice.message.content for choice in plain.choices],
        "cited": found.choices[0].message.content[cited.start_index : cited.end_index].endswith(f"({cited.url}))"),
    }


async def raw(client: Any) -> dict[str, Any]:
    """Answers with their headers, read at once and line by line."""
    chat = client.chat.completions
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": QUESTION}
    reply = await got(chat.with_raw_response.create(**asked))
    value = await got(reply.parse())
    async with Opened(chat.with_streaming_response.create(**asked, stream=True)) as streaming:
        kind = streaming.headers["content-type"]
        lines = [line for line in await every(streaming.iter_lines()) if line]
    return {
        "id": reply.headers["x-request-id"][:4],
        "limit": reply.headers["x-ratelimit-limit-requests"].isdigit(),
        "said": bool(value.choices[0].message.content),
        "kind": kind,
        "lines": [lines[0][:6], lines[-1]],
    }


async def spoken(client: Any) -> dict[str, Any]:
    """An answer as sound, and as a stream of it."""
    chat = client.chat.completions
    asked: dict[str, Any] = {"model": "gpt-audio", "messages": QUESTION, "modalities": ["text", "audio"]}
    whole = await got(chat.create(**asked, audio={"voice": "alloy", "format": "wav"}))
    audio = whole.choices[0].message.audio
    chunks = await every(await got(chat.create(**asked, audio={"voice": "alloy", "format": "pcm16"}, stream=True)))
    deltas = [chunk.choices[0].delta.model_dump().get("audio") or {} for chunk in chunks]
    answer = {"role": "assistant", "audio": {"id": audio.id}}
    later = [*QUESTION, answer, {"role": "user", "content": "Again, please"}]
    again = await got(chat.create(**(asked | {"messages": later}), audio={"voice": "alloy", "format": "mp3"}))
    return {
        "magic": base64.b64decode(audio.data)[:4].decode(),
        "same": "".join(delta.get("transcript") or "" for delta in deltas) == audio.transcript,
        "sound": sum(len(base64.b64decode(delta.get("data") or "")) for delta in deltas) > 48_000,
        "again": bool(again.choices[0].message.audio.transcript),
    }


async def refused(client: Any) -> list[Any]:
    """What a schema that strict mode does not take is answered with."""
    shape = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": {"type": "object"}}}
    try:
        await got(client.chat.completions.create(model="gpt-4o", messages=QUESTION, response_format=shape))
    except openai.BadRequestError as error:
        return [error.status_code, error.param, error.code]
    return []


async def azure(client: Any) -> dict[str, Any]:
    """The same by a deployment of Azure's."""
    chat = client.chat.completions
    trip = await got(chat.parse(model="gpt-4o", messages=QUESTION, response_format=Trip))
    async with Opened(chat.stream(model="gpt-4o", messages=QUESTION)) as stream:
        await every(stream)
        whole = await got(stream.get_final_completion())
    return {
        "parsed": isinstance(trip.choices[0].message.parsed, Trip),
        "filtered": "content_filter_results" in (trip.choices[0].model_extra or {}),
        "said": bool(whole.choices[0].message.content),
    }


async def seen(client: Any, hosted: Any) -> dict[str, Any]:
    """All of it, with one pair of clients."""
    return {step.__name__: await step(client) for step in (parsed, streamed, raw, spoken, refused)} | {
        "azure": await azure(hosted)
    }


def main(url: str) -> dict[str, Any]:
    """What the sync and the async client saw."""
    given: dict[str, Any] = {"api_key": "sk-test", "max_retries": 0}
    there: dict[str, Any] = {"azure_endpoint": url.removesuffix("/v1"), "api_version": "2025-04-01-preview", **given}

    async def both() -> dict[str, Any]:
        with openai.OpenAI(base_url=url, **given) as client, openai.AzureOpenAI(**there) as hosted:
            sync = await seen(client, hosted)
        async with openai.AsyncOpenAI(base_url=url, **given) as client, openai.AsyncAzureOpenAI(**there) as hosted:
            return {"sync": sync, "async": await seen(client, hosted)}

    return asyncio.run(both())


if __name__ == "__main__":
    print(json.dumps({"version": openai.__version__, **main(sys.argv[1])}))
