"""Speech: real audio as long as the words would take, whole or as events; and voices of one's own."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from .. import kinds, tokens
from ..answers import events
from ..call import Call
from ..dice import dice
from ..http import Chunk, Reply
from ..sounds import MEDIA, sound
from . import Mock, behaviour

PIECE = 4096
"""Bytes of audio that leave at a time."""

TOKENS_A_SECOND = 1250 / 60
"""What spoken audio costs: the price list has a minute of it at 1.5 cents, and a million tokens at 12 dollars."""


@behaviour("audio.speech.create")
def speak(call: Call, mock: Mock) -> Reply:
    """The words as audio. Raises NotFound for a voice of one's own that does not exist."""
    return say(call, mock, call.body["input"])


def say(call: Call, mock: Mock, words: str) -> Reply:
    """The same for other words than those of the request."""
    body = call.body
    voice = body["voice"]
    if isinstance(voice, dict):
        voice = kinds.named("/audio/voices", voice["id"], mock, call).id
    seconds = spoken(words) / (body.get("speed") or 1)
    form = body.get("response_format") or "mp3"
    return played(call, sound(form, seconds, pitch=dice("voice", voice).randint(100, 260), words=words), seconds)


def played(call: Call, data: bytes, seconds: float) -> Reply:
    """The answer that is this audio, so many seconds of it."""
    body = call.body
    form = body.get("response_format") or "mp3"
    if body.get("stream_format") != "sse":
        return Reply(200, (("content-type", MEDIA[form]),), tuple(Chunk(0.0, piece) for piece in _pieces(data)))
    told = tokens.count(body["input"], body["model"])
    heard = round(seconds * TOKENS_A_SECOND)
    usage = {"input_tokens": told, "output_tokens": heard, "total_tokens": told + heard}
    deltas = ({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in _pieces(data))
    return events([*deltas, {"type": "speech.audio.done", "usage": usage}])


def spoken(text: str) -> float:
    """How many seconds it takes to say a text: a sixteenth for each letter, and a breath."""
    return 0.2 + len(text) / 16


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


@behaviour("audio.voices.create")
def create_voice(call: Call, mock: Mock) -> Reply:
    """A voice out of a sample, for which there must be a consent, or out of a description."""
    given = kinds.fields(call)
    if given.get("consent"):
        kinds.named("/audio/voice_consents", given["consent"], mock, call)
    kind = "prompt" if "prompt" in given else "audio_sample"
    return kinds.shown(call, mock, kinds.made(call, mock, given, type=kind))
