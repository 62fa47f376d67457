"""Errors that the API, or a gateway in front of it, may answer with."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from hypothesis import strategies as st

from ..failures import CODES, FAILURES, PAGE, failure
from ..http import Chunk, Headers, Reply, Request
from ..operations import Operation
from ..services import told
from ..understand import understand
from .asking import row_of
from .values import TEXTS, Draw

GATEWAYS = (502, 503, 504)
"""What proxies answer themselves, in HTML or with nothing at all."""

HEADERS: tuple[Headers, ...] = ((), (("x-should-retry", "true"),), (("x-should-retry", "false"),))


def errors(operation: Operation | str, /) -> st.SearchStrategy[Reply]:
    """Errors of an operation: `mock.on(id).reply(error)`.

    Every status and every code that mockai knows, with and without the headers that tell a client when to come again,
    and gateways' pages, which are not JSON. Raises StubError for an unknown operation.
    """
    return _errors(row_of(operation))


@st.composite
def _errors(draw: Draw, row: Operation) -> Reply:
    kind = draw(st.sampled_from(("status", "code", "page")))
    if kind == "page":
        status = draw(st.sampled_from(GATEWAYS))
        title = f"{status} {HTTPStatus(status).phrase}".encode()
        page = draw(st.sampled_from((PAGE % (title, title), b"")))
        return Reply(status, (("content-type", "text/html"),), (Chunk(0.0, page),) if page else ())
    named: Any = draw(st.sampled_from(list(FAILURES) if kind == "status" else list(CODES)))
    error = failure(
        named,
        draw(st.none() | TEXTS),
        param=draw(st.none() | st.sampled_from(("model", "messages[0].content"))),
        retry_after=draw(st.none() | st.sampled_from((0, 0.5, 20))),
        headers=draw(st.sampled_from(HEADERS)),
    )
    path = "/v1" + re.sub(r"{(\w+)}", r"\1", row.path)
    return told(error, understand(Request(row.method, path), 1))
