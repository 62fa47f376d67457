"""What a user of images, audio, stored completions and fine-tuning sees, with whichever openai SDK is importable.

Run as a program it takes the URL of a server and prints, as JSON, what the sync and the async client saw there.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import sys
import warnings
from typing import Any

import openai

LINE = json.dumps({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello!"}]})


async def got(value: Any) -> Any:
    """The value of a call, of either client."""
    return await value if inspect.isawaitable(value) else value


async def every(value: Any) -> list[Any]:
    """All items of a page (and those after it) or of a stream, of either client."""
    if hasattr(value, "__aiter__"):
        return [item async for item in value]
    return list(await got(value))


async def stored(client: Any) -> dict[str, Any]:
    """Completions that are kept: asked for, listed, changed, deleted."""
    chat = client.chat.completions
    question: list[Any] = [{"role": "user", "content": "one"}]
    first = await got(chat.create(model="gpt-4o", messages=question, store=True, metadata={"team": "a"}))
    stream = await got(chat.create(model="gpt-4o", messages=question, store=True, stream=True))
    streamed = (await every(stream))[0].id
    listed = [item.id for item in await every(chat.list(limit=1)) if item.id in (first.id, streamed)]
    changed = await got(chat.update(first.id, metadata={"team": "b"}))
    messages = await every(chat.messages.list(first.id))
    chosen = [item.id for item in await every(chat.list(metadata={"team": "b"}))]
    gone = await got(chat.delete(first.id))
    await got(chat.delete(streamed))
    try:
        await got(chat.retrieve(first.id))
    except openai.NotFoundError as error:
        refused = (error.code, error.param)
    return {
        "listed": listed == [first.id, streamed],
        "metadata": changed.metadata,
        "messages": [(message.id == f"{first.id}-0", message.role, message.content) for message in messages],
        "chosen": chosen == [first.id],
        "deleted": gone.deleted,
        "refused": refused,
    }


async def tuned(client: Any) -> dict[str, Any]:
    """A model of one's own: made, asked, deleted."""
    data = "\n".join([LINE] * 12).encode()
    file = await got(client.files.create(file=("train.jsonl", data), purpose="fine-tune"))
    jobs = client.fine_tuning.jobs
    job = await got(jobs.create(model="gpt-4o-mini", training_file=file.id, suffix="acme"))
    first = job.status
    job = await got(jobs.retrieve(job.id))
    events = [event.message for event in await every(jobs.list_events(job.id, limit=50))]
    checkpoints = await every(jobs.checkpoints.list(job.id))
    results = await got(client.files.content(job.result_files[0]))
    words = await got(
        client.chat.completions.create(model=job.fine_tuned_model, messages=[{"role": "user", "content": "a"}])
    )
    known = [model.id for model in await every(client.models.list())]
    gone = await got(client.models.delete(job.fine_tuned_model))
    return {
        "statuses": [first, job.status],
        "events": [events[0], events[-2] == f"Validating training file: {file.id}", len(events) == len(set(events))],
        "checkpoints": [each.step_number for each in checkpoints],
        "results": base64.b64decode(results.content).decode().splitlines()[0],
        "answers": (words.model == job.fine_tuned_model, job.fine_tuned_model in known),
        "deleted": gone.deleted,
    }


async def drawn(client: Any) -> dict[str, Any]:
    """Pictures: whole, in a stream, and edited."""
    one = await got(
        client.images.generate(model="gpt-image-1-mini", prompt="a dot", quality="low", output_format="webp")
    )
    stream = await got(client.images.generate(model="gpt-image-1", prompt="a dot", stream=True, partial_images=2))
    events = [event.type for event in await every(stream)]
    picture = base64.b64decode(one.data[0].b64_json)
    edited = await got(client.images.edit(model="gpt-image-1", image=[("a.webp", picture, "image/webp")], prompt="b"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        older = await got(client.images.create_variation(image=("a.png", b"", "image/png"), n=2, size="256x256"))
    return {
        "magic": picture[:4].decode(),
        "tokens": one.usage.output_tokens,
        "events": events,
        "edited": edited.usage.input_tokens_details.image_tokens,
        "older": [each.url.startswith("http") for each in older.data],
    }


async def heard(client: Any) -> dict[str, Any]:
    """Speech, and what is understood of it."""
    spoken = await got(
        client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="hello", response_format="wav")
    )
    sound = ("hello.wav", spoken.content)
    listen = client.audio.transcriptions
    plain = await got(listen.create(model="whisper-1", file=sound, response_format="text"))
    timed = await got(
        listen.create(model="whisper-1", file=sound, response_format="verbose_json", timestamp_granularities=["word"])
    )
    stream = await got(listen.create(model="gpt-4o-transcribe", file=sound, stream=True))
    events = await every(stream)
    said = "".join(event.delta for event in events if event.type == "transcript.text.delta")
    return {
        "wave": spoken.content[:4].decode(),
        "plain": plain.endswith("\n"),
        "words": " ".join(word.word for word in timed.words)[:5],
        "streamed": said == events[-1].text,
    }


async def scenario(client: Any) -> dict[str, Any]:
    """Everything, with one client."""
    return {part.__name__: await part(client) for part in (stored, tuned, drawn, heard)}


def main(url: str) -> dict[str, Any]:
    """What both clients see."""

    async def later() -> dict[str, Any]:
        async with openai.AsyncOpenAI(base_url=url, api_key="sk-none", max_retries=0) as client:
            return await scenario(client)

    with openai.OpenAI(base_url=url, api_key="sk-none", max_retries=0) as client:
        return {"sync": asyncio.run(scenario(client)), "async": asyncio.run(later())}


if __name__ == "__main__":
    print(json.dumps({"version": openai.VERSION, **main(sys.argv[1])}))
