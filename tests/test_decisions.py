"""Decisions and provenance: answers about what was sent, which add up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import openai
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st

from mockai import ManualClock, MockAI
from mockai.registry import registry

CHOICE = {
    "type": "choice",
    "name": "where",
    "instructions": "Which team?",
    "choices": [{"value": "billing", "description": "invoices and refunds"}, {"value": "support"}, {"value": True}],
}
SCORE = {"type": "score", "instructions": "How angry?", "levels": [{"label": "calm"}, {"label": "furious"}]}
PREDICATE = {"type": "predicate", "instructions": [{"type": "input_text", "text": "Is it about refunds?"}]}


def decided(text: Any, *questions: Any) -> Any:
    body = {"model": "gpt-6-luna", "input": text, "questions": list(questions)}
    value = json.loads(ask(MockAI(), request("/v1/decisions", **body)).content)
    assert registry().valid("openai/decision.Decision", value, "produce")
    return value


def test_words_that_are_shared_decide() -> None:
    said = [{"role": "user", "content": [{"type": "input_text", "text": "I want refunds for my invoices, furious"}]}]
    where, angry, about = decided(said, CHOICE, SCORE, PREDICATE)["answers"]
    assert (where["name"], where["choice"]) == ("where", "billing")
    assert where["confidence"] == max(each["probability"] for each in where["probabilities"])
    assert [each["value"] for each in where["probabilities"]] == ["billing", "support", True]
    assert angry["score"] > 0.5
    assert about["probability"] > 0.5
    assert about["name"] is None


@given(st.text(max_size=60), st.integers(1, 9))
def test_what_is_likely_adds_up(text: str, levels: int) -> None:
    score = {**SCORE, "levels": [{"label": f"level {index}"} for index in range(levels)]}
    value = decided(text, CHOICE, score)
    for answer in value["answers"]:
        assert list(answer)[3:] == ["probabilities", "confidence"]
        assert all(each["probability"] == round(each["probability"], 2) for each in answer["probabilities"])
        assert abs(sum(each["probability"] for each in answer["probabilities"]) - 1) < 1e-9
    assert 0 <= value["answers"][1]["score"] <= levels - 1
    usage = value["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_a_manifest_is_found_by_either_client() -> None:
    mock = MockAI(clock=ManualClock(1000))
    options = {"api_key": "sk-none", "base_url": "http://mock/v1"}
    transport = mock.transport(httpx2)

    async def later() -> Any:
        async with openai.AsyncOpenAI(**options, http_client=httpx2.AsyncClient(transport=transport)) as client:
            return await client.content_provenance_checks.create(file=b"plain")

    with openai.OpenAI(**options, http_client=httpx2.Client(transport=transport)) as client:
        found = client.content_provenance_checks.create(file=b"\xff\xd8 jumb c2pa manifest").to_dict()
    assert registry().valid("openai/content_provenance_check.ContentProvenanceCheck", found, "produce")
    assert [each["outcome"] for each in found["results"]] == ["detected", "not_detected"]  # type: ignore[attr-defined]
    assert [each.outcome for each in asyncio.run(later()).results] == ["not_detected", "not_detected"]
