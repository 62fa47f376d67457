"""A cassette that is only opened answers as one that was read, and what is wrong with it is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from asking import chat, exchange
from hypothesis import example, given
from hypothesis import strategies as st
from test_lines import SPOILS

from mockai import MockAI
from mockai.cassette import Cassette, Recording
from mockai.clock import ManualClock
from mockai.errors import CassetteError
from mockai.files import unread
from mockai.files.tape import Tape, dumps, load
from mockai.files.unread import Opened, Unread, opened, read
from mockai.http import Break, Chunk, Exchange, Headers, Reply, Request
from mockai.matching import PLAIN, Rule
from mockai.understand import understand

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
SAMPLES = sorted((Path(__file__).parents[1] / "cassettes").glob("*.yaml"))
STREAM: Headers = (("content-type", "text/event-stream; charset=utf-8"),)
EXCHANGES = (
    exchange(chat("one"), {"said": "1"}),
    exchange(chat("two", tools=[{"type": "function"}], note='"""\n- key: x\n  {'), {"said": ["2", "\n- x\n"]}),
    exchange(chat("one"), {"said": '"again'}),
    Exchange(
        chat("three", stream=True),
        Reply(200, STREAM, (Chunk(0.1, b'data: {"a":1}\n\n'), Chunk(0.2, b"data: [DO"), Break(0.0, "close")), 0.3),
        "chat.completions.create",
    ),
    Exchange(Request("POST", "/elsewhere", "a=b", (), b"\xff\x00"), Reply(404, (), (Chunk(0.0, b"it's \xc3\xa9\n"),))),
)


def text_of(exchanges: Sequence[Exchange] = EXCHANGES, **facts: Any) -> str:
    return dumps(Tape(exchanges=tuple(exchanges), **facts))[0]


def cut(path: Path) -> Opened | None:
    return opened(path, read)


def filled(path: Path, rule: Rule = PLAIN) -> Cassette | None:
    """The cassette of a file that is opened; None where it has to be read."""
    found = cut(path)
    cassette = Cassette(rule)
    if found is None:
        return None
    found.fill(cassette)
    return cassette


def whole(path: Path, rule: Rule = PLAIN) -> Cassette:
    cassette = Cassette(rule)
    cassette.add(load(path).exchanges, str(path))
    return cassette


def told(takes: dict[str, list[Recording]]) -> Any:
    return {
        key: [
            (take.name, take.number, take.key, take.operation, take.request, take.exchange, str(take)) for take in each
        ]
        for key, each in takes.items()
    }


def same(path: Path, rule: Rule = PLAIN) -> bool:
    """Whether a file need not be read; if so, it holds what reading it finds."""
    lazy = filled(path, rule)
    if lazy is None:
        return False
    assert told(lazy.takes) == told(whole(path, rule).takes)
    return isinstance(next(iter(lazy.takes.values()))[0], Unread)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_need_not_be_read(sample: Path) -> None:
    assert same(sample)
    assert same(sample, Rule(ignore=("/messages/*/content", "/model"), on=("path", "body")))


