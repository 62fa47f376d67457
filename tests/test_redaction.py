"""What users' own rules take out is nowhere in what is written, and requests still match."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockai import MockAI, Redaction
from mockai.clock import ManualClock
from mockai.control import told
from mockai.covering import Cover, cover, recut
from mockai.errors import ConfigError, RedactionFailed
from mockai.files.importing import import_sources
from mockai.files.recorder import Recorder, save
from mockai.files.redact import clean, clean_request, writable
from mockai.files.shelf import cleaned
from mockai.files.tape import Tape, load
from mockai.http import Break, Chunk, Exchange, Headers, Reply, Request
from mockai.match import key
from mockai.multipart import Part, build, parse, usual_headers
from mockai.redaction import redaction, texts

JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream"),)
FORM: Headers = (("content-type", "multipart/form-data; boundary=b"),)
AUTH: Headers = (*JSON, ("authorization", "Bearer sk-any"))
GZIP = ("content-encoding", "gzip")
NAME = "alice-liddell"
MAIL = "alice@example.com"
PSEUDONYM = Redaction().pseudonym("user", NAME)


def asked(value: Any, headers: Headers = JSON, query: str = "", path: str = "/v1/chat/completions") -> Request:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Request("POST", path, query, headers, body)


def answered(*pieces: bytes, headers: Headers = JSON) -> Reply:
    return Reply(200, headers, tuple(Chunk(0.1, piece) for piece in pieces))


def field(name: str, data: bytes, filename: str | None = None) -> Part:
    return Part(name, filename, None, usual_headers(name, filename, None), data)


FINE = answered(b'{"ok":true}')
UPLOAD = build([field("note", NAME.encode()), field("file", NAME.encode(), f"{NAME}.txt"), field("x", b"\xff")], "b")
EVENTS = tuple(
    f"{name}data: {json.dumps({'user': NAME, 'n': n, 'text': f'mail {MAIL} é'})}\n\n".encode()
    for n, name in enumerate(("", "event: a\n", ": a comment\n"))
)
MANY_LINES = b'data: {"n": 1,\ndata:  "user":\nevent: x\ndata: "%b"}\n\n' % NAME.encode()
COVERED: dict[str, tuple[Redaction, Exchange, dict[str, int]]] = {
    "a member": (Redaction(json=["/user"]), Exchange(asked({"user": NAME}), FINE), {"json": 1}),
    "all members": (
        Redaction(json=["/metadata/*"]),
        Exchange(asked({"metadata": {"a": NAME, "b": [NAME, 5, True, None]}}), FINE),
        {"json": 4},
    ),
    "a member of an answer": (
        Redaction(json=["/data/*/owner"]),
        Exchange(asked({}), answered(json.dumps({"data": [{"owner": NAME}]}).encode())),
        {"json": 1},
    ),
    "what stands there instead": (
        Redaction(json={"/user": "somebody", "/metadata": {}}),
        Exchange(asked({"user": NAME, "metadata": {"a": NAME}}), FINE),
        {"json": 2},
    ),
    "for one operation": (
        Redaction(json=["chat.completions.create:/user"]), Exchange(asked({"user": NAME}), FINE), {"json": 1},
    ),
    "a duplicate key": (
        Redaction(json=["/user"]), Exchange(asked(b'{"user":"%b","user":null}' % NAME.encode()), FINE), {},
    ),
    "a parameter": (Redaction(query=["Session"]), Exchange(asked({}, query=f"session={NAME}&a=1"), FINE), {"query": 1}),
    "a pattern": (
        Redaction(patterns=["emails", "alice-[a-z]+"]),
        Exchange(
            asked({"user": f"I am {MAIL}.", MAIL: NAME}, path=f"/v1/files/{NAME}", query=f"x={NAME}"),
            answered(f"no JSON, {NAME}".encode(), headers=(("content-type", "text/plain"), ("x-user", NAME))),
        ),
        {"patterns": 8},
    ),
    "headers": (
        Redaction(headers=["X-Who", "accept"]),
        Exchange(asked({}, (*JSON, ("accept", NAME))), answered(b"{}", headers=(*JSON, ("x-who", NAME)))),
        {"request_headers": 1, "response_headers": 1},
    ),
    "a form": (Redaction(multipart=["note", "file"]), Exchange(asked(UPLOAD, FORM), FINE), {"multipart": 3}),
    "a form by pattern": (Redaction(patterns=[NAME]), Exchange(asked(UPLOAD, FORM), FINE), {"patterns": 4}),
    "an urlencoded form": (
        Redaction(multipart=["who"]),
        Exchange(asked(f"who={NAME}&a=1".encode(), (("content-type", "application/x-www-form-urlencoded"),)), FINE),
        {"multipart": 1},
    ),
    "a stream": (
        Redaction(json=["/user"], patterns=["emails"]),
        Exchange(asked({}), answered(*EVENTS, b"data: [DONE]\n\n", headers=STREAM)),
        {"json": 3, "patterns": 3},
    ),
    "an event of several lines": (
        Redaction(json=["/user"]), Exchange(asked({}), answered(MANY_LINES, headers=STREAM)), {"json": 1},
    ),
    "a compressed answer": (
        Redaction(json=["/user"]),
        Exchange(asked({}), answered(gzip.compress(b'{"user":"%b"}' % NAME.encode()), headers=(*JSON, GZIP))),
        {"json": 1},
    ),
    "a compressed stream": (
        Redaction(json=["/user"], patterns=["emails"]),
        Exchange(asked({}), answered(gzip.compress(b"".join(EVENTS)), headers=(*STREAM, GZIP))),
        {"json": 3, "patterns": 3},
    ),
    "a compressed request": (
        Redaction(json=["/user"]),
        Exchange(asked(gzip.compress(b'{"user":"%b"}' % NAME.encode()), (*JSON, GZIP)), FINE),
        {"json": 1},
    ),
}  # fmt: skip


def written(folder: Path) -> str:
    return "\n".join(path.read_text("latin-1") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("rules", "exchange", "counts"), COVERED.values(), ids=COVERED)
def test_what_a_rule_takes_out_is_not_written(
    tmp_path: Path, rules: Redaction, exchange: Exchange, counts: dict[str, int]
) -> None:
    cassette = tmp_path / "c.yaml"
    tape = Recorder(cassette, upstream="http://x/v1", clock=ManualClock(), redaction=rules)
    tape.add(exchange)
    tape.close()
    assert NAME not in written(tmp_path)
    assert "alice@" not in written(tmp_path)
    read = load(cassette)
    assert {name: read.redacted.get(name, 0) for name in counts} == counts
    (kept,) = read.exchanges
    assert key(cleaned(exchange.request, rules)) == key(kept.request)
    assert clean(kept, (), rules)[0] == kept


texts_in_json = some.sampled_from([NAME, MAIL, f"by {NAME}, {MAIL}", PSEUDONYM, "plain", "", "é"])
bodies = some.recursive(
    texts_in_json | some.sampled_from([None, True, 7, 0.5, 1.0]),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(["user", "metadata", "a", NAME]), inner, max_size=3)
    ),
    max_leaves=8,
)
rules_of = some.builds(
    Redaction,
    json=some.sampled_from([(), ("/user",), ("/user", "/metadata/*"), ("/*",), {"/user": "somebody", "/a": 1}]),
    patterns=some.sampled_from([("alice[a-z@.-]+",), ("emails", NAME), {NAME: "who", "emails": "mail"}]),
    salt=some.sampled_from(["", "s"]),
)


@given(bodies, bodies, rules_of, some.booleans())
def test_nothing_that_a_pattern_matches_is_ever_written(asking: Any, saying: Any, rules: Redaction, flow: bool) -> None:
    answer = json.dumps(saying, ensure_ascii=flow).encode()
    events = b"event: x\ndata: " + answer + b"\n\n", b"data: [DONE]\n\n"
    reply = answered(*events, headers=STREAM) if flow else answered(answer)
    live = asked(asking)
    kept, _ = writable(Exchange(live, reply), (), rules)
    assert kept is not None
    for text in (kept.request.body.decode(), kept.reply.content.decode()):
        assert NAME not in text
        assert MAIL not in text
    assert key(cleaned(live, rules)) == key(kept.request), "a live request is redacted as the recorded one was"
    assert clean(kept, (), rules)[0] == kept, "what is clean stays as it is"


def test_the_spelling_of_what_is_left_stays() -> None:
    body = b'{\n  "user": "' + NAME.encode() + b'",\n  "n": 1\n}'
    request, _ = clean_request(asked(body), (), Redaction(json=["/user"]))
    assert request.body == body.replace(NAME.encode(), PSEUDONYM.encode())
    untouched = b'{"n":  1}'
    assert clean_request(asked(untouched), (), Redaction(json=["/user"]))[0].body == untouched


def test_pseudonyms_are_the_same_for_the_same_text_and_salt() -> None:
    assert Redaction().pseudonym("User Id", "a") == Redaction().pseudonym("user-id", "a")
    assert Redaction(salt="s").pseudonym("user", NAME) != PSEUDONYM
    assert Redaction().pseudonym("user", PSEUDONYM) == PSEUDONYM
    assert Redaction().pseudonym("", "") == ""


pieces = some.lists(some.sampled_from([f'"{NAME}"', "0", '""', "null"]), max_size=4)


@given(pieces, some.lists(some.integers(1, 40), max_size=8), some.booleans())
def test_the_cuts_of_a_stream_stay_where_they_were(values: list[str], sizes: list[int], broken: bool) -> None:
    wire = b"".join(b'data: {"user":%b,"x":"%b"}\n\n' % (each.encode(), b"y" * 9) for each in values)
    body: list[Chunk | Break] = []
    start = 0
    for size in [*sizes, len(wire)]:
        if wire[start : start + size]:
            body.append(Chunk(0.5, wire[start : start + size]))
            start += size
    body += [Break(1.0, "reset")] if broken else []
    reply = Cover(Redaction(json=["/user"])).reply(Reply(200, STREAM, tuple(body)))
    assert [type(step) for step in reply.body] == [type(step) for step in body]
    assert [step.after for step in reply.body] == [step.after for step in body]
    assert reply.content == wire.replace(NAME.encode(), PSEUDONYM.encode())
    events = [len(piece) for piece in wire.split(b"\n\n")]
    if len(values) and sizes and sizes[0] == events[0] + 2:
        assert isinstance(reply.body[0], Chunk)
        assert reply.body[0].data.endswith(b"\n\n")


def test_a_piece_inside_what_goes_ends_inside_what_comes() -> None:
    body = tuple(Chunk(0, bytes([letter])) for letter in b"abcdef")
    assert [step.data for step in recut(body, [(1, 5, b"XY")]) if isinstance(step, Chunk)] == [
        b"a", b"X", b"Y", b"", b"", b"f",
    ]  # fmt: skip
    assert [step.data for step in recut(body, [(1, 2, b"XYZ")]) if isinstance(step, Chunk)][:3] == [b"a", b"XYZ", b"c"]


def test_a_json_answer_that_came_in_pieces_keeps_them() -> None:
    reply = Cover(Redaction(json=["/user"])).reply(answered(b'{"user":', b'"alice"}'))
    assert len(reply.body) == 2
    assert json.loads(reply.content)["user"].startswith("redacted-user-")


# -- closed where it fails


def spread(*texts: str) -> Exchange:
    deltas = [json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}) for text in texts]
    return Exchange(asked({}), answered(*(f"data: {each}\n\n".encode() for each in deltas), headers=STREAM))


def failing(_exchange: Exchange) -> Exchange | None:
    raise KeyError("what it says")


FAILED: dict[str, tuple[Redaction, Exchange]] = {
    "spread": (Redaction(patterns=["alice-[a-z]+"]), spread("alice", "-liddell")),
    "number": (Redaction(patterns=["[0-9]{4}"]), Exchange(asked({"n": 12345}), FINE)),
    "coding": (
        Redaction(json=["/user"]),
        Exchange(asked({}), answered(b'{"user":"x"}', headers=(*JSON, ("content-encoding", "zstd")))),
    ),
    "unwritable": (Redaction(json=["/user"]), Exchange(asked(b'{"user":"a","n":1e999}'), FINE)),
    "filter": (Redaction(filter=failing), Exchange(asked({}), FINE)),
    "filter-result": (Redaction(filter=lambda _: 7), Exchange(asked({}), FINE)),  # type: ignore[arg-type,return-value]
}  # fmt: skip


@pytest.mark.parametrize("name", FAILED)
def test_what_cannot_be_taken_out_is_not_written(
    tmp_path: Path, name: str, golden: Callable[[str, object], None]
) -> None:
    rules, exchange = FAILED[name]
    tape = Recorder(tmp_path / "c.yaml", upstream="http://x/v1", clock=ManualClock(), redaction=rules)
    tape.add(exchange)
    with pytest.raises(RedactionFailed) as error:
        tape.close()
    golden(f"redact-{name}", error.value)
    assert NAME not in str(error.value)
    assert not list(tmp_path.rglob("*.yaml"))


def test_the_client_is_named_unless_its_header_is_dropped(tmp_path: Path) -> None:
    sent = asked({}, (*JSON, ("user-agent", "alice-liddell/1.0")))
    for name, rules in (("a", None), ("b", Redaction(headers=["User-Agent"])), ("c", Redaction(patterns=[NAME]))):
        tape = Recorder(tmp_path / f"{name}.yaml", upstream="http://x/v1", clock=ManualClock(), redaction=rules)
        tape.add(Exchange(sent, FINE))
        tape.close()
    assert load(tmp_path / "a.yaml").recorded["client"] == "alice-liddell/1.0"
    assert "client" not in load(tmp_path / "b.yaml").recorded
    assert NAME not in (tmp_path / "c.yaml").read_text("utf-8")


def test_an_import_leaves_out_what_rules_take_out(tmp_path: Path) -> None:
    place = f"https://api.openai.com/v1/files/{NAME}"
    calls = [
        {"request": {"method": "POST", "uri": f"{place}/{n}", "headers": {}, "body": body},
         "response": {"status": {"code": 200}, "headers": {}, "body": {"string": "{}"}}}
        for n, body in enumerate((json.dumps({"user": NAME}), json.dumps({"n": 12345}), json.dumps({"private": 1})))
    ]  # fmt: skip
    (tmp_path / "vcr.yaml").write_text(json.dumps({"interactions": calls, "version": 1}))

    def public(exchange: Exchange) -> Exchange | None:
        return None if b"private" in exchange.request.body else exchange

    rules = Redaction(patterns=[NAME, "[0-9]{5}"], filter=public)
    report = import_sources([tmp_path / "vcr.yaml"], tmp_path / "to", redaction=rules)
    (entry,) = report.entries
    assert (entry.kept, len(entry.lost), entry.redacted["dropped"]) == (1, 1, 1)
    assert NAME not in report.text() + written(tmp_path / "to")


def test_a_filter_has_the_first_word_and_may_drop_an_exchange(tmp_path: Path) -> None:
    def keep(exchange: Exchange) -> Exchange | None:
        if b"private" in exchange.request.body:
            return None
        return replace(exchange, request=replace(exchange.request, headers=JSON, path="/v1/embeddings"))

    rules = Redaction(filter=keep)
    secret = "sk-the-key-of-a-header"
    sent = asked({"input": f"my key is {secret}"}, (*JSON, ("authorization", f"Bearer {secret}")))
    saved = save(Tape((Exchange(asked({"a": "private"}), FINE), Exchange(sent, FINE))), tmp_path / "c.yaml", (), rules)
    assert saved.redacted == {"dropped": 1, "api_key": 1}
    (kept,) = saved.exchanges
    assert kept.request.path == "/v1/embeddings"
    assert secret not in written(tmp_path)
    assert writable(Exchange(asked({"a": "private"}), FINE), (), rules)[0] is None
    assert cleaned(asked({"a": "private"}), rules) == asked({"a": "private"})
    assert cleaned(asked({"input": "x"}), rules).path == "/v1/embeddings"


# -- everything that writes


def test_a_mock_records_matches_and_tells_by_its_rules(tmp_path: Path) -> None:
    rules = Redaction(json=["/user", "/metadata/*"], patterns=["emails"], headers=["x-who"], query=["who"])
    sent = asked({"model": "gpt-5", "messages": [{"role": "user", "content": f"Hi, {MAIL}"}], "user": NAME})
    tape = Recorder(tmp_path / "c.yaml", upstream="http://x/v1", clock=ManualClock(), redaction=rules)
    tape.add(Exchange(sent, answered(b'{"id":"chatcmpl-1"}'), "chat.completions.create"))
    tape.close()
    for way in (rules, {"json": ["/user"], "patterns": "emails"}, ["json=/user", "patterns=emails"]):
        mock = MockAI(cassette=tmp_path / "c.yaml", redact=way)
        reply = mock.handle(sent)
        assert isinstance(reply, Reply)
        assert reply.content == b'{"id":"chatcmpl-1"}'
    mock = MockAI(cassette=tmp_path / "c.yaml", redact=rules)
    mock.handle(
        asked({"model": "gpt-5", "messages": [{"role": "user", "content": f"Bye, {MAIL}"}], "user": "bob-1865"})
    )
    texts_of_it = [*mock.misses, mock.journal.told(), json.dumps([told(mock, each) for each in mock.journal])]
    texts_of_it.append(mock.journal.text(b"the user bob-1865 said so", 100))
    for text in texts_of_it:
        assert "bob-1865" not in text
        assert MAIL not in text
        assert "redacted-" in text
    assert mock.calls()[0].body["user"] == "bob-1865", "the test itself sees what was sent"


def test_what_readers_may_not_see_is_withheld() -> None:
    mock = MockAI(redact=lambda _: None)
    mock.handle(asked({"user": NAME}))
    assert NAME not in mock.journal.told()
    assert "withheld by the rules of redaction" in mock.journal.told()
    mock = MockAI(redact={"json": ["/user"]})
    mock.handle(asked(b'{"user":"alice-liddell","n":1e999}'))
    assert NAME not in mock.journal.told()


def test_messages_and_logs_say_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    mock = MockAI(redact=["json=/user", "patterns=emails"])
    mock.on("chat.completions.create", user="bob").reply("Hi")
    sent = asked({"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}], "user": NAME}, AUTH)
    reply = mock.handle(sent)
    assert isinstance(reply, Reply)
    assert PSEUDONYM.encode() in reply.content, "the nearest stub is named with where it differs"
    mock.sources = (lambda call, _mock: {}[f"{call.body['user']} {MAIL}"],)
    reply = mock.handle(sent)
    assert isinstance(reply, Reply)
    assert reply.status == 500
    for text in (*mock.misses, caplog.text, reply.content.decode(), mock.journal.told()):
        assert NAME not in text
        assert MAIL not in text
        assert PSEUDONYM in text
    with pytest.raises(AssertionError) as error:
        mock.assert_called("chat.completions.create", user="bob")
    assert NAME not in str(error.value)
    assert PSEUDONYM in str(error.value)


def test_a_filter_that_fails_on_a_live_request_is_told(tmp_path: Path) -> None:
    save(Tape((Exchange(asked({"a": 1}), FINE),)), tmp_path / "c.yaml")
    reply = MockAI(cassette=tmp_path / "c.yaml", redact=failing).handle(asked({"a": 2}))
    assert isinstance(reply, Reply)
    assert reply.status == 500
    assert b"The filter given as redact failed on POST /v1/chat/completions with KeyError" in reply.content


# -- what can be given


def test_all_ways_to_say_it() -> None:
    def one(exchange: Exchange) -> Exchange | None:
        return replace(exchange, number=exchange.number + 1)

    assert redaction(None) is None
    assert redaction(()) is None
    said = texts({"json": {"/user": "x"}, "query": ["a", "b"], "patterns": "emails"})
    assert said == ["json=/user=>x", "query=a", "query=b", "patterns=emails"]
    instead = {"/a": {"b": [1]}, "/b": 0, "/c": "0", "/d": "x y", "/e": False}
    turned = redaction(texts({"json": instead}))
    assert turned is not None
    assert turned.json == instead
    made = redaction([one, *said, {"salt": "s"}, one, "patterns=[a-z]{9}=>word"])
    assert made is not None
    assert (dict(made.json), made.query, dict(made.patterns), made.salt) == (  # type: ignore[arg-type]
        {"/user": "x"}, ("a", "b"), {"emails": None, "[a-z]{9}": "word"}, "s",
    )  # fmt: skip
    left = made.filtered(Exchange(asked({}), FINE))
    assert left is not None
    assert left.number == 2
    assert made.found("x") is None
    assert Cover(made).text("abcdefghi").startswith("redacted-word-")
    assert cover(made, asked({}, path="/nowhere")).operation is None


def test_a_salt_out_of_the_environment(monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, object], None]) -> None:
    monkeypatch.setenv("TEAM_SALT", "s")
    assert Redaction(salt="env:TEAM_SALT").pseudonym("user", NAME) == Redaction(salt="s").pseudonym("user", NAME)
    monkeypatch.delenv("TEAM_SALT")
    with pytest.raises(ConfigError) as error:
        redaction(["json=/user", "salt=env:TEAM_SALT"])
    golden("redaction-no-salt", error.value)


def test_a_filter_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_filter.py").write_text("def drop(exchange):\n    return None\nnothing = 7\n")
    monkeypatch.chdir(tmp_path)
    made = redaction("filter=own_filter:drop")
    assert made is not None
    assert made.filtered(Exchange(asked({}), FINE)) is None
    for name in ("filter=own_filter:drip", "filter=no_such_module:drop", "filter=own_filter:nothing", "filter=x"):
        with pytest.raises(ConfigError, match="filter"):
            redaction(name)


REFUSED: dict[str, Any] = {
    "kind": {"jsn": ["/user"]},
    "kind-far": {"xyzzy": 1},
    "text": "user",
    "pointer": ["json=user"],
    "operation": ["json=chat.completion.create:/user"],
    "regex": ["patterns=["],
    "empty": ["patterns=x*"],
    "header": ["headers=a b"],
    "keep": ["keep=authorization"],
    "name": {"query": [7]},
    "salt": {"salt": 7},
    "odd": 7,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_redaction_is_said(name: str, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(ConfigError) as error:
        redaction(REFUSED[name])
    golden(f"redaction-{name}", error.value)


def test_forms_are_still_forms() -> None:
    request, _ = clean_request(asked(UPLOAD, FORM), (), Redaction(multipart=["note", "file"]))
    note, file, other = parse(FORM[0][1], request.body)
    assert note.data == Redaction().pseudonym("note", NAME).encode()
    assert file.filename == Redaction().pseudonym("file", f"{NAME}.txt")
    assert other.data == b"\xff"
    lying = asked(b"no form, alice-liddell", FORM)
    assert NAME.encode() not in clean_request(lying, (), Redaction(patterns=[NAME]))[0].body
