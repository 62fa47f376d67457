"""Hypothesis strategies of what the API takes and sends: its requests, bodies, streams and errors, cut as wires cut.

    told = from_operation("chat.completions.create", stream=True)

    @given(told.reply)
    def test_my_client_reads_whatever_comes(reply): ...

Needs `hypothesis`, which mockai does not install by itself (`pip install 'mockai-server[hypothesis]'`). Everything is
valid by the project's own schemas and shrinks towards the least: members that may be left out are, lists and texts are
empty, unions take their simplest arm, nothing is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "mockai.strategies needs hypothesis, which is not installed: pip install 'mockai-server[hypothesis]'."
    ) from error

from ..exact import written
from ..http import Chunk, Reply, Request
from ..operations import Operation
from ..sse import DONE, Event, encode
from .answering import responses
from .asking import bodies, requests, row_of
from .cutting import cuts
from .failing import errors
from .streaming import streamed, streams
from .values import Draw, Strategy, Upload, from_schema

__all__ = [
    "FromOperation",
    "Upload",
    "bodies",
    "cuts",
    "errors",
    "from_operation",
    "from_schema",
    "replies",
    "requests",
    "responses",
    "streams",
]

COMMENTS = (b": keep-alive\n\n", b":\n\n")
"""What proxies put between two events, lest the connection be taken for dead."""


@dataclass(frozen=True)
class FromOperation:
    """The strategies of one operation, each made when it is first asked for.

    `streaming` says which requests and answers are meant: streams, bodies, or (None) both. `members` say what stands
    in members of those names, as in `requests`, `responses` and `streams`.
    """

    operation: Operation
    streaming: bool | None
    members: Mapping[str, Strategy]

    @cached_property
    def request(self) -> st.SearchStrategy[Request]:
        """Valid requests, ready for `MockAI.handle`."""
        more = {} if self.streaming is None else {"stream": st.just(self.streaming)}
        return requests(self.operation, **{**more, **self.members})

    @cached_property
    def response(self) -> Strategy:
        """Bodies as JSON values."""
        return responses(self.operation, **self.members)

    @cached_property
    def stream(self) -> st.SearchStrategy[list[Any]]:
        """Streams as lists of events."""
        return streams(self.operation, **self.members)

    @cached_property
    def error(self) -> st.SearchStrategy[Reply]:
        """Errors as whole answers."""
        return errors(self.operation)

    @cached_property
    def reply(self) -> st.SearchStrategy[Reply]:
        """Any of these as whole answers, cut as wires cut."""
        return replies(self.operation, stream=self.streaming, **self.members)


def from_operation(operation: Operation | str, /, *, stream: bool | None = None, **members: Strategy) -> FromOperation:
    """The strategies of an operation: `.request`, `.response`, `.stream`, `.error`; and `.reply`, any of these three.

    With `stream=True` requests ask for a stream and replies are streams or errors; with False there is none among them.
    Raises StubError for an unknown operation; its strategies do where it has no such answer.
    """
    return FromOperation(row_of(operation, members), stream, members)


def replies(
    operation: Operation | str, /, *, stream: bool | None = None, **members: Strategy
) -> st.SearchStrategy[Reply]:
    """Whole answers of an operation, cut as wires cut: `mock.on(id).reply(reply)`.

    Bodies, streams (with comments among their events) and errors; `stream` is whether the first or the second are left
    out. Raises StubError for an operation that does not exist, or has no such answer.
    """
    row = row_of(operation)
    good: list[Strategy] = []
    if not stream and (row.result is not None or not streamed(row)):
        good.append(responses(row, **members).map(_bodied))
    if stream or (stream is None and streamed(row)):
        good.append(_framed(streams(row, **members)))
    return _cut(st.one_of(*good, *good, errors(row)))


@st.composite
def _cut(draw: Draw, drawn: st.SearchStrategy[Reply]) -> Reply:
    reply: Reply = draw(drawn)
    return replace(reply, body=draw(cuts(reply.body)))


def _bodied(value: Any) -> Reply:
    return written(value, 200, events=False)


@st.composite
def _framed(draw: Draw, drawn: st.SearchStrategy[list[Any]]) -> Reply:
    """A stream as it stands on the wire, perhaps with comments in it."""
    events = draw(drawn)
    reply = written(events, 200, events=True)
    body = list(reply.body)
    if "event" in events[-1]:  # the assistants' streams name even their last word
        body.append(Chunk(0.0, encode(Event(DONE, "done"))))
    for place, comment in draw(st.lists(st.tuples(st.integers(0, len(body)), st.sampled_from(COMMENTS)), max_size=2)):
        body.insert(place, Chunk(0.0, comment))
    return replace(reply, body=tuple(body))
