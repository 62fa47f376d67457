"""Realtime without its websocket: secrets for browsers, sessions of the older beta, and calls over WebRTC and SIP.

The defaults of a session are those of recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from .. import kinds
from ..answers import answer, content
from ..call import Call
from ..collection import collections
from ..dice import HEX, token
from ..http import Reply
from . import Mock, behaviour, calls
from .responses_input import shown_prompt

CALLS = "/realtime/calls"
LIFE_SECONDS = 600
"""How long a secret is good for where nobody says."""

OLD_LIFE_SECONDS = 60
"""The same for the sessions of the beta."""

_PCM = {"type": "audio/pcm", "rate": 24000}
_DETECTION = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
_HEARING: dict[str, Any] = {
    "format": _PCM,
    "transcription": None,
    "noise_reduction": None,
    "turn_detection": _DETECTION["server_vad"],
}
SESSIONS: Mapping[str, dict[str, Any]] = {
    "realtime": {
        "type": "realtime",
        "object": "realtime.session",
        "id": "",
        "model": "gpt-realtime",
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": 0,
        "audio": {"input": _HEARING, "output": {"format": _PCM, "voice": "alloy", "speed": 1.0}},
        "include": None,
    },
    "transcription": {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": "",
        "expires_at": 0,
        "audio": {"input": _HEARING},
        "include": None,
    },
    "translation": {
        "type": "translation",
        "id": "",
        "model": "gpt-realtime",
        "expires_at": 0,
        "audio": {"input": {"transcription": None, "noise_reduction": None}, "output": {"language": "en"}},
    },
}
"""A session of each type, as it is before anyone asks for more."""

BETA: Mapping[str, dict[str, Any]] = {
    "session": {
        "modalities": ["audio", "text"],
        "instructions": "",
        "voice": "alloy",
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 200,
        },
        "tools": [],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
        "speed": 1.0,
        "tracing": None,
    },
    "transcription_session": {
        "modalities": ["audio", "text"],
        "input_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 200,
        },
    },
}
"""The same for the beta, whose sessions are flat."""

for verb in calls.LEADS:
    behaviour(f"realtime.calls.{verb}")(calls.lead)


@behaviour("realtime.client_secrets.create")
@behaviour("realtime.translations.client_secrets.create")
def client_secret(call: Call, mock: Mock) -> Reply:
    """A secret that a browser may hold, for a session with all its settings."""
    asked, rng = kinds.fields(call), kinds.chance(call, mock)
    given = asked.get("session") or {}
    type_ = "translation" if "translations" in call.name else given.get("type", "realtime")
    life = (asked.get("expires_after") or {}).get("seconds", LIFE_SECONDS)
    expires = int(mock.clock.now()) + life
    session = _over(SESSIONS[type_], given) | {"id": f"sess_{token(rng, 21)}"}
    if type_ == "translation":
        session["expires_at"] = expires
    _complete(session)
    return answer({"value": _secret(rng), "expires_at": expires, "session": session})


@behaviour("beta.realtime.sessions.create")
def session(call: Call, mock: Mock) -> Reply:
    """A session of the beta, with the secret that opens it."""
    return _beta(call, mock, "session")


@behaviour("beta.realtime.transcription_sessions.create")
def transcription_session(call: Call, mock: Mock) -> Reply:
    """A session of the beta that only listens."""
    return _beta(call, mock, "transcription_session")


@behaviour("realtime.calls.create")
def create(call: Call, mock: Mock) -> Reply:
    """A call over WebRTC that runs: the SDP answer, and the call's place in `location`."""
    rng = kinds.chance(call, mock)
    id = collections()[CALLS].id(rng)
    mock.resources.add(CALLS, {"id": id, "status": calls.RUNNING})
    body = calls.answered(_offer(call), rng, mock.clock.now()).encode()
    reply = content(body, "text/plain; charset=utf-8", (("location", f"/v1{CALLS}/{id}"),))
    return Reply(201, reply.headers, reply.body)


def _offer(call: Call) -> str:
    """The offer of a call: the whole body, or its field `sdp`."""
    fields = kinds.fields(call) if call.media.partition(";")[0].strip() != "application/sdp" else {}
    return str(fields["sdp"]) if "sdp" in fields else call.request.body.decode("utf-8", "replace")


def _beta(call: Call, mock: Mock, kind: str) -> Reply:
    asked, rng = kinds.fields(call), kinds.chance(call, mock)
    given = {name: part for name, part in asked.items() if name != "client_secret"}
    expires = int(mock.clock.now()) + OLD_LIFE_SECONDS
    head = {"id": f"sess_{token(rng, 21)}", "object": f"realtime.{kind}", "expires_at": 0}
    secret = {"value": _secret(rng), "expires_at": expires}
    return answer({**head, **_over(BETA[kind], given), "client_secret": secret})


def _secret(rng: Random) -> str:
    return "ek_" + token(rng, 32, HEX)


def _over(usual: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` over what is usual, at every depth; a part of another type than the usual one stands alone."""
    out = dict(usual)
    for name, part in given.items():
        below = out.get(name)
        if (
            isinstance(part, dict)
            and isinstance(below, dict)
            and part.get("type", below.get("type")) == below.get("type")
        ):
            part = _over(below, part)
        elif isinstance(part, dict) and part.get("type") in _DETECTION:
            part = _over(_DETECTION[part["type"]], part)
        if part is not None or name in out:
            out[name] = part
    return out


def _complete(session: dict[str, Any]) -> None:
    """Say of the prompt, of tools and of the transcription what nobody spoke of."""
    if session.get("prompt"):
        session["prompt"] = shown_prompt(session["prompt"])
    session["tools"] = [{"description": None, **tool} for tool in session["tools"]] if "tools" in session else []
    if not session["tools"] and session["type"] != "realtime":
        del session["tools"]
    hearing = session["audio"]["input"]
    if hearing["transcription"] and session["type"] != "translation":
        hearing["transcription"] = {"language": None, "prompt": None, **hearing["transcription"]}
