"""Server-sent events: framing, and the way back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai import sse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc{}:\n", max_size=3), inner, max_size=3),
    max_leaves=6,
)


def test_one_chunk_an_event_and_done_at_the_end() -> None:
    chunks = sse.timeline([{"a": 1}, {"é": "\n"}])
    assert [chunk.data for chunk in chunks] == [
        b'data: {"a":1}\n\n',
        'data: {"é":"\\n"}\n\n'.encode(),
        b"data: [DONE]\n\n",
    ]
    assert {chunk.after for chunk in chunks} == {0.0}


def test_named_events_carry_their_type_and_need_no_end() -> None:
    chunks = sse.timeline([{"type": "response.created"}], named=True, done=None)
    assert [chunk.data for chunk in chunks] == [b'event: response.created\ndata: {"type":"response.created"}\n\n']


@given(st.lists(JSON, max_size=4))
def test_decoding_gives_back_what_was_encoded(values: list[Any]) -> None:
    body = b"".join(chunk.data for chunk in sse.timeline(values))
    events = list(sse.parse(body))
    assert [event.value for event in events[:-1]] == values
    assert events[-1].data == sse.DONE


@given(JSON, st.text("abc.", min_size=1))
def test_names_survive(value: Any, name: str) -> None:
    event = sse.Event(orjson.dumps(value).decode(), name)
    assert list(sse.parse(sse.encode(event))) == [event]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_line_end_of_the_standard_is_read(end: str) -> None:
    lines = ["\ufeff: a comment", "event: e", "data: 1", "data:2", "id: 7", "", "data: cut off"]
    assert list(sse.parse(end.join(lines).encode())) == [sse.Event("1\n2", "e")]


def test_a_name_without_data_is_no_event() -> None:
    assert list(sse.parse(b"event: ping\n\ndata: {}\n\n")) == [sse.Event("{}")]


def test_only_json_has_a_value() -> None:
    with pytest.raises(orjson.JSONDecodeError):
        _ = sse.Event(sse.DONE).value
