"""The control surface: who may speak to it, what it does, and what it never shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import CHAT, ask, chat, said

from mockai import MockAI
from mockai.control import ACTIONS, control
from mockai.http import Reply, Request
from mockai.scopes import Scopes

LOCAL = (("host", "127.0.0.1:4010"),)


def tell(scopes: Scopes, place: str, body: Any = None, headers: Any = LOCAL, token: str | None = None) -> Reply:
    method, _, rest = place.partition(" ")
    path, _, query = rest.partition("?")
    data = b"" if body is None else json.dumps(body).encode()
    return control(scopes, Request(method, f"/__mockai/{path}", query, headers, data), token)


def value(reply: Reply) -> Any:
    assert reply.status == 200, reply.content
    return json.loads(reply.content)


@pytest.fixture
def scopes() -> Scopes:
    return Scopes(MockAI())


def test_it_says_that_it_runs(scopes: Scopes) -> None:
    assert value(tell(scopes, "GET health")) == value(tell(scopes, "GET ready")) == {"status": "ok"}


def test_stubs_are_declared_seen_used_and_taken_away(scopes: Scopes) -> None:
    told = value(tell(scopes, "POST stubs", {"on": CHAT, "reply": "Hello!"}))
    shown = "on('chat.completions.create').reply('Hello!')"
    assert told == {"stubs": [{"stub": shown, "used": 0}]}
    assert said(scopes.main) == "Hello!"
    assert value(tell(scopes, "GET stubs")) == {"stubs": [{"stub": shown, "used": 1}]}
    value(tell(scopes, "POST stubs", [{"on": CHAT, "fail": 500}, {"on": CHAT, "fail": 503}]))
    assert ask(scopes.main, chat()).status == 503
    assert value(tell(scopes, "DELETE stubs")) == value(tell(scopes, "GET stubs")) == {"stubs": []}


def test_the_journal_is_chosen_and_paged(scopes: Scopes) -> None:
    for number in range(5):
        ask(scopes.main, chat(f"question {number}"))
    ask(scopes.main, Request("GET", "/v1/models", "", (("authorization", "Bearer k"),)))
    page = value(tell(scopes, f"GET journal?operation={CHAT}&after=1&limit=3"))
    assert [each["number"] for each in page["exchanges"]] == [2, 3, 4]
    assert (page["has_more"], page["forgotten"], page["misses"]) == (True, 0, [])
    assert "question 1" in page["exchanges"][0]["request"]["body"]
    rest = value(tell(scopes, "GET journal?after=4"))
    assert [each["operation"] for each in rest["exchanges"]] == [CHAT, "models.list"]
    assert rest["has_more"] is False
    assert value(tell(scopes, "GET journal?source=stub"))["exchanges"] == []
    value(tell(scopes, "POST reset"))
    assert value(tell(scopes, "GET journal"))["exchanges"] == []


def test_the_journal_shows_no_key_and_no_endless_body(scopes: Scopes) -> None:
    key = "a-key-of-my-own-gateway"
    sent = chat(f"my key is {key} " + "x" * 20_000)
    scopes.main.on(CHAT, messages__0__content="other").reply("never")
    ask(scopes.main, Request("POST", sent.path, f"code={key}", (("authorization", f"Bearer {key}"),), sent.body))
    ask(scopes.main, chat(f"again {key}"))
    reply = tell(scopes, "GET journal")
    assert key.encode() not in reply.content
    told = value(reply)
    assert told["exchanges"][0]["request"]["query"] == "code=REDACTED"
    assert len(told["exchanges"][0]["request"]["body"]) == 10_000
    assert "my key is REDACTED" in told["exchanges"][0]["request"]["body"]
    assert len(told["misses"]) == 2
    assert all("REDACTED" in miss for miss in told["misses"])


def test_each_scope_has_its_own(scopes: Scopes) -> None:
    headers = (*LOCAL, ("x-mockai-scope", "a"))
    value(tell(scopes, "POST stubs", {"on": CHAT, "reply": "in a"}, headers))
    sent = chat()
    mock, inside = scopes.resolve(Request(sent.method, "/t/a" + sent.path, "", sent.headers, sent.body))
    assert json.loads(ask(mock, inside).content)["choices"][0]["message"]["content"] == "in a"
    assert value(tell(scopes, "GET stubs")) == {"stubs": []}
    inside = Request("GET", "/t/a/__mockai/stubs", "", LOCAL)
    assert len(value(control(scopes, inside))["stubs"]) == 1


def test_every_action_is_documented_where_it_stands() -> None:
    assert all(action.__doc__ for action in ACTIONS.values())


REFUSED: dict[str, tuple[str, Any, Any]] = {
    "control-unknown": ("GET nothing", None, LOCAL),
    "control-wrong-method": ("DELETE journal", None, LOCAL),
    "control-bad-number": ("GET journal?limit=-1", None, LOCAL),
    "control-bad-stub": ("POST stubs", [{"on": CHAT, "reply": "fine"}, {"on": CHAT, "replay": "x"}], LOCAL),
    "control-other-host": ("GET health", None, (("host", "evil.example:4010"),)),
    "control-no-host": ("GET health", None, ()),
    "control-web-page": ("GET health", None, (*LOCAL, ("origin", "https://evil.example"))),
    "control-web-fetch": ("GET health", None, (*LOCAL, ("sec-fetch-site", "cross-site"))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str, scopes: Scopes, golden: Callable[[str, object], None]) -> None:
    place, body, headers = REFUSED[name]
    reply = tell(scopes, place, body, headers)
    assert 400 <= reply.status < 500
    golden(name, json.loads(reply.content)["error"]["message"])
    assert scopes.main.stubs == []


def test_a_body_that_is_no_json_is_refused(scopes: Scopes) -> None:
    assert control(scopes, Request("POST", "/__mockai/stubs", "", LOCAL, b"on: x")).status == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]", "[::1]:4010"])
def test_every_loopback_name_will_do(host: str, scopes: Scopes) -> None:
    assert tell(scopes, "GET health", headers=(("host", host), ("sec-fetch-site", "none"))).status == 200


def test_a_token_opens_it_from_anywhere_and_nothing_else_does(
    scopes: Scopes, golden: Callable[[str, object], None]
) -> None:
    right = (("host", "mock.internal"), ("authorization", "Bearer tökén"))
    assert tell(scopes, "GET health", headers=right, token="tökén").status == 200
    for wrong in ((), (("authorization", "Bearer wrong"),), LOCAL):
        refused = tell(scopes, "GET health", headers=wrong, token="tökén")
        assert refused.status == 403
    golden("control-token", json.loads(refused.content)["error"]["message"])
