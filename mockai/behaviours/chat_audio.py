"""Chats that are spoken: what a message says as sound, and what sound in a request costs.

A request's audio costs a token for each tenth of a second and an answer's one for each twentieth, as OpenAI's guide to
audio has it; recorded answers agree on the first.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from .. import tokens
from ..dice import dice
from ..sounds import sound, wav_seconds

HEARD_A_SECOND, SPOKEN_A_SECOND = 10, 20
"""Tokens of a second of audio in a request, and in an answer."""

KEPT_SECONDS = 3600
"""How long an answer's audio may be referred to by its id."""

PIECE = 12_000
"""Bytes of sound in one chunk of a stream: a quarter of a second of samples."""

MP3_BYTES_A_SECOND = 16_000
"""Of 128 kbit/s: an MP3's length is guessed by its size."""


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound of a message: its bytes, what it says, how many tokens it costs, and the unix second it expires at."""

    id: str
    data: bytes
    transcript: str
    tokens: int
    expires_at: int

    @property
    def value(self) -> dict[str, Any]:
        """The `audio` of a message."""
        data = base64.b64encode(self.data).decode()
        return {"id": self.id, "data": data, "expires_at": self.expires_at, "transcript": self.transcript}


def spoken(id: str, text: str, body: Mapping[str, Any], now: float) -> Audio | None:
    """`text` as sound in the voice and the format that a request asks for, None where it names none."""
    asked = body.get("audio")
    if not asked:
        return None
    from .audio import spoken as seconds_of

    seconds = seconds_of(text)
    form = {"pcm16": "pcm"}.get(asked["format"], asked["format"])
    data = sound(form, seconds, pitch=dice("voice", asked["voice"]).randint(100, 260), words=text)
    cost = round(seconds * SPOKEN_A_SECOND)
    return Audio(id, data, text, cost, int(now) + KEPT_SECONDS)


def deltas(audio: Audio, model: str) -> Iterator[dict[str, Any]]:
    """What the chunks of a stream add: words and sound take turns, and the time it expires at is the end."""
    yield {"role": "assistant", "refusal": None, "audio": {"id": audio.id, "transcript": ""}}
    words = ({"transcript": piece} for piece in tokens.split(audio.transcript, model))
    cuts = (audio.data[start : start + PIECE] for start in range(0, len(audio.data), PIECE))
    sounds = ({"data": base64.b64encode(cut).decode()} for cut in cuts)
    for part in filter(None, chain.from_iterable(zip_longest(words, sounds))):
        yield {"audio": part}
    yield {"audio": {"expires_at": audio.expires_at}}


def heard(part: Mapping[str, Any]) -> int:
    """How many tokens a part of a message costs by its sound, 0 without any."""
    if part.get("type") != "input_audio":
        return 0
    given = part.get("input_audio") or {}
    try:
        data = base64.b64decode(given.get("data") or "")
    except ValueError:  # not base64, or not even ASCII
        return 0
    seconds = wav_seconds(data) if given.get("format") == "wav" else len(data) / MP3_BYTES_A_SECOND
    return -(-round((seconds or 0) * HEARD_A_SECOND * 1000) // 1000)
