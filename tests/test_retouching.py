"""Edits, variations and unfinished pictures, by Pillow's account of them; and PNGs of Pillow's, read."""

from __future__ import annotations

import zlib
from io import BytesIO
from random import Random
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mockai.drawing import Raster, drawn, raster
from mockai.png import MOST_PIXELS, SIGNATURE, header, png, read
from mockai.retouching import FOG, TINT, bounds, edited, unfinished, varied

PAPER = (200, 30, 60, 255)


def many(mode: str, width: int, height: int) -> Image.Image:
    """A picture of Pillow's in which neighbours resemble each other, so that each kind of filter pays."""
    red = Image.linear_gradient("L").resize((width, height))
    noise = Image.effect_noise((width, height), 40)
    whole = Image.merge("RGBA", (red, Image.radial_gradient("L").resize((width, height)), noise, red.rotate(90)))
    if mode == "I;16":
        return red.convert("I").point(lambda value: value * 257).convert("I;16")
    return whole.convert("RGB").quantize(int(mode[1:] or 256)) if mode[0] == "P" else whole.convert(mode)


def saved(image: Image.Image, **options: object) -> bytes:
    held = BytesIO()
    image.save(held, "PNG", **options)
    return held.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (37, 53), (64, 64)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P", "P2", "P4", "P16", "I;16"])
def test_what_pillow_writes_is_read(mode: str, size: tuple[int, int]) -> None:
    image = many(mode, *size)
    found = read(saved(image))
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    assert found == Raster(*size, image.convert("RGBA").tobytes())


def test_colours_of_a_palette_may_be_seen_through() -> None:
    data = saved(many("P16", 30, 30), transparency=bytes([255, 0, 99]))
    found = read(data)
    assert found is not None
    assert found.pixels == Image.open(BytesIO(data)).convert("RGBA").tobytes()
    assert found.clear


@given(st.binary(min_size=3 * 4 * 6, max_size=3 * 4 * 6), st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_every_filter_is_undone(data: bytes, filters: list[int]) -> None:
    rows = b"".join(bytes([kind]) + data[12 * place : 12 * place + 12] for place, kind in enumerate(filters))
    made = chunked(b"IHDR", pack(">IIBBBBB", 4, 6, 8, 2, 0, 0, 0)) + chunked(b"IDAT", zlib.compress(rows))
    made = SIGNATURE + made + chunked(b"IEND", b"")
    found = read(made)
    assert found is not None
    assert found.pixels == Image.open(BytesIO(made)).convert("RGBA").tobytes()


def chunked(name: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))


WHOLE = png(drawn(20, 20, "", PAPER))


def headed(*fields: int) -> bytes:
    return SIGNATURE + chunked(b"IHDR", pack(">IIBBBBB", *fields)) + WHOLE[33:]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x89PNG", b"GIF89a" + bytes(99), WHOLE[:60], WHOLE[:50] + bytes(20) + WHOLE[70:],
        headed(20, 20, 8, 2, 0, 0, 1), headed(20, 20, 4, 2, 0, 0, 0), headed(20, 20, 8, 5, 0, 0, 0),
        headed(0, 20, 8, 2, 0, 0, 0), headed(20, 21, 8, 2, 0, 0, 0), headed(MOST_PIXELS, 2, 8, 2, 0, 0, 0),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    assert read(data) is None


@given(st.binary(max_size=200))
def test_nonsense_is_no_picture(data: bytes) -> None:
    assert read(SIGNATURE + data) is None
    assert header(data) is None


def test_a_header_tells_what_there_is_to_see_through() -> None:
    told = [header(saved(many(mode, 8, 9))) for mode in ("RGB", "RGBA", "LA", "P")]
    assert [each and (each.width, each.height, each.alpha) for each in told] == [
        (8, 9, False),
        (8, 9, True),
        (8, 9, True),
        (8, 9, False),
    ]


def masked(width: int, height: int, *hole: int) -> Raster:
    mask = Image.new("RGBA", (width, height), "black")
    ImageDraw.Draw(mask).rectangle(hole, fill=(0, 0, 0, 0))
    return Raster(width, height, mask.tobytes())


