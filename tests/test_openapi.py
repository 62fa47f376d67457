"""The OpenAPI document: made of the table and the schemas, and readable by what reads such documents."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from asking import CHAT

from mockai import MockAI
from mockai.control import control
from mockai.http import Request
from mockai.operations import operations
from mockai.scopes import Scopes


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    reply = control(Scopes(MockAI()), Request("GET", "/__mockai/openapi.json", "", (("host", "localhost"),)))
    assert reply.status == 200
    value: dict[str, Any] = json.loads(reply.content)
    return value


def test_every_operation_is_there_once(told: dict[str, Any]) -> None:
    ids = [each["operationId"] for path in told["paths"].values() for each in path.values()]
    rows = [row.id for row in operations().values() if row.kind != "websocket" and not row.twin and not row.beta]
    assert sorted(ids) == sorted(rows)


def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    places = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(told)))
    assert places <= told["components"]["schemas"].keys()


def test_its_schemas_judge_as_the_mock_does(told: dict[str, Any]) -> None:
    row = operations()[CHAT]
    schema = told["paths"][row.path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": told["components"]})
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}]}
    assert validator.is_valid(body)
    assert not validator.is_valid({**body, "temperature": "hot"})


def test_paths_name_their_parameters(told: dict[str, Any]) -> None:
    for path, methods in told["paths"].items():
        for each in methods.values():
            named = [one["name"] for one in each["parameters"] if one["in"] == "path"]
            assert named == re.findall(r"{(\w+)}", path)
