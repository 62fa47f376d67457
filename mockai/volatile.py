"""Text that differs from run to run, and what stands in its place when requests are compared.

A moment says nothing, so every one is `<date>`. An identifier says which of several things is meant, so it becomes the
number of its first appearance: two calls of a tool stay two, and each result belongs to its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from .errors import ConfigError

_MONTH = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
_MONTH += r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?![A-Za-z0-9]))?"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm]\b)?" + _ZONE
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = "|".join(
    (
        r"\d{4}-\d\d-\d\d",
        r"\d{4}/\d\d/\d\d",
        r"\d{1,2}/\d{1,2}/\d{4}",
        rf"{_WEEKDAY}{_MONTH} {_DAY},? \d{{4}}",
        rf"{_WEEKDAY}{_DAY} {_MONTH},? \d{{4}}",
    )
)
_END = r"""[^\s"'`<>|:;,()\[\]{}*?]"""
_NAME = rf"(?:{_END})*(?<!\.)"

Normaliser: TypeAlias = str | tuple[str, str]
"""A name of NORMALISERS, or a regular expression and what stands for whatever it matches."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of volatile text: how it looks, what stands for it, and whether several are told apart by a number."""

    pattern: str
    placeholder: str
    numbered: bool = False


NORMALISERS = {
    "paths": Kind(
        (
            r"(?<![\w.~/\\-])(?:(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm)"
            r"|[A-Za-z]:[\\/]+(?:Users[\\/]+[^\\/\s]+[\\/]+AppData[\\/]+Local[\\/]+Temp|Windows[\\/]+Temp|Temp|tmp))"
            rf"[\\/]{_NAME}"
        ),
        "path",
        numbered=True,
    ),
    "uuids": Kind(
        (r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"),
        "uuid",
        numbered=True,
    ),
    "tool_call_ids": Kind(
        (r"(?<![0-9A-Za-z_])(?:call|fc|ctc)_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6,}(?![0-9A-Za-z_])"),
        "tool_call_id",
        numbered=True,
    ),
    "dates": Kind(
        (
            rf"(?<![\w-])(?:(?:{_DATE})(?:(?:[T ]|,? at |, ){_TIME})?|\d{{1,2}}:\d\d:\d\d(?:\.\d{{1,9}})?"
            rf"(?: ?[AaPp][Mm]\b)?{_ZONE})(?![\w-])"
        ),
        "date",
    ),
    "timestamps": Kind((r"(?<![\w.-])1[4-9]\d{8}(?:\d{3})?(?:\.\d+)?(?![\w-])"), "timestamp"),
}
"""What can be asked for by name, in the order of use.

| name | what it is |
|---|---|
| paths | what lies in a temporary folder of Linux, macOS or Windows |
| uuids | with hyphens, in either case |
| tool_call_ids | `call_…`, `fc_…` and `ctc_…` as the API draws them, not names such as `call_customer` |
| dates | 2026-11-21, 2026/11/21, 11/21/2026, November 21, 2026, 21 Nov 2026, with a time and a zone or without; |
|       | 13:16:28. A date in a longer name, as in gpt-4o-2024-08-06, is none |
| timestamps | unix time as text, in seconds or milliseconds, 2014 to 2033 |
"""


def normalisers(given: Sequence[Any]) -> tuple[Normaliser, ...]:
    """What was given, each a name, a pair, `REGEX=>PLACEHOLDER`, or a mapping of such pairs.

    Raises ConfigError for a name that nobody knows and for what is no regular expression.
    """
    found: list[Normaliser] = []
    for each in (given,) if isinstance(given, str | dict) else given:
        if isinstance(each, dict):
            found += [_pair(pattern, placeholder) for pattern, placeholder in each.items()]
        elif isinstance(each, str) and "=>" in each:
            pattern, _, placeholder = each.rpartition("=>")
            found.append(_pair(pattern, placeholder))
        elif isinstance(each, str) and each not in NORMALISERS:
            raise ConfigError(
                f"Not a normaliser: {each!r}. There are {', '.join(NORMALISERS)}; for texts of your own give "
                "REGEX=>PLACEHOLDER."
            )
        elif isinstance(each, str):
            found.append(each)
        elif isinstance(each, list | tuple) and len(each) == 2:
            found.append(_pair(*each))
        else:
            raise ConfigError(f"Not a normaliser: {each!r}. Give a name, or a regular expression and a placeholder.")
    return tuple(dict.fromkeys(found))


def _pair(pattern: Any, placeholder: Any) -> tuple[str, str]:
    if not isinstance(pattern, str) or not isinstance(placeholder, str) or not pattern:
        raise ConfigError(f"Not a normaliser: {pattern!r}=>{placeholder!r}. A regular expression and a text are one.")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"Not a regular expression in normalise: {pattern!r} ({error}).") from None
    return pattern, placeholder


def _said(placeholder: str, _found: re.Match[str]) -> str:
    return placeholder  # as it is: re would read the backslashes of a template


class Speller:
    """Writes texts with placeholders, one after the other; within one Speller an identifier keeps its number."""

    def __init__(self, given: Sequence[Normaliser]) -> None:
        self.own = [(re.compile(each[0]), each[1]) for each in given if not isinstance(each, str)]
        self.kinds = [(re.compile(kind.pattern), kind) for name, kind in NORMALISERS.items() if name in given]
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        """The text with a placeholder for everything volatile; the same again for one that has them already."""
        for pattern, placeholder in self.own:
            text = pattern.sub(partial(_said, placeholder), text)
        before = None
        while before != text:  # what is replaced may be what kept a neighbour from being seen
            before = text
            for pattern, kind in self.kinds:
                text = pattern.sub(partial(self._placeholder, kind), text)
        return text

    def _placeholder(self, kind: Kind, found: re.Match[str]) -> str:
        if not kind.numbered:
            return f"<{kind.placeholder}>"
        named = f"{kind.placeholder} {found[0]}"
        if named not in self.numbers:
            self.numbers[named] = 1 + sum(each.startswith(f"{kind.placeholder} ") for each in self.numbers)
        return f"<{kind.placeholder} {self.numbers[named]}>"

    def value(self, value: Any) -> Any:
        """A JSON value whose texts are written so: those of an object in the order of its names."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            spelt = {name: self.value(value[name]) for name in sorted(value)}
            return {name: spelt[name] for name in value}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return value

    def data(self, data: bytes) -> bytes:
        """Bytes, written so where they are UTF-8."""
        try:
            return self(data.decode()).encode()
        except UnicodeDecodeError:
            return data
