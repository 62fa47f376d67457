"""Webhook endpoints: state, and secrets that are shown once."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import httpx2
import openai
import pytest
from asking import ask, request

from mockai import ManualClock, MockAI
from mockai.registry import registry

PATH = "/v1/webhook_endpoints"
WANTED = {"name": "mine", "url": "https://example.com/hook", "event_types": ["batch.completed"]}


def told(mock: MockAI, path: str = PATH, method: str = "POST", **body: Any) -> Any:
    return json.loads(ask(mock, request(path, method=method, **body)).content)


def test_a_secret_is_shown_when_it_is_made_and_never_again() -> None:
    clock = ManualClock(1000)
    mock = MockAI(clock=clock)
    made = told(mock, **WANTED)
    assert registry().valid("webhooks/webhook_endpoint_with_secret.WebhookEndpointWithSecret", made, "produce")
    assert made["id"].startswith("whe_")
    assert (made["created_at"], made["updated_at"]) == (1000, 1000)
    assert len(base64.b64decode(made["signing_secret"].removeprefix("whsec_"), validate=True)) == 32
    clock.advance(5)
    seen = told(mock, f"{PATH}/{made['id']}", "GET")
    assert registry().valid("webhooks/webhook_endpoint.WebhookEndpoint", seen, "produce")
    assert seen == {name: part for name, part in made.items() if name != "signing_secret"}
    again = told(mock, f"{PATH}/{made['id']}/rotate_secret", keep_old_secret_active_for_24_hours=True)
    assert again["signing_secret"] != made["signing_secret"]
    assert again["signing_secret_hint"].endswith(again["signing_secret"][-4:])
    assert again["updated_at"] == 1005
    assert "signing_secret" not in told(mock, PATH, "GET")["data"][0]


def test_only_a_change_is_a_change() -> None:
    clock = ManualClock(1000)
    mock = MockAI(clock=clock)
    path = f"{PATH}/{told(mock, **WANTED)['id']}"
    clock.advance(5)
    assert told(mock, path, name="mine")["updated_at"] == 1000
    assert told(mock, path, name="yours")["updated_at"] == 1005
    tested = told(mock, f"{path}/test", event_type="batch.failed")
    assert registry().valid("webhooks/webhook_endpoint_test_result.WebhookEndpointTestResult", tested, "produce")
    assert (tested["status_code"], tested["event_type"]) == (200, "batch.failed")
    assert told(mock, path, "GET")["updated_at"] == 1005


def test_every_event_type_of_the_list_can_be_asked_for() -> None:
    mock = MockAI()
    known = told(mock, "/v1/webhook_event_types", "GET")
    assert registry().valid("webhooks/webhook_event_type_list.WebhookEventTypeList", known, "produce")
    assert told(mock, **WANTED | {"event_types": known["data"]})["event_types"] == known["data"]


@pytest.mark.parametrize("wrong", [{"url": "http://example.com"}, {"event_types": []}, {"event_types": ["x"]}])
def test_what_no_endpoint_may_be(wrong: dict[str, Any]) -> None:
    assert ask(MockAI(), request(PATH, **WANTED | wrong)).status == 400


def test_an_unknown_endpoint_has_no_secret_to_rotate() -> None:
    for verb in ("rotate_secret", "test"):
        assert ask(MockAI(), request(f"{PATH}/whe_x/{verb}", event_type="batch.failed")).status in (400, 404)
    assert ask(MockAI(missing="conjure"), request(f"{PATH}/whe_x/rotate_secret")).status == 200


def test_the_sdk_pages_and_reads_the_secret() -> None:
    mock = MockAI(clock=ManualClock(1000))
    transport = httpx2.Client(transport=mock.transport(httpx2))
    with openai.OpenAI(api_key="sk-none", base_url="http://mock/v1", http_client=transport) as client:
        names = ["a", "b", "c"]
        for name in names:
            made = client.webhooks.create(**WANTED | {"name": name})  # type: ignore[arg-type]
        assert [each.name for each in client.webhooks.list(limit=2)] == names[::-1]
        assert client.webhooks.delete(made.id).deleted
        with pytest.raises(openai.NotFoundError):
            client.webhooks.retrieve(made.id)
        body, now = '{"id": "evt_1"}', str(int(time.time()))
        key = base64.b64decode(made.signing_secret.removeprefix("whsec_"))
        proof = base64.b64encode(hmac.digest(key, f"wh_1.{now}.{body}".encode(), "sha256")).decode()
        headers = {"webhook-id": "wh_1", "webhook-timestamp": now, "webhook-signature": f"v1,{proof}"}
        client.webhooks.verify_signature(body, headers, secret=made.signing_secret)
