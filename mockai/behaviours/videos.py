"""Videos: made in the background, played as what they were asked to be: so many seconds of one colour."""

from __future__ import annotations

from typing import Any

from .. import answers
from ..admit import query_of
from ..call import Call
from ..collection import collections
from ..dice import dice
from ..errors import BadRequest, NotFound
from ..http import Reply
from ..kinds import at, chance, fields, found, shown
from ..lifecycle import Move, enter
from ..mp4 import mp4
from ..pictures import Colour, picture
from ..resources import Resource
from . import Mock, behaviour

PLACE, CHARACTERS = "/videos", "/videos/characters"
MODEL, SECONDS, SIZE = "sora-2", "4", "720x1280"
HOUR = 3600.0
LONGEST_SECONDS = 120
SHEET_COLUMNS = 5


@behaviour("videos.create")
def create(call: Call, mock: Mock) -> Reply:
    """A video that waits for its turn."""
    return _begun(call, mock, fields(call))


@behaviour("videos.remix")
def remix(call: Call, mock: Mock) -> Reply:
    """A new video after another one. Raises BadRequest while that is not done."""
    source = _done(at(collections()[PLACE], PLACE, call.values["video_id"], mock, call))
    return _begun(call, mock, _like(source, fields(call)), source)


@behaviour("videos.edit")
def edit(call: Call, mock: Mock) -> Reply:
    """A new video out of another one, or out of one that was sent."""
    given = fields(call)
    source = _named(given, call, mock)
    return _begun(call, mock, _like(source, given) if source else given, source)


@behaviour("videos.extend")
def extend(call: Call, mock: Mock) -> Reply:
    """A new video that is another one, and more seconds of it."""
    given = fields(call)
    source = _named(given, call, mock)
    if source is None:
        return _begun(call, mock, given)
    total = int(source.value["seconds"]) + int(given["seconds"])
    if total > LONGEST_SECONDS:
        raise BadRequest(f"A video has at most {LONGEST_SECONDS} seconds, not {total}.", param="seconds")
    return _begun(call, mock, _like(source, given) | {"seconds": str(total)}, source)


@behaviour("videos.download_content")
def download(call: Call, mock: Mock) -> Reply:
    """The film, a picture of it, or a sheet of them. Raises BadRequest before it is done, NotFound after an hour."""
    video = _done(found(call, mock))
    expires = video.value["expires_at"]
    if expires is not None and mock.clock.now() >= expires:
        raise NotFound("The content of this video has expired. Make the video again.")
    width, height = (int(side) for side in video.value["size"].split("x"))
    colour = _colour(video)
    assert call.operation is not None
    match (query_of(call, call.operation) or {}).get("variant"):
        case "thumbnail":
            return answers.content(picture("webp", width, height, colour), "image/webp")
        case "spritesheet":
            sheet = picture("jpeg", width // 4 * SHEET_COLUMNS, height // 4, colour)
            return answers.content(sheet, "image/jpeg")
    seconds = video.value["seconds"]
    return answers.content(mp4(width, height, int(seconds) if seconds.isdecimal() else 4, colour), "video/mp4")


@behaviour("videos.create_character")
def create_character(call: Call, mock: Mock) -> Reply:
    """A character out of a video, to be named in prompts."""
    kind = collections()[CHARACTERS]
    value = {"id": kind.id(chance(call, mock)), "created_at": int(mock.clock.now()), "name": fields(call)["name"]}
    return answers.answer(mock.resources.add(CHARACTERS, value).value)


def _begun(call: Call, mock: Mock, given: dict[str, Any], source: Resource | None = None) -> Reply:
    value: dict[str, Any] = {
        "id": collections()[PLACE].id(chance(call, mock)),
        "object": "video",
        "created_at": int(mock.clock.now()),
        "status": "queued",
        "completed_at": None,
        "error": None,
        "expires_at": None,
        "model": given.get("model") or MODEL,
        "progress": 0,
        "prompt": given["prompt"],
        "remixed_from_video_id": source.id if source else None,
        "seconds": given.get("seconds") or SECONDS,
        "size": given.get("size") or SIZE,
    }
    video = mock.resources.add(PLACE, value)
    mock.resources.set_out(video, _begin)
    return shown(call, mock, video)


def _begin(video: Resource, now: float) -> Move:
    video.value["progress"] = 50
    enter(video, "in_progress", now)
    return _complete


def _complete(video: Resource, now: float) -> None:
    video.value |= {"progress": 100, "expires_at": int(now + HOUR)}
    enter(video, "completed", now)


def _done(video: Resource) -> Resource:
    status = video.value["status"]
    if status != "completed" and not video.conjured:
        raise BadRequest(f"Video is not ready yet, its status is '{status}'. Ask for it again until it is completed.")
    return video


def _named(given: dict[str, Any], call: Call, mock: Mock) -> Resource | None:
    """The video that a body names; None for one that was sent itself."""
    video = given["video"]
    return _done(at(collections()[PLACE], PLACE, video["id"], mock, call)) if isinstance(video, dict) else None


def _like(source: Resource, given: dict[str, Any]) -> dict[str, Any]:
    """What a request leaves to the video that it begins from."""
    return {name: source.value[name] for name in ("model", "seconds", "size")} | {"prompt": given["prompt"]}


def _colour(video: Resource) -> Colour:
    rng = dice("colour", video.value["prompt"])
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
