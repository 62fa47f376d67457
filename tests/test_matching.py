"""Rules of matching: under every one of them, requests have the same key exactly when they do not differ."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockai.errors import ConfigError
from mockai.http import Request
from mockai.match import differences, key
from mockai.matching import PLAIN, WORDS, Rule, read, rule
from mockai.multipart import Part, build, usual_headers
from mockai.understand import understand
from mockai.volatile import NORMALISERS, Speller

JSON = (("content-type", "application/json"),)
CHAT = "/v1/chat/completions"
UUIDS = ("550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
VOLATILE = (
    *UUIDS, "2026-11-21T13:16:28.5Z", "Saturday, November 21, 2026", "call_abcDEF123456", "call_zzz999ZZZ",
    "/tmp/pytest-1/a.txt", "/tmp/pytest-2/b.txt", "1795230000", "plain", "run-7", "run-8",
)  # fmt: skip


def post(value: Any, path: str = CHAT, query: str = "", headers: Any = JSON) -> Request:
    return Request("POST", path, query, headers, json.dumps(value).encode())


def told(one: Request, other: Request, by: Rule) -> list[str]:
    """The differences, which must agree with the keys, in both directions."""
    found = [str(each) for each in differences(understand(one), understand(other), by)]
    back = list(differences(understand(other), understand(one), by))
    assert bool(found) is bool(back) is (key(one, by) != key(other, by)), (found, back)
    return found


# -- laws

texts = some.lists(some.sampled_from(VOLATILE), max_size=3).map(" ".join)
leaves = texts | some.sampled_from([None, True, 1, 1.0, 0.5, 10**30])
names = some.sampled_from(["user", "seed", "messages", "a*b", "x/y"])
bodies = some.recursive(
    leaves, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(names, inner, max_size=3), max_leaves=8
)
pointers = some.lists(some.sampled_from(["*", "user", "seed", "messages", "0", "x~1y", "a*b"]), min_size=1, max_size=3)
ways = pointers.map(lambda steps: "/" + "/".join(steps))
prefixed = some.builds(lambda prefix, way: prefix + way, some.sampled_from(["", "chat.*:", "embeddings.create:"]), ways)
words = some.sampled_from([*WORDS, "openai-beta", "content-type", "embeddings.create:path"]) | prefixed
rules = some.builds(
    Rule,
    some.lists(prefixed, max_size=2).map(tuple),
    some.lists(words, max_size=4).map(tuple),
    some.lists(some.sampled_from([*NORMALISERS, (r"run-\d+", "run-N")]), max_size=3, unique=True).map(tuple),
)
requests = some.builds(
    lambda method, path, query, beta, body: Request(
        method, path, query, (*JSON, *((("openai-beta", beta),) if beta else ())), body
    ),
    some.sampled_from(["POST", "GET"]),
    some.sampled_from([CHAT, "/v1/embeddings", f"/v1/threads/thread_{UUIDS[0]}/messages", "/nowhere"]),
    some.sampled_from(["", "a=1", f"a={UUIDS[1]}"]),
    some.sampled_from(["", "v1", "v2"]),
    bodies.map(lambda value: json.dumps(value).encode()) | some.sampled_from([b"", b"{", b"\xff " + UUIDS[0].encode()]),
)


@given(requests, requests, rules)
def test_keys_and_differences_agree_under_every_rule(one: Request, other: Request, by: Rule) -> None:
    told(one, other, by)
    assert told(one, one, by) == []


@given(bodies, some.data(), rules)
def test_they_agree_on_requests_that_are_nearly_the_same(value: Any, data: some.DataObject, by: Rule) -> None:
    other = copy.deepcopy(value)
    if isinstance(other, dict) and other:
        other[data.draw(some.sampled_from(list(other)))] = data.draw(leaves)
    elif isinstance(other, list) and other:
        other[data.draw(some.integers(0, len(other) - 1))] = data.draw(leaves)
    told(post(value), post(other), by)


@given(bodies, rules)
def test_the_order_of_names_does_not_count_under_any_rule(value: Any, by: Rule) -> None:
    def turned(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {name: turned(inner[name]) for name in reversed(inner)}
        return [turned(each) for each in inner] if isinstance(inner, list) else inner

    assert told(post(value), post(turned(value)), by) == []


@given(requests, requests, rules, rules)
def test_what_is_ignored_only_makes_more_requests_the_same(one: Request, other: Request, by: Rule, more: Rule) -> None:
    if key(one, by) == key(other, by) and not by.normalise and not more.normalise and not by.on and not more.on:
        assert key(one, more.within(by)) == key(other, more.within(by))


@given(
    some.lists(some.sampled_from(VOLATILE) | some.text(max_size=4), max_size=6),
    some.sets(some.sampled_from([*NORMALISERS])),
)
def test_to_normalise_twice_is_to_normalise_once(pieces: list[str], names: set[str]) -> None:
    text = "".join(pieces)
    once = Speller(tuple(names))(text)
    assert Speller(tuple(names))(once) == once


@given(requests, some.lists(some.sampled_from(["/user", "/a/0"]), max_size=2))
def test_a_rule_that_says_no_more_than_before_has_the_keys_of_before(sent: Request, ignore: list[str]) -> None:
    assert key(sent, ignore) == key(sent, Rule(tuple(ignore), WORDS)) == key(sent, Rule(tuple(ignore)))
    assert Rule(tuple(ignore), WORDS).version == 1


@given(rules)
def test_a_rule_is_read_as_it_is_told(by: Rule) -> None:
    assert read(by.told()) == by
    assert by.told()["version"] == by.version


# -- cases


def chat(**more: Any) -> dict[str, Any]:
    return {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}], **more}


def result(call: str, said: str = "21") -> dict[str, Any]:
    calls = [{"id": call, "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    return chat(
        messages=[{"role": "assistant", "tool_calls": calls}, {"role": "tool", "tool_call_id": call, "content": said}]
    )


SAME: dict[str, tuple[Rule, Request, Request]] = {
    "a member of every entry": (
        rule("/messages/*/name"),
        post(chat(messages=[{"content": "a", "name": "x"}, {"content": "b"}])),
        post(chat(messages=[{"content": "a"}, {"content": "b", "name": "y"}])),
    ),
    "every member": (rule(["/metadata/*"]), post(chat(metadata={"a": "1"})), post(chat(metadata={"b": "2"}))),
    "for an operation": (rule(["chat.completions.create:/seed"]), post(chat(seed=1)), post(chat(seed=2))),
    "by operation": (rule({"*": "/user", "chat.*": ["/seed"]}), post(chat(seed=1, user="a")), post(chat(seed=2))),
    "only the path": (rule(match_on=["method", "path"]), post(chat()), post({})),
    "only parts of the body": (
        rule(match_on=["path", "/model", "/messages/*/role"]),
        post(chat(seed=1)),
        post(chat(messages=[{"role": "user", "content": "Bye"}])),
    ),
    "only for embeddings": (
        rule(match_on={"embeddings.create": ["path"]}),
        post({"input": "a"}, "/v1/embeddings"),
        post({"input": "b"}, "/v1/embeddings"),
    ),
    "any method": (rule(match_on=["path"]), Request("DELETE", "/v1/files/a"), Request("GET", "/v1/files/a")),
    "a date": (
        rule(normalise="dates"),
        post(chat(user="It is 2026-11-21T10:00:00Z.")),
        post(chat(user="It is 1999-01-01 23:59.")),
    ),
    "an identifier": (rule(normalise=["uuids"]), post(chat(user=UUIDS[0])), post(chat(user=UUIDS[1]))),
    "an identifier in the query": (
        rule(normalise=["uuids"]), post({}, query=f"a={UUIDS[0]}"), post({}, query=f"a={UUIDS[1]}"),
    ),
    "a path value": (
        rule(normalise=[(r"file-\w+", "file")]), Request("GET", "/v1/files/file-1"), Request("GET", "/v1/files/file-2"),
    ),
    "calls of tools": (
        rule(normalise=["tool_call_ids"]), post(result("call_abc123ABC")), post(result("call_xyz789XYZ")),
    ),
    "a text of one's own": (rule(normalise=[r"run-\d+=>run"]), post(chat(user="run-1")), post(chat(user="run-22"))),
    "a text that is no JSON": (
        rule(normalise=["uuids"]), *(Request("POST", "/x", body=text.encode()) for text in UUIDS),
    ),
}  # fmt: skip
OTHER: dict[str, tuple[Rule, Request, Request, str]] = {
    "for another operation": (
        rule(["embeddings.create:/seed"]), post(chat(seed=1)), post(chat(seed=2)), "seed: wanted 1, got 2",
    ),
    "another path": (
        rule(match_on=["path"]), post({}), post({}, "/v1/embeddings"),
        "request: wanted 'POST /v1/chat/completions', got 'POST /v1/embeddings'",
    ),
    "another part of the body": (
        rule(match_on=["/messages/*/role"]), post(chat()), post(chat(messages=[{"role": "tool"}])),
        "messages[0].role: wanted 'user', got 'tool'",
    ),
    "a header that counts": (
        rule(match_on=["path", "openai-beta"]), post({}, headers=(*JSON, ("openai-beta", "v1"))), post({}),
        "header openai-beta: wanted 'v1', got nothing",
    ),
    "a result of another call": (
        rule(normalise=["tool_call_ids"]),
        post([*(result("call_abc123ABC")["messages"]), "call_abc123ABC"]),
        post([*(result("call_abc123ABC")["messages"]), "call_xyz789XYZ"]),
        "[2]: wanted '<tool_call_id 1>', got '<tool_call_id 2>'",
    ),
    "a model with a date in its name": (
        rule(normalise=["dates"]), post(chat(model="gpt-4o-2024-08-06")), post(chat(model="gpt-4o-2024-11-20")),
        "model: wanted 'gpt-4o-2024-08-06', got 'gpt-4o-2024-11-20'",
    ),
    "another query": (
        rule(normalise=["dates"]), post({}, query="a=1"), post({}, query="a=2"), "query: wanted 'a=1', got 'a=2'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("by", "one", "other"), SAME.values(), ids=SAME)
def test_requests_that_a_rule_makes_the_same(by: Rule, one: Request, other: Request) -> None:
    assert told(one, other, by) == []
    assert by.version == 2
    assert key(one) != key(other)


@pytest.mark.parametrize(("by", "one", "other", "difference"), OTHER.values(), ids=OTHER)
def test_requests_that_it_does_not(by: Rule, one: Request, other: Request, difference: str) -> None:
    assert told(one, other, by) == [difference]


def test_forms_are_normalised_part_by_part() -> None:
    def form(note: str, filename: str, mark: str) -> Request:
        parts = (
            Part("note", None, None, usual_headers("note", None, None), note.encode()),
            Part(
                "file", filename, "text/plain", usual_headers("file", filename, "text/plain"), b"\xff" + note.encode()
            ),
            Part("file", filename, "text/plain", usual_headers("file", filename, "text/plain"), note.encode()),
        )
        media = (("content-type", f"multipart/form-data; boundary={mark}"),)
        return Request("POST", "/v1/files", "", media, build(parts, mark))

    by = rule(normalise=["uuids"], match_on=["path", "body", "content-type"])
    one, other = (form(text, f"/x/{text}.txt", mark) for text, mark in zip(UUIDS, "ab", strict=True))
    assert [each.partition(":")[0] for each in told(one, other, by)] == ["[1].sha256"]  # bytes that are no text
    urlencoded = (("content-type", "application/x-www-form-urlencoded"),)
    one, other = (Request("POST", "/x", "", urlencoded, f"a={text}".encode()) for text in UUIDS)
    assert told(one, other, by) == []


def test_a_cassettes_rule_comes_before_the_general_one() -> None:
    own, general = Rule(("/user",), ("path",), ("dates",)), Rule(("/seed",), ("body",), ("uuids", "dates"))
    assert own.within(general) == Rule(("/user", "/seed"), ("path",), ("dates", "uuids"))
    assert PLAIN.within(general) == general
    assert str(own) == "only path counts; ignored /user; normalised dates"
    assert str(PLAIN) == ""


REFUSED: dict[str, Callable[[], Any]] = {
    "pointer": lambda: rule(["user"]),
    "pointer-operation": lambda: rule(["chat.completion.create:/user"]),
    "pointer-nothing-like-it": lambda: rule(["xyzzy:/user"]),
    "word": lambda: rule(match_on=["boddy"]),
    "header": lambda: rule(match_on=["X-Tenant"]),
    "word-of-vcrpy": lambda: rule(match_on=["method", "uri"]),
    "word-headers": lambda: rule(match_on=["headers"]),
    "word-operation": lambda: rule(match_on=["embedding.create:path"]),
    "normaliser": lambda: rule(normalise=["date"]),
    "normaliser-regex": lambda: rule(normalise=["[=>x"]),
    "normaliser-pair": lambda: rule(normalise=[("a", 1)]),
    "normaliser-odd": lambda: rule(normalise=[7]),
    "head-ignore": lambda: read({"ignore": ["user"]}),
    "head-on": lambda: read({"match_on": ["uri"]}),
    "head-normalise": lambda: read({"normalise": "dates"}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_rule_is_said(name: str, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(ConfigError) as error:
        REFUSED[name]()
    golden(f"match-{name}", error.value)


def test_headers_that_recordings_keep_may_count() -> None:
    assert rule(match_on=["X-Tenant", "embeddings.create:X-Tenant"], kept=["x-tenant"]).on == (
        "x-tenant", "embeddings.create:x-tenant",
    )  # fmt: skip
