"""The laws of timelines: nothing that is done to the timing of an answer changes what it says."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockai.http import Break, Chunk, Timeline
from mockai.timeline import Pace, joined, scaled

delays = some.sampled_from([0.0, 0.0, 0.25, 0.5, 2.0])
chunks = some.builds(Chunk, delays, some.binary(max_size=4))
breaks = some.builds(Break, delays, some.sampled_from(["close", "reset", "stall"]))
timelines = some.builds(lambda body, end: (*body, *end), some.lists(chunks), some.lists(breaks, max_size=1))


def content(body: Timeline) -> bytes:
    return b"".join(step.data for step in body if isinstance(step, Chunk))


def moments(body: Timeline) -> list[tuple[float, int]]:
    """Every moment at which bytes leave, and how many have left by then."""
    due = accumulate(step.after for step in body)
    left = accumulate(len(step.data) if isinstance(step, Chunk) else 0 for step in body)
    return list(zip(due, left, strict=True))


@given(timelines)
def test_joined_keeps_bytes_moments_and_ending(body: Timeline) -> None:
    after = joined(body)
    assert content(after) == content(body)
    assert [step for step in after if isinstance(step, Break)] == [step for step in body if isinstance(step, Break)]
    assert dict(moments(after)) == {due: size for due, size in moments(body) if due in dict(moments(after))}
    assert sum(step.after for step in after) == sum(step.after for step in body)
    assert all(step.after for step in after[1:] if isinstance(step, Chunk))
    assert joined(after) == after


@given(timelines, some.floats(0, 100))
def test_scaled_keeps_bytes_and_count_and_multiplies_delays(body: Timeline, factor: float) -> None:
    after = scaled(body, factor)
    assert [replaced(step) for step in after] == [replaced(step) for step in body]
    assert [step.after for step in after] == [step.after * factor for step in body]
    assert scaled(body, 1) == body


def replaced(step: Chunk | Break) -> object:
    return step.data if isinstance(step, Chunk) else step.how


@given(timelines, delays, delays, some.sampled_from([0.0, 0.2, 1.0]), some.integers(0, 5))
def test_pace_keeps_bytes_count_and_ending(body: Timeline, first: float, each: float, jitter: float, seed: int) -> None:
    pace = Pace(first, each, jitter, seed)
    after = pace(body)
    assert [replaced(step) for step in after] == [replaced(step) for step in body]
    for index, step in enumerate(after):
        wanted = first if index == 0 else each
        if isinstance(step, Chunk):
            assert wanted * (1 - jitter) <= step.after <= wanted * (1 + jitter)
        else:
            assert step == body[index]
    assert pace(body) == after


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((), ()),
        ((Chunk(0, b"a"), Chunk(0, b"b"), Chunk(1, b"c"), Chunk(0, b"d")), (Chunk(0, b"ab"), Chunk(1, b"cd"))),
        ((Chunk(2, b"a"), Chunk(0, b"b"), Break(0, "reset")), (Chunk(2, b"ab"), Break(0, "reset"))),
        ((Break(1),), (Break(1),)),
    ],
)
def test_joined_by_example(body: Timeline, expected: Timeline) -> None:
    assert joined(body) == expected


def test_pace_by_example() -> None:
    body = (Chunk(9, b"a"), Chunk(9, b"b"), Chunk(9, b"c"))
    assert [step.after for step in Pace(0.4, 0.02)(body)] == [0.4, 0.02, 0.02]
