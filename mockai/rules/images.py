"""Images: which models draw, and what each takes. The sentences are recorded ones, of the spring of 2026."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import catalogue
from ..behaviours.images import NEWER, NEWEST, OLDER, OLDEST, model_of, size_of, unsized
from ..call import Call
from ..errors import BadRequest
from ..expected import one_of, quote
from . import rule

drawing = partial(BadRequest, type="image_generation_user_error", code="invalid_value")

SIZES = {
    "dall-e-2": ("256x256", "512x512", "1024x1024"),
    "dall-e-3": ("1024x1024", "1024x1792", "1792x1024"),
    "gpt-image-1": ("1024x1024", "1024x1536", "1536x1024", "auto"),
}
QUALITIES = {
    "dall-e-2": ("standard",),
    "dall-e-3": ("standard", "hd"),
    "gpt-image-1": ("low", "medium", "high", "auto"),
    "gpt-image-2.5": ("low", "medium", "high", "xhigh", "max", "auto"),
}


@rule("images.generate", "semantic")
def generate(call: Call, body: dict[str, Any]) -> None:
    """The model exists, draws, and takes the parameters that are there."""
    model = model_of(body, OLDEST)
    older = model.startswith("dall-e")
    for name in NEWER if older else OLDER:
        if body.get(name) is not None:
            raise BadRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    _quality(model, body.get("quality"))
    _known(call, model)
    _size(model, body.get("size"))
    if model == "dall-e-3" and (body.get("n") or 1) > 1:
        raise drawing("Invalid 'n': integer above maximum value. Expected a value <= 1.", param="n")


@rule("images.edit", "semantic")
def edit(call: Call, body: dict[str, Any]) -> None:
    """The model exists, draws, and takes the parameters that are there."""
    model = model_of(body, NEWEST)
    _quality(model, body.get("quality"))
    _known(call, model)
    _size(model, body.get("size"))


@rule("images.create_variation", "semantic")
def create_variation(call: Call, body: dict[str, Any]) -> None:
    """Only DALL·E 2 varies pictures."""
    model = model_of(body, OLDEST)
    _known(call, model)
    if model != OLDEST:
        raise drawing(f"Invalid value: '{model}'. Value must be 'dall-e-2'.", param="model")


def _known(call: Call, name: str) -> None:
    model = catalogue.find(name)
    azure = call.deployment is not None or call.request.path.startswith("/openai/")
    if not azure and (model is None or not model.takes("images")):
        raise drawing(f"The model '{name}' does not exist.", param="model")


def _quality(model: str, quality: str | None) -> None:
    offered = QUALITIES.get(model) or QUALITIES["gpt-image-2.5" if _number(model) >= (2, 5) else "gpt-image-1"]
    if quality is not None and quality not in offered:
        words = one_of([quote(each) for each in offered], "and", bare=True)
        raise BadRequest(
            f"Invalid value: '{quality}'. Supported values are: {words}.", param="quality", code="invalid_value"
        )


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


def _number(model: str) -> tuple[int, ...]:
    """The number in the name of a GPT image model: `gpt-image-1.5-…` is 1, 5."""
    number = model.removeprefix("gpt-image-").partition("-")[0]
    return tuple(int(part) for part in number.split(".")) if number.replace(".", "").isdigit() else (1,)
