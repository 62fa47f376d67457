"""JPEG: baseline, in blocks of one colour each (ITU-T T.81)."""

from __future__ import annotations

from struct import pack

from .drawing import Colour, Picture


def jpeg(picture: Picture) -> bytes:
    """A picture whose blocks of eight by eight pixels have one colour each: a mean, and no detail."""
    known: dict[tuple[Colour, Colour], str] = {}
    before, codes = (128, 128, 128), []
    for line in picture.blocks():
        for colour in line:
            pair = before, colour
            if pair not in known:
                known[pair] = _block(before, colour)
            codes.append(known[pair])
            before = colour
    bits = "".join(codes)
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
        (0xC0, pack(">BHHB", 8, picture.height, picture.width, 3) + components),
        (0xC4, means_table + detail_table),
        (0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    )
    head = b"".join(bytes([0xFF, marker]) + pack(">H", len(data) + 2) + data for marker, data in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


def _block(before: Colour, colour: Colour) -> str:
    """The codes of a block: how far the mean of each component is from that of the block before, and no detail."""
    means = zip(_ycbcr(before), _ycbcr(colour), strict=True)
    return "".join(_difference(new - old) + "0" for old, new in means)


def _ycbcr(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(light), round(min(255, 128 + (blue - light) / 1.772)), round(min(255, 128 + (red - light) / 1.402))


def _difference(level: int) -> str:
    """The code of a difference: how many bits it has, and its bits (of one's complement where it is negative)."""
    size = abs(level).bit_length()
    code = "0" if size == 0 else f"{15 + size:05b}"
    return code + (f"{level if level > 0 else level + (1 << size) - 1:0{size}b}" if size else "")
