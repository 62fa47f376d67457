"""Chats that are spoken: real sound of the right length, whole or as a stream, and what it costs."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from asking import ask, chat

from mockai import MockAI, sse
from mockai.behaviours.chat_audio import heard
from mockai.clock import ManualClock
from mockai.registry import registry
from mockai.sounds import said, wav, wav_seconds

NOW = 1_760_000_000
TALK: dict[str, Any] = {"model": "gpt-audio", "modalities": ["text", "audio"]}
WAV, PCM = ({"audio": {"voice": "alloy", "format": form}} for form in ("wav", "pcm16"))


def mock() -> MockAI:
    return MockAI(clock=ManualClock(NOW + 0.5), admission="semantic")


def answered(**more: Any) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(ask(mock(), chat("How do tides work?", **(TALK | more))).content)
    assert [str(error) for error in registry().errors("chat/chat_completion.ChatCompletion", value, "produce")] == []
    return value


def streamed(**more: Any) -> list[dict[str, Any]]:
    found = list(sse.parse(ask(mock(), chat("How do tides work?", **(TALK | PCM | {"stream": True} | more))).content))
    assert found[-1].data == sse.DONE
    return [event.value for event in found[:-1]]


def test_a_message_is_its_sound() -> None:
    choice = answered(**WAV)["choices"][0]
    message, audio = choice["message"], choice["message"]["audio"]
    assert list(message) == ["role", "content", "refusal", "audio", "annotations"]
    assert (message["content"], message["refusal"], choice["finish_reason"]) == (None, None, "stop")
    assert list(audio) == ["id", "data", "expires_at", "transcript"]
    assert (audio["id"][:6], len(audio["id"]), audio["expires_at"]) == ("audio_", 38, NOW + 3600)
    seconds = wav_seconds(base64.b64decode(audio["data"]))
    assert seconds == pytest.approx(0.2 + len(audio["transcript"]) / 16, rel=0.01)


@pytest.mark.parametrize(
    ("form", "start"),
    [("mp3", b"ID3"), ("flac", b"fLaC"), ("opus", b"OggS"), ("aac", b"ID3"), ("pcm16", b"")],
)
def test_every_format(form: str, start: bytes) -> None:
    audio = answered(audio={"voice": "ash", "format": form})["choices"][0]["message"]["audio"]
    assert base64.b64decode(audio["data"]).startswith(start)


def test_sound_costs_twenty_tokens_a_second() -> None:
    value = answered(**WAV)
    seconds = wav_seconds(base64.b64decode(value["choices"][0]["message"]["audio"]["data"]))
    assert seconds is not None
    usage = value["usage"]
    details = usage["completion_tokens_details"]
    assert details["audio_tokens"] == round(seconds * 20)
    assert details["text_tokens"] + details["audio_tokens"] == usage["completion_tokens"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_stream_is_words_and_sound_in_turns_and_ends_with_when_it_expires() -> None:
    chunks = streamed(stream_options={"include_usage": True})
    choices = [chunk["choices"][0] for chunk in chunks]
    assert {choice["finish_reason"] for choice in choices} == {None}
    assert all("usage" in chunk and chunk["usage"] is None for chunk in chunks)
    first, *parts, last = (choice["delta"] for choice in choices)
    assert (first["role"], first["audio"]["transcript"]) == ("assistant", "")
    assert last == {"audio": {"expires_at": NOW + 3600}}
    told = "".join(part["audio"].get("transcript", "") for part in parts)
    data = b"".join(base64.b64decode(part["audio"].get("data", "")) for part in parts)
    whole = answered(**PCM)["choices"][0]["message"]["audio"]
    assert (told, data) == (whole["transcript"], base64.b64decode(whole["data"]))
    assert "data" in parts[1]["audio"]


def test_a_call_is_not_spoken() -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {}}}
    value = answered(**WAV, tools=[tool], tool_choice="required")
    assert "audio" not in value["choices"][0]["message"]
    assert streamed(tools=[tool], tool_choice="required")[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_words_alone_where_only_text_is_asked_for() -> None:
    part = {"type": "input_audio", "input_audio": {"data": base64.b64encode(wav(2.0)).decode(), "format": "wav"}}
    message = {"role": "user", "content": [{"type": "text", "text": "What is said?"}, part]}
    value = answered(modalities=["text"], messages=[message])
    assert value["choices"][0]["message"]["content"]
    details = value["usage"]["prompt_tokens_details"]
    assert details["audio_tokens"] == 20
    assert details["text_tokens"] + 20 == value["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("form", "data", "tokens"),
    [
        ("wav", base64.b64encode(wav(0.2)).decode(), 2),
        ("wav", base64.b64encode(b"no sound").decode(), 0),
        ("mp3", base64.b64encode(bytes(16_000)).decode(), 10),
        ("mp3", "not base64", 0),
    ],
)
def test_what_is_heard_costs_ten_tokens_a_second(form: str, data: str, tokens: int) -> None:
    assert heard({"type": "input_audio", "input_audio": {"data": data, "format": form}}) == tokens
    assert heard({"type": "text", "text": "hi"}) == 0


def test_the_sound_of_a_chat_is_transcribed_to_what_it_says() -> None:
    mock = MockAI(clock=ManualClock())
    body = {"model": "gpt-audio", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
    value = orjson.loads(ask(mock, chat("Name a colour.", **body)).content)
    audio = value["choices"][0]["message"]["audio"]
    assert said(base64.b64decode(audio["data"])) == audio["transcript"]
