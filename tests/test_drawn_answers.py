"""Drawn answers: what the API may send and nothing else, small where they shrink, and hard on who reads them badly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import CHAT, ask, chat
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from mockai import MockAI
from mockai.errors import StubError
from mockai.events import is_stream
from mockai.http import Break, Chunk, Reply, Request
from mockai.operations import Operation, operations
from mockai.registry import registry
from mockai.sse import DONE, encode, parse
from mockai.sse import Event as Sent
from mockai.strategies import cuts, errors, from_operation, replies, responses, streams
from mockai.understand import understand

STREAMING = [row for row in operations().values() if row.stream and row.answer != "websocket"]
ANSWERING = [row for row in operations().values() if row.result and row.answer == "json" and not row.twin]
ALL = list(HealthCheck)
ONCE = settings(max_examples=200, derandomize=True, database=None, suppress_health_check=ALL)


def drawn(strategy: st.SearchStrategy[Any], law: Callable[[Any], None], times: int) -> None:
    """Hold a law against some values."""
    few = settings(max_examples=times, derandomize=True, phases=[Phase.generate], suppress_health_check=ALL)
    few(given(strategy)(law))()


def wrong(schema: str, value: Any) -> list[str]:
    return [f"{each.instance_path}: {each.message[:300]}" for each in registry().errors(schema, value, "produce")]


# -- what may be sent


@pytest.mark.parametrize("row", ANSWERING, ids=lambda row: row.id)
def test_every_body_is_allowed_by_its_schema(row: Operation) -> None:
    def allowed(value: Any) -> None:
        assert wrong(row.result or "", value) == []

    drawn(responses(row), allowed, 60 if row.id == "responses.create" else 2)


@pytest.mark.parametrize("row", STREAMING, ids=lambda row: row.id)
def test_every_event_is_allowed_by_its_schema(row: Operation) -> None:
    def allowed(events: list[Any]) -> None:
        assert events
        for event in events:
            assert wrong(row.stream or "", event) == []

    drawn(streams(row), allowed, 60 if row.id == "responses.create" else 8)


def test_the_order_of_a_chat_s_chunks() -> None:
    seen: set[Any] = set()

    def ordered(chunks: list[Any]) -> None:
        begun, ended = set(), set()
        for chunk in chunks:
            seen.update(chunk.keys() & {"usage", "obfuscation", "service_tier"})
            for choice in chunk["choices"]:
                index, delta = choice["index"], choice["delta"]
                assert index not in ended
                assert ("role" in delta) == (index not in begun)
                begun.add(index)
                seen.update(delta)
                if choice["finish_reason"]:
                    ended.add(index)
                    seen.add(choice["finish_reason"])
        assert begun == ended == set(range(len(begun)))
        assert all(chunk["choices"] for chunk in chunks[:-1])

    drawn(streams(CHAT), ordered, 150)
    assert {"stop", "length", "tool_calls", "content_filter", "function_call"} <= seen
    assert {"usage", "obfuscation", "refusal", "tool_calls", "content"} <= seen


def test_the_order_of_a_response_s_events() -> None:
    seen: set[str] = set()

    def ordered(events: list[Any]) -> None:
        assert events[0]["type"] == "response.created"
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert events[-1]["type"] in ("response.completed", "response.incomplete", "response.failed")
        seen.add(events[-1]["type"])

    drawn(streams("responses.create"), ordered, 60)
    assert len(seen) == 3


@given(streams("images.generate"))
@settings(max_examples=20)
def test_a_picture_comes_last(events: list[Any]) -> None:
    assert [event["partial_image_index"] for event in events[:-1]] == list(range(len(events) - 1))
    assert events[-1]["type"] == "image_generation.completed"


@given(errors(CHAT))
def test_an_error_is_one_and_not_always_json(error: Reply) -> None:
    assert error.status >= 400
    if error.header("content-type") != "text/html":
        assert {"message", "type", "param", "code"} == json.loads(error.content)["error"].keys()


# -- cut


@given(st.binary(max_size=200), st.data())
def test_a_cut_loses_nothing(body: bytes, data: st.DataObject) -> None:
    pieces = data.draw(cuts(body))
    assert b"".join(piece.data for piece in pieces if isinstance(piece, Chunk)) == body
    assert all(piece.data for piece in pieces if isinstance(piece, Chunk))


def test_a_break_stays_where_it_is() -> None:
    found = find(cuts([Chunk(0.0, b"abc"), Break()]), lambda pieces: len(pieces) > 2, settings=ONCE)
    assert found == (Chunk(0.0, b"a"), Chunk(1e-6, b"bc"), Break())


@pytest.mark.parametrize("within", ["é", "\r\n"])
def test_there_are_cuts_inside_what_belongs_together(within: str) -> None:
    body = ("a" * 50 + within + "a" * 50).encode()
    cut = find(
        cuts(body), lambda pieces: any(piece.data[-1:] == within.encode()[:1] for piece in pieces), settings=ONCE
    )
    assert len(cut) == 2


# -- one namespace


def test_a_mock_answers_with_what_is_drawn() -> None:
    told = from_operation(CHAT, stream=True)

    @settings(max_examples=20, suppress_health_check=ALL, phases=[Phase.generate])
    @given(told.request, told.reply)
    def answers(request: Request, reply: Reply) -> None:
        assert understand(request).body["stream"] is True
        mock = MockAI(admission="off")
        mock.on(CHAT).reply(reply)
        heard = ask(mock, request)
        assert (heard.status, list(heard.body)) == (reply.status, list(reply.body))
        assert is_stream(reply) or reply.status >= 400

    answers()


def test_members_are_what_they_were_told_to_be() -> None:
    told = from_operation(CHAT, model=st.just("mine"), stream=False)
    drawn(told.response, lambda body: pytest.fail(str(body)) if body["model"] != "mine" else None, 5)
    drawn(told.reply, lambda reply: pytest.fail(str(reply)) if is_stream(reply) else None, 20)
    drawn(told.stream, lambda chunks: pytest.fail(str(chunks)) if chunks[0]["model"] != "mine" else None, 5)
    drawn(told.error, lambda error: pytest.fail(str(error)) if error.status < 400 else None, 5)


def test_the_last_word_of_a_run_has_a_name() -> None:
    def ends(reply: Reply) -> None:
        assert reply.status >= 400 or list(parse(reply.content))[-1] == Sent(DONE, "done")

    drawn(replies("beta.threads.runs.create", stream=True), ends, 10)


def test_what_there_is_not_to_draw(golden: Callable[[str, object], None]) -> None:
    said = []
    for make in (
        lambda: streams("embeddings.create"),
        lambda: responses("audio.speech.create"),
        lambda: errors("chat"),
        lambda: from_operation("chat.completions.create", modl=st.just("gpt-5")),
        lambda: from_operation("chat.completions.create", model="gpt-5"),  # type: ignore[arg-type]
    ):
        with pytest.raises(StubError) as caught:
            make()
        said.append(str(caught.value))
    golden("strategies-none", "\n".join(said))


# -- consumers with a bug in them


def read(pieces: list[bytes], *, whole: bool = True, counts: bool = False, knows: tuple[str, ...] = ()) -> Any:
    """What a stream says, as a hasty client reads it: the text of its first choice.

    It joins pieces before it decodes them (`whole`), or does not; it `counts` on the usage; it `knows` some finish
    reasons (none: all).
    """
    text = b"".join(pieces).decode() if whole else "".join(piece.decode() for piece in pieces)
    said, usage = "", None
    for event in text.split("\n\n"):
        for line in event.split("\n"):
            if not line.startswith("data: ") or line == f"data: {DONE}":
                continue
            chunk = json.loads(line.removeprefix("data: "))
            usage = chunk.get("usage") or usage
            for choice in chunk["choices"]:
                said += choice["delta"].get("content") or "" if choice["index"] == 0 else ""
                if knows and choice["finish_reason"] is not None and choice["finish_reason"] not in knows:
                    raise KeyError(choice["finish_reason"])
    if counts:
        return said, usage["total_tokens"]  # type: ignore[index]
    return said


def breaks(**bug: Any) -> Callable[[Reply], bool]:
    """Whether a client with this bug cannot read what a mock answers it."""

    mock = MockAI()

    def broken(reply: Reply) -> bool:
        if reply.status != 200:
            return False
        mock.reset()
        mock.on(CHAT).reply(reply)
        heard = ask(mock, chat(stream=True))
        try:
            read([piece.data for piece in heard.body if isinstance(piece, Chunk)], **bug)
        except (ValueError, TypeError, KeyError):
            return True
        return False

    return broken


def test_a_consumer_without_a_bug_reads_everything() -> None:
    with pytest.raises(NoSuchExample):
        find(from_operation(CHAT, stream=True).reply, breaks(), settings=ONCE)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a stream that is not made smaller
def test_a_consumer_that_decodes_each_piece_is_found() -> None:
    unshrunk = settings(ONCE, phases=[Phase.generate])
    reply = find(from_operation(CHAT, stream=True).reply, breaks(whole=False), settings=unshrunk)
    assert len(reply.body) > 1


def test_a_consumer_that_counts_on_usage_is_found() -> None:
    reply = find(from_operation(CHAT, stream=True).reply, breaks(counts=True), settings=ONCE)
    assert [event.value["choices"][0]["delta"] for event in list(parse(reply.content))[:-1]] == [
        {"role": "assistant", "content": "", "refusal": None},
        {},
    ]
    assert len(reply.body) == 1


@pytest.mark.parametrize("unknown", ["content_filter"])
def test_a_consumer_that_never_saw_a_finish_reason_is_found(unknown: str) -> None:
    known = {"stop", "length", "content_filter", "tool_calls", "function_call"} - {unknown}
    reply = find(from_operation(CHAT, stream=True).reply, breaks(knows=tuple(known)), settings=ONCE)
    assert f'"finish_reason":"{unknown}"'.encode() in reply.content
    assert len(reply.body) == 1
    assert b"".join(map(encode, parse(reply.content))) == reply.content