EDGE = st.integers(0, 99)
few = settings(max_examples=40, deadline=None)


@few
@given(EDGE, EDGE, EDGE, EDGE)
def test_only_what_the_mask_leaves_open_is_edited(left: int, top: int, right: int, bottom: int) -> None:
    box = min(left, right), min(top, bottom), max(left, right), max(top, bottom)
    source = Raster(100, 100, many("RGBA", 100, 100).tobytes())
    result = edited(source, masked(100, 100, *box), "a red fox", PAPER)
    before, after = (Image.frombytes("RGBA", (100, 100), each.pixels) for each in (source, result))
    inside = (box[0], box[1], box[2] + 1, box[3] + 1)
    colours = set(zip(*[iter(after.crop(inside).tobytes())] * 4, strict=True))
    assert colours <= {PAPER, (255, 255, 255, 255)}
    for image in (before, after):
        image.paste((0, 0, 0, 0), inside)
    assert before.tobytes() == after.tobytes()


def test_the_words_are_set_in_the_hole() -> None:
    source = raster(drawn(400, 400, "", (0, 90, 0, 255)))
    result = edited(source, masked(400, 400, 160, 80, 319, 239), "fox", PAPER)
    hole = Image.frombytes("RGBA", (400, 400), result.pixels).crop((160, 80, 320, 240))
    assert hole.tobytes() == raster(drawn(160, 160, "fox", PAPER)).pixels


def test_a_mask_without_a_hole_changes_nothing() -> None:
    source = Raster(40, 40, many("RGBA", 40, 40).tobytes())
    whole = Raster(40, 40, b"\xff" * 6400)
    assert edited(source, whole, "a", PAPER) == source
    assert bounds(bytes(1600), 40) == (0, 0, 0, 0)


def test_without_a_mask_the_words_are_a_label_and_the_rest_shines_through() -> None:
    picture = many("RGB", 80, 80)
    source = Raster(80, 80, picture.convert("RGBA").tobytes())
    words = drawn(80, 80, "a", PAPER)
    assert 0 < words.covered < 80
    result = Image.frombytes("RGBA", (80, 80), edited(source, None, "a", PAPER).pixels).convert("RGB")
    label = (0, 0, 80, words.covered)
    whole = Image.frombytes("RGBA", (80, 80), raster(words).pixels).convert("RGB")
    assert result.crop(label).tobytes() == whole.crop(label).tobytes()
    below = (0, words.covered, 80, 80)
    blended = Image.blend(picture, Image.new("RGB", (80, 80), PAPER[:3]), TINT).crop(below).tobytes()
    pairs = zip(result.crop(below).tobytes(), blended, strict=True)
    assert max(abs(seen - wanted) for seen, wanted in pairs) <= 1


def test_an_edit_without_words_is_a_tint() -> None:
    assert drawn(80, 80, "", PAPER).covered == 0
    source = Raster(8, 8, many("RGBA", 8, 8).tobytes())
    assert edited(source, None, "", PAPER) == source.toward(PAPER[:3], TINT)


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (128, 128, 128, 255), (255, 255, 255, 255), (9, 99, 199, 255)])
def test_variations_are_like_their_source_and_unlike_each_other(colour: tuple[int, int, int, int]) -> None:
    source = raster(drawn(160, 160, "fox", colour))
    found = [varied(source, number, Random(number)) for number in range(4)]
    assert len({each.pixels for each in (source, *found)}) == 5
    for each in found:
        squares = Image.frombytes("RGBA", (160, 160), each.pixels).convert("RGB").getcolors()
        assert squares is not None
        assert len(squares) == 2


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("paper", [PAPER, (*FOG, 255)])
def test_unfinished_pictures_differ_from_each_other_and_from_the_finished_one(
    count: int, paper: tuple[int, int, int, int]
) -> None:
    words = drawn(160, 160, "fox", paper)
    assert len(set(unfinished(words, count)) | {words}) == count + 1
    pixels = {raster(each).pixels for each in (*unfinished(raster(words), count), words)}
    assert len(pixels) == count + 1
