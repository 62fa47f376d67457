"""The events of a timeline: a stream cut where its events end, whatever the pieces it came in."""

from __future__ import annotations

import re

from .http import Break, Chunk, Reply, Timeline

END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


def is_stream(reply: Reply) -> bool:
    """Whether the body of a reply is made of server-sent events."""
    return (reply.header("content-type") or "").lower().startswith("text/event-stream")


def pieces(reply: Reply) -> Timeline:
    """The body with each event in a chunk of its own; a body that is no stream keeps its chunks.

    An event leaves when its last byte would have left; bytes after the last event are a piece, too.
    """
    if not is_stream(reply):
        return reply.body
    out: list[Chunk | Break] = []
    held, waited = b"", 0.0
    for chunk in reply.body:
        waited += chunk.after
        if isinstance(chunk, Break):
            out += [Chunk(waited, held), Break(0.0, chunk.how)] if held else [Break(waited, chunk.how)]
            return out
        held += chunk.data
        begin = 0
        for end in END.finditer(held):
            out.append(Chunk(waited, held[begin : end.end()]))
            begin, waited = end.end(), 0.0
        held = held[begin:]
    return [*out, Chunk(waited, held)] if held else out


def cut(body: Timeline, stream: bool, chunks: int | None = None, bytes: int | None = None) -> tuple[Timeline, int]:
    """The beginning of a body, and how many bytes it has.

    It ends after so many `chunks` or after so many `bytes` (which may be inside a chunk); told neither, in the middle:
    of the events of a stream, of the bytes of another body. A body that is shorter is whole, without its Break.
    """
    whole = [chunk for chunk in body if isinstance(chunk, Chunk)]
    if bytes is None and (chunks is not None or stream):
        before = whole[: len(whole) // 2 if chunks is None else chunks]
        return before, sum(len(chunk.data) for chunk in before)
    left = sum(len(chunk.data) for chunk in whole) // 2 if bytes is None else bytes
    size, out = left, []
    for chunk in whole:
        if not left:
            break
        out.append(chunk if len(chunk.data) <= left else Chunk(chunk.after, chunk.data[:left]))
        left -= min(left, len(chunk.data))
    return out, size - left
