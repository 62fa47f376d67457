"""A day with the Responses API on whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import openai
from pydantic import BaseModel

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Person(BaseModel):
    """What structured output is parsed into."""

    name: str
    age: int


def told() -> MockAI:
    """A mock that says hello to whoever says hello."""
    mock = MockAI(clock=ManualClock(), unmatched="synthesize")
    mock.on("responses.create", input="hello").reply("Hello!")
    return mock


def sync(client: openai.OpenAI, azure: openai.AzureOpenAI) -> dict[str, Any]:
    """The day of the sync client."""
    day: dict[str, Any] = {"said": client.responses.create(model="gpt-4o", input="hello").output_text}
    with client.responses.stream(model="gpt-4o", input="hello") as events:
        day["streamed"] = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        final = events.get_final_response()
    again = client.responses.retrieve(final.id, stream=True, starting_after=1)
    day["resumed"] = "".join(event.delta for event in again if event.type == "response.output_text.delta")
    parsed = client.responses.parse(model="gpt-4o", input="Ann is 7", text_format=Person)
    day["parsed"] = isinstance(parsed.output_parsed, Person)
    begun = client.responses.create(model="gpt-4o", input="hello", background=True)
    day["polled"] = [begun.status, client.responses.retrieve(begun.id).status]
    called = client.responses.create(model="gpt-4o", input="x", tools=[WEATHER], tool_choice="required")
    day["called"] = getattr(called.output[0], "name", None)
    talk = client.conversations.create(items=[{"type": "message", "role": "user", "content": "hi"}])
    for _ in range(2):
        client.responses.create(model="gpt-4o", input="hello", conversation=talk.id)
    day["remembered"] = len(list(client.conversations.items.list(talk.id, limit=2)))
    client.responses.delete(final.id)
    day["missing"] = []
    try:
        client.responses.retrieve(final.id)
    except openai.APIStatusError as error:
        day["missing"].append(type(error).__name__)
    try:
        client.responses.create(model="gpt-4o", input="x", previous_response_id=final.id)
    except openai.APIStatusError as error:
        day["missing"].append(type(error).__name__)
    day["deleted"] = client.conversations.delete(talk.id).deleted
    day["azure"] = azure.responses.create(model="gpt-4o", input="hi").status
    return day


async def later(client: openai.AsyncOpenAI, azure: openai.AsyncAzureOpenAI) -> dict[str, Any]:
    """The day of the async client."""
    day: dict[str, Any] = {"said": (await client.responses.create(model="gpt-4o", input="hello")).output_text}
    async with client.responses.stream(model="gpt-4o", input="hello") as events:
        heard = [event.delta async for event in events if event.type == "response.output_text.delta"]
        day["streamed"] = "".join(heard)
        final = await events.get_final_response()
    again = await client.responses.retrieve(final.id, stream=True, starting_after=1)
    day["resumed"] = "".join([event.delta async for event in again if event.type == "response.output_text.delta"])
    parsed = await client.responses.parse(model="gpt-4o", input="Ann is 7", text_format=Person)
    day["parsed"] = isinstance(parsed.output_parsed, Person)
    begun = await client.responses.create(model="gpt-4o", input="hello", background=True)
    day["polled"] = [begun.status, (await client.responses.retrieve(begun.id)).status]
    called = await client.responses.create(model="gpt-4o", input="x", tools=[WEATHER], tool_choice="required")
    day["called"] = getattr(called.output[0], "name", None)
    talk = await client.conversations.create(items=[{"type": "message", "role": "user", "content": "hi"}])
    for _ in range(2):
        await client.responses.create(model="gpt-4o", input="hello", conversation=talk.id)
    day["remembered"] = len([item async for item in client.conversations.items.list(talk.id, limit=2)])
    await client.responses.delete(final.id)
    day["missing"] = []
    try:
        await client.responses.retrieve(final.id)
    except openai.APIStatusError as error:
        day["missing"].append(type(error).__name__)
    try:
        await client.responses.create(model="gpt-4o", input="x", previous_response_id=final.id)
    except openai.APIStatusError as error:
        day["missing"].append(type(error).__name__)
    day["deleted"] = (await client.conversations.delete(talk.id)).deleted
    day["azure"] = (await azure.responses.create(model="gpt-4o", input="hi")).status
    return day


def main() -> dict[str, Any]:
    """What both clients see."""
    library = library_of(openai.DefaultHttpxClient)
    at: dict[str, Any] = {"azure_endpoint": "https://mock.openai.azure.com", "api_version": "2025-04-01-preview"}
    inside, outside = told().transport(library), told().transport(library)
    with library.Client(transport=inside) as plain, library.Client(transport=inside) as other:
        seen = sync(
            openai.OpenAI(api_key="sk-none", http_client=plain),
            openai.AzureOpenAI(api_key="sk-none", http_client=other, **at),
        )

    async def run() -> dict[str, Any]:
        async with library.AsyncClient(transport=outside) as plain, library.AsyncClient(transport=outside) as other:
            return await later(
                openai.AsyncOpenAI(api_key="sk-none", http_client=plain),
                openai.AsyncAzureOpenAI(api_key="sk-none", http_client=other, **at),
            )

    return {"version": openai.__version__, "sync": seen, "async": asyncio.run(run())}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(main()))
