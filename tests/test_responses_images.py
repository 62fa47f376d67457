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
    found: list[dict[str, Any]] = [item for item in value["output"] if item["type"] == "image_generation_call"]
    assert len(found) == 1
    return found[0]


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
    mock = MockAI()
    heard = ask(mock, sent).content
    lines = heard.decode().split("\n\n")[:-1]
    events = [json.loads(line.partition("data: ")[2]) for line in lines]
    partial = [event for event in events if event["type"].endswith(".partial_image")]
    assert [event["partial_image_index"] for event in partial] == [0, 1, 2]
    pictures = [event["partial_image_b64"] for event in partial] + [item_of(events[-1]["response"])["result"]]
    assert len(set(pictures)) == 4
    assert {opened(picture).size for picture in pictures} == {(1024, 1024)}
    path = f"/v1/responses/{events[-1]['response']['id']}"
    assert ask(mock, request(path, method="GET", query="stream=true")).content == heard


SCENE = Image.linear_gradient("L").resize((512, 512))
SCENE = Image.merge("RGB", (SCENE, SCENE.rotate(90), Image.radial_gradient("L").resize((512, 512))))


def address(image: Image.Image) -> str:
    held = BytesIO()
    image.save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()


def shown(url: str) -> list[Any]:
    content = [{"type": "input_text", "text": PROMPT}, {"type": "input_image", "image_url": url}]
    return [{"role": "user", "content": content}]


def test_a_picture_that_is_shown_is_edited_where_the_mask_says() -> None:
    mask = Image.new("RGBA", (512, 512), "white")
    mask.paste((0, 0, 0, 0), (64, 64, 300, 200))
    tool = {"type": "image_generation", "size": "512x512", "input_image_mask": {"image_url": address(mask)}}
    sent = request("/v1/responses", model="gpt-5", input=shown(address(SCENE)), tools=[tool])
    item = item_of(json.loads(ask(MockAI(), sent).content))
    image = opened(item["result"])
    kept = SCENE.copy()
    kept.paste(image.crop((64, 64, 300, 200)), (64, 64))
    assert item["action"] == "edit"
    assert image.tobytes() == kept.tobytes() != SCENE.tobytes()


def test_so_is_one_that_was_drawn_before() -> None:
    mock, tools = MockAI(), [{"type": "image_generation"}]
    first = json.loads(ask(mock, request("/v1/responses", model="gpt-5", input=PROMPT, tools=tools)).content)
    more: Any = {"previous_response_id": first["id"], "tools": [{**tools[0], "partial_images": 2}], "stream": True}
    reply = ask(mock, request("/v1/responses", model="gpt-5", input="Draw the picture in snow", **more))
    events = [json.loads(line.partition("data: ")[2]) for line in reply.content.decode().split("\n\n")[:-1]]
    item = item_of(events[-1]["response"])
    colours = opened(item["result"]).getcolors()
    assert colours is not None
    assert len(colours) > 2
    assert item["action"] == "edit"
    partial = [event["partial_image_b64"] for event in events if event["type"].endswith("partial_image")]
    assert len({*partial, item["result"]}) == 3


@pytest.mark.parametrize(
    ("url", "tool"),
    [
        ("https://example.com/a.png", {}),
        (address(SCENE), {"action": "generate"}),
        ("data:image/png;base64,AAAA", {"output_format": "webp"}),
    ],
)
def test_else_it_is_drawn_anew(url: str, tool: Any) -> None:
    tool |= {"type": "image_generation"}
    sent = request("/v1/responses", model="gpt-5", input=shown(url), tools=[tool])
    item = item_of(json.loads(ask(MockAI(), sent).content))
    colours = opened(item["result"]).convert("RGB").getcolors()
    assert colours is not None
    assert (item["action"], len(colours)) == ("generate", 2)


def test_an_edit_in_a_format_that_is_not_read_has_glimpses_too() -> None:
    tool = {"type": "image_generation", "output_format": "jpeg", "partial_images": 2}
    sent = request("/v1/responses", model="gpt-5", input=shown(address(SCENE)), tools=[tool], stream=True)
    events = [
        json.loads(line.partition("data: ")[2]) for line in ask(MockAI(), sent).content.decode().split("\n\n")[:-1]
    ]
    partial = [event["partial_image_b64"] for event in events if event["type"].endswith("partial_image")]
    assert len({*partial, item_of(events[-1]["response"])["result"]}) == 3
    assert {opened(each).format for each in partial} == {"JPEG"}


def test_what_a_client_says_was_drawn_may_be_no_picture() -> None:
    before = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "abc"}
    items = [before, {"role": "user", "content": PROMPT}]
    sent = request("/v1/responses", model="gpt-5", input=items, tools=[{"type": "image_generation"}])
    assert item_of(json.loads(ask(MockAI(), sent).content))["action"] == "generate"
