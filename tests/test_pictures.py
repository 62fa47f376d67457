"""Pictures: every format holds the size, the colours and the words it was asked for; Pillow opens them."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockai.drawing import Drawing, Picture, Raster, drawn, raster
from mockai.gif import gif
from mockai.lettering import plain, squares
from mockai.pictures import MEDIA, base64_of, encoded, picture

CHANNEL = st.integers(0, 255)
PAPERS = st.tuples(CHANNEL, CHANNEL, CHANNEL, st.sampled_from((0, 255)))
SIDE = st.integers(1, 200)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
few = settings(max_examples=40, deadline=None)


def opened(data: bytes, form: str) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    assert image.format == form.upper()
    return image


def pixels(data: bytes, form: str) -> bytes:
    return opened(data, form).convert("RGBA").tobytes()


def off(one: bytes, other: bytes) -> int:
    """How far two pictures are from each other where they differ most."""
    return max((abs(old - new) for old, new in set(zip(one, other, strict=True))), default=0)


@few
@given(SIDE, SIDE, TEXTS, PAPERS)
@pytest.mark.parametrize("form", ["png", "webp", "jpeg", "gif"])
def test_a_drawing_looks_the_same_in_every_format(
    form: str, width: int, height: int, text: str, paper: tuple[int, int, int, int]
) -> None:
    shown = drawn(width, height, text, paper)
    seen, wanted = pixels(encoded(form, shown), form), raster(shown)
    if form in ("jpeg", "gif"):
        wanted = wanted.solid()
    assert off(seen, wanted.pixels) <= (4 if form == "jpeg" else 0)


@few
@given(st.data(), st.integers(1, 24), st.integers(1, 24))
@pytest.mark.parametrize("form", ["png", "webp"])
def test_any_pixels_keep_as_they_are(form: str, data: st.DataObject, width: int, height: int) -> None:
    size = width * height * 4
    shown = Raster(width, height, data.draw(st.binary(min_size=size, max_size=size)))
    shown = data.draw(st.sampled_from((shown, shown.solid())))
    image = opened(encoded(form, shown), form)
    assert image.mode == ("RGBA" if shown.clear else "RGB")
    seen, wanted = bytearray(image.convert("RGBA").tobytes()), bytearray(shown.pixels)
    for place in range(0, size, 4) if form == "webp" else ():
        if not wanted[place + 3]:  # Pillow's decoder of WebP blackens what cannot be seen
            seen[place : place + 4] = wanted[place : place + 4]
    assert seen == wanted


@few
@given(st.integers(1, 90), st.integers(1, 90))
def test_a_jpeg_has_the_colour_in_the_middle_of_each_block(width: int, height: int) -> None:
    line = [bytes([column * 2, 255 - column, 90, 255]) for column in range(width)]
    shown = Raster(width, height, b"".join(line) * height)
    seen = opened(encoded("jpeg", shown), "jpeg").convert("RGB").tobytes()
    for column in range(0, width, 8):
        middle = min(column + 4, width - 1)
        assert off(seen[column * 3 : column * 3 + 3], line[middle][:3]) <= 5


@pytest.mark.parametrize("text", ["", "two colours"])
def test_a_gif_moves(text: str) -> None:
    frames = [drawn(300, 210, text, (red, 1, 2, 255)) for red in (9, 200, 90)]
    image = Image.open(BytesIO(gif(frames, 50)))
    assert (image.info["duration"], image.info["loop"]) == (500, 0)
    for place, frame in enumerate(frames):
        image.seek(place)
        assert image.convert("RGBA").tobytes() == raster(frame).pixels
    with pytest.raises(EOFError):
        image.seek(3)


def test_a_gif_may_need_more_codes_than_a_table_holds() -> None:
    assert pixels(picture("gif", 3000, 2900, (1, 2, 3)), "gif") == b"\1\2\3\xff" * 3000 * 2900


def test_an_svg_is_a_rectangle_and_lines_of_text() -> None:
    assert b"<text" not in picture("svg", 3, 5, (1, 2, 255))
    data = picture("svg", 512, 256, (1, 2, 255), "rich <&> red")
    assert b'width="512" height="256"' in data
    assert b'fill="#0102ff"' in data
    assert data.count(b"<text") == 2
    assert b"&lt;&amp;&gt;" in data


@pytest.mark.parametrize("form", MEDIA)
def test_every_format_is_drawn_and_is_the_same_each_time(form: str) -> None:
    assert base64_of(picture(form, 160, 160, (1, 2, 3), "a")) == base64_of(picture(form, 160, 160, (1, 2, 3), "a"))
    assert picture(form, 160, 160, (1, 2, 3), "a") != picture(form, 160, 160, (1, 2, 3), "b")


def shown(drawing: Drawing) -> list[str]:
    return ["".join(".#"[square] for square in row) for row in drawing.rows()]


def test_letters_are_drawn_with_a_margin() -> None:
    assert shown(drawn(104, 64, "hi", (0, 0, 0, 255))) == [
        ".............",
        ".#...#..###..",
        ".#...#...#...",
        ".#####...#...",
        ".#...#...#...",
        ".#...#..###..",
        ".............",
        ".............",
    ]


@pytest.mark.parametrize(
    ("text", "words", "cell"),
    [
        ("a red fox", ("A", "RED", "FOX"), 40),
        ("Ärger über\nnaïve  Façaden", ("ARGER UBER", "NAIVE", "FACADEN"), 16),
        ("x" * 2000, ("X" * 21,) * 18, 8),
        ("", (), 64),
    ],
)
def test_letters_are_as_large_as_the_words_allow(text: str, words: tuple[str, ...], cell: int) -> None:
    made = drawn(1024, 1024, text, (255, 255, 255, 255))
    assert (made.words, made.cell) == (words, cell)


def test_ink_stands_out_from_the_paper() -> None:
    assert drawn(8, 8, "", (250, 250, 250, 255)).ink == (16, 16, 16, 255)
    assert drawn(8, 8, "", (0, 0, 90, 0)).ink == (255, 255, 255, 255)


def test_every_letter_has_a_shape_of_its_own_and_others_have_one_in_common() -> None:
    known = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"-+*/=()<>[]{}&%#@$_|\\"
    assert len({squares((char,), 6, 7) for char in known}) == len(known)
    assert squares(("日",), 6, 7) == squares(("本",), 6, 7)


@given(TEXTS, SIDE, SIDE)
def test_what_does_not_fit_is_cut(text: str, width: int, height: int) -> None:
    made = drawn(width, height, text, (0, 0, 0, 255))
    across, down = -(-width // made.cell), -(-height // made.cell)
    assert [len(row) for row in made.rows()] == [across] * down
    assert "".join(plain(text).split()).startswith("".join("".join(made.words).split()))


def rainbow(width: int, height: int) -> Raster:
    return Raster(width, height, bytes(place * 7 % 256 for place in range(width * height * 4)))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_scaling_takes_the_nearest_pixel(width: int, height: int, wide: int, high: int) -> None:
    small = rainbow(width, height)
    large = small.scaled(wide, high)
    assert len(large.pixels) == wide * high * 4
    for row, column in ((0, 0), (high - 1, wide - 1), (high // 2, wide // 3)):
        old = 4 * (row * height // high * width + column * width // wide)
        new = 4 * (row * wide + column)
        assert large.pixels[new : new + 4] == small.pixels[old : old + 4]


@pytest.mark.parametrize("made", [drawn(16, 8, "", (10, 20, 30, 0)), rainbow(16, 8)])
def test_mixing_with_a_colour_leaves_out_how_opaque_it_is(made: Picture) -> None:
    assert raster(made.toward((1, 2, 3), 0.0)) == raster(made)
    whole, before = raster(made.toward((1, 2, 3), 1.0)), raster(made)
    assert whole.pixels[:3] == b"\1\2\3"
    assert whole.pixels[3::4] == before.pixels[3::4]
