"""What a tap hears is what came, when it came, and how it ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from mockai.http import Break, Chunk, Reply
from mockai.tap import HOP_BY_HOP, Tap, end_to_end

times = some.lists(some.integers(0, 1000), min_size=2, max_size=20).map(sorted)


@given(times, some.data())
def test_a_tap_keeps_pieces_moments_and_order(moments: list[int], data: some.DataObject) -> None:
    tap = Tap(moments[0])
    tap.head(moments[1], 200, (("a", "1"), ("a", "2")))
    pieces = [data.draw(some.binary(max_size=3)) for _ in moments[2:]]
    for moment, piece in zip(moments[2:], pieces, strict=True):
        tap.piece(moment, piece)
    reply = tap.reply()
    assert (reply.status, reply.headers) == (200, (("a", "1"), ("a", "2")))
    assert [step.data for step in reply.body if isinstance(step, Chunk)] == pieces
    due = moments[0] + reply.after
    for moment, step in zip(moments[2:], reply.body, strict=True):
        due += step.after
        assert due == moment


def test_a_tap_notes_how_a_connection_broke() -> None:
    tap = Tap(10.0)
    tap.head(10.5, 200, ())
    tap.piece(11.0, b"a")
    tap.broke(13.0, "reset")
    assert tap.reply() == Reply(200, (), (Chunk(0.5, b"a"), Break(2.0, "reset")), 0.5)


def test_what_belongs_to_one_connection_is_not_taped() -> None:
    headers = (*((name, "x") for name in sorted(HOP_BY_HOP)), ("content-encoding", "gzip"), ("date", "now"))
    assert end_to_end(headers) == (("content-encoding", "gzip"), ("date", "now"))
    tap = Tap(0)
    tap.head(1, 200, headers)
    assert tap.reply().headers == end_to_end(headers)
