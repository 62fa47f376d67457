"""Images: which models draw, what each takes, and which files. The sentences are recorded ones, of 2023 to 2026;

those on files that were not recorded are the ones that users report.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .. import catalogue
from ..behaviours.image_sources import data_of, parts
from ..behaviours.images import NEWER, NEWEST, OLDER, OLDEST, model_of, size_of, unsized
from ..call import Call
from ..errors import ApiError, BadRequest
from ..expected import one_of, quote
from ..png import GREY, GREY_ALPHA, PALETTE, RGBA, header
from ..sentences import unsupported, wrong_type
from . import retell, rule

drawing = partial(BadRequest, type="image_generation_user_error", code="invalid_value")

SIZES = {
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
    "dall-e-3": ("1024x1024", "1024x1792", "1792x1024"),
    "gpt-image-1": ("1024x1024", "1024x1536", "1536x1024", "auto"),
}
OLD_BYTES, BYTES = 4 << 20, 50 << 20
"""The first size of a file in bytes that is too large: for DALL·E 2, and for the models after it (image guide)."""

OTHERS = (".avif", ".bmp", ".gif", ".heic", ".pdf", ".svg", ".tiff")
"""How the names of files end that no model takes; what is really behind an address is not looked at."""

QUALITIES = {
    "dall-e-2": ("standard",),
    "dall-e-3": ("standard", "hd"),
    "gpt-image-1": ("low", "medium", "high", "auto"),
    "gpt-image-2.5": ("low", "medium", "high", "xhigh", "max", "auto"),
}

FORMATS = ("png", "webp", "jpeg")
"""The formats of the models before the moving ones (measured of gpt-image-2)."""


@retell("images.edit")
@retell("images.generate")
def of_the_model(call: Call, body: dict[str, Any], error: ApiError) -> ApiError:
    """What a model offers, and not all that any does, for a quality or a format that is none."""
    name = str(error.error["param"])
    model = model_of(body, OLDEST if call.operation and call.operation.id == "images.generate" else NEWEST)
    offered = {"quality": _qualities(model), "output_format": _formats(model)}.get(name)
    if offered is None:
        return error
    if isinstance(body[name], str):
        return _not_offered(name, body[name], offered)
    found = wrong_type((name,), one_of([quote(each) for each in offered]), body[name])
    return BadRequest(found.message, param=name, code=found.code)


@rule("images.generate", "semantic")
def generate(call: Call, body: dict[str, Any]) -> None:
    """The model exists, draws, and takes the parameters that are there."""
    model = model_of(body, OLDEST)
    older = model.startswith("dall-e")
    for name in NEWER if older else OLDER:
        if body.get(name) is not None:
            raise BadRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    _offers(model, body)
    _known(call, model)
    _size(model, body.get("size"))
    if model == "dall-e-3" and (body.get("n") or 1) > 1:
        raise drawing("Invalid 'n': integer above maximum value. Expected a value <= 1.", param="n")


@rule("images.edit", "first")
def where_pictures_are(call: Call, body: dict[str, Any]) -> None:
    """A form has its pictures under `image`, JSON has an array under `images` (measured in August 2026)."""
    form = isinstance(call.body, tuple)
    wrong, way = (
        ("images", "multipart/form-data use 'image' or 'image[]'")
        if form
        else ("image", "application/json on /v1/images/edits, use 'images' (array)")
    )
    if body.get(wrong) is not None:
        words = f"Unknown parameter: '{wrong}'. For {way}."
        raise BadRequest(words, param=wrong, code="invalid_value")
    if not form and "images" not in body:
        words = "Missing required parameter: 'images'."
        raise BadRequest(words, param="images", code="missing_required_parameter")


@rule("images.edit", "semantic")
def edit(call: Call, body: dict[str, Any]) -> None:
    """The model exists, draws, and takes the parameters that are there."""
    model = model_of(body, NEWEST)
    _offers(model, body)
    _known(call, model)
    _size(model, body.get("size"))
    images = [part.data for part in parts(call, "image")]
    if model == OLDEST:
        _old_files(images, edited=True)
    else:
        _files(images, body.get("images") or ())
    for part in parts(call, "mask"):
        _mask(part.data, images[0] if images else b"")


@rule("images.create_variation", "semantic")
def create_variation(call: Call, body: dict[str, Any]) -> None:
    """Only DALL·E 2 varies pictures."""
    model = model_of(body, OLDEST)
    _known(call, model)
    if model != OLDEST:
        raise drawing(f"Invalid value: '{model}'. Value must be 'dall-e-2'.", param="model")
    _old_files([part.data for part in parts(call, "image")], edited=False)


def _known(call: Call, name: str) -> None:
    model = catalogue.find(name)
    azure = call.deployment is not None or call.request.path.startswith("/openai/")
    if not azure and (model is None or not model.takes("images")):
        raise drawing(f"The model '{name}' does not exist.", param="model")


def _offers(model: str, body: dict[str, Any]) -> None:
    for name, offered in (("quality", _qualities(model)), ("output_format", _formats(model))):
        if body.get(name) is not None and offered is not None and body[name] not in offered:
            raise _not_offered(name, body[name], offered)


def _qualities(model: str) -> Sequence[str]:
    return QUALITIES.get(model) or QUALITIES["gpt-image-2.5" if _number(model) >= (2, 5) else "gpt-image-1"]


def _formats(model: str) -> Sequence[str] | None:
    return None if model.startswith("dall-e") or _number(model) >= (2, 5) else FORMATS


def _not_offered(name: str, value: str, offered: Sequence[str]) -> ApiError:
    found = unsupported((), value, offered)
    return BadRequest(found.message, param=name, code=found.code)


def _size(model: str, size: str | None) -> None:
    offered = SIZES.get(model, SIZES["gpt-image-1"])
    if size is None or size in (*offered, "auto"):
        return
    if model not in SIZES and _number(model) >= (2,):
        _any_size(size)
    else:
        words = ", ".join(offered[:-1]) + f", and {offered[-1]}"
        raise unsized(size, f"Supported sizes are {words}.")


def _any_size(size: str) -> None:
    """Sizes of the newer models are free within bounds."""
    width, height = size_of(size)
    if width % 16 or height % 16:
        raise unsized(size, "Width and height must both be divisible by 16.")
    if max(width, height) > 3 * min(width, height):
        raise unsized(size, "The aspect ratio must be between 1:3 and 3:1.")


def _old_files(images: Sequence[bytes], *, edited: bool) -> None:
    """What DALL·E 2 takes: PNGs, of which those it edits are grey or say how opaque their pixels are."""
    for data in images:
        head = header(data)
        if head is None or len(data) >= OLD_BYTES:
            raise BadRequest("Uploaded image must be a PNG and less than 4 MB.")
        if edited and head.kind not in (GREY, GREY_ALPHA, RGBA):
            mode = "P" if head.kind == PALETTE else "RGB"
            words = f"Invalid input image - format must be in ['RGBA', 'LA', 'L'], got {mode}."
            raise BadRequest(words, type="image_generation_user_error")


def _files(images: Sequence[bytes], named: Sequence[dict[str, Any]]) -> None:
    """What the GPT image models take: PNG, JPEG and WebP, in a form or in an address."""
    for number, data in enumerate(images, 1):
        if not _picture(data):
            words = f"Invalid image file or mode for image {number}, please check your image file."
            raise drawing(words, param="image", code="invalid_image_file")
    for place, each in enumerate(named):
        url = str(each.get("image_url") or "")
        sent = data_of(url)
        other = not (sent and _picture(sent)) if url.startswith("data:") else urlsplit(url).path.endswith(OTHERS)
        if other:
            raise drawing("Invalid image data.", param=f"images[{place}].image_url", code="invalid_image_file")


def _picture(data: bytes) -> bool:
    """Whether a file begins like a picture, and is not too large for one."""
    jpeg, webp = data.startswith(b"\xff\xd8\xff"), data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return (jpeg or webp or header(data) is not None) and len(data) < BYTES


def _mask(data: bytes, image: bytes) -> None:
    head, first = header(data), header(image)
    if head is None or not head.alpha:
        words = "mask image missing alpha channel"
    elif first is not None and (head.width, head.height) != (first.width, first.height):
        words = "mask size does not match image size"
    else:
        return
    raise drawing(f"Invalid mask image format - {words}", param="mask", code="invalid_mask_image_format")


def _number(model: str) -> tuple[int, ...]:
    """The number in the name of a GPT image model: `gpt-image-1.5-…` is 1, 5."""
    number = model.removeprefix("gpt-image-").partition("-")[0]
    return tuple(int(part) for part in number.split(".")) if number.replace(".", "").isdigit() else (1,)
