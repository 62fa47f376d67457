"""A browser's errands on whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

SESSION: Any = {"type": "realtime", "model": "gpt-realtime", "instructions": "Be brief."}
OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
ASKED: Any = {"user": "u1", "workflow": {"id": "wf_1"}}


def secret(made: Any) -> list[Any]:
    """What a browser gets."""
    return [made.value[:3], made.expires_at, made.session.instructions, made.session.audio.output.voice]


def answered(response: Any) -> list[Any]:
    """An answer to an offer, and whether it says where the call is."""
    return [response.status_code, response.headers["location"][:23], response.text[:5]]


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's errands."""
    seen = {"secret": secret(client.realtime.client_secrets.create(session=SESSION))}
    seen["call"] = answered(client.realtime.calls.create(sdp=OFFER, session=SESSION).response)
    client.realtime.calls.accept("rtc_1", **SESSION)
    try:
        client.realtime.calls.reject("rtc_1")
    except openai.BadRequestError as error:
        seen["twice"] = [error.status_code]
    chat = client.beta.chatkit.sessions.create(**ASKED)
    seen["chat"] = [chat.status, client.beta.chatkit.sessions.cancel(chat.id).status]
    (thread,) = client.beta.chatkit.threads.list(user="u1")
    seen["items"] = [item.type for item in client.beta.chatkit.threads.list_items(thread.id, order="asc")]
    return seen


async def later(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's errands."""
    async with client:
        seen = {"secret": secret(await client.realtime.client_secrets.create(session=SESSION))}
        seen["call"] = answered((await client.realtime.calls.create(sdp=OFFER, session=SESSION)).response)
        await client.realtime.calls.accept("rtc_1", **SESSION)
        try:
            await client.realtime.calls.reject("rtc_1")
        except openai.BadRequestError as error:
            seen["twice"] = [error.status_code]
        chat = await client.beta.chatkit.sessions.create(**ASKED)
        seen["chat"] = [chat.status, (await client.beta.chatkit.sessions.cancel(chat.id)).status]
        (thread,) = [each async for each in client.beta.chatkit.threads.list(user="u1")]
        listed = client.beta.chatkit.threads.list_items(thread.id, order="asc")
        seen["items"] = [item.type async for item in listed]
        return seen


def main() -> None:
    """Run both and tell what they saw."""
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    one, two = (MockAI(clock=ManualClock(1000)).transport(library) for _ in range(2))
    with openai.OpenAI(**options, http_client=library.Client(transport=one)) as client:
        plain = sync(client)
    awaited = asyncio.run(later(openai.AsyncOpenAI(**options, http_client=library.AsyncClient(transport=two))))
    print(json.dumps([openai.VERSION, plain, awaited]))


if __name__ == "__main__":
    main()
