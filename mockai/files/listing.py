"""`mockai cassette ls` and `stats`: what is in cassettes, an exchange a row, and all of it together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from ..check import content, events, streams
from ..errors import CassetteError
from ..http import Exchange
from ..match import key
from ..metering import uses
from ..understand import understand
from ..wording import many
from .tape import Tape, loads, text_of

UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
NOTHING = "-"
AMOUNT = re.compile(r"[\d.,]+(?: ?[A-Za-z]{1,3})?|-")


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange: where it is, what was asked of which model, what came back.

    `events` is None for an answer that is no stream; `at` is the unix time in seconds, None if the file does not say;
    `size` are the bytes of both bodies, `tokens` those of input and output.
    """

    file: str
    number: int
    key: str
    operation: str
    model: str
    status: int
    events: int | None
    at: float | None
    size: int
    tokens: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows in the order of their files, the bytes of those files and their side files, and what cannot be read."""

    rows: tuple[Row, ...] = ()
    files: int = 0
    size: int = 0
    broken: tuple[str, ...] = ()

    def where(self, **wanted: str | None) -> Listing:
        """The rows whose fields are like these patterns (`operation="chat.*"`, `status="4??"`)."""

        def fits(row: Row) -> bool:
            return all(not like or fnmatchcase(str(getattr(row, name)), like) for name, like in wanted.items())

        return Listing(tuple(filter(fits, self.rows)), self.files, self.size, self.broken)

    def text(self, now: float, order: str = "file") -> str:
        """A table for people, with ages as of `now` (unix seconds); the largest, oldest and so on first."""
        lines = [("#", "KEY", "OPERATION", "MODEL", "STATUS", "EVENTS", "AGE", "SIZE", "FILE")]
        for row in sorted(self.rows, key=ORDERS[order]):
            count = NOTHING if row.events is None else str(row.events)
            what = (str(row.number), row.key, row.operation, row.model or NOTHING, str(row.status), count)
            lines.append((*what, age(row.at, now), bytes_told(row.size), row.file))
        last = f"{many(self.files, 'file')}, {many(len(self.rows), 'exchange')}."
        return "\n".join([*(aligned(lines) if self.rows else ()), *self.broken, last])

    def json(self) -> str:
        """The rows for programs, as JSON text."""
        told = {"exchanges": [asdict(row) for row in self.rows], "broken": self.broken}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()

    def stats(self) -> dict[str, Any]:
        """Totals."""
        rows = self.rows
        tokens: dict[str, Counter[str]] = {}
        for row in rows:
            tokens.setdefault(row.model or NOTHING, Counter()).update(row.tokens)
        ages = [row.at for row in rows if row.at]
        return {
            "files": self.files,
            "bytes_on_disk": self.size,
            "exchanges": len(rows),
            "bytes_of_bodies": sum(row.size for row in rows),
            "streams": sum(row.events is not None for row in rows),
            "events": sum(row.events or 0 for row in rows),
            "oldest": min(ages, default=None),
            "newest": max(ages, default=None),
            "operations": _counted(row.operation for row in rows),
            "models": _counted(row.model or NOTHING for row in rows),
            "statuses": _counted(str(row.status) for row in rows),
            "tokens": {model: dict(used) for model, used in sorted(tokens.items()) if used.total()},
            "broken": list(self.broken),
        }

    def summary(self, now: float) -> str:
        """The totals for people."""
        told = self.stats()
        lines = [
            f"{many(told['files'], 'file')} of {bytes_told(told['bytes_on_disk'])}, with "
            f"{many(told['exchanges'], 'exchange')}; their bodies have {bytes_told(told['bytes_of_bodies'])}.",
            f"{many(told['streams'], 'stream')} of {many(told['events'], 'event')}.",
        ]
        if told["oldest"] is not None:
            lines.append(f"The oldest is of {age(told['oldest'], now)} ago, the newest of {age(told['newest'], now)}.")
        for name in ("operations", "models", "statuses"):
            lines += ["", name.upper(), *aligned([(str(count), what) for what, count in told[name].items()])]
        used = [
            (f"{amounts.get('input_tokens', 0):,}", f"{amounts.get('output_tokens', 0):,}", model)
            for model, amounts in told["tokens"].items()
        ]
        if used:
            lines += ["", *aligned([("INPUT", "OUTPUT", "TOKENS OF"), *used])]
        return "\n".join([*lines, *self.broken])


ORDERS: dict[str, Callable[[Row], Any]] = {
    "file": lambda row: (row.file, row.number),
    "operation": lambda row: (row.operation, row.file, row.number),
    "model": lambda row: (row.model, row.file, row.number),
    "status": lambda row: (-row.status, row.file, row.number),
    "age": lambda row: (row.at or 0, row.file, row.number),
    "size": lambda row: (-row.size, row.file, row.number),
}
"""What a table can be sorted by."""


def listed(files: Iterable[Path]) -> Listing:
    """What is in some cassettes; a broken one is told in words, and the others are read."""
    rows: list[Row] = []
    broken: list[str] = []
    count = size = 0
    sides: dict[Path, int] = {}
    for file in files:
        count += 1
        try:
            text = text_of(file)
            tape = loads(text, file)
        except CassetteError as error:
            broken.append(str(error))
            continue
        size += len(text.encode())
        sides |= {side: side.stat().st_size for side in sides_of(text, file)}
        rows += (row_of(exchange, tape, file) for exchange in tape.exchanges)
    return Listing(tuple(rows), count, size + sum(sides.values()), tuple(broken))


def sides_of(text: str, file: Path) -> list[Path]:
    """The side files that the text of a cassette names, as far as they are there."""
    from .sidefiles import NAME

    named = dict.fromkeys(match[0] for match in NAME.finditer(text))
    return [side for side in (file.with_name(name) for name in named) if side.is_file()]


def row_of(exchange: Exchange, tape: Tape, file: Path) -> Row:
    """The row of one exchange."""
    request, reply = exchange.request, exchange.reply
    body = content(reply)
    call = understand(request)
    used: Counter[str] = Counter()
    for use in uses(exchange):
        used.update({name: amount for name, amount in use.amounts.items() if name.endswith("_tokens") and amount})
    return Row(
        file=str(file),
        number=exchange.number,
        key=key(request, tape.rule)[:8],
        operation=call.name,
        model=model_of(call.body, body),
        status=reply.status,
        events=events(exchange) if body and streams(reply, body) else None,
        at=exchange.at or recorded_at(tape),
        size=len(request.body) + len(reply.content),
        tokens={name: used[name] for name in ("input_tokens", "output_tokens") if used[name]},
    )


def model_of(asked: Any, answered: bytes | None) -> str:
    """The model that was asked, or else the one that answered."""
    if isinstance(asked, dict) and isinstance(asked.get("model"), str):
        return str(asked["model"])
    if isinstance(asked, tuple):
        return next((part.data.decode("utf-8", "replace") for part in asked if part.name == "model"), "")
    try:
        value = orjson.loads(answered or b"")
    except orjson.JSONDecodeError:
        return ""
    return value["model"] if isinstance(value, dict) and isinstance(value.get("model"), str) else ""


def recorded_at(tape: Tape) -> float | None:
    """When a cassette says it was recorded, in unix seconds."""
    try:
        told = datetime.fromisoformat(str(tape.recorded.get("at")))
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def age(at: float | None, now: float) -> str:
    """How long ago that was: `3d`, `8mo`."""
    if at is None:
        return NOTHING
    seconds = max(now - at, 0)
    return next((f"{int(seconds // size)}{unit}" for size, unit in UNITS if seconds >= size), "0s")


def bytes_told(size: int) -> str:
    """A size for people: `312 B`, `4.2 KiB`."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines whose columns stand below each other; numbers and sizes at the right."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = [all(AMOUNT.fullmatch(row[column]) for row in rows[1:]) for column in range(len(widths))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))
