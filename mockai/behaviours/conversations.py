"""Conversations: items that responses read and add to, and that can be added, shown and deleted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from .. import kinds, objects, pages
from ..answers import answer
from ..call import Call
from ..http import Reply
from ..registry import registry
from ..resources import Resource
from . import Mock, behaviour
from .responses_asking import CONVERSATIONS, say
from .responses_body import ordered
from .responses_input import items
from .responses_names import stem

ITEM = "conversations/conversation_item.ConversationItem"


@behaviour("conversations.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new conversation, with the items it starts with."""
    resource = kinds.made(call, mock)
    resource.value = ordered(resource.value)
    _say(call, mock, resource)
    return answer(resource.value)


@behaviour("conversations.items.create")
def add(call: Call, mock: Mock) -> Reply:
    """The items that a conversation has got now, as a list."""
    return answer(pages.envelope(call, _say(call, mock, _conversation(call, mock)), more=False))


@behaviour("conversations.items.delete")
def delete(call: Call, mock: Mock) -> Reply:
    """The conversation that an item was taken from."""
    mock.resources.remove(kinds.found(call, mock))
    return answer(_conversation(call, mock).value)


def _say(call: Call, mock: Mock, conversation: Resource) -> Sequence[Resource]:
    given: Any = kinds.fields(call).get("items") or []
    rng = kinds.chance(call, mock)
    said = [_shown(item, rng) for item in items(given, stem(rng, mock.clock.now()), rng)]
    return say(conversation, said, mock)


def _shown(item: dict[str, Any], rng: Random) -> dict[str, Any]:
    """An item as a conversation shows it: with what it always has and nobody spoke of."""
    return item if registry().valid(ITEM, item, "produce") else objects.formed(ITEM, item, rng)


def _conversation(call: Call, mock: Mock) -> Resource:
    return kinds.named(CONVERSATIONS, call.values["conversation_id"], mock, call)
