"""Scopes: one server, many clients, nothing shared but options and tape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from asking import CHAT, HEADERS, ask, chat, exchange, said, taped

from mockai import ManualClock, MockAI
from mockai.http import Request
from mockai.scopes import Scopes


def within(path: str, *headers: tuple[str, str]) -> Request:
    return Request("POST", path, "", (*HEADERS, *headers), chat().body)


@pytest.mark.parametrize(
    ("sent", "name", "path"),
    [
        (within("/v1/chat/completions"), None, "/v1/chat/completions"),
        (within("/t/a/v1/chat/completions"), "a", "/v1/chat/completions"),
        (within("/t/a/openai/deployments/d/chat/completions"), "a", "/openai/deployments/d/chat/completions"),
        (within("/v1/chat/completions", ("x-mockai-scope", "b")), "b", "/v1/chat/completions"),
        (within("/v1/chat/completions", ("x-mockai-scope", "")), None, "/v1/chat/completions"),
        (within("/t/a", ("x-mockai-scope", "b")), "a", ""),
    ],
)
def test_a_request_names_its_scope(sent: Request, name: str | None, path: str) -> None:
    scopes = Scopes(MockAI())
    mock, inside = scopes.resolve(sent)
    assert inside.path == path
    assert mock is (scopes.main if name is None else scopes.get(name))
    assert len(scopes.all()) == 1 + (name is not None)


def test_a_scope_begins_with_the_options_and_the_stubs_of_main_and_keeps_its_own_state() -> None:
    main = MockAI(seed=5, rate_limit="rpm=5,tpm=100000", clock=ManualClock())
    main.on(CHAT).reply("once").times(1).then.reply("again")
    scopes = Scopes(main)
    assert said(main) == "once"
    one, other = scopes.get("one"), scopes.get("other")
    assert scopes.get("one") is one
    assert (one.seed, one.clock) == (5, main.clock)
    assert [said(one), said(one), said(other), said(main)] == ["once", "again", "once", "again"]
    one.on(CHAT).reply("mine")
    assert [said(one), said(other)] == ["mine", "again"]
    assert [len(mock.journal) for mock in (main, one, other)] == [2, 3, 2]
    assert ask(main, chat()).header("x-ratelimit-remaining-requests") == "2"
    one.reset()
    assert (len(one.stubs), len(main.stubs)) == (0, 1)


def test_a_scope_is_opened_with_a_mock_and_forgotten() -> None:
    scopes, mine = Scopes(MockAI()), MockAI()
    scopes.open("mine", mine)
    assert scopes.resolve(within("/t/mine/v1/models"))[0] is mine
    scopes.close("mine")
    scopes.close("mine")
    assert scopes.all() == [scopes.main]
    assert scopes.get("mine") is not mine


def test_each_scope_plays_the_whole_cassette(tmp_path: Path) -> None:
    tape = taped(tmp_path / "tape.yaml", exchange(chat(), {"taped": True}))
    scopes = Scopes(MockAI(cassette=tape))
    for mock in (scopes.main, scopes.get("a"), scopes.get("b")):
        assert json.loads(ask(mock, chat()).content) == {"taped": True}
        assert ask(mock, chat()).status == 404
        assert len(mock.misses) == 1
