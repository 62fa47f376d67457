"""The catalogue: what a name means, and what is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockai import catalogue

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings" / "interactions.jsonl"


def test_an_alias_answers_with_its_snapshot() -> None:
    assert catalogue.answers_as("gpt-4o") == "gpt-4o-2024-08-06"
    assert catalogue.answers_as("gpt-4o-2024-11-20") == "gpt-4o-2024-11-20"
    assert catalogue.answers_as("my-own-model") == "my-own-model"


def test_every_snapshot_is_a_model_or_a_name_only_answers_carry() -> None:
    dangling = {model.snapshot for model in map(catalogue.find, IDS) if model and model.snapshot} - set(IDS)
    assert dangling == {"gpt-3.5-turbo-instruct:20230824-v2", "text-embedding-ada-002-v2"}


def test_retired_models_are_known_but_not_listed() -> None:
    assert catalogue.find("text-davinci-003")
    assert "text-davinci-003" not in {model.id for model in catalogue.models()}


def test_models_that_few_are_let_in_to_are_not_listed_either() -> None:
    red = catalogue.find("gpt-daybreak-red-latest")
    assert red
    assert (red.listed, red.answers_as, red.takes("responses"), red.takes("chat")) == (
        False,
        "gpt-5.6-cyber",
        True,
        False,
    )


def test_voices_are_for_their_own_endpoints() -> None:
    taken = {name: catalogue.like(name).endpoints for name in ("gpt-realtime-2.1", "gpt-live-transcribe", "gpt-live-1")}
    assert taken == {"gpt-realtime-2.1": {"realtime"}, "gpt-live-transcribe": {"realtime"}, "gpt-live-1": {"live"}}


def test_models_are_listed_oldest_first() -> None:
    created = [model.created for model in catalogue.models()]
    assert created == sorted(created)
    assert len(created) > 130


@pytest.mark.parametrize(
    "name", ["ft:gpt-4o-mini-2024-07-18:acme:suffix:abc123", "davinci:ft-acme:poems-2023-06-01-23-15-52"]
)
def test_a_fine_tune_is_like_its_base(name: str) -> None:
    model = catalogue.find(name)
    assert model
    assert (model.id, model.owned_by, model.answers_as) == (name, "acme", name)
    assert model.family in {catalogue.like("gpt-4o-mini"), catalogue.like("davinci")}


@pytest.mark.parametrize("name", ["ft:123", "ft:nothing:acme::1", "nothing", "", "nothing:ft-acme:x"])
def test_a_name_nobody_gave_is_no_model(name: str) -> None:
    assert catalogue.find(name) is None


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gpt-35-turbo", "gpt-3.5"),
        ("gpt-5.2_2025-12-11", "gpt-5.2"),
        ("gpt-4o-mini-2030-01-01", "gpt-4o"),
        ("llama", "unknown"),
    ],
)
def test_unknown_spellings_behave_like_the_nearest_family(name: str, family: str) -> None:
    assert catalogue.like(name).name == family


def test_what_a_model_can_do() -> None:
    gpt, o3, embedding = catalogue.find("gpt-4o"), catalogue.find("o3-mini"), catalogue.find("text-embedding-3-small")
    assert gpt
    assert o3
    assert embedding
    assert gpt.has("vision")
    assert gpt.takes("chat")
    assert not gpt.reasoning
    assert not gpt.takes("embeddings")
    assert o3.reasoning
    assert o3.family.effort == "medium"
    assert not o3.has("sampling")
    assert embedding.takes("embeddings")
    assert embedding.encoding == "cl100k_base"
    assert catalogue.nearest("gpt-4.1-mimi") == "gpt-4.1-mini"
    assert catalogue.nearest("zzzzzzzz") is None


@pytest.mark.skipif(not RECORDINGS.is_file(), reason="the recordings lie beside the project, not in it")
def test_recorded_answers_name_the_models_the_catalogue_names() -> None:
    """Requests of 2025 and later; snapshots that have moved since and models of other vendors aside."""
    pairs = {}
    for row in map(json.loads, RECORDINGS.read_bytes().splitlines()):
        asked = ((row["request_body"] or {}).get("json") or {}) if row["request_body"] else {}
        told = (row["response_body"] or {}).get("json") or {}
        if row["endpoint"] == "/v1/chat/completions" and row["status"] == 200 and row["year"] >= 2025 and told:
            pairs[asked["model"]] = told["model"]
    assert len(pairs) > 15
    assert {asked: catalogue.answers_as(asked) for asked in pairs} == pairs


IDS = [word.partition("=")[0].rstrip("!") for word in catalogue._MODELS.split() if not word.endswith(":")]
