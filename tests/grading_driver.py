"""Graders, an eval and a skill with whichever openai SDK is importable, sync and async, told as JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai

from mockai import ManualClock, MockAI
from mockai.edges.transport import library_of

CHECK: Any = {"type": "string_check", "name": "exact", "operation": "eq", "input": "{{sample.output_text}}"}
CHECK |= {"reference": "{{item.city}}"}
CONFIG: Any = {"type": "custom", "item_schema": {"type": "object"}, "include_sample_schema": True}
DATA: Any = {"type": "jsonl", "source": {"type": "file_content", "content": []}}
DATA["source"]["content"] = [
    {"item": {"city": "Paris"}, "sample": {"output_text": "Paris"}},
    {"item": {"city": "Rome"}, "sample": {"output_text": "Milan"}},
]
SKILL: Any = [("tides/SKILL.md", b"---\nname: tides\ndescription: Reads tide tables\n---\n")]


def told(reward: float, run: Any, items: list[Any], skill: Any) -> dict[str, Any]:
    """What was graded, counted and read."""
    counts = [run.status, run.result_counts.passed, run.result_counts.failed]
    return {"reward": reward, "run": counts, "items": [item.status for item in items], "skill": skill.name}


def sync(client: openai.OpenAI) -> dict[str, Any]:
    """The sync client's."""
    found = client.fine_tuning.alpha.graders.run(grader=CHECK, model_sample="Paris", item={"city": "Paris"})
    made = client.evals.create(data_source_config=CONFIG, testing_criteria=[CHECK])
    run = client.evals.runs.create(made.id, data_source=DATA)
    run_now = client.evals.runs.retrieve(run.id, eval_id=made.id)
    items = list(client.evals.runs.output_items.list(run.id, eval_id=made.id))
    return told(found.reward, run_now, items, client.skills.create(files=SKILL))


async def asynchronous(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """The async client's."""
    found = await client.fine_tuning.alpha.graders.run(grader=CHECK, model_sample="Paris", item={"city": "Paris"})
    made = await client.evals.create(data_source_config=CONFIG, testing_criteria=[CHECK])
    run = await client.evals.runs.create(made.id, data_source=DATA)
    run_now = await client.evals.runs.retrieve(run.id, eval_id=made.id)
    items = [item async for item in client.evals.runs.output_items.list(run.id, eval_id=made.id)]
    return told(found.reward, run_now, items, await client.skills.create(files=SKILL))


def main() -> dict[str, Any]:
    """What both clients see, each of a mock of its own."""
    library = library_of(openai.DefaultHttpxClient)
    options: dict[str, Any] = {"api_key": "sk-none", "base_url": "http://mock/v1", "max_retries": 0}
    mock = MockAI(clock=ManualClock())
    with openai.OpenAI(**options, http_client=library.Client(transport=mock.transport(library))) as one:
        seen = sync(one)

    async def later() -> dict[str, Any]:
        client = library.AsyncClient(transport=MockAI(clock=ManualClock()).transport(library))
        async with openai.AsyncOpenAI(**options, http_client=client) as other:
            return await asynchronous(other)

    return {"version": openai.__version__, "sync": seen, "async": asyncio.run(later())}


if __name__ == "__main__":
    print(json.dumps(main()))
