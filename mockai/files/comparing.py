"""`mockai cassette diff`: two cassettes, or two folders of them, compared by what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..comparing import Change, changes
from ..errors import CassetteError, ConfigError
from ..http import Exchange
from ..match import ABSENT, key
from ..matching import Rule
from ..wording import many
from .below import cassettes_below
from .tape import Tape, load

MOST_DIFFERENCES = 20
"""Differences of one exchange that are told."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of the exchanges of one file; `before` and `after` are its paths, empty where there is none."""

    before: str
    after: str
    changes: tuple[Change, ...]
    rule: Rule

    def lines(self, volatile: bool) -> Iterator[str]:
        """The differences for people, those that differ in every run only if `volatile`."""
        told = [line for change in self.changes for line in self._change(change, volatile)]
        if told:
            yield f"--- {self.before or 'nothing'}"
            yield f"+++ {self.after or 'nothing'}"
            yield from told

    def _change(self, change: Change, volatile: bool) -> Iterator[str]:
        lasting = [each for each in change.differences if volatile or not each.volatile]
        if change.kind == "added":
            yield f"+ {self._name(change.after)}"
        elif change.kind == "removed":
            yield f"- {self._name(change.before)}"
        elif lasting:
            yield f"! {self._name(change.before)} -> {self._name(change.after, short=True)}"
            yield from (f"    {each}" for each in lasting[:MOST_DIFFERENCES])
            if len(lasting) > MOST_DIFFERENCES:
                yield f"    … ({len(lasting) - MOST_DIFFERENCES} more)"

    def _name(self, exchange: Exchange | None, short: bool = False) -> str:
        assert exchange is not None
        known = f"#{exchange.number} [{key(exchange.request, self.rule)[:8]}]"
        return known if short else f"{known} {exchange.request.method} {exchange.request.path} {exchange.reply.status}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a comparison found, and what of two folders cannot be read, in words."""

    files: tuple[Compared, ...]
    broken: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether anything differs that does not differ in every run."""
        return any(change.kind != "same" for file in self.files for change in file.changes)

    def summary(self) -> dict[str, int]:
        """Totals."""
        every = [change for file in self.files for change in file.changes]
        kinds = ("same", "changed", "added", "removed")
        counts = {kind: sum(change.kind == kind for change in every) for kind in kinds}
        return {**counts, "volatile": sum(each.volatile for change in every for each in change.differences)}

    def text(self, volatile: bool = False) -> str:
        """The outcome for people."""
        total = self.summary()
        told = ", ".join(f"{total[kind]} {kind}" for kind in ("same", "changed", "added", "removed"))
        passed = total["volatile"]
        hidden = f" {many(passed, 'value')} that change with every run passed over (--volatile tells them)."
        lines = [line for file in self.files for line in file.lines(volatile)]
        return "\n".join([*lines, *self.broken, f"{told}." + (hidden if passed and not volatile else "")])

    def json(self) -> str:
        """The outcome for programs, as JSON text; every difference is there, and says whether it is volatile."""
        told: dict[str, Any] = {"differ": self.differ, "counts": self.summary(), "changes": [], "broken": self.broken}
        for file in self.files:
            for change in file.changes:
                found = [
                    {"where": each.where, "before": _told(each.before), "after": _told(each.after),
                     "volatile": each.volatile}
                    for each in change.differences
                ]  # fmt: skip
                numbers = {
                    "before": change.before and change.before.number,
                    "after": change.after and change.after.number,
                }
                files = {"before": file.before or None, "after": file.after or None}
                told["changes"].append({"kind": change.kind, "files": files, "numbers": numbers, "differences": found})
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def compare(before: Path, after: Path) -> Outcome:
    """Compare two cassettes, or two folders file by file.

    Raises CassetteError for a cassette that cannot be read; of folders, the others are compared.
    """
    if before.is_dir() is not after.is_dir():
        raise ConfigError(f"{before} and {after} are a file and a folder: name two cassettes, or two folders of them.")
    if not before.is_dir():
        return Outcome((_compared(before, after),))
    named = [{file.relative_to(folder): file for file in cassettes_below([folder])} for folder in (before, after)]
    found: list[Compared] = []
    broken: list[str] = []
    for name in sorted(named[0].keys() | named[1].keys()):
        try:
            found.append(_compared(named[0].get(name), named[1].get(name)))
        except CassetteError as error:
            broken.append(str(error))
    return Outcome(tuple(found), tuple(broken))


def _compared(before: Path | None, after: Path | None) -> Compared:
    one, other = (Tape() if path is None else load(path) for path in (before, after))
    rule = other.rule if after is not None else one.rule
    found = changes(one.exchanges, other.exchanges, rule)
    return Compared(str(before or ""), str(after or ""), tuple(found), rule)


def _told(value: object) -> Any:
    """A value for JSON: null for what is not there."""
    if value is ABSENT:
        return None
    return f"{len(value)} bytes" if isinstance(value, bytes) else value
