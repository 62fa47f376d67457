"""A request for a response, understood: what it says itself, and what was said before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import kinds
from ..call import Call
from ..dice import dice
from ..errors import BadRequest
from ..resources import Resource
from . import Mock
from .chat_parts import named_model
from .responses_body import MODEL
from .responses_input import items, references
from .responses_names import stem

PLACE = "/responses"
CONVERSATIONS = "/conversations"


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a response: its `body`, its `model`, and its items (`own`) after those of earlier ones (`before`).

    `conversation` is the one it belongs to, `stem` what the ids of the answer have in common.
    """

    body: Mapping[str, Any]
    model: str
    before: Sequence[dict[str, Any]]
    own: Sequence[dict[str, Any]]
    stem: str
    conversation: Resource | None = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """All that the model reads, the oldest first."""
        return [*self.before, *self.own]


def asking(call: Call, mock: Mock) -> Asking:
    """The request of a call.

    Raises BadRequest for an earlier response, NotFound for a conversation that is not there.
    """
    body, rng = kinds.fields(call), dice("response", call.seed, call.number)
    model = named_model(call) if body.get("model") else MODEL
    talk = conversation(body.get("conversation"), call, mock)
    before = [*earlier(body.get("previous_response_id"), call, mock), *said_in(talk, mock)]
    stalk = stem(rng, mock.clock.now())
    wanted = references(body.get("input"))
    referred = [item for item in stored_items(mock) if item["id"] in wanted] if wanted else []
    known = {item["id"] for item in before}
    before += [item for item in referred if item["id"] not in known]
    return Asking(body, model, before, items(body.get("input"), stalk, rng), stalk, talk)


def said_in(conversation: Resource | None, mock: Mock) -> list[dict[str, Any]]:
    """The items of a conversation, the oldest first."""
    return [] if conversation is None else [each.value for each in mock.resources.all(f"{conversation.path}/items")]


def say(conversation: Resource, said: Sequence[dict[str, Any]], mock: Mock) -> list[Resource]:
    """Add items to a conversation."""
    return [mock.resources.add(f"{conversation.path}/items", item) for item in said]


def conversation(given: Any, call: Call, mock: Mock) -> Resource | None:
    """The conversation that a body names by its id, or an object with that. Raises NotFound."""
    id = given.get("id") if isinstance(given, dict) else given
    return kinds.named(CONVERSATIONS, str(id), mock, call) if id else None


def earlier(id: Any, call: Call, mock: Mock) -> list[dict[str, Any]]:
    """The items of the response `id`, and those before it. Raises BadRequest where there is none."""
    if not id:
        return []
    if mock.missing != "conjure" and mock.resources.find(PLACE, str(id)) is None:
        raise BadRequest(
            f"Previous response with id '{id}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    resource = kinds.named(PLACE, str(id), mock, call)
    return [*resource.private.get("items", ()), *resource.value["output"]]


def stored_items(mock: Mock) -> list[dict[str, Any]]:
    """Every item that a stored response or a conversation has, each once."""
    found: dict[str, dict[str, Any]] = {}
    for resource in mock.resources.all(PLACE):
        for item in (*resource.private.get("items", ()), *resource.value["output"]):
            found[item["id"]] = item
    for place in mock.resources.places(CONVERSATIONS + "/"):
        found |= {each.id: each.value for each in mock.resources.all(place)}
    return list(found.values())
