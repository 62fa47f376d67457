"""The YAML that mockai itself writes, read line by line: several times as fast as all of YAML, or not at all.

What `read` gives is what libyaml would give; whatever it is not sure of, it leaves to libyaml by giving None. That is
everything a writer of cassettes does not use: comments, text folded over lines, flow inside flow, tags, anchors.
"""

from __future__ import annotations

import re
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
QUOTED = re.compile(rf"{SINGLE}|{DOUBLE}")
LITERAL = re.compile(r"\|([1-9]?)([-+]?)")
WORD = r"(?:[\w$./+=<(;^~]|-(?=[0-9A-Za-z]))[\w$./*+=<>();^~&!'\"@%-]*+(?: ++[\w$./*+=<>();^~&!'\"@%-]++)*+"
FLOWN = rf"(?:{SINGLE}|{DOUBLE}|{WORD})"
ROW = rf"\[(?:{FLOWN}(?:, {FLOWN})*+)?\]"
ENTRY = rf"([A-Za-z_][\w.-]*+): ({FLOWN}|{ROW})"
FLOW_LIST = re.compile(ROW)
FLOW_DICT = re.compile(rf"\{{(?:{ENTRY}(?:, {ENTRY})*+)?\}}")
WORDS = re.compile(rf"({FLOWN})(?:, |\])")
ENTRIES = re.compile(rf"{ENTRY}(?:, |\}})")
PAIR = re.compile(r"\[([A-Za-z_][\w-]*+), (?:'([^']*+)'|([A-Za-z0-9_][\w./;=+-]*+(?: [\w./;=+-]++)*+))\]")
"""A header of an answer: most lines of a cassette."""
NUMBERS = re.compile(r"\[[0-9]{1,15}+(?:, [0-9]{1,15}+)*+\]")

MEMORABLE = 80
"""Characters up to which a line is remembered: most of those that say little stand in every exchange."""

SCALAR, OPEN, BLOCK, LIST, DICT = range(5)


Line: TypeAlias = tuple[int, int, str | None, int, Any]
"""A line on its own: the column it begins in, its dashes, its key if it has one, and a value of some kind."""


class Outline(NamedTuple):
    """What a text says, and where the entries of its top-level lists begin (see `yamltext.Document`)."""

    value: Any
    lines: dict[str, list[int]]


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
    lines = text.split("\n")
    if lines.pop():
        return None
    root: list[Any] = []
    begins: dict[str, list[int]] = {}
    section = ""  # the top-level key that was filled last
    stack: list[tuple[int, Any]] = []  # what is open around the innermost
    column, holder = -1, root  # type: int, Any
    pending: str | None = None  # the key of the innermost mapping whose value is still to come
    index, total = 0, len(lines)
    while index < total:
        line = lines[index]
        found = _known(line) if len(line) <= MEMORABLE else _line(line)
        if found is None:
            return None
        at, dashes, key, kind, value = found
        if kind == SCALAR and column == at and not dashes and at and pending is None and type(holder) is dict:
            if key in holder:
                return None
            holder[key] = value
            index += 1
            continue
        while column > at or (column == at and not dashes and type(holder) is list):
            if pending is not None:
                return None
            column, holder = stack.pop()
        if column < at or (dashes and pending is not None):  # a list may begin in the column of its key
            below: Any = [] if dashes else {}
            if pending is not None:
                holder[pending] = below
                pending = None
            elif not stack and not root and at == 0:
                root.append(below)
            else:
                return None
            stack.append((column, holder))
            column, holder = at, below
        if (type(holder) is list) is not (dashes > 0) or pending is not None:
            return None
        if at == 0:
            if dashes:
                begins.setdefault(section, []).append(index)
            else:
                if section in begins:
                    begins[section].append(index)
                section = key or ""
        elif dashes and len(stack) == 2:  # its lines are wanted, and they are not looked for here
            return None
        index += 1
        if dashes > 1:
            for _ in range(dashes - 1):
                below = []
                holder.append(below)
                stack.append((column, holder))
                column, holder = column + 2, below
        parent = column
        if dashes and key is not None:
            below = {}
            holder.append(below)
            stack.append((column, holder))
            parent = column = column + 2
            holder = below
        if len(stack) >= DEEPEST:
            return None
        if kind in (SCALAR, OPEN):
            pass
        elif kind == BLOCK:
            end, value = _block(lines, index, parent, *value)
            if end == index:
                return None
            index = end
        elif kind == LIST:
            value = list(value)
            if at == 0 and not dashes:
                begins[section] = [index - 1] * (len(value) + 1)
                section = ""
        elif kind == DICT:
            value = {name: list(told) if type(told) is tuple else told for name, told in value}
        if key is None:
            holder.append(value)
        elif key in holder:
            return None
        elif kind == OPEN:
            pending = key
            holder[key] = None
        else:
            holder[key] = value
    if pending is not None or not root:
        return None
    if section in begins and section:
        begins[section].append(total)
    return Outline(root[0], begins)


