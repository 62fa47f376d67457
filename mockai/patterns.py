"""Regular expressions of JSON Schema: whether a text matches one, and texts that do."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LETTERS = string.ascii_lowercase
PRINTABLE = string.ascii_letters + string.digits + " -_.,:/@#"
RICH = "Ab1!cD2_eF3-gH4.iJ5@"
"""A text of every kind of character, for patterns that ask with look-aheads for one of each."""

LONGEST = 20_000
"""Repeats written for one text; a pattern that needs more has none."""

CLASSES = {
    c.CATEGORY_DIGIT: string.digits,
    c.CATEGORY_WORD: string.ascii_lowercase + string.digits,
    c.CATEGORY_SPACE: " ",
    c.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
    c.CATEGORY_NOT_WORD: " -.",
    c.CATEGORY_NOT_SPACE: string.ascii_lowercase + string.digits,
}

UNICODE_CLASSES = {"L": "a-zA-Z", "Lu": "A-Z", "Ll": "a-z", "N": "0-9", "Nd": "0-9", "P": ".,;:!?", "Letter": "a-zA-Z"}
"""What stands for `\\p{…}` while a text is being made."""


@lru_cache(maxsize=256)
def _validator(pattern: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for({"pattern": pattern})


def matches(pattern: str, text: str) -> bool:
    """Whether JSON Schema's `pattern` finds itself somewhere in `text`; no pattern finds itself if it is not one."""
    try:
        return bool(_validator(pattern).is_valid(text))
    except ValueError:
        return False


def texts(pattern: str, rng: random.Random, least: int = 0, most: int | None = None) -> Iterator[str]:
    """Texts of `least` to `most` characters that match, the shorter first; none if none is found.

    Covers literals, classes, groups, alternatives, repeats and back-references; look-arounds are left to luck.
    """
    try:
        tree = parser.parse(_pythonic(pattern))
    except (re.error, OverflowError, RecursionError):
        return
    seen = set()
    for extra in (0, 1, 2, least, 3, 5, 8, 16, 1, 2, 3):
        for filler in ("", "a" * max(0, least)):
            text = _Writer(rng, extra).write(tree) + filler
            for candidate in (text, filler + text, _rich(least), text[:most]):
                if candidate not in seen and least <= len(candidate) <= (len(candidate) if most is None else most):
                    seen.add(candidate)
                    if matches(pattern, candidate):
                        yield candidate


def _rich(least: int) -> str:
    return (RICH * (max(least, 12) // len(RICH) + 1))[: max(least, 12)]


def _pythonic(pattern: str) -> str:
    """ECMA's spelling in Python's: named groups, `\\p{…}`, `\\cX`, `$` and `\\d` need no change."""
    pattern = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", pattern)
    pattern = re.sub(r"\\k<(\w+)>", r"(?P=\1)", pattern)
    pattern = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda match: re.escape(chr(int(match[1], 16))), pattern)
    pattern = re.sub(r"\\c([A-Za-z])", lambda match: re.escape(chr(ord(match[1]) % 32)), pattern)
    return re.sub(r"(\[[^\]]*?)?\\p\{(?:\w+=)?(\w+)\}", _unicode_class, pattern)


def _unicode_class(match: re.Match[str]) -> str:
    chars = UNICODE_CLASSES.get(match[2], "a-z")
    return match[1] + chars if match[1] else f"[{chars}]"


class _Writer:
    """One walk over a parsed pattern, writing a text for each node; repeats go `extra` beyond their least."""

    def __init__(self, rng: random.Random, extra: int) -> None:
        self.rng = rng
        self.extra = extra
        self.groups: dict[int, str] = {}
        self.repeats = 0

    def write(self, nodes: Any) -> str:
        return "".join(self.node(kind, value) for kind, value in nodes)

    def node(self, kind: Any, value: Any) -> str:
        match kind:
            case c.LITERAL:
                return chr(value)
            case c.NOT_LITERAL:
                return self.pick(LETTERS, lambda char: ord(char) != value)
            case c.ANY:
                return self.rng.choice(LETTERS)
            case c.IN:
                return self.member(value)
            case c.BRANCH:
                return self.write(self.rng.choice(value[1]))
            case c.SUBPATTERN:
                self.groups[value[0]] = text = self.write(value[3])
                return text
            case c.ATOMIC_GROUP:
                return self.write(value)
            case c.MAX_REPEAT | c.MIN_REPEAT | c.POSSESSIVE_REPEAT:
                least, most, part = value
                return "".join(self.repeated(part, min(least + self.extra, int(most))))
            case c.GROUPREF:
                return self.groups.get(value, "")
            case c.GROUPREF_EXISTS:
                group, yes, no = value
                return self.write(yes if group in self.groups else no or [])
        return ""

    def repeated(self, part: Any, times: int) -> Iterator[str]:
        for _ in range(times):
            self.repeats += 1
            if self.repeats < LONGEST:
                yield self.write(part)

    def pick(self, chars: str, allowed: Any) -> str:
        fitting = [char for char in chars if allowed(char)] or [char for char in PRINTABLE if allowed(char)]
        return self.rng.choice(fitting or [chr(code) for code in range(0xA1, 0x250) if allowed(chr(code))] or [""])

    def member(self, items: Any) -> str:
        """A character of a class such as `[^a-z_]`."""
        negated = items[0][0] is c.NEGATE
        if negated:
            return self.pick(LETTERS, lambda char: not any(_holds(item, char) for item in items[1:]))
        kind, value = self.rng.choice(items)
        if kind is c.RANGE:
            low, high = value
            plain = [char for char in PRINTABLE if low <= ord(char) <= high]
            return self.rng.choice(plain) if plain else chr(self.rng.randint(low, min(high, low + 100)))
        return self.rng.choice(CLASSES[value]) if kind is c.CATEGORY else chr(value)


def _holds(item: Any, char: str) -> bool:
    """Whether one entry of a class takes a character."""
    kind, value = item
    if kind is c.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    if kind is c.CATEGORY:
        word = char.isalnum() or char == "_"
        return {
            c.CATEGORY_DIGIT: char.isdigit(),
            c.CATEGORY_NOT_DIGIT: not char.isdigit(),
            c.CATEGORY_WORD: word,
            c.CATEGORY_NOT_WORD: not word,
            c.CATEGORY_SPACE: char.isspace(),
            c.CATEGORY_NOT_SPACE: not char.isspace(),
        }[value]
    return bool(ord(char) == value)
