"""Cassettes in the formats of other tools: valid, playable by those tools, and the same again when imported."""

from __future__ import annotations

import base64
import gzip
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_import_vcrpy import RECORDINGS, real

from mockai.cli import app
from mockai.errors import ConfigError
from mockai.files.exporting import ORIGIN, TARGETS, export, origin_of, written
from mockai.files.foreign import Kept
from mockai.files.importing import SUFFIXES, recognise
from mockai.files.recorder import save
from mockai.files.redact import clean
from mockai.files.tape import Tape, rounded
from mockai.http import Break, Chunk, Exchange, Headers, Reply, Request
from mockai.secrets import keys

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
BOTH = pytest.mark.parametrize("format", TARGETS)
JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream"),)
FORM: Headers = (("content-type", "multipart/form-data; boundary=xy"),)
ASKED = b'{"model":"gpt-5","messages":[{"role":"user","content":"caf\xc3\xa9"}]}'
CHAT = "/v1/chat/completions"


def exchange(answer: bytes = b"{}", headers: Headers = JSON, **request: Any) -> Exchange:
    """A chat completion."""
    asked = Request(**({"method": "POST", "path": CHAT, "headers": JSON, "body": ASKED} | request))
    body = (Chunk(0.0, answer),) if answer else ()
    return rounded(Exchange(asked, Reply(200, headers, body), "chat.completions.create", at=1_795_230_000.5))


def again(exchanges: list[Exchange], format: str) -> list[Exchange]:
    """What is imported of what was exported."""
    text = written(exchanges, format)
    assert recognise(text) is TARGETS[format][1]
    found = TARGETS[format][1].read(text)
    assert all(isinstance(each, Kept) for each in found), found
    return [rounded(each.exchange) for each in found if isinstance(each, Kept)]


def put(folder: Path, *exchanges: Exchange, **facts: Any) -> Path:
    """A cassette with these exchanges."""
    path = folder / "tapes" / "one.yaml"
    path.parent.mkdir(exist_ok=True)
    save(Tape(exchanges, recorded=facts), path)
    return path


printable = st.characters(codec="latin-1", exclude_categories=["Cc"])
names = st.sampled_from(["accept", "openai-beta", "x-request-id", "openai-version", "content-language"])
fields = st.lists(st.tuples(names, st.text(printable, max_size=9).map(str.strip)), max_size=4).map(sorted)
bodies = (
    st.binary(max_size=60) | st.text(max_size=30).map(str.encode) | st.sampled_from([b"", ASKED, b"\xc2\x85\r\n\0"])
)
events = st.lists(st.text(max_size=9).map(lambda text: f"data: {json.dumps(text)}\n\n".encode()), max_size=4)
paths = st.sampled_from(
    [CHAT, "//openai/deployments/x/chat/completions", "/v1/files/f%2Fa/content", "/chat/completions"]
)
queries = st.sampled_from(["", "a=b&a=", "api-version=2024-06-01", "x=%20+%C3%A9&y"])
steps = events.map(lambda each: (STREAM, tuple(Chunk(0.0, piece) for piece in each)))
wholes = bodies.map(lambda body: (JSON, (Chunk(0.0, body),) if body else ()))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Exchanges as importers give them: no delays between pieces, no coding, headers of a name beside each other."""
    method = draw(st.sampled_from(["POST", "GET", "DELETE"]))
    kind, body = draw(steps | wholes)
    headers = (*kind, *(pair for pair in draw(fields) if pair[0] != "accept"))
    sent = tuple(pair for pair in draw(fields) if pair[0] in ("accept", "openai-beta"))
    asked = draw(bodies)
    request = Request(method, draw(paths), draw(queries), (*(JSON if asked else ()), *sent), asked)
    return rounded(Exchange(request, Reply(draw(st.sampled_from([200, 204, 404, 599])), headers, body)))


@BOTH
@settings(max_examples=150, deadline=None)
@given(found=st.lists(exchanges(), max_size=3))
def test_what_is_exported_is_imported_as_it_was(format: str, found: list[Exchange]):
    assert [replace(each, operation=None) for each in again(found, format)] == found


@settings(max_examples=100, deadline=None)
@given(found=exchanges(), at=st.integers(0, 1 << 40), after=st.integers(0, 86_399_999))
def test_a_har_holds_moments_and_the_delay_before_an_answer_as_well(found: Exchange, at: int, after: int):
    found = replace(found, at=at / 1000, reply=replace(found.reply, after=after / 1000))
    assert [replace(each, operation=None) for each in again([found], "har")] == [found]


@real
def test_every_real_recording_is_imported_exported_and_imported_again_as_it_was():
    files = [path for path in sorted((RECORDINGS / "original").rglob("*.*")) if path.suffix in SUFFIXES]
    compared = 0
    for path in files if NIGHTLY else files[::7]:
        text = path.read_text("utf-8")
        found = [each.exchange for each in recognise(text).read(text, path.parent) if isinstance(each, Kept)]
        was = [grouped(rounded(clean(each, keys(each.request))[0])) for each in found]
        for format in TARGETS:
            timed = was if format == "har" else [untimed(each) for each in was]
            assert [grouped(each) for each in again(was, format)] == timed, path
        compared += len(was)
    assert compared >= 200


def untimed(exchange: Exchange) -> Exchange:
    """An exchange without its moment."""
    return replace(exchange, at=0.0, reply=replace(exchange.reply, after=0.0))


def grouped(exchange: Exchange) -> Exchange:
    """An exchange whose headers of a name stand beside each other, which is all that a mapping can hold."""
    request, reply = exchange.request, exchange.reply

    def beside(headers: Headers) -> Headers:
        order = list(dict.fromkeys(name for name, _ in headers))
        return tuple(sorted(headers, key=lambda pair: order.index(pair[0])))

    return replace(
        exchange,
        request=replace(request, headers=beside(request.headers)),
        reply=replace(reply, headers=beside(reply.headers)),
    )


@pytest.mark.parametrize(
    "found",
    [
        exchange(gzip.compress(b'{"a": "\xc3\xa9"}', mtime=0), (*JSON, ("content-encoding", "gzip"))),
        exchange(b"\xff\xfb\x90d", (("content-type", "audio/mpeg"),)),
        exchange(body=b"--xy\r\nContent-Disposition: form-data; name=f\r\n\r\n\xff\r\n--xy--\r\n", headers=FORM),
        exchange(b"", method="GET", path="/v1/models", body=b""),
        exchange(b"\n", method="DELETE", path="/v1/files/f", body=b""),
    ],
)
@BOTH
def test_bodies_keep_what_they_say(format: str, found: Exchange):
    [now] = again([found], format)
    assert now.request.body == found.request.body
    plain = gzip.decompress if found.reply.header("content-encoding") else bytes
    assert now.reply.content == plain(found.reply.content)
    assert again([now], format) == [now]


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
PAIRS = {"type": "array", "items": {"type": "object", "required": ["name", "value"]}}


def needs(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has all of these, and beyond them only what begins with an underscore."""
    optional = {"postData", "comment", "text", "encoding"}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties.keys() - optional),
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