def _block(lines: list[str], index: int, parent: int, digit: str, chomp: str) -> tuple[int, str]:
    """The text that stands below its `|` from line `index` on, and where it ends; `index` again if that is not sure."""
    start = index
    while index < len(lines) and not lines[index]:
        index += 1
    if index == len(lines):
        return start, ""
    first = lines[index]
    depth = parent + int(digit) if digit else len(first) - len(first.lstrip(" "))
    indent = " " * depth
    if depth <= parent or not first.startswith(indent):
        return start, ""
    content = [""] * (index - start)
    last = index
    while index < len(lines):
        line = lines[index]
        if line.startswith(indent):
            content.append(line[depth:])
            if len(line) > depth:
                last = index
        elif not line:
            content.append("")
        elif line.isspace():
            return start, ""
        else:
            break
        index += 1
    text = "\n".join(content[: last - start + 1])
    if len(text) == 0:
        return start, ""
    return index, text if chomp == "-" else text + "\n" * (index - last if chomp else 1)


def _line(line: str) -> Line | None:
    """A line on its own; None if it cannot be told."""
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
            return None
    elif colon and _is_key(key):
        said = value
        if not said:
            return None
    elif dashes and said:
        key, value = None, said
    else:
        return None
    if key is not None and key[0] in "'\"":
        key = key[1:-1]
    if not value:
        return at, dashes, key, OPEN, None
    mark = value[0]
    if mark not in INDICATORS or (mark in "-?:" and value[1:2] not in ("", " ")):
        if ": " in value or " #" in value or value[-1] in " :":
            return None
        return at, dashes, key, SCALAR, plain(value)
    if mark in "'\"":
        return (at, dashes, key, SCALAR, _unquoted(value)) if QUOTED.fullmatch(value) else None
    if mark == "[":
        row = _row(value)
        return (at, dashes, key, LIST, row) if row is not None else None
    if mark == "{":
        pairs = _pairs(value)
        return (at, dashes, key, DICT, pairs) if pairs is not None else None
    block = LITERAL.fullmatch(value)
    return (at, dashes, key, BLOCK, block.groups()) if block else None


def _is_key(text: str) -> bool:
    return (text.isidentifier() and len(text) < 100 and text.isascii()) or KEY.fullmatch(text) is not None


_known = lru_cache(maxsize=4096)(_line)


def _unquoted(text: str) -> str:
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    return text[1:-1] if "\\" not in text else str(orjson.loads(text))


def _row(said: str) -> tuple[Any, ...] | None:
    """The entries of a list that stands on one line; a tuple, as it is remembered."""
    pair = PAIR.fullmatch(said)
    if pair is not None:
        name, quoted, word = pair.groups()
        return plain(name), quoted if word is None else plain(word)
    if NUMBERS.fullmatch(said):
        try:
            return tuple(orjson.loads(said))
        except orjson.JSONDecodeError:  # 007
            return None
    return tuple(map(_flown, WORDS.findall(said))) if FLOW_LIST.fullmatch(said) else None


def _pairs(said: str) -> tuple[tuple[str, Any], ...] | None:
    """The entries of a mapping that stands on one line, as `_row` has them."""
    if not FLOW_DICT.fullmatch(said):
        return None
    pairs = []
    for name, word in ENTRIES.findall(said):
        value = _row(word) if word[0] == "[" else _flown(word)
        if value is None and word[0] == "[":
            return None
        pairs.append((name, value))
    return tuple(pairs) if len(dict(pairs)) == len(pairs) else None


def _flown(text: str) -> Any:
    return _unquoted(text) if text[0] in "'\"" else plain(text)