def test_what_mockai_writes_need_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text_of(recorded={"by": "me"}, rule=Rule(ignore=("/user",))), encoding="utf-8")
    assert same(tmp_path / "a.yaml")
    assert len(cut(tmp_path / "a.yaml") or ()) == len(EXCHANGES)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the imported recordings."""
    if not RECORDINGS.is_dir():
        pytest.skip("the shared recordings are not here")
    from mockai.files.importing import import_sources

    sources = sorted(path for path in (RECORDINGS / "original").rglob("*.yaml") if path.stat().st_size < 200_000)[::20]
    folder = tmp_path_factory.mktemp("imported")
    import_sources(sources, folder)
    return folder


def test_recordings_need_not_be_read(imported: Path) -> None:
    files = sorted(imported.rglob("*.yaml"))
    assert len(files) > 20
    assert sum(same(path) for path in files) >= 0.95 * len(files)


def mocks(monkeypatch: pytest.MonkeyPatch, folder: Path, **options: Any) -> tuple[MockAI, MockAI]:
    """The same cassettes, read and only opened."""
    read_whole = MockAI(cassette=folder, **options)
    monkeypatch.setattr(unread, "WHOLE", 0)
    return read_whole, MockAI(cassette=folder, **options)


@pytest.mark.parametrize("options", [{}, {"ignore": ["/seed"]}, {"replay_speed": 2}, {"allow_playback_repeats": True}])
def test_both_answer_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    (tmp_path / "a.yaml").write_text(text_of(), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text_of(EXCHANGES[:2], rule=Rule(ignore=("/user",))), encoding="utf-8")
    asked = [chat("one"), chat("two"), chat("one", seed=1), *(each.request for each in EXCHANGES), chat("nine")]
    asked += [*asked, Request("GET", "/v1/models"), Request("GET", "/nowhere")]
    first, second = mocks(monkeypatch, tmp_path, unmatched="error", clock=ManualClock(), **options)
    assert any(isinstance(take, Unread) for each in second.cassettes for takes in each.takes.values() for take in takes)
    for request in asked:
        one, other = first.handle(request), second.handle(request)
        assert isinstance(one, Reply)
        assert isinstance(other, Reply)
        assert (one.status, one.headers, list(one.body), one.after) == (
            other.status, other.headers, list(other.body), other.after)  # fmt: skip
    assert first.misses == second.misses
    assert first.misses

    def left(mock: MockAI) -> list[str]:
        return [str(take) for cassette in mock.cassettes for take in cassette.unused()]

    assert left(first) == left(second)
    first.reset()
    second.reset()
    assert left(first) == left(second)
    assert len(left(first)) == 7


def test_a_request_that_was_edited_is_found_by_what_it_says_now(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text_of().replace("content: one", "content: other", 1), encoding="utf-8")
    cassette = filled(path)
    assert cassette is not None
    take = cassette.play(understand(chat("other")))
    assert take is not None
    assert take.number == 1
    take = cassette.play(understand(chat("one")))
    assert take is not None
    assert take.number == 3


@given(st.data())
def test_a_file_that_was_spoilt_says_the_same_or_is_refused(tmp_path_factory: Any, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "spoilt.yaml"
    text = TEXT
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(SPOILS) + text[at + data.draw(st.integers(0, 4)) :]
    check(path, text)


TEXT = text_of()
SWALLOWED = TEXT.replace("said: '1'", 'said: "1', 1)


@example(SWALLOWED.replace("said: '\"again'", "said: 'x\"", 1))
@example(TEXT.replace("said: '1'", "said: '1\n", 1))
@example(TEXT.replace("said: '1'", "said: [1\n", 1))
@given(st.sampled_from(TEXT.splitlines(keepends=True)).map(lambda line: TEXT.replace(line, "", 1)))
def test_a_file_without_a_line_says_the_same_or_is_refused(tmp_path_factory: Any, text: str) -> None:
    check(tmp_path_factory.getbasetemp() / "line.yaml", text)


OPENINGS = ["'", '"', "[", "{", "['", '["', "{a: '", '{? "', "{? '", "? '", '- "']
CLOSINGS = ["", "]", "}", ": b}", ":b}", " : b}", ":44}", "x", " x", "'", '"', " # x", "]\n", ", x]"]


@given(st.sampled_from(OPENINGS), st.sampled_from(CLOSINGS), st.sampled_from(CLOSINGS), st.integers(1, 3))
@example('{? "', "", ":44}", 1)
@example("'", "", "", 1)
def test_no_exchange_is_swallowed_unseen(
    tmp_path_factory: Any, opening: str, after: str, closing: str, number: int
) -> None:
    """What is opened in one answer is closed in a later one, with no quotes of its kind between the two."""
    last = exchange(chat("""it's "so" """), {"said": "no more"})
    before, *between, behind = text_of([*[exchange(chat("one"), {"said": "mark"})] * 4, last]).split("mark")
    quote = opening[-1] if opening[-1] in "'\"" else ""
    swallowed = opening + "mark".join(between[:number]).replace(quote or "'", "") + quote
    text = before + swallowed + closing + after + "mark".join([*between[number:], behind])
    check(tmp_path_factory.getbasetemp() / "swallowed.yaml", text)


def check(path: Path, text: str) -> None:
    """Where a file is wrong, some exchange says so at the latest when it is played; else both readings agree."""
    path.write_text(text, encoding="utf-8", newline="")
    try:
        expected = whole(path)
    except CassetteError:
        with pytest.raises(CassetteError):
            told((filled(path) or whole(path)).takes)
        return
    lazy = filled(path)
    assert lazy is None or told(lazy.takes) == told(expected.takes)


def test_a_request_that_is_wrong_is_found_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "WHOLE", 0)
    good = text_of()
    for wrong, said in [
        (good.replace("method: POST", "method: [", 1), r"a\.yaml, line 9: this is not YAML"),
        (good.replace("method: POST", "method: 7", 1), r"exchange 1, line 4\.request: method must be text"),
        (good.replace("    path: /elsewhere\n", ""), r"exchange 5, line \d+\.request: path is missing"),
        (good.replace("mockai: 1", "mockai: 9"), "has version 9"),
        (good.replace("exchanges:\n", "exchanges:\n- 7\n"), "must be a mapping"),
        (good.replace("  response:\n", "  answer:\n", 1), "response is missing"),
    ]:
        assert wrong != good
        (tmp_path / "a.yaml").write_text(wrong, encoding="utf-8")
        with pytest.raises(CassetteError, match=said):
            MockAI(cassette=tmp_path)


def test_an_answer_that_is_wrong_is_found_when_it_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "WHOLE", 0)
    good = text_of()
    line = good[: good.index("said: '1'")].count("\n") + 1
    (tmp_path / "a.yaml").write_text(good.replace("said: '1'", "said: - 1 - :"), encoding="utf-8")
    mock = MockAI(cassette=tmp_path)
    reply = mock.handle(chat("two", tools=[{"type": "function"}], note='"""\n- key: x\n  {'))
    assert isinstance(reply, Reply)
    assert reply.status == 200
    reply = mock.handle(chat("one"))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.header("x-should-retry")) == (500, "false")
    assert f"a.yaml, line {line}: this is not YAML" in reply.content.decode()
    assert f"a.yaml, line {line}: this is not YAML" in mock.misses[0]


def test_few_exchanges_are_read_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text_of().replace("said: '1'", "said: - 1 - :"), encoding="utf-8")
    with pytest.raises(CassetteError, match="this is not YAML"):
        MockAI(cassette=tmp_path)
