"""What Azure adds to a chat completion: the results of its content filter, how long each stage took, and keys in
alphabetical order. As recorded from June 2026 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

_SAFE = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "self_harm", "sexual", "violence")}
_ABSENT = {"detected": False, "filtered": False}
_PROMPT = [{"prompt_index": 0, "content_filter_results": {**_SAFE, "jailbreak": _ABSENT}}]
_ANSWER = {**_SAFE, "protected_material_code": _ABSENT, "protected_material_text": _ABSENT}


PACE = 9
"""Milliseconds that a token takes."""


def filtered(completion: dict[str, Any]) -> dict[str, Any]:
    """A completion as Azure sends it."""
    choices = [
        {"content_filter_results": _ANSWER if choice["message"]["content"] else {}, **choice}
        for choice in completion["choices"]
    ]
    usage = {**completion["usage"], "latency_checkpoint": _took(completion["usage"])}
    return _sorted({**completion, "choices": choices, "prompt_filter_results": _PROMPT, "usage": usage})


def filtered_chunks(chunks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Chunks as Azure sends them, after one about the prompt that has no id, no model and no object."""
    first = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": _PROMPT}
    yield _sorted(first)
    for chunk in chunks:
        choices = [
            {"content_filter_results": _SAFE if choice["delta"].get("content") else {}, **choice}
            for choice in chunk["choices"]
        ]
        usage = chunk.get("usage")
        took = {"latency_checkpoint": _took(usage)} if usage and not choices else {}
        yield _sorted({**chunk, **took, "choices": choices})


def _took(usage: Mapping[str, Any]) -> dict[str, int]:
    """Milliseconds to the first token (ttft), to the last (ttlt) and between two (tbt), for Azure and its engine."""
    speaking = PACE * int(usage["completion_tokens"])
    return {
        "engine_tbt_ms": PACE,
        "engine_ttft_ms": 30,
        "engine_ttlt_ms": 30 + speaking,
        "pre_inference_ms": 120,
        "service_tbt_ms": PACE,
        "service_ttft_ms": 420,
        "service_ttlt_ms": 420 + speaking,
        "total_duration_ms": 340 + speaking,
        "user_visible_ttft_ms": 290,
    }


def _sorted(value: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = orjson.loads(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    for each in done.get("prompt_filter_results", ()):  # which say which prompt they are about before all else
        each["content_filter_results"] = each.pop("content_filter_results")
    return done
