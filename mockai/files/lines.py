"""The YAML that mockai itself writes, read line by line: several times as fast as all of YAML, or not at all.

What `read` gives is what libyaml would give; whatever it is not sure of, it leaves to libyaml by giving None. That is
everything a writer of cassettes does not use: comments, text folded over lines, flow inside flow, tags, anchors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import orjson

CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
DEEPEST = 100
"""Levels of nesting a file may have."""

ORDINARY = bytes(range(32, 127)) + b"\n"
# Characters that end a line for libyaml, that it takes for none at all, or that it refuses.
STRANGE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
KEY = re.compile(r"""[A-Za-z_$][\w$./-]{0,100}|'[^'"\\]{1,100}'|"[^'"\\]{1,100}\"""", re.ASCII)
INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@` ")
TELLING = frozenset("-0123456789~nNtTfF")
"""What constants and numbers begin with."""
SINGLE = r"'[^']*+(?:''[^']*+)*+'"
DOUBLE = r'"[^"\\]*+(?:\\(?:["\\bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})[^"\\]*+)*+"'
ESCAPED = re.compile(DOUBLE)
LITERAL = re.compile(r"\|([1-9]?)([-+]?)")
WORD = r"(?:[\w$./+=<(;^~]|-(?=[0-9A-Za-z]))[\w$./*+=<>();^~&!'\"@%-]*+(?: ++[\w$./*+=<>();^~&!'\"@%-]++)*+"
FLOWN = rf"(?:{SINGLE}|{DOUBLE}|{WORD})"
ITEM = re.compile(rf"({FLOWN})(?:, (?!\Z)|\]\Z)")
ENTRY = re.compile(rf"([A-Za-z_][\w.-]*+): ({FLOWN}|\[[^\]]*+\])(?:, (?!\Z)|\}}\Z)")
"""What stands in a list or a mapping on one line, and what follows it: another one or the end of the line."""
PAIR = re.compile(r"\[([A-Za-z_][\w-]*+), (?:'([^']*+)'|([A-Za-z0-9_][\w./;=+-]*+(?: [\w./;=+-]++)*+))\]")
"""A header of an answer: most lines of a cassette."""
NUMBERS = re.compile(r"\[[0-9]{1,15}+(?:, [0-9]{1,15}+)*+\]")

MEMORABLE = 80
"""Characters up to which a line is remembered: most of those that say little stand in every exchange."""

SCALAR, OPEN, BLOCK, LIST, DICT = range(5)
"""What a value is: the lines below say what an open one is and how a block goes on."""


Line: TypeAlias = tuple[int, int, str | None, int, Any]
"""A line on its own: the column it begins in, its dashes, its key if it has one, and a value of some kind."""
END: Line = (-1, 0, None, SCALAR, None)
"""What stands for the end of a text: the empty line behind its last line feed."""


class Outline(NamedTuple):
    """What a text says, and where the entries of its top-level lists begin (see `yamltext.Document`)."""

    value: Any
    lines: dict[str, list[int]]


class Unsure(Exception):
    """Only a reader of all of YAML can tell."""


def plain(text: str) -> Any:
    """What a scalar without quotes means."""
    if text and text[0] not in TELLING:
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    number = NUMBER.fullmatch(text)
    if not number:
        return text
    try:
        return float(text) if number[1] or number[2] else int(text)
    except ValueError:  # more digits than Python converts
        return text


def clean(data: bytes) -> bool:
    """Whether every character of a text stands for itself. Raises UnicodeDecodeError for what is not UTF-8."""
    others = data.translate(None, ORDINARY)
    if not others:
        return True
    data.decode()
    return not STRANGE.search(others.decode())


def read(text: str) -> Outline | None:
    """What a `clean` text says; None if that takes a reader of all of YAML."""
    value = said(text)
    begins = None if value is None else _begins(text.split("\n"), value)
    return None if begins is None else Outline(value, begins)


def said(text: str) -> Any:
    """The list or mapping that a `clean` text is; None if that takes a reader of all of YAML."""
    lines = text.split("\n")
    if lines[-1]:
        return None
    try:
        first = _line(lines[0])
        value, index, _ = (_list if first[1] else _mapping)(lines, 1, 1, first)
    except Unsure:
        return None
    return value if index == len(lines) and first[0] == 0 else None


def _begins(lines: list[str], value: Any) -> dict[str, list[int]] | None:
    """Where the entries of the top-level lists of a value begin; None where one is not written in the first column."""
    begins: dict[str, list[int]] = {}
    section = ""  # the top-level key whose lines these are
    for index, line in enumerate(lines):
        if line[:1] == "-":
            begins.setdefault(section, []).append(index)
        elif line[:1] != " " and (line or index == len(lines) - 1):
            if section in begins and section:
                begins[section].append(index)
            _, _, key, kind, flow = _line(line)
            section = key or ""
            if kind == LIST:
                begins[section] = [index] * (len(flow) + 1)
                section = ""
    entries = value.items() if type(value) is dict else ()
    return None if any(type(each) is list and key not in begins for key, each in entries) else begins


def _mapping(lines: list[str], index: int, depth: int, line: Line) -> tuple[dict[str, Any], int, Line]:
    """The mapping that begins in `line`, which is told already; then the line behind it, told, and the index after."""
    column, dashes, key, kind, value = line
    at = column
    entries: dict[str, Any] = {}
    if depth > DEEPEST:
        raise Unsure
    while at == column and not dashes:
        if key is None or key in entries:
            raise Unsure
        if kind >= BLOCK:
            value, index = _inner(lines, index, column, kind, value)
        text = lines[index]
        line = _known(text) if len(text) <= MEMORABLE else _line(text)
        index += 1
        if kind == OPEN:
            if line[0] < column or (line[0] == column and not line[1]):  # a list may begin in the column of its key
                raise Unsure
            value, index, line = (_list if line[1] else _mapping)(lines, index, depth + 1, line)
        entries[key] = value
        at, dashes, key, kind, value = line
    if at > column:
        raise Unsure
    return entries, index, line


def _list(lines: list[str], index: int, depth: int, line: Line) -> tuple[list[Any], int, Line]:
    """The list that begins in `line`, as `_mapping` has it."""
    column, dashes, key, kind, value = line
    at = column
    entries: list[Any] = []
    if depth > DEEPEST:
        raise Unsure
    while at == column and dashes:
        if dashes > 1 or key is not None:
            below = _list if dashes > 1 else _mapping
            value, index, line = below(lines, index, depth + 1, (column + 2, dashes - 1, key, kind, value))
        else:
            if kind >= BLOCK:
                value, index = _inner(lines, index, column, kind, value)
            text = lines[index]
            line = _known(text) if len(text) <= MEMORABLE else _line(text)
            index += 1
        entries.append(value)
        at, dashes, key, kind, value = line
    if at > column:
        raise Unsure
    return entries, index, line


def _inner(lines: list[str], index: int, parent: int, kind: int, value: Any) -> tuple[Any, int]:
    """A value of some kind that `parent` is the column of, and where it ends."""
    if kind == LIST:
        return list(value), index
    if kind == DICT:
        return {name: list(told) if type(told) is tuple else told for name, told in value}, index
    return _block(lines, index, parent, *value)


def _block(lines: list[str], index: int, parent: int, digit: str, chomp: str) -> tuple[str, int]:
    """The text that stands below its `|` from line `index` on, and where it ends."""
    start, end = index, len(lines) - 1
    while index < end and not lines[index]:
        index += 1
    first = lines[index]
    depth = parent + int(digit) if digit else len(first) - len(first.lstrip(" "))
    indent = " " * depth
    if index == end or depth <= parent or not first.startswith(indent):
        raise Unsure
    content = [""] * (index - start)
    last = index
    while index < end:
        line = lines[index]
        if line.startswith(indent):
            content.append(line[depth:])
            if len(line) > depth:
                last = index
        elif not line:
            content.append("")
        elif line.isspace():
            raise Unsure
        else:
            break
        index += 1
    text = "\n".join(content[: last - start + 1])
    if not text:
        raise Unsure
    return text if chomp == "-" else text + "\n" * (index - last if chomp else 1), index


def _line(line: str) -> Line:
    """A line on its own. Raises Unsure if it cannot be told."""
    if not line:
        return END
    said = line.lstrip(" ")
    at = len(line) - len(said)
    dashes = 0
    while said[:2] == "- ":
        said = said[2:]
        dashes += 1
    key: str | None
    key, colon, value = said.partition(": ")
    if not colon and said[-1:] == ":":
        key, value = said[:-1], ""
        if not _is_key(key):
            raise Unsure
    elif colon and _is_key(key):
        said = value
        if not said:
            raise Unsure
    elif dashes and said:
        key, value = None, said
    else:
        raise Unsure
    if key is not None and key[0] in "'\"":
        key = key[1:-1]
    if not value:
        return at, dashes, key, OPEN, None
    mark = value[0]
    if mark not in INDICATORS or (mark in "-?:" and value[1:2] not in ("", " ")):
        if ": " in value or " #" in value or value[-1] in " :":
            raise Unsure
        return at, dashes, key, SCALAR, plain(value)
    if mark == "'":
        inner = value[1:-1]
        if value[-1] == mark and len(value) > 1 and (mark not in inner or mark not in inner.replace("''", "")):
            return at, dashes, key, SCALAR, inner.replace("''", mark)
    elif mark == '"':
        if ESCAPED.fullmatch(value):
            return at, dashes, key, SCALAR, _unquoted(value)
    elif mark == "[":
        return at, dashes, key, LIST, _row(value)
    elif mark == "{":
        return at, dashes, key, DICT, _pairs(value)
    elif block := LITERAL.fullmatch(value):
        return at, dashes, key, BLOCK, block.groups()
    raise Unsure


def _is_key(text: str) -> bool:
    return (text.isidentifier() and len(text) < 100 and text.isascii()) or KEY.fullmatch(text) is not None


_known = lru_cache(maxsize=4096)(_line)


def _unquoted(text: str) -> str:
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    return text[1:-1] if "\\" not in text else str(orjson.loads(text))


def _row(said: str) -> tuple[Any, ...]:
    """The entries of a list that stands on one line; a tuple, as it is remembered."""
    pair = PAIR.fullmatch(said)
    if pair is not None:
        name, quoted, word = pair.groups()
        return plain(name), quoted if word is None else plain(word)
    if NUMBERS.fullmatch(said):
        try:
            return tuple(orjson.loads(said))
        except orjson.JSONDecodeError:  # 007
            raise Unsure from None
    return tuple([_flown(item[1]) for item in _each(ITEM, said)])


def _pairs(said: str) -> tuple[tuple[str, Any], ...]:
    """The entries of a mapping that stands on one line, as `_row` has them."""
    found = [entry.groups() for entry in _each(ENTRY, said)]
    pairs = tuple((name, _row(word) if word[0] == "[" else _flown(word)) for name, word in found)
    if len(dict(pairs)) < len(pairs):
        raise Unsure
    return pairs


def _each(wanted: re.Pattern[str], said: str) -> Iterator[re.Match[str]]:
    """What stands between the brackets of a line. Raises Unsure where it is anything but what is wanted."""
    at = 1 if said not in ("[]", "{}") else 2
    while at == 1 or at < len(said):
        found = wanted.match(said, at)
        if found is None:
            raise Unsure
        yield found
        at = found.end()


def _flown(text: str) -> Any:
    return _unquoted(text) if text[0] in "'\"" else plain(text)
