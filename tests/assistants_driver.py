"""A day with the Assistants API on whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIDES: Any = [{"role": "user", "content": "How do tides work?"}]
RAIN: Any = [{"role": "user", "content": "Please get the weather in Paris."}]


class Heard(openai.AssistantEventHandler):
    """Notes what the handler of a sync stream is told."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.words = ""

    def on_text_delta(self, delta: Any, _snapshot: Any) -> None:
        self.words += delta.value

    def on_message_done(self, message: Any) -> None:
        self.notes.append(f"message {message.status}")

    def on_tool_call_created(self, tool_call: Any) -> None:
        self.notes.append(f"call {tool_call.type}")

    def on_run_step_done(self, run_step: Any) -> None:
        self.notes.append(f"step {run_step.type} {run_step.status}")


class AsyncHeard(openai.AsyncAssistantEventHandler):
    """Notes what the handler of an async stream is told."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.words = ""

    async def on_text_delta(self, delta: Any, _snapshot: Any) -> None:
        self.words += delta.value

    async def on_message_done(self, message: Any) -> None:
        self.notes.append(f"message {message.status}")

    async def on_tool_call_created(self, tool_call: Any) -> None:
        self.notes.append(f"call {tool_call.type}")

    async def on_run_step_done(self, run_step: Any) -> None:
        self.notes.append(f"step {run_step.type} {run_step.status}")


def outputs(run: Any) -> Any:
    """The outputs of all functions that a run has asked for."""
    return [{"tool_call_id": call.id, "output": "sunny"} for call in run.required_action.submit_tool_outputs.tool_calls]


def said(messages: Any) -> list[str]:
    """Who said what, the newest first."""
    return [f"{message.role}: {message.content[0].text.value}" for message in messages]


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's day."""
    seen: dict[str, Any] = {}
    beta = client.beta
    helper = beta.assistants.create(model="gpt-4o", instructions="Be brief.", tools=[WEATHER])
    seen["listed"] = [each.id == helper.id for each in beta.assistants.list()]
    thread = beta.threads.create(messages=TIDES)
    run = beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=helper.id)
    seen["polled"] = [run.status, run.usage.total_tokens if run.usage else 0]
    seen["said"] = said(beta.threads.messages.list(thread.id))
    steps = list(beta.threads.runs.steps.list(run.id, thread_id=thread.id))
    seen["steps"] = [[step.type, step.status] for step in steps]
    asking = beta.threads.create_and_run_poll(assistant_id=helper.id, thread={"messages": RAIN})
    seen["asks"] = asking.status
    done = beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=asking.id, thread_id=asking.thread_id, tool_outputs=outputs(asking)
    )
    seen["goes on"] = done.status
    heard = Heard()
    with beta.threads.create_and_run_stream(
        assistant_id=helper.id, thread={"messages": RAIN}, event_handler=heard
    ) as stream:
        waiting = stream.get_final_run()
    seen["streamed"] = [waiting.status, *heard.notes]
    more = Heard()
    with beta.threads.runs.submit_tool_outputs_stream(
        run_id=waiting.id, thread_id=waiting.thread_id, tool_outputs=outputs(waiting), event_handler=more
    ) as stream:
        stream.until_done()
    seen["streams on"] = more.notes
    seen["words"] = said(beta.threads.messages.list(waiting.thread_id))[0] == f"assistant: {more.words}"
    last = Heard()
    with beta.threads.runs.stream(thread_id=thread.id, assistant_id=helper.id, event_handler=last) as stream:
        seen["final"] = [message.status for message in stream.get_final_messages()]
    try:
        beta.threads.runs.cancel(run.id, thread_id=thread.id)
    except openai.BadRequestError as error:
        seen["refused"] = error.message
    seen["deleted"] = [beta.threads.delete(thread.id).deleted, beta.assistants.delete(helper.id).deleted]
    return seen


async def later(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's day: the same."""
    seen: dict[str, Any] = {}
    beta = client.beta
    helper = await beta.assistants.create(model="gpt-4o", instructions="Be brief.", tools=[WEATHER])
    seen["listed"] = [each.id == helper.id async for each in beta.assistants.list()]
    thread = await beta.threads.create(messages=TIDES)
    run = await beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=helper.id)
    seen["polled"] = [run.status, run.usage.total_tokens if run.usage else 0]
    seen["said"] = said([each async for each in beta.threads.messages.list(thread.id)])
    steps = [each async for each in beta.threads.runs.steps.list(run.id, thread_id=thread.id)]
    seen["steps"] = [[step.type, step.status] for step in steps]
    asking = await beta.threads.create_and_run_poll(assistant_id=helper.id, thread={"messages": RAIN})
    seen["asks"] = asking.status
    done = await beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=asking.id, thread_id=asking.thread_id, tool_outputs=outputs(asking)
    )
    seen["goes on"] = done.status
    heard = AsyncHeard()
    async with beta.threads.create_and_run_stream(
        assistant_id=helper.id, thread={"messages": RAIN}, event_handler=heard
    ) as stream:
        waiting = await stream.get_final_run()
    seen["streamed"] = [waiting.status, *heard.notes]
    more = AsyncHeard()
    async with beta.threads.runs.submit_tool_outputs_stream(
        run_id=waiting.id, thread_id=waiting.thread_id, tool_outputs=outputs(waiting), event_handler=more
    ) as stream:
        await stream.until_done()
    seen["streams on"] = more.notes
    newest = said([each async for each in beta.threads.messages.list(waiting.thread_id)])[0]
    seen["words"] = newest == f"assistant: {more.words}"
    last = AsyncHeard()
    async with beta.threads.runs.stream(thread_id=thread.id, assistant_id=helper.id, event_handler=last) as stream:
        seen["final"] = [message.status for message in await stream.get_final_messages()]
    try:
        await beta.threads.runs.cancel(run.id, thread_id=thread.id)
    except openai.BadRequestError as error:
        seen["refused"] = error.message
    gone = await beta.threads.delete(thread.id)
    seen["deleted"] = [gone.deleted, (await beta.assistants.delete(helper.id)).deleted]
    return seen


def main() -> dict[str, Any]:
    """What both clients see, each of a mock of its own."""
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDKs say so of every call of this family
        with MockAI(clock=ManualClock()) as mock:
            inside = library.Client(transport=mock.transport(library))
            with openai.OpenAI(**options, http_client=inside) as client:
                seen = sync(client)

        async def day() -> dict[str, Any]:
            with MockAI(clock=ManualClock()) as mock:
                inside = library.AsyncClient(transport=mock.transport(library))
                async with openai.AsyncOpenAI(**options, http_client=inside) as client:
                    return await later(client)

        return {"sync": seen, "async": asyncio.run(day())}


if __name__ == "__main__":
    print(json.dumps({"version": openai.VERSION, **main()}))