HAR = needs(
    log=needs(
        version={"const": "1.2"},
        creator=needs(name=TEXT, version=TEXT),
        entries={
            "type": "array",
            "items": needs(
                startedDateTime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
                time={"type": "number", "minimum": 0},
                cache=needs(),
                timings=needs(send={"minimum": 0}, wait={"minimum": 0}, receive={"minimum": 0}),
                request=needs(
                    method=TEXT, url={"type": "string", "pattern": "^https://"}, httpVersion=TEXT, cookies=PAIRS,
                    headers=PAIRS, queryString=PAIRS, headersSize=NUMBER, bodySize=NUMBER,
                    postData=needs(mimeType=TEXT, text=TEXT),
                ),
                response=needs(
                    status=NUMBER, statusText=TEXT, httpVersion=TEXT, cookies=PAIRS, headers=PAIRS, redirectURL=TEXT,
                    headersSize=NUMBER, bodySize=NUMBER,
                    content=needs(size=NUMBER, mimeType=TEXT, text=TEXT, encoding={"const": "base64"}),
                ),
            ),
        },
    )
)  # fmt: skip
"""What HAR 1.2 demands of a file without pages."""


@settings(max_examples=25, deadline=None)
@given(st.lists(exchanges(), max_size=2))
def test_a_har_is_valid(found: list[Exchange]):
    jsonschema.validate(json.loads(written(found, "har")), HAR)


def test_a_har_reads_well():
    found = exchange(gzip.compress(b"{}\n"), (*JSON, ("content-encoding", "gzip")), query="limit=2", method="GET")
    found = replace(found, reply=replace(found.reply, after=0.3))
    [entry] = json.loads(written([found], "har"))["log"]["entries"]
    assert (entry["startedDateTime"], entry["time"]) == ("2026-11-21T03:00:00.500Z", 300)
    assert entry["request"]["url"] == f"{ORIGIN}{CHAT}?limit=2"
    assert entry["request"]["queryString"] == [{"name": "limit", "value": "2"}]
    assert entry["request"]["postData"]["text"] == ASKED.decode()
    assert (entry["response"]["statusText"], entry["response"]["content"]["text"]) == ("OK", "{}\n")
    [bytes_] = json.loads(written([exchange(b"\xff", body=b"\xfe")], "har"))["log"]["entries"]
    assert bytes_["request"]["postData"]["_encoding"] == bytes_["response"]["content"]["encoding"] == "base64"
    assert base64.b64decode(bytes_["response"]["content"]["text"]) == b"\xff"
    assert (entry["response"]["content"]["size"], bytes_["response"]["content"]["size"]) == (3, 1)  # bytes, unpacked


