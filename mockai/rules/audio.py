"""Audio: which models speak and listen, and what each takes."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import ApiError, BadRequest, NotFound
from . import rule

WHISPER = ("json", "text", "vtt", "srt", "verbose_json")
LATER = ("json", "text")
DIARIZING = ("json", "text", "diarized_json")
VOICES = ("nova", "shimmer", "echo", "onyx", "fable", "alloy", "ash", "sage", "coral")
"""The voices of the first two speech models, in the order in which their service lists them."""

SAID = 4_096
"""The most characters that are read aloud at once."""

unsupported = partial(BadRequest, code="unsupported_value")


@rule("audio.speech.create", "schema")
def words(_call: Call, body: dict[str, Any]) -> None:
    """There is something to say, and not too much."""
    said = len(body["input"])
    if not said:
        raise _invalid("string_too_short", "input", "'String should have at least 1 character'", "'min_length': 1")
    if said > SAID:
        at_most = f"'String should have at most {SAID} characters'"
        raise _invalid("string_too_long", "input", at_most, f"'max_length': {SAID}")


@rule("audio.speech.create", "semantic")
def speech(call: Call, body: dict[str, Any]) -> None:
    """The model exists and speaks; the first two speak in nine voices, and not in events."""
    model = str(body["model"])
    _known(call, model, "speech")
    if not model.startswith("tts-1"):
        return
    if body["voice"] not in VOICES:
        raise _choice("voice", VOICES)
    if body.get("stream_format") == "sse":
        words = f"Unsupported value: 'stream_format' does not support 'sse' with the model '{model}'."
        raise unsupported(words, param="stream_format")


@rule("audio.transcriptions.create", "semantic")
def transcription(call: Call, body: dict[str, Any]) -> None:
    """The model exists and listens, and writes in the format asked for."""
    model, form = str(body["model"]), body.get("response_format") or "json"
    _known(call, model, "transcription")
    if form not in _formats(model):
        raise no_format(model, form)
    if "whisper" not in model and "logprobs" in (body.get("include") or ()) and form != "json":
        words = "Unsupported value: 'include' does not support 'logprobs' unless 'response_format' is 'json'."
        raise unsupported(words, param="include")


@rule("audio.translations.create", "semantic")
def translation(call: Call, body: dict[str, Any]) -> None:
    """The model exists and translates: whisper alone does."""
    _known(call, str(body["model"]), "translation")


def _formats(model: str) -> tuple[str, ...]:
    return WHISPER if "whisper" in model else DIARIZING if "diarize" in model else LATER


def no_format(model: str, form: Any) -> ApiError:
    """What is said of a format that a model does not write in, whoever notices."""
    offered = _formats(model)
    if offered == WHISPER:
        return _choice("response_format", WHISPER)
    quoted = [f"'{each}'" for each in offered]
    words = f"response_format '{form}' is not compatible with model '{model}'."
    use = f"Use {', '.join(quoted[:-1])} or {quoted[-1]} instead."
    return unsupported(f"{words} {use}", param="response_format")


def _choice(name: str, offered: tuple[str, ...]) -> ApiError:
    """A value that is none of those offered."""
    quoted = [f"'{each}'" for each in offered]
    listed = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return _invalid("enum", name, f'"Input should be {listed}"', f"'expected': \"{listed}\"")


def _invalid(kind: str, name: str, told: str, about: str) -> ApiError:
    """What the validator of the older services says (choices as recorded, lengths as quoted by users, both of 2026)."""
    return BadRequest(f"[{{'type': '{kind}', 'loc': ('body', '{name}'), 'msg': {told}, 'ctx': {{{about}}}}}]")


def _known(call: Call, name: str, work: str) -> None:
    model = catalogue.find(name)
    if call.deployment is not None or call.request.path.startswith("/openai/"):
        return
    if model is None:
        words = f"The model `{name}` does not exist or you do not have access to it."
        raise NotFound(words, code="model_not_found")
    if not model.takes(work):
        raise BadRequest(f"The model '{name}' does not support {work} requests.", param="model")
