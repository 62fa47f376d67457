"""Every format but vcrpy's: from hand-made samples, and from every real recording within reach."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_import_vcrpy import KEY, RECORDINGS, real

from mockai.errors import ForeignFormatError
from mockai.files import ddagent, govcr, har, httpmock, httpvcr
from mockai.files.foreign import Format, Kept, Lost
from mockai.files.importing import import_sources, recognise
from mockai.files.redact import clean
from mockai.http import Chunk, Exchange
from mockai.secrets import keys

MODULES: dict[str, Format] = {
    "ruby-vcr": httpvcr,
    "r-vcr": httpvcr,
    "httpmock-yaml": httpmock,
    "dd-test-agent-json": ddagent,
    "har-polly": har,
}
"""Which module reads which format of the corpus."""

CHAT = "https://api.openai.com/v1/chat/completions"
ASKED = '{"model":"gpt-5"}'
JSON = {"content-type": "application/json"}
NAMED = [{"name": "content-type", "value": "application/json"}]


WITHOUT_FORM = "The recording does not hold the request's body."
HANDSHAKE = "GET /v1/responses is not a route of its API."
LOST = {
    "transcription_usage_matrix/completions_client_reports_duration_usage.yaml": WITHOUT_FORM,
    "transcription_usage_matrix/completions_client_reports_token_usage.yaml": WITHOUT_FORM,
    "transcription_usage_matrix/rejected_request_surfaces_the_provider_body.yaml": WITHOUT_FORM,
    "transcription_usage_matrix/verbose_json_still_reports_duration_usage.yaml": WITHOUT_FORM,
    "should-set-attributes-in-span-for-image-editing_4216676336/recording.har": WITHOUT_FORM,
    "handshake_rejection_carries_status_body_and_request_id.yaml": HANDSHAKE,
    "handshake_rejection_matches_the_http_twin.yaml": HANDSHAKE,
}
"""Why these are lost: their recorders did not keep forms, and a websocket's handshake is no request of the API."""


def expected_loss(name: str, reason: str) -> bool:
    """Whether this loss is one of those above."""
    return any(name.endswith(file) and reason.endswith(why) for file, why in LOST.items())


@cache
def recorded() -> dict[str, dict[str, dict[int, dict[str, Any]]]]:
    """Every row of the corpus by format, file and place."""
    found: dict[str, dict[str, dict[int, dict[str, Any]]]] = defaultdict(lambda: defaultdict(dict))
    for index in ("interactions.jsonl", "legacy_interactions.jsonl"):
        for text in (RECORDINGS / index).read_bytes().splitlines():
            row = json.loads(text)
            if row["format"] in MODULES:
                found[row["format"]][row["original"]][row["index"]] = row
    return found


@cache
def found_in(name: str) -> list[Kept | Lost]:
    text = (RECORDINGS / name).read_text("utf-8")
    return recognise(text).read(text)


@real
@pytest.mark.parametrize("format", MODULES)
def test_every_real_interaction_is_imported_as_it_was_recorded(format: str):
    wrong = []
    for name, rows in recorded()[format].items():
        assert recognise((RECORDINGS / name).read_text("utf-8")) is MODULES[format], name
        for index, row in rows.items():
            found = found_in(name)[index]
            if isinstance(found, Lost):
                if not expected_loss(name, found.reason):
                    wrong.append(f"{name} {index}: lost, {found.reason}")
                continue
            checks = corpus.held(found.exchange, row)
            wrong += [f"{name} {index}: {what}" for what, holds in checks.items() if not holds]
    assert wrong == []


