"""Transcriptions and translations: words for a recording, in every format that the API writes them in.

What a recording costs is in recorded answers: whisper counts seconds, rounded up; the others count ten tokens a second
of audio, and the tokens of the words with two for their ends. (gpt-transcribe counts seconds too, as clients found.)
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

from .. import kinds, subtitles, tokens
from ..answers import answer, content, events
from ..call import Call
from ..dice import dice
from ..errors import BadRequest, PayloadTooLarge
from ..http import Reply
from ..sounds import said, wav_seconds
from ..subtitles import Line
from ..voice import Utterance
from . import Mock, behaviour, renderer
from .logprobs import logprobs

FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
LARGEST = 25 * 1024 * 1024
SHORTEST = 0.1
BYTES_A_SECOND = 16_000
"""What is not a WAVE file is taken for 128 kbit/s."""

LANGUAGES = dict(
    re.findall(
        r"(\w\w) (\w+)",
        "ar arabic, cs czech, da danish, de german, el greek, en english, es spanish, fi finnish, fr french, "
        "he hebrew, hi hindi, hu hungarian, id indonesian, it italian, ja japanese, ko korean, nl dutch, no norwegian, "
        "pl polish, pt portuguese, ro romanian, ru russian, sv swedish, th thai, tr turkish, uk ukrainian, "
        "vi vietnamese, zh chinese",
    )
)
"""What whisper calls the languages that requests name by their codes (ISO 639-1)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording and the words in it: its length in seconds, the request's fields, and how a stream cuts the text.

    `words` are its single words with their times, where somebody has said when each is heard.
    """

    text: str
    seconds: float
    body: Mapping[str, Any]
    pieces: tuple[str, ...] | None = None
    words: Sequence[Line] = ()

    @property
    def model(self) -> str:
        """The model that listens."""
        return str(self.body.get("model") or "whisper-1")

    @property
    def whisper(self) -> bool:
        """Whether it is whisper that listens, which does not stream, nor tells how sure it is."""
        return "whisper" in self.model

    @property
    def counts_seconds(self) -> bool:
        """Whether the recording is billed by its seconds, and not by tokens."""
        return self.whisper or self.model == "gpt-transcribe"


@behaviour("audio.transcriptions.create")
@behaviour("audio.translations.create")
def transcribe(call: Call, mock: Mock) -> Reply:
    """What a recording that nobody has scripted says: the words of our own speech, else the same for the same bytes."""
    name, data = _recording(call)
    words = said(data)
    if words is not None:
        return render(call, [Utterance(text=words)], mock)
    body = kinds.fields(call)
    rng = dice(call.seed, blake2b(data).hexdigest())
    topic = str(body.get("prompt") or "") or PurePath(name).stem.replace("_", " ")
    return render(call, [Utterance(text=mock.speaker.words(topic, rng))], mock)


@renderer("audio.transcriptions.create")
@renderer("audio.translations.create")
def render(call: Call, utterances: Sequence[Utterance], _mock: Mock) -> Reply:
    """The answer in which a recording says given words. Raises BadRequest for a file that is no recording."""
    return written(call, utterances[0].text or "", utterances[0].pieces)


def written(call: Call, text: str, pieces: tuple[str, ...] | None = None, words: Sequence[Line] = ()) -> Reply:
    """The answer in which a recording says `text`, cut into `pieces` if it is streamed, with each of its `words` when
    it was said; a recording is at least as long as that takes.
    """
    name, data = _recording(call)
    seconds = max(_length(name, data), *(line.end for line in words), 0.0)
    heard = Heard(text, seconds, kinds.fields(call), pieces, words)
    form = heard.body.get("response_format") or "json"
    if heard.body.get("stream") and not heard.whisper:
        return events(_spoken(heard, diarized=form == "diarized_json"))
    lines = subtitles.sentences(heard.text, seconds)
    match form:
        case "text":
            return _plain(heard.text + "\n")
        case "srt":
            return _plain(subtitles.srt(lines))
        case "vtt":
            return _plain(subtitles.vtt(lines))
        case "verbose_json":
            task = "translate" if "translations" in call.name else "transcribe"
            return answer(_verbose(heard, lines, task), compact=True)
        case "diarized_json":
            segments = [{"type": "transcript.text.segment", **each} for each in _speakers(heard)]
            about = {"text": heard.text, "task": "transcribe", "duration": seconds}
            return answer({**about, "segments": segments, "usage": _usage(heard)}, compact=True)
        case _:
            return answer(_short(call, heard), compact=True)


def _recording(call: Call) -> tuple[str, bytes]:
    parts = call.body if isinstance(call.body, tuple) else ()
    return next(((part.filename or "", part.data) for part in parts if part.name == "file"), ("", b""))


def _length(name: str, data: bytes) -> float:
    """The seconds of a recording. Raises what the API says of one that it does not read."""
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix and suffix not in FORMATS:
        raise BadRequest(f"Invalid file format. Supported formats: {list(FORMATS)}")
    if len(data) > LARGEST:
        raise PayloadTooLarge(f"Maximum content size limit ({LARGEST}) exceeded ({len(data)} bytes read)")
    seconds = wav_seconds(data)
    if seconds is None:
        return max(SHORTEST, round(len(data) / BYTES_A_SECOND, 2))
    if seconds < SHORTEST:
        words = "Audio file is too short. Minimum audio length is 0.1 seconds."
        raise BadRequest(words, param="file", code="audio_too_short")
    return round(seconds, 2)


def _plain(text: str) -> Reply:
    return content(text.encode(), "text/plain; charset=utf-8")


def _short(call: Call, heard: Heard) -> dict[str, Any]:
    if "translations" in call.name:
        return {"text": heard.text}
    value: dict[str, Any] = {"text": heard.text}
    if heard.model == "gpt-transcribe":
        value["languages"] = [{"code": code} for code in heard.body.get("languages") or ["en"]]
    if _wants_logprobs(heard):
        value["logprobs"] = _logprobs(tokens.cut(heard.text, heard.model))
    return {**value, "usage": _usage(heard)}


def _verbose(heard: Heard, lines: Sequence[Line], task: str) -> dict[str, Any]:
    asked = heard.body.get("timestamp_granularities") or ["segment"]
    language = "en" if task == "translate" else str(heard.body.get("language") or "en")
    value: dict[str, Any] = {
        "task": task,
        "language": LANGUAGES.get(language, language),
        "duration": heard.seconds,
        "text": heard.text,
    }
    if "segment" in asked:
        value["segments"] = [_segment(index, line, heard) for index, line in enumerate(lines)]
    if "word" in asked:
        spoken = heard.words or subtitles.words(heard.text, heard.seconds)
        value["words"] = [{"word": line.text, "start": line.start, "end": line.end} for line in spoken]
    return value if task == "translate" else {**value, "usage": _duration(heard)}


def _segment(index: int, line: Line, heard: Heard) -> dict[str, Any]:
    """A segment as whisper tells it: its tokens lie between two that mean a time, in fiftieths of a second."""
    rng = dice("segment", index, line.text)
    size = len(line.text.encode())
    ids = [rng.randrange(256, 50_000) for _ in tokens.cut(line.text, heard.model)]
    return {
        "id": index,
        "seek": 0,
        "start": line.start,
        "end": line.end,
        "text": f" {line.text}",
        "tokens": [50_364 + round(line.start * 50), *ids, 50_364 + round(line.end * 50)],
        "temperature": heard.body.get("temperature") or 0.0,
        "avg_logprob": -round(rng.uniform(0.1, 0.6), 6),
        "compression_ratio": size / len(zlib.compress(line.text.encode())),
        "no_speech_prob": round(rng.uniform(0.0001, 0.01), 8),
    }


def _speakers(heard: Heard) -> Iterator[dict[str, Any]]:
    """Who says what: the speakers the request knows, or A and B, by turns."""
    names = heard.body.get("known_speaker_names") or ["A", "B"]
    for index, line in enumerate(subtitles.sentences(heard.text, heard.seconds)):
        yield {
            "text": f" {line.text}",
            "speaker": names[index % len(names)],
            "start": line.start,
            "end": line.end,
            "id": f"seg_{index}",
        }


def _spoken(heard: Heard, *, diarized: bool) -> Iterator[dict[str, Any]]:
    """The events of a stream: words as they are understood, or one speaker after the other, and the whole."""
    if diarized:
        yield from ({"type": "transcript.text.segment", **each} for each in _speakers(heard))
    else:
        for piece in heard.pieces or tokens.split(heard.text, heard.model):
            delta: dict[str, Any] = {"type": "transcript.text.delta", "delta": piece}
            if _wants_logprobs(heard):
                delta["logprobs"] = _logprobs(tokens.cut(piece, heard.model))
            yield delta
    done: dict[str, Any] = {"type": "transcript.text.done", "text": heard.text}
    if _wants_logprobs(heard):
        done["logprobs"] = _logprobs(tokens.cut(heard.text, heard.model))
    yield done if heard.counts_seconds else {**done, "usage": _usage(heard)}


def _wants_logprobs(heard: Heard) -> bool:
    return "logprobs" in (heard.body.get("include") or ()) and not heard.whisper


def _logprobs(pieces: Sequence[bytes]) -> list[dict[str, Any]]:
    return [{name: each[name] for name in ("token", "logprob", "bytes")} for each in logprobs(pieces, 0)]


def _duration(heard: Heard) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(heard.seconds)}


def _usage(heard: Heard) -> dict[str, Any]:
    if heard.counts_seconds:
        return _duration(heard)
    text = tokens.count(str(heard.body.get("prompt") or ""), heard.model)
    audio, out = int(heard.seconds * 10), tokens.count(heard.text, heard.model) + 2
    return {
        "type": "tokens",
        "total_tokens": text + audio + out,
        "input_tokens": text + audio,
        "input_token_details": {"text_tokens": text, "audio_tokens": audio},
        "output_tokens": out,
    }
