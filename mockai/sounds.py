"""Sounds in every format that the API speaks in, written by hand so that nothing else is needed.

All have one channel at 24 kHz (Opus counts at 48 kHz), as the API's recorded speech has. What is not compressed is a
tone for each syllable; the compressed formats hold the same length of silence, in the smallest frames that mean it.

A sound carries the words it stands for, so that a transcription can tell them: as a tag or comment where the format has
one, else in the lowest bit of each sample, which nobody hears and which survives any container of plain samples.
"""

from __future__ import annotations

import base64
import math
import re
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


def sound(form: str, seconds: float, pitch: float = 160.0, words: str = "") -> bytes:
    """A sound of so many seconds, its last frame filled up, in a format of MEDIA, that carries `words`.

    `pitch` is the tone's, in hertz.
    """
    if form == "pcm":
        return pcm(seconds, pitch, words)
    return wav(seconds, pitch, words) if form == "wav" else WRITERS[form](seconds, words)


def said(data: bytes) -> str | None:
    """The words that a sound of ours carries; None for any other sound. What has no container is taken for samples."""
    found = MARK.search(data)
    if found is None and not data.startswith((b"ID3", b"OggS", b"fLaC")):
        found = MARK.match(_low_bits(_samples(data)))
    return base64.b64decode(found[1]).decode() if found else None


def _mark(words: str) -> bytes:
    """What carries words through every format alike."""
    return b"mockai-said:" + base64.b64encode(words.encode()) + b";"


MARK = re.compile(rb"mockai-said:([A-Za-z0-9+/]*=*);")
LONGEST_MARK = 1 << 17
"""Bytes; a text to be spoken has 4,096 characters at most."""


