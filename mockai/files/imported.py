"""What became of the recordings that were imported: an entry for each file, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from .foreign import Lost

LONG = 200
"""Letters of an error that is told once, however many files it is about."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one file.

    `cassette` is where its exchanges are now; None if none was kept or `error` says why nothing was done. `stubs` is
    the stub file that answers like it, with `scripted` stubs. `redacted` and `notes` say what happened to the
    exchanges, and how often.
    """

    source: Path
    format: str | None = None
    cassette: Path | None = None
    kept: int = 0
    lost: tuple[Lost, ...] = ()
    redacted: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    stubs: Path | None = None
    scripted: int = 0

    def lines(self) -> Iterator[str]:
        """The entry for people."""
        if self.error is not None:
            yield f"{self.source}: not imported. {self.error}"
        else:
            where = "".join(f" -> {made}" for made in (self.cassette, self.stubs) if made)
            kept = f"{self.scripted} stubs made" if self.stubs else f"{self.kept} kept"
            yield f"{self.source}{where} ({self.format}): {kept}, {len(self.lost)} lost"
        yield from (f"    lost: {lost.what}. {lost.reason}" for lost in self.lost)
        if self.redacted:
            yield f"    redacted: {_counts(self.redacted)}"
        if self.notes:
            yield f"    noted: {_counts(self.notes)}"

    def as_dict(self) -> dict[str, Any]:
        """The entry for programs."""
        return {
            "source": str(self.source),
            "format": self.format,
            "cassette": str(self.cassette) if self.cassette else None,
            "kept": self.kept,
            "lost": [asdict(lost) for lost in self.lost],
            "redacted": self.redacted,
            "notes": self.notes,
            "error": self.error,
            "stubs": str(self.stubs) if self.stubs else None,
            "scripted": self.scripted,
        }


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{what} ({count})" for what, count in counted.items())


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every file, in order."""

    entries: tuple[Entry, ...]

    @property
    def failed(self) -> bool:
        """Whether a file could not be imported, or an exchange with the OpenAI API was lost."""
        return any(entry.error is not None or not all(lost.elsewhere for lost in entry.lost) for entry in self.entries)

    def summary(self) -> dict[str, int]:
        """Totals over all files."""
        lost = [lost for entry in self.entries for lost in entry.lost]
        return {
            "files": len(self.entries),
            "files_not_imported": sum(entry.error is not None for entry in self.entries),
            "kept": sum(entry.kept for entry in self.entries),
            "stubs": sum(entry.scripted for entry in self.entries),
            "lost": len(lost),
            "lost_of_other_services": sum(each.elsewhere for each in lost),
        }

    def text(self) -> str:
        """The report for people."""
        total = self.summary()
        stubs = f"{total['stubs']} stubs made, " if total["stubs"] else ""
        last = (
            f"{total['files']} files: {total['kept']} exchanges kept, {stubs}{total['lost']} lost "
            f"({total['lost_of_other_services']} of them with other services than the OpenAI API), "
            f"{total['files_not_imported']} files not imported."
        )
        told: set[str | None] = set()
        lines: list[str] = []
        for entry in self.entries:
            again = entry.error is not None and len(entry.error) > LONG and entry.error in told
            lines += [f"{entry.source}: not imported, for the same reason."] if again else entry.lines()
            told.add(entry.error)
        return "\n".join([*lines, last])

    def as_dict(self) -> dict[str, Any]:
        """The report for programs: plain values."""
        return {"failed": self.failed, **self.summary(), "entries": [entry.as_dict() for entry in self.entries]}

    def json(self) -> str:
        """The report for programs, as JSON text."""
        return orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2).decode()
