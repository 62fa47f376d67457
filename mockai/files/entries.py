"""The exchanges of a cassette file as texts: what is written once stays as it was written, comments and all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CassetteError
from ..http import Exchange
from ..matching import Rule
from . import yamltext
from .bodies import Sides
from .fields import Fields
from .redact import guard
from .tape import Tape, counted, decode, encode, header_of, moment, rounded, ruled, text_of
from .unknown import unknown_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange as it stands in the file: its moment (unix seconds), its text, and the side files it names."""

    at: float
    text: str
    number: int = 0
    sides: Sides = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was when its `stamp` (inode, size, time of change) was taken: its facts and its entries."""

    stamp: tuple[int, int, int] | None = None
    facts: Tape = field(default_factory=Tape)
    entries: tuple[Entry, ...] = ()

    def without(self, texts: Counter[str]) -> Found:
        """The entries that are not among `texts`, each text taking away as many as it counts."""
        left = texts.copy()
        kept = []
        for entry in self.entries:
            if left[entry.text] > 0:
                left[entry.text] -= 1
            else:
                kept.append(entry)
        return Found(self.stamp, self.facts, tuple(kept))


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Tells whether a file is still the one it was; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def find(path: Path) -> Found:
    """What is in the file; nothing where there is none. Raises CassetteError for a file that is no cassette."""
    taken = stamp(path)
    if taken is None:
        return Found()
    text = text_of(path)
    document = yamltext.load(text, str(path))
    top = header_of(document, path)
    starts = document.lines.get("exchanges", [])
    lines = text.splitlines(keepends=True)
    entries: list[Entry] = []
    at = 0.0
    for number, item in enumerate(top.maybe("exchanges", list) or [], 1):
        fields = Fields(item if isinstance(item, dict) else {}, f"{path}, exchange {number}")
        told = fields.maybe("at", str)
        at = max(at, moment(told, fields) if told else 0.0)  # people's order counts more than the clock's
        entries.append(Entry(at, _verbatim(lines, starts[number - 1 : number + 1], item)))
    facts = Tape(
        rule=ruled(top),
        recorded=top.maybe("recorded", dict) or {},
        redacted=counted(top),
        unknown={0: unknown_of(top.values)},
    )
    return Found(taken, facts, tuple(entries))


def entry_of(exchange: Exchange, rule: Rule) -> Entry:
    """A clean exchange as its text, read back and compared."""
    item, sides = encode(exchange, rule)
    text = yamltext.dump([item])  # has read it back to the same values, which leaves their meaning to check
    compare(exchange, item, sides)
    return Entry(rounded(exchange).at, text, exchange.number, sides)


def compare(exchange: Exchange, item: Mapping[str, Any], sides: Sides) -> None:
    """Raises CassetteError unless `item` says exactly what `exchange` says."""
    again = decode(item, lambda name, _size, _where: sides[name], number=exchange.number)
    if again != rounded(exchange):
        raise CassetteError(
            f"{exchange.request.method} {exchange.request.path} would be read back differently from how it was "
            "recorded, so it was not written. This is a fault of mockai: please report it."
        )


def guarded(text: str, sides: Mapping[str, bytes], secrets: Iterable[str], path: Path) -> None:
    """Raises SecretFound if a key is in what is about to be written."""
    guard(text.encode(), secrets, f"what was about to be written to {path.name}")
    for name, data in sides.items():
        guard(data, secrets, f"the side file {name}")


def _verbatim(lines: list[str], span: list[int], item: Any) -> str:
    """The lines of an item as they stand in the file, or written anew where they cannot stand alone."""
    own = "".join(lines[slice(*span)])
    try:
        if own.startswith("- ") and own.endswith("\n") and "\n..." not in own:
            alone = yamltext.load(own, "")
            if repr(alone.value) == repr([item]):
                return own
    except CassetteError:
        pass
    return yamltext.dump([item])
