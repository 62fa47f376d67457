"""Cassettes of cassetter, in YAML and in TOML, as version 0.16 writes them."""

from __future__ import annotations

import pytest

from mockai.errors import ForeignFormatError
from mockai.files import cassetter
from mockai.files.foreign import Kept, Lost
from mockai.files.importing import recognise

YAML = """\
version: 1
interactions:
- request:
    method: POST
    uri: https://api.openai.com/v1/chat/completions
    headers:
      content-type:
      - application/json
    body:
      type: json
      content:
        model: gpt-5
        messages:
        - role: user
          content: "é 1.0"
        temperature: 1.0
        "n": null
  response:
    status: 200
    headers:
      content-type:
      - application/json
    body:
      type: json
      content:
        id: 2026-01-01
        usage: {}
  recorded_at: 2026-01-01T00:00:00Z
- request:
    method: GET
    uri: https://api.openai.com/v1/files/f/content
    headers: {}
    body:
      type: none
  response:
    status: 200
    headers:
      content-type:
      - text/event-stream
    body:
      type: text
      content: |+
        data: a

        data: b

  recorded_at: 2026-01-01T00:00:00Z
- request:
    method: GET
    uri: https://api.openai.com/v1/files/f/content
    headers: {}
    body:
      type: none
  response:
    status: 200
    headers: {}
    body:
      type: binary
      content: "0001ff"
  recorded_at: 2026-01-01T00:00:00Z
"""
TOML = '''\
version = 1

[[interactions]]
recorded_at = "2026-01-01T00:00:00Z"

[interactions.request]
method = "POST"
uri = "https://api.openai.com/v1/chat/completions"
body_type = "json"
body_content = '{"model":"gpt-5","messages":[{"role":"user","content":"é 1.0"}],"temperature":1.0,"n":null}'

[interactions.request.headers]
content-type = ["application/json"]

[interactions.response]
status = 200
body_type = "json"
body_content = '{"id":"2026-01-01","usage":{}}'

[interactions.response.headers]
content-type = ["application/json"]

[[interactions]]

[interactions.request]
method = "GET"
uri = "https://api.openai.com/v1/files/f/content"
body_type = "none"

[interactions.request.headers]

[interactions.response]
status = 200
body_type = "text"
body_content = """
data: a

data: b

"""

[interactions.response.headers]
content-type = ["text/event-stream"]

[[interactions]]

[interactions.request]
method = "GET"
uri = "https://api.openai.com/v1/files/f/content"
body_type = "none"

[interactions.response]
status = 200
body_type = "binary"
body_content = "0001ff"
'''


@pytest.mark.parametrize("text", [YAML, TOML], ids=["yaml", "toml"])
def test_both_forms_hold_the_same_exchanges(text: str):
    assert recognise(text) is cassetter
    chat, stream, binary = cassetter.read(text)
    assert isinstance(chat, Kept)
    request, reply = chat.exchange.request, chat.exchange.reply
    assert request.body.decode() == (
        '{"model":"gpt-5","messages":[{"role":"user","content":"é 1.0"}],"temperature":1.0,"n":null}'
    )
    assert reply.content == b'{\n  "id": "2026-01-01",\n  "usage": {}\n}\n'
    assert chat.notes == ("request body rewritten by its recorder", "response body rewritten by its recorder")
    assert isinstance(stream, Kept)
    assert [chunk.data for chunk in stream.exchange.reply.body] == [b"data: a\n\n", b"data: b\n\n"]
    assert isinstance(binary, Kept)
    assert (binary.exchange.request.body, binary.exchange.reply.content) == (b"", b"\x00\x01\xff")


def test_websockets_and_grpc_are_named_as_lost():
    found = cassetter.read(
        f"{YAML}ws_interactions:\n- uri: wss://x\n- uri: wss://y\ngrpc_interactions:\n- request: {{}}\n"
    )
    assert [(each.what, each.elsewhere) for each in found[3:] if isinstance(each, Lost)] == [
        ("ws interaction 1", True), ("ws interaction 2", True), ("grpc interaction 1", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"0001ff"', "zz", "not hexadecimal"),
        ('"0001ff"', "7", "of type binary is int"),
        ("type: text", "type: picture", "not hexadecimal"),
        ("status: 200", "status: soon", "not an HTTP status"),
        ("temperature: 1.0", "temperature: .inf", "cannot be written as JSON"),
    ],
)
def test_what_cannot_be_restored_is_lost_with_the_reason(old: str, new: str, why: str):
    found = [each for each in cassetter.read(YAML.replace(old, new)) if isinstance(each, Lost)]
    assert found
    assert all(why in each.reason for each in found)


def test_toml_that_cannot_be_read_says_why():
    with pytest.raises(ForeignFormatError, match="not readable TOML"):
        cassetter.read(TOML + "\n=")
    [first, *_] = cassetter.read(TOML.replace('\'{"id"', "'{\"id"))
    assert isinstance(first, Lost)
    assert "not readable JSON" in first.reason
