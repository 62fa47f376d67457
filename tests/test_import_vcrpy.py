"""vcrpy cassettes in all their forms, from hand-made samples and from every real one within reach."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import corpus
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockai.errors import ForeignFormatError
from mockai.files import vcrpy
from mockai.files.bodies import is_stream
from mockai.files.foreign import Kept, Lost
from mockai.files.importing import Entry, Report, import_sources
from mockai.files.redact import clean
from mockai.files.tape import load, rounded
from mockai.http import Exchange

SAMPLES = Path(__file__).parent / "data" / "vcrpy"
RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
FORM = (
    b'--x=_ y\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\x00\xff\x1f\x8b\r\n--x=_ y--\r\n'
)

KEY = ("authorization", "Bearer sk-of-somebody-else-entirely")

real = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the real recordings (../shared/recordings) are not here")


def read(name: str) -> list[Kept | Lost]:
    text = (SAMPLES / name).read_text("utf-8")
    assert vcrpy.recognise(text)
    return vcrpy.read(text)


def kept(found: Kept | Lost) -> Exchange:
    assert isinstance(found, Kept), found
    return found.exchange


def one(request: str = "", response: str = "", uri: str = "https://api.openai.com/v1/files/f") -> Kept | Lost:
    """The only interaction of a cassette with these lines of request and response."""
    request = f"{{method: get, uri: '{uri}', headers: {{}}, {request}}}"
    response = f"{{status: {{code: 200}}, headers: {{}}, {response or 'body: {string: x}'}}}"
    [found] = vcrpy.read(f"interactions:\n- request: {request}\n  response: {response}\n")
    return found


def reason(found: Kept | Lost) -> str:
    assert isinstance(found, Lost), found
    return found.reason


def test_a_string_body_keeps_its_bytes_and_loses_the_headers_that_are_no_longer_true():
    chat, models, weather = read("plain.yaml")
    exchange = kept(chat)
    assert (exchange.request.method, exchange.request.path) == ("POST", "/v1/chat/completions")
    assert json.loads(exchange.request.body)["messages"][0]["content"] == "Salut"
    assert exchange.request.headers == (
        ("content-type", "application/json"),
        ("x-stainless-lang", "python"),
    )
    assert exchange.reply.content == '{\n  "id": "chatcmpl-1",\n  "note": "café"\n}\n'.encode()
    assert exchange.reply.headers == (
        ("content-type", "application/json"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-ratelimit-reset-tokens", "X-RATELIMIT-RESET-TOKENS-XXX"),
    )
    assert isinstance(chat, Kept)
    assert chat.notes == ("response body was stored decoded",)

    exchange = kept(models)
    assert (exchange.request.path, exchange.request.query, exchange.request.body) == ("/v1/models", "limit=2", b"")

    assert isinstance(weather, Lost)
    assert weather.elsewhere
    assert weather.what == "interaction 3, GET https://weather.example/today"
    assert "weather.example is not OpenAI's" in weather.reason


def test_a_stream_is_cut_where_its_events_end_and_pickled_header_names_are_names():
    [found] = read("stream.yaml")
    exchange = kept(found)
    assert exchange.request.path == "//openai/deployments/toy/chat/completions"
    assert exchange.request.query == "api-version=2024-06-01"
    assert exchange.request.header("content-type") == "application/json"
    assert exchange.reply.header("content-type") == "text/event-stream"
    assert [chunk.after for chunk in exchange.reply.body] == [0.0, 0.0, 0.0]
    assert [chunk.data[-2:] for chunk in exchange.reply.body] == [b"\n\n"] * 3
    assert exchange.reply.content.endswith(b"data: [DONE]\n\n")
    assert isinstance(found, Kept)
    assert found.notes == ("stream timing unknown",)


def test_the_older_httpx_form_has_its_status_and_content_beside_each_other():
    [found] = read("httpx_old.yaml")
    reply = kept(found).reply
    assert (reply.status, reply.content) == (429, b'{"error": {"message": "slow down"}}')
    assert reply.headers == (("content-type", "application/json"), ("retry-after-ms", "250"))


def test_a_parsed_body_is_written_as_json_again_and_the_report_says_so():
    [found] = read("parsed_body.yaml")
    exchange = kept(found)
    assert exchange.request.body == b'{"input":"2024-01-01","model":"gpt-toy"}'
    assert exchange.reply.content.decode() == (
        '{\n  "created": "2024-01-01",\n  "echo": "2024-01-01",\n  "output": [],\n  "score": 1.0,\n'
        '  "words": "naïve ✓"\n}'
    )
    assert exchange.reply.header("content-length") is None
    assert isinstance(found, Kept)
    assert found.notes == ("request body rewritten by its recorder", "response body rewritten by its recorder")


def test_a_parsed_body_ends_as_the_api_ends_it():
    chat = one("parsed_body: {a: 1}", "parsed_body: {b: 2}", uri="https://api.openai.com/v1/chat/completions?x=/y")
    assert kept(chat).reply.content == b'{\n  "b": 2\n}\n'


def test_binary_bodies_are_decoded_by_what_they_are(monkeypatch):
    monkeypatch.setattr(os, "system", lambda command: pytest.fail(f"the file ran {command!r}"))
    gzipped, brotli, nothing, download, attack = read("binary.yaml")

    assert kept(gzipped).request.body == FORM
    assert kept(gzipped).reply.content.startswith(b'{"object": "list"')
    assert kept(gzipped).reply.header("content-encoding") is None
    assert isinstance(gzipped, Kept)
    assert gzipped.notes == ("response body decoded from gzip",)

    assert kept(brotli).request.body == FORM
    assert [chunk.data for chunk in kept(brotli).reply.body] == [b'data: {"delta": "a"}\n\n', b"data: [DONE]\n\n"]

    assert reason(nothing) == "The recording does not hold the request's body."
    assert not nothing.elsewhere if isinstance(nothing, Lost) else False
    assert kept(download).reply.content[:2] == b"\x1f\x8b", "a gzip file is not a gzip-coded body"
    assert reason(attack) == "A body is a value tagged 'tag:yaml.org,2002:python/object/apply:os.system'."


def test_a_json_cassette_of_a_compatible_provider_is_filed_under_the_apis_own_path():
    [found] = read("serialised.json")
    assert kept(found).request.path == "/v1/chat/completions"
    assert isinstance(found, Kept)
    assert found.notes == ("/api cut off the path",)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("https://api.openai.com/v1/traces/ingest", "/v1/traces/ingest"),
        ("https://eu.api.openai.com/v1/models", "/v1/models"),
        ("https://x.cognitiveservices.azure.com/openai/v1/responses?a=b", "/openai/v1/responses"),
        ("https://api.groq.example/openai/v1/models", "/openai/v1/models"),
        ("https://llm.example/api/v1/models", "/v1/models"),
        ("https://llm.example/chat/completions", "/chat/completions"),
        ("https://llm.example/api/paas/v4/chat/completions", "/chat/completions"),
        ("https://api.anthropic.com/v1/chat/completions", "/v1/chat/completions"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", "/openai/chat/completions"),
        ("https://api.anthropic.com/v1/models", None),
        ("https://video.example/api/v3/videos", None),
        ("https://hub.example/api/models", None),
        ("https://x.cognitiveservices.azure.com/vision/v3.2/analyze", None),
        ("https://api.openai.com.evil.example/x", None),
        ("http://[broken/v1/models", None),
        ("", None),
    ],
)
def test_whose_api_it_is(uri: str, path: str | None):
    method = "post" if uri.partition("?")[0].endswith(("completions", "responses")) else "get"
    [found] = vcrpy.read(
        json.dumps(
            {
                "interactions": [
                    {
                        "request": {"method": method, "uri": uri, "headers": {}, "body": "{}"},
                        "response": {"status": 200, "headers": {}, "body": {"string": "x"}},
                    }
                ]
            }
        )
    )
    assert (found.exchange.request.path if isinstance(found, Kept) else None) == path


@pytest.mark.parametrize(
    ("request_lines", "response_lines", "why"),
    [
        ("", "body: {string: null}", "does not hold the answer's body"),
        ("headers: {content-length: 3}", "body: {string: x}", "does not hold the request's body"),
        ("", "status: {code: soon}, body: {string: x}", "status 'soon' is not an HTTP status"),
        ("method: 'GE T'", "body: {string: x}", "'GE T' is not an HTTP method"),
        ("", "status: 99, body: {string: x}", "status 99 is not an HTTP status"),
        ("headers: {'a b': c}", "body: {string: x}", "'a b' is not the name of a header"),
        ("headers: [a, b]", "body: {string: x}", "neither a mapping nor a list of pairs"),
        ("body: 7", "body: {string: x}", "A body is int"),
        ("", "parsed_body: .nan", "cannot be written as JSON"),
        ("", "body: {base64_string: '='}", "is not base64"),
        ("", 'headers: {content-encoding: gzip}, body: {string: !!binary "H4sI//////8="}', "cannot be decoded"),
        ("", 'headers: {content-encoding: zstd}, body: {string: !!binary "KLUv/QA="}', "'zstd'"),
    ],
)
def test_what_cannot_be_restored_is_lost_with_the_reason(request_lines: str, response_lines: str, why: str):
    assert why in reason(one(request_lines, response_lines))


def test_bodies_that_need_no_body_may_be_absent():
    assert kept(one("body: null", "status: {code: 204}, body: {string: null}")).reply.body == ()
    assert kept(one(response="headers: {content-length: '0'}, body: null")).reply.content == b""
    assert kept(one(response="body: {base64_string: aGk=}")).reply.content == b"hi"
    assert kept(one(response="headers: {content-type: text/html}, parsed_body: <p>")).reply.content == b"<p>"
    assert kept(one(response="headers: {content-encoding: br}, body: {string: plain}")).reply.content == b"plain"
    assert kept(one(response="headers: {content-encoding: deflate}, body: {string: !!binary eJzLSM3JyQcABiwCFQ==}"))


def test_pickled_values_are_read_in_every_spelling_and_nothing_else_is():
    call = "!!python/object/apply:_io.BytesIO [!!binary aGk=]"
    assert kept(one(f"body: {call}")).request.body == b"hi"
    assert kept(one("body: !!python/object/new:_io.BytesIO {args: [text]}")).request.body == b"text"
    assert kept(one("body: !!python/unicode 'Grüße'")).request.body == "Grüße".encode()
    assert "is int" in reason(one("body: 5, x: !!python/object/apply:os.system [exit 1]"))
    for broken in ("!!python/object/new:_io.BytesIO {state: [7]}", "!!python/tuple 7"):
        with pytest.raises(ForeignFormatError, match="not readable YAML"):
            one(f"body: {broken}")


def test_speech_beside_a_header_that_says_brotli_stays_as_it_is():
    speech = b"\xff\xfb\x90d" + bytes(range(256))
    said = f"headers: {{content-encoding: br}}, body: {{string: !!binary {base64.b64encode(speech).decode()}}}"
    assert kept(one(response=said)).reply.content == speech


def test_text_that_is_not_unicode_is_lost():
    text = '{"interactions": [{"request": {"method": "GET", "uri": "https://api.openai.com/v1/models", "headers": {}},'
    [found] = vcrpy.read(f'{text} "response": {{"status": 200, "body": "\\ud800"}}}}]}}')
    assert "cannot be written as UTF-8" in reason(found)


def test_a_completion_without_its_body_is_lost_although_nothing_says_how_long_it_was():
    found = one("method: POST, body: null", uri="https://api.openai.com/v1/chat/completions")
    assert reason(found) == "The recording does not hold the request's body."
    assert kept(one("method: POST, body: null", uri="https://api.openai.com/v1/batches/b/cancel")).request.body == b""


def test_header_values_keep_to_the_wire():
    found = kept(one(response='headers: {A: 5, b: null, C: ["x\\ny", ü, ✓], D: !!binary aGk=}, body: {string: x}'))
    assert found.reply.headers == (
        ("a", "5"), ("b", ""), ("c", "x y"), ("c", "ü"), ("c", "✓".encode().decode("latin-1")), ("d", "hi"),
    )  # fmt: skip
    assert kept(one(response="headers: [[a, b], [A, c]], body: {string: x}")).reply.headers == (("a", "b"), ("a", "c"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("interactions: {}\nuri: x", "not a list"),
        ("interactions: [\nuri:", "not readable YAML"),
        ("interactions: []\n---\ninteractions: []", "not readable YAML"),
        ("interactions: &a [*a]", "refers to the value it stands in"),
        (f"interactions: {'[' * 100_000}{']' * 100_000}", "nests deeper than 200 levels"),
        ('{"interactions": ' + "[" * 100_000, "nests deeper than 200 levels"),
        ("interactions:\n- &a0 [x]\n" + "".join(f"- &a{n + 1} [{f'*a{n}, ' * 10}]\n" for n in range(9)), "expands to"),
        ("interactions: !!int x", "not readable YAML"),
        ("interactions: !binary '='", "broken base64"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, why: str):
    with pytest.raises(ForeignFormatError, match=re.escape(why)):
        vcrpy.read(text)


@settings(max_examples=200)
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_refused(text: str):
    for written in (text, f"interactions:\n- request: {text}\n", f"interactions: [{{request: {{uri: {text}}}}}]"):
        with contextlib.suppress(ForeignFormatError):
            vcrpy.read(written)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def maybe(*likely: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(likely) | anything


MAPPING = st.fixed_dictionaries
BODY = MAPPING({}, optional={"string": anything, "base64_string": anything}) | anything
NAMES = st.sampled_from(("Content-Type", "content-encoding", "content-length")) | st.text(max_size=9)
HEADERS = st.dictionaries(NAMES, maybe("gzip", "br", ["text/event-stream"], "application/json")) | anything
INTERACTION = MAPPING(
    {
        "request": MAPPING(
            {"method": maybe("GET", "post"), "uri": maybe("https://api.openai.com/v1/files", "http://x/v1/models")},
            optional={"headers": HEADERS, "body": BODY, "parsed_body": anything},
        ),
        "response": MAPPING(
            {"status": maybe({"code": 200}, 200)}, optional={"headers": HEADERS, "body": BODY, "parsed_body": anything}
        ),
    }
)


@settings(max_examples=200)
@given(st.lists(INTERACTION | anything, max_size=3))
def test_every_interaction_of_any_shape_is_kept_or_lost_with_a_reason(interactions: list[Any]):
    found = vcrpy.read(yaml.safe_dump({"interactions": interactions}))
    assert len(found) == len(interactions)
    assert all(isinstance(each, Kept) or each.reason for each in found)


# -- the real ones


@cache
def recorded() -> dict[str, dict[int, dict[str, Any]]]:
    """Every vcrpy interaction of the corpus by file and place, as its independent reader understood it."""
    found: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for index in ("interactions.jsonl", "legacy_interactions.jsonl"):
        for line in (RECORDINGS / index).read_bytes().splitlines():
            row = json.loads(line)
            if row["format"].startswith("vcrpy") and (RECORDINGS / row["original"]).is_file():
                found[row["original"]][row["index"]] = row
    return found


@cache
def imported() -> dict[str, list[Kept | Lost]]:
    """Every vcrpy cassette of the corpus, also those its index leaves out as repetitions; no websocket sessions."""
    files = sorted(path for path in (RECORDINGS / "original").rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    texts = {str(path.relative_to(RECORDINGS)): path.read_text("utf-8") for path in files}
    marks = re.compile(r"^interactions:.*^ +uri: ", re.MULTILINE | re.DOTALL)
    return {name: vcrpy.read(text) for name, text in texts.items() if marks.search(text)}


@real
def test_every_real_interaction_is_imported_as_it_was_recorded():
    wrong, compared = [], 0
    for name, rows in recorded().items():
        for index, row in rows.items():
            found = imported()[name][index]
            if isinstance(found, Lost):
                wrong.append(f"{name} {index}: lost, {found.reason}")
                continue
            reply = found.exchange.reply
            compared += 1
            checks = corpus.held(found.exchange, row) | {
                "stream": (len(reply.body) > 1) == (is_stream(reply.headers) and reply.content != b""),
                "style": style_holds(row.get("notes", []), reply.content),
                "order": all(chunk.data.endswith(b"\n\n") for chunk in reply.body[:-1] if hasattr(chunk, "data")),
            }
            wrong += [f"{name} {index}: {what}" for what, holds in checks.items() if not holds]
    assert wrong == []
    assert compared >= 800
    assert recorded().keys() <= imported().keys()
    assert len(imported()) > 500


def style_holds(notes: list[str], body: bytes) -> bool:
    """Whether the bytes are indented and ended as the corpus noted when it read the same file."""
    style = next((note.removeprefix("resp:style-") for note in notes if note.startswith("resp:style-")), None)
    if style is None:
        return True
    name, _, newline = style.partition("+")
    start = {"pretty2": rb'\{\n  "', "pretty4": rb'\{\n    "', "compact": rb'\{"', "compact-spaced": rb'\{"'}[name]
    return re.match(start, body) is not None and body.endswith(b"\n") == bool(newline)


@real
def test_every_real_loss_is_a_request_to_somebody_else():
    lost = [found for file in imported().values() for found in file if isinstance(found, Lost)]
    assert all(found.elsewhere for found in lost), lost
    assert len(lost) < 20


@real
def test_every_sort_of_real_cassette_was_among_them():
    notes = Counter(note for file in imported().values() for found in file for note in getattr(found, "notes", ()))
    assert notes["response body rewritten by its recorder"] > 200
    assert notes["response body decoded from gzip"] > 100
    assert notes["response body was stored decoded"] > 10
    assert notes["stream timing unknown"] > 100


@pytest.fixture(scope="module")
def cassettes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """Every real vcrpy cassette imported, in folders as in the corpus."""
    to = tmp_path_factory.mktemp("imported")
    entries: list[Entry] = []
    for name in imported():
        entries += import_sources([RECORDINGS / name], (to / name).parent).entries
    return to, Report(tuple(entries))


@real
def test_every_real_cassette_is_imported_and_read_again_as_it_was(cassettes: tuple[Path, Report]):
    to, report = cassettes
    assert [entry.error for entry in report.entries if entry.error] == []
    assert not report.failed
    for name, entry in zip(imported(), report.entries, strict=True):
        wanted = [rounded(clean(found.exchange)[0]) for found in imported()[name] if isinstance(found, Kept)]
        assert entry.cassette == (to / name).with_suffix(".yaml")
        assert list(load(entry.cassette).exchanges) == [replace(each, number=n) for n, each in enumerate(wanted, 1)]


@real
@pytest.mark.parametrize("chat", [True, False], ids=["chat completions", "everything else"])
def test_every_real_request_sent_again_is_answered_with_its_own_recording(cassettes: tuple[Path, Report], chat: bool):
    from mockai import MockAI

    wrong, sent = [], 0
    for name, entry in zip(imported(), cassettes[1].entries, strict=True):
        assert entry.cassette is not None
        exchanges = [found.exchange for found in imported()[name] if isinstance(found, Kept)]
        with MockAI(cassette=entry.cassette) as mock:
            for number, exchange in enumerate(exchanges, 1):
                if (exchange.operation == "chat.completions.create") is not chat:
                    continue
                reply = mock.handle(replace(exchange.request, headers=(*exchange.request.headers, KEY)))
                sent += 1
                if (reply.status, reply.content) != (exchange.reply.status, exchange.reply.content):
                    wrong.append(f"{name} {number}: {reply.status} {reply.content[:300]!r}")
    assert wrong == []
    assert sent > 300


@real
def test_all_real_cassettes_in_one_folder_still_answer_each_with_its_own(cassettes: tuple[Path, Report]):
    from mockai import MockAI

    to, report = cassettes
    names = {entry.cassette: name for name, entry in zip(imported(), report.entries, strict=True) if entry.cassette}
    wrong, sent = [], 0
    with MockAI(cassette=to) as mock:
        for cassette in sorted(names):
            for exchange in (found.exchange for found in imported()[names[cassette]] if isinstance(found, Kept)):
                reply = mock.handle(replace(exchange.request, headers=(*exchange.request.headers, KEY)))
                sent += 1
                if (reply.status, reply.content) != (exchange.reply.status, exchange.reply.content):
                    wrong.append(f"{cassette}: {reply.status} {reply.content[:300]!r}")
        mock.verify()
    assert wrong == []
    assert sent > 800
