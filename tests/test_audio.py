"""Audio: speech that lasts as long as its words, transcripts in every format, voices with consent."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from asking import HEADERS, ask, request

from mockai import MockAI
from mockai.http import Reply, Request
from mockai.multipart import Part, build, usual_headers
from mockai.registry import registry
from mockai.sounds import MEDIA, sound, wav, wav_seconds

SPEECH, HEARD, TRANSLATED = "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations"
RESULT = "audio/transcription_create_response.TranscriptionCreateResponse"
EVENT = "audio/transcription_stream_event.TranscriptionStreamEvent"
RECORDING = wav(5.49)


def form(path: str, name: str = "a.wav", data: bytes = RECORDING, field: str = "file", **fields: str) -> Request:
    fields = {key.rstrip("_"): text for key, text in fields.items()}
    parts = [Part(key, headers=usual_headers(key, None, None), data=text.encode()) for key, text in fields.items()]
    parts.append(Part(field, headers=usual_headers(field, name, "application/octet-stream"), data=data))
    return Request(
        "POST", path, "", (HEADERS[0], ("content-type", "multipart/form-data; boundary=x")), build(parts, "x")
    )


def told(reply: Reply) -> Any:
    assert reply.status == 200, reply.content
    return json.loads(reply.content)


def error(reply: Reply) -> Any:
    assert reply.status >= 400
    return json.loads(reply.content)["error"]


def events(reply: Reply) -> list[Any]:
    *lines, done = reply.content.decode().split("\n\n")[:-1]
    assert done == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


# -- speech


@pytest.mark.parametrize("kind", MEDIA)
def test_speech_is_sound_of_the_format_asked_for(kind: str) -> None:
    reply = ask(MockAI(), request(SPEECH, model="tts-1", voice="alloy", input="hello", response_format=kind))
    assert reply.header("content-type") == MEDIA[kind]
    assert len(reply.content) == len(sound(kind, 0.2 + 5 / 16, words="hello"))


def test_speech_takes_its_time() -> None:
    def seconds(text: str, **more: Any) -> float:
        sent = request(SPEECH, **({"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"} | more))
        return wav_seconds(ask(MockAI(), sent).content) or 0

    assert seconds("a" * 160) == pytest.approx(10.2)
    assert seconds("a" * 160, speed=2) == pytest.approx(5.1)
    assert (
        ask(MockAI(), request(SPEECH, model="tts-1", voice="alloy", input="a")).header("content-type") == "audio/mpeg"
    )


def test_speech_may_come_as_events() -> None:
    body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "hello there", "response_format": "pcm"}
    *deltas, done = events(ask(MockAI(), request(SPEECH, **body, stream_format="sse")))
    whole = ask(MockAI(), request(SPEECH, **body)).content
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == whole
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 2, "output_tokens": 18, "total_tokens": 20},
    }


def test_a_voice_of_ones_own_needs_consent_and_speaks() -> None:
    mock = MockAI()
    consent = told(
        ask(mock, form("/v1/audio/voice_consents", field="recording", name="c.wav", language="en", name_="N"))
    )
    assert consent["id"].startswith("cons_")
    sample = form("/v1/audio/voices", field="audio_sample", consent=consent["id"], name_="V")
    voice = told(ask(mock, sample))
    assert (voice["id"][:6], voice["type"], voice["name"]) == ("voice_", "audio_sample", "V")
    described = told(ask(mock, request("/v1/audio/voices", name="D", prompt="warm", type="prompt")))
    assert (described["type"], described["prompt"]) == ("prompt", "warm")
    for made in (voice, described):
        assert registry().valid("audio/voice.Voice", made, "produce")
    spoken = {"model": "gpt-4o-mini-tts", "input": "a", "voice": {"id": voice["id"]}}
    assert ask(mock, request(SPEECH, **spoken)).status == 200
    gone = told(ask(mock, request(f"/v1/audio/voices/{voice['id']}", method="DELETE")))
    assert gone == {"deleted": True, "id": voice["id"], "object": "audio.voice.deleted"}
    assert ask(mock, request(SPEECH, **spoken)).status == 404
    assert error(ask(mock, form("/v1/audio/voices", field="audio_sample", consent="cons_1", name_="V")))
    page = told(ask(mock, request("/v1/audio/voice_consents", method="GET")))
    assert [each["id"] for each in page["data"]] == [consent["id"]]


# -- transcripts


def test_a_transcript_says_what_it_cost() -> None:
    short = told(ask(MockAI(), form(HEARD, model="whisper-1")))
    assert short["usage"] == {"type": "duration", "seconds": 6}
    usage = told(ask(MockAI(), form(HEARD, model="gpt-4o-transcribe", prompt="hello there")))["usage"]
    assert (usage["type"], usage["input_token_details"]) == ("tokens", {"text_tokens": 2, "audio_tokens": 54})
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_the_same_recording_says_the_same() -> None:
    def text(data: bytes) -> Any:
        return told(ask(MockAI(), form(HEARD, data=data, model="whisper-1")))["text"]

    assert text(RECORDING) == text(RECORDING)
    assert len({text(wav(seconds)) for seconds in (1, 2, 3, 4)}) > 1


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("text", "One. Two."),
        ("srt", "1\n00:00:00,000 --> 00:00:02,750\nOne.\n\n2\n"),
        ("vtt", "WEBVTT\n\n00:00:00.000 -->"),
    ],
)
@pytest.mark.parametrize("path", [HEARD, TRANSLATED])
def test_plain_formats_are_plain_text(path: str, kind: str, start: str) -> None:
    mock = MockAI()
    mock.on(f"audio.{path.rpartition('/')[2]}.create").reply("One. Two.")
    reply = ask(mock, form(path, model="whisper-1", response_format=kind))
    assert reply.header("content-type") == "text/plain; charset=utf-8"
    assert reply.content.decode().startswith(start)


@pytest.mark.parametrize(
    ("asked", "has"), [((), ["segments"]), (("word",), ["words"]), (("segment", "word"), ["segments", "words"])]
)
def test_a_verbose_transcript_tells_when_what_was_said(asked: tuple[str, ...], has: list[str]) -> None:
    mock = MockAI()
    mock.on("audio.transcriptions.create").reply("One two. Three!")
    sent = form(HEARD, model="whisper-1", response_format="verbose_json", language="de")
    fields = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="timestamp_granularities[]"\r\n\r\n' + each.encode() + b"\r\n"
        for each in asked
    )
    value = told(ask(mock, Request("POST", HEARD, "", sent.headers, fields + sent.body)))
    assert registry().valid(RESULT, value, "produce")
    assert list(value) == ["task", "language", "duration", "text", *has, "usage"]
    assert (value["task"], value["language"], value["duration"]) == ("transcribe", "german", 5.49)
    if "words" in has:
        assert [word["word"] for word in value["words"]] == ["One", "two", "Three"]
        assert value["words"][-1]["end"] == 5.49
    if "segments" in has:
        assert [each["text"] for each in value["segments"]] == [" One two.", " Three!"]
        assert value["segments"][0]["tokens"][0] == 50364
        assert value["segments"][1]["start"] == value["segments"][0]["end"]


def test_a_translation_is_english_and_has_no_usage() -> None:
    value = told(ask(MockAI(), form(TRANSLATED, model="whisper-1", response_format="verbose_json")))
    assert (value["task"], value["language"]) == ("translate", "english")
    assert registry().valid("audio/translation_create_response.TranslationCreateResponse", value, "produce")
    assert list(told(ask(MockAI(), form(TRANSLATED, model="whisper-1")))) == ["text"]


def test_speakers_take_turns() -> None:
    mock = MockAI()
    mock.on("audio.transcriptions.create").reply("One. Two. Three.")
    sent = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json"}
    value = told(ask(mock, form(HEARD, **sent)))
    assert [each["speaker"] for each in value["segments"]] == ["A", "B", "A"]
    assert registry().valid(RESULT, value, "produce")
    *segments, done = events(ask(mock, form(HEARD, **sent, stream="true")))
    assert [each["type"] for each in segments] == ["transcript.text.segment"] * 3
    assert done["text"] == "One. Two. Three."
    assert all(registry().valid(EVENT, each, "produce") for each in (*segments, done))


def test_a_stream_adds_up_and_tells_how_sure_it_is() -> None:
    sent = form(HEARD, model="gpt-4o-transcribe", stream="true", **{"include[]": "logprobs"})
    *deltas, done = events(ask(MockAI(), sent))
    assert "".join(delta["delta"] for delta in deltas) == done["text"]
    assert all(registry().valid(EVENT, each, "produce") for each in (*deltas, done))
    assert len(done["logprobs"]) == done["usage"]["output_tokens"] - 2
    whole = told(ask(MockAI(), form(HEARD, model="gpt-4o-transcribe", **{"include[]": "logprobs"})))
    assert whole["logprobs"] == done["logprobs"]
    assert registry().valid(RESULT, whole, "produce")


def test_whisper_does_not_stream_and_the_newest_model_tells_languages() -> None:
    assert told(ask(MockAI(), form(HEARD, model="whisper-1", stream="true")))["text"]
    value = told(ask(MockAI(), form(HEARD, model="gpt-transcribe", **{"languages[]": "fr"})))
    assert (value["languages"], value["usage"]) == ([{"code": "fr"}], {"type": "duration", "seconds": 6})
    done = events(ask(MockAI(), form(HEARD, model="gpt-transcribe", stream="true")))[-1]
    assert "usage" not in done
    assert registry().valid(EVENT, done, "produce")


def test_a_script_says_how_a_stream_is_cut() -> None:
    mock = MockAI()
    mock.on("audio.transcriptions.create", model="gpt-4o-transcribe").stream(["One", " two."])
    *deltas, done = events(ask(mock, form(HEARD, model="gpt-4o-transcribe", stream="true")))
    assert [delta["delta"] for delta in deltas] == ["One", " two."]
    assert done["text"] == "One two."


def test_a_recording_without_a_header_is_measured_by_its_bytes() -> None:
    value = told(ask(MockAI(), form(HEARD, name="a.mp3", data=bytes(48_000), model="whisper-1")))
    assert value["usage"]["seconds"] == 3


@pytest.mark.parametrize(
    ("name", "data", "status", "message", "code"),
    [
        ("a.txt", b"x", 400, "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', ", None),
        ("a.wav", wav(0.05), 400, "Audio file is too short. Minimum audio length is 0.1 seconds.", "audio_too_short"),
        ("a.mp3", bytes(26_214_401), 413, "Maximum content size limit (26214400) exceeded (26214401 bytes read)", None),
    ],
)
def test_what_is_no_recording(name: str, data: bytes, status: int, message: str, code: str | None) -> None:
    reply = ask(MockAI(), form(HEARD, name=name, data=data, model="whisper-1"))
    assert reply.status == status
    assert error(reply)["message"].startswith(message)
    assert error(reply)["code"] == code


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (form(HEARD, model="whisper-2"), "The model `whisper-2` does not exist or you do not have access to it."),
        (form(HEARD, model="gpt-4o"), "The model 'gpt-4o' does not support transcription requests."),
        (
            form(TRANSLATED, model="gpt-4o-transcribe"),
            "The model 'gpt-4o-transcribe' does not support translation requests.",
        ),
        (
            form(HEARD, model="whisper-1", response_format="diarized_json"),
            "[{'type': 'enum', 'loc': ('body', 'response_format'), 'msg': \"Input should be 'json', 'text', 'vtt', "
            "'srt' or 'verbose_json'\", 'ctx': {'expected': \"'json', 'text', 'vtt', 'srt' or 'verbose_json'\"}}]",
        ),
        (
            form(HEARD, model="gpt-4o-transcribe", response_format="srt"),
            "response_format 'srt' is not compatible with model 'gpt-4o-transcribe'. Use 'json' or 'text' instead.",
        ),
        (
            form(HEARD, model="gpt-4o-transcribe", response_format="text", **{"include[]": "logprobs"}),
            "Unsupported value: 'include' does not support 'logprobs' unless 'response_format' is 'json'.",
        ),
        (
            request(SPEECH, model="tts-1", voice="nobody", input="a"),
            "[{'type': 'enum', 'loc': ('body', 'voice'), 'msg': \"Input should be 'nova', 'shimmer', 'echo', 'onyx', "
            "'fable', 'alloy', 'ash', 'sage' or 'coral'\", 'ctx': {'expected': \"'nova', 'shimmer', 'echo', 'onyx', "
            "'fable', 'alloy', 'ash', 'sage' or 'coral'\"}}]",
        ),
        (
            request(SPEECH, model="tts-1", voice="nova", input="a", stream_format="sse"),
            "Unsupported value: 'stream_format' does not support 'sse' with the model 'tts-1'.",
        ),
    ],
)
def test_what_a_model_does_not_take(sent: Request, message: str) -> None:
    assert ask(MockAI(), sent).status == 200
    assert error(ask(MockAI(admission="semantic"), sent))["message"] == message


@pytest.mark.parametrize(
    "sent",
    [
        form(HEARD, model="whisper-1", response_format="srt"),
        form(HEARD, model="gpt-4o-transcribe-diarize", response_format="diarized_json"),
        form(TRANSLATED, model="whisper-1"),
        request(SPEECH, model="tts-1-hd", voice="nova", input="a"),
        request(SPEECH, model="gpt-4o-mini-tts", voice="marin", input="a", stream_format="sse"),
    ],
)
def test_what_a_model_takes(sent: Request) -> None:
    assert ask(MockAI(admission="semantic"), sent).status == 200


def test_a_deployment_may_have_any_name() -> None:
    path = "/openai/deployments/mine/audio/speech"
    sent = request(path, query="api-version=2025-04-01-preview", model="mine", voice="alloy", input="a")
    assert ask(MockAI(admission="semantic"), sent).header("content-type") == "audio/mpeg"
