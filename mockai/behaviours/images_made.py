"""The pictures that answer an images request: drawn, edited or varied, and in the format asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..call import Call
from ..dice import dice
from ..drawing import Picture, Raster, Rgba, drawn
from ..gif import gif
from ..pictures import encoded
from ..png import read
from ..retouching import edited, varied
from . import Mock, image_sources

WIDE, TALL, SQUARE = (1536, 1024), (1024, 1536), (1024, 1024)


def made(call: Call, body: Mapping[str, Any], mock: Mock, size: tuple[int, int], *, oldest: bool) -> list[Picture]:
    """Each picture, of `size` unless the request leaves that open and brings one with a shape of its own.

    `oldest` says that the model is DALL·E 2, for which a picture without a mask is its own.
    """
    source = _source(call, body, mock, oldest)
    mask = _mask(call, body, mock, oldest, source)
    if source is not None:
        size = shape(source) if body.get("size") in (None, "auto") else size
        source, mask = source.scaled(*size), mask and mask.scaled(*size)
    return [_one(call, body, size, index, source, mask) for index in range(body.get("n") or 1)]


def file(call: Call, body: Mapping[str, Any], form: str, index: int, shown: Picture) -> bytes:
    """A picture as a file; one that moves has a colour for each of its frames."""
    if form != "gif":
        return encoded(form, shown)
    papers = [_paper(call, body, index, frame) for frame in range(body.get("frame_count") or 9)]
    frames = [drawn(shown.width, shown.height, _prompt(body), paper) for paper in papers]
    return gif(frames, round((body.get("frame_duration_ms") or 200) / 10))


def _source(call: Call, body: Mapping[str, Any], mock: Mock, oldest: bool) -> Raster | None:
    """The picture to begin from, if it can be read; what is drawn anew for each frame, or written, has none."""
    data = image_sources.image(call, body, mock)
    source = read(data) if data and body.get("output_format") not in ("gif", "svg") else None
    opaque = not oldest and (body.get("output_format") == "jpeg" or body.get("background") == "opaque")
    return source.solid() if source and opaque else source


def _mask(call: Call, body: Mapping[str, Any], mock: Mock, oldest: bool, source: Raster | None) -> Raster | None:
    data = image_sources.mask(call, body, mock)
    if data:
        return read(data)
    return source if oldest and source is not None and source.clear else None


def shape(source: Raster) -> tuple[int, int]:
    """The size that a model would choose for a picture."""
    if source.width * 4 > source.height * 5:
        return WIDE
    return TALL if source.height * 4 > source.width * 5 else SQUARE


def _one(
    call: Call, body: Mapping[str, Any], size: tuple[int, int], index: int, source: Raster | None, mask: Raster | None
) -> Picture:
    paper = _paper(call, body, index)
    if source is None:
        return drawn(*size, _prompt(body), paper)
    if body.get("prompt") is None:
        return varied(source, index, dice(call.seed, "hint", index))
    return edited(source, mask, _prompt(body), paper)


def _prompt(body: Mapping[str, Any]) -> str:
    return str(body.get("prompt") or "")


def _paper(call: Call, body: Mapping[str, Any], index: int, frame: int = 0) -> Rgba:
    """The colour of a picture's paper: it depends on the prompt, and on the places of the picture and the frame."""
    rng = dice(call.seed, "colour", _prompt(body), index, frame)
    clear = body.get("background") == "transparent"
    return rng.randint(40, 220), rng.randint(40, 220), rng.randint(40, 220), 0 if clear else 255
