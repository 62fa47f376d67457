"""Cassettes that are opened rather than read: what was asked is known at once, what was answered when it is wanted.

A file is cut into its exchanges where it is as mockai writes it; any other has to be read whole. Then nothing may stand
in an exchange that would hide the beginning of the next one, and each request is read and hashed as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..cassette import Cassette, Take, called
from ..errors import CassetteError
from ..http import Exchange, Reply, Request
from ..match import key_of
from ..matching import Rule
from . import lines, sidefiles, yamltext
from .fields import Fields
from .tape import Tape, asked, decode, header_of, load, ruled, understood
from .yamltext import Document

EXCHANGES = b"\nexchanges:\n"
RESPONSE = b"\n  response:\n"
# What begins in the first column: an exchange, or something that is none.
MARGIN = re.compile(rb"\n(?:- |[^ \n])")
# A value that does not end in the line it begins in, so that it could go on over the lines of the next exchange.
OPEN_ENDED = re.compile(
    rb"""\n[ ]*+ (?:[-?][ ])*+
    (?: [^\n"'|>:\[{ ] [^\n:]*+ (?: :(?![ ]) [^\n:]*+ )*+ :[ ] | "[^"\n]*+":[ ] | '[^'\n]*+':[ ] )?+
    (?: [!&][^\n ]*+[ ] )*+
    (?: "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?!") | '[^'\n]*+(?:''[^'\n]*+)*+(?!') | [\[{](?![^\n]*[\]}]\n) )""",
    re.VERBOSE,
)
# What can stand behind a text in quotes that began on an earlier line; where anything else does, it is no YAML.
BEHIND_QUOTES = frozenset(b" \n',]}#-?")
BEHIND_KEYS = BEHIND_QUOTES | frozenset(b":")
"""As well, where `?` has announced a key."""
NEAR = 1 << 16
"""Bytes in which the next quote is looked for."""

WHOLE = 1_000
"""Exchanges up to which all are read at once."""
KEPT = 1_000
"""Exchanges that stay read beyond that: those that were wanted last."""

Reading = Callable[["Unread"], Take]
"""Gives the whole of an exchange, perhaps from memory."""


@dataclass(slots=True, eq=False)
class Unread:
    """A recorded exchange of which its place in a file is kept: exchange `number` of `file`, bytes `start` to `end`."""

    file: Opened
    number: int
    start: int
    end: int
    key: str = ""
    operation: str | None = None

    @property
    def name(self) -> str:
        """The file."""
        return str(self.file.path)

    @property
    def line(self) -> int:
        """The line of the file that it begins on."""
        return self.file.data.count(b"\n", 0, self.start) + 1

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.name}, exchange {self.number}, line {self.line}"

    @property
    def request(self) -> Request:
        """What was asked. Raises CassetteError where it makes no sense."""
        half = self.half()
        assert half is not None  # or it would not have been opened
        return asked(Fields(half, self.where).below("request"), self.file.side)

    @property
    def exchange(self) -> Exchange:
        """All of it. Raises CassetteError where the answer is no YAML, or makes no sense."""
        return self.file.reading(self).exchange

    def at(self, speed: float, exact_pieces: bool) -> Reply:
        """The reply, as `Take.at` has it."""
        return self.file.reading(self).at(speed, exact_pieces)

    def __str__(self) -> str:
        return called(self)

    def text(self) -> str:
        """How it stands in the file."""
        return self.file.data[self.start : self.end].decode()

    def half(self) -> dict[str, Any] | None:
        """All but the answer; None if that is not as mockai writes it, or where it ends cannot be told."""
        data, start, end = self.file.data, self.start, self.end
        cut = data.find(RESPONSE, start, end)
        sure = cut > 0 and (ends(data, cut, end) or OPEN_ENDED.search(data, cut, end) is None)
        items = lines.said(data[start : cut + 1 if sure else end].decode())
        item = items[0] if items is not None else None
        if not isinstance(item, dict) or "request" not in item or ("response" in item) is sure:
            return None
        return item


def ends(data: bytes, start: int, end: int) -> bool:
    """Whether an answer, the bytes from `start` to `end`, keeps to itself if the file is YAML; False if unsure.

    The next exchange begins at `end`. Brackets that were still open there would not take its `- key:`. Quotes would
    take all up to the next quote of their kind: only what could stand behind their end leaves a doubt, while most that
    begins a text in quotes (`'text`, `"/user`) would be refused there.
    """
    behind = BEHIND_KEYS if data.find(b"?", start, end) >= 0 else BEHIND_QUOTES
    for quote in (b"'", b'"'):
        at = data.find(quote, end, end + NEAR)
        if end < len(data) and (at < 0 or data[at + 1] in behind or data[at - 1 : at] == b"\\"):
            return False
    return True


def read(unread: Unread) -> Take:
    """The whole of an exchange. Raises CassetteError, naming file and line, for what is no exchange."""
    text = unread.text()
    try:
        document = yamltext.load(text, unread.name)
    except CassetteError:
        document = yamltext.load("\n" * (unread.line - 1) + text, unread.name)  # which names the line of the file
    exchange = decode(document.value[0], unread.file.side, where=unread.where, number=unread.number)
    return Take(exchange, unread.name, unread.number, unread.key)


@dataclass(frozen=True, slots=True)
class Opened:
    """A cassette file, cut: exchange n begins at byte `starts[n - 1]`, and the last one ends at `starts[-1]`."""

    path: Path
    data: bytes
    starts: tuple[int, ...]
    rule: Rule
    reading: Reading

    def __len__(self) -> int:
        return len(self.starts) - 1

    def fill(self, cassette: Cassette) -> None:
        """Put the exchanges into a cassette. Raises CassetteError, naming the place, where a request makes no sense."""
        takes = self._takes(cassette.rule)
        if takes is None:
            cassette.add(load(self.path).exchanges, str(self.path))
        else:
            for take in takes:
                cassette.put(take)

    def _takes(self, rule: Rule) -> list[Unread] | None:
        """The exchanges and their keys; None where a request is not as mockai writes it, or makes no sense."""
        found = []
        name = str(self.path)
        for number, (start, end) in enumerate(pairwise(self.starts), 1):
            unread = Unread(self, number, start, end)
            half = unread.half()
            if half is None:
                return None
            try:
                fields = Fields(half, name)
                unread.operation = fields.maybe("operation", str)
                unread.key = key_of(understood(fields.below("request"), self.side), rule)
            except CassetteError:
                return None
            found.append(unread)
        return found

    def side(self, name: str, size: int | None, where: str) -> bytes:
        """A side file, checked."""
        return sidefiles.read(self.path.parent, name, size, where)


def opened(path: Path, reading: Reading) -> Opened | None:
    """The cassette at `path`; None where it has to be read whole, be it to say what is wrong with it."""
    try:
        data = path.read_bytes()
        sure = lines.clean(data)
    except (OSError, UnicodeDecodeError):
        return None
    first = data.find(EXCHANGES) + len(EXCHANGES)
    if not (sure and first >= len(EXCHANGES) and data.startswith(b"- ", first) and data.endswith(b"\n")):
        return None
    starts = [first]
    for margin in MARGIN.finditer(data, first):
        if margin[0] != b"\n- ":
            return None
        starts.append(margin.start() + 1)
    starts.append(len(data))
    rule = _rule(data[: first - len(EXCHANGES) + 1].decode())
    return Opened(path, data, tuple(starts), rule, reading) if rule is not None else None


@lru_cache(maxsize=64)
def _rule(head: str) -> Rule | None:
    """The rule of a file that begins so; None where that is not as mockai writes it, or wrong."""
    top = lines.said(head)
    try:
        return ruled(header_of(Document(top), Path())) if top is not None else None
    except CassetteError:
        return None


@dataclass(frozen=True, slots=True)
class Whole:
    """A cassette file that was read."""

    path: Path
    tape: Tape

    @property
    def rule(self) -> Rule:
        """By what its exchanges are found."""
        return self.tape.rule

    def fill(self, cassette: Cassette) -> None:
        """Put the exchanges into a cassette."""
        cassette.add(self.tape.exchanges, str(self.path))


def shelved(files: Sequence[Path]) -> Iterator[Opened | Whole]:
    """Cassette files, read whole if they hold few exchanges, else as far as is needed to find these.

    Raises CassetteError for a file that is no cassette.
    """
    reading = lru_cache(maxsize=KEPT)(read)
    cut = {path: opened(path, reading) for path in files}
    few = sum(len(each) for each in cut.values() if each is not None) <= WHOLE
    for path, each in cut.items():
        yield Whole(path, load(path)) if few or each is None else each
