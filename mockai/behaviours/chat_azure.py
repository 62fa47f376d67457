"""What Azure adds to a chat completion: the results of its content filter, and keys in alphabetical order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

_SAFE = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "self_harm", "sexual", "violence")}
_ABSENT = {"detected": False, "filtered": False}
_PROMPT = [{"prompt_index": 0, "content_filter_results": {**_SAFE, "jailbreak": _ABSENT}}]
_ANSWER = {**_SAFE, "protected_material_code": _ABSENT, "protected_material_text": _ABSENT}


def filtered(completion: dict[str, Any]) -> dict[str, Any]:
    """A completion as Azure sends it: it names no service tier, which only its chunks do."""
    choices = [
        {"content_filter_results": _ANSWER if choice["message"]["content"] else {}, **choice}
        for choice in completion["choices"]
    ]
    kept = {key: value for key, value in completion.items() if key != "service_tier"}
    return _sorted({**kept, "choices": choices, "prompt_filter_results": _PROMPT})


def filtered_chunks(chunks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Chunks as Azure sends them, after one about the prompt that has no id, no model and no object."""
    first = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": _PROMPT}
    yield _sorted(first)
    for chunk in chunks:
        choices = [
            {"content_filter_results": _SAFE if choice["delta"].get("content") else {}, **choice}
            for choice in chunk["choices"]
        ]
        yield _sorted({**chunk, "choices": choices})


def _sorted(value: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    return done
