"""`mockai cassette scan`: secrets in files of any kind, wherever they stand in them, and what was found."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
import yaml

from ..errors import ConfigError
from ..layers import Layer, layers
from ..leaks import EMAIL, KINDS, LABELS, Leak, found, labelled
from ..outline import Outline, Text, of_json
from ..wording import many
from . import sidefiles

BATCH = 4 << 20
"""Bytes that are searched at once."""
PASSED_OVER = frozenset((".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"))
"""Folders that hold nothing of the project's own."""
LARGEST = 256 << 20
"""Bytes beyond which a file is not read."""
YAML = re.compile(r"(?:\s*#.*\n|---.*\n)*[\w-]+:(?:\s|$)|(?:\s*#.*\n|---.*\n)*- ")
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in a file: the line (from 1), the place in the document and what it lies in, its kind; never itself."""

    file: str
    line: int
    place: str
    kind: str
    words: str
    masked: str

    def __str__(self) -> str:
        place = f", in {self.place}" if self.place else ""
        return f"{self.file}:{self.line}: {self.words}, {self.masked}{place}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One file: what was found in it, and why it was not read, where it was not."""

    file: str
    findings: tuple[Finding, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan found, file by file."""

    files: tuple[Scanned, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every secret, in order."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def unread(self) -> tuple[str, ...]:
        """What could not be looked at, in words."""
        return tuple(f"{file.file}: {file.unread}" for file in self.files if file.unread)

    def text(self) -> str:
        """The outcome for people: a secret that stands in many places of a file is told once."""
        lines = []
        for file in self.files:
            alike: dict[tuple[str, str], list[Finding]] = {}
            for finding in file.findings:
                alike.setdefault((finding.kind, finding.masked), []).append(finding)
            for first, *more in alike.values():
                lines.append(f"{first}" + (f" (and {many(len(more), 'more place')})" if more else ""))
        lines += self.unread
        last = f"{many(len(self.files), 'file')}: {many(len(self.findings), 'secret')} found."
        if self.findings:
            last += (
                " Whoever can read these files can use them: revoke them first, then take them out (import or record "
                "again, or edit the file), and mind the history of the repository."
            )
        return "\n".join([*lines, last])

    def json(self) -> str:
        """The outcome for programs, as JSON text."""
        told: dict[str, Any] = {
            "clean": not self.findings,
            "files": len(self.files),
            "findings": [asdict(finding) for finding in self.findings],
            "unread": [{"file": file.file, "reason": file.unread} for file in self.files if file.unread],
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Every file of these files and folders, each once. Raises ConfigError for a path where there is none."""
    every: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            every |= dict.fromkeys(_inside(path))
        elif path.exists():
            every[path] = None
        else:
            raise ConfigError(f"There is no file or folder {path}.")
    return list(every)


def scan_file(path: Path, *, emails: bool = False, skip: Collection[str] = ()) -> Scanned:
    """Search one file, whatever is in it, and the side files that it names. `skip` are kinds that do not count."""
    name = str(path)
    try:
        if path.stat().st_size > LARGEST:
            return Scanned(name, unread=f"not searched, as it has more than {LARGEST >> 20} MiB.")
        data = path.read_bytes()
    except OSError as error:
        return Scanned(name, unread=f"cannot be read ({error.strerror}).")
    findings: list[Finding] = []
    seen: set[bytes] = set()  # in the whole file
    for batch in _batches(_texts(data, path)):
        told = _found([layer.data for _, within in batch for layer in within], emails)
        for text, within in batch:
            own: list[bytes] = []  # in this text, which is told once however deep it lies
            for layer, leaks in zip(within, told, strict=False):
                for leak in (*leaks, *_labelled(layer)):
                    plain = _same(leak.secret)
                    if leak.kind.name in skip or any(plain in each or each in plain for each in own):
                        continue
                    own.append(plain)
                    if text.again and any(plain in each for each in seen):
                        continue
                    place = " > ".join(filter(None, (text.path, *layer.trail)))
                    below = text.value.partition(_text(leak.secret))[0].count("\n") if text.lined else 0
                    words = leak.kind.words
                    findings.append(Finding(name, text.line + below, place, leak.kind.name, words, leak.masked))
            seen.update(own)
    return Scanned(name, tuple(sorted(findings, key=lambda finding: finding.line)))


def _batches(texts: Iterable[tuple[Text, Layer]]) -> Iterator[list[tuple[Text, list[Layer]]]]:
    """Texts with all that lies inside them, so many at a time that a search is worth its start."""
    batch: list[tuple[Text, list[Layer]]] = []
    size = 0
    for text, start in texts:
        within = list(layers(start))
        batch.append((text, within))
        size += sum(len(layer.data) for layer in within)
        if size > BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _found(several: list[bytes], emails: bool) -> Iterator[list[Leak]]:
    """The secrets in each of several bytes by their looks, found in one go: most hold none."""
    leaks: list[list[Leak]] = [[] for _ in several]
    ends = list(accumulate(len(each) + 1 for each in several))
    for leak in found(b"\0".join(several), emails=emails):
        leaks[bisect_right(ends, leak.start)].append(leak)
    return iter(leaks)


def kinds_known(names: Iterable[str]) -> None:
    """Raises ConfigError for a kind that there is not."""
    known = sorted({kind.name for kind in (*KINDS, *LABELS.values(), EMAIL)})
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            raise ConfigError(f"There is no kind of secret {name!r}. {hint}")


def _labelled(layer: Layer) -> Iterator[Leak]:
    for label in layer.labels:
        yield from labelled(label, _text(layer.data))


def _texts(data: bytes, path: Path) -> Iterator[tuple[Text, Layer]]:
    """Everything in a file that may hold a secret, and the file as it stands for what is left: its comments."""
    encoding = next((name for mark, name in BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        yield Text(""), Layer(data)
        return
    again: list[Text] = []
    for each in _outlined(text, path.suffix.lower()):
        if each.again or ".wire." in each.path:  # the readable form stands beside it
            again.append(replace(each, again=True))
            continue
        yield each, Layer(_bytes(each.value), each.labels)
        if "file" in each.labels and sidefiles.NAME.fullmatch(each.value):
            side = path.with_name(each.value)
            if side.is_file():
                yield replace(each, value=""), Layer(side.read_bytes(), (), (each.value,))
    for each in again:
        yield each, Layer(_bytes(each.value), each.labels)
    whole = Text(text, lined=True, again=True)
    for leak in found(_bytes(text)):
        yield whole, Layer(leak.secret)


def _outlined(text: str, suffix: str) -> Iterator[Text]:
    """The texts of a document; all of a file that is none."""
    if suffix in (".json", ".har", ".jsonl", ".ndjson") or text.lstrip()[:1] in ("{", "["):
        yield from of_json(text)
    elif suffix in (".yaml", ".yml") or YAML.match(text):
        yield from _of_yaml(text)
    else:
        yield Text(text, lined=True)


def _of_yaml(text: str) -> Iterator[Text]:
    """The texts of YAML, with tags, aliases and several documents, up to where it is broken."""
    outline = Outline()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.ScalarEvent):
                lined = event.style in ("|", ">")
                yield from outline.scalar(event.value, _line(event) + 1 + lined, lined=event.style == "|")
            elif isinstance(event, yaml.CollectionStartEvent):
                outline.open(isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                yield from outline.close()
            elif isinstance(event, yaml.AliasEvent):
                yield from outline.scalar("", _line(event) + 1, text=False)
    except yaml.YAMLError:
        pass  # what is behind is searched as text
    yield from outline.end()


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line


def _inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name not in PASSED_OVER:
                yield from _inside(path)
        elif path.is_file():
            yield path


def _same(secret: bytes) -> bytes:
    """A secret in one spelling, to tell whether it is another one."""
    return unquote_to_bytes(re.sub(rb"\\[rn]|\s", b"", secret))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
