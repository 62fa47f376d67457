"""A client without a wire: requests as values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mockai import MockAI
from mockai.files.tape import Tape, dumps
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.matching import Rule

JSON = (("content-type", "application/json"),)
CHAT = "chat.completions.create"
HEADERS = (("authorization", "Bearer sk-test"), ("content-type", "application/json"))


def request(path: str = "/v1/chat/completions", /, *, method: str = "POST", query: str = "", **body: Any) -> Request:
    """A request with a JSON body."""
    return Request(method, path, query, HEADERS, json.dumps(body).encode() if body else b"")


def chat(text: str = "hi", **more: Any) -> Request:
    """A chat request with one message of the user's."""
    return request(**({"model": "gpt-5", "messages": [{"role": "user", "content": text}]} | more))


def ask(mock: MockAI, sent: Request) -> Reply:
    """The answer to a request that is not forwarded."""
    reply = mock.handle(sent)
    assert isinstance(reply, Reply)
    return reply


def said(mock: MockAI, text: str = "hi", **more: Any) -> Any:
    """What the first choice says to a chat request; the error where it is one."""
    value = json.loads(ask(mock, chat(text, **more)).content)
    return value["error"]["message"] if "error" in value else value["choices"][0]["message"]["content"]


def exchange(sent: Request, answer: Any = "taped", **more: Any) -> Exchange:
    """A recording of a request that was answered with this JSON value."""
    return Exchange(sent, Reply(200, JSON, (Chunk(0, json.dumps(answer).encode()),)), CHAT, **more)


def taped(file: Path, *exchanges: Exchange, ignore: tuple[str, ...] = ()) -> Path:
    """A cassette with these exchanges."""
    file.write_text(dumps(Tape(exchanges, Rule(ignore)))[0], "utf-8")
    return file
