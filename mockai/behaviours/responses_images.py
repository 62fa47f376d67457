"""Pictures in the output of a response: what the image tool draws, what it looked like on the way, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..dice import dice
from ..drawing import Drawing, Picture, Raster, Rgba, drawn
from ..pictures import base64_of, encoded
from ..png import read
from ..retouching import edited, unfinished
from . import Mock
from .image_sources import data_of, named
from .images import COSTS, cost, size_of
from .images_made import shape


def pictured(tool: Mapping[str, Any], topic: str, items: Sequence[Mapping[str, Any]], mock: Mock) -> dict[str, Any]:
    """The fields of an item that holds a picture of a topic, as a tool describes it. Raises BadRequest for its size.

    Unless the tool is to draw anew, the last picture in the items before is edited, if it can be read.
    """
    source = None if tool.get("action") == "generate" else _last(items, mock)
    width, height = shape(source) if source and tool.get("size") in (None, "auto") else size_of(tool.get("size"))
    item: dict[str, Any] = {
        "action": "edit" if source else "generate",
        "background": "transparent" if tool.get("background") == "transparent" else "opaque",
        "output_format": tool.get("output_format") or "png",
        "quality": tool["quality"] if tool.get("quality") in COSTS else "medium",
        "result": "",
        "revised_prompt": topic,
        "size": f"{width}x{height}",
    }
    shown: Picture = _drawing(item)
    if source is not None and item["output_format"] not in ("gif", "svg"):
        cut = named(tool.get("input_image_mask"), mock)
        mask = read(cut) if cut else None
        source, mask = source.solid().scaled(width, height), mask and mask.scaled(width, height)
        shown = edited(source, mask, topic, _paper(item))
    item["result"] = base64_of(encoded(item["output_format"], shown))
    return item


def glimpses(item: Mapping[str, Any], count: int) -> list[str]:
    """The picture of an item before it was finished, so many times, in base64; of words alone if it cannot be read."""
    shown = _readable(item) if item["action"] == "edit" else None
    return [base64_of(encoded(item["output_format"], each)) for each in unfinished(shown or _drawing(item), count)]


def spent(item: Mapping[str, Any]) -> int:
    """The tokens that the picture of an item has cost beside those of the model."""
    return cost(item["quality"], *size_of(item["size"]))


def _last(items: Sequence[Mapping[str, Any]], mock: Mock) -> Raster | None:
    """The last picture that was shown or drawn."""
    for item in reversed(items):
        if item.get("type") == "image_generation_call" and item.get("result"):
            return _readable(item)
        content = item.get("content")
        for part in reversed(content) if isinstance(content, list) else ():
            if part.get("type") == "input_image":
                data = named(part, mock)
                return read(data) if data else None
    return None


def _readable(item: Mapping[str, Any]) -> Raster | None:
    """The picture in an item; a client may have put anything there."""
    data = data_of(f"data:;base64,{item['result']}")
    return read(data) if data else None


def _drawing(item: Mapping[str, Any]) -> Drawing:
    """What an item shows that was drawn anew: all that it depends on is in the item."""
    return drawn(*size_of(item["size"]), str(item["revised_prompt"]), _paper(item))


def _paper(item: Mapping[str, Any]) -> Rgba:
    rng, clear = dice("colour", item["revised_prompt"]), item["background"] == "transparent"
    return rng.randint(40, 220), rng.randint(40, 220), rng.randint(40, 220), 0 if clear else 255
