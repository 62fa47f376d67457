"""multipart/form-data, read into parts and written again: what file uploads travel in (RFC 7578)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import BadRequest
from .http import Headers
from .value import value

PARAMETER = re.compile(r';\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))')


@value(frozen=True, slots=True)
class Part:
    """One field of a form. `headers` are its header lines as sent, names as they were spelled; `data` its bytes.

    `name`, `filename` and `content_type` are read out of them; the last two are None where nothing was said.
    """

    name: str
    filename: str | None = None
    content_type: str | None = None
    headers: Headers = ()
    data: bytes = b""


def boundary(content_type: str) -> str | None:
    """The boundary a content-type header names (quoted or not), or None where it is not multipart or has none."""
    if not content_type.strip().lower().startswith("multipart/"):
        return None
    return _parameters(content_type).get("boundary") or None


def parse(content_type: str, body: bytes) -> tuple[Part, ...]:
    """The parts of a body in their order. Line ends may be bare line feeds.

    Raises BadRequest in the API's words where there is no boundary, or the body does not keep to it.
    """
    mark = boundary(content_type)
    if mark is None:
        raise BadRequest("Missing boundary in the multipart content-type header.")
    marker = re.compile(rb"(?:\A|\r?\n)--" + re.escape(_bytes(mark)) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    parts: list[Part] = []
    start = None
    for found in marker.finditer(body):
        if start is not None:
            parts.append(_part(body[start : found.start()]))
        if found[1]:
            return tuple(parts)
        start = found.end()
    raise BadRequest("Could not parse multipart form: the body ends before its closing boundary.")


def build(parts: Iterable[Part], mark: str) -> bytes:
    """The parts as a body with `mark` as its boundary, in the form clients send: CRLF, nothing before or after."""
    lines = []
    for part in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in part.headers)
        lines.append(b"--" + _bytes(mark) + b"\r\n" + _bytes(head) + b"\r\n" + part.data + b"\r\n")
    return b"".join([*lines, b"--" + _bytes(mark) + b"--\r\n"])


def usual_headers(name: str, filename: str | None, content_type: str | None) -> Headers:
    """The header lines most clients send for such a part."""
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    lines = (("Content-Disposition", disposition),)
    return lines if content_type is None else (*lines, ("Content-Type", content_type))


def _part(raw: bytes) -> Part:
    head, blank, data = raw.partition(b"\r\n\r\n")
    if not blank or (b"\n\n" in head):
        head, blank, data = raw.partition(b"\n\n")
    if not blank:
        raise BadRequest("Could not parse multipart form: a part has no blank line after its headers.")
    headers = []
    for line in head.lstrip(b"\r\n").splitlines():
        name, colon, value = _text(line).partition(":")
        if not colon:
            raise BadRequest(f"Could not parse multipart form: {name[:40]!r} is not a header.")
        headers.append((name, value.strip()))
    lower = {name.lower(): value for name, value in headers}
    facts = _parameters(lower.get("content-disposition", ""))
    if "name" not in facts:
        raise BadRequest("Could not parse multipart form: a part has no name.")
    name, filename, media = facts["name"], facts.get("filename"), lower.get("content-type")
    return Part(_readable(name), filename and _readable(filename), media and _readable(media), tuple(headers), data)


def _parameters(value: str) -> dict[str, str]:
    """The parameters after the first semicolon; quoted ones without their quotes, browsers' `%22` left as it is."""
    found: dict[str, str] = {}
    for match in PARAMETER.finditer(value):
        quoted = match[2]
        plain = match[3].strip() if quoted is None else re.sub(r'\\(["\\])', r"\1", quoted)
        found.setdefault(match[1].lower(), plain)
    return found


def _readable(text: str) -> str:
    """Text that JSON can hold."""
    return _bytes(text).decode("utf-8", "replace")


# Header bytes that are not UTF-8 must come back as they were.
def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
