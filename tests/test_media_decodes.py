"""What mockai draws and says is opened by programs that know nothing of it: Pillow, and FFmpeg by PyAV."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any
from wave import open as wave_open

import av
import pytest
from asking import ask, request
from PIL import Image
from test_audio import HEARD, SPEECH, TRANSLATED, form, told

from mockai import MockAI
from mockai.sounds import MEDIA, RATE

TEXT = "The quick brown fox jumps over the lazy dog; Ärger, naïveté and 日本語 do not stop it."
SIZES = ["1024x1024", "1536x1024", "1024x1536"]


def drawn(**body: Any) -> Image.Image:
    sent = request("/v1/images/generations", **({"model": "gpt-image-1", "prompt": "a red fox"} | body))
    value = json.loads(ask(MockAI(), sent).content)
    image = Image.open(BytesIO(base64.b64decode(value["data"][0]["b64_json"])))
    image.load()
    return image


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_pillow_opens_every_picture_at_the_size_asked_for(kind: str, size: str) -> None:
    image = drawn(output_format=kind, size=size)
    assert (image.format, f"{image.width}x{image.height}") == (kind.upper(), size)


LETTERS = """
.....................
.#...#..###....#.....
.#...#...#.....#.....
.#####...#.....#.....
.#...#...#...........
.#...#..###....#.....
.....................
"""


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_the_prompt_can_be_read_on_the_picture(kind: str) -> None:
    """Seen through Pillow, in the middle of each square: 1024 pixels are 21 squares of 48, and a bit."""
    image = drawn(prompt="Hi!", output_format=kind).convert("L")
    paper = _grey(image, 0, 0)
    middles = [48 * place + 24 for place in range(21)]
    seen = ["".join(".#"[abs(_grey(image, x, y) - paper) > 40] for x in middles) for y in middles]
    assert seen[:7] == LETTERS.split()
    assert set("".join(seen[7:])) == {"."}


def _grey(image: Image.Image, x: int, y: int) -> float:
    level = image.getpixel((x, y))
    assert isinstance(level, int)
    return level


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_transparent_background_is_seen_through(kind: str) -> None:
    assert drawn(output_format=kind, background="transparent").convert("RGBA").getpixel((0, 0))[3] == 0
    assert drawn(output_format=kind, background="opaque").convert("RGBA").getpixel((0, 0))[3] == 255


def spoken(kind: str, text: str = TEXT, **more: Any) -> bytes:
    body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": kind}
    return ask(MockAI(), request(SPEECH, **body, **more)).content


def seconds(kind: str, data: bytes) -> float:
    """How long FFmpeg hears a sound for; bare samples are told apart by nothing, so it is told what they are."""
    options = {"sample_rate": str(RATE), "ch_layout": "mono"} if kind == "pcm" else {}
    with av.open(BytesIO(data), format="s16le" if kind == "pcm" else None, options=options) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("kind", MEDIA)
def test_ffmpeg_decodes_every_sound_at_the_length_its_words_and_speed_ask_for(kind: str, speed: float) -> None:
    asked = len(TEXT) / 16 / speed
    assert seconds(kind, spoken(kind, speed=speed)) == pytest.approx(asked, rel=0.2)


@pytest.mark.parametrize("path", [HEARD, TRANSLATED])
@pytest.mark.parametrize("kind", ["mp3", "opus", "aac", "flac", "wav"])
@pytest.mark.parametrize("text", ["Hello.", TEXT, "x" * 4096])
def test_a_transcript_of_our_own_speech_has_its_words(kind: str, text: str, path: str) -> None:
    """The file carries them: it is another mock that listens."""
    name = {"opus": "a.ogg", "aac": "a.m4a"}.get(kind, f"a.{kind}")
    assert told(ask(MockAI(), form(path, name, spoken(kind, text, speed=4), model="whisper-1")))["text"] == text


def test_so_has_one_of_bare_samples_in_any_container() -> None:
    held = BytesIO()
    with wave_open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(spoken("pcm"))
    assert told(ask(MockAI(), form(HEARD, data=held.getvalue(), model="whisper-1")))["text"] == TEXT
    assert told(ask(MockAI(), form(HEARD, "a", spoken("pcm"), model="whisper-1")))["text"] == TEXT
