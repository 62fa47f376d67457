"""Every text of a document with its place: what a search looks through, whatever format the document is in.

`Outline` is told what opens, closes and stands there, by a reader of JSON (`of_json`, which takes broken and cut-off
JSON, and several values one after the other) or of YAML (`mockai.files.scanning`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import orjson

NAMES = frozenset(("name", "key", "header", "field"))
"""Keys under which a mapping says what its value is called: `{name: cookie, value: …}`."""
VALUES = frozenset(("value", "values", "text", "string", "data", "equalto", "contains", "matches"))
"""Keys that say nothing but that here is the value of what is named above: `cookie: {equalTo: …}`."""
EVENT = re.compile(r"(?:data|event|id|retry)?:")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """A text, where it stands (`exchanges[0].request.path`), and from which line on, from 1.

    `labels` are the names under which it stands: its key, that of its list, the `name` beside it, the item before it,
    the key above it. `lined` says that its line breaks are those of the document, `again` that it holds what others
    have held.
    """

    value: str
    path: str = ""
    labels: tuple[str, ...] = ()
    line: int = 1
    lined: bool = False
    again: bool = False


@dataclass(slots=True)
class _Frame:
    path: str
    mapping: bool
    label: str
    key: str | None = None
    index: int = 0
    name: str | None = None
    texts: list[Text] = field(default_factory=list)


class Outline:
    """What stands where, while it is read: `open` and `close` for mappings and lists, `scalar` for all else.

    In a mapping the first scalar of two is the key. Each gives the texts that are complete by now.
    """

    def __init__(self) -> None:
        self._stack: list[_Frame] = []

    def open(self, mapping: bool) -> None:
        """A mapping or a list begins."""
        path, label = self._place()
        self._stack.append(_Frame(path, mapping, label))

    def close(self) -> Iterator[Text]:
        """It ends."""
        if not self._stack:
            return
        frame = self._stack.pop()
        for text in frame.texts:
            named = frame.name is not None and frame.name is not text.value
            yield replace(text, labels=(*text.labels, frame.name or "")) if named else text
        values = [text.value for text in frame.texts]
        if len(values) > 1 and not frame.mapping and all(EVENT.match(value) for value in values):
            yield Text("".join(values), f"{frame.path} (joined)", (), frame.texts[0].line, again=True)

    def scalar(self, value: str, line: int, text: bool = True, lined: bool = False) -> Iterator[Text]:
        """A scalar, which is a `text` or a number and the like."""
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.mapping and frame.key is None:
            frame.key = value
            yield Text(value, f"{frame.path} (key)", (), line)
            return
        key = frame.key if frame is not None and frame.mapping else None
        before = frame.texts[-1].value if frame is not None and not frame.mapping and frame.texts else None
        path, label = self._place()
        above = frame.label if frame is not None and key is not None and key.lower() in VALUES else None
        found = Text(value, path, tuple(dict.fromkeys(each for each in (label, before, above) if each)), line, lined)
        if frame is None:
            yield found
            return
        if key is not None and key.lower() in NAMES and text:
            frame.name = value
        if text:
            frame.texts.append(found)

    def end(self) -> Iterator[Text]:
        """The document ends, whatever is still open."""
        while self._stack:
            yield from self.close()

    def _place(self) -> tuple[str, str]:
        """Path and label of what comes next."""
        if not self._stack:
            return "", ""
        frame = self._stack[-1]
        if frame.mapping:
            key, frame.key = frame.key or "", None
            return f"{frame.path}.{key}" if frame.path else key, key
        frame.index += 1
        return f"{frame.path}[{frame.index - 1}]", frame.label


def of_json(text: str) -> Iterator[Text]:
    """The texts of some JSON: of one value, of several one after the other, or of as much as there is of one."""
    outline, breaks = Outline(), [match.start() for match in re.finditer("\n", text)]
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            outline.open(token == "{")
        elif token in "}]":
            yield from outline.close()
        elif token not in ":,":
            quoted = token.startswith('"')
            line = bisect_right(breaks, match.start()) + 1 if breaks else 1
            yield from outline.scalar(unquoted(token) if quoted else token, line, quoted)
    yield from outline.end()


def unquoted(token: str) -> str:
    """What a JSON string says, as far as there is one."""
    if len(token) > 1 and token.endswith('"') and "\\" not in token:
        return token[1:-1]
    try:
        value: str = orjson.loads(token)
        return value
    except orjson.JSONDecodeError:
        return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _character, token.strip('"'), flags=re.DOTALL)


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 5:
        return chr(int(code[1:], 16)) if not 0xD800 <= int(code[1:], 16) < 0xE000 else "\ufffd"
    return {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}.get(code, code)
