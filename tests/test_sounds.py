"""Sounds: every format holds what it says, frame by frame."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai import sounds
from mockai.sounds import RATE, sound, wav, wav_seconds

SECONDS = st.floats(0, 3)


@given(SECONDS)
def test_samples_last_as_long_as_asked(seconds: float) -> None:
    assert len(sound("pcm", seconds)) == 2 * round(seconds * RATE)


@given(SECONDS)
def test_a_wave_says_how_long_it_is_though_its_sizes_are_unknown(seconds: float) -> None:
    told = wav_seconds(wav(seconds))
    assert told is not None
    assert abs(told - seconds) < 1 / RATE


def test_a_tone_is_heard_and_its_pitch_is_a_choice() -> None:
    low, high = sound("pcm", 0.2, 100), sound("pcm", 0.2, 250)
    assert low != high
    samples = struct.unpack(f"<{len(low) // 2}h", low)
    assert 5000 < max(samples) <= 6000


def test_other_chunks_and_true_sizes_are_read() -> None:
    head, body = wav(1.0)[:36], wav(1.0)[44:]
    sized = head + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", len(body)) + body + b"tail"
    assert wav_seconds(sized) == 1.0


@pytest.mark.parametrize(
    "data", [b"", b"ID3", b"RIFF\0\0\0\0WAVE", wav(1)[:40], b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xff12"]
)
def test_what_is_no_wave_has_no_length(data: bytes) -> None:
    assert wav_seconds(data) is None


@given(SECONDS)
def test_mp3_frames_follow_each_other(seconds: float) -> None:
    data = sound("mp3", seconds)
    assert len(data) % 384 == 0
    assert data.count(b"\xff\xf3\xc4\xc4") * 576 >= seconds * RATE


@given(SECONDS)
def test_aac_frames_say_how_long_they_are(seconds: float) -> None:
    data, place, count = sound("aac", seconds), 0, 0
    while place < len(data):
        assert data[place : place + 2] == b"\xff\xf1"
        place += (data[place + 3] & 3) << 11 | data[place + 4] << 3 | data[place + 5] >> 5
        count += 1
    assert place == len(data)
    assert 0 <= count * 1024 - round(seconds * RATE) <= 1024


@given(SECONDS)
def test_flac_counts_its_samples_and_checks_its_frames(seconds: float) -> None:
    data = sound("flac", seconds)
    assert data[:4] == b"fLaC"
    shape = int.from_bytes(data[18:26], "big")
    assert shape >> 44 == RATE
    assert (shape >> 41) & 7 == 0  # one channel
    assert 0 <= (shape & (1 << 36) - 1) - round(seconds * RATE) <= 4096
    first = data[42 : 42 + 11]
    assert first[:5] == bytes.fromhex("fff8c70800")
    assert sounds._crc(first, 16, 0x8005) == 0  # a sum over data and its own sum is nothing


@given(SECONDS)
def test_ogg_pages_are_whole_and_count_their_packets(seconds: float) -> None:
    data, place, packets, pages = sound("opus", seconds), 0, [], 0
    while place < len(data):
        mark, _, flags, position, _, number, checksum, count = struct.unpack_from("<4sBBqIIIB", data, place)
        sizes = data[place + 27 : place + 27 + count]
        end = place + 27 + count + sum(sizes)
        page = data[place : place + 22] + bytes(4) + data[place + 26 : end]
        assert (mark, number) == (b"OggS", pages)
        assert sounds._crc(page, 32, 0x04C11DB7) == checksum
        packets += sizes
        place, pages = end, pages + 1
    assert flags == 4
    assert position == 312 + 960 * (len(packets) - 2)
    assert (len(packets) - 2) * 0.02 >= seconds - 1e-4


def test_checksums_are_the_published_ones() -> None:
    """The check values of the catalogue of parametrised CRC algorithms: CRC-8/SMBUS and CRC-16/UMTS."""
    assert sounds._crc(b"123456789", 8, 0x07) == 0xF4
    assert sounds._crc(b"123456789", 16, 0x8005) == 0xFEE8


@pytest.mark.parametrize("form", sounds.MEDIA)
def test_every_format_has_a_writer(form: str) -> None:
    assert sound(form, 0.1)
