"""Pictures of one colour in every format that the API draws in, written by hand so that nothing else is needed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from struct import pack

from .png import png

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

MEDIA = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}


def picture(form: str, width: int, height: int, colour: Colour, *, clear: bool = False) -> bytes:
    """A picture in a format of MEDIA, `clear` as glass where the format has transparency (png and webp)."""
    match form:
        case "jpeg":
            return jpeg(width, height, colour)
        case "webp":
            return webp(width, height, (*colour, 0 if clear else 255))
        case "gif":
            return gif(width, height, [colour])
        case "svg":
            return svg(width, height, colour)
        case _:
            return png(width, height, (*colour, 0) if clear else colour)


def base64_of(data: bytes) -> str:
    """Bytes as text, as `b64_json` holds them."""
    return base64.b64encode(data).decode()


@lru_cache(maxsize=16)
def jpeg(width: int, height: int, colour: Colour) -> bytes:
    """A baseline JPEG (ITU-T T.81): each block repeats the first one's mean, and has no detail."""
    means = [round(channel) - 128 for channel in _ycbcr(colour)]
    first = "".join(_difference(mean) + "0" for mean in means)
    blocks = -(-width // 8) * -(-height // 8)
    bits = first + "00" * 3 * (blocks - 1)
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    flat = bytes([0, *[8] * 64])  # a mean is eight times the level: dividing by 8 gives the level itself
    components = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    # "no difference" is one bit, the eleven others are five; "the block ends" is one bit, and nothing else ever comes
    means_table = bytes([0x00, 1, 0, 0, 0, 11, *[0] * 11, *range(12)])
    detail_table = bytes([0x10, 1, *[0] * 15, 0])
    segments = (
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xDB, flat),
        (0xC0, pack(">BHHB", 8, height, width, 3) + components),
        (0xC4, means_table + detail_table),
        (0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    )
    head = b"".join(bytes([0xFF, marker]) + pack(">H", len(data) + 2) + data for marker, data in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


def _ycbcr(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return light, min(255, 128 + (blue - light) / 1.772), min(255, 128 + (red - light) / 1.402)


def _difference(level: int) -> str:
    """The code of the first mean: how many bits it has, and its bits (of one's complement where it is negative)."""
    size = abs(level).bit_length()
    code = "0" if size == 0 else f"{15 + size:05b}"
    return code + (f"{level if level > 0 else level + (1 << size) - 1:0{size}b}" if size else "")


def webp(width: int, height: int, rgba: Sequence[int]) -> bytes:
    """A lossless WebP (RFC 9649): each channel has one code and takes no bits, so no pixel needs any."""
    red, green, blue, alpha = rgba
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (int(alpha < 255), 1), (0, 3), (0, 3)]
    for channel in (green, red, blue, alpha):
        fields += [(0b101, 3), (channel, 8)]  # a simple code, of one symbol, of eight bits
    fields.append((0b001, 4))  # the distance code, which nothing uses: one symbol of one bit, 0
    data = _little(fields)
    data += b"\0" * (-len(data) % 2)
    chunk = b"VP8L" + pack("<I", len(data)) + data
    return b"RIFF" + pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def gif(width: int, height: int, frames: Sequence[Colour], hundredths: int = 20) -> bytes:
    """A GIF89a that shows one colour after the other, each for so many hundredths of a second, for ever."""
    screen = pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if len(frames) > 1 else b""
    drawn = _blocks(_little(_runs(width * height)))
    shown = b"".join(
        b"\x21\xf9\x04\0" + pack("<H", hundredths) + b"\0\0"
        + b"\x2c" + pack("<HHHHB", 0, 0, width, height, 0x80) + bytes(colour) + bytes(3) + b"\2" + drawn
        for colour in frames
    )  # fmt: skip
    return b"GIF89a" + screen + loop + shown + b"\x3b"


def _runs(pixels: int) -> Iterator[tuple[int, int]]:
    """The codes, and their bits, of so many pixels of colour 0: each stands for a run longer by one than the last."""
    clear, end, width, code, run = 4, 5, 3, 6, 1
    yield clear, width
    while pixels > 0:
        taken = min(run, pixels)
        yield (0 if taken == 1 else taken + 4), width
        pixels -= taken
        run += 1
        if run > 2:  # the decoder knows the code of a run only after the code that follows it
            code += 1
        if code == 1 << width and width < 12:
            width += 1
        if code == 4095:
            yield clear, width
            width, code, run = 3, 6, 1
    yield end, width


def _blocks(data: bytes) -> bytes:
    cuts = (data[start : start + 255] for start in range(0, len(data), 255))
    return b"".join(bytes([len(cut)]) + cut for cut in cuts) + b"\0"


def _little(fields: Iterable[tuple[int, int]]) -> bytes:
    """Numbers and their widths in bits, packed from the lowest bit of the first byte on."""
    bits = "".join(f"{number:0{width}b}" for number, width in reversed(list(fields)))
    size = -(-len(bits) // 8)
    return int(bits, 2).to_bytes(size, "little")


def svg(width: int, height: int, colour: Colour) -> bytes:
    """A drawing of one rectangle."""
    red, green, blue = colour
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#{red:02x}{green:02x}{blue:02x}"/></svg>\n'
    ).encode()
