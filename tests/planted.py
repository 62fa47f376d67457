"""Secrets that were never issued, one of each kind, and files of every format that hold them in every place.

They are drawn when the tests run: no secret, not even a false one, stands in the repository.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import orjson
import yaml

from mockai.files import sidefiles, tape
from mockai.http import Chunk, Exchange, Reply, Request

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def drawn(seed: object, length: int, alphabet: str = LETTERS) -> str:
    """Characters by lot, the same for the same seed, and as varied as those of a real key."""
    lot = random.Random(f"{seed}")
    while True:
        text = "".join(lot.choices(alphabet, k=length))
        if len(set(text)) >= min(12, len(alphabet) - 3, length - 4) and any(char.isdigit() for char in text):
            return text


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


SECRETS: dict[str, tuple[str, str]] = {
    "project key": ("openai-key", f"sk-proj-{drawn(1, 74)}T3BlbkFJ{drawn(2, 74)}"),
    "service account key": ("openai-key", f"sk-svcacct-{drawn(3, 120)}"),
    "admin key": ("openai-key", f"sk-admin-{drawn(4, 120)}"),
    "user key": ("openai-key", f"sk-{drawn(5, 20)}T3BlbkFJ{drawn(6, 20)}"),
    "session key": ("openai-session", f"sess-{drawn(7, 40)}"),
    "client secret": ("openai-client-secret", f"ek_{drawn(8, 32)}"),
    "anthropic": ("anthropic-key", f"sk-ant-api03-{drawn(9, 93)}AA"),
    "openrouter": ("openrouter-key", f"sk-or-v1-{drawn(10, 64, HEX)}"),
    "aws": ("aws-key", f"AKIA{drawn(11, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}"),
    "azure": ("azure-key", f"{drawn(12, 52)}JQQJ99{drawn(13, 26)}"),
    "google": ("google-key", f"AIza{drawn(14, 35)}"),
    "google token": ("google-token", f"ya29.{drawn(15, 60)}"),
    "github": ("github-token", f"ghp_{drawn(16, 36)}"),
    "github fine-grained": ("github-token", f"github_pat_{drawn(17, 22)}_{drawn(18, 59)}"),
    "gitlab": ("gitlab-token", f"glpat-{drawn(19, 20)}"),
    "slack": ("slack-token", f"xoxb-{drawn(20, 12, '0123456789')}-{drawn(21, 24)}"),
    "slack webhook": ("slack-webhook", f"hooks.slack.com/services/T{drawn(22, 9)}/B{drawn(23, 9)}/{drawn(24, 24)}"),
    "hugging face": ("huggingface-token", f"hf_{drawn(25, 34)}"),
    "stripe": ("stripe-key", f"sk_live_{drawn(26, 24)}"),
    "groq": ("groq-key", f"gsk_{drawn(27, 52)}"),
    "webhook": ("webhook-secret", f"whsec_{drawn(28, 32)}"),
    "npm": ("npm-token", f"npm_{drawn(29, 36)}"),
    "databricks": ("databricks-token", f"dapi{drawn(30, 32, HEX)}"),
    "jwt": ("jwt", f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment({'sub': drawn(31, 12)})}.{drawn(32, 43)}"),
    "private key": ("private-key", f"-----BEGIN RSA PRIVATE KEY-----\n{drawn(33, 64)}\n{drawn(34, 64)}\n-----END"),
    "bearer": ("bearer-token", f"Bearer {drawn(35, 40)}"),
    "cookie": ("cookie", f"__cf_bm={drawn(36, 43)}-1763710912-1.0.1.1-{drawn(37, 40)}"),
    "aws url": ("signed-url", f"https://b.s3.amazonaws.com/x?X-Amz-Date=1&X-Amz-Signature={drawn(38, 64, HEX)}"),
    "google url": ("signed-url", f"https://storage.googleapis.com/b/x?X-Goog-Signature={drawn(39, 256, HEX)}"),
    "azure url": ("signed-url", f"https://a.blob.core.windows.net/c/x.png?se=1&sig={drawn(40, 42)}%3D&sp=r"),
    "password": ("url-password", f"postgres://admin:{drawn(41, 14)}@db.acme.io/main"),
    "organization": ("organization", f"org-{drawn(42, 24)}"),
    "project": ("project", f"proj_{drawn(43, 24)}"),
}  # fmt: skip
"""By what they are: the kind as which each is to be found."""

BY_NAME: dict[str, tuple[str, str, str]] = {
    "bearer": ("authorization", f"Bearer {drawn(50, 31)}", "bearer-token"),
    "basic": ("authorization", f"Basic {base64.b64encode(b'ada:' + drawn(51, 12).encode()).decode()}", "password"),
    "azure": ("api-key", drawn(52, 32, HEX), "api-key"),
    "azure 84": ("api-key", drawn(53, 84), "api-key"),
    "cookie": ("cookie", f"sid={drawn(54, 24)}; theme=dark", "cookie"),
    "set-cookie": ("set-cookie", f"session={drawn(55, 30)}; Path=/; HttpOnly", "cookie"),
    "organization": ("openai-organization", "acme-research-4", "organization"),
    "project": ("openai-project", f"proj_{drawn(56, 24)}", "project"),
}
"""Values that are secrets by the name of their header: name, value, kind."""


def _exchange(request: Request | None = None, reply: Reply | None = None) -> Exchange:
    asked = Request("POST", "/v1/chat/completions", "", (("content-type", "application/json"),), b'{"model":"m"}')
    answered = Reply(200, (("content-type", "application/json"),), (Chunk(0, b'{"id":"x"}'),))
    return Exchange(request or asked, reply or answered, "chat.completions.create")


def _asked(body: bytes, media: str = "application/json", path: str = "/v1/chat/completions", query: str = "") -> Any:
    return _exchange(Request("POST", path, query, (("content-type", media),), body))


def _answered(body: bytes, media: str = "application/json", **headers: str) -> Exchange:
    lines = (("content-type", media), *((name.replace("_", "-"), value) for name, value in headers.items()))
    return _exchange(reply=Reply(200, lines, (Chunk(0, body),)))


def _form(name: str, data: bytes, filename: str = "") -> Exchange:
    named = f'; filename="{filename}"' if filename else ""
    head = f'--mark\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
    return _asked(head + data + b"\r\n--mark--\r\n", "multipart/form-data; boundary=mark", "/v1/files")


def _stream(secret: str) -> Exchange:
    """The secret in pieces of five characters, each in an event of its own."""
    pieces = [secret[start : start + 5] for start in range(0, len(secret), 5)]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ["See ", *pieces, " there"]]
    body = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    return _answered(body, "text/event-stream")


NOISE = bytes(random.Random(7).choices(range(256), k=3000))


def _said(secret: str) -> bytes:
    return orjson.dumps({"messages": [{"role": "user", "content": f"Use {secret} for it"}]})


PLACES: dict[str, Callable[[str], Exchange]] = {
    "request header": lambda it: _exchange(Request("GET", "/v1/models", "", (("x-note", " ".join(it.split())),))),
    "response header": lambda it: _answered(b"{}", x_note=" ".join(it.split())),
    "query": lambda it: _asked(b"{}", query=f"note={''.join(f'%{byte:02x}' for byte in it.encode())}"),
    "JSON of the request": lambda it: _asked(_said(it)),
    "JSON of the response": lambda it: _answered(_said(it)),
    "JSON with escapes": lambda it: _answered(
        b'{"text": "' + "".join(f"\\u{ord(char):04x}" for char in it).encode() + b'"}'
    ),
    "JSON in JSON": lambda it: _answered(orjson.dumps({"arguments": _said(it).decode()})),
    "plain text": lambda it: _answered(f"I take {it} then".encode(), "text/plain"),
    "base64 in JSON": lambda it: _answered(orjson.dumps({"b64_json": base64.b64encode(b"== " + it.encode()).decode()})),
    "a data URL": lambda it: _asked(
        orjson.dumps({"file": "data:text/plain;base64," + base64.b64encode(b"it is " + it.encode()).decode()})
    ),
    "a binary body": lambda it: _answered(b"\xff\xfe\x00" + it.encode() + b"\x00\xff", "application/octet-stream"),
    "a side file": lambda it: _answered(NOISE + b"\0" + it.encode() + b"\0", "application/octet-stream"),
    "a form field": lambda it: _form("purpose", it.encode()),
    "a file in a form": lambda it: _form("file", b"one\n" + it.encode() + b"\n", "a.jsonl"),
    "a gzip file in a form": lambda it: _form("file", gzip.compress(_said(it), mtime=0), "a.jsonl.gz"),
    "a gzip body": lambda it: _answered(gzip.compress(_said(it), mtime=0), content_encoding="gzip"),
    "a brotli body": lambda it: _answered(brotli.compress(_said(it) * 3), content_encoding="br"),
    "the deltas of a stream": _stream,
}  # fmt: skip


def _headers(pairs: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.title(), []).append(value)
    return found


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _url(exchange: Exchange) -> str:
    request = exchange.request
    return f"https://api.openai.com{request.path}" + (f"?{request.query}" if request.query else "")


def ours(exchanges: list[Exchange], folder: Path) -> Path:
    text, sides = tape.dumps(tape.Tape(tuple(exchanges)))
    sidefiles.put(folder / "ours.yaml", text, sides)
    return folder / "ours.yaml"


def vcrpy(exchanges: list[Exchange], folder: Path) -> Path:
    told = [
        {
            "request": {
                "body": _text(each.request.body) or each.request.body,
                "headers": _headers(each.request.headers),
                "method": each.request.method,
                "uri": _url(each),
            },
            "response": {
                "body": {"string": _text(each.reply.content) or each.reply.content},
                "headers": _headers(each.reply.headers),
                "status": {"code": 200, "message": "OK"},
            },
        }
        for each in exchanges
    ]
    return _written(folder / "vcrpy.yaml", yaml.dump({"interactions": told, "version": 1}, Dumper=yaml.CDumper))


def ruby(exchanges: list[Exchange], folder: Path) -> Path:
    def body(data: bytes) -> dict[str, str]:
        return {"encoding": "ASCII-8BIT", "base64_string": base64.encodebytes(data).decode()}

    told = [
        {
            "request": {
                "method": each.request.method.lower(),
                "uri": _url(each),
                "body": body(each.request.body),
                "headers": _headers(each.request.headers),
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": _headers(each.reply.headers),
                "body": body(each.reply.content),
            },
        }
        for each in exchanges
    ]
    return _written(folder / "ruby.yml", yaml.dump({"http_interactions": told}, Dumper=yaml.CDumper))


def har(exchanges: list[Exchange], folder: Path) -> Path:
    def content(data: bytes) -> dict[str, str]:
        text = _text(data)
        return {"text": text} if text is not None else {"text": base64.b64encode(data).decode(), "encoding": "base64"}

    told = [
        {
            "request": {
                "method": each.request.method,
                "url": _url(each),
                "headers": [{"name": name, "value": value} for name, value in each.request.headers],
                "postData": content(each.request.body),
            },
            "response": {
                "status": 200,
                "headers": [{"value": value, "name": name} for name, value in each.reply.headers],
                "content": content(each.reply.content),
            },
        }
        for each in exchanges
    ]
    return _written(folder / "x.har", json.dumps({"log": {"version": "1.2", "entries": told}}, indent=1))


def dd_agent(exchanges: list[Exchange], folder: Path) -> Path:
    told = [
        {
            "request": {
                "method": each.request.method,
                "url": _url(each),
                "headers": dict(each.request.headers),
                "body": _text(each.request.body) or base64.b64encode(each.request.body).decode(),
            },
            "response": {
                "status": {"code": 200},
                "headers": dict(each.reply.headers),
                "body": _text(each.reply.content) or base64.b64encode(each.reply.content).decode(),
            },
        }
        for each in exchanges
    ]
    return _written(folder / "dd.json", json.dumps(told))


def wiremock(exchanges: list[Exchange], folder: Path) -> Path:
    """Mappings whose bodies are JSON values where they can be, else base64."""
    told = []
    for each in exchanges:
        try:
            answered = {"jsonBody": orjson.loads(each.reply.content)}
        except orjson.JSONDecodeError:
            answered = {"base64Body": base64.b64encode(each.reply.content).decode()}
        asked = {"method": each.request.method, "url": f"{each.request.path}?{each.request.query}",
                 "headers": {name: {"equalTo": value} for name, value in each.request.headers}}  # fmt: skip
        if (text := _text(each.request.body)) is not None:
            asked["bodyPatterns"] = [{"equalToJson": text}]
        else:
            asked["bodyPatterns"] = [{"binaryEqualTo": base64.b64encode(each.request.body).decode()}]
        told.append({"request": asked, "response": {"status": 200, "headers": dict(each.reply.headers), **answered}})
    return _written(folder / "mappings.json", json.dumps({"mappings": told}))


def go_vcr(exchanges: list[Exchange], folder: Path) -> Path:
    """Bodies that are no UTF-8 stand as `!!binary`, as in VCR.py."""
    told = [
        {
            "id": number,
            "request": {"method": each.request.method, "url": _url(each), "headers": _headers(each.request.headers),
                        "body": _text(each.request.body) or each.request.body},
            "response": {"code": 200, "status": "200 OK", "headers": _headers(each.reply.headers),
                         "body": _text(each.reply.content) or each.reply.content},
        }
        for number, each in enumerate(exchanges)
    ]  # fmt: skip
    return _written(folder / "go.yaml", "---\n" + yaml.dump({"version": 2, "interactions": told}, Dumper=yaml.CDumper))


def trace(exchanges: list[Exchange], folder: Path) -> Path:
    """Lines of JSON, as the plugin's traces are."""
    out = io.StringIO()
    for each in exchanges:
        told = {
            "request": {"path": each.request.path, "query": each.request.query, "headers": list(each.request.headers),
                        "body": _text(each.request.body) or base64.b64encode(each.request.body).decode()},
            "reply": {"headers": [list(line) for line in each.reply.headers],
                      "body": _text(each.reply.content) or base64.b64encode(each.reply.content).decode()},
        }  # fmt: skip
        out.write(json.dumps(told) + "\n")
    return _written(folder / "trace.jsonl", out.getvalue())


def stubs(exchanges: list[Exchange], folder: Path) -> Path:
    """A stub file whose answers are those of the exchanges."""
    told = [
        {
            "on": "chat.completions.create",
            "when": {"query": each.request.query, "body": _text(each.request.body) or each.request.body},
            "headers": dict(each.request.headers + each.reply.headers),
            "reply": _text(each.reply.content) or each.reply.content,
        }
        for each in exchanges
    ]
    return _written(folder / "stubs.yaml", yaml.dump(told, Dumper=yaml.CDumper))


FORMATS: dict[str, Callable[[list[Exchange], Path], Path]] = {
    "our cassette": ours,
    "vcrpy": vcrpy,
    "VCR for Ruby": ruby,
    "HAR": har,
    "Datadog's test agent": dd_agent,
    "WireMock": wiremock,
    "go-vcr": go_vcr,
    "a trace": trace,
    "a stub file": stubs,
}


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
