"""A body as people read it, and the same bytes again: JSON as YAML, text, base64, a side file, form parts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..coding import coded, coding_of, undone
from ..errors import ApiError
from ..http import Headers, header
from ..jsonstyle import DEFAULT, dump, style_of
from ..multipart import Part, boundary, build, parse, usual_headers
from .fields import Fields
from .sidefiles import name_of
from .yamltext import DEEPEST, FlowDict

SMALL = 1024
"""Bytes up to which a binary body stays inside the YAML."""

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
JSON_MEDIA = re.compile(r"\s*application/([\w.+-]*\+)?json\s*(;|$)", re.IGNORECASE)
BOUNDARY = re.compile(r'boundary\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.IGNORECASE)
FORMS = ("json", "text", "base64", "file", "body", "multipart")
DEEPEST_JSON = DEEPEST - 20

Sides: TypeAlias = dict[str, bytes]
"""Side files by name."""
Reader: TypeAlias = Callable[[str, int | None, str], bytes]
"""Gives the content of a side file: name, size if recorded, and where messages say it was named."""


def shown(data: bytes, sides: Sides) -> dict[str, Any]:
    """The most readable form that gives exactly `data` again; nothing for no bytes. Large binaries go to `sides`."""
    if not data:
        return {}
    if data.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        found = style_of(data)
        if found and _depth(found[0]) <= DEEPEST_JSON:
            value, style = found
            return {"json": value} if style == DEFAULT else {"json": value, "json_style": style}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return binary(data, sides)
    return binary(data, sides) if UNREADABLE.search(text) else {"text": text}


def binary(data: bytes, sides: Sides) -> dict[str, Any]:
    """Bytes as base64 while they are few, else as a side file."""
    if len(data) <= SMALL:
        return {"base64": base64.b64encode(data).decode()}
    sides[name_of(data)] = data
    return {"file": name_of(data), "size": len(data)}


def whole(data: bytes, headers: Headers, sides: Sides) -> dict[str, Any]:
    """The keys that describe a whole body: its readable form, its coding, and its wire bytes where they are coded."""
    parts = form(headers, data)
    if parts is not None:
        return {"multipart": [_part_shown(part, sides) for part in parts]}
    coding = coding_of(headers)
    if not coded(coding):
        readable = _nested(shown(data, sides))
        return readable if coding is None else {**readable, "content_coding": coding}
    plain = undone(data, coding or "")
    readable = {} if plain is None else shown(plain, {})
    if not {"json", "text"} & set(readable):
        return {**_nested(binary(data, sides) if data else {}), "content_coding": coding}
    return {**readable, "content_coding": coding, "wire": FlowDict(binary(data, sides))}


def restored(fields: Fields, headers: Headers, read: Reader) -> bytes:
    """The wire bytes that `whole` described. Raises CassetteError where its keys contradict each other."""
    coding = fields.maybe("content_coding", str)
    if "multipart" in fields.values:
        mark = boundary(header(headers, "content-type") or "")
        if mark is None:
            raise fields.fault("multipart needs a content-type header with a boundary.")
        parts = fields.need("multipart", list)
        return build(
            [_part_restored(part, f"{fields.where}.multipart[{n}]", read) for n, part in enumerate(parts)], mark
        )
    readable = bytes_of(fields, read)
    if "wire" in fields.values:
        return agreed(fields, readable, coding, read)
    if coded(coding) and {"json", "text"} & set(fields.values):
        raise fields.fault(
            f"the body is shown readably, yet content_coding says {coding} and there are no wire bytes. "
            "Remove content_coding as well, and the body is sent as shown."
        )
    return readable


def agreed(fields: Fields, readable: bytes, coding: str | None, read: Reader) -> bytes:
    """The `wire` bytes, which must say the same as the readable form beside them."""
    below = fields.below("wire")
    wire = bytes_of(below, read)
    if undone(wire, coding or "") != readable:
        raise fields.fault(
            "the wire bytes do not say what the readable body says. To edit a compressed body, change the readable "
            "form and remove wire and content_coding; it is then sent uncompressed."
        )
    return wire


def bytes_of(fields: Fields, read: Reader) -> bytes:
    """The bytes of the one form a mapping has; none where it has no form."""
    forms = [key for key in FORMS if key in fields.values]
    if len(forms) > 1:
        raise fields.fault(f"{' and '.join(forms)} are two forms of one body; keep one of them.")
    if not forms:
        return b""
    match forms[0]:
        case "json":
            style = fields.maybe("json_style", str) or DEFAULT
            try:
                return dump(fields.values["json"], style)
            except (ValueError, RecursionError) as error:
                raise fields.fault(f"json cannot be written as {style}: {error}") from None
        case "text":
            text: str = fields.need("text", str)
            return text.encode()
        case "base64":
            try:
                return base64.b64decode("".join(fields.need("base64", str).split()), validate=True)
            except (binascii.Error, ValueError):
                raise fields.fault("base64 is not base64.") from None
        case "file":
            return read(fields.need("file", str), fields.maybe("size", int), fields.where)
        case "body":
            return bytes_of(fields.below("body"), read)
        case other:
            raise fields.fault(f"{other} cannot stand here.")


def form(headers: Headers, data: bytes) -> tuple[Part, ...] | None:
    """The parts of a multipart body, or None where it is none or its exact bytes could not be built from them."""
    media = header(headers, "content-type") or ""
    mark = boundary(media)
    if mark is None or coded(coding_of(headers)):
        return None
    try:
        parts = parse(media, data)
        rebuilt = build(parts, mark)
        "".join(f"{part.name}{part.filename}{part.headers}" for part in parts).encode()
    except (ApiError, UnicodeEncodeError):
        return None
    # Some clients leave out the last line feed; no server cares.
    return parts if rebuilt in (data, data + b"\r\n") else None


def canonical(headers: Headers, data: bytes) -> tuple[Headers, bytes]:
    """A multipart body under a boundary that depends on its parts alone: clients draw theirs by lot."""
    parts = form(headers, data)
    if parts is None:
        return headers, data
    mark = "mockai-" + hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    if mark.encode() in data and boundary(header(headers, "content-type") or "") != mark:
        return headers, data
    fixed = tuple(
        (name, BOUNDARY.sub(f"boundary={mark}", value, count=1) if name == "content-type" else value)
        for name, value in headers
    )
    if boundary(header(fixed, "content-type") or "") != mark:
        return headers, data
    return fixed, build(parts, mark)


def is_json(headers: Headers) -> bool:
    """Whether the body says it is one JSON value."""
    return bool(JSON_MEDIA.match(header(headers, "content-type") or ""))


def is_stream(headers: Headers) -> bool:
    """Whether an answer says it is a stream of server-sent events."""
    return (header(headers, "content-type") or "").lower().startswith("text/event-stream")


def _nested(readable: dict[str, Any]) -> dict[str, Any]:
    return {"body": FlowDict(readable)} if "file" in readable else readable


def _part_shown(part: Part, sides: Sides) -> dict[str, Any]:
    told: dict[str, Any] = {"name": part.name}
    if part.filename is not None:
        told["filename"] = part.filename
    if part.content_type is not None:
        told["type"] = part.content_type
    if part.headers != usual_headers(part.name, part.filename, part.content_type):
        told["headers"] = [[name, value] for name, value in part.headers]
    return {**told, **(shown(part.data, sides) or {"text": ""})}


def _part_restored(value: Any, where: str, read: Reader) -> Part:
    if not isinstance(value, Mapping):
        raise Fields({}, where).fault("a part must be a mapping.")
    fields = Fields(value, where)
    name, filename, media = fields.need("name", str), fields.maybe("filename", str), fields.maybe("type", str)
    usual = usual_headers(name, filename, media)
    lines = usual if "headers" not in value else pairs(fields, "headers")
    return Part(name, filename, media, lines, bytes_of(fields, read))


def pairs(fields: Fields, key: str) -> Headers:
    """Header lines: a mapping, or a list of pairs where one name stands twice."""
    value = fields.values.get(key)
    if value is None:
        return ()
    found = []
    for line in value.items() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        name, text = line if isinstance(line, (tuple, list)) and len(line) == 2 else (None, None)
        if not isinstance(name, str) or not isinstance(text, str):
            raise fields.fault(f"{key} must be a mapping or a list of [name, value], all text (quote numbers: '98').")
        found.append((name, text))
    return tuple(found)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for entry in level
            if isinstance(entry, (dict, list))
            for child in (entry.values() if isinstance(entry, dict) else entry)
        ]
    return depth
