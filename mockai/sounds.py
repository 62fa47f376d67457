"""Sounds in every format that the API speaks in, written by hand so that nothing else is needed.

All have one channel at 24 kHz (Opus counts at 48 kHz), as the API's recorded speech has. What is not compressed is a
tone for each syllable; the compressed formats hold the same length of silence, in the smallest frames that mean it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from struct import pack, unpack_from

RATE = 24_000
BYTES = 2
MEDIA = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


def sound(form: str, seconds: float, pitch: float = 160.0) -> bytes:
    """A sound of so many seconds, its last frame filled up, in a format of MEDIA; `pitch` is the tone's, in hertz."""
    return pcm(seconds, pitch) if form == "pcm" else wav(seconds, pitch) if form == "wav" else WRITERS[form](seconds)


def pcm(seconds: float, pitch: float = 160.0) -> bytes:
    """Samples of 16 bits, the low byte first: syllables of a fifth of a second, with a pause after each fourth."""
    spoken = _syllable(pitch)
    pause = bytes(len(spoken))
    phrase = spoken * 4 + pause
    size = round(seconds * RATE) * BYTES
    return (phrase * (size // len(phrase) + 1))[:size]


@cache
def _syllable(pitch: float) -> bytes:
    """A fifth of a second of a tone that swells and fades."""
    length = RATE // 5
    wave = (
        math.sin(math.pi * place / length) * math.sin(2 * math.pi * pitch * place / RATE) for place in range(length)
    )
    return pack(f"<{length}h", *(round(6000 * height) for height in wave))


def wav(seconds: float, pitch: float = 160.0) -> bytes:
    """RIFF WAVE as the API streams it: its sizes are not known yet, and so are given as the largest there are."""
    unknown = b"\xff" * 4
    form = pack("<HHIIHH", 1, 1, RATE, RATE * BYTES, BYTES, BYTES * 8)
    return b"RIFF" + unknown + b"WAVEfmt " + pack("<I", len(form)) + form + b"data" + unknown + pcm(seconds, pitch)


def wav_seconds(data: bytes) -> float | None:
    """How long a WAVE file sounds; None if it is none. A chunk without its true size goes on to the end of the data."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    place, rate = 12, 0
    while place + 8 <= len(data):
        name, size = unpack_from("<4sI", data, place)
        place += 8
        if name == b"fmt " and place + 16 <= len(data):
            rate = unpack_from("<I", data, place + 8)[0]
        if name == b"data":
            return min(size, len(data) - place) / rate if rate else None
        place += size + size % 2
    return None


def mp3(seconds: float) -> bytes:
    """MPEG-2 layer III at 128 kbit/s: frames of 384 bytes and 576 samples whose side information is all zero."""
    return (b"\xff\xf3\xc4\xc4" + bytes(380)) * _frames(seconds, 576)


def aac(seconds: float) -> bytes:
    """AAC-LC in ADTS: frames of 11 bytes and 1,024 samples, each one channel without any spectrum, and an end mark."""
    return bytes.fromhex("fff1584001 7ffc 00000007") * _frames(seconds, 1024)


def flac(seconds: float) -> bytes:
    """FLAC (RFC 9639): frames of 4,096 samples, each a constant."""
    frames, block = _frames(seconds, 4096), 4096
    about = pack(">HH", block, block) + bytes(6)
    shape = (RATE << 44) | (0 << 41) | ((BYTES * 8 - 1) << 36) | (frames * block)
    about += shape.to_bytes(8, "big") + bytes(16)  # the last 16 bytes: no checksum of the samples was taken
    drawn = b"".join(_flac_frame(number) for number in range(frames))
    return b"fLaC\x80" + len(about).to_bytes(3, "big") + about + drawn


def _flac_frame(number: int) -> bytes:
    # 4,096 samples, 24 kHz, one channel of 16 bits; the number is written as UTF-8 writes a character
    head = bytes([0xFF, 0xF8, 0xC7, 0x08]) + chr(number).encode("utf-8", "surrogatepass")
    head += bytes([_crc(head, 8, 0x07)])
    frame = head + b"\0" + bytes(BYTES)  # a constant subframe of the value 0
    return frame + _crc(frame, 16, 0x8005).to_bytes(2, "big")


def opus(seconds: float) -> bytes:
    """Opus in Ogg (RFC 6716, 7845): packets of 3 bytes and 20 ms that hold nothing to hear, 50 to a page."""
    skip, packets = 312, _frames(seconds, RATE // 50)
    head = b"OpusHead" + pack("<BBHIhB", 1, 1, skip, RATE, 0, 0)
    tags = b"OpusTags" + pack("<I", 6) + b"mockai" + pack("<I", 0)
    pages = [_page([head], 0, 0, 2), _page([tags], 0, 1, 0)]
    for start in range(0, packets, 50):
        count = min(50, packets - start)
        last = start + count == packets
        pages.append(_page([b"\xf8\xff\xfe"] * count, (start + count) * 960 + skip, len(pages), 4 if last else 0))
    return b"".join(pages)


def _page(packets: list[bytes], position: int, number: int, flags: int) -> bytes:
    """One page of an Ogg stream (RFC 3533); `position` is the sample at its end, `flags` mark the first and last."""
    table = bytes(len(packet) for packet in packets)

    def page(checksum: int) -> bytes:
        head = b"OggS" + pack("<BBqIIIB", 0, flags, position, 0x6D6F636B, number, checksum, len(table))
        return head + table + b"".join(packets)

    return page(_crc(page(0), 32, 0x04C11DB7))


def _frames(seconds: float, samples: int) -> int:
    """How many frames of so many samples hold a sound: one at least."""
    return max(1, -(-round(seconds * RATE) // samples))


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    """The remainder of `data` by a polynomial, highest bit first, from 0."""
    table, shift, mask = _remainders(bits, polynomial), bits - 8, (1 << bits) - 1
    value = 0
    for byte in data:
        value = (value << 8 & mask) ^ table[(value >> shift) ^ byte]
    return value


@cache
def _remainders(bits: int, polynomial: int) -> tuple[int, ...]:
    """The remainder of each byte."""
    values = [byte << (bits - 8) for byte in range(256)]
    for _ in range(8):
        values = [(value << 1) % (1 << bits) ^ (polynomial if value >> (bits - 1) else 0) for value in values]
    return tuple(values)


WRITERS: Mapping[str, Callable[[float], bytes]] = {"mp3": mp3, "aac": aac, "flac": flac, "opus": opus}
"""Who writes the compressed formats."""
