"""What every importer shares: is this the OpenAI API, what were the bytes, where did the events end."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from ..coding import CODINGS, CodingError, decode, sniff
from ..errors import ForeignFormatError
from ..http import Chunk, Exchange, Headers, Reply, Request, header
from ..operations import find
from ..tap import end_to_end
from .bodies import is_stream
from .streams import split


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange that could be restored, and what had to be done to it."""

    exchange: Exchange
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """An exchange that could not be restored: which one, and why. `elsewhere` says it was not with the OpenAI API."""

    what: str
    reason: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Scripted:
    """A stub that answers as the recording says, where that keeps no exchange: an entry of a stub file, by `what`."""

    entry: dict[str, Any]
    what: str
    notes: tuple[str, ...] = ()


class Elsewhere(ForeignFormatError):
    """The exchange was with another service than the OpenAI API."""


class Format(Protocol):
    """A module that reads one foreign format: four names, and the format is imported."""

    NAME: str
    """What people call it."""

    LOOKED_FOR: str
    """What makes a file one of these, for the message about a file that is none."""

    def recognise(self, text: str) -> bool:
        """Whether the file looks like one of these; cheap, and by content alone."""

    def read(self, text: str, folder: Path | None = None, /) -> Sequence[Kept | Lost | Scripted]:
        """Its exchanges as they were recorded, in order; ForeignFormatError if the file as a whole cannot be read.

        Files that it names are looked for beside it, in `folder`; without one they are not there.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """One half of a foreign exchange: headers as they were written, and the body, None if it was not kept.

    `rewritten` says that the recorder parsed the body, so that its bytes are made anew.
    """

    headers: Headers
    body: bytes | None
    rewritten: bool = False


UNTIMED = "stream timing unknown"
"""The note of a stream whose recorder did not say when its events came."""


def restore(method: str, url: str, asked: Message, status: Any, answered: Message) -> Kept:
    """The exchange that was recorded; ForeignFormatError with the reason if it is not known well enough."""
    method = method.upper()
    if not TOKEN.fullmatch(method):
        raise ForeignFormatError(f"{method[:80]!r} is not an HTTP method.")
    path, query, notes = place(method, url)
    code = status_of(status)
    if asked.body is None and needs_body(method, path, asked.headers):
        raise ForeignFormatError("The recording does not hold the request's body.")
    if answered.body is None and code not in (204, 304) and header(answered.headers, "content-length") != "0":
        raise ForeignFormatError("The recording does not hold the answer's body.")
    sent_headers, sent, request_notes = plain(asked, "request")
    headers, content, response_notes = plain(answered, "response")
    notes = (*notes, *request_notes, *response_notes)
    pieces = [content] if content else []
    if is_stream(headers):
        pieces = split(content)
        notes = (*notes, UNTIMED)
    reply = Reply(code, headers, tuple(Chunk(0.0, piece) for piece in pieces))
    route = find(method, path, query)
    operation = route.operation.id if route else None
    if operation is None:
        notes = (*notes, "not a route of today's API")
    return Kept(Exchange(Request(method, path, query, sent_headers, sent), reply, operation), notes)


def restored(
    recorded: Any, line: Callable[[Any], tuple[str, str]], whole: Callable[[Any], Kept], what: str = "interaction"
) -> list[Kept | Lost]:
    """Every exchange of a list, restored by `whole` or lost under the method and URL that `line` finds in it."""
    if not isinstance(recorded, list):
        raise ForeignFormatError("Its exchanges are not a list.")
    found: list[Kept | Lost] = []
    for number, each in enumerate(recorded, 1):
        name = f"{what} {number}"
        try:
            method, url = line(each)
            name = f"{name}, {method} {url.partition('?')[0]}"
            found.append(whole(each))
        except ForeignFormatError as error:
            found.append(Lost(name, str(error), isinstance(error, Elsewhere)))
    return found


def line(recorded: Any) -> tuple[str, str]:
    """Method and URL, where they stand in a `request` as `method` and `url` or `uri`."""
    request = part(recorded, "request")
    return str(request.get("method")).upper(), str(request.get("url", request.get("uri")))


def part(recorded: Any, *names: str) -> Mapping[str, Any]:
    """The mapping below these names; ForeignFormatError if there is none."""
    for name in names:
        recorded = recorded.get(name) if isinstance(recorded, Mapping) else None
        if not isinstance(recorded, Mapping):
            raise ForeignFormatError(f"It has no {name}.")
    if not isinstance(recorded, Mapping):
        raise ForeignFormatError("It is not a mapping.")
    return recorded


def named(pairs: Any) -> list[tuple[Any, Any]]:
    """Headers or parameters written as a list of `{name, value}`."""
    if not isinstance(pairs, list) or not all(isinstance(pair, Mapping) for pair in pairs):
        raise ForeignFormatError("Its headers are not a list of names and values.")
    return [(pair.get("name"), pair.get("value")) for pair in pairs]


def beside(folder: Path | None, name: str) -> bytes:
    """The content of a file that a recording names; ForeignFormatError unless it is below the recording's folder."""
    if folder is None:
        raise ForeignFormatError(f"A body is in the file {name!r}, and where that is is not known.")
    try:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()):
            return path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ForeignFormatError(f"A body is in the file {name!r} in {folder}, which cannot be read: {why}.") from error
    raise ForeignFormatError(f"A body is in the file {name!r}, which is not below {folder}.")


