"""Drives whichever openai SDK is importable into every fault, at its defaults."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from itertools import product
from typing import Any

import openai

QUICK = {"never", "stall", "slow_head", "slow_first_token"}
"""Faults that the default timeout would make a test wait for."""


def main(url: str, *faults: str) -> dict[str, Any]:
    """Meet every fault, with and without a stream, all at the same time."""
    asyncio.run(_everything(url, faults))
    return {"version": openai.__version__}


async def _everything(url: str, faults: tuple[str, ...]) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="sk-any") as client:
        await asyncio.gather(*(meets(client, name, stream) for name, stream in product(faults, (True, False))))


async def meets(client: Any, name: str, stream: bool) -> None:
    """Two calls that meet a fault; what the SDK raises is its user's to catch."""
    about: dict[str, Any] = {
        "extra_headers": {"x-mockai-fault": "fail(503, retry_after=0.001)" if name == "fail" else name},
        "stream": stream,
        **({"timeout": 0.5} if name in QUICK else {}),
    }
    said = f"What is {name} {stream}?"
    for call in (
        client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": said}], **about),
        client.responses.create(model="gpt-4.1", input=said, **about),
    ):
        with suppress(Exception):
            answer = await call
            if stream:
                async for _ in answer:
                    pass


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
