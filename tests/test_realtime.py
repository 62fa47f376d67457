"""Realtime and live sessions as far as they need no websocket: secrets, offers and answers, calls by phone."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import realtime_driver
from asking import HEADERS, ask, request

from mockai import ManualClock, MockAI
from mockai.http import Request
from mockai.registry import registry

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:a\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n"
)
SECRETS = "/v1/realtime/client_secrets"


def told(mock: MockAI, path: str, **body: Any) -> Any:
    return json.loads(ask(mock, request(path, **body)).content)


def test_a_secret_comes_with_all_settings_of_its_session() -> None:
    mock = MockAI(clock=ManualClock(1000))
    plain = told(mock, SECRETS)
    assert plain["value"].startswith("ek_")
    assert plain["expires_at"] == 1600
    assert plain["session"]["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "voice": "alloy",
        "speed": 1.0,
    }
    wanted = {
        "type": "realtime",
        "instructions": "Be brief.",
        "audio": {
            "input": {"turn_detection": {"type": "semantic_vad"}, "transcription": {"model": "whisper-1"}},
            "output": {"voice": "marin", "format": {"type": "audio/pcmu"}},
        },
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
    }
    told_ = told(mock, SECRETS, session=wanted, expires_after={"anchor": "created_at", "seconds": 60})
    session = told_["session"]
    assert told_["expires_at"] == 1060
    assert (session["instructions"], session["model"]) == ("Be brief.", "gpt-realtime")
    assert session["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0}
    assert session["audio"]["input"]["turn_detection"]["eagerness"] == "auto"
    assert "threshold" not in session["audio"]["input"]["turn_detection"]
    assert session["audio"]["input"]["transcription"] == {"language": None, "prompt": None, "model": "whisper-1"}
    assert session["tools"][0]["description"] is None
    for each in (plain, told_):
        assert registry().valid("realtime/client_secret_create_response.ClientSecretCreateResponse", each, "produce")


@pytest.mark.parametrize(
    ("path", "session", "schema"),
    [
        (SECRETS, {"type": "transcription"}, "realtime/client_secret_create_response.ClientSecretCreateResponse"),
        (
            "/v1/realtime/translations/client_secrets",
            {"model": "gpt-realtime-translate", "audio": {"output": {"language": "fr"}}},
            "realtime/realtime_translation_client_secret_create_response.RealtimeTranslationClientSecretCreateResponse",
        ),
    ],
)
def test_other_sessions_have_secrets_of_their_own(path: str, session: dict[str, Any], schema: str) -> None:
    made = told(MockAI(), path, session=session)
    assert registry().valid(schema, made, "produce")
    assert made["session"]["type"] in ("transcription", "translation")
    assert "tools" not in made["session"]


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("sessions", "beta/realtime/session_create_response.SessionCreateResponse"),
        ("transcription_sessions", "beta/realtime/transcription_session.TranscriptionSession"),
    ],
)
def test_sessions_of_the_beta(kind: str, schema: str) -> None:
    made = told(MockAI(clock=ManualClock(1000)), f"/v1/realtime/{kind}", input_audio_format="g711_ulaw")
    assert registry().valid(schema, made, "produce")
    assert made["input_audio_format"] == "g711_ulaw"
    assert made["client_secret"]["expires_at"] == 1060


@pytest.mark.parametrize("media", ["application/sdp", "application/json"])
def test_an_offer_is_answered_section_by_section(media: str) -> None:
    body = OFFER.encode() if media == "application/sdp" else json.dumps({"sdp": OFFER}).encode()
    headers = (HEADERS[0], ("content-type", media))
    mock = MockAI()
    reply = ask(mock, Request("POST", "/v1/realtime/calls", "", headers, body))
    assert (reply.status, reply.header("content-type")) == (201, "text/plain; charset=utf-8")
    location = reply.header("location") or ""
    assert location.startswith("/v1/realtime/calls/rtc_")
    lines = reply.content.decode().split("\r\n")
    assert [line for line in lines if line.startswith(("m=", "a=mid", "a=group"))] == [
        "a=group:BUNDLE a 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:a",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "a=mid:1",
    ]
    assert ask(mock, request(f"{location}/accept", type="realtime")).status == 400  # it runs already
    hung = ask(mock, request(f"{location}/hangup"))
    assert (hung.status, hung.content) == (200, b"")
    refused = told(mock, f"{location}/hangup")
    assert refused["error"]["message"] == "Cannot hangup call with status 'ended'."


def test_a_call_by_phone_rings_until_it_is_taken() -> None:
    mock = MockAI()
    assert ask(mock, request("/v1/realtime/calls/x/hangup")).status == 404
    assert ask(mock, request("/v1/realtime/calls/rtc_1/refer", target_uri="tel:+1")).status == 400
    assert ask(mock, request("/v1/realtime/calls/rtc_1/accept", type="realtime")).status == 200
    assert ask(mock, request("/v1/realtime/calls/rtc_1/refer", target_uri="tel:+1")).status == 200
    assert ask(mock, request("/v1/realtime/calls/rtc_2/reject")).status == 200
    assert ask(mock, request("/v1/realtime/calls/rtc_2/accept", type="realtime")).status == 400
    free = MockAI(missing="conjure")
    assert ask(free, request("/v1/realtime/calls/x/hangup")).status == 200


def test_a_live_session_is_made_forked_heard_and_ended() -> None:
    mock = MockAI()
    asked: dict[str, Any] = {
        "session": {"model": "gpt-live-1"},
        "transport": {"type": "webrtc", "sdp": OFFER},
    }
    with openai.OpenAI(
        api_key="sk-none",
        base_url="http://mock/v1",
        http_client=httpx2.Client(transport=mock.transport(httpx2)),
    ) as client:
        made = client.live.create(**asked)
        assert made.session.id.startswith("live_")
        assert made.transport.sdp.startswith("v=0\r\n")
        forked = client.live.sessions.fork(made.session.id, transport=asked["transport"])
        assert forked.session.id != made.session.id
        with wave.open(io.BytesIO(client.live.sessions.download_recording(made.session.id).read())) as heard:
            assert (heard.getnchannels(), heard.getnframes()) == (2, 24_000)
        client.live.sessions.hangup(made.session.id)
        with pytest.raises(openai.BadRequestError, match="Cannot hangup session"):
            client.live.sessions.hangup(made.session.id)
        with pytest.raises(openai.NotFoundError):
            client.live.sessions.fork("unknown", transport=asked["transport"])


@pytest.mark.parametrize("version", ["3", "2"])
def test_every_sdk_runs_a_browsers_errands(version: str) -> None:
    older = Path(sys.prefix, "sdk", "openai-2")
    if version == "2" and not older.is_dir():
        pytest.skip(f"There is no {older}; `make test` puts it there.")
    environment = {**os.environ, "PYTHONPATH": str(older)} if version == "2" else dict(os.environ)
    command = [sys.executable, realtime_driver.__file__]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    used, plain, awaited = json.loads(run.stdout)
    assert used.startswith(version)
    assert plain == awaited
    assert plain == {
        "secret": ["ek_", 1600, "Be brief.", "alloy"],
        "call": [201, "/v1/realtime/calls/rtc_", "v=0\r\n"],
        "twice": [400],
        "chat": ["active", "cancelled"],
        "items": ["chatkit.user_message", "chatkit.assistant_message"],
    }
