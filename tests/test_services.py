"""What the answers of each of the API's services wear, and how they write their errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import ask, chat, request

from mockai import ManualClock, MockAI
from mockai.http import Reply, Request

LIMITS = {f"x-ratelimit-{what}-{name}" for what in ("limit", "remaining", "reset") for name in ("requests", "tokens")}
OWN = {"openai-version", "openai-organization", "openai-project", "openai-processing-ms", "x-request-id", "date"}
AZURE = "/openai/deployments/mine/chat/completions"


def mock() -> MockAI:
    return MockAI(clock=ManualClock(), admission="semantic")


def names(reply: Reply) -> set[str]:
    return {name for name, _ in reply.headers}


def limits(reply: Reply) -> set[str]:
    return {name for name in names(reply) if name.startswith("x-ratelimit-")}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (chat(), LIMITS),
        (request("/v1/embeddings", model="text-embedding-3-small", input="a"), LIMITS),
        (request("/v1/responses", model="gpt-4o", input="a"), LIMITS),
        (request("/v1/responses", model="gpt-4o", input="a", background=True), set()),
        (request("/v1/responses/compact", model="gpt-4o", input="a"), LIMITS),
        (request("/v1/moderations", input="a"), set()),
        (request("/v1/models", method="GET"), set()),
        (request("/v1/vector_stores", name="a"), set()),
        (request("/v1/nowhere"), set()),
    ],
)
def test_only_inference_tells_of_limits(sent: Request, told: set[str]) -> None:
    reply = ask(mock(), sent)
    assert limits(reply) == told
    assert names(reply) >= OWN
    json.loads(reply.content)


def test_objects_are_written_in_the_apis_order() -> None:
    api = mock()

    def shown(path: str, method: str = "POST", **body: Any) -> dict[str, Any]:
        return dict(json.loads(ask(api, request(path, method=method, **body)).content))

    first = ["id", "object", "created_at", "name", "description", "usage_bytes"]
    assert [*shown("/v1/vector_stores", name="a")][:6] == first
    box = [*shown("/v1/containers", name="b")]
    assert box == ["id", "object", "created_at", "status", *sorted(box[4:])]
    whole: dict[str, Any] = {"purpose": "batch", "filename": "a.jsonl", "bytes": 8, "mime_type": "application/jsonl"}
    assert "file" not in shown("/v1/uploads", **whole)
    path = f"/v1/conversations/{shown('/v1/conversations')['id']}"
    assert [*shown(f"{path}/items", "GET")] == ["object", "data", "first_id", "has_more", "last_id"]
    assert [*shown(path, "DELETE")] == ["id", "object", "deleted"]


def test_embeddings_name_their_model_in_a_header() -> None:
    reply = ask(mock(), request("/v1/embeddings", model="text-embedding-3-small", input="a"))
    assert reply.header("openai-model") == "text-embedding-3-small"


def test_the_gateway_refuses_in_its_own_bytes() -> None:
    reply = ask(mock(), chat(model="nobody-has-it"))
    assert (reply.status, reply.header("content-type")) == (404, "application/json; charset=utf-8")
    assert reply.content == (json.dumps(json.loads(reply.content), indent=4) + "\n").encode()
    assert (reply.header("vary"), reply.header("openai-version"), limits(reply)) == ("Origin", None, set())


def test_a_service_refuses_in_its_own_and_a_key_with_a_challenge() -> None:
    refused = ask(mock(), chat(temperature="hot"))
    assert (refused.status, refused.header("content-type"), limits(refused)) == (400, "application/json", LIMITS)
    assert refused.content == json.dumps(json.loads(refused.content), indent=2).encode()
    nobody = ask(mock(), Request("GET", "/v1/models"))
    assert (nobody.status, nobody.header("www-authenticate")) == (401, 'Bearer realm="OpenAI API"')


def test_what_runs_out_tells_what_is_left() -> None:
    strict = MockAI(rate_limit="rpm=1,tpm=100000", clock=ManualClock())
    first, second = ask(strict, chat()), ask(strict, chat())
    assert (first.status, second.status) == (200, 429)
    assert limits(second) == LIMITS
    assert ask(strict, request("/v1/vector_stores", name="not counted")).status == 200


def azure(path: str = AZURE, key: bool = True, **body: Any) -> Reply:
    sent = chat(**body)
    return ask(mock(), Request("POST", path, "api-version=2025-01-01", sent.headers if key else (), sent.body))


@pytest.mark.parametrize("path", [AZURE, "/openai/v1/chat/completions", "/models/chat/completions"])
def test_azure_wears_its_own(path: str) -> None:
    reply = azure(path)
    assert reply.status == 200
    assert {"apim-request-id", "x-ms-region", "x-ratelimit-renewalperiod-tokens"} <= names(reply)
    assert not {name for name in names(reply) if name.startswith("openai-")}
    assert (reply.header("x-ratelimit-reset-requests") or "").isdigit()


def test_azures_realtime_names_its_version() -> None:
    reply = ask(mock(), request("/openai/v1/realtime/client_secrets", session={"type": "realtime"}))
    assert (reply.status, reply.header("openai-version")) == (200, "2020-10-01")
    assert not limits(reply)


def test_azure_has_two_errors_of_its_own() -> None:
    for reply, code in ((azure(key=False), "401"), (azure("/openai/nowhere"), "404")):
        error = json.loads(reply.content)["error"]
        assert (str(reply.status), error.keys()) == (code, {"code", "message"})
        assert error["code"] == code
    assert json.loads(azure(temperature="hot").content)["error"]["type"] == "invalid_request_error"
