"""Pictures that a response draws, by Pillow's account of them."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from asking import ask, request
from PIL import Image

from mockai import MockAI

PROMPT = "Draw a picture of a red fox"


def drawn(**tool: Any) -> dict[str, Any]:
    """A response with a picture in it."""
    sent = request("/v1/responses", model="gpt-5", input=PROMPT, tools=[{"type": "image_generation", **tool}])
    value: dict[str, Any] = json.loads(ask(MockAI(), sent).content)
    return value


def opened(text: str) -> Image.Image:
    image = Image.open(BytesIO(base64.b64decode(text)))
    image.load()
    return image


def item_of(value: dict[str, Any]) -> dict[str, Any]:
    [item] = [item for item in value["output"] if item["type"] == "image_generation_call"]
    return item


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_the_picture_is_what_the_tool_describes_and_shows_the_prompt(form: str) -> None:
    item = item_of(drawn(output_format=form, size="1536x1024", quality="low"))
    image = opened(item["result"])
    assert (image.format, image.size) == (form.upper(), (1536, 1024))
    assert (item["size"], item["quality"], item["output_format"]) == ("1536x1024", "low", form)
    colours = image.convert("RGB").getcolors()
    assert colours is not None
    assert len(colours) == 2


def test_its_background_may_be_clear() -> None:
    item = item_of(drawn(background="transparent"))
    assert item["background"] == "transparent"
    assert opened(item["result"]).getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_its_tokens_are_told() -> None:
    assert drawn(quality="low")["tool_usage"]["image_gen"] == {
        "input_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 272,
        "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
        "total_tokens": 272,
    }


def test_unfinished_pictures_come_first_and_each_is_another() -> None:
    tools = [{"type": "image_generation", "partial_images": 3, "size": "1024x1024"}]
    sent = request("/v1/responses", model="gpt-5", input=PROMPT, tools=tools, stream=True)
    lines = ask(MockAI(), sent).content.decode().split("\n\n")[:-1]
    events = [json.loads(line.partition("data: ")[2]) for line in lines]
    partial = [event for event in events if event["type"].endswith(".partial_image")]
    assert [event["partial_image_index"] for event in partial] == [0, 1, 2]
    pictures = [event["partial_image_b64"] for event in partial] + [item_of(events[-1]["response"])["result"]]
    assert len(set(pictures)) == 4
    assert {opened(picture).size for picture in pictures} == {(1024, 1024)}
