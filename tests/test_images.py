"""Images: real pictures, what they cost, how they are sent, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
import pytest
from asking import HEADERS, ask, request

from mockai import MockAI
from mockai.admit import Admission
from mockai.clock import ManualClock
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.registry import registry

MAGIC = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF", "gif": b"GIF89a", "svg": b"<svg"}
PICTURE = ("image", "a.png", "image/png", b"\x89PNG")


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
        ("big", "A size is 'auto' or WIDTHxHEIGHT in pixels, for example 1024x1024."),
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
