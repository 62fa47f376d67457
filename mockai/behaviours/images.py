"""Images: real pictures of the size and format asked for, with the prompt on paper of a colour that it decides on.

Where a picture is given that can be read, a PNG, an edit changes what its mask leaves open, and a variation its hues.
What one costs in tokens is known for the three classic sizes (recorded, and the image guide's table); other sizes cost
what their area does, and an unfinished picture 100. Images that come in cost 65 tokens and 129 a tile, as the vision
guide says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .. import kinds, sse, tokens
from ..answers import answer
from ..call import Call
from ..dice import token
from ..errors import BadRequest
from ..http import Reply
from ..pictures import MEDIA, base64_of, encoded
from ..retouching import unfinished
from . import Mock, behaviour
from .image_sources import parts
from .images_made import file, made

OLDEST, NEWEST = "dall-e-2", "gpt-image-1.5"
"""The models that draw where the request names none: the API's default for generations, and for edits."""

SQUARE = 1024 * 1024
COSTS = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 8320, "max": 16640}
"""Tokens of a picture of 1024 × 1024 pixels by quality; the two best are not published, and doubled here."""

WIDE = {"low": 400, "medium": 1568, "high": 6208}
TALL = {"low": 408, "medium": 1584, "high": 6240}
NEWER = ("background", "moderation", "output_compression", "output_format", "partial_images")
OLDER = ("response_format", "style")
"""Parameters of the GPT image models alone, and of DALL·E alone."""

SMALL = ("256x256", "512x512")
"""Sizes that only the second DALL·E has."""

TAKEN = ("image/jpeg", "image/png", "image/webp")
HOUR = 3600
LONGEST = 3840
MOST_PIXELS = 3840 * 2160


@behaviour("images.generate")
def generate(call: Call, mock: Mock) -> Reply:
    """Pictures of a prompt."""
    return _drawn(call, mock, "image_generation", default=OLDEST)


@behaviour("images.edit")
def edit(call: Call, mock: Mock) -> Reply:
    """Pictures made out of others. Raises BadRequest where there is none, or a file says that it is no picture."""
    body = kinds.fields(call)
    if not body.get("image") and not body.get("images"):
        raise BadRequest("Missing required parameter: 'image'.", param="image", code="missing_required_parameter")
    _check_files(call)
    return _drawn(call, mock, "image_edit", default=NEWEST)


@behaviour("images.create_variation")
def create_variation(call: Call, mock: Mock) -> Reply:
    """Pictures like another."""
    _check_files(call)
    return _drawn(call, mock, "image_variation", default=OLDEST)


def model_of(body: Mapping[str, Any], default: str) -> str:
    """The model of a request: the one it names, else one that takes the parameters which not all models take."""
    if body.get("model"):
        return str(body["model"])
    if body.get("stream") or any(body.get(name) is not None for name in NEWER):
        return NEWEST
    older = body.get("size") in SMALL or any(body.get(name) is not None for name in OLDER)
    return OLDEST if older else default


def size_of(text: str | None) -> tuple[int, int]:
    """The width and height in pixels that a request asks for; 1024 each where it leaves that to the model."""
    if text in (None, "", "auto"):
        return 1024, 1024
    found = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text, re.ASCII)
    if not found:
        raise unsized(text, "Expected WIDTHxHEIGHT, for example '1824x1024'.")
    width, height = int(found[1]), int(found[2])
    if max(width, height) > LONGEST or width * height > MOST_PIXELS:
        raise unsized(text, "The maximum supported resolution is 3840x2160.")
    return width, height


def cost(quality: str, width: int, height: int) -> int:
    """The tokens of a picture of so many pixels."""
    known = {(1024, 1024): COSTS, (1536, 1024): WIDE, (1024, 1536): TALL}.get((width, height), {})
    return known.get(quality, round(COSTS[quality] * width * height / SQUARE))


def unsized(text: str, words: str) -> BadRequest:
    """What is said of a size that no picture can have."""
    message = f"Invalid size '{text}'. {words}"
    return BadRequest(message, param="size", code="invalid_value", type="image_generation_user_error")


def shown(call: Call, mock: Mock, given: Sequence[bytes]) -> Reply:
    """The answer whose pictures are the files `given`, one after the other and from the first again."""
    event, default = SHOWN[call.name]
    return _drawn(call, mock, event, default=default, given=given)


SHOWN = {
    "images.generate": ("image_generation", OLDEST),
    "images.edit": ("image_edit", NEWEST),
    "images.create_variation": ("image_variation", OLDEST),
}
"""What the events of each operation are called, and the model that draws where the request names none."""


def _drawn(call: Call, mock: Mock, event: str, *, default: str, given: Sequence[bytes] = ()) -> Reply:
    body = kinds.fields(call)
    model = model_of(body, default)
    size = size_of(body.get("size"))
    _check_format(body)
    pictures = [] if given else made(call, body, mock, size, oldest=model == OLDEST)
    width, height = (pictures[0].width, pictures[0].height) if pictures else size
    now, form = int(mock.clock.now()), str(body.get("output_format") or "png")
    files = [file(call, body, form, index, each) for index, each in enumerate(pictures)]
    files = files or [given[index % len(given)] for index in range(body.get("n") or 1)]
    if model.startswith("dall-e"):
        return answer({"created": now, "data": [_older(call, mock, body, model, data) for data in files]}, compact=True)
    about = {
        "background": "transparent" if any(each.clear for each in pictures) else "opaque",
        "output_format": form,
        "quality": _quality(body),
        "size": f"{width}x{height}",
    }
    usage = _usage(call, body, about["quality"], width, height, len(files), model)
    if body.get("stream"):
        early = [
            [encoded(form, partial) for partial in unfinished(each, body.get("partial_images") or 0)]
            for each in pictures
        ] or [[each] * (body.get("partial_images") or 0) for each in files]
        return _streamed(event, now, about, list(zip(early, files, strict=True)), usage)
    value = {
        "created": now,
        "background": about.pop("background"),
        "data": [{"b64_json": base64_of(data)} for data in files],
        **about,
        "usage": usage,
    }
    if form == "svg" and (body.get("svg") or {}).get("model"):
        value["svg_usage"] = _authored(files, body["svg"]["model"])
    return answer(value, compact=True)