@real
@pytest.mark.parametrize("format", MODULES)
def test_every_real_request_is_answered_with_its_own_recording(format: str, tmp_path: Path):
    from mockai import MockAI

    wrong, sent, redacted = [], 0, 0
    for name in recorded()[format]:
        [entry] = import_sources([RECORDINGS / name], tmp_path / Path(name).parent).entries
        exchanges = [found.exchange for found in found_in(name) if isinstance(found, Kept)]
        assert entry.error is None, entry
        assert entry.kept == len(exchanges)
        assert all(lost.elsewhere or expected_loss(name, lost.reason) for lost in entry.lost), entry.lost
        if entry.cassette is None:
            assert entry.lost
            continue
        known = {key for exchange in exchanges for key in keys(exchange.request)}
        with MockAI(cassette=entry.cassette) as mock:
            for number, exchange in enumerate(exchanges, 1):
                reply = mock.handle(replace(exchange.request, headers=(*exchange.request.headers, KEY)))
                sent += 1
                was = clean(exchange, known)[0].reply
                redacted += was.content != exchange.reply.content
                if (reply.status, reply.content) != (was.status, was.content):
                    wrong.append(f"{name} {number}: {reply.status} {reply.content[:300]!r}")
    assert wrong == []
    assert sent >= 40
    assert redacted == (5 if format == "ruby-vcr" else 0), "errors that repeat what stood for the key"


@real
def test_the_real_interactions_that_mitmproxy_wrote_are_the_ones_of_the_corpus():
    rows = {row["sig"]: row for row in map(json.loads, (RECORDINGS / "interactions.jsonl").read_bytes().splitlines())}
    wrong, compared = [], 0
    places = iter(json.loads((RECORDINGS / "derived_har" / "INDEX.json").read_text()))
    for path in sorted((RECORDINGS / "derived_har").glob("*.har")):
        for found in har.read(path.read_text("utf-8")):
            place = next(places)
            row = rows[place["sig"]]
            assert isinstance(found, Kept), (path, found)
            compared += 1
            if found.exchange.reply.status != row["status"] or not corpus.same_body(
                row["response_body"], found.exchange.reply.content
            ):
                wrong.append(f"{path.name}: {place}")
    assert wrong == []
    assert compared > 100


def kept(format: Format, text: str) -> Exchange:
    """The only exchange of a file that `format` alone recognises."""
    assert recognise(text) is format
    [found] = format.read(text)
    assert isinstance(found, Kept), found
    return found.exchange


def reason(format: Format, text: str) -> str:
    """Why the only exchange of a file is lost."""
    [found] = format.read(text)
    assert isinstance(found, Lost), found
    return found.reason


def ruby(status: Any = 200, **body: Any) -> str:
    """A cassette of VCR with one chat completion."""
    request = {"method": "post", "uri": CHAT, "headers": JSON, "body": {"encoding": "UTF-8", "string": ASKED}}
    response = {"status": status, "headers": JSON, "body": body}
    return json.dumps({"http_interactions": [{"request": request, "response": response}]})


@pytest.mark.parametrize("status", [200, {"code": 200, "message": "OK"}, {"status_code": "200"}])
@pytest.mark.parametrize(
    "body",
    [
        {"string": "{}"},
        {"base64_string": base64.b64encode(b"{}").decode()},
        {"raw_gzip": base64.b64encode(gzip.compress(b"{}")).decode()},
        {"string": base64.b64encode(b"{}").decode(), "tagged": True},
    ],
)
def test_vcr_of_ruby_and_r(status: Any, body: dict[str, Any]):
    text = ruby(status, **body)
    if "tagged" in body:
        text = text.replace('"string": "e30="', '"string": !binary "e30="')
    exchange = kept(httpvcr, text)
    assert (exchange.operation, exchange.request.body) == ("chat.completions.create", ASKED.encode())
    assert (exchange.reply.status, exchange.reply.content) == (200, b"{}")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"file": True, "string": "a.json"}, "where that is is not known"),
        ({"raw_gzip": "e30="}, "not gzip"),
        ({"base64_string": "?"}, "not base64"),
        ({}, "does not hold the answer's body"),
    ],
)
def test_bodies_that_vcr_did_not_keep_are_lost(body: dict[str, Any], why: str):
    assert why in reason(httpvcr, ruby(**body))


