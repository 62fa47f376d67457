"""`/v1/models`: the list, one of them, and what cannot be deleted."""

from __future__ import annotations

from typing import Any, Literal

import orjson
import pytest

from mockai import behaviours
from mockai.call import Call
from mockai.clock import ManualClock
from mockai.errors import Forbidden, NotFound
from mockai.http import Request
from mockai.mock import MockAI
from mockai.registry import registry


def ask(operation: str, missing: Literal["error", "conjure"] = "error", **values: str) -> Any:
    behaviour = behaviours.find(operation)
    assert behaviour
    reply = behaviour(Call(Request("GET", "/v1/models"), values=values), MockAI(missing=missing, clock=ManualClock()))
    assert reply.header("content-type") == "application/json"
    assert reply.content.endswith(b"\n}\n")
    return orjson.loads(reply.content)


def test_the_list_has_every_model_in_service() -> None:
    listed = ask("models.list")
    assert list(listed) == ["object", "data"]
    assert "gpt-5" in {model["id"] for model in listed["data"]}
    assert registry().valid("openai/model.Model.page", listed, "produce")


@pytest.mark.parametrize("name", ["gpt-4o", "o1-mini", "ft:gpt-4o-mini-2024-07-18:acme::abc"])
def test_one_model(name: str) -> None:
    model = ask("models.retrieve", model=name)
    assert list(model) == ["id", "object", "created", "owned_by", "shutdown_date"]
    assert model["id"] == name
    assert registry().valid("openai/model.Model", model, "produce")


def test_a_model_says_when_it_is_shut_down() -> None:
    names = ("gpt-6-sol", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13")
    dates = [ask("models.retrieve", model=name)["shutdown_date"] for name in names]
    assert dates == [None, "2027-01-14", "2026-10-23"]


@pytest.mark.parametrize("operation", ["models.retrieve", "models.delete"])
def test_a_model_nobody_knows(operation: str) -> None:
    with pytest.raises(NotFound) as caught:
        ask(operation, model="ft:123")
    assert caught.value.error == {
        "message": "The model 'ft:123' does not exist",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


def test_a_model_nobody_knows_may_be_conjured() -> None:
    model = ask("models.retrieve", missing="conjure", model="ft:123")
    assert model["id"] == "ft:123"
    assert registry().valid("openai/model.Model", model, "produce")


def test_a_fine_tune_can_be_deleted() -> None:
    gone = ask("models.delete", model="ft:gpt-4o-mini:acme::abc")
    assert gone == {"object": "model", "id": "ft:gpt-4o-mini:acme::abc", "deleted": True}
    assert registry().valid("openai/model_deleted.ModelDeleted", gone, "produce")


def test_openais_own_models_cannot() -> None:
    with pytest.raises(Forbidden):
        ask("models.delete", model="gpt-4o")
