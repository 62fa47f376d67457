"""Mappings of WireMock: what says one request exactly is kept, the rest lost with the reason."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mockai.files import wiremock
from mockai.files.foreign import Kept, Lost
from mockai.files.importing import import_sources, recognise
from mockai.http import Exchange

ASKED = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi é"}]}
JSON = {"Content-Type": "application/json"}


def mapping(request: dict[str, Any] | None = None, **response: Any) -> dict[str, Any]:
    """A mapping of a chat completion."""
    asked = {"method": "POST", "url": "/v1/chat/completions", "bodyPatterns": [{"equalToJson": json.dumps(ASKED)}]}
    return {"request": asked | (request or {}), "response": {"status": 200, "headers": JSON, **response}}


def read(*mappings: dict[str, Any], folder: Path | None = None) -> list[Kept | Lost]:
    text = json.dumps(mappings[0] if len(mappings) == 1 else {"mappings": mappings}, indent=2)
    assert recognise(text) is wiremock
    return wiremock.read(text, folder)


def kept(*mappings: dict[str, Any], folder: Path | None = None) -> Exchange:
    [found] = read(*mappings, folder=folder)
    assert isinstance(found, Kept), found
    return found.exchange


@pytest.mark.parametrize(
    "response",
    [
        {"body": '{\n  "a": 1\n}\n'},
        {"jsonBody": {"a": 1}},
        {"base64Body": base64.b64encode(b'{\n  "a": 1\n}\n').decode()},
        {"bodyFileName": "chat/a.json"},
    ],
)
def test_an_exact_mapping_is_an_exchange_wherever_its_body_is(response: dict[str, Any], tmp_path: Path):
    (tmp_path / "mappings" / "deep").mkdir(parents=True)
    (tmp_path / "__files" / "chat").mkdir(parents=True)
    (tmp_path / "__files" / "chat" / "a.json").write_text('{\n  "a": 1\n}\n')
    exchange = kept(mapping(**response), folder=tmp_path / "mappings" / "deep")
    assert json.loads(exchange.request.body) == ASKED
    assert exchange.operation == "chat.completions.create"
    assert exchange.reply.content == b'{\n  "a": 1\n}\n'
    assert exchange.reply.header("content-type") == "application/json"


@pytest.mark.parametrize(
    ("request_lines", "path", "query", "body"),
    [
        ({"method": "GET", "url": "/v1/models?limit=2", "bodyPatterns": []}, "/v1/models", "limit=2", b""),
        (
            {"method": "get", "url": None, "urlPath": "/v1/models", "queryParameters": {"after": {"equalTo": "a b"}},
             "bodyPatterns": []},
            "/v1/models", "after=a+b", b"",
        ),
        ({"bodyPatterns": [{"equalTo": "{}"}]}, "/v1/chat/completions", "", b"{}"),
        ({"bodyPatterns": [{"binaryEqualTo": "/w=="}]}, "/v1/chat/completions", "", b"\xff"),
        ({"bodyPatterns": [{"equalToJson": {"b": 1}}]}, "/v1/chat/completions", "", b'{"b":1}'),
    ],
)  # fmt: skip
def test_a_request_that_is_said_exactly_is_known(request_lines: Any, path: str, query: str, body: bytes):
    asked = {name: value for name, value in mapping(request_lines)["request"].items() if value is not None}
    request = kept({"request": asked, "response": {"jsonBody": {}}}).request
    assert (request.path, request.query, request.body) == (path, query, body)


@pytest.mark.parametrize(
    ("request_lines", "response", "why"),
    [
        ({"urlPattern": "/v1/.*"}, {}, "any URL like its urlPattern"),
        ({"method": "ANY"}, {}, "matches any method"),
        ({"bodyPatterns": [{"matchesJsonPath": "$.model"}]}, {}, "matches bodies by matchesJsonPath"),
        ({"bodyPatterns": [{"equalTo": "a"}, {"contains": "b"}]}, {}, "by 2 patterns at once"),
        ({"bodyPatterns": [{"equalToJson": "{}", "ignoreExtraElements": True}]}, {}, "any body with these fields"),
        ({"bodyPatterns": [{"equalToJson": '{"a": "${json-unit.any-string}"}'}]}, {}, "bodies with placeholders"),
        ({"bodyPatterns": [{"equalToJson": "{"}]}, {}, "not readable JSON"),
        ({"bodyPatterns": {}}, {}, "does not hold the request's body"),
        ({"bodyPatterns": [7]}, {}, "not a list of patterns"),
        ({"multipartPatterns": [{}]}, {}, "parts of a form"),
        ({"url": "/v1/models", "method": "GET", "bodyPatterns": []}, {"fault": "EMPTY_RESPONSE"}, "answers by a fault"),
        ({}, {"transformers": ["response-template"]}, "answers by a template"),
        ({}, {"bodyFileName": "../../secret"}, "not below"),
        ({}, {"bodyFileName": "absent.json"}, "cannot be read"),
        ({}, {"status": "soon"}, "not an HTTP status"),
    ],
)
def test_what_says_less_than_a_request_is_lost(request_lines: Any, response: Any, why: str, tmp_path: Path):
    (tmp_path / "__files").mkdir()
    [found] = read(mapping(request_lines, **response), folder=tmp_path / "mappings")
    assert isinstance(found, Lost)
    assert why in found.reason
    assert found.what.startswith("mapping 1, ")


def test_parameters_that_may_vary_are_lost_and_headers_that_may_are_left_out():
    url = {"url": None, "urlPath": "/v1/models", "method": "GET", "bodyPatterns": None}
    loose = mapping(url | {"queryParameters": {"after": {"matches": ".*"}}})
    del loose["request"]["url"]
    [found] = read(loose)
    assert isinstance(found, Lost)
    assert "more than one value of the query parameter after" in found.reason
    headers = {"Accept": {"contains": "json"}, "OpenAI-Beta": {"equalTo": "assistants=v2"}}
    assert kept(mapping({"headers": headers})).request.headers == (("openai-beta", "assistants=v2"),)


def test_a_folder_of_wiremock_is_imported_without_its_files(tmp_path: Path):
    (tmp_path / "in" / "mappings").mkdir(parents=True)
    (tmp_path / "in" / "__files").mkdir()
    (tmp_path / "in" / "__files" / "a.json").write_text('{"id": 1}')
    several = {"mappings": [mapping(bodyFileName="a.json"), mapping({"method": "ANY"})]}
    (tmp_path / "in" / "mappings" / "all.json").write_text(json.dumps(several))
    [entry] = import_sources([tmp_path / "in"], tmp_path / "out").entries
    assert (entry.format, entry.kept, len(entry.lost)) == ("WireMock", 1, 1)
    assert entry.cassette == tmp_path / "out" / "mappings" / "all.yaml"
    assert wiremock.read(json.dumps([mapping(body="x")]))[0].exchange.reply.content == b"x"  # type: ignore[union-attr]