def test_httpmock_has_one_document_an_exchange():
    when = (
        f"when: {{path: /v1/chat/completions, method: POST, query_param: [{{name: a, value: b c}}], body: '{ASKED}'}}"
    )
    exchange = kept(httpmock, f"---\n{when}\nthen: {{status: 200, header: [], body: /w==, body_encoding: base64}}\n")
    assert exchange.request.query == "a=b+c"
    assert exchange.reply.content == b"\xff"
    both = f"{when}\nthen: {{status: 200, body: x}}\n---\n{when}\nthen: {{status: 9, body: x}}\n"
    first, second = httpmock.read(both)
    assert isinstance(first, Kept)
    assert isinstance(second, Lost)
    assert second.what == "document 2, POST /v1/chat/completions"


def test_the_test_agent_writes_one_exchange_a_file():
    request = {"method": "POST", "url": CHAT, "headers": JSON, "body": ASKED}
    response = {"status": {"code": 429, "message": "no"}, "headers": JSON, "body": "{}"}
    assert kept(ddagent, json.dumps({"request": request, "response": response})).reply.status == 429


@pytest.mark.parametrize("version", [1, 2])
def test_go_vcr(version: int):
    request = {"id": 0, "method": "POST", "url": CHAT, "headers": {"A": ["b", "c"]}, "body": ASKED, "form": {}}
    response = {"status": "200 OK", "code": 200, "headers": {}, "body": "{}"}
    text = json.dumps({"version": version, "interactions": [{"request": request, "response": response}]})
    exchange = kept(govcr, text)
    assert exchange.request.headers == (("a", "b"), ("a", "c"))
    lines = f"  - request:\n      method: POST\n      url: {CHAT}\n      body: '{ASKED}'\n"
    answer = "    response:\n      code: 200\n      body: !!binary e30=\n"
    assert kept(govcr, f"---\nversion: {version}\ninteractions:\n{lines}{answer}").reply.content == b"{}"


def browsed(request: dict[str, Any] | None = None, **response: Any) -> str:
    """A HAR with one chat completion."""
    asked = {"method": "POST", "url": CHAT, "headers": NAMED, "postData": {"text": ASKED}} | (request or {})
    answered = {"status": 200, "headers": [{"name": ":status", "value": "200"}, *NAMED]} | response
    return json.dumps({"log": {"version": "1.2", "entries": [{"request": asked, "response": answered}]}})


BROTLI_OR_GZIP = gzip.compress(b"{}")


@pytest.mark.parametrize(
    "content",
    [
        {"text": "{}"},
        {"text": "e30=", "encoding": "base64"},
        {"text": json.dumps([base64.b64encode(BROTLI_OR_GZIP).decode()]), "encoding": "base64"},
        {"text": json.dumps([BROTLI_OR_GZIP[:9].hex(), BROTLI_OR_GZIP[9:].hex()]), "_isBinary": True},
    ],
)
def test_har_content_in_every_form(content: dict[str, Any]):
    assert kept(har, browsed(content=content)).reply.content == b"{}"


def test_the_events_a_browser_kept_are_a_stream_again():
    events = [{"eventName": "message", "data": "{}"}, {"eventName": "x", "eventId": "7", "data": "a\nb"}]
    stream = [{"name": "content-type", "value": "text/event-stream"}]
    exchange = kept(har, browsed(headers=stream, content={"size": 9}, _eventSourceMessages=events))
    assert exchange.reply.content == b"data: {}\n\nevent: x\nid: 7\ndata: a\ndata: b\n\n"
    assert len(exchange.reply.body) == 2


def test_a_browser_notes_when_each_event_came():
    events = [
        {"time": 7.0, "eventName": "message", "data": "{}"},
        {"time": 7.25, "data": "[DONE]", "eventName": "message"},
    ]
    stream = [{"name": "content-type", "value": "text/event-stream"}]
    recorded = json.loads(browsed(headers=stream, content={"size": 9}))
    recorded["log"]["entries"][0] |= {
        "_eventSourceMessages": events, "startedDateTime": "2026-11-21T02:00:00.5+01:00", "timings": {"wait": 312.4},
    }  # fmt: skip
    exchange = kept(har, json.dumps(recorded))
    assert exchange.at == 1_795_222_800.5
    assert exchange.reply.after == 0.312
    assert [(step.after, step.data) for step in exchange.reply.body if isinstance(step, Chunk)] == [
        (0.0, b"data: {}\n\n"), (0.25, b"data: [DONE]\n\n"),
    ]  # fmt: skip
    for odd in ("soon", 6.0, float("nan")):
        events[1]["time"] = odd
        assert [step.after for step in kept(har, json.dumps(recorded)).reply.body] == [0.0, 0.0]


