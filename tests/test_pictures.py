"""Pictures: every format holds the size and the colour it was asked for."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.pictures import MEDIA, base64_of, gif, jpeg, picture, svg, webp
from mockai.png import png

CHANNEL = st.integers(0, 255)
COLOURS = st.tuples(CHANNEL, CHANNEL, CHANNEL)
SIDE = st.integers(1, 90)


def unpng(data: bytes) -> tuple[int, int, set[bytes]]:
    """The size of a PNG and the pixels in it."""
    chunks, place = {}, 8
    while place < len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", data, place + 8 + size)[0] == zlib.crc32(name + body)
        chunks[name] = body
        place += size + 12
    width, height, depth, kind = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    each = {2: 3, 6: 4}[kind]
    rows = zlib.decompress(chunks[b"IDAT"])
    assert (depth, len(rows)) == (8, height * (1 + width * each))
    pixels = {
        rows[start + 1 + column * each : start + 1 + (column + 1) * each]
        for start in range(0, len(rows), 1 + width * each)
        for column in range(width)
    }
    return width, height, pixels


def ungif(data: bytes) -> Iterator[tuple[bytes, list[int]]]:
    """The colour table and the pixels of each frame of a GIF."""
    place = data.index(b"\x21\xf9")
    while data[place] == 0x21:
        place += 8 + 10
        table = data[place : place + 6]
        place += 7
        packed = b""
        while data[place]:
            packed += data[place + 1 : place + 1 + data[place]]
            place += data[place] + 1
        place += 1
        yield table, list(unlzw(packed))
    assert data[place:] == b"\x3b"


def unlzw(packed: bytes) -> Iterator[int]:
    """What LZW codes, which begin with three bits each, stand for."""
    bits = int.from_bytes(packed, "little")
    table: list[list[int]] = []
    width, last = 3, None
    while True:
        code = bits & (1 << width) - 1
        bits >>= width
        if code == 5:
            assert bits == 0
            return
        if code == 4:
            table, width, last = [[0], [1], [2], [3], [], []], 3, None
            continue
        run = table[code] if code < len(table) else [*last, last[0]] if last else []
        assert run
        yield from run
        if last is not None and len(table) < 4096:
            table.append([*last, run[0]])
        if len(table) == 1 << width and width < 12:
            width += 1
        last = run


@given(SIDE, SIDE, st.one_of(COLOURS, st.tuples(CHANNEL, CHANNEL, CHANNEL, CHANNEL)))
def test_a_png_has_one_colour(width: int, height: int, colour: tuple[int, ...]) -> None:
    assert unpng(png(width, height, colour)) == (width, height, {bytes(colour)})


@given(SIDE, SIDE, st.lists(COLOURS, min_size=1, max_size=3))
def test_a_gif_shows_a_colour_a_frame(width: int, height: int, frames: list[tuple[int, int, int]]) -> None:
    data = gif(width, height, frames)
    assert struct.unpack_from("<HH", data, 6) == (width, height)
    shown = list(ungif(data))
    assert [table[:3] for table, _ in shown] == [bytes(colour) for colour in frames]
    assert all(pixels == [0] * (width * height) for _, pixels in shown)


def test_a_gif_may_need_more_codes_than_a_table_holds() -> None:
    table, pixels = next(ungif(gif(3000, 2900, [(1, 2, 3)])))
    assert (table[:3], len(pixels), max(pixels)) == (b"\x01\x02\x03", 3000 * 2900, 0)


@given(st.integers(1, 4000), st.integers(1, 4000), COLOURS, st.booleans())
def test_a_webp_is_lossless_and_needs_no_bits_for_its_pixels(
    width: int, height: int, colour: tuple[int, int, int], clear: bool
) -> None:
    data = picture("webp", width, height, colour, clear=clear)
    assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8L")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    bits = int.from_bytes(data[20:], "little")
    assert (bits & 0xFF, (bits >> 8 & 0x3FFF) + 1, (bits >> 22 & 0x3FFF) + 1) == (0x2F, width, height)
    assert (bits >> 36 & 1, bits >> 37 & 7) == (clear, 0)
    channels = [bits >> (43 + 11 * place + 3) & 0xFF for place in range(4)]
    assert channels == [colour[1], colour[0], colour[2], 0 if clear else 255]


@given(st.integers(1, 400), st.integers(1, 400), COLOURS)
def test_a_jpeg_says_its_size_and_stuffs_its_scan(width: int, height: int, colour: tuple[int, int, int]) -> None:
    data = jpeg(width, height, colour)
    assert (data[:2], data[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    place, marks = 2, {}
    while data[place + 1] != 0xDA:
        size = struct.unpack_from(">H", data, place + 2)[0]
        marks[data[place + 1]] = data[place + 4 : place + 2 + size]
        place += 2 + size
    assert struct.unpack_from(">BHHB", marks[0xC0]) == (8, height, width, 3)
    scan = data[place + 14 : -2]
    assert b"\xff" not in scan.replace(b"\xff\0", b"")
    assert levels(scan.replace(b"\xff\0", b"\xff"), -(-width // 8) * -(-height // 8)) == pytest.approx(colour, abs=2)


def levels(scan: bytes, blocks: int) -> list[float]:
    """The colour that a scan of ours means: three means at first, and no difference after."""
    bits = "".join(f"{byte:08b}" for byte in scan)
    place, means = 0, []
    for _ in range(3):
        size = 0 if bits[place] == "0" else int(bits[place : place + 5], 2) - 15
        place += 5 if size else 1
        text = bits[place : place + size]
        means.append(0 if not size else int(text, 2) if text[0] == "1" else int(text, 2) - (1 << size) + 1)
        place += size + 1
    rest = bits[place:]
    padding = len(rest) - 6 * (blocks - 1)
    assert padding < 8
    assert rest == "0" * 6 * (blocks - 1) + "1" * padding
    light, blue, red = means[0] + 128, means[1], means[2]
    return [light + 1.402 * red, light - 0.344136 * blue - 0.714136 * red, light + 1.772 * blue]


def test_an_svg_is_one_rectangle() -> None:
    assert b'width="3" height="5"' in svg(3, 5, (1, 2, 255))
    assert b'fill="#0102ff"' in svg(3, 5, (1, 2, 255))


@pytest.mark.parametrize("form", MEDIA)
def test_every_format_is_drawn(form: str) -> None:
    assert base64_of(picture(form, 16, 16, (1, 2, 3), clear=True))
    assert webp(1, 1, (0, 0, 0, 0))
