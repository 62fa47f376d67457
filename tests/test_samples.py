"""The sample cassettes: each is whole, clean and replays to the byte, and each shows what its name says."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import openai
import pytest

from mockai import MockAI
from mockai.data import data
from mockai.files.tape import load
from mockai.http import Chunk, Reply
from mockai.match import key

SAMPLES = {path.stem: path for path in sorted(data("cassettes").glob("*.yaml"))}


def client(mock: MockAI) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-any", http_client=httpx2.Client(transport=mock.transport(httpx2)))


def test_all_samples_are_there() -> None:
    assert set(SAMPLES) == {"chat", "chat-stream", "rate-limit", "tool-call"}


@pytest.mark.parametrize("path", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_replays_to_the_byte(path: Path) -> None:
    mock = MockAI(cassette=path, replay_speed="recorded")
    for exchange in load(path).exchanges:
        reply = mock.handle(exchange.request)
        assert isinstance(reply, Reply)
        assert (reply.status, reply.after, tuple(reply.body)) == (
            exchange.reply.status,
            exchange.reply.after,
            tuple(exchange.reply.body),
        )
        assert reply.headers[: len(exchange.reply.headers)] == exchange.reply.headers
    mock.verify()


@pytest.mark.parametrize("path", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_names_its_keys_and_no_secret(path: Path) -> None:
    text = path.read_text("utf-8")
    for exchange in load(path).exchanges:
        assert key(exchange.request)[:8] in text
    assert "sk-any" not in text
    assert "authorization" not in text


@pytest.mark.parametrize("path", SAMPLES.values(), ids=SAMPLES)
def test_check_finds_nothing_in_a_sample(path: Path) -> None:
    checking = pytest.importorskip("mockai.files.checking")
    outcome = checking.check_paths([path])
    assert not outcome.findings, outcome.text()


def test_the_stream_is_cut_inside_a_character() -> None:
    (exchange,) = load(SAMPLES["chat-stream"]).exchanges
    pieces = [chunk.data for chunk in exchange.reply.body if isinstance(chunk, Chunk)]
    with pytest.raises(UnicodeDecodeError):
        pieces[1].decode()
    mock = MockAI(cassette=SAMPLES["chat-stream"], exact_pieces=True)
    asked = json.loads(exchange.request.body)
    chunks = list(client(mock).chat.completions.create(**asked))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "The café is open."
    assert chunks[-1].usage.total_tokens == 17


def test_the_refused_request_is_answered_when_the_sdk_asks_again() -> None:
    refused, answered = load(SAMPLES["rate-limit"]).exchanges
    assert refused.reply.status == 429
    assert refused.reply.header("retry-after-ms") == "120"
    mock = MockAI(cassette=SAMPLES["rate-limit"])
    said = client(mock).chat.completions.create(**json.loads(answered.request.body))
    assert said.choices[0].message.content == "Here I am."
    assert [exchange.reply.status for exchange in mock.journal] == [429, 200]


def test_the_tool_is_called_and_its_result_used() -> None:
    first, second = load(SAMPLES["tool-call"]).exchanges
    mock = MockAI(cassette=SAMPLES["tool-call"])
    asked = client(mock).chat.completions.create(**json.loads(first.request.body))
    (call,) = asked.choices[0].message.tool_calls or []
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')
    told = client(mock).chat.completions.create(**json.loads(second.request.body))
    assert told.choices[0].message.content == "It is 18 °C in Paris."


def test_the_samples_can_be_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "examples")
    from samples import write

    assert {path.stem for path in write(tmp_path)} == set(SAMPLES)
    for name, path in SAMPLES.items():
        again = load(tmp_path / path.name).exchanges
        assert [key(exchange.request) for exchange in again] == [key(one.request) for one in load(path).exchanges], name
