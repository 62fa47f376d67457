"""Pictures in every format that the API draws in, written by hand so that nothing else is needed."""

from __future__ import annotations

import base64
from functools import lru_cache
from html import escape

from .drawing import Colour, Drawing, Picture, Rgba, drawn
from .gif import gif
from .jpeg import jpeg
from .lettering import LEADING, PITCH, SIDE
from .png import png
from .webp import webp

__all__ = ["MEDIA", "Colour", "base64_of", "encoded", "picture", "svg"]

MEDIA = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}


def picture(form: str, width: int, height: int, colour: Colour, text: str = "", *, clear: bool = False) -> bytes:
    """A text on paper of a colour in a format of MEDIA; `clear` paper is glass in formats with transparency."""
    return encoded(form, drawn(width, height, text, (*colour, 0 if clear else 255)))


def encoded(form: str, shown: Picture) -> bytes:
    """A picture in a format of MEDIA: png and webp keep each pixel, jpeg one of a block; gif and svg hold drawings."""
    return _known(form, shown) if isinstance(shown, Drawing) else _encoded(form, shown)


@lru_cache(maxsize=16)
def _known(form: str, shown: Drawing) -> bytes:
    return _encoded(form, shown)


def _encoded(form: str, shown: Picture) -> bytes:
    match form, shown:
        case "jpeg", _:
            return jpeg(shown)
        case "webp", _:
            return webp(shown)
        case "gif", Drawing():
            return gif([shown])
        case "svg", Drawing():
            return svg(shown)
    return png(shown)


def base64_of(data: bytes) -> str:
    """Bytes as text, as `b64_json` holds them."""
    return base64.b64encode(data).decode()


def svg(shown: Drawing) -> bytes:
    """A rectangle with a line of text for each of the drawing's."""
    width, height, cell = shown.width, shown.height, shown.cell
    lines = "".join(
        f'<text x="{cell}" y="{cell * (1 + LEADING * place + SIDE)}" textLength="{cell * (PITCH * len(line) - 1)}">'
        f"{escape(line)}</text>"
        for place, line in enumerate(shown.words)
    )
    text = f'<g fill="{_hex(shown.ink)}" font-family="monospace" font-size="{cell * LEADING}">{lines}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{_hex(shown.paper)}"/>{text if lines else ""}</svg>\n'
    ).encode()


def _hex(colour: Rgba) -> str:
    red, green, blue, _ = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
