"""A whole answer in one write, past uvicorn's message interface: checking and joining each header there, and a second
write for the body, cost as much as all of the mock's own work on a replayed request.

uvicorn's connection state is not a public interface, so every use of it stands here, and any doubt means `False`: the
caller then speaks plain ASGI. A test fails if uvicorn's attributes change.
"""

from __future__ import annotations

from typing import Any

from ..http import Headers

try:
    from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
except ImportError:  # without httptools (PyPy) uvicorn speaks h11, whose connections are made otherwise
    STATUS_LINE, RequestResponseCycle = {}, None  # type: ignore[misc,assignment]

def whole(send: Any, status: int, headers: Headers, body: bytes) -> bool:
    """Write a complete answer to the connection behind an ASGI `send`, if it can be done at once.

    `headers` hold the content-length or transfer-encoding. False, and nothing has been written, for a connection of
    another kind, one that closes after this answer, waits for a slow reader, or a status without a body.
    """
    cycle = getattr(send, "__self__", None)
    if (
        type(cycle) is not RequestResponseCycle
        or cycle.disconnected
        or cycle.response_started
        or not cycle.keep_alive
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
        or status in (204, 304)
        or cycle.default_headers
    ):
        return False
    head = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if not head.count("\n") == head.count("\r") == len(headers):  # a value that would open a header of its own
        return False
    try:
        encoded = head.encode("latin-1")
    except UnicodeEncodeError:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(STATUS_LINE[status] + encoded + b"\r\n" + body)
    cycle.message_event.set()
    cycle.on_response()
    return True
