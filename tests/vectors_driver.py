"""An afternoon with vectors on whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

FRANCE = ("france.txt", b"Paris is the capital of France. It lies on the Seine.")
FRUIT = ("fruit.md", b"# Fruit\nBananas are yellow. Monkeys like them a lot.")
TABLE = ("table.csv", b"a,b")
SMALL: Any = {"model": "text-embedding-3-small", "input": ["a cat sleeps", "the cat slept", "stock prices fell"]}
LAST: Any = {"key": "year", "type": "gte", "value": 2024}


def cosines(answer: Any) -> list[bool]:
    """Whether the first vector is of length one, and nearer to the second than to the third."""
    first, second, third = (each.embedding for each in answer.data)
    near = [sum(map(float.__mul__, first, other)) for other in (first, second, third)]
    return [math.isclose(near[0], 1, abs_tol=1e-5), near[1] > near[2]]


def judged(answer: Any) -> list[Any]:
    """What a moderation flags."""
    return [answer.results[0].flagged, answer.results[0].categories.violence]


def found(page: Any) -> list[Any]:
    """The names of the files that a search found, and whether the scores fall."""
    scores = [hit.score for hit in page]
    return [[hit.filename for hit in page], scores == sorted(scores, reverse=True)]


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's afternoon."""
    seen: dict[str, Any] = {"near": cosines(client.embeddings.create(**SMALL))}
    plain = client.embeddings.create(**SMALL, encoding_format="float").data[0].embedding
    packed = client.embeddings.create(**SMALL).data[0].embedding
    seen["packed"] = all(math.isclose(a, b, abs_tol=1e-7) for a, b in zip(plain, packed, strict=True))
    store = client.vector_stores.create(name="mine", expires_after={"anchor": "last_active_at", "days": 1})
    files = client.vector_stores.files
    file = files.upload_and_poll(vector_store_id=store.id, file=FRANCE)
    seen["polled"] = [file.status, file.usage_bytes]
    batch = client.vector_stores.file_batches.upload_and_poll(store.id, files=[FRUIT, TABLE])
    seen["batch"] = [batch.status, batch.file_counts.completed, batch.file_counts.failed]
    of_batch = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, order="asc")
    seen["of the batch"] = sorted(each.last_error.code if each.last_error else each.status for each in of_batch)
    files.update(file.id, vector_store_id=store.id, attributes={"year": 2025})
    search = client.vector_stores.search
    seen["capital"] = found(search(store.id, query="What is the capital of France?"))
    seen["filtered"] = found(search(store.id, query=["monkeys", "bananas"], filters=LAST))
    seen["content"] = [part.text for part in files.content(file.id, vector_store_id=store.id)]
    seen["listed"] = [each.status for each in files.list(store.id, order="asc", filter="failed")]
    seen["counts"] = client.vector_stores.retrieve(store.id).file_counts.to_dict()
    seen["gone"] = [files.delete(file.id, vector_store_id=store.id).deleted, client.files.retrieve(file.id).filename]
    seen["deleted"] = client.vector_stores.delete(store.id).deleted
    try:
        client.vector_stores.retrieve(store.id)
    except openai.NotFoundError as error:
        seen["missing"] = error.message.replace(store.id, "ID")
    seen["judged"] = judged(client.moderations.create(input="I want to kill them."))
    stream = client.completions.create(model="davinci-002", prompt="Otters", max_tokens=9, stream=True)
    whole = client.completions.create(model="davinci-002", prompt="Otters", max_tokens=9)
    seen["continued"] = "".join(chunk.choices[0].text for chunk in stream) == whole.choices[0].text
    return seen


async def later(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's afternoon: the same."""
    seen: dict[str, Any] = {"near": cosines(await client.embeddings.create(**SMALL))}
    plain = (await client.embeddings.create(**SMALL, encoding_format="float")).data[0].embedding
    packed = (await client.embeddings.create(**SMALL)).data[0].embedding
    seen["packed"] = all(math.isclose(a, b, abs_tol=1e-7) for a, b in zip(plain, packed, strict=True))
    store = await client.vector_stores.create(name="mine", expires_after={"anchor": "last_active_at", "days": 1})
    files = client.vector_stores.files
    file = await files.upload_and_poll(vector_store_id=store.id, file=FRANCE)
    seen["polled"] = [file.status, file.usage_bytes]
    batch = await client.vector_stores.file_batches.upload_and_poll(store.id, files=[FRUIT, TABLE])
    seen["batch"] = [batch.status, batch.file_counts.completed, batch.file_counts.failed]
    of_batch = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, order="asc")
    seen["of the batch"] = sorted([each.last_error.code if each.last_error else each.status async for each in of_batch])
    await files.update(file.id, vector_store_id=store.id, attributes={"year": 2025})
    search = client.vector_stores.search
    seen["capital"] = found([each async for each in search(store.id, query="What is the capital of France?")])
    filtered = search(store.id, query=["monkeys", "bananas"], filters=LAST)
    seen["filtered"] = found([each async for each in filtered])
    seen["content"] = [part.text async for part in files.content(file.id, vector_store_id=store.id)]
    seen["listed"] = [each.status async for each in files.list(store.id, order="asc", filter="failed")]
    seen["counts"] = (await client.vector_stores.retrieve(store.id)).file_counts.to_dict()
    gone = await files.delete(file.id, vector_store_id=store.id)
    seen["gone"] = [gone.deleted, (await client.files.retrieve(file.id)).filename]
    seen["deleted"] = (await client.vector_stores.delete(store.id)).deleted
    try:
        await client.vector_stores.retrieve(store.id)
    except openai.NotFoundError as error:
        seen["missing"] = error.message.replace(store.id, "ID")
    seen["judged"] = judged(await client.moderations.create(input="I want to kill them."))
    stream = await client.completions.create(model="davinci-002", prompt="Otters", max_tokens=9, stream=True)
    whole = await client.completions.create(model="davinci-002", prompt="Otters", max_tokens=9)
    heard = [chunk.choices[0].text async for chunk in stream]
    seen["continued"] = "".join(heard) == whole.choices[0].text
    return seen


def main() -> dict[str, Any]:
    """What both clients see, each of a mock of its own."""
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    with MockAI(clock=ManualClock()) as mock:
        inside = library.Client(transport=mock.transport(library))
        with openai.OpenAI(**options, http_client=inside) as client:
            seen = sync(client)

    async def afternoon() -> dict[str, Any]:
        with MockAI(clock=ManualClock(), lifecycle="looks=2") as mock:
            inside = library.AsyncClient(transport=mock.transport(library))
            async with openai.AsyncOpenAI(**options, http_client=inside) as client:
                return await later(client)

    return {"sync": seen, "async": asyncio.run(afternoon())}


if __name__ == "__main__":
    print(json.dumps({"version": openai.VERSION, **main()}))
