"""Images: real pictures, what they cost, how they are sent, and what is refused."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import httpx2
import pytest
from asking import HEADERS, ask, request
from PIL import Image, ImageDraw

from mockai import MockAI
from mockai.admit import Admission
from mockai.clock import ManualClock
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.registry import registry

MAGIC = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF", "gif": b"GIF89a", "svg": b"<svg"}


def filed(image: Image.Image, form: str = "PNG") -> bytes:
    held = BytesIO()
    image.save(held, form)
    return held.getvalue()


PLAIN = filed(Image.new("RGBA", (64, 64), "navy"))
PICTURE = ("image", "a.png", "image/png", PLAIN)


def generated(mock: MockAI, **body: Any) -> Any:
    body = {"model": "gpt-image-1", "prompt": "a plain red circle on a white background"} | body
    return json.loads(ask(mock, request("/v1/images/generations", **body)).content)


def form(path: str, *files: tuple[str, str, str | None, bytes], **fields: str) -> Request:
    parts = [Part(name, None, None, usual_headers(name, None, None), text.encode()) for name, text in fields.items()]
    parts += [Part(name, file, media, usual_headers(name, file, media), data) for name, file, media, data in files]
    return Request(
        "POST", path, "", (HEADERS[0], ("content-type", "multipart/form-data; boundary=x")), build(parts, "x")
    )


@pytest.mark.parametrize("kind", MAGIC)
def test_a_picture_has_the_format_and_size_asked_for(kind: str) -> None:
    value = generated(MockAI(clock=ManualClock()), output_format=kind, size="1536x1024", quality="low", frame_count=2)
    assert registry().valid("openai/images_response.ImagesResponse", value, "produce")
    assert list(value) == ["created", "background", "data", "output_format", "quality", "size", "usage"]
    assert (value["output_format"], value["size"], value["created"]) == (kind, "1536x1024", 1_750_000_000)
    assert base64.b64decode(value["data"][0]["b64_json"]).startswith(MAGIC[kind])


def test_tokens_are_the_recorded_ones() -> None:
    usage = generated(MockAI(), quality="low")["usage"]
    assert usage == {
        "input_tokens": 14,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 14},
        "output_tokens": 272,
        "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
        "total_tokens": 286,
    }
    assert generated(MockAI(), n=2, size="1024x1536")["usage"]["output_tokens"] == 2 * 6240
    assert (
        generated(MockAI(), model="gpt-image-2", quality="medium", size="2048x2048")["usage"]["output_tokens"] == 4224
    )


def test_the_same_prompt_has_the_same_picture_and_another_one_another() -> None:
    one, two = generated(MockAI(), n=2)["data"], generated(MockAI(), n=2)["data"]
    assert one == two
    assert one[0] != one[1]
    assert generated(MockAI(), prompt="else")["data"][0] != one[0]
    assert generated(MockAI(), background="transparent")["background"] == "transparent"


def test_an_svg_says_who_wrote_it() -> None:
    value = generated(MockAI(), output_format="svg", svg={"model": "gpt-5"})
    assert value["svg_usage"]["model"] == "gpt-5"
    assert registry().valid("openai/images_response.ImagesResponse", value, "produce")


@pytest.mark.parametrize("partial", [0, 3])
def test_a_stream_has_unfinished_pictures_and_a_finished_one(partial: int) -> None:
    sent = request("/v1/images/generations", model="gpt-image-1", prompt="a", stream=True, partial_images=partial)
    reply = ask(MockAI(), sent)
    assert reply.header("content-type") == "text/event-stream; charset=utf-8"
    lines = reply.content.decode().split("\n\n")[:-1]
    events = [json.loads(line.partition("data: ")[2]) for line in lines]
    assert [line.split("\n")[0] for line in lines] == [f"event: {event['type']}" for event in events]
    assert [event.get("partial_image_index") for event in events] == [*range(partial), None]
    assert events[-1]["type"] == "image_generation.completed"
    assert events[-1]["usage"]["output_tokens"] == 4160 + 100 * partial
    for event in events:
        assert registry().valid("openai/image_gen_stream_event.ImageGenStreamEvent", event, "produce")


def test_the_older_models_give_links_that_lead_to_the_picture_for_an_hour() -> None:
    clock = ManualClock()
    mock = MockAI(clock=clock)
    first, second = generated(mock, model="dall-e-3", n=2, size="1024x1792")["data"]
    assert first["revised_prompt"].endswith("a plain red circle on a white background")
    assert first["url"] != second["url"]
    assert first["url"].startswith("http://mockai/private/org-")
    path, _, query = first["url"].removeprefix("http://mockai").partition("?")
    reply = ask(mock, Request("GET", path, query))
    assert (reply.status, reply.header("content-type")) == (200, "image/png")
    assert reply.content.startswith(MAGIC["png"])
    clock.advance(3600)
    assert ask(mock, Request("GET", path, query)).status == 401
    assert ask(mock, Request("GET", path, query, HEADERS)).status == 404


def test_a_link_leads_into_the_scope_that_gave_it() -> None:
    with MockAI() as mock, mock.serve() as url:
        base = url.removesuffix("/v1")
        for headers, path in (({}, "/t/a/v1"), ({"X-Mockai-Scope": "b"}, "/v1")):
            sent = {"headers": headers | dict(HEADERS), "json": {"prompt": "a", "model": "dall-e-2"}}
            given = httpx2.post(f"{base}{path}/images/generations", **sent).json()["data"][0]["url"]
            assert given.startswith(f"{base}/t/{'a' if path.startswith('/t') else 'b'}/private/")
            assert httpx2.get(given).content.startswith(MAGIC["png"])


def test_the_older_models_give_bytes_when_asked() -> None:
    [picture] = generated(MockAI(), model="dall-e-2", response_format="b64_json", size="256x256")["data"]
    assert base64.b64decode(picture["b64_json"])[16:24] == bytes.fromhex("0000010000000100")


@pytest.mark.parametrize("names", [["image"], ["image[]", "image[]"], ["image[0]", "image[1]"]])
def test_an_edit_counts_the_pictures_it_was_given(names: list[str]) -> None:
    files = [(name, "a.png", "image/png", b"x") for name in names]
    reply = ask(
        MockAI(), form("/v1/images/edits", *files, prompt="Create a collage from these images", model="gpt-image-1")
    )
    usage = json.loads(reply.content)["usage"]
    assert usage["input_tokens_details"] == {"image_tokens": 194 * len(names), "text_tokens": 12 + 16 * len(names)}


def test_an_edit_may_come_as_json_and_stream() -> None:
    images = [{"image_url": "https://example.com/a.png"}]
    sent = request("/v1/images/edits", model="gpt-image-1.5", prompt="b", images=images, stream=True)
    event = json.loads(ask(MockAI(), sent).content.partition(b"data: ")[2])
    assert event["type"] == "image_edit.completed"
    assert registry().valid("openai/image_edit_stream_event.ImageEditStreamEvent", event, "produce")


def test_a_variation_has_as_many_pictures_as_asked() -> None:
    reply = ask(MockAI(), form("/v1/images/variations", PICTURE, n="2", size="256x256"))
    assert len(json.loads(reply.content)["data"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "url"), ({"size": "512x512"}, "url"), ({"output_format": "webp"}, "b64_json"), ({"style": "vivid"}, "url")],
)
def test_without_a_model_one_draws_that_takes_the_parameters(body: Any, field: str) -> None:
    value = generated(MockAI(admission="semantic"), **({"model": None} | body))
    assert list(value["data"][0]) == [field]


@pytest.mark.parametrize(("size", "field"), [("256x256", "url"), ("1024x1024", "b64_json")])
def test_so_it_is_with_an_edit(size: str, field: str) -> None:
    reply = ask(MockAI(admission="semantic"), form("/v1/images/edits", PICTURE, prompt="a", size=size))
    assert list(json.loads(reply.content)["data"][0]) == [field]


def refused(mock: MockAI, sent: Request) -> tuple[Any, ...]:
    reply = ask(mock, sent)
    assert reply.status == 400
    error = json.loads(reply.content)["error"]
    return error["message"], error["type"], error["param"], error["code"]


USER, REQUEST = "image_generation_user_error", "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "message", "kind", "param", "code"),
    [
        ({"model": "x-1"}, "The model 'x-1' does not exist.", USER, "model", "invalid_value"),
        ({"model": "gpt-4o"}, "The model 'gpt-4o' does not exist.", USER, "model", "invalid_value"),
        (
            {"response_format": "url"},
            "Unknown parameter: 'response_format'.", REQUEST, "response_format", "unknown_parameter",
        ),
        ({"model": "x-1", "style": "vivid"}, "Unknown parameter: 'style'.", REQUEST, "style", "unknown_parameter"),
        (
            {"model": "dall-e-3", "background": "opaque"},
            "Unknown parameter: 'background'.", REQUEST, "background", "unknown_parameter",
        ),
        (
            {"quality": "hd"},
            "Invalid value: 'hd'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
            REQUEST, "quality", "invalid_value",
        ),
        (
            {"model": "gpt-image-1-mini", "size": "3x3"},
            "Invalid size '3x3'. Supported sizes are 1024x1024, 1024x1536, 1536x1024, and auto.",
            USER, "size", "invalid_value",
        ),
        (
            {"model": "gpt-image-2-2026-04-21", "size": "3x3"},
            "Invalid size '3x3'. Width and height must both be divisible by 16.", USER, "size", "invalid_value",
        ),
        (
            {"model": "gpt-image-2", "size": "160x1600"},
            "Invalid size '160x1600'. The aspect ratio must be between 1:3 and 3:1.", USER, "size", "invalid_value",
        ),
        (
            {"model": "dall-e-3", "n": 2},
            "Invalid 'n': integer above maximum value. Expected a value <= 1.", USER, "n", "invalid_value",
        ),
    ],
)  # fmt: skip
def test_what_a_model_does_not_take(body: Any, message: str, kind: str, param: str, code: str) -> None:
    sent = request("/v1/images/generations", **({"model": "gpt-image-1", "prompt": "a"} | body))
    assert refused(MockAI(admission="semantic"), sent) == (message, kind, param, code)


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("gpt-image-1", {"size": "auto", "quality": "auto"}),
        ("gpt-image-1.5", {"size": "1536x1024"}),
        ("gpt-image-2", {"size": "1600x800", "quality": "high"}),
        ("chatgpt-image-latest", {"quality": "low"}),
        ("dall-e-2", {"size": "256x256", "response_format": "url", "n": 3}),
        ("dall-e-3", {"quality": "hd", "style": "natural"}),
    ],
)
def test_what_a_model_takes(model: str, more: Any) -> None:
    assert "data" in generated(MockAI(admission="semantic"), model=model, **more)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("big", "Expected WIDTHxHEIGHT, for example '1824x1024'."),
        ("9999x9999", "The maximum supported resolution is 3840x2160."),
    ],
)
@pytest.mark.parametrize("level", ["off", "schema"])
def test_a_size_no_picture_can_have_is_refused_at_any_level(level: Admission, size: str, words: str) -> None:
    sent = request("/v1/images/generations", model="gpt-image-2", prompt="a", size=size)
    assert refused(MockAI(admission=level), sent) == (f"Invalid size '{size}'. {words}", USER, "size", "invalid_value")


@pytest.mark.parametrize(
    ("param", "body"),
    [
        ("stream", {"stream": True, "output_format": "gif"}),
        ("stream", {"stream": True, "output_format": "svg"}),
        ("background", {"background": "transparent", "output_format": "jpeg"}),
    ],
)
def test_a_format_that_cannot_do_that(param: str, body: Any) -> None:
    sent = request("/v1/images/generations", model="gpt-image-2", prompt="a", **body)
    assert refused(MockAI(), sent)[2] == param


def test_a_file_that_is_no_picture() -> None:
    sent = form("/v1/images/edits", ("image[0]", "a.wav", "audio/wav", b""), prompt="a", model="gpt-image-1")
    assert refused(MockAI(), sent) == (
        "Invalid file 'image[0]': unsupported mimetype ('audio/wav'). "
        "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
        REQUEST,
        "image[0]",
        "unsupported_file_mimetype",
    )


def test_a_form_has_an_image_and_json_has_images() -> None:
    sent = request("/v1/images/edits", model="gpt-image-1", prompt="a", image="b")
    words = "Unknown parameter: 'image'. For application/json on /v1/images/edits, use 'images' (array)."
    assert refused(MockAI(admission="semantic"), sent) == (words, REQUEST, "image", "invalid_value")
    sent = form("/v1/images/edits", ("images", "a.png", "image/png", b""), model="gpt-image-1", prompt="a")
    words = "Unknown parameter: 'images'. For multipart/form-data use 'image' or 'image[]'."
    assert refused(MockAI(admission="semantic"), sent) == (words, REQUEST, "images", "invalid_value")
    sent = request("/v1/images/edits", model="gpt-image-1", prompt="a")
    missing = ("Missing required parameter: 'images'.", REQUEST, "images", "missing_required_parameter")
    assert refused(MockAI(admission="semantic"), sent) == missing


def test_an_edit_of_nothing() -> None:
    message = "Missing required parameter: 'image'."
    assert refused(MockAI(), form("/v1/images/edits", prompt="a")) == (
        message,
        REQUEST,
        "image",
        "missing_required_parameter",
    )


@pytest.mark.parametrize(
    "sent",
    [
        form("/v1/images/variations", PICTURE, model="gpt-image-1"),
        form("/v1/images/edits", PICTURE, prompt="a", model="gpt-image-1", size="3x3"),
        form("/v1/images/edits", PICTURE, prompt="a", model="gpt-image-1", quality="hd"),
    ],
)
def test_edits_and_variations_know_their_models(sent: Request) -> None:
    assert ask(MockAI(), sent).status == 200 or b"quality" in sent.body
    assert refused(MockAI(admission="semantic"), sent)


def test_an_empty_prompt() -> None:
    words = "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead."
    sent = request("/v1/images/generations", model="gpt-image-1", prompt="")
    assert refused(MockAI(), sent) == (words, REQUEST, "prompt", "empty_string")


def test_a_variation_is_drawn_by_the_oldest_model() -> None:
    mock = MockAI(admission="semantic")
    assert ask(mock, form("/v1/images/variations", PICTURE, model="dall-e-2")).status == 200
    assert ask(mock, form("/v1/images/variations", PICTURE)).status == 200


def of(data: bytes, name: str = "image") -> tuple[str, str, str, bytes]:
    return name, f"{name}.png", "image/png", data


def plain(mode: str, width: int = 64, height: int = 64) -> bytes:
    return filed(Image.new(mode, (width, height)))


CLEAR, OPAQUE = plain("RGBA"), plain("RGB")
FILE, FORMAT = "invalid_image_file", "invalid_mask_image_format"
MASK = "Invalid mask image format - mask "


@pytest.mark.parametrize(
    ("model", "files", "message", "kind", "param", "code"),
    [
        (
            "gpt-image-1", [of(CLEAR), of(b"GIF89a")],
            "Invalid image file or mode for image 2, please check your image file.", USER, "image", FILE,
        ),
        ("gpt-image-1", [of(CLEAR), of(OPAQUE, "mask")], MASK + "image missing alpha channel", USER, "mask", FORMAT),
        ("gpt-image-1", [of(CLEAR), of(b"", "mask")], MASK + "image missing alpha channel", USER, "mask", FORMAT),
        (
            "gpt-image-1", [of(OPAQUE), of(plain("RGBA", 64, 65), "mask")],
            MASK + "size does not match image size", USER, "mask", FORMAT,
        ),
        ("dall-e-2", [of(b"\xff\xd8\xff")], "Uploaded image must be a PNG and less than 4 MB.", REQUEST, None, None),
        (
            "dall-e-2", [of(CLEAR + bytes(4 << 20))],
            "Uploaded image must be a PNG and less than 4 MB.", REQUEST, None, None,
        ),
        (
            "dall-e-2", [of(OPAQUE)],
            "Invalid input image - format must be in ['RGBA', 'LA', 'L'], got RGB.", USER, None, None,
        ),
    ],
)  # fmt: skip
def test_files_that_no_edit_can_be_made_of(
    model: str, files: list[Any], message: str, kind: str, param: str | None, code: str | None
) -> None:
    sent = form("/v1/images/edits", *files, prompt="a", model=model)
    assert refused(MockAI(admission="semantic"), sent) == (message, kind, param, code)
    assert ask(MockAI(), sent).status == 200


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = form("/v1/images/edits", of(CLEAR), prompt="a", model="gpt-image-1")
    assert ask(MockAI(admission="semantic"), sent).status == 200
    monkeypatch.setattr("mockai.rules.images.BYTES", len(CLEAR))
    assert refused(MockAI(admission="semantic"), sent)[3] == FILE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_files_that_one_can_be_made_of(kind: str) -> None:
    image = filed(Image.new("RGB", (64, 64)), kind)
    sent = form("/v1/images/edits", of(image), of(CLEAR, "mask"), prompt="a", model="gpt-image-1")
    assert ask(MockAI(admission="semantic"), sent).status == 200


@pytest.mark.parametrize("url", ["data:image/png;base64,AAAA", "data:image/png,a", "https://example.com/a.svg?b=.png"])
def test_an_address_of_what_is_no_picture(url: str) -> None:
    images = [{"image_url": each} for each in ("https://example.com/a", url)]
    sent = request("/v1/images/edits", model="gpt-image-1.5", prompt="a", images=images)
    assert refused(MockAI(admission="semantic"), sent) == ("Invalid image data.", USER, "images[1].image_url", FILE)


def test_a_variation_of_what_is_no_png() -> None:
    sent = form("/v1/images/variations", of(b"GIF89a"))
    words = "Uploaded image must be a PNG and less than 4 MB."
    assert refused(MockAI(admission="semantic"), sent) == (words, REQUEST, None, None)
    assert ask(MockAI(admission="semantic"), form("/v1/images/variations", of(OPAQUE))).status == 200


def opened(text: str) -> Image.Image:
    image = Image.open(BytesIO(base64.b64decode(text)))
    image.load()
    return image


SCENE = Image.linear_gradient("L").resize((512, 512))
SCENE = Image.merge("RGB", (SCENE, SCENE.rotate(90), Image.radial_gradient("L").resize((512, 512))))
HOLE = (128, 64, 400, 300)


def holed(size: tuple[int, int] = (512, 512)) -> bytes:
    mask = Image.new("RGBA", size, "white")
    ImageDraw.Draw(mask).rectangle((HOLE[0], HOLE[1], HOLE[2] - 1, HOLE[3] - 1), fill=(0, 0, 0, 0))
    return filed(mask)


def edited(*files: Any, model: str = "gpt-image-1", size: str = "512x512", **fields: str) -> Any:
    sent = form("/v1/images/edits", *files, prompt="a red fox", model=model, size=size, **fields)
    return json.loads(ask(MockAI(), sent).content)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_edit_keeps_what_its_mask_keeps(kind: str) -> None:
    value = edited(of(filed(SCENE)), of(holed(), "mask"), output_format=kind)
    image = opened(value["data"][0]["b64_json"])
    assert (image.format, image.mode, value["background"]) == (kind.upper(), "RGB", "opaque")
    inside = image.crop(HOLE).getcolors()
    assert inside is not None
    assert len(inside) == 2
    kept = SCENE.copy()
    kept.paste(image.crop(HOLE), HOLE[:2])
    assert image.tobytes() == kept.tobytes()


def test_a_jpeg_keeps_it_in_blocks() -> None:
    image = opened(edited(of(filed(SCENE)), of(holed(), "mask"), output_format="jpeg")["data"][0]["b64_json"])
    for place in ((4, 4), (468, 484), (44, 500)):
        seen, wanted = image.getpixel(place), SCENE.getpixel(place)
        assert isinstance(seen, tuple)
        assert seen == pytest.approx(wanted, abs=5)


def test_without_a_mask_the_words_are_on_the_picture() -> None:
    [one, two] = edited(of(filed(SCENE)), n="2")["data"]
    assert one != two
    colours = opened(one["b64_json"]).getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 100


def test_what_is_clear_in_a_picture_is_the_mask_of_the_oldest_model() -> None:
    scene = SCENE.convert("RGBA")
    scene.paste((1, 2, 3, 0), HOLE)
    image = opened(edited(of(filed(scene)), model="dall-e-2", response_format="b64_json")["data"][0]["b64_json"])
    assert image.mode == "RGB"
    kept = SCENE.copy()
    kept.paste(image.crop(HOLE), HOLE[:2])
    assert image.tobytes() == kept.tobytes()


def test_a_picture_that_cannot_be_read_is_drawn_anew() -> None:
    image = opened(edited(of(filed(SCENE, "JPEG")), of(holed(), "mask"))["data"][0]["b64_json"])
    colours = image.getcolors()
    assert colours is not None
    assert len(colours) == 2


@pytest.mark.parametrize(
    ("size", "wanted"), [((600, 300), "1536x1024"), ((300, 600), "1024x1536"), ((9, 9), "1024x1024")]
)
def test_a_size_that_is_left_open_has_the_shape_of_the_picture(size: tuple[int, int], wanted: str) -> None:
    value = edited(of(filed(SCENE.resize(size))), size="auto")
    assert value["size"] == wanted
    assert "{}x{}".format(*opened(value["data"][0]["b64_json"]).size) == wanted


def test_pictures_may_be_named_in_json() -> None:
    mock = MockAI()
    sent = form("/v1/files", ("file", "scene.png", "image/png", filed(SCENE)), purpose="vision")
    file = json.loads(ask(mock, sent).content)["id"]
    mask = {"image_url": "data:image/png;base64," + base64.b64encode(holed()).decode()}
    body: Any = {
        "model": "gpt-image-1.5",
        "prompt": "a",
        "size": "512x512",
        "images": [{"file_id": file}],
        "mask": mask,
    }
    value = json.loads(ask(mock, request("/v1/images/edits", **body)).content)
    image = opened(value["data"][0]["b64_json"])
    assert image.crop((0, 300, 512, 512)).tobytes() == SCENE.crop((0, 300, 512, 512)).tobytes()
    body |= {"images": [{"file_id": "file-none"}], "mask": {"image_url": "data:,"}}
    value = json.loads(ask(mock, request("/v1/images/edits", **body)).content)
    colours = opened(value["data"][0]["b64_json"]).getcolors()
    assert colours is not None
    assert len(colours) == 2


def test_variations_are_like_the_picture_in_other_colours() -> None:
    sent = form("/v1/images/variations", of(filed(SCENE)), n="3", size="512x512", response_format="b64_json")
    found = [opened(each["b64_json"]) for each in json.loads(ask(MockAI(), sent).content)["data"]]
    assert len({image.tobytes() for image in (*found, SCENE)}) == 4
    for image in found:
        colours = image.getcolors(1 << 20)
        assert colours is not None
        assert len(colours) > 100


@pytest.mark.parametrize("path", ["generations", "edits"])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_unfinished_pictures_are_pictures_and_each_is_another(kind: str, path: str) -> None:
    scene = "data:image/png;base64," + base64.b64encode(filed(SCENE)).decode()
    more: Any = {"images": [{"image_url": scene}]} if path == "edits" else {}
    body: Any = {"model": "gpt-image-1", "prompt": "a", "stream": True, "partial_images": 3, "output_format": kind}
    reply = ask(MockAI(), request(f"/v1/images/{path}", **body, **more))
    events = [json.loads(line.partition("data: ")[2]) for line in reply.content.decode().split("\n\n")[:-1]]
    shown = [opened(event["b64_json"]) for event in events]
    assert [(image.format, image.size) for image in shown] == [(kind.upper(), (1024, 1024))] * 4
    assert len({image.tobytes() for image in shown}) == 4


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"quality": "x"}, "Invalid value: 'x'. Supported values are: 'low', 'medium', 'high', and 'auto'."),
        ({"output_format": "tiff"}, "Invalid value: 'tiff'. Supported values are: 'png', 'webp', and 'jpeg'."),
        ({"moderation": "x"}, "Invalid value: 'x'. Supported values are: 'auto' and 'low'."),
        ({"quality": 1}, "expected one of 'low', 'medium', 'high', or 'auto', but got an integer instead."),
        ({"model": "gpt-image-2.5-flare", "quality": "x"}, "'low', 'medium', 'high', 'xhigh', 'max', and 'auto'."),
    ],
)
def test_what_a_model_offers_is_told(more: dict[str, Any], words: str) -> None:
    for admission in ("schema", "semantic"):
        sent = request("/v1/images/generations", **({"model": "gpt-image-2", "prompt": "a"} | more))
        assert refused(MockAI(admission=admission), sent)[0].endswith(words)


def test_no_mask_is_none() -> None:
    scene = "data:image/png;base64," + base64.b64encode(filed(SCENE)).decode()
    body: Any = {"model": "gpt-image-1", "prompt": "a", "images": [{"image_url": scene}], "mask": None}
    assert ask(MockAI(admission="semantic"), request("/v1/images/edits", **body)).status == 200
