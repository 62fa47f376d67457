"""Sameness: every request is itself however it is spelled, and no other; `key` and `differences` always agree."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from mockai.http import Request
from mockai.match import Mismatch, differences, key, show
from mockai.multipart import Part, build, usual_headers
from mockai.understand import understand

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
JSON = (("content-type", "application/json"),)
PATH = "/v1/chat/completions"

numbers = (
    some.integers()
    | some.integers(-(2**70), 2**70)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.integers(-(10**9), 10**9).map(float)
)
halves = some.text(some.characters(categories=["Cs", "Lu"]), max_size=3)
texts = some.text(max_size=6) | halves.map(lambda text: json.loads(json.dumps(text)))  # two halves may be one letter
scalars = some.none() | some.booleans() | numbers | texts
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def post(body: bytes, path: str = PATH, query: str = "", headers: Any = JSON) -> Request:
    return Request("POST", path, query, headers, body)


def of(value: Any, **style: Any) -> Request:
    return post(json.dumps(value, **style).encode())


def told(one: Request, other: Request, ignore: tuple[str, ...] = ()) -> list[str]:
    """The differences, which must agree with the keys, in both directions."""
    found = [str(each) for each in differences(understand(one), understand(other), ignore)]
    back = list(differences(understand(other), understand(one), ignore))
    assert bool(found) is bool(back) is (key(one, ignore) != key(other, ignore))
    return found


def spelled(value: Any, rng: random.Random) -> Any:
    """The same value with its keys in another order and its whole numbers in another spelling."""
    if isinstance(value, dict):
        names = list(value)
        rng.shuffle(names)
        return {name: spelled(value[name], rng) for name in names}
    if isinstance(value, list):
        return [spelled(item, rng) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 and rng.random() < 0.5:
        return float(value)
    return value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every scalar and every empty container."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for name, inner in items for leaf in leaves(inner, (*path, name))]
    return found or [path]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of the value with another leaf."""
    if not path:
        return new
    made = copy.deepcopy(value)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = new
    return made


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: numbers by value, but no boolean is a number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


# -- a request is itself


@given(values, some.randoms(use_true_random=False))
def test_the_spelling_of_json_does_not_count(value: Any, rng: random.Random) -> None:
    again = spelled(value, rng)
    assert told(of(value), of(again, indent=2, ensure_ascii=True)) == []
    if not any("\ud800" <= letter <= "\udfff" for letter in json.dumps(value, ensure_ascii=False)):
        assert told(of(value), of(again, ensure_ascii=False, separators=(",", ":"))) == []


@given(values, values)
def test_keys_and_differences_agree_on_any_two_values(one: Any, other: Any) -> None:
    assert (told(of(one), of(other)) == []) is same(one, other)


@given(values, scalars, some.data())
def test_no_leaf_can_be_changed_unseen(value: Any, new: Any, data: some.DataObject) -> None:
    path = data.draw(some.sampled_from(leaves(value)))
    other = changed(value, path, new)
    assume(not same(value, other))
    found = told(of(value), of(other))
    assert len(found) >= 1


@given(some.dictionaries(texts, values, min_size=1), some.data())
def test_no_field_can_be_left_out_unseen_but_the_ignored(value: dict[str, Any], data: some.DataObject) -> None:
    name = data.draw(some.sampled_from(list(value)))
    less = {key: inner for key, inner in value.items() if key != name}
    assert len(told(of(value), of(less))) == 1
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    assert told(of(value), of(less), (pointer,)) == []
    assert told(of(value), of(changed(value, (name,), "another")), (pointer,)) == []


@given(some.binary(), some.binary())
def test_bytes_of_any_kind_are_themselves(one: bytes, other: bytes) -> None:
    assert told(post(one), post(one)) == []
    if told(post(one), post(other)) == []:
        assert one == other or same(json.loads(one), json.loads(other))


@given(some.lists(some.tuples(some.text(max_size=3), some.text(max_size=3)), max_size=4), some.randoms())
def test_of_a_query_only_the_order_of_names_does_not_count(pairs: list[tuple[str, str]], rng: random.Random) -> None:
    sent = post(b"{}", query=urlencode(pairs))
    by_name: dict[str, list[str]] = {}
    for name, value in pairs:
        by_name.setdefault(name, []).append(value)
    names = list(by_name)
    rng.shuffle(names)
    again = [(name, value) for name in names for value in by_name[name]]
    assert told(sent, post(b"{}", query=urlencode(again))) == []
    assert told(sent, post(b"{}", query=urlencode([*pairs, ("x", "y")]))) != []


