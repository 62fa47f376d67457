"""The text in a file, as far as it can honestly be read: plain text, code, web pages, Office documents, simple PDFs."""

from __future__ import annotations

import re
from base64 import a85decode
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from html.parser import HTMLParser
from io import BytesIO

PLAIN = frozenset(
    re.findall(r"\w+", "c cpp cs css go html java js json md php py rb sh tex ts txt"),
)
"""Extensions of plain text that file search takes, as its documentation lists them."""

OFFICE = {"docx": r"word/document\.xml", "pptx": r"ppt/slides/slide\d+\.xml"}
"""Extensions of zipped documents, and where in them the text is."""


class Unreadable(Exception):
    """A file without a text that could be found; `code` and `message` are what the API says of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def text_of(name: str, data: bytes) -> str:
    """The text in a file called `name`; a name without extension is taken for plain text.

    Raises Unreadable, in the API's words, for types that file search does not take, and for what is broken or empty.
    """
    stem, _, extension = name.rpartition(".")
    kind = extension.lower() if stem else "txt"
    if kind in PLAIN:
        text = _plain(data)
    elif kind in OFFICE:
        text = _office(data, OFFICE[kind])
    elif kind == "pdf":
        text = _pdf(data)
    else:
        raise Unreadable("unsupported_file", "The file type is not supported.")
    if kind == "html":
        text = _Page.read(text)
    if not text.strip():
        raise Unreadable("invalid_file", "The file could not be parsed because it is empty.")
    return text


def _broken() -> Unreadable:
    return Unreadable("invalid_file", "The file could not be parsed.")


def _plain(data: bytes) -> str:
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        raise Unreadable("unsupported_file", "The file type is not supported.") from None
    if "\0" in text:
        raise Unreadable("unsupported_file", "The file type is not supported.")
    return text


class _Page(HTMLParser):
    """Collects what a reader of a web page sees of it."""

    HIDDEN = ("script", "style", "template")
    BLOCKS = frozenset(re.findall(r"\w+", "p div br li tr h1 h2 h3 h4 h5 h6 section article table ul ol pre header"))

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    @classmethod
    def read(cls, page: str) -> str:
        reader = cls()
        reader.feed(page)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.hidden += tag in self.HIDDEN
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.HIDDEN and self.hidden > 0
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def _office(data: bytes, where: str) -> str:
    """The paragraphs of a zipped document, in the order of its parts."""
    from xml.etree import ElementTree
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(BytesIO(data)) as packed:
            names = sorted((name for name in packed.namelist() if re.fullmatch(where, name)), key=_number)
            trees = [ElementTree.fromstring(packed.read(name)) for name in names]
    except (BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError):
        raise _broken() from None
    paragraphs = (each for tree in trees for each in tree.iter() if each.tag.endswith("}p"))
    return "\n".join("".join(part.text or "" for part in each.iter() if part.tag.endswith("}t")) for each in paragraphs)


def _number(name: str) -> int:
    return int("0" + "".join(filter(str.isdigit, name)))


def _pdf(data: bytes) -> str:
    """The strings that a PDF's pages show, where they are written in letters; many PDFs number glyphs instead."""
    if not data.startswith(b"%PDF"):
        raise _broken()
    lines: list[str] = []
    for head, body in re.findall(rb"<<((?:(?!endobj).)*?)>>\s*stream\r?\n(.*?)\r?\n?endstream", data, re.DOTALL):
        lines += map(_shown, re.findall(rb"\bBT\b(.*?)\bET\b", _unpacked(head, body), re.DOTALL))
    text = "\n".join(line for line in lines if line)
    if not text or not all(letter.isprintable() or letter.isspace() for letter in text):
        raise _broken()
    return text


def _unpacked(head: bytes, body: bytes) -> bytes:
    """The bytes of a stream behind the filters that its dictionary names; none where they do not fit."""
    import zlib

    try:
        if b"ASCII85Decode" in head:
            body = a85decode(b"<~" + body.strip().removeprefix(b"<~"), adobe=True)
        return zlib.decompress(body) if b"FlateDecode" in head else body
    except (ValueError, zlib.error):
        return b""


_PDF_TEXT = re.compile(
    rb"\((?P<string>(?:\\.|[^\\()])*)\)|(?<!<)<(?P<hex>[0-9A-Fa-f\s]*)>|(?P<line>\b(?:Td|TD|Tm)\b|T\*|')"
    rb"|(?<=[\s)\]>])(?P<gap>-\d{3,})",
    re.DOTALL,
)


def _shown(block: bytes) -> str:
    """The text of one text object: its strings; each move to another line, or far to the right, parts them."""
    parts = (_part(found) for found in _PDF_TEXT.finditer(block))
    return re.sub(r"\s*\n\s*", "\n", "".join(parts)).strip()


def _part(found: re.Match[bytes]) -> str:
    if found["line"] is not None:
        return "\n"
    if found["gap"] is not None:
        return " "
    if found["hex"] is not None:
        digits = b"".join(found["hex"].split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("cp1252", "replace")
    return re.sub(rb"\\([0-7]{1,3}|.)", _plainly, found["string"], flags=re.DOTALL).decode("cp1252", "replace")


def _plainly(escape: re.Match[bytes]) -> bytes:
    """What stands behind a backslash in a string of a PDF."""
    told = escape[1]
    return bytes([int(told, 8) & 255]) if told.isdigit() else _ESCAPED.get(told, told)


_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