def unbase64(stored: Any) -> bytes:
    """Bytes that text could not hold."""
    try:
        return base64.b64decode("".join(str(stored).split()), validate=True)
    except ValueError as error:
        raise ForeignFormatError(f"A body is not base64: {error}.") from error


OPENAI = re.compile(r"(^|\.)api\.openai\.com$")
AZURE = re.compile(r"\.(openai|cognitiveservices|services\.ai)\.azure\.com$")
OTHER_APIS = re.compile(r"(^|\.)(anthropic\.com|googleapis\.com|cohere\.(com|ai))$")
"""Vendors whose own API uses route names of OpenAI's (/v1/models, /v1/files) for its own things."""

INFERENCE = re.compile(r"/(chat/completions|completions|embeddings|responses|moderations|images|audio)(/|$)")
"""Routes that OpenAI-compatible providers serve, and that hardly mean anything else wherever they are mounted."""


def place(method: str, url: str) -> tuple[str, str, tuple[str, ...]]:
    """Path, query and notes of a recorded URL, if it is one of the OpenAI API or of an API made like it.

    Another provider's mount is cut off (`/api/v1/chat/completions` is `/v1/chat/completions`): it is the client's
    base URL, and the mock is asked without it. Raises ForeignFormatError for any other URL.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError as error:
        raise ForeignFormatError(f"Its URL cannot be read: {error}.") from error
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~[]") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~[]?")
    if OPENAI.search(host) or (AZURE.search(host) and "/openai/" in path):
        return path, query, ()
    vendor = OTHER_APIS.search(host)
    for cut in [place.start() for place in re.finditer(r"/(?=[^/])", path)]:
        route = path[cut:]
        mounted = cut == 0 or route.startswith(("/v1/", "/openai/"))
        if (INFERENCE.search(route) or (mounted and not vendor)) and find(method, route) is not None:
            return route, query, (f"{path[:cut]} cut off the path",) if cut else ()
    raise Elsewhere(f"{host or 'The empty host'} is not OpenAI's, and {method} {path} is not a route of its API.")


def status_of(value: Any) -> int:
    """A status code, however it was written (`200`, `"200"`, `"200 OK"`)."""
    said = re.match(r"\s*([1-5]\d\d)\b", str(value))
    if said is None:
        raise ForeignFormatError(f"Its status {value!r} is not an HTTP status.")
    return int(said[1])


def needs_body(method: str, path: str, headers: Headers) -> bool:
    """Whether this request had a body although none was recorded."""
    length, kind = header(headers, "content-length") or "", header(headers, "content-type") or ""
    if length.isdecimal():
        return int(length) > 0
    return kind.startswith("multipart/") or (method == "POST" and INFERENCE.search(path) is not None)


def plain(message: Message, side: str) -> tuple[Headers, bytes, tuple[str, ...]]:
    """A message without transport coding: its headers, its bytes, and notes on what was done.

    Many recorders store decoded bytes beside headers that still announce gzip, so the bytes decide, not the header.
    """
    body, coding = decoded(message.headers, message.body or b"")
    claimed = header(message.headers, "content-encoding")
    headers = tuple((name, value) for name, value in end_to_end(message.headers) if name != "content-encoding")
    notes = []
    if message.rewritten:
        notes.append(f"{side} body rewritten by its recorder")
    elif coding != "identity":
        notes.append(f"{side} body decoded from {coding}")
    elif claimed and body:
        notes.append(f"{side} body was stored decoded")
    return headers, body, tuple(notes)


READABLE = re.compile(r"json|^text/|^$")


def decoded(headers: Headers, body: bytes) -> tuple[bytes, str]:
    """The bytes without compression, and the coding that was taken off (`identity` if there was none)."""
    claimed = (header(headers, "content-encoding") or "").strip().lower()
    readable = READABLE.search(header(headers, "content-type") or "") is not None
    coding = sniff(body)
    if coding == "gzip" and not claimed and not readable:
        return body, "identity"  # a file that is itself a gzip file
    if coding == "identity" and claimed not in ("", "gzip") and not is_text(body):
        coding = claimed  # no magic bytes to tell it by
    try:
        return decode(body, coding), coding
    except CodingError as error:
        if coding != "gzip" and coding in CODINGS:
            return body, "identity"  # binary that was stored decoded, e.g. speech
        raise ForeignFormatError(f"A body cannot be decoded. {error}") from error


def is_text(body: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def headers_of(pairs: Iterable[tuple[Any, Any]]) -> Headers:
    """Header fields of any spelling as ours: names in lower case, one field for each value of a list.

    Values stay text, whatever number they should be: recorders put placeholders there. Raises ForeignFormatError for a
    name that cannot stand on the wire.
    """
    fields = []
    for name, values in pairs:
        if not isinstance(name, str) or not TOKEN.fullmatch(name.strip()):
            raise ForeignFormatError(f"{str(name)[:80]!r} is not the name of a header.")
        fields += [
            (name.strip().lower(), one_line(value))
            for value in (values if isinstance(values, list | tuple) else [values])
        ]
    return tuple(fields)


def one_line(value: Any) -> str:
    """A header's value as it can stand on the wire: one line, and bytes beyond ASCII as latin-1 reads them."""
    text = value.decode("latin-1") if isinstance(value, bytes) else "" if value is None else str(value)
    text = " ".join(text.split()) if re.search(r"[\x00-\x1f\x7f]", text) else text.strip()
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text
