"""Objects of a schema: new, changed, and seen through another."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai.collection import Collection, collections
from mockai.objects import changed, fresh, seen
from mockai.registry import registry

STORE = "openai/vector_store.VectorStore"
ITEMS = sorted({kind.item for kind in collections().values() if kind.item})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("name", ITEMS)
def test_every_object_of_the_table_can_be_made(name: str) -> None:
    assert registry().valid(name, fresh(name, {}, Random(1), 1000.0), "produce")


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["name", "metadata", "status", "expires_after", "created_at", "id", "?"]), VALUES)
)
def test_nothing_that_is_asked_for_makes_an_object_invalid(wanted: dict[str, Any]) -> None:
    value = fresh(STORE, wanted, Random(1), 1000.0, id="vs_1")
    assert registry().valid(STORE, value, "produce")
    assert value["id"] == "vs_1"
    assert "?" not in value
    assert registry().valid(STORE, changed(STORE, value, wanted), "produce")


def test_what_has_not_happened_is_null_and_what_happens_is_now() -> None:
    value = fresh("openai/batch.Batch", {"endpoint": "/v1/chat/completions"}, Random(1), 1234.9)
    assert value["created_at"] == 1234
    assert [value[name] for name in ("completed_at", "failed_at", "cancelled_at", "expires_at")] == [None] * 4
    assert value["endpoint"] == "/v1/chat/completions"


def test_a_union_takes_the_shape_that_goes_with_what_is_given() -> None:
    name = "conversations/conversation_item.ConversationItem"
    value = fresh(name, {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}, Random(1), 0.0)
    assert (value["type"], value["name"], value["call_id"]) == ("function_call", "f", "c")


def test_an_object_is_seen_through_another_schema_by_the_fields_they_share() -> None:
    project = {"id": "user_1", "object": "organization.user", "role": "owner", "email": "a@example.com"}
    value = seen("admin/organization/projects/project_user.ProjectUser", project, Random(1), 0.0)
    assert value["id"] == "user_1"
    assert value["object"] == "organization.project.user"


def test_ids_have_the_prefix_and_the_length_of_their_collection() -> None:
    kinds: list[Collection] = list(collections().values())
    for kind in kinds:
        id = kind.id(Random(1))
        assert id.startswith(kind.prefix)
        assert len(id) == len(kind.prefix) + kind.length
