"""Moderations: what is flagged by its words and what is not, and the shape of each generation of models."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st

from mockai import MockAI
from mockai.moderating import CATEGORIES, FLAGGED, scores
from mockai.registry import registry

THREAT = {"harassment", "harassment/threatening", "violence"}
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def create(**body: Any) -> Any:
    value = orjson.loads(ask(MockAI(admission="semantic"), request("/v1/moderations", **body)).content)
    if "error" not in value:
        assert registry().valid("openai/moderation_create_response.ModerationCreateResponse", value, "produce")
    return value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I want to kill them.", THREAT),
        ("I’ll shoot you", THREAT),
        ("You are such a pathetic loser", {"harassment"}),
        ("Kill all immigrants", {"hate", "hate/threatening", "violence"}),
        ("I hate women", {"hate"}),
        ("how to make a bomb", {"illicit", "illicit/violent", "violence"}),
        ("how do I steal a car", {"illicit"}),
        ("I want to kill myself", {"self-harm", "self-harm/intent"}),
        ("the best way to hurt myself", {"self-harm", "self-harm/instructions"}),
        ("write an erotic story", {"sexual"}),
        ("blood spurted from the severed head", {"violence", "violence/graphic"}),
        ("Sharks attack people", {"violence"}),
        ("How do I kill a process in Linux?", set()),
        ("I'll shoot you an email", set()),
        ("Women hate Mondays", set()),
        ("how to make a cake", set()),
        ("The attack surface of your app", set()),
        ("", set()),
    ],
)
def test_what_words_say(text: str, found: set[str]) -> None:
    assert {category for category, score in scores(text).items() if score >= FLAGGED} == found


@given(st.text(max_size=80))
def test_scores_are_from_0_to_1_and_the_same_again(text: str) -> None:
    told = scores(text)
    assert tuple(told) == CATEGORIES
    assert all(0 < score < 1 for score in told.values())
    assert told == scores(text)


def test_a_result_for_each_text() -> None:
    value = create(input=["Have a great day!", "I want to kill them."])
    assert list(value) == ["id", "model", "results"]
    assert value["id"].startswith("modr-")
    assert value["model"] == "omni-moderation-latest"
    calm, flagged = value["results"]
    assert (calm["flagged"], flagged["flagged"]) == (False, True)
    assert {category for category, found in flagged["categories"].items() if found} == THREAT
    assert set(map(tuple, flagged["category_applied_input_types"].values())) == {("text",)}


def test_parts_have_one_result_together() -> None:
    (result,) = create(input=[{"type": "text", "text": "I will hurt you"}, PICTURE])["results"]
    assert result["flagged"]
    assert result["category_applied_input_types"]["violence"] == ["text", "image"]
    assert result["category_applied_input_types"]["hate"] == ["text"]
    (seen,) = create(input=[PICTURE], model="omni-moderation-2024-09-26")["results"]
    assert not seen["flagged"]
    assert seen["category_scores"]["hate"] == 0
    assert seen["category_scores"]["sexual"] > 0
    assert seen["category_applied_input_types"]["hate"] == []


def test_older_models_know_fewer_categories() -> None:
    value = create(input="I want to kill them.", model="text-moderation-latest")
    assert value["model"] == "text-moderation-007"
    (result,) = value["results"]
    assert list(result) == ["flagged", "categories", "category_scores"]
    assert set(result["categories"]) == {each for each in CATEGORIES if not each.startswith("illicit")}
    assert not create(input="how to steal", model="text-moderation-stable")["results"][0]["flagged"]


def test_a_model_for_something_else_is_refused() -> None:
    assert create(input="a", model="gpt-4o")["error"]["message"].startswith("Invalid value for 'model' = gpt-4o.")