def _check_format(body: Mapping[str, Any]) -> None:
    """Raise BadRequest for a format that cannot be streamed, or not be seen through."""
    form = body.get("output_format") or "png"
    if body.get("stream") and form in ("gif", "svg"):
        words = f"Streaming is not supported with the output format '{form}'."
        raise BadRequest(words, param="stream", code="unsupported_value")
    if body.get("background") == "transparent" and form not in ("png", "webp"):
        words = f"A transparent background is not supported with the output format '{form}'. Use 'png' or 'webp'."
        raise BadRequest(words, param="background", code="invalid_value", type="image_generation_user_error")


def _older(call: Call, mock: Mock, body: Mapping[str, Any], model: str, data: bytes) -> dict[str, Any]:
    """A picture as DALL·E gives it: as a link unless bytes are asked for; its third edition rewrites the prompt."""
    words = {"revised_prompt": _revised(str(body.get("prompt", "")))} if model == "dall-e-3" else {}
    if body.get("response_format") == "b64_json":
        return {**words, "b64_json": base64_of(data)}
    return {**words, "url": link(call, mock, data, "png")}


def _revised(prompt: str) -> str:
    return f"A detailed depiction, in soft natural light and rich colour, of the following: {prompt.strip()}"


def link(call: Call, mock: Mock, data: bytes, form: str) -> str:
    """An address below which a picture can be fetched for an hour: on the host that was asked, as no other has it."""
    rng = kinds.chance(call, mock)
    now = mock.clock.now()
    place = f"/private/org-{token(rng, 24)}/user-{token(rng, 24)}"
    name = f"img-{token(rng, 24)}.{form}"
    mock.resources.add(place, {}, id=name, content=data, expires=now + HOUR, media=MEDIA[form])
    host = call.request.header("host") or "mockai"
    signed = {
        "st": _moment(now - HOUR),
        "se": _moment(now + HOUR),
        "sp": "r",
        "sr": "b",
        "rscd": "inline",
        "rsct": MEDIA[form],
        "sig": token(rng, 43) + "=",
    }
    scope = call.request.header("x-mockai-scope")
    base = f"http://{host}/t/{scope}" if scope else f"http://{host}"
    return f"{base}{place}/{name}?" + "&".join(f"{key}={quote(text, safe='/')}" for key, text in signed.items())


def _moment(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def _quality(body: Mapping[str, Any]) -> str:
    asked = body.get("quality")
    return str(asked) if asked in COSTS else "high"


def _usage(
    call: Call, body: Mapping[str, Any], quality: str, width: int, height: int, count: int, model: str
) -> dict[str, Any]:
    """Tokens in and out: a prompt has six of its own, an image sixteen beside those of its pixels (recorded)."""
    given = len(parts(call, "image")) or len(body.get("images") or ())
    text = tokens.count(str(body.get("prompt", "")), model) + 6 + 16 * given
    each = 194 + (4160 if body.get("input_fidelity") == "high" else 0)
    out = count * (cost(quality, width, height) + 100 * (body.get("partial_images") or 0))
    return {
        "input_tokens": text + each * given,
        "input_tokens_details": {"image_tokens": each * given, "text_tokens": text},
        "output_tokens": out,
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        "total_tokens": text + each * given + out,
    }


def _authored(drawn: list[bytes], model: str) -> dict[str, Any]:
    """The tokens of the model that wrote an SVG."""
    out = sum(tokens.count(data.decode(), model) for data in drawn)
    return {
        "input_tokens": COSTS["low"],
        "model": model,
        "output_tokens": out,
        "reasoning_tokens": 0,
        "total_tokens": COSTS["low"] + out,
    }


def _streamed(
    event: str,
    now: int,
    about: Mapping[str, str],
    files: Sequence[tuple[Sequence[bytes], bytes]],
    usage: Mapping[str, Any],
) -> Reply:
    """Unfinished pictures, as many as are asked for, and the finished one."""

    def events() -> Iterator[dict[str, Any]]:
        for early, finished in files:
            for index, data in enumerate(early):
                shown = {"b64_json": base64_of(data), "created_at": now, **about}
                yield {"type": f"{event}.partial_image", **shown, "partial_image_index": index}
            yield {
                "type": f"{event}.completed",
                "b64_json": base64_of(finished),
                "created_at": now,
                **about,
                "usage": usage,
            }

    media = (("content-type", "text/event-stream; charset=utf-8"),)
    return Reply(200, media, sse.timeline(events(), named=True, done=None))


def _check_files(call: Call) -> None:
    for part in parts(call, "image"):
        media = (part.content_type or "").partition(";")[0].strip().lower()
        if media and media not in (*TAKEN, "image/jpg", "application/octet-stream"):
            words = f"Invalid file '{part.name}': unsupported mimetype ('{media}')."
            offered = f"Supported file formats are '{TAKEN[0]}', '{TAKEN[1]}', and '{TAKEN[2]}'."
            raise BadRequest(f"{words} {offered}", param=part.name, code="unsupported_file_mimetype")
