"""Pictures in the output of a response: what the image tool draws, what it looked like on the way, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..dice import dice
from ..drawing import Drawing, drawn
from ..pictures import base64_of, encoded
from ..retouching import unfinished
from .images import COSTS, cost, size_of


def pictured(tool: Mapping[str, Any], topic: str) -> dict[str, Any]:
    """The fields of an item that holds a picture of a topic, as a tool describes it. Raises BadRequest for its size."""
    width, height = size_of(tool.get("size"))
    item: dict[str, Any] = {
        "action": "generate",
        "background": "transparent" if tool.get("background") == "transparent" else "opaque",
        "output_format": tool.get("output_format") or "png",
        "quality": tool["quality"] if tool.get("quality") in COSTS else "medium",
        "result": "",
        "revised_prompt": topic,
        "size": f"{width}x{height}",
    }
    item["result"] = base64_of(encoded(item["output_format"], _drawing(item)))
    return item


def glimpses(item: Mapping[str, Any], count: int) -> list[str]:
    """The picture of an item before it was finished, so many times, in base64."""
    return [base64_of(encoded(item["output_format"], each)) for each in unfinished(_drawing(item), count)]


def spent(item: Mapping[str, Any]) -> int:
    """The tokens that the picture of an item has cost beside those of the model."""
    return cost(item["quality"], *size_of(item["size"]))


def _drawing(item: Mapping[str, Any]) -> Drawing:
    """What an item shows: all that it depends on is in the item."""
    rng, clear = dice("colour", item["revised_prompt"]), item["background"] == "transparent"
    paper = (rng.randint(40, 220), rng.randint(40, 220), rng.randint(40, 220), 0 if clear else 255)
    return drawn(*size_of(item["size"]), str(item["revised_prompt"]), paper)