def pcm(seconds: float, pitch: float = 160.0, words: str = "") -> bytes:
    """Samples of 16 bits, the low byte first: syllables of a fifth of a second, with a pause after each fourth."""
    spoken = _syllable(pitch)
    pause = bytes(len(spoken))
    phrase = spoken * 4 + pause
    size = round(seconds * RATE) * BYTES
    samples = bytearray((phrase * (size // len(phrase) + 1))[:size])
    bits = f"{int.from_bytes(_mark(words)):0{8 * len(_mark(words))}b}"[: size // BYTES] if words else ""
    low = zip(samples[: BYTES * len(bits) : BYTES], bits, strict=True)
    samples[: BYTES * len(bits) : BYTES] = bytes(byte & 0xFE | (bit == "1") for byte, bit in low)
    return bytes(samples)


def _low_bits(samples: bytes) -> bytes:
    """The lowest bits of samples of 16 bits, eight to a byte."""
    bits = bytes(48 + (byte & 1) for byte in samples[: 8 * BYTES * LONGEST_MARK : BYTES])
    return int(bits[: len(bits) // 8 * 8] or b"0", 2).to_bytes(len(bits) // 8)


@cache
def _syllable(pitch: float) -> bytes:
    """A fifth of a second of a tone that swells and fades."""
    length = RATE // 5
    wave = (
        math.sin(math.pi * place / length) * math.sin(2 * math.pi * pitch * place / RATE) for place in range(length)
    )
    return pack(f"<{length}h", *(round(6000 * height) for height in wave))


def wav(seconds: float, pitch: float = 160.0, words: str = "") -> bytes:
    """RIFF WAVE as the API streams it: its sizes are not known yet, and so are given as the largest there are."""
    unknown = b"\xff" * 4
    form = pack("<HHIIHH", 1, 1, RATE, RATE * BYTES, BYTES, BYTES * 8)
    head = b"RIFF" + unknown + b"WAVEfmt " + pack("<I", len(form)) + form + b"data" + unknown
    return head + pcm(seconds, pitch, words)


def wav_seconds(data: bytes) -> float | None:
    """How long a WAVE file sounds; None if it is none. A chunk without its true size goes on to the end of the data."""
    rate, start, end = _data(data)
    return (end - start) / rate if rate else None


def _samples(data: bytes) -> bytes:
    """What a WAVE file has in its data chunk; all of what is no WAVE file."""
    _, start, end = _data(data)
    return data[start:end]


def _data(data: bytes) -> tuple[int, int, int]:
    """Bytes a second of a WAVE file, and where its data chunk begins and ends; 0 and the whole of anything else."""
    place, rate = 12, 0
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        while place + 8 <= len(data):
            name, size = unpack_from("<4sI", data, place)
            place += 8
            if name == b"fmt " and place + 16 <= len(data):
                rate = unpack_from("<I", data, place + 8)[0]
            if name == b"data":
                return rate, place, min(place + size, len(data))
            place += size + size % 2
    return 0, 0, len(data)


def mp3(seconds: float, words: str = "") -> bytes:
    """MPEG-2 layer III at 128 kbit/s: frames of 384 bytes and 576 samples whose side information is all zero."""
    return _tag(words) + (b"\xff\xf3\xc4\xc4" + bytes(380)) * _frames(seconds, 576)


def aac(seconds: float, words: str = "") -> bytes:
    """AAC-LC in ADTS: frames of 11 bytes and 1,024 samples, each one channel without any spectrum, and an end mark."""
    return _tag(words) + bytes.fromhex("fff1584001 7ffc 00000007") * _frames(seconds, 1024)


def _tag(words: str) -> bytes:
    """Words as ID3 2.3 has them in front of a stream: one frame of text of one's own; nothing for no words."""
    text = b"\0said\0" + _mark(words)
    frame = b"TXXX" + pack(">IH", len(text), 0) + text
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + frame if words else b""


def _comments(words: str) -> bytes:
    """Words as Vorbis comments, which both FLAC and Opus have."""
    comment = b"SAID=" + _mark(words)
    return pack("<I", 6) + b"mockai" + (pack("<II", 1, len(comment)) + comment if words else pack("<I", 0))


def flac(seconds: float, words: str = "") -> bytes:
    """FLAC (RFC 9639): frames of 4,096 samples, each a constant."""
    frames, block = _frames(seconds, 4096), 4096
    about = pack(">HH", block, block) + bytes(6)
    shape = (RATE << 44) | (0 << 41) | ((BYTES * 8 - 1) << 36) | (frames * block)
    about += shape.to_bytes(8, "big") + bytes(16)  # the last 16 bytes: no checksum of the samples was taken
    drawn = b"".join(_flac_frame(number) for number in range(frames))
    blocks = [(0, about), (4, _comments(words))] if words else [(0, about)]
    last = len(blocks) - 1
    heads = (
        bytes([kind | (index == last) << 7]) + len(told).to_bytes(3) + told for index, (kind, told) in enumerate(blocks)
    )
    return b"fLaC" + b"".join(heads) + drawn


def _flac_frame(number: int) -> bytes:
    # 4,096 samples, 24 kHz, one channel of 16 bits; the number is written as UTF-8 writes a character
    head = bytes([0xFF, 0xF8, 0xC7, 0x08]) + chr(number).encode("utf-8", "surrogatepass")
    head += bytes([_crc(head, 8, 0x07)])
    frame = head + b"\0" + bytes(BYTES)  # a constant subframe of the value 0
    return frame + _crc(frame, 16, 0x8005).to_bytes(2, "big")


def opus(seconds: float, words: str = "") -> bytes:
    """Opus in Ogg (RFC 6716, 7845): packets of 3 bytes and 20 ms that hold nothing to hear, 50 to a page."""
    skip, packets = 312, _frames(seconds, RATE // 50)
    head = b"OpusHead" + pack("<BBHIhB", 1, 1, skip, RATE, 0, 0)
    tags = b"OpusTags" + _comments(words)
    pages = [_page([head], 0, 0, 2), _page([tags], 0, 1, 0)]
    for start in range(0, packets, 50):
        count = min(50, packets - start)
        last = start + count == packets
        pages.append(_page([b"\xf8\xff\xfe"] * count, (start + count) * 960 + skip, len(pages), 4 if last else 0))
    return b"".join(pages)


def _page(packets: list[bytes], position: int, number: int, flags: int) -> bytes:
    """One page of an Ogg stream (RFC 3533); `position` is the sample at its end, `flags` mark the first and last."""
    table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)

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


WRITERS: Mapping[str, Callable[[float, str], bytes]] = {"mp3": mp3, "aac": aac, "flac": flac, "opus": opus}
"""Who writes the compressed formats."""