# -- cases that a hash of the text, or of a parser's value, would get wrong


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"n": 1.0}', '{"n": 1}', True),
        ('{"n": 1e2}', '{"n": 100}', True),
        ('{"n": -0.0}', '{"n": 0}', True),
        ('{"n": -0}', '{"n": 0}', True),
        ('{"n": 1}', '{"n": true}', False),
        ('{"n": 1}', '{"n": "1"}', False),
        ('{"n": null}', "{}", False),
        ('{"n": [1, 2]}', '{"n": [2, 1]}', False),
        ('{"n": 18446744073709551616}', '{"n": 18446744073709551617}', False),
        ('{"n": 9007199254740993}', '{"n": 9007199254740992}', False),
        ('{"n": 1e22}', '{"n": 10000000000000000000000}', True),
        ('{"n": 0.1}', '{"n": 0.10}', True),
        ('{"n": 1e999}', '{"n": 2e999}', False),
        ('{"n": NaN}', '{"n": NaN }', False),  # no JSON: bytes
        ('{"n": Infinity}', '{"n": -Infinity}', False),
        ('{"n": 1, "n": 2}', '{"n": 2}', True),  # the last one counts, as in every parser of the API's
        ('{"n": 1, "n": 2}', '{"n": 1}', False),
        (r'{"n": "\ud800"}', r'{"n": "\ud801"}', False),
        (r'{"n": "\ud800"}', r'{"n": "\uD800"}', True),
        (r'{"n": "\u00e9"}', '{"n": "é"}', True),
        ('{"n": "\u00e9"}', '{"n": "e\u0301"}', False),  # composed or not is another text
        (r'{"n": "\u0000"}', '{"n": ""}', False),
        ("{} ", "{}", True),
        ("{}x", "{}", False),
        ("null", "", False),
        ("[" * 300 + "1" + "]" * 300, "[" * 300 + "2" + "]" * 300, False),
        ("[" * 300 + "1" + "]" * 300, "[" * 300 + " 1" + "]" * 300, True),
        ("[" * 1020 + "1" + "]" * 1020, "[" * 1020 + "2" + "]" * 1020, False),
        ("[" * 100_000, "[" * 100_001, False),
        ("[" * 50_000 + "]" * 50_000, "[" * 50_000 + "1" + "]" * 50_000, False),
    ],
)  # fmt: skip
def test_values_that_look_alike(one: str, other: str, equal: bool) -> None:
    assert (told(post(one.encode()), post(other.encode())) == []) is equal


AZURE = "/openai/deployments"
FORM = (("content-type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (post(b"{}"), post(b"{}", "/chat/completions"), True),
        (post(b"{}"), post(b"{}", "/openai/v1/chat/completions"), True),
        (post(b"{}"), post(b"{}", "/openai/deployments/a/chat/completions"), False),
        (post(b"{}", f"{AZURE}/a/chat/completions"), post(b"{}", f"{AZURE}/b/chat/completions"), False),
        (post(b"{}"), post(b"{}", "/v1/completions"), False),
        (post(b"{}", "/odd"), post(b"{}", "/v1/odd"), False),  # who knows what an unknown path means
        (Request("GET", "/v1/models/a"), Request("GET", "/v1/models/b"), False),
        (Request("GET", "/v1/models/a%2Fb"), Request("GET", "/v1/models/a%2fb"), True),
        (Request("GET", "/v1/files", "limit=2"), Request("GET", "/v1/files"), False),
        (Request("GET", "/v1/files", "a=1&a=2"), Request("GET", "/v1/files", "a=2&a=1"), False),
        (Request("GET", "/v1/files", "a=%ff"), Request("GET", "/v1/files", "a=%fe"), False),
        (Request("GET", "/v1/files", "&"), Request("GET", "/v1/files"), True),
        (post(b"a=1&b=2", headers=FORM), post(b"b=2&a=%31", headers=FORM), True),
        (post(b"a=1", headers=FORM), post(b"a=2", headers=FORM), False),
        (post(b"&", headers=FORM), post(b"[]"), False),
        (post(b"a=1", headers=FORM), post(b"[('a', '1')]"), False),
        (post(b"a=1", headers=FORM), post(b"\0form [('a', '1')]"), False),
        (post(b"{}", headers=(*JSON, ("authorization", "Bearer a"))), post(b"{}", headers=(("x-other", "b"),)), True),
    ],
)  # fmt: skip
def test_requests_that_look_alike(one: Request, other: Request, equal: bool) -> None:
    assert (told(one, other) == []) is equal


parts = some.builds(
    lambda name, filename, kind, data: Part(name, filename, kind, usual_headers(name, filename, kind), data),
    some.sampled_from(["file", "model", "language"]),
    some.none() | some.sampled_from(["a.mp3", "b.wav"]),
    some.none() | some.sampled_from(["audio/mpeg", "text/plain"]),
    some.binary(max_size=20) | some.binary(min_size=4090, max_size=4100),
)


def multipart(content: list[Part], mark: str) -> Request:
    kind = (("content-type", f"multipart/form-data; boundary={mark}"),)
    return post(build(content, mark), "/v1/audio/transcriptions", headers=kind)


@given(some.lists(parts, min_size=1, max_size=3), some.lists(parts, min_size=1, max_size=3))
def test_multipart_is_its_parts_whatever_the_boundary(one: list[Part], other: list[Part]) -> None:
    assert told(multipart(one, "----one1"), multipart(one, "----two2")) == []
    assert (told(multipart(one, "----one1"), multipart(other, "----one1")) == []) is (one == other)


# -- what a person reads