def test_a_form_of_which_the_parts_were_kept_is_written_again():
    params = [
        {"name": "model", "value": "whisper-1"},
        {"name": "file", "value": "abc", "fileName": "a.txt", "contentType": "text/plain"},
    ]
    form = {"url": "https://api.openai.com/v1/audio/transcriptions"}
    data = {"mimeType": "multipart/form-data; boundary=xy", "params": params}
    exchange = kept(har, browsed(form | {"postData": data}, content={"text": "{}"}))
    assert exchange.request.body.startswith(
        b'--xy\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    )
    assert exchange.request.body.endswith(b"\r\n\r\nabc\r\n--xy--\r\n")
    del params[1]["value"]
    assert "only the names" in reason(har, browsed(form | {"postData": data}, content={"text": "{}"}))


@pytest.mark.parametrize(
    ("response", "why"),
    [
        ({"status": 0}, "never answered"),
        ({"content": {"size": 4}}, "does not hold the answer's body"),
        ({"content": {"text": "?", "encoding": "base64"}}, "not base64"),
        ({"content": {"text": "[", "encoding": "base64"}}, "list of pieces"),
        ({"content": {"text": "x", "_isBinary": True}}, "not hexadecimal"),
    ],
)
def test_what_a_har_does_not_hold_is_lost(response: dict[str, Any], why: str):
    assert why in reason(har, browsed(**response))


def test_bytes_that_mitmproxy_kept_as_surrogates_are_bytes_again():
    assert kept(har, browsed({"postData": {"text": "\udcff"}}, content={"text": "{}"})).request.body == b"\xff"
    assert "cannot be written" in reason(har, browsed({"postData": {"text": "\ud800"}}, content={"text": "{}"}))


ALL: tuple[Format, ...] = (httpvcr, httpmock, har, ddagent, govcr)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
likely = st.sampled_from([CHAT, "/v1/models", "POST", "get", "base64", "text/event-stream", "[]", "e30=", 200, 0])
names = st.sampled_from(
    [
        "request",
        "response",
        "when",
        "then",
        "method",
        "url",
        "uri",
        "path",
        "status",
        "code",
        "headers",
        "header",
        "body",
        "string",
        "base64_string",
        "raw_gzip",
        "file",
        "body_encoding",
        "query_param",
        "postData",
        "text",
        "params",
        "mimeType",
        "content",
        "encoding",
        "_isBinary",
        "_eventSourceMessages",
        "eventName",
        "data",
        "name",
        "value",
        "fileName",
        "size",
    ]
)
anything = st.recursive(
    likely | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=20,
)
half = st.dictionaries(names, anything).map(lambda found: {"method": "POST", "url": CHAT, "uri": CHAT} | found)
exchanges = st.fixed_dictionaries({}, optional=dict.fromkeys(("request", "response", "when", "then"), half | anything))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ALL), st.lists(exchanges | anything, max_size=2))
def test_every_exchange_of_any_shape_is_kept_or_lost_with_a_reason(format: Format, found: list[Any]):
    outline: Any = {"http_interactions": found, "interactions": found, "log": {"entries": found}}
    for text in [json.dumps(outline), *(json.dumps(each) for each in found)]:
        try:
            read = format.read(text)
        except ForeignFormatError:
            continue
        assert all(isinstance(each, Kept) or each.reason for each in read)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ALL), st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.booleans())
def test_any_text_is_read_or_refused(format: Format, text: str, outlined: bool):
    if outlined:
        text = f"http_interactions:\n- request: {text}\n"
    format.recognise(text)
    with contextlib.suppress(ForeignFormatError):
        format.read(text)
