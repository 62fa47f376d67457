"""A scripted upstream on raw sockets: it does on the wire exactly what a Script says, also what no framework would do.

`with serving() as upstream:` gives one; a request names its script by the `model` of its JSON body, or else by the
last part of its path. What it heard is in `upstream.heard`, when each piece left in `upstream.sent`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise

import brotli

EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)
JSON = (("content-type", "application/json"),)
LIMITS = (
    ("retry-after-ms", "12"),
    ("x-ratelimit-limit-requests", "500"),
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-reset-requests", "120ms"),
    ("x-request-id", "req_limited"),
)


@dataclass(frozen=True)
class Script:
    """What to answer: `gap` seconds between the pieces and before the end, which is `end`, `fin`, `reset` or `idle`."""

    pieces: tuple[bytes, ...] = ()
    headers: tuple[tuple[str, str], ...] = EVENTS
    status: int = 200
    framing: str = "chunked"  # or "length", or "close"
    gap: float = 0.0
    ending: str = "end"


@dataclass(frozen=True)
class Heard:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def event(text: str, finish: str | None = None) -> bytes:
    """One chunk of a chat completion as a server-sent event."""
    chunk = {
        "id": "chatcmpl-local",
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": "gpt-local",
        "choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def completion(text: str) -> bytes:
    """A whole chat completion."""
    body = {
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "gpt-local",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    return json.dumps(body, ensure_ascii=False).encode()


def eight() -> tuple[bytes, ...]:
    """A stream in 8 pieces; the third ends inside the é, and pieces and events are cut differently."""
    events = [event(word) for word in ("Hel", "lo, ", "café", " and", " more")]
    whole = b"".join([*events, event("", "stop"), b"data: [DONE]\n\n"])
    inside = whole.index("é".encode()) + 1
    first, second = len(events[0]), len(events[0]) + len(events[1])
    cuts = [0, first, second, inside, inside + 30, *(len(whole) - rest for rest in (150, 60, 14, 0))]
    return tuple(whole[start:stop] for start, stop in pairwise(cuts))


def squeezed(pieces: tuple[bytes, ...], coding: str) -> tuple[bytes, ...]:
    """The pieces of a compressed stream that is flushed after each, so that a client can read it as it comes."""
    if coding == "br":
        squeeze = brotli.Compressor()
        return tuple(
            squeeze.process(piece) + (squeeze.flush() if index < len(pieces) - 1 else squeeze.finish())
            for index, piece in enumerate(pieces)
        )
    packer = zlib.compressobj(wbits=31)
    return tuple(
        packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH if index < len(pieces) - 1 else zlib.Z_FINISH)
        for index, piece in enumerate(pieces)
    )


def scripts(gap: float = 0.03) -> dict[str, Script]:
    """Every script by its name."""
    pieces = eight()
    failed = b'data: {"error": {"message": "The server had an error", "type": "server_error", "code": null}}\n\n'
    limited = json.dumps({"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}})
    coded = {coding: (*JSON, ("content-encoding", coding)) for coding in ("gzip", "br")}
    streamed = {coding: (*EVENTS, ("content-encoding", coding)) for coding in ("gzip", "br")}
    return {
        "pieces": Script(pieces, (*EVENTS, ("x-request-id", "req_pieces")), gap=gap),
        "fin": Script(pieces[:4], gap=gap, ending="fin"),
        "reset": Script(pieces[:4], gap=gap, ending="reset"),
        "eof": Script(pieces[:-1], gap=gap),
        "error-event": Script((*pieces[:2], failed), gap=gap),
        "slow": Script(pieces, gap=0.05),
        "idle": Script(pieces[:2], ending="idle"),
        "silent": Script(ending="silent"),
        "unframed": Script(pieces, gap=gap, framing="close"),
        "plain": Script((completion("café"),), (*JSON, ("x-request-id", "req_plain")), framing="length"),
        "halves": Script((completion("café")[:90], completion("café")[90:]), JSON, framing="length", gap=gap),
        "cut-short": Script((completion("café")[:90],), JSON, framing="length", gap=gap, ending="fin"),
        "gzip": Script((gzip.compress(completion("zip é"), mtime=0),), coded["gzip"], framing="length"),
        "br": Script((brotli.compress(completion("br é")),), coded["br"], framing="length"),
        "gzip-stream": Script(squeezed(pieces, "gzip"), streamed["gzip"], gap=gap),
        "br-stream": Script(squeezed(pieces, "br"), streamed["br"], gap=gap),
        "limited": Script((limited.encode(),), (*JSON, *LIMITS), 429, "length"),
        "overloaded": Script((b"<html>overloaded</html>",), (("content-type", "text/html"),), 503, "length"),
        "moved": Script((), (("location", "/v1/chat/completions"), ("content-length", "0")), 307, "length"),
        "deleted": Script((), (), 204, "length"),
        "cookie": Script((b"{}",), (*JSON, ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")), framing="length"),
    }


@dataclass
class Upstream:
    """A running upstream."""

    scripts: dict[str, Script]
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other; a connection ends with its client or as a script says."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self.answer(await read(reader), writer):
                pass
        writer.close()

    async def answer(self, heard: Heard, writer: asyncio.StreamWriter) -> bool:
        """Play the script of a request; False when the connection is not to be used again."""
        self.heard.append(heard)
        script = self.script(heard)
        if script.ending == "silent":
            await asyncio.sleep(3600)
        write(writer, script)
        if heard.method != "HEAD":
            for piece in script.pieces:
                self.sent.append(time.monotonic())
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if script.framing == "chunked" else piece)
                await writer.drain()
                await asyncio.sleep(script.gap)
        match script.ending:
            case "idle":
                await asyncio.sleep(3600)
            case "reset":
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            case "end" if script.framing == "chunked" and heard.method != "HEAD":
                writer.write(b"0\r\n\r\n")
        return script.ending == "end" and script.framing != "close"

    def script(self, heard: Heard) -> Script:
        """What the request asked for; a 404 for what nobody wrote."""
        name = heard.target.partition("?")[0].rpartition("/")[2]
        with suppress(ValueError, KeyError, TypeError):
            name = json.loads(heard.body)["model"]
        return self.scripts.get(name, Script((b'{"error": {"message": "Unknown"}}',), JSON, 404, "length"))


async def read(reader: asyncio.StreamReader) -> Heard:
    """One request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Heard(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def write(writer: asyncio.StreamWriter, script: Script) -> None:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {script.status} Scripted", *(f"{name}: {value}" for name, value in script.headers)]
    size = sum(map(len, script.pieces)) + (script.ending == "fin")
    if script.framing == "chunked":
        lines.append("transfer-encoding: chunked")
    elif script.framing == "length" and script.status not in (204, 307):
        lines.append(f"content-length: {size}")
    elif script.framing == "close":
        lines.append("connection: close")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


@contextmanager
def serving(gap: float = 0.03) -> Iterator[Upstream]:
    """An upstream in a thread, while the block runs."""
    upstream = Upstream(scripts(gap))
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(upstream.connected, "127.0.0.1", 0))
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def stop() -> None:
        server.close()
        for task in upstream.tasks:
            task.cancel()
        await asyncio.gather(*upstream.tasks, return_exceptions=True)

    try:
        yield upstream
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
