"""Forms are read as clients write them, and written again to the byte."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.errors import BadRequest
from mockai.multipart import Part, boundary, build, parse, usual_headers

WORD = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\;\r\n', exclude_categories=["Cc", "Cs", "Z"]), min_size=1
)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    name = draw(WORD)
    filename = draw(st.none() | WORD)
    media = draw(st.none() | st.sampled_from(["text/plain; charset=utf-8", "application/octet-stream"]))
    return Part(name, filename, media, usual_headers(name, filename, media), draw(st.binary(max_size=200)))


@given(form=st.lists(parts(), max_size=4))
def test_what_is_built_is_read_again(form: list[Part]) -> None:
    mark = "=_Part boundary 0x1"
    assert parse(f'multipart/form-data; boundary="{mark}"', build(form, mark)) == tuple(form)


@given(
    body=st.binary(max_size=300)
    | st.lists(st.sampled_from([b"--b", b"\r\n", b"\n", b"--", b"a: b", b"x"])).map(b"".join)
)
def test_any_bytes_are_read_or_refused_in_the_apis_shape(body: bytes) -> None:
    with contextlib.suppress(BadRequest):
        parse("multipart/form-data; boundary=b", body)


@pytest.mark.parametrize(
    ("header", "mark"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b=c_d;e"', "a b=c_d;e"),
        ("multipart/form-data;boundary=----WebKit=_x; x=y", "----WebKit=_x"),
        ('multipart/form-data; boundary="a\\"b"', 'a"b'),
        ("multipart/form-data", None),
        ("application/json; boundary=abc", None),
    ],
)
def test_boundaries(header: str, mark: str | None) -> None:
    assert boundary(header) == mark


def test_line_feeds_alone_a_preamble_and_a_missing_type_are_taken() -> None:
    body = b"ignored\n--b\nContent-Disposition: form-data; name=plain\n\nline\n\nline\n--b--\nignored --b"
    assert [(part.name, part.data) for part in parse("multipart/form-data; boundary=b", body)] == [
        ("plain", b"line\n\nline")
    ]


def test_a_boundary_inside_the_data_is_data() -> None:
    mark = "b"
    form = (Part("a", headers=usual_headers("a", None, None), data=b"x--b\r\n-- b\r\n--bb\r\n\r\n\r\n"),)
    assert parse("multipart/form-data; boundary=b", build(form, mark)) == form


def test_names_that_are_not_utf8_come_back() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\r\n--b--\r\n'
    form = parse("multipart/form-data; boundary=b", body)
    assert build(form, "b") == body


@pytest.mark.parametrize(
    ("header", "body", "said"),
    [
        ("multipart/form-data", b"", "Missing boundary"),
        ("multipart/form-data; boundary=b", b"", "before its closing boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx", "before its closing boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n--b--", "no blank line"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense\r\n\r\nx\r\n--b--", "'nonsense' is not a header"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n\r\nx\r\n--b--", "has no name"),
    ],
)
def test_garbage_is_refused(header: str, body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse(header, body)