def test_a_difference_is_named_as_the_api_names_places() -> None:
    one = of({"model": "gpt-5", "messages": [{"role": "user", "content": "a"}], "n": 1})
    other = of({"model": "gpt-5", "messages": [{"role": "user", "content": "b"}, 5], "seed": 7})
    assert told(one, other) == [
        "messages[0].content: wanted 'a', got 'b'",
        "messages[1]: wanted nothing, got 5",
        "n: wanted 1, got nothing",
        "seed: wanted nothing, got 7",
    ]
    assert told(post(b"\xff"), post(b"\xfe")) == ["body: wanted '\\udcff', got '\\udcfe'"]
    assert told(post(b""), of({"a": 1})) == ["body: wanted nothing, got {'a': 1}"]
    assert told(Request("GET", "/v1/models/a"), Request("GET", "/v1/models/b")) == [
        "request: wanted 'GET /v1/models/a', got 'GET /v1/models/b'"
    ]
    assert told(post(b"{}", query="a=1"), post(b"{}", query="a=2")) == ["query: wanted 'a=1', got 'a=2'"]
    assert told(post(b"1e999"), post(b"1e999 ")) == ["body: wanted '1e999', got '1e999 '"]


@pytest.mark.parametrize("depth", [*range(940, 1000, 3), 1020])
def test_what_is_too_deep_to_compare_is_told_as_a_whole(depth: int) -> None:
    deep = [("[" * depth + inner + "]" * depth).encode() for inner in ("1", "2")]
    assert len(told(post(deep[0]), post(deep[1]))) == 1


def test_values_are_shown_short() -> None:
    assert show("x" * 100) == f"'{'x' * 59}… (102 characters)"
    assert show(b"abc") == "3 bytes"
    assert str(Mismatch("a", 1, None)) == "a: wanted 1, got None"
    assert show(test_values_are_shown_short) == "test_values_are_shown_short"


def test_long_texts_are_shown_where_they_differ() -> None:
    one, other = "word " * 99 + "rain", "word " * 99 + "snow" + " more" * 20
    assert str(Mismatch("a", one, other)) == (
        "a: wanted …'word word word word rain' (499 characters), "
        "got …'word word word word snow more more more more more more more '… (599 characters)"
    )
    assert str(Mismatch("a", "x" * 100, "y" * 100)).startswith("a: wanted 'xxx")


@pytest.mark.parametrize(
    ("pointer", "one", "other", "equal"),
    [
        ("/a/b", {"a": {"b": 1}}, {"a": {"b": 2}}, True),
        ("/a/b", {"a": {"b": 1}}, {"a": {}}, True),
        ("/a/b", {"a": {"c": 1}}, {"a": {"c": 2}}, False),
        ("/a/0/b", {"a": [{"b": 1}]}, {"a": [{"b": 2}]}, True),
        ("/a/1", {"a": [0, 1]}, {"a": [0, 2]}, True),
        ("/a/1", {"a": [0, 1]}, {"a": [1, 1]}, False),
        ("/a/5", {"a": [0]}, {"a": [0]}, True),
        ("/a/9/b", {"a": [0]}, {"a": [1]}, False),
        ("/a/b", 1, 2, False),
        ("", {"a": 1}, {"a": 2}, False),
    ],
)  # fmt: skip
def test_a_pointer_leaves_out_one_place(pointer: str, one: Any, other: Any, equal: bool) -> None:
    assert (told(of(one), of(other), (pointer,)) == []) is equal


# -- real requests


@cache
def recorded() -> list[Request]:
    """Every different request of the recordings with a JSON body, and those without one."""
    found: dict[str, Request] = {}
    with (RECORDINGS / "interactions.jsonl").open() as lines:
        for line in lines:
            exchange = json.loads(line)
            url = urlsplit(exchange["url"])
            body = exchange["request_body"] or {}
            text = json.dumps(body["json"]).encode() if "json" in body else b""
            sent = Request(exchange["method"], url.path, url.query, JSON, text)
            found.setdefault(f"{sent.method} {sent.path}?{sent.query}\n{text!r}", sent)
    return list(found.values())


needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")


@needs_recordings
def test_every_recorded_request_is_itself_and_no_other() -> None:
    by_key: dict[str, list[Request]] = {}
    for sent in recorded():
        text = json.dumps(json.loads(sent.body), indent=1, sort_keys=True).encode() if sent.body else b""
        assert key(Request(sent.method, sent.path, sent.query, (), text)) == key(sent)
        by_key.setdefault(key(sent), []).append(sent)
    for requests in by_key.values():  # the same key: nothing that differs, at another address perhaps
        assert all(told(requests[0], other) == [] for other in requests[1:])
    assert len(by_key) > 1000


@needs_recordings
@given(some.data(), scalars)
def test_no_leaf_of_a_recorded_request_can_be_changed_unseen(data: some.DataObject, new: Any) -> None:
    sent = data.draw(some.sampled_from([each for each in recorded() if each.body][::7]))
    value = json.loads(sent.body)
    path = data.draw(some.sampled_from(leaves(value)))
    other = changed(value, path, new)
    assume(not same(value, other))
    assert told(sent, post(json.dumps(other).encode(), sent.path, sent.query)) != []
