"""Faults that the API itself tells of: errors, and answers that end in another way than they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from .. import services
from ..call import Call
from ..errors import ApiError
from ..events import cut
from ..failures import failure
from ..http import Break, Chunk, Reply, Timeline
from . import endings
from .fault import BodyFault, Fault


@dataclass(frozen=True, slots=True)
class fail(Fault):
    """The API's error in place of an answer; the figures are those of `Stub.fail`, `status` may be an error's name."""

    name, early, told = "fail", True, True
    status: int | str = 500
    message: str | None = None
    type: str | None = None
    code: str | None = None
    param: str | None = None
    retry_after: float | None = None

    def __post_init__(self) -> None:
        self.error()

    def error(self) -> ApiError:
        """What the API says."""
        about = {field.name: getattr(self, field.name) for field in fields(self)}
        return failure(**about)

    def instead(self, call: Call) -> Reply:
        return services.told(self.error(), call)


@dataclass(frozen=True, slots=True)
class no_done(BodyFault):
    """The event that ends the stream is missing: `[DONE]`, or the one that says the response is complete."""

    name, told = "no_done", True

    def spoil(self, body: Timeline, stream: bool) -> Timeline:
        return body[:-1] if stream and body else body


@dataclass(frozen=True, slots=True)
class Ending(BodyFault):
    """A fault that ends the body in another way after `chunks` events, as the API does; other bodies change as well."""

    told = True
    chunks: int | None = None

    def spoil(self, body: Timeline, stream: bool) -> Timeline:
        if not stream:
            return [Chunk(body[0].after if body else 0.0, self.whole(b"".join(map(_data, body))))]
        before, _ = cut(body, stream, self.chunks, None)
        sent = [chunk.data for chunk in before if isinstance(chunk, Chunk)]
        rest = [chunk.data for chunk in body[len(before) :] if isinstance(chunk, Chunk)]
        return [*before, *(Chunk(0.0, data) for data in self.ending(sent, rest))]

    def ending(self, sent: Sequence[bytes], rest: Sequence[bytes]) -> Sequence[bytes]:
        """The events that come in place of the `rest`, after those that were `sent`."""
        raise NotImplementedError

    def whole(self, body: bytes) -> bytes:
        """A body that is not a stream."""
        return body


def _data(chunk: Chunk | Break) -> bytes:
    return chunk.data if isinstance(chunk, Chunk) else b""


@dataclass(frozen=True, slots=True)
class error_event(Ending):
    """An error in mid-stream, after which the stream ends."""

    name = "error_event"
    message: str = "The server had an error while processing your request. Sorry about that!"
    type: str = "server_error"
    code: str | None = None

    def ending(self, sent: Sequence[bytes], rest: Sequence[bytes]) -> Sequence[bytes]:
        return endings.error(sent, rest, self.message, self.type, self.code)


@dataclass(frozen=True, slots=True)
class response_failed(Ending):
    """A response that fails while it is made; a stream of another kind ends in an error."""

    name = "response_failed"
    code: str = "server_error"
    message: str = "The server had an error while processing your request. Sorry about that!"

    def ending(self, sent: Sequence[bytes], rest: Sequence[bytes]) -> Sequence[bytes]:
        return endings.failed(sent, rest, self.code, self.message)

    def whole(self, body: bytes) -> bytes:
        return endings.failed_body(body, self.code, self.message)


@dataclass(frozen=True, slots=True)
class response_incomplete(Ending):
    """An answer that ends before it is complete, `reason` being `max_output_tokens` or `content_filter`."""

    name = "response_incomplete"
    reason: str = "max_output_tokens"

    def ending(self, sent: Sequence[bytes], rest: Sequence[bytes]) -> Sequence[bytes]:
        return endings.incomplete(sent, rest, self.reason)

    def whole(self, body: bytes) -> bytes:
        return endings.incomplete_body(body, self.reason)


@dataclass(frozen=True, slots=True)
class content_filter(response_incomplete):
    """An answer that a content filter ends."""

    name = "content_filter"
    reason: str = "content_filter"
