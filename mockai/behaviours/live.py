"""Live sessions: made and forked over WebRTC, accepted and ended over the phone. Their speech needs a websocket."""

from __future__ import annotations

import struct

from .. import kinds
from ..answers import answer, content
from ..call import Call
from ..collection import collections
from ..http import Reply
from . import Mock, behaviour, calls

PLACE = "/live/sessions"
RATE = 24_000
"""Samples a second of a recording."""

for verb in calls.LEADS:
    behaviour(f"live.sessions.{verb}")(calls.lead)


@behaviour("live.create")
def create(call: Call, mock: Mock) -> Reply:
    """A session that runs, and the answer to its caller's offer."""
    rng = kinds.chance(call, mock)
    id = collections()[PLACE].id(rng)
    mock.resources.add(PLACE, {"id": id, "status": calls.RUNNING})
    sdp = calls.answered(kinds.fields(call)["transport"]["sdp"], rng, mock.clock.now())
    return answer({"session": {"id": id}, "transport": {"type": "webrtc", "sdp": sdp}}, status=201)


@behaviour("live.sessions.fork")
def fork(call: Call, mock: Mock) -> Reply:
    """Another session that goes on from where a stored one is."""
    kinds.found(call, mock)
    return create(call, mock)


@behaviour("live.sessions.download_recording")
def recording(call: Call, mock: Mock) -> Reply:
    """A second of silence on both sides: the caller's on the left, the model's on the right."""
    kinds.found(call, mock)
    silence = bytes(RATE * 4)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, RATE * 4, 4, 16)
    data = (
        struct.pack("<4sI4s", b"RIFF", 36 + len(silence), b"WAVE") + form + struct.pack("<4sI", b"data", len(silence))
    )
    return content(data + silence, "audio/wav")
