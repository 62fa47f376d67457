"""Importers keep, lose or refuse, whatever a file holds: valid files of every format with random faults in them."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_exporting import exchange
from test_import_cassetter import TOML, YAML
from test_import_jsonlines import ASKED, SAID, batch
from test_import_wiremock import mapping

from mockai import MockAI
from mockai.errors import ForeignFormatError, SecretFound, StubError
from mockai.files import importing
from mockai.files.entries import entry_of
from mockai.files.exporting import written
from mockai.files.foreign import Format, Kept, Lost, Scripted
from mockai.files.redact import clean
from mockai.files.tape import Tape, rounded
from mockai.files.yamltext import dump
from mockai.http import Chunk, Reply
from mockai.stubfile import declare

URL = "https://api.openai.com/v1/chat/completions"
HEADERS = {"content-type": ["application/json"], "x-request-id": "r"}
STREAMED = replace(
    exchange(b""), reply=Reply(200, (("content-type", "text/event-stream"),), (Chunk(0.0, b"data: {}\n\n"),))
)
ASKING = {"method": "POST", "url": URL, "uri": URL, "headers": HEADERS, "body": json.dumps(ASKED)}
GO = {name: value for name, value in ASKING.items() if name != "uri"}
ANSWER = {"status": 200, "headers": HEADERS, "body": json.dumps(SAID), "code": 200}
VCR = {
    "request": {"method": "post", "uri": URL, "headers": HEADERS, "body": {"encoding": "UTF-8", "string": "{}"}},
    "response": {"status": {"code": 200, "message": "OK"}, "headers": HEADERS, "body": {"base64_string": "e30="}},
}
HTTPMOCK = {
    "when": {"method": "POST", "path": "/v1/chat/completions", "header": [{"name": "a", "value": "b"}], "body": "{}",
             "query_param": [{"name": "a", "value": "b"}]},
    "then": {"status": 200, "header": [{"name": "a", "value": "b"}], "body": "e30=", "body_encoding": "base64"},
}  # fmt: skip
FIXTURES = [
    {
        "match": {"userMessage": "Hi", "model": "gpt-5", "turnIndex": 0, "hasToolResult": True, "sequenceIndex": 0,
                  "systemMessage": ["x"], "toolName": "f", "endpoint": "chat"},
        "response": {"content": "Hello", "toolCalls": [{"name": "f", "arguments": {"a": 1}, "id": "c"}]},
        "truncateAfterChunks": 2,
    },
    {"match": {"inputText": "x"}, "response": {"embedding": [0.5]}},
    {"match": {"endpoint": "image"}, "response": {"images": [{"url": "https://x.test"}]}},
    {"match": {"endpoint": "transcription"},
     "response": {"transcription": {"text": "Hi", "words": [{"word": "Hi", "start": 0, "end": 1}]}}},
    {"match": {}, "response": {"error": {"message": "no", "type": "t", "code": "c"}, "status": 429, "retryAfter": 1}},
]  # fmt: skip
MESSAGE = {"kind": "message", "direction": "sent", "data": {"type": "x"}}

VALID: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "aimock": ({"fixtures": FIXTURES}, json.dumps),
    "cassetter": (yaml.load(YAML, yaml.BaseLoader), yaml.safe_dump),
    "vcrpy": (yaml.safe_load(written([exchange(), STREAMED, exchange(b"\xff")], "vcrpy")), yaml.safe_dump),
    "VCR": ({"http_interactions": [VCR, VCR], "recorded_with": "VCR 6"}, yaml.safe_dump),
    "httpmock": (HTTPMOCK, yaml.safe_dump),
    "HAR": (json.loads(written([exchange(), STREAMED, exchange(b"\xff", body=b"\xff")], "har")), json.dumps),
    "JSON Lines": (
        [{"request": ASKED, "response": SAID}, *batch(1), {"request": ASKING, "response": [{"type": "response.x"}]}],
        lambda rows: "\n".join(map(json.dumps, rows)) if isinstance(rows, list) else json.dumps(rows),
    ),
    "WireMock": ({"mappings": [mapping(body="x"), mapping({"queryParameters": {"a": {"equalTo": "b"}}})]}, json.dumps),
    "dd test agent": ({"request": ASKING, "response": ANSWER}, json.dumps),
    "go-vcr": ({"version": 2, "interactions": [{"request": GO, "response": ANSWER}]}, json.dumps),
    "websocket session": ({"version": 1, "interactions": [MESSAGE, MESSAGE]}, yaml.safe_dump),
}
"""A valid file of each format as plain values, and how they are written."""

FEWER = settings(max_examples=settings().max_examples // 3)
"""There are eleven formats; a nightly run asks twenty times as often."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["", "base64", "gzip", URL, "http://[", "/v1/models", "//", "[", "e30=", "GET", "200 OK", "\ud800", "\0"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:
    """A value with some of its parts lost, doubled, renamed, of another type, or of another place."""
    whole = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        places = list(walk(whole))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "drop", "double", "move", "wrap", "text"])):
            case "drop":
                del holder[key]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case "double":
                holder[draw(st.text(max_size=4))] = copy.deepcopy(holder[key])
            case "move":
                other, name = draw(st.sampled_from(places))
                with contextlib.suppress(IndexError, KeyError):
                    holder[key] = copy.deepcopy(other[name])
            case "wrap":
                holder[key] = draw(st.sampled_from([[holder[key]], {"string": holder[key]}]))
            case "text":
                holder[key] = json.dumps(holder[key], default=str)
            case _:
                holder[key] = draw(values)
    return whole


