"""A redaction at work: requests and answers as they may be written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from .coding import coded, coding_of, undone
from .errors import ApiError, RedactionFailed
from .http import Break, Chunk, Exchange, Headers, Reply, Request, header
from .jsonstyle import DEFAULT, dump, style_of
from .multipart import Part, boundary, build, parse, usual_headers
from .operations import find
from .pointers import put
from .redaction import PSEUDONYM, Redaction, expressions, places

EVENT = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
DATA = re.compile(rb"^data:[ ]?([^\r\n]*)(?:\r\n|\r|\n|\Z)", re.MULTILINE)
ANYWHERE = 4
"""Characters that a text must have to be looked for outside its place."""

Edit = tuple[int, int, bytes]
"""Bytes from one offset to another, and what stands there instead."""


@dataclass(slots=True)
class Cover:
    """What is done to one exchange: `counts` says how often, `seen` which texts became which pseudonyms."""

    redaction: Redaction
    operation: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, str] = field(default_factory=dict)

    def request(self, request: Request) -> Request:
        """The request without what has to go; the same again for one that was covered."""
        query = "&".join(self._parameter(pair) for pair in request.query.split("&"))
        body, headers = self.body(request.body, request.headers)
        return replace(
            request,
            path=self.text(request.path),
            query=self.text(query),
            headers=tuple((name, self.text(value)) for name, value in headers),
            body=body,
        )

    def reply(self, reply: Reply) -> Reply:
        """The answer without what has to go. A compressed body that has to be changed is written uncompressed, in one
        piece; of any other the pieces stay, as far as what they were cut from does."""
        headers = tuple((name, self.text(value)) for name, value in reply.headers)
        wire = reply.content
        media = header(reply.headers, "content-type") or ""
        if not wire or not self._inside:
            return replace(reply, headers=headers)
        if not coded(coding_of(reply.headers)) and media.lower().startswith("text/event-stream"):
            return replace(reply, headers=headers, body=recut(reply.body, self.events(wire)))
        body, left = self.body(wire, reply.headers, stream=media.lower().startswith("text/event-stream"))
        if body == wire:
            return replace(reply, headers=headers)
        headers = tuple((name, self.text(value)) for name, value in left if name != "content-length")
        steps = [step for step in reply.body if isinstance(step, Chunk)]
        if left == reply.headers and len(steps) > 1:
            return replace(reply, headers=headers, body=recut(reply.body, [(0, len(wire), body)]))
        breaks = [step for step in reply.body if isinstance(step, Break)]
        whole = Chunk(sum(step.after for step in steps), body)
        return replace(reply, headers=headers, body=(whole, *breaks))

    def body(self, data: bytes, headers: Headers, *, stream: bool = False) -> tuple[bytes, Headers]:
        """A body, and its headers, which lose a content coding where what it hides had to be changed."""
        if not data or not self._inside:
            return data, headers
        coding = coding_of(headers)
        if not coded(coding):
            return self._plain(data, header(headers, "content-type") or "", stream), headers
        plain = undone(data, coding or "")
        if plain is None:
            raise RedactionFailed(
                f"What has to be redacted in a body cannot be found: its coding {coding} cannot be undone, so nothing "
                "of the exchange was written. Let the sender use accept-encoding: identity."
            )
        changed = self._plain(plain, header(headers, "content-type") or "", stream)
        if changed == plain:
            return data, headers
        return changed, tuple(pair for pair in headers if pair[0] not in ("content-encoding", "content-length"))

    def text(self, text: str) -> str:
        """A text without what the patterns match; pseudonyms stay as they are."""
        if not text:
            return text
        for pattern, kind in expressions(self.redaction):
            kept, start = [], 0
            for done in (*PSEUDONYM.finditer(text), None):
                piece = text[start : done.start() if done else len(text)]
                kept.append(pattern.sub(partial(self._matched, kind), piece))
                if done:
                    kept.append(done[0])
                    start = done.end()
            text = "".join(kept)
        return text

    def anywhere(self, text: str) -> str:
        """A text without what the patterns match, and without what was seen to go elsewhere."""
        if self.seen:
            words = "|".join(map(re.escape, sorted(self.seen, key=len, reverse=True)))
            text = re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: self.seen[found[0]], text)
        return self.text(text)

    def value(self, value: Any) -> bool:
        """Change a JSON value in place; whether anything was to be changed in it."""
        touched = False
        for place in places(self.redaction, self.operation):
            if place.fixed:
                touched |= put(value, place.way, partial(self._fixed, place.instead))
            else:
                touched |= put(value, place.way, partial(self._covered, place.kind))
        return touched

    def events(self, data: bytes) -> list[Edit]:
        """What has to be changed in a stream of events."""
        edits: list[Edit] = []
        start = 0
        for end in (*(found.end() for found in EVENT.finditer(data)), len(data)):
            lines = [found for found in DATA.finditer(data[start:end]) if found[1] or found.end() > found.start()]
            if lines:
                old = b"\n".join(found[1] for found in lines)
                new = self._json(old)
                if new != old:
                    new = dump(json.loads(new)) if b"\n" in new else new  # an event has its JSON on one line
                    edits.append((start + lines[0].start(1), start + lines[0].end(1), new))
                    edits += [(start + found.start(), start + found.end(), b"") for found in lines[1:]]
            start = end
        return edits

    @property
    def _inside(self) -> bool:
        """Whether anything in a body may have to be changed."""
        return bool(self.redaction.json or self.redaction.patterns or self.redaction.multipart)

    def _plain(self, data: bytes, media: str, stream: bool) -> bytes:
        if stream:
            return _edited(data, self.events(data))
        mark = boundary(media)
        if mark is not None:
            try:
                parts = parse(media, data)
            except ApiError:
                return self._text(data)
            covered = [self._part(part) for part in parts]
            return data if tuple(covered) == parts else build(covered, mark)
        if media.lower().startswith("application/x-www-form-urlencoded"):
            pairs = parse_qsl(data.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
            changed = [(name, self._field(name, self.text(value))) for name, value in pairs]
            return data if changed == pairs else urlencode(changed, errors="surrogateescape").encode()
        return self._json(data)

    def _json(self, data: bytes) -> bytes:
        """Bytes that may be JSON; its spelling stays where it has a name."""
        found = style_of(data) if data.lstrip(b" \t\r\n")[:1] in (b"{", b"[", b'"') else None
        try:
            value, style = found or (json.loads(data), DEFAULT)
        except (ValueError, RecursionError):
            return self._text(data)
        try:
            before = self.counts.total()
            touched = self.value(value)
            value = self._searched(value) if self.redaction.patterns else value
            if not touched and self.counts.total() == before:
                return data
            if found is None:
                json.dumps(value, allow_nan=False)  # raises for numbers that would be written as null
            return dump(value, style)
        except (ValueError, RecursionError):
            raise RedactionFailed(
                "What has to be redacted stands in JSON that cannot be written again (nested too deep, or halves of "
                "characters), so nothing of the exchange was written."
            ) from None

    def _text(self, data: bytes) -> bytes:
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _searched(self, value: Any) -> Any:
        """A JSON value with patterns taken out of its texts and names."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self._searched(inner) for name, inner in value.items()}
        return [self._searched(inner) for inner in value] if isinstance(value, list) else value

    def _covered(self, kind: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._named(value, kind, "json")
        if isinstance(value, dict):
            return {name: self._covered(kind, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._covered(kind, inner) for inner in value]
        if value:  # true, or a number
            self.counts["json"] += 1
        return value and type(value)()

    def _fixed(self, instead: Any, _value: Any) -> Any:
        self.counts["json"] += 1
        return instead

    def _matched(self, kind: str, found: re.Match[str]) -> str:
        return self._named(found[0], kind, "patterns")

    def _named(self, text: str, kind: str, rule: str) -> str:
        name = self.redaction.pseudonym(kind, text)
        if name != text:
            self.counts[rule] += 1
            if len(text) >= ANYWHERE:
                self.seen[text] = name
        return name

    def _parameter(self, pair: str) -> str:
        name, _, value = pair.partition("=")
        if not value or unquote_plus(name).lower() not in self.redaction.query:
            return pair
        return f"{name}={self._named(unquote_plus(value), unquote_plus(name), 'query')}"

    def _field(self, name: str, value: str) -> str:
        return self._named(value, name, "multipart") if name.lower() in self.redaction.multipart else value

    def _part(self, part: Part) -> Part:
        """A field of a form; one that is named loses the name of its file as well."""
        old = part.data.decode("utf-8", "surrogateescape")
        data = self._field(part.name, self._text_of(part, old)).encode("utf-8", "surrogateescape")
        filename = part.filename and self._field(part.name, self.text(part.filename))
        headers = tuple((name, self.text(value)) for name, value in part.headers)
        if filename != part.filename:
            headers = usual_headers(part.name, filename, part.content_type)
        return Part(part.name, filename, part.content_type, headers, data)

    def _text_of(self, part: Part, text: str) -> str:
        try:
            part.data.decode()
        except UnicodeDecodeError:
            return text
        return self.text(text)


def cover(redaction: Redaction, request: Request) -> Cover:
    """What covers the exchange of a request."""
    route = find(request.method, request.path, request.query)
    return Cover(redaction, route.operation.id if route else None)


def texts_of(redaction: Redaction, request: Request) -> dict[str, str]:
    """What is taken out of a request, and what stands for it."""
    covering = cover(redaction, request)
    with suppress(RedactionFailed):
        covering.request(request)
    return covering.seen


def withheld(redaction: Redaction, exchange: Exchange) -> Exchange:
    """An exchange for readers: covered, and without headers that are dropped; where that fails, without its bodies."""
    try:
        left = redaction.filtered(exchange)
        if left is None:
            raise RedactionFailed("The filter lets nobody read it.")
        covering = cover(redaction, exchange.request)
        request, reply = covering.request(left.request), covering.reply(left.reply)
    except RedactionFailed:
        instead = b"(withheld by the rules of redaction)"
        request = replace(exchange.request, path="/", query="", headers=(), body=instead)
        reply = replace(exchange.reply, headers=(), body=(Chunk(0.0, instead),))
    headers = tuple(pair for pair in reply.headers if pair[0] not in redaction.headers)
    return replace(exchange, request=request, reply=replace(reply, headers=headers))


def recut(body: Sequence[Chunk | Break], edits: Sequence[Edit]) -> tuple[Chunk | Break, ...]:
    """A timeline whose bytes were edited: each piece ends where it ended, inside an edit as far in as there is."""
    if not edits:
        return tuple(body)
    wire = b"".join(step.data for step in body if isinstance(step, Chunk))
    changed = _edited(wire, edits)
    cut: list[Chunk | Break] = []
    old = new = shift = index = 0
    for step in body:
        if not isinstance(step, Chunk):
            cut.append(step)
            continue
        old += len(step.data)
        while index < len(edits) and edits[index][1] <= old:
            shift += len(edits[index][2]) - (edits[index][1] - edits[index][0])
            index += 1
        end = old + shift
        if index < len(edits) and edits[index][0] < old:
            begin, _, put_in = edits[index]
            end = begin + shift + min(old - begin, len(put_in))
        cut.append(replace(step, data=changed[new:end]))
        new = end
    return tuple(cut)


def _edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    pieces, start = [], 0
    for begin, end, new in edits:
        pieces += [data[start:begin], new]
        start = end
    return b"".join([*pieces, data[start:]])
