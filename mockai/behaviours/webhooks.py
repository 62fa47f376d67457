"""Webhook endpoints: where events would go, and the secret that proves where they come from.

Nothing is ever delivered: the core has no network. A test that needs a delivery signs one itself with the secret that
creating or rotating gave.
"""

from __future__ import annotations

from base64 import b64encode
from random import Random

from .. import kinds
from ..answers import answer
from ..call import Call
from ..expected import Resolver, choices
from ..http import Reply
from ..registry import registry
from ..resources import Resource
from . import Mock, behaviour

SHOWN = 4
"""Characters of a secret that its hint gives away."""


@behaviour("webhooks.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new endpoint; its secret is shown here and never again."""
    return _sealed(call, mock, kinds.made(call, mock, updated_at=int(mock.clock.now())))


@behaviour("webhooks.rotate_secret")
def rotate(call: Call, mock: Mock) -> Reply:
    """Another secret for an endpoint. How long the old one stays valid shows only where something is delivered."""
    return _sealed(call, mock, kinds.found(call, mock))


@behaviour("webhooks.test")
def test(call: Call, mock: Mock) -> Reply:
    """What the API says when the endpoint has taken a test event with status 200. Nothing is sent."""
    return answer(
        {
            "object": "webhook_endpoint.test",
            "webhook_endpoint_id": kinds.found(call, mock).id,
            "event_type": kinds.fields(call)["event_type"],
            "success": True,
            "status_code": 200,
        }
    )


@behaviour("webhooks.event_types.list")
def event_types(_call: Call, _mock: Mock) -> Reply:
    """The events that an endpoint may ask for."""
    schema = registry().schema("webhooks/webhook_create_params.WebhookCreateParams")
    return answer({"object": "list", "data": choices(Resolver(schema), schema["properties"]["event_types"]["items"])})


def _sealed(call: Call, mock: Mock, resource: Resource) -> Reply:
    """The endpoint with a new secret: `whsec_` and 32 bytes in base64, which is how the SDKs read it."""
    secret = _secret(kinds.chance(call, mock))
    changes = {"signing_secret_hint": f"whsec_…{secret[-SHOWN:]}", "updated_at": int(mock.clock.now())}
    resource.value.update(changes)
    return answer({**resource.value, "signing_secret": secret})


def _secret(rng: Random) -> str:
    return "whsec_" + b64encode(rng.randbytes(32)).decode()