def walk(value: Any) -> Any:
    """Every place in a value: what holds it, and under which key."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from walk(inner)


def hold(format: Format, text: str, folder: Path | None = None) -> None:
    """The promise of every importer: whatever it keeps can be written and read again, the rest has a reason."""
    try:
        found = format.read(text, folder)
    except ForeignFormatError:
        return
    for each in found:
        match each:
            case Lost():
                assert each.what
                assert each.reason
            case Scripted():
                with contextlib.suppress(StubError):
                    declare(MockAI(), [each.entry])
                    dump([each.entry])
            case Kept():
                with contextlib.suppress(SecretFound):
                    entry_of(rounded(clean(each.exchange)[0]), Tape().rule)


def format_of(name: str) -> Format:
    return next(each for each in importing.FORMATS if name == each.NAME)


def test_every_format_has_a_valid_file_here():
    assert VALID.keys() == {format.NAME for format in importing.FORMATS}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_file_is_recognised_by_its_format_alone(name: str):
    value, write = VALID[name]
    assert importing.recognise(write(value)) is format_of(name)
    found = format_of(name).read(write(value))
    assert name == "websocket session" or not all(isinstance(each, Lost) for each in found)


@pytest.mark.parametrize("name", VALID)
@FEWER
@given(data=st.data())
def test_a_file_with_faults_in_its_structure_is_kept_lost_or_refused(name: str, data: st.DataObject):
    whole, write = VALID[name]
    value = data.draw(spoilt(whole))
    try:
        text = write(value)
    except (yaml.YAMLError, ValueError, TypeError, UnicodeEncodeError):
        return
    with contextlib.suppress(ForeignFormatError):
        hold(importing.recognise(text), text)
    hold(format_of(name), text)


@st.composite
def torn(draw: st.DrawFn, text: str) -> str:
    """A text of which pieces are lost, doubled, or others."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        piece = draw(
            st.sampled_from(["", text[start:end] * 2, "\0", "{", "]", "\n", "- ", "&a ", "*a", "!!binary ", "'"])
            | st.text(max_size=6)
        )
        text = text[:start] + piece + text[end:]
    return text


@pytest.mark.parametrize("name", VALID)
@FEWER
@given(data=st.data())
def test_a_file_with_faults_in_its_text_is_kept_lost_or_refused(name: str, data: st.DataObject):
    value, write = VALID[name]
    plain = TOML if name == "cassetter" and data.draw(st.booleans()) else write(value)
    text = data.draw(torn(plain))
    with contextlib.suppress(ForeignFormatError):
        hold(importing.recognise(text), text)
    hold(format_of(name), text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary() | values.map(lambda value: yaml.safe_dump(value).encode("utf-8", "replace")))
def test_any_bytes_are_an_entry(tmp_path_factory: pytest.TempPathFactory, raw: bytes):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(raw)
    [entry] = importing.import_sources([path], path.parent / "imported").entries
    assert entry.error or entry.lost or entry.kept == 0
