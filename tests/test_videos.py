"""Videos: a lifecycle, and a film that is what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import videos_driver
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st
from sdks import driven

from mockai import ManualClock, MockAI
from mockai.http import Reply
from mockai.mp4 import FRAMES, mp4

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every box of a file and its payload, those inside others too."""
    while data:
        size, kind = int.from_bytes(data[:4], "big"), data[4:8]
        assert 8 <= size <= len(data)
        yield kind, data[8:size]
        if kind in CONTAINERS:
            yield from boxes(data[8:size])
        data = data[size:]


@given(
    st.sampled_from([(720, 1280), (1280, 720), (1792, 1024)]), st.integers(1, 30), st.tuples(*[st.integers(0, 255)] * 3)
)
def test_a_film_has_the_size_and_the_length_asked_for(size: tuple[int, int], seconds: int, colour: Any) -> None:
    found = dict(boxes(mp4(*size, seconds, colour)))
    assert list(found)[:2] == [b"ftyp", b"moov"]
    assert int.from_bytes(found[b"mvhd"][16:20], "big") == seconds * 1000
    assert [int.from_bytes(found[b"tkhd"][at : at + 2], "big") for at in (76, 80)] == list(size)
    count = int.from_bytes(found[b"stsz"][8:12], "big")
    sizes = [int.from_bytes(found[b"stsz"][12 + 4 * each : 16 + 4 * each], "big") for each in range(count)]
    assert (count, sum(sizes)) == (seconds * FRAMES, len(found[b"mdat"]))
    whole = mp4(*size, seconds, colour)
    assert int.from_bytes(found[b"stco"][8:12], "big") == whole.index(b"mdat") + 4
    assert found[b"mdat"][4] == 0x65


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_see_the_same_video(sdk: str) -> None:
    seen = driven(videos_driver, sdk)
    wanted = {"status": "completed", "progress": 100, "seconds": "8", "size": "1280x720", "model": "sora-2"}
    assert seen["sync"] == seen["async"] == wanted | {"film": "ftyp", "thumbnail": "WEBP"}


def told(mock: MockAI, path: str, method: str = "GET", query: str = "", **body: Any) -> Any:
    reply = ask(mock, request(f"/v1/videos{path}", method=method, query=query, **body))
    return json.loads(reply.content) | {"code": reply.status, "wait": reply.header("openai-poll-after-ms")}


def download(mock: MockAI, id: str, query: str = "") -> Reply:
    return ask(mock, request(f"/v1/videos/{id}/content", method="GET", query=query))


def test_a_video_moves_on_and_its_content_waits_for_it() -> None:
    clock = ManualClock(1000)
    mock = MockAI(clock=clock, lifecycle="seconds=10")
    id = told(mock, "", "POST", prompt="A lighthouse")["id"]
    seen = []
    for _ in range(3):
        video = told(mock, f"/{id}")
        seen.append((video["status"], video["progress"], video["wait"]))
        assert download(mock, id).status == (200 if video["status"] == "completed" else 400)
        clock.advance(10)
    assert seen == [("queued", 0, "10000"), ("in_progress", 50, "10000"), ("completed", 100, None)]
    assert told(mock, f"/{id}")["expires_at"] == 1020 + 3600
    assert download(mock, id).header("content-type") == "video/mp4"
    assert download(mock, id, "variant=spritesheet").content[:2] == b"\xff\xd8"
    clock.advance(3600)
    assert download(mock, id).status == 404


def test_videos_are_made_of_videos() -> None:
    mock = MockAI()
    first = told(mock, "", "POST", prompt="A lighthouse", seconds="8", size="1280x720")["id"]
    remixed = told(mock, f"/{first}/remix", "POST", prompt="At night")
    assert (remixed["remixed_from_video_id"], remixed["seconds"], remixed["size"]) == (first, "8", "1280x720")
    edited = told(mock, "/edits", "POST", prompt="In fog", video={"id": first})
    assert (edited["remixed_from_video_id"], edited["prompt"]) == (first, "In fog")
    longer = told(mock, "/extensions", "POST", prompt="And on", seconds="12", video={"id": first})
    assert longer["seconds"] == "20"
    assert [each["id"] for each in told(mock, "")["data"]][-1] == first
    assert told(mock, f"/{first}", "DELETE")["deleted"] is True
    assert told(mock, f"/{first}/remix", "POST", prompt="Gone")["code"] == 404


def test_a_film_has_an_end() -> None:
    mock = MockAI()
    id = told(mock, "", "POST", prompt="A lighthouse", seconds="12")["id"]
    for _ in range(9):
        id = told(mock, "/extensions", "POST", prompt="And on", seconds="12", video={"id": id})["id"]
    assert told(mock, "/extensions", "POST", prompt="And on", seconds="4", video={"id": id})["code"] == 400
