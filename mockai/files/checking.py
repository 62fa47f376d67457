"""`mockai check`: every cassette and stub file of some paths held against the API's schemas, and what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import yaml

from ..baseline import Baseline, fingerprint
from ..check import Flaw, Level, check, events
from ..errors import CassetteError, ConfigError, StubError
from ..match import key
from ..mock import MockAI
from ..stubfile import declare_one
from ..wording import many
from . import sidefiles, yamltext
from .below import Kind, kind_of, yaml_below
from .places import Place, lines_of
from .tape import counted, decode, header_of, ruled, text_of

THIS = Path("This file")
"""What messages call a file that the finding names already."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file.

    `number` is the exchange or stub, from 1, and `key` the exchange's; None for what is wrong with the file as a whole.
    `line`, from 1, is the nearest one that the file has for it. `part` is `file`, `stub`, `exchange` (what cannot be
    read), `query`, `request`, `response`, `event N` or `order`; `event` is the event's number. `path` is the place in
    it as the API writes places, `pointer` the same as a JSON pointer. `fingerprint` stays the same when lines move;
    `known` says that a baseline has it.
    """

    file: str
    number: int | None
    key: str | None
    part: str
    path: str
    pointer: str
    message: str
    line: int | None = None
    event: int | None = None
    level: Level = "error"
    fingerprint: str = ""
    known: bool = False

    @property
    def rule(self) -> str:
        """What of an exchange it is about: its part without a number."""
        return self.part.partition(" ")[0]

    @property
    def told(self) -> str:
        """Itself without the file: which exchange, where in it, and what is wrong."""
        name = "stub" if self.part == "stub" else "exchange"
        words = [f"{name} {self.number}" + (f" ({self.key})" if self.key is not None else "")] if self.number else []
        words += [self.part] if self.part not in ("file", "stub", "exchange") else []
        words += [f"event {self.event}"] if self.part == "order" and self.event is not None else []
        place = ", ".join([*words, self.path] if self.path else words)
        return f"{place}: {self.message}" if place else self.message

    def __str__(self) -> str:
        line = f":{self.line}" if self.line is not None else ""
        level = "warning, " if self.level == "warning" else ""
        return f"{self.file}{line}: {level}{self.told}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one file holds, what is wrong in it, and what was passed over, in words."""

    file: str
    kind: Kind | None
    exchanges: int = 0
    events: int = 0
    stubs: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found, file by file in the order of their names.

    `level` is the least that fails; `gone` counts what a baseline has and nobody finds any more.
    """

    files: tuple[Checked, ...]
    level: Level = "error"
    gone: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything wrong, in order."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def new(self) -> tuple[Finding, ...]:
        """What no baseline knows."""
        return tuple(finding for finding in self.findings if not finding.known)

    @property
    def failing(self) -> tuple[Finding, ...]:
        """What is new, and not below the level."""
        return tuple(finding for finding in self.new if finding.level == "error" or self.level == "warning")

    def against(self, baseline: Baseline, folder: Path) -> Outcome:
        """The same, with what a baseline that lies in `folder` knows marked as known."""
        known, gone = baseline.known((relative(each.file, folder), each.fingerprint) for each in self.findings)
        marks = iter(known)
        marked = (
            replace(file, findings=tuple(replace(each, known=next(marks)) for each in file.findings))
            for file in self.files
        )
        return replace(self, files=tuple(marked), gone=gone)

    def baseline(self, folder: Path) -> Baseline:
        """All of it as a baseline that lies in `folder`."""
        return Baseline.of((relative(each.file, folder), each.fingerprint, each.told) for each in self.findings)

    def summary(self) -> dict[str, int]:
        """Totals over all files."""
        return {
            "files": sum(bool(file.kind or file.findings) for file in self.files),
            "exchanges": sum(file.exchanges for file in self.files),
            "events": sum(file.events for file in self.files),
            "stubs": sum(file.stubs for file in self.files),
            "findings": len(self.new),
            "errors": sum(finding.level == "error" for finding in self.new),
            "warnings": sum(finding.level == "warning" for finding in self.new),
            "known": len(self.findings) - len(self.new),
            "gone": self.gone,
            "passed_over": sum(len(file.notes) for file in self.files),
        }

    def totals(self) -> list[str]:
        """How much was held against what, and how much was found; a line more where there is a baseline."""
        total = self.summary()
        held = ", ".join(many(total[f"{what}s"], what) for what in ("file", "exchange", "event", "stub"))
        found = many(total["findings"], "finding")
        if total["warnings"]:
            found += f" ({many(total['errors'], 'error')}, {many(total['warnings'], 'warning')})"
        lines = [f"{held}: {found}, {total['passed_over']} passed over."]
        if total["known"] or total["gone"]:
            hint = "; --update-baseline drops those" if total["gone"] else ""
            lines.append(f"The baseline: {total['known']} still there, {total['gone']} gone{hint}.")
        return lines

    def text(self) -> str:
        """The outcome for people: what is new, what was passed over, and the totals."""
        notes = [f"{file.file}: {note}" for file in self.files for note in file.notes]
        return "\n".join([*map(str, self.new), *notes, *self.totals()])

    def json(self) -> str:
        """The outcome for programs, as JSON text."""
        told: dict[str, Any] = {
            "clean": not self.failing,
            "counts": self.summary(),
            "findings": self.findings,
            "notes": [{"file": file.file, "note": note} for file in self.files for note in file.notes],
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()

    def sarif(self) -> bytes:
        """The outcome for code reviews, as SARIF 2.1.0."""
        from .. import __version__
        from ..sarif import sarif

        return orjson.dumps(
            sarif(self.findings, __version__),
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )


def check_paths(paths: Iterable[Path], level: Level = "error") -> Outcome:
    """Check files, and folders with all YAML below them; each file once. `level` is the least that fails.

    Cassettes and stub files are known by what is in them; one that cannot be read is a finding. Raises ConfigError for
    a path that holds nothing to check.
    """
    found: dict[Path, Checked] = {}
    for path in paths:
        files = _files(path)
        found |= {file: check_file(file) for file in files if file not in found}
        if not any(found[file].kind or found[file].findings for file in files):
            raise ConfigError(
                f"There is nothing to check at {path}. A cassette begins with `mockai: 1`, a stub file is a list of "
                "`- on: OPERATION`; recordings of other tools are made into cassettes by `mockai import`."
            )
    return Outcome(tuple(found.values()), level)


def check_files(files: Iterable[Path]) -> Outcome:
    """Check files that may be anything: those that are neither cassettes nor stub files are passed over."""
    return Outcome(tuple(map(check_file, files)))


def check_file(path: Path) -> Checked:
    """Check one file."""
    name = str(path)
    try:
        text = text_of(path)
        kind = kind_of(text)
        if kind is not None:
            return _cassette(path, text) if kind == "cassette" else _stubs(path, text)
        for _ in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except CassetteError as error:
        return _broken(name, str(error))
    except yaml.YAMLError as error:
        wrong = f"This is no YAML, so nobody can tell what it is ({getattr(error, 'problem', None) or error})."
        return _broken(name, wrong)
    return Checked(name, None, notes=("neither a cassette nor a stub file.",))


def _cassette(path: Path, text: str) -> Checked:
    document = yamltext.load(text, THIS.name)
    top = header_of(document, THIS)
    rule = ruled(top)
    counted(top)
    name, read = str(path), partial(sidefiles.read, path.parent)
    found: list[tuple[Finding, Place]] = []
    notes = [f"matching by a rule of its own: {rule}."] if str(rule) else []
    total = 0
    items = top.maybe("exchanges", list) or []
    for number, item in enumerate(items, 1):
        known = item.get("key") if isinstance(item, dict) else None
        here: Place = ("exchanges", number - 1)
        try:
            exchange = decode(item, read, where="exchange", number=number)
        except CassetteError as error:
            found.append((Finding(name, number, known, "exchange", "", "", str(error)), here))
            continue
        flaws = check(exchange)
        if flaws is None:
            request = exchange.request
            notes.append(f"exchange {number}, {request.method} {request.path}: the API has no such path.")
        else:
            known = known or key(exchange.request, rule)[:8]
            found += (
                (
                    Finding(
                        name, number, known, flaw.part, flaw.path, flaw.pointer, flaw.message,
                        event=flaw.event, level=flaw.level,
                    ),
                    (*here, *_place(flaw)),
                )
                for flaw in flaws
            )  # fmt: skip
        total += events(exchange)
    return Checked(name, "cassette", len(items), total, 0, _placed(found, text), tuple(notes))


def _place(flaw: Flaw) -> Place:
    """Where in an exchange of a file something stands."""
    if flaw.event is not None:
        return ("response", "stream", "events", flaw.event - 1)
    if flaw.part == "order":
        return ("response", "stream")
    if flaw.part == "query":
        return ("request", "query")
    steps = (step.replace("~1", "/").replace("~0", "~") for step in flaw.pointer.split("/")[1:])
    return (flaw.part, "json", *(int(step) if step.isdecimal() else step for step in steps))


def _stubs(path: Path, text: str) -> Checked:
    name = str(path)
    entries = yamltext.load(text, THIS.name).value
    found: list[tuple[Finding, Place]] = []
    for number, entry in enumerate(entries, 1):
        try:
            declare_one(MockAI(), entry, lambda name: str(path.parent / name))
        except StubError as error:
            on = entry.get("on") if isinstance(entry, dict) else None
            finding = Finding(name, number, on if isinstance(on, str) else None, "stub", "", "", str(error))
            found.append((finding, (number - 1,)))
    return Checked(name, "stubs", stubs=len(entries), findings=_placed(found, text))


def _placed(found: Sequence[tuple[Finding, Place]], text: str) -> tuple[Finding, ...]:
    """Findings with their lines and fingerprints."""
    lines = lines_of(text, [place for _, place in found]) if found else {}
    return tuple(_marked(replace(finding, line=lines[place])) for finding, place in found)


def _marked(finding: Finding) -> Finding:
    print = fingerprint(finding.rule, finding.key or "", finding.pointer, finding.message)
    return replace(finding, fingerprint=print)


def _broken(name: str, wrong: str) -> Checked:
    """A file of which nothing can be read."""
    return Checked(name, None, findings=(_marked(Finding(name, None, None, "file", "", "", wrong)),))


def relative(file: str, folder: Path) -> str:
    """A file's path as seen from a folder, with slashes."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return Path(file).as_posix()


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise ConfigError(f"There is no file or folder {path}.")
    return yaml_below(path) if path.is_dir() else [path]
