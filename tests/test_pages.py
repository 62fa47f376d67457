"""Lists: every dialect of paging, walked as a client walks it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st

from mockai import ManualClock, MockAI

# A collection of each dialect: its path, how one is made, the parameter that asks for the next page.
DIALECTS = {
    "cursor": ("/v1/vector_stores", {"name": "n"}),
    "conversation": ("/v1/organization/projects", {"name": "n"}),
    "next": ("/v1/organization/groups", {"name": "n"}),
}


def listed(mock: MockAI, path: str, **query: Any) -> dict[str, Any]:
    reply = ask(mock, request(path, method="GET", query=urlencode(query)))
    assert reply.status == 200, reply.content
    value: dict[str, Any] = json.loads(reply.content)
    return value


def filled(dialect: str, count: int) -> tuple[MockAI, str, list[str]]:
    mock = MockAI(clock=ManualClock())
    path, body = DIALECTS[dialect]
    ids = [json.loads(ask(mock, request(path, **body)).content)["id"] for _ in range(count)]
    return mock, path, ids


@pytest.mark.parametrize("dialect", DIALECTS)
@given(count=st.integers(0, 7), limit=st.integers(1, 8), order=st.sampled_from([None, "asc", "desc"]))
def test_walking_the_pages_gives_every_object_once(dialect: str, count: int, limit: int, order: str | None) -> None:
    mock, path, ids = filled(dialect, count)
    query: dict[str, Any] = {"limit": limit, **({"order": order} if order else {})}
    walked: list[str] = []
    for _ in range(count + 1):
        page = listed(mock, path, **query)
        walked += [each["id"] for each in page["data"]]
        assert len(page["data"]) <= limit
        if dialect != "next":
            ends = [page["data"][0]["id"], page["data"][-1]["id"]] if page["data"] else [None, None]
            assert [page["first_id"], page["last_id"]] == ends
        if not page["has_more"]:
            break
        query["after"] = page["next"] if dialect == "next" else walked[-1]
    assert not page["has_more"]
    assert walked in (ids, ids[::-1])
    if order and dialect != "conversation":
        assert walked == (ids if order == "asc" else ids[::-1])


@given(count=st.integers(1, 7), limit=st.integers(1, 8), start=st.integers(0, 6))
def test_walking_back_gives_what_lies_before_the_nearest_first(count: int, limit: int, start: int) -> None:
    mock, path, ids = filled("cursor", count)
    start = min(start, count - 1)
    walked: list[str] = []
    before = ids[start]
    while True:
        page = listed(mock, path, order="asc", limit=limit, before=before)
        walked = [each["id"] for each in page["data"]] + walked
        if not page["has_more"]:
            break
        before = walked[0]
    assert walked == ids[:start]


@given(count=st.integers(0, 6), limit=st.integers(1, 7), order=st.sampled_from(["asc", "desc"]))
def test_pages_by_token_give_every_object_once(count: int, limit: int, order: str) -> None:
    mock = MockAI(clock=ManualClock(), missing="conjure")
    path = "/v1/agents/environments/env_1/files"
    paths = [f"/workspace/{number}" for number in range(count)]
    for each in paths:
        assert ask(mock, request(path, type="inline", path=each, data="aGk=")).status in (200, 201)
    query: dict[str, Any] = {"limit": limit, "order": order}
    walked: list[str] = []
    for _ in range(count + 1):
        page = listed(mock, path, **query)
        walked += [each["path"] for each in page["data"]]
        if not page["has_more"]:
            break
        query["page"] = page["next"]
    assert walked == (paths if order == "asc" else paths[::-1])


def test_both_cursors_cut_out_what_lies_between() -> None:
    mock, path, ids = filled("cursor", 6)
    page = listed(mock, path, order="asc", after=ids[0], before=ids[5], limit=3)
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[1:4], True)


def test_a_cursor_that_names_nothing_is_an_error_unless_ids_are_conjured() -> None:
    mock, path, _ = filled("cursor", 1)
    reply = ask(mock, request(path, method="GET", query="after=vs_nope"))
    assert (reply.status, json.loads(reply.content)["error"]["param"]) == (400, "after")
    assert listed(MockAI(missing="conjure"), path, after="vs_nope")["data"] == []


def test_an_empty_list_says_so() -> None:
    empty = {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    assert listed(MockAI(), "/v1/vector_stores") == empty
