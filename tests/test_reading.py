"""The text in files: what is read of each sort, and what is said of the others."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib

import pytest

from mockai.reading import Unreadable, text_of

SHOWS = rb"BT /F1 12 Tf 72 700 Td (Hello \(w\303\)) Tj 0 -14 Td [(Se) 20 (cond) -250 (line)] TJ ET BT (x\n) Tj ET"
UNSUPPORTED = ("unsupported_file", "The file type is not supported.")
BROKEN = ("invalid_file", "The file could not be parsed.")
EMPTY = ("invalid_file", "The file could not be parsed because it is empty.")


def a85(stream: bytes) -> bytes:
    return base64.a85encode(zlib.compress(stream)) + b"~>"


def pdf(stream: bytes, filters: bytes = b"/Filter /FlateDecode") -> bytes:
    data = zlib.compress(stream) if filters == b"/Filter /FlateDecode" else stream
    return b"%PDF-1.4\n1 0 obj <</Length 9 " + filters + b">>\nstream\n" + data + b"\nendstream\nendobj\n%%EOF"


def office(**parts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return packed.getvalue()


def paragraphs(*texts: str) -> str:
    return f"<x xmlns:w='u'>{''.join(f'<w:p><w:t>{text}</w:t><w:t>.</w:t></w:p>' for text in texts)}</x>"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.txt", "hé\n".encode(), "hé\n"),
        ("a.MD", b"\xef\xbb\xbf# hi", "# hi"),
        ("a.txt", "hé".encode("utf-16"), "hé"),
        ("README", b"ok", "ok"),
        (".py", b"print()", "print()"),
        ("a.json", b'{"a": 1}', '{"a": 1}'),
        (
            "a.html",
            b"<head><title>T</title><script>no</script></head><p>Hi <b>you</b><ul><li>a<li>b &amp; c",
            "T\nHi you\na\nb & c",
        ),
        ("a.docx", office(word__document_xml=paragraphs("One", "two")), "One.\ntwo."),
        (
            "a.pptx",
            office(ppt__slides__slide10_xml=paragraphs("ten"), ppt__slides__slide2_xml=paragraphs("two")),
            "two.\nten.",
        ),
        ("a.pdf", pdf(SHOWS), "Hello (wÃ)\nSecond line\nx"),
        ("a.pdf", pdf(b"BT (plain) Tj T* (next) ' ET", b""), "plain\nnext"),
        ("a.pdf", pdf(b"BT [<48656C6C> -300 <6f2>] TJ ET", b""), "Hell o"),
        ("a.pdf", pdf(a85(b"BT (packed) Tj ET"), b"/Filter [/ASCII85Decode /FlateDecode]"), "packed"),
    ],
)
def test_what_is_read(name: str, data: bytes, text: str) -> None:
    assert text_of(name, data) == text


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"a,b", UNSUPPORTED),
        ("a.png", b"\x89PNG", UNSUPPORTED),
        ("a.txt", b"\xff\x00\x81", UNSUPPORTED),
        ("a.txt", b"a\0b", UNSUPPORTED),
        ("a.txt", b" \n", EMPTY),
        ("a.html", b"<p></p>", EMPTY),
        ("a.docx", b"PK", BROKEN),
        ("a.docx", office(word__document_xml="<"), BROKEN),
        ("a.docx", office(other="x"), EMPTY),
        ("a.pdf", b"hello", BROKEN),
        ("a.pdf", b"%PDF-1.4", BROKEN),
        ("a.pdf", pdf(b"BT <0012> Tj ET"), BROKEN),
        ("a.pdf", pdf(b"z~x", b"/Filter /ASCII85Decode"), BROKEN),
        ("a.pdf", pdf(rb"BT (\001\002) Tj ET"), BROKEN),
        ("a.pdf", pdf(b"", b"/Filter /FlateDecode").replace(b"x\x9c", b"zz"), BROKEN),
    ],
)
def test_what_is_said_of_the_others(name: str, data: bytes, said: tuple[str, str]) -> None:
    with pytest.raises(Unreadable) as caught:
        text_of(name, data)
    assert (caught.value.code, caught.value.message) == said
