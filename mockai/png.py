"""PNG: pictures of one colour."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from struct import pack

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(width: int, height: int, rgb: Sequence[int]) -> bytes:
    """A picture of `width` times `height` pixels in one colour: red, green, blue, and alpha if a fourth is given.

    Each is 0 to 255. (ISO/IEC 15948; eight bits a channel, as the API's own pictures have.)
    """
    return _png(width, height, bytes(rgb))


@lru_cache(maxsize=16)
def _png(width: int, height: int, pixel: bytes) -> bytes:
    header = pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[len(pixel)], 0, 0, 0)
    rows = (b"\0" + pixel * width) * height
    return SIGNATURE + b"".join(
        pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    )
