"""The cassette file gives back what was put in, and says what is wrong when it cannot."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai.errors import CassetteError
from mockai.files import libyaml, sidefiles, yamltext
from mockai.files import tape as tape_file
from mockai.files.streams import ended, milliseconds, split
from mockai.files.tape import Tape, decode, dumps, encode, load, loads, rounded
from mockai.http import Break, Chunk, Exchange, Headers, Reply, Request
from mockai.jsonstyle import dump as dump_json
from mockai.matching import Rule

JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream; charset=utf-8"),)
FORM: Headers = (("content-type", 'multipart/form-data; boundary="=_b 1"'),)
PLAIN = Request("POST", "/v1/chat/completions", "", JSON, b'{"model":"gpt-x"}')
BODY = (
    b'--=_b 1\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    b'--=_b 1\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + bytes(range(256)) * 5 + b"\r\n--=_b 1--\r\n"
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
AWKWARD = st.sampled_from(
    [
        "",
        "yes",
        "1e3",
        "2026-01-01",
        "~",
        "\x85",
        "\u2028",
        "a\r\n",
        " \n",
        "\tx\n",
        "x \ny",
        "😀\n\n",
        "- a",
        "#",
        "<<",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | AWKWARD, inner, max_size=3),
    max_leaves=8,
)
STYLES = st.sampled_from(["compact-utf8", "spaced-ascii", "pretty2-utf8-newline", "pretty4-html", "tabs-slashes-short"])
EVENTS = st.lists(
    st.builds(lambda word: f"data: {json.dumps(word, ensure_ascii=False)}\n\n".encode(), TEXT)
    | st.sampled_from([b"data: [DONE]\n\n", b"event: error\r\ndata: {}\r\n\r\n", b": ping\n\n", b"data: cut"]),
    max_size=5,
).map(b"".join)
BODIES = (
    st.binary(max_size=60) | st.binary(min_size=1100, max_size=1200) | st.builds(dump_json, VALUES, STYLES) | EVENTS
)
NAMES = st.sampled_from(["content-type", "x-a", "set-cookie", "connection", "content-length", "date"])
FIELDS = st.lists(st.tuples(NAMES, TEXT | AWKWARD), max_size=4).map(tuple)
MEDIA = st.sampled_from([(), JSON, STREAM, FORM, (("content-type", "audio/mpeg"),)])
PACK = {"": lambda data: data, "gzip": gzip.compress, "br": brotli.compress, "identity": lambda data: data}


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    coding = draw(st.sampled_from(sorted(PACK)))
    body = PACK[coding](draw(BODIES))
    if draw(st.booleans()):
        body = body[: draw(st.integers(0, len(body)))]
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
    delays = draw(st.lists(st.floats(0, 3), min_size=len(cuts) + 2, max_size=len(cuts) + 2))
    edges = [0, *cuts, len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges)]
    steps: list[Chunk | Break] = [Chunk(delay, piece) for delay, piece in zip(delays, pieces, strict=False)]
    how = draw(st.sampled_from([None, None, "close", "reset", "stall"]))
    if how is not None:
        steps.append(Break(delays[-1], how))
    headers = (*draw(MEDIA), *draw(FIELDS), *([("content-encoding", coding)] if coding else []))
    return Reply(draw(st.integers(100, 599)), headers, tuple(steps), draw(st.floats(0, 2)))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    body = draw(BODIES | st.just(BODY) | st.just(BODY[:-2]) | st.just(BODY.replace(b"\r\n", b"\n")))
    request = Request(
        draw(st.sampled_from(["GET", "POST"])), "/v1/files", draw(st.sampled_from(["", "a=b"])),
        (*draw(MEDIA), *draw(FIELDS)), body,
    )  # fmt: skip
    operation = draw(st.none() | st.just("files.create"))
    return Exchange(
        request, draw(replies()), operation, draw(st.sampled_from(["upstream", "stub"])), draw(st.floats(0, 2e9))
    )


def again(exchange: Exchange) -> Exchange:
    item, sides = encode(exchange)
    read = yamltext.load(yamltext.dump([item]), "x").value[0]
    return decode(read, lambda name, _size, _where: sides[name])


@settings(max_examples=300)
@given(exchange=exchanges())
def test_decode_after_encode_is_the_identity_up_to_rounding(exchange: Exchange) -> None:
    assert again(exchange) == rounded(exchange)


@given(exchange=exchanges())
def test_rounding_keeps_status_headers_and_every_byte(exchange: Exchange) -> None:
    kept = rounded(exchange)
    assert rounded(kept) == kept
    assert kept.reply.content == exchange.reply.content
    assert kept.reply.status == exchange.reply.status
    assert abs(sum(step.after for step in kept.reply.body) + kept.reply.after
               - sum(step.after for step in exchange.reply.body) - exchange.reply.after) < 0.0021  # fmt: skip


@given(delays=st.lists(st.floats(0, 0.01), max_size=1000))
def test_a_thousand_short_gaps_lose_less_than_a_millisecond(delays: list[float]) -> None:
    assert abs(sum(milliseconds(delays)) - sum(delays) * 1000) <= 0.5001


@given(value=VALUES)
def test_yaml_carries_every_value_exactly(value: Any) -> None:
    assert repr(yamltext.load(yamltext.dump(value), "x").value) == repr(value)


@given(data=st.binary(max_size=200) | EVENTS)
def test_events_joined_are_the_stream(data: bytes) -> None:
    assert b"".join(split(data)) == data


def test_the_file_reads_like_the_design(tmp_path: Path) -> None:
    event = 'data: {"id":"c1","choices":[{"delta":{"content":"lo é 😀"}}]}\n\n'.encode()
    reply = Reply(
        200, (*STREAM, ("x-n", "98")), (Chunk(0.4124, event[:58]), Chunk(0.15, event[58:]), Break(0.2, "reset")), 0.312
    )
    tape = Tape(
        (Exchange(PLAIN, reply, "chat.completions.create", at=1_750_000_000.1234),),
        rule=Rule(("/user",)), recorded={"by": "mockai 0.1.0"}, redacted={"api_key": 2},
    )  # fmt: skip
    text, sides = dumps(tape)
    assert not sides
    assert text.split("- key: ")[0] == (
        "mockai: 1\nrecorded: {by: mockai 0.1.0}\nmatch: {version: 1, ignore: [/user]}\n"
        "redacted: {api_key: 2}\nexchanges:\n"
    )
    assert text.split("\n  operation")[1] == (
        ": chat.completions.create\n  at: 2025-06-15T15:06:40.123Z\n  request:\n    method: POST\n"
        "    path: /v1/chat/completions\n    headers: {content-type: application/json}\n    json:\n      model: gpt-x\n"
        "  response:\n    status: 200\n    after_ms: 312\n    headers:\n"
        "    - [content-type, text/event-stream; charset=utf-8]\n    - [x-n, '98']\n    stream:\n      ended: aborted\n"
        "      break: reset\n      events:\n      - |+\n"
        '        data: {"id":"c1","choices":[{"delta":{"content":"lo é 😀"}}]}\n\n'
        "      cuts: [58, 8]\n      delays_ms: [412, 150, 200]\n"
    )
    assert dumps(loads(text, tmp_path / "x.yaml")) == (text, {})


def test_a_form_shows_its_parts_and_depends_on_them_alone() -> None:
    other = BODY.replace(b"=_b 1", b"xyz")
    drawn = [
        Exchange(Request("POST", "/v1/files", "", FORM, BODY), Reply(200)),
        Exchange(
            Request("POST", "/v1/files", "", (("content-type", "multipart/form-data; boundary=xyz"),), other),
            Reply(200),
        ),
    ]
    (one, sides), (two, _) = map(encode, drawn)
    assert one == two
    assert one["request"]["multipart"] == [
        {"name": "purpose", "text": "assistants"},
        {
            "name": "file",
            "filename": "a.bin",
            "type": "application/octet-stream",
            "file": next(iter(sides)),
            "size": 1280,
        },
    ]


@pytest.mark.parametrize("name", ["gzip", "br"])
def test_a_compressed_answer_is_readable_and_exact(name: str) -> None:
    wire = PACK[name](b'{\n  "id": "file-1"\n}')
    item, _ = encode(Exchange(PLAIN, Reply(200, (*JSON, ("content-encoding", name)), (Chunk(0, wire),))))
    response = item["response"]
    assert response["json"] == {"id": "file-1"}
    assert base64.b64decode(response["wire"]["base64"]) == wire
    response["json"]["id"] = "file-2"
    with pytest.raises(CassetteError, match="remove wire and content_coding"):
        decode(item, lambda *_: b"")
    del response["wire"]
    with pytest.raises(CassetteError, match="Remove content_coding as well"):
        decode(item, lambda *_: b"")
    del response["content_coding"]
    edited = decode(item, lambda *_: b"").reply
    assert edited.content == b'{\n  "id": "file-2"\n}'
    assert edited.header("content-encoding") is None


def test_a_gzip_stream_keeps_its_wire_cuts() -> None:
    wire = gzip.compress(b'data: {"a":1}\n\ndata: [DONE]\n\n')
    reply = Reply(200, (*STREAM, ("content-encoding", "gzip")), (Chunk(0.1, wire[:7]), Chunk(0.2, wire[7:])))
    item, _ = encode(Exchange(PLAIN, reply))
    assert item["response"]["stream"]["events"] == ['data: {"a":1}\n\n', "data: [DONE]\n\n"]
    assert item["response"]["stream"]["cuts"] == [7, len(wire) - 7]
    del item["response"]["wire"]
    with pytest.raises(CassetteError, match="content_coding"):
        decode(item, lambda *_: b"")


def test_what_cannot_be_decoded_is_kept_as_it_is() -> None:
    for headers in (STREAM, JSON):
        reply = Reply(200, (*headers, ("content-encoding", "zstd")), (Chunk(0, b"\x28\xb5\x2f\xfd"),))
        assert again(Exchange(PLAIN, reply)).reply == reply
    lying = Reply(200, (*JSON, ("content-encoding", "gzip")), (Chunk(0, b'{"a":1}'),))
    assert again(Exchange(PLAIN, lying)).reply == lying


def test_text_that_yaml_cannot_carry_is_refused() -> None:
    with pytest.raises(CassetteError, match="unpaired surrogate"):
        dumps(Tape((Exchange(replace(PLAIN, path="/\ud800"), Reply(200)),)))
    with pytest.raises(CassetteError, match="unpaired surrogates are not text"):
        yamltext.load("\ud800", "x")


def test_a_private_use_character_is_never_taken_for_a_disguised_one() -> None:
    value = ["\ue000 and 😀", {"k\ue001": "\U0010ffff\n"}]
    assert yamltext.load(yamltext.dump(value), "x").value == value


def test_without_libyaml_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(libyaml.yaml, "CSafeDumper")
    monkeypatch.delattr(libyaml.yaml, "CSafeLoader")
    assert yamltext.load("a: [1, é]", "x").value == {"a": [1, "é"]}
    with pytest.raises(CassetteError, match="built without libyaml"):
        yamltext.dump({})


def test_an_older_version_climbs_the_ladder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tape_file.LADDER, 0, lambda old: {"mockai": 1, "exchanges": old["tapes"]})
    text = GOOD.replace("mockai: 1", "mockai: 0").replace("exchanges", "tapes")
    assert loads(text, tmp_path / "x.yaml").exchanges == loads(GOOD, tmp_path / "x.yaml").exchanges


def test_imported_streams_are_honest_about_unknown_timing() -> None:
    steps = (Chunk(0, b"data: 1\n\n"), Chunk(0, b"data: 2\n\n"))
    item, _ = encode(Exchange(PLAIN, Reply(200, STREAM, steps)))
    stream = item["response"]["stream"]
    assert (stream["cuts"], stream["delays_ms"]) == ([9, 9], None)
    stream["events"][0] = "data: longer\n\n"
    with pytest.raises(CassetteError, match="remove cuts and delays_ms"):
        decode(item, lambda *_: b"")
    del stream["cuts"]
    assert [len(step.data) for step in decode(item, lambda *_: b"").reply.body if isinstance(step, Chunk)] == [14, 9]


@pytest.mark.parametrize(
    ("data", "how"),
    [
        (b'data: {"id":"c"}\n\ndata: [DONE]\n\n', "complete"),
        (b'data: {"id":"c"}\n\n', "eof"),
        (b'data: {"id":"c"}\n\ndata: [DO', "eof"),
        (b'event: response.completed\ndata: {"type":"response.completed","response":{"error":null}}\n\n', "complete"),
        (b'data: {"type":"response.incomplete"}\n\ndata: {"type":"response.rate_limits.updated"}\n\n', "complete"),
        (b"event: done\ndata: [DONE]\n\n", "complete"),
        (b'data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n', "error_event"),
        (b'event: error\ndata: {"type":"error"}\n\nevent: response.failed\ndata: {}\n\n', "error_event"),
        (b"", "eof"),
    ],
)
def test_how_a_stream_ended_is_read_from_its_events(data: bytes, how: str) -> None:
    assert ended(data) == how


def test_unknown_keys_come_back(tmp_path: Path) -> None:
    stream = {"events": ["data: 1\n\n"], "later": [1]}
    item = {
        "note": "by hand",
        "request": {"method": "GET", "path": "/v1/models", "why": "x"},
        "response": {"status": 200, "headers": {"content-type": "text/event-stream"}, "stream": stream, "mood": "y"},
    }
    text = yamltext.dump({"mockai": 1, "match": {}, "exchanges": [item], "owner": {"team": "z"}})
    tape = loads(text, tmp_path / "x.yaml")
    text, _ = dumps(tape)
    top = yamltext.load(text, "x").value
    assert top["owner"] == {"team": "z"}
    assert top["exchanges"][0]["note"] == "by hand"
    assert top["exchanges"][0]["request"]["why"] == "x"
    assert top["exchanges"][0]["response"]["mood"] == "y"
    assert top["exchanges"][0]["response"]["stream"]["later"] == [1]
    assert loads(text, tmp_path / "x.yaml") == tape


GOOD = "mockai: 1\nexchanges:\n- request: {method: GET, path: /v1/models}\n  response: {status: 200}\n"
FORMED = GOOD.replace("models}", "models, headers: {content-type: multipart/form-data; boundary=b}, multipart: []}")


def test_a_file_can_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("status: 200", "status: 200, text: yes"), encoding="utf-8")
    (exchange,) = load(path).exchanges
    assert exchange.reply == Reply(200, (), (Chunk(0.0, b"yes"),))
    assert exchange.number == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a cassette: it does not begin with `mockai: 1`"),
        ("interactions: []\nversion: 1", "another tool: mockai import"),
        ("mockai: 2", "version 2, and this mockai reads up to 1"),
        ("mockai: 0", "never existed"),
        ("mockai: one", "mockai must be a whole number, not 'one'"),
        ("mockai: 1\nmatch: {version: 9}", "rules of version 9"),
        ("mockai: 1\nmatch: {ignore: [user]}", "JSON pointers such as /user"),
        ("mockai: 1\nredacted: {api_key: much}", "api_key must be a whole number"),
        ("mockai: 1\nexchanges: [\n", "line 3: this is not YAML"),
        ("mockai: 1\nexchanges:\n- 7", "exchange 1, line 3: an exchange must be a mapping"),
        ("mockai: 1\na: &a [1]\nb: *a", "line 2: anchors"),
        ("mockai: 1\na: *a", "line 2: aliases"),
        ("mockai: 1\na: !!python/name:os.system x", "line 2: the tag"),
        ("mockai: 1\na: 1\na: 2", "line 3: the key 'a' stands here twice"),
        ("mockai: 1\n---\nmockai: 1", "line 2: a cassette is one document"),
        ("mockai: 1\na: " + "[" * 50_000, "nested more than 100 levels"),
        ("mockai: 1\n? [a]\n: b", "a key must be plain text"),
        (GOOD.replace("200", "'200'"), "exchange 1, line 3.response: status must be a whole number, not '200'"),
        (GOOD.replace("200", "7"), "three digits"),
        (GOOD.replace("GET", "[]"), "request: method must be text"),
        (GOOD.replace("method: GET, ", ""), "request: method is missing"),
        (GOOD.replace("200}", "200, headers: [[a]]}"), "list of \\[name, value\\]"),
        (GOOD.replace("200}", "200, text: a, base64: YQ==}"), "two forms of one body"),
        (GOOD.replace("200}", "200, base64: '*'}"), "base64 is not base64"),
        (GOOD.replace("200}", "200, json: 1, json_style: odd}"), "not a JSON style"),
        (GOOD.replace("200}", "200, text: ab, cuts: [1]}"), "cuts add up to 1 bytes, and the body has 2"),
        (GOOD.replace("200}", "200, text: ab, cuts: [1, x]}"), "list of whole numbers"),
        (GOOD.replace("200}", "200, text: ab, cuts: [2], delays_ms: [1, 2]}"), "delays_ms has 2 entries"),
        (GOOD.replace("200}", "200, ended: soon}"), "ended must be one of complete"),
        (GOOD.replace("200}", "200, ended: eof, break: reset}"), "break: reset does not go with ended: eof"),
        (GOOD.replace("200}", "200, stream: {events: [1]}}"), "events\\[0\\]: an event must be text"),
        (GOOD.replace("200}", "200, body: {file: ../../etc/passwd}}"), "not the name of a side file"),
        (GOOD.replace("200}", "200, body: {file: sha256-0123456789abcdef.bin}}"), "is missing"),
        (GOOD.replace("models}", "models, multipart: []}"), "needs a content-type header with a boundary"),
        (GOOD.replace("200}", "200, text: ab, cuts: [2], delays_ms: [99999999999999999]}"), "beyond all time"),
        (GOOD.replace("200}", "200, body: {multipart: []}}"), "multipart cannot stand here"),
        (FORMED.replace("[]", "[1]"), "part must be a mapping"),
        (GOOD.replace("- request", "- at: noon\n  request"), "at must be an instant"),
    ],
)  # fmt: skip
def test_every_fault_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "chat.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CassetteError, match=said) as caught:
        load(path)
    assert "chat.yaml" in str(caught.value)


def test_what_cannot_be_read_is_never_empty(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(CassetteError, match="directory"):
        load(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"mockai: 1 # \xff")
    with pytest.raises(CassetteError, match="byte 12 is not UTF-8"):
        load(tmp_path / "latin.yaml")


def test_side_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    exchange = Exchange(Request("GET", "/v1/files/f/content"), Reply(200, (), (Chunk(0, b"\xff" * 2048),)))
    text, sides = dumps(Tape((exchange,)))
    sidefiles.put(path, text, sides)
    assert load(path).exchanges[0].reply == exchange.reply
    (side,) = (tmp_path / name for name in sides)
    side.write_bytes(b"\xfe" * 2048)
    with pytest.raises(CassetteError, match="digest differs"):
        load(path)
    side.write_bytes(b"\xff")
    with pytest.raises(CassetteError, match="has 1 bytes, and 2048 were recorded"):
        load(path)


YAMLISH = st.lists(
    st.sampled_from(
        [
            "mockai: 1\n",
            "exchanges:\n",
            "- request: ",
            "  response: ",
            "{",
            "}",
            "[",
            "]",
            "status: 200",
            ", ",
            "\n",
            "stream: ",
            "events: ",
            "headers: ",
            "text: ",
            "json: ",
            "cuts: ",
            "- ",
            "null",
            "1",
            "-1",
            "'x'",
            "method: GET, path: /x",
        ]
    )
).map("".join)


@settings(max_examples=400)
@given(text=YAMLISH | st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_cassette_or_a_clear_refusal(text: str) -> None:
    with contextlib.suppress(CassetteError):
        loads(text, Path("x.yaml"))


WORDS = (
    "status", "headers", "json", "json_style", "text", "base64", "file", "body", "multipart", "stream", "events",
    "cuts", "delays_ms", "ended", "break",
    "content_coding", "wire", "after_ms", "at", "key", "operation", "source", "name",
)  # fmt: skip
ANYTHING = st.recursive(
    VALUES, lambda inner: st.dictionaries(st.sampled_from(WORDS), inner, max_size=5) | st.lists(inner), max_leaves=6
)


@settings(max_examples=200)
@given(value=ANYTHING, side=st.sampled_from(["request", "response"]))
def test_any_values_are_an_exchange_or_a_clear_refusal(value: Any, side: str) -> None:
    item: dict[str, Any] = {"request": {"method": "GET", "path": "/"}, "response": {"status": 200}}
    item[side] = item[side] | value if isinstance(value, dict) else value

    def read(name: str, size: int | None, where: str) -> bytes:
        return sidefiles.read(Path("nowhere"), name, size, where)

    with contextlib.suppress(CassetteError):
        decode(item, read)


def test_numbers_and_places_do_not_reach_the_file() -> None:
    exchange = Exchange(
        replace(PLAIN, headers=(*JSON, ("content-length", "17"))), Reply(200, (("connection", "close"),)), number=7
    )
    item, _ = encode(exchange)
    assert item == {
        "key": item["key"],
        "request": {
            "method": "POST", "path": "/v1/chat/completions",
            "headers": {"content-type": "application/json"}, "json": {"model": "gpt-x"},
        },
        "response": {"status": 200},
    }  # fmt: skip
