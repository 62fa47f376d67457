"""A cassette answers each request with its own recordings, in their order, and with nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking import ask, chat, exchange, request, taped
from hypothesis import given
from hypothesis import strategies as some

from mockai import MockAI
from mockai.call import Forward
from mockai.cassette import Cassette, Take
from mockai.errors import ConfigError
from mockai.files.checking import check_paths
from mockai.files.shelf import cleaned
from mockai.files.tape import Tape, dumps, load
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.match import differences
from mockai.matching import Rule
from mockai.understand import understand

texts = some.sampled_from(["a", "b", "c"])


def cassette(*exchanges: Exchange, **options: Any) -> Cassette:
    made = Cassette(**options)
    made.add(exchanges, "tape.yaml")
    return made


def heard(played: Take | None) -> Any:
    return None if played is None else json.loads(played.at(1, False).content)


@given(some.lists(texts), some.lists(texts, max_size=12), some.booleans())
def test_each_recording_answers_its_own_request_once_and_in_order(
    recorded: list[str], asked: list[str], repeats: bool
) -> None:
    tape = cassette(*(exchange(chat(text), [text, number]) for number, text in enumerate(recorded)), repeats=repeats)
    left = {text: [[each, number] for number, each in enumerate(recorded) if each == text] for text in "abc"}
    last: dict[str, Any] = {}
    for text in asked:
        expected = left[text].pop(0) if left[text] else last.get(text) if repeats else None
        last[text] = expected
        assert heard(tape.play(understand(chat(text)))) == expected
        assert tape.knows(understand(chat(text))) is (text in recorded)
    unused = {(take.name, take.number) for take in tape.unused()}
    assert unused == {("tape.yaml", number + 1) for rest in left.values() for _, number in rest}
    assert {take.number for take in tape.rewound().unused()} == set(range(1, len(recorded) + 1))


@given(some.lists(some.tuples(texts, some.integers(0, 3)), min_size=1, max_size=8), texts, some.integers(0, 3))
def test_the_nearest_recordings_have_the_fewest_differences(
    recorded: list[tuple[str, int]], text: str, seed: int
) -> None:
    sent = understand(chat(text, seed=seed))
    tape = cassette(*(exchange(chat(each, seed=number)) for each, number in recorded))
    counts = [len(list(differences(understand(chat(each, seed=number)), sent))) for each, number in recorded]
    near = tape.nearest(sent)
    assert [len(found) for _, found in near] == sorted(counts)[:3]
    assert len({take.number for take, _ in near}) == len(near)
    assert bool(near[0][1]) is (heard(tape.play(sent)) is None)


def test_the_nearest_are_of_the_same_operation_where_there_is_one() -> None:
    tape = cassette(
        Exchange(request("/v1/embeddings", input="a"), Reply(200), "embeddings.create"),
        exchange(chat("quite another text", temperature=1, seed=5, user="u")),
    )
    assert [take.number for take, _ in tape.nearest(understand(chat()))] == [2]
    assert len(tape.nearest(understand(request("/v1/images/generations", prompt="x")))) == 2
    assert str(next(tape.unused())).startswith("tape.yaml #1 [")


def test_a_request_that_held_a_key_is_found_by_its_clean_form() -> None:
    key = "sk-proj-abcdefghij0123456789ABCDEFGHIJ"
    tape = cassette(exchange(cleaned(chat(f"my key is {key}"))), clean=cleaned)
    assert tape.knows(understand(chat(f"my key is {key}")))
    assert tape.knows(understand(chat("my key is sk-proj-another-0123456789-ABCDEFGHIJ")))
    assert not tape.knows(understand(chat("my key is gone")))
    assert not Cassette(clean=cleaned).knows(understand(chat()))


def test_what_a_cassette_ignores_may_vary(tmp_path: Path) -> None:
    file = taped(
        tmp_path / "tape.yaml", exchange(chat(user="me"), 1), exchange(chat("b", seed=1), 2), ignore=("/user",)
    )
    mock = MockAI(cassette=file, ignore=["/seed"])
    assert json.loads(ask(mock, chat(user="you", seed=9)).content) == 1
    assert json.loads(ask(mock, chat("b")).content) == 2


def test_several_cassettes_answer_in_their_order(tmp_path: Path) -> None:
    taped(tmp_path / "b.yaml", exchange(chat(), "second"))
    taped(tmp_path / "a.yaml", exchange(chat(), "first"))
    taped(tmp_path / "c.yaml", exchange(chat(user="x"), "ignoring"), ignore=("/user",))
    mock = MockAI(cassette=tmp_path)
    assert [json.loads(ask(mock, chat()).content) for _ in range(3)] == ["first", "second", "ignoring"]


@pytest.mark.parametrize(
    ("speed", "exact", "pieces"),
    [
        ("instant", False, [(0, b"abc")]),
        ("instant", True, [(0, b"a"), (0, b"b"), (0, b"c")]),
        ("recorded", False, [(0.5, b"a"), (0, b"b"), (0.25, b"c")]),
        (2, False, [(1.0, b"a"), (0, b"b"), (0.5, b"c")]),
    ],
)
def test_a_stream_replays_at_the_speed_asked_for(
    speed: Any, exact: bool, pieces: list[tuple[float, bytes]], tmp_path: Path
) -> None:
    body = (Chunk(0.5, b"a"), Chunk(0, b"b"), Chunk(0.25, b"c"))
    reply = Reply(200, (("content-type", "text/event-stream"),), body, 0.125)
    mock = MockAI(
        cassette=taped(tmp_path / "tape.yaml", Exchange(chat(), reply)), replay_speed=speed, exact_pieces=exact
    )
    played = ask(mock, chat())
    assert [(chunk.after, chunk.data) for chunk in played.body if isinstance(chunk, Chunk)] == pieces
    assert played.after == 0.125 * mock.speed
    assert played.header("x-mockai-source") == "cassette"


MISSES: dict[str, tuple[list[Request], list[Request]]] = {
    "miss-other": ([chat("a"), chat("b", seed=1), chat("c", model="gpt-4o", seed=2)], [chat("z", stream=True)]),
    "miss-played": ([chat("a")], [chat("a"), chat("a")]),
    "miss-other-operation": ([request("/v1/embeddings", input="a")], [chat("a")]),
    "miss-empty": ([], [chat("a")]),
}


@pytest.mark.parametrize("name", MISSES)
def test_a_miss_says_what_is_nearest_and_where_it_differs(
    name: str, tmp_path: Path, golden: Callable[[str, object], None]
) -> None:
    recorded, asked = MISSES[name]
    mock = MockAI(cassette=taped(tmp_path / "tape.yaml", *map(exchange, recorded)), unmatched="error")
    for sent in asked:
        missed = ask(mock, sent)
    error = json.loads(missed.content)["error"]
    assert (missed.status, missed.header("x-should-retry")) == (404, "false")
    assert (error["type"], error["param"]) == ("mockai_error", None)
    golden(name, error["message"].replace(str(tmp_path), "."))
    assert mock.misses == [error["message"]]


# -- order


@given(some.lists(texts, max_size=6), some.lists(texts, max_size=12), some.booleans())
def test_in_order_a_recording_answers_when_all_before_it_have(
    recorded: list[str], asked: list[str], repeats: bool
) -> None:
    tape = cassette(
        *(exchange(chat(text), number) for number, text in enumerate(recorded)), repeats=repeats, ordered=True
    )
    turn = 0
    for text in asked:
        if recorded[turn : turn + 1] == [text]:
            expected: int | None = turn
            turn += 1
        else:
            expected = turn - 1 if repeats and turn and recorded[turn - 1] == text else None
        assert heard(tape.play(understand(chat(text)))) == expected
    assert sorted(take.number for take in tape.unused()) == list(range(turn + 1, len(recorded) + 1))
    assert [take.number for take in tape.due()] == [turn + 1][: len(recorded) - turn]
    assert {take.number for take in tape.rewound().unused()} == set(range(1, len(recorded) + 1))


def test_each_file_has_an_order_of_its_own(tmp_path: Path) -> None:
    taped(tmp_path / "a.yaml", exchange(chat("a"), 1), exchange(chat("b"), 2))
    taped(tmp_path / "b.yaml", exchange(chat("c"), 3), exchange(chat("a"), 4))
    mock = MockAI(cassette=tmp_path, playback="ordered")
    assert [json.loads(ask(mock, chat(text)).content) for text in "cab"] == [3, 1, 2]
    assert json.loads(ask(mock, chat("a")).content) == 4
    mock.reset()
    assert json.loads(ask(mock, chat("a")).content) == 1
    assert json.loads(ask(mock.scope(), chat("c")).content) == 3


RULED: dict[str, tuple[dict[str, Any], list[Request], list[Request]]] = {
    "out-of-order": ({"playback": "ordered"}, [chat("a"), chat("b"), chat("c")], [chat("a"), chat("c")]),
    "after-the-last": ({"playback": "ordered"}, [chat("a")], [chat("a"), chat("a")]),
    "in-order-other": ({"playback": "ordered"}, [chat("a")], [chat("z")]),
    "ruled": (
        {"ignore": ["/seed"], "match_on": ["path", "body"], "normalise": ["dates", (r"run-\d+", "run")]},
        [chat("On 2026-11-20 in run-7.")],
        [chat("At 1999-12-31 in run-8!", seed=1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULED)
def test_a_miss_says_the_rules_in_force(name: str, tmp_path: Path, golden: Callable[[str, object], None]) -> None:
    options, recorded, asked = RULED[name]
    mock = MockAI(cassette=taped(tmp_path / "tape.yaml", *map(exchange, recorded)), unmatched="error", **options)
    for sent in asked:
        missed = ask(mock, sent)
    assert missed.status == 404
    message = json.loads(missed.content)["error"]["message"]
    golden(f"miss-{name}", message.replace(f"{tmp_path}/", ""))


# -- rules


def test_a_cassettes_own_rule_is_for_its_own_exchanges(tmp_path: Path) -> None:
    own = Rule(("/messages/*/name",), ("path", "body"), ("uuids",))
    (tmp_path / "own.yaml").write_text(dumps(Tape((exchange(chat("own")),), own))[0], "utf-8")
    taped(tmp_path / "plain.yaml", exchange(chat("plain"), "plain"))
    text = (tmp_path / "own.yaml").read_text("utf-8")
    assert "match: {version: 2, ignore: [/messages/*/name], match_on: [path, body], normalise: [uuids]}" in text, (
        "an older mockai refuses what it cannot honour"
    )
    assert load(tmp_path / "own.yaml").rule == own
    mock = MockAI(cassette=tmp_path, unmatched="error")
    named = chat(messages=[{"role": "user", "content": "own", "name": "x"}])
    assert ask(mock, replace(named, query="any=1")).status == 200
    assert ask(mock, replace(chat("plain"), query="any=1")).status == 404
    assert ask(mock, chat("plain")).status == 200


def test_what_is_recorded_says_by_what_rule(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    head = "mockai: 1\nmatch: {version: 2, ignore: [/user], match_on: [path, body], later: yes it is}\n"
    file.write_text(head, "utf-8")
    mock = MockAI(
        cassette=file, record_mode="new_episodes", upstream="http://127.0.0.1:9/v1",
        ignore={"chat.completions.create": "/seed"}, match_on=["method"], normalise="dates",
    )  # fmt: skip
    forward = mock.handle(chat(user="me"))
    assert isinstance(forward, Forward)
    mock.finish(forward, Reply(200, (), (Chunk(0, b"{}"),)), 1.0)
    mock.close()
    assert (
        "match: {version: 2, ignore: [/user, chat.completions.create:/seed], match_on: [path, body], "
        "normalise: [dates], later: yes it is}"
    ) in " ".join(file.read_text("utf-8").replace("'", "").split())
    replayed = MockAI(cassette=file, unmatched="error")
    assert ask(replayed, chat(user="you", seed=7)).content == b"{}"


def test_check_names_a_rule_of_a_cassettes_own(tmp_path: Path) -> None:
    taped(tmp_path / "c.yaml", exchange(chat()), ignore=("/seed",))
    assert "matching by a rule of its own: ignored /seed." in check_paths([tmp_path]).text()


def test_recordings_are_never_changed_by_what_is_normalised(tmp_path: Path) -> None:
    file = taped(tmp_path / "c.yaml", exchange(chat("It is 2026-11-21."), "2026-11-21"))
    before = file.read_bytes()
    mock = MockAI(cassette=file, normalise=["dates"])
    assert ask(mock, chat("It is 1999-01-01.")).content == b'"2026-11-21"'
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"playback": "backwards"}, "Not a way to play back: 'backwards'. Choose unordered or ordered."),
        ({"match_on": ["x-tenant"]}, "Not something to match on: 'x-tenant'."),
        ({"ignore": ["user"]}, "Not a JSON pointer to ignore: 'user'."),
        ({"redact": ["json"]}, "Not a rule of redaction: 'json'."),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        MockAI(**options)
    assert str(error.value).startswith(said)
    assert MockAI(match_on=["path", "x-tenant"], redact={"keep": "X-Tenant"}).rule.on == ("path", "x-tenant")


def test_a_miss_counts_no_tokens(tmp_path: Path) -> None:
    file = taped(tmp_path / "a.yaml", exchange(chat("one")))
    mock = MockAI(cassette=file)
    reply = ask(mock, chat("two"))
    assert reply.status == 404
    assert not any(name.startswith("x-ratelimit-") for name, _ in reply.headers)
    assert mock.limit.accounts == {}
    mock = MockAI(cassette=file, unmatched="synthesize")
    assert ask(mock, chat("two")).header("x-ratelimit-remaining-requests") == "9999"
    mock = MockAI(unmatched="error")
    assert ask(mock, chat("two")).status == 404
    assert mock.limit.accounts == {}
    mock = MockAI(cassette=file, rate_limit="rpm=1")
    assert [ask(mock, chat("two")).status for _ in range(2)] == [404, 429]
