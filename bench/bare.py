"""The yardstick: a bare uvicorn app on the same loop and protocol, with a constant answer and one send per chunk."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn

JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream; charset=utf-8")]


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = app.body
    if app.chunks is None:
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*JSON, length]})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": 200, "headers": SSE})
    for chunk in app.chunks:
        if app.gap:
            await asyncio.sleep(app.gap)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    from samples import completion, pieces

    app.body, app.chunks, app.gap = completion(), pieces() if sys.argv[1] != "json" else None, 0.0
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(app, log_level="critical", access_log=False, loop="uvloop", http="httptools", ws="none")
    server = uvicorn.Server(config)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
