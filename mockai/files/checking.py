"""`mockai check`: every cassette and stub file of some paths held against the API's schemas, and what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml

from ..check import check, events
from ..errors import CassetteError, ConfigError, StubError
from ..match import key
from ..mock import MockAI
from ..stubfile import declare_one
from . import sidefiles, yamltext
from .shelf import ENDINGS
from .tape import counted, decode, header_of, ruled, text_of

Kind = Literal["cassette", "stubs"]

CASSETTE = re.compile(r"""^\ufeff?(?:\{\s*)?["']?mockai["']?:\s*\d""", re.M)
STUBS = re.compile(r"""^\ufeff?(?:-\s|\[)\s*(?:\{\s*)?["']?on["']?:""", re.M)
"""What the two begin with, as YAML or as JSON; they are known by it even where the rest is broken."""

THIS = Path("This file")
"""What messages call a file that the finding names already."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file.

    `number` is the exchange or stub, from 1, and `key` the exchange's; None for what is wrong with the file as a whole.
    `part` is `file`, `stub`, `exchange` (what cannot be read), `query`, `request`, `response` or `event N`; `path` is
    the place in it as the API writes places, `pointer` the same as a JSON pointer.
    """

    file: str
    number: int | None
    key: str | None
    part: str
    path: str
    pointer: str
    message: str

    def __str__(self) -> str:
        name = "stub" if self.part == "stub" else "exchange"
        whose = f", {name} {self.number}" if self.number is not None else ""
        known = f" ({self.key})" if self.key is not None else ""
        part = f", {self.part}" if self.part not in ("file", "stub", "exchange") else ""
        place = f", {self.path}" if self.path else ""
        return f"{self.file}{whose}{known}{part}{place}: {self.message}"


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
    """What a check found, file by file in the order of their names."""

    files: tuple[Checked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything wrong, in order."""
        return tuple(finding for file in self.files for finding in file.findings)

    def summary(self) -> dict[str, int]:
        """Totals over all files."""
        return {
            "files": sum(bool(file.kind or file.findings) for file in self.files),
            "exchanges": sum(file.exchanges for file in self.files),
            "events": sum(file.events for file in self.files),
            "stubs": sum(file.stubs for file in self.files),
            "findings": len(self.findings),
            "passed_over": sum(len(file.notes) for file in self.files),
        }

    def text(self) -> str:
        """The outcome for people."""
        total = self.summary()
        notes = [f"{file.file}: {note}" for file in self.files for note in file.notes]
        held = ", ".join(_many(total[f"{what}s"], what) for what in ("file", "exchange", "event", "stub"))
        last = f"{held}: {_many(total['findings'], 'finding')}, {total['passed_over']} passed over."
        return "\n".join([*map(str, self.findings), *notes, last])

    def json(self) -> str:
        """The outcome for programs, as JSON text."""
        told: dict[str, Any] = {
            "clean": not self.findings,
            "counts": self.summary(),
            "findings": self.findings,
            "notes": [{"file": file.file, "note": note} for file in self.files for note in file.notes],
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def check_paths(paths: Iterable[Path]) -> Outcome:
    """Check files, and folders with all YAML below them; each file once.

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
    return Outcome(tuple(found.values()))


def check_file(path: Path) -> Checked:
    """Check one file."""
    name = str(path)
    try:
        text = text_of(path)
        if CASSETTE.search(text):
            return _cassette(path, text)
        if STUBS.search(text):
            return _stubs(path, text)
        for _ in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except CassetteError as error:
        return Checked(name, None, findings=(Finding(name, None, None, "file", "", "", str(error)),))
    except yaml.YAMLError as error:
        wrong = f"This is no YAML, so nobody can tell what it is ({getattr(error, 'problem', None) or error})."
        return Checked(name, None, findings=(Finding(name, None, None, "file", "", "", wrong),))
    return Checked(name, None, notes=("neither a cassette nor a stub file.",))


def _cassette(path: Path, text: str) -> Checked:
    document = yamltext.load(text, THIS.name)
    top = header_of(document, THIS)
    rule = ruled(top)
    loosened = f"matching by a rule of its own: {rule}." if str(rule) else ""
    counted(top)
    name, read = str(path), partial(sidefiles.read, path.parent)
    lines = document.lines.get("exchanges", [])
    findings: list[Finding] = []
    notes = [loosened] if loosened else []
    total = 0
    items = top.maybe("exchanges", list) or []
    for number, (item, line) in enumerate(zip(items, lines, strict=False), 1):
        known = item.get("key") if isinstance(item, dict) else None
        try:
            exchange = decode(item, read, where=f"line {line + 1}: exchange", number=number)
        except CassetteError as error:
            findings.append(Finding(name, number, known, "exchange", "", "", str(error)))
            continue
        flaws = check(exchange)
        if flaws is None:
            request = exchange.request
            notes.append(f"exchange {number}, {request.method} {request.path}: the API has no such path.")
        else:
            known = known or key(exchange.request, rule)[:8]
            findings += (
                Finding(name, number, known, flaw.part, flaw.path, flaw.pointer, flaw.message) for flaw in flaws
            )
        total += events(exchange)
    return Checked(name, "cassette", len(items), total, 0, tuple(findings), tuple(notes))


def _stubs(path: Path, text: str) -> Checked:
    name = str(path)
    document = yamltext.load(text, THIS.name)
    lines = document.lines.get("", [])
    findings: list[Finding] = []
    for number, (entry, line) in enumerate(zip(document.value, lines, strict=True), 1):
        try:
            declare_one(MockAI(), entry, lambda name: str(path.parent / name))
        except StubError as error:
            findings.append(Finding(name, number, None, "stub", "", "", f"line {line + 1}: {error}"))
    return Checked(name, "stubs", stubs=len(lines), findings=tuple(findings))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file())
    if not path.exists():
        raise ConfigError(f"There is no file or folder {path}.")
    return [path]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
