"""A stand-in for the real API: one endpoint, answers in pieces with gaps between them, and two ways to fail.

    python slow_upstream.py [GAP]      seconds between two pieces, default 0.15

The first line on standard output is its base URL; one line for each streamed piece follows, the unix time at which
it was sent. What a request asks decides what it gets: "Break off." a connection that ends after 4 pieces,
"Too fast?" a 429, anything else an answer, streamed in 8 pieces or whole.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import pairwise

WORDS = ("Le", " café", " est", " ouvert", ".")
PIECES_BEFORE_BREAK = 4
LIMITED = {
    "retry-after-ms": "120",
    "retry-after": "1",
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "120ms",
}
STATUS = {200: "OK", 429: "Too Many Requests"}


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """One chunk of a streamed completion, as server-sent event."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    chunk = {"id": "chatcmpl-upstream1", "object": "chat.completion.chunk", "created": 1763700000, "model": "gpt-5"}
    text = json.dumps({**chunk, "choices": [choice]}, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()


def pieces() -> list[bytes]:
    """The stream as it leaves: 8 events in 8 pieces, the third of which ends inside the two bytes of `é`."""
    events = [event({"role": "assistant", "content": ""}), *(event({"content": word}) for word in WORDS)]
    events += [event({}, "stop"), b"data: [DONE]\n\n"]
    wire = b"".join(events)
    ends = [sum(map(len, events[:count])) for count in range(len(events) + 1)]
    ends[3] = wire.index("é".encode()) + 1
    return [wire[start:end] for start, end in pairwise(ends)]


def completion() -> bytes:
    """The same answer in one body."""
    message: dict[str, object] = {"role": "assistant", "content": "".join(WORDS), "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}
    told = {"id": "chatcmpl-upstream2", "object": "chat.completion", "created": 1763700000, "model": "gpt-5"}
    return json.dumps({**told, "choices": [choice], "usage": usage}, indent=2, ensure_ascii=False).encode()


def refused() -> bytes:
    """The body of a 429."""
    error = {"message": "Rate limit reached.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return json.dumps({"error": error}, indent=2).encode()


def head(status: int, headers: dict[str, str]) -> bytes:
    """A status line and headers."""
    lines = [f"HTTP/1.1 {status} {STATUS[status]}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gap: float) -> None:
    """Read one request and answer it; the connection is used once."""
    asked = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in asked.split(b"\r\n")[1:] if b": " in line)
    request = json.loads(await reader.readexactly(int(fields[b"content-length"])))
    prompt = request["messages"][-1]["content"]
    common = {"connection": "close", "x-request-id": "req_upstream"}
    if prompt == "Too fast?" or not request.get("stream"):
        limited = prompt == "Too fast?"
        body = refused() if limited else completion()
        told = {"content-type": "application/json", "content-length": str(len(body)), **common}
        writer.write(head(429, told | LIMITED) + body if limited else head(200, told) + body)
    else:
        told = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked", **common}
        writer.write(head(200, told))
        for piece in pieces()[: PIECES_BEFORE_BREAK if prompt == "Break off." else None]:
            await asyncio.sleep(gap)
            print(time.time(), flush=True)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        if prompt != "Break off.":
            writer.write(b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def main(gap: float) -> None:
    """Serve until told to stop."""
    server = await asyncio.start_server(lambda reader, writer: answer(reader, writer, gap), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.15))