def test_vcrpy_itself_plays_what_was_exported(tmp_path: Path):
    vcr = pytest.importorskip("vcr", reason="vcrpy is not installed")
    zipped = (*JSON, ("content-encoding", "gzip"))
    told = [
        exchange('{"said": "naïve \x85 ✓"}'.encode()),
        exchange(b"data: a\n\ndata: [DONE]\n\n", STREAM, body=b'{"stream":true}'),
        exchange(gzip.compress(b"{}"), zipped, body=b'{"zipped":1}'),
        exchange(b"\xff\xfb\x90d", (("content-type", "audio/mpeg"),), path="/v1/audio/speech", body=b"\xfe"),
        replace(exchange(b'{"error": {}}', path="/v1/models/x", method="GET", body=b""), reply=Reply(404, JSON, (
            Chunk(0.0, b'{"error": {}}'),))),
    ]  # fmt: skip
    out = export([put(tmp_path, *told)], tmp_path / "out", "vcrpy").files[0].file
    heard: list[Any] = []
    with vcr.use_cassette(str(out), record_mode="none", match_on=["method", "uri", "body"]) as cassette:
        for each in told:
            asked = each.request
            sent = urllib.request.Request(
                ORIGIN + asked.path, asked.body or None, dict(asked.headers), method=asked.method
            )
            try:
                with urllib.request.urlopen(sent) as response:
                    heard.append((response.status, response.read()))
            except urllib.error.HTTPError as error:
                with error:
                    heard.append((error.code, error.read()))
        assert cassette.all_played
    assert heard == [(each.reply.status, each.reply.content) for each in told]


@pytest.mark.parametrize(
    ("upstream", "origin"),
    [
        (None, ORIGIN),
        ("https://api.openai.com/v1", ORIGIN),
        ("https://x.openai.azure.com/", "https://x.openai.azure.com"),
        ("https://api.groq.example/openai/v1/", "https://api.groq.example/openai"),
    ],
)
def test_urls_are_those_of_the_upstream(upstream: str | None, origin: str, tmp_path: Path):
    assert origin_of(upstream) == origin
    path = put(tmp_path, exchange(), **({"upstream": upstream} if upstream else {}))
    [done] = export([path], tmp_path / "out", "vcrpy").files
    assert done.file is not None
    assert yaml.safe_load(done.file.read_text())["interactions"][0]["request"]["uri"] == origin + CHAT


def test_the_report_says_what_the_format_does_not_hold(tmp_path: Path, golden: Callable[[str, object], None]):
    stream = replace(exchange(), reply=Reply(200, STREAM, (Chunk(0.1, b"data: a\n\n"), Break(0.2, "reset")), 0.3))
    never = replace(exchange(), reply=Reply(700, ()))
    put(tmp_path, stream, never, exchange())
    (tmp_path / "tapes" / "notes.yaml").write_text("neither: here nor there\n")
    for format in TARGETS:
        report = export([tmp_path / "tapes"], tmp_path / format, format)
        assert not report.failed
        golden(f"export-{format}", report.text().replace(f"{tmp_path}/", ""))
        assert json.loads(report.json())["files"][0]["exchanges"] == 2


def test_nothing_that_is_there_is_replaced(tmp_path: Path, golden: Callable[[str, object], None]):
    path = put(tmp_path, exchange())
    first = export([path], tmp_path / "out", "har").files[0].file
    assert first is not None
    before = first.read_text()
    assert not export([path], tmp_path / "out", "har").failed, "the same again is no change"
    first.write_text("mine")
    (tmp_path / "tapes" / "two.yaml").write_text("mockai: 9\n")
    report = export([tmp_path / "tapes"], tmp_path / "out", "har")
    assert first.read_text() == "mine"
    assert report.failed
    golden("export-refused", report.text().replace(f"{tmp_path}/", ""))
    assert [each.error for each in export([path], tmp_path / "out", "har", force=True).files] == [None]
    assert first.read_text() == before


def test_the_command(tmp_path: Path, golden: Callable[[str, object], None]):
    path = put(tmp_path, exchange())
    run = CliRunner().invoke(app, ["export", str(path), "--to", str(tmp_path / "out"), "--format", "har"])
    assert (run.exit_code, run.output.count("1 exchange")) == (0, 2)
    (tmp_path / "tapes" / "one.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        export([tmp_path / "tapes"], tmp_path, "har")
    golden("export-nothing", str(caught.value).replace(f"{tmp_path}/", ""))
