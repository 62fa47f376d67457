"""Both ends of a wire for tests: the real `mockai` process, and a client that sees every byte a socket gives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 20.0
"""Seconds after which a test that still waits has failed."""


@dataclass
class Process:
    """A running `mockai`; after `stop` its exit code and what it wrote to standard error."""

    running: subprocess.Popen[str]
    url: str = ""
    code: int | None = None
    said: str = ""

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Signal it, wait for its end, and give the exit code."""
        self.running.send_signal(sign)
        return self.end()

    def end(self) -> int:
        """Wait for its end, and give the exit code."""
        _, self.said = self.running.communicate(timeout=PATIENCE)
        self.code = self.running.returncode
        return self.code


@contextmanager
def mockai(*arguments: object) -> Iterator[Process]:
    """`mockai ARGUMENTS` on any free port; it has to end with 0 and without a word when the block ends."""
    command = [sys.executable, "-m", "mockai.cli", *map(str, arguments), "--port", "0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process = Process(running)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("MOCKAI_URL=http://127.0.0.1:"), (line, running.communicate())
        process.url = line.strip().removeprefix("MOCKAI_URL=")
        yield process
        if process.code is None:
            process.stop()
        assert (process.code, process.said) == (0, "")
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()


def environment(sdk: str | None = None) -> dict[str, str]:
    """The environment for a child process, in which the SDK of that folder is found first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "MOCKAI_"))}
    return kept | ({"PYTHONPATH": f"{sys.prefix}/sdk/{sdk}"} if sdk else {})


@dataclass
class Answer:
    """What came back: `pieces` are the HTTP chunks (one for a body with a length); `ended` is end, fin or reset."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    ended: str = "end"

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def body(self) -> bytes:
        """All pieces."""
        return b"".join(self.pieces)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Ended(Exception):
    """The other side closed (`fin`) or reset the connection."""


class Raw:
    """A connection without an HTTP library."""

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self.socket = socket.create_connection((split.hostname, split.port), timeout=PATIENCE)
        self.buffer = b""

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Write bytes."""
        self.socket.sendall(data)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request and hear the whole answer."""
        self.send(request(method, path, body, **headers))
        return self.answer(method)

    def answer(self, method: str = "POST") -> Answer:
        """Hear one answer to its end."""
        answer = Answer()
        try:
            head = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            answer.status = int(head[0].split(" ")[1])
            answer.headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2])]
            if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
                return answer
            if answer.header("transfer-encoding") == "chunked":
                while size := int(self.until(b"\r\n"), 16):
                    answer.pieces.append(self.exactly(size + 2)[:-2])
                self.exactly(2)
            elif answer.header("content-length") is not None:
                answer.pieces.append(self.exactly(int(answer.header("content-length") or 0)))
        except Ended as ended:
            answer.ended = str(ended)
            if answer.header("content-length") is not None:
                answer.pieces.append(self.buffer)
        return answer

    def until(self, mark: bytes) -> bytes:
        """Bytes up to and with a mark."""
        while mark not in self.buffer:
            self.more()
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        while len(self.buffer) < size:
            self.more()
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def more(self) -> None:
        """Read on. Raises Ended."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            raise Ended("reset") from None
        if not data:
            raise Ended("fin")
        self.buffer += data


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request; `content_type="…"` is a header."""
    lines = {"host": "127.0.0.1", "authorization": "Bearer sk-none"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if body or method == "POST":
        lines = {"content-length": str(len(body)), "content-type": "application/json"} | lines
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def chat(model: str, stream: bool = True) -> bytes:
    """The body of a chat request."""
    body = {"model": model, "messages": [{"role": "user", "content": "hé"}], "stream": stream}
    return json.dumps(body).encode()


def ask(url: str, model: str, stream: bool = True, **headers: str) -> Answer:
    """One chat request on a connection of its own."""
    with Raw(url) as raw:
        return raw.ask("POST", "/v1/chat/completions", chat(model, stream), **headers)
