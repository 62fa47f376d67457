"""Importing the recordings of other tools: which format a file is, the way through all sources, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from .. import __version__
from ..covering import Cover
from ..errors import CassetteError, ForeignFormatError, MockaiError, SecretFound, StubError
from ..http import Exchange
from ..redaction import Redaction
from ..secrets import keys
from . import aimock, cassetter, ddagent, govcr, har, httpmock, httpvcr, jsonlines, sockets, vcrpy, wiremock
from .below import BEGINNING, is_cassette, kind_of
from .foreign import Format, Kept, Lost, Scripted
from .imported import Entry, Report
from .recorder import save
from .redact import guard, writable
from .sidefiles import put
from .tape import Tape, load, rounded
from .yamltext import dump

FORMATS: tuple[Format, ...] = (
    aimock, cassetter, vcrpy, httpvcr, httpmock, har, jsonlines, wiremock, ddagent, govcr, sockets,
)  # fmt: skip
"""Every format that can be read; the first that recognises a file reads it."""

SUFFIXES = (".har", ".json", ".jsonl", ".ndjson", ".toml", ".yaml", ".yml")
"""The files of a folder that are looked at; a file that is named itself may be called anything."""

ENDING = ".yaml"
STUBS = ".stubs.yaml"
REPLACES = "--force does that; --to may name another folder."
YAML = (".yaml", ".yml")


def recognise(text: str) -> Format:
    """The format a file is written in; ForeignFormatError, saying what was looked for, if it is none of ours."""
    if kind_of(text[:BEGINNING]) == "cassette":
        raise ForeignFormatError("It is a cassette of mockai's already: name it with --cassette.")
    for format in FORMATS:
        if format.recognise(text):
            return format
    known = "; ".join(f"{format.NAME} ({format.LOOKED_FOR})" for format in FORMATS)
    raise ForeignFormatError(
        f"It is in no format that can be read. Looked for {known}. Anything else can be brought as JSON Lines: "
        '{"method": …, "url": …, "request": …, "status": …, "response": …} for each exchange.'
    )


Files = list[tuple[Path, Path]]
"""Recordings, each with the path of its cassette."""


def import_sources(
    sources: Iterable[Path],
    to: Path,
    *,
    force: bool = False,
    redaction: Redaction | None = None,
    progress: Callable[[Files], Iterable[tuple[Path, Path]]] = iter,
) -> Report:
    """Turn every recording in `sources` (files, and folders with all below them) into a cassette below `to`.

    Each file becomes one cassette of the same relative path that ends in .yaml. A cassette that is there and says
    something else is left alone unless `force`, as is a recording that its own cassette would replace; one that says
    the same is not touched. What is wrong with a file is in its Entry and stops no other. `redaction` is what users
    take out beside keys; `progress` goes through the files, and may tell how far it is.
    """
    entries: list[Entry] = []
    taken: dict[Path, Path] = {}
    for source, name in progress(list(_files(sources, to, entries))):
        target = to / name
        if target in taken:
            error = f"Its cassette would be {target}, which was just made from {taken[target]}. Import it on its own."
            entries.append(Entry(source, error=error))
            continue
        entry = _imported(source, target, force, redaction)
        entries.append(entry)
        if entry.cassette is not None:
            taken[target] = source
    return Report(tuple(entries))


def _files(sources: Iterable[Path], to: Path, entries: list[Entry]) -> Iterator[tuple[Path, Path]]:
    """Every file to import with the path of its cassette below `to`; sources that hold none become entries that say so.

    In a folder, bodies of WireMock's and cassettes that were made before are no recordings.
    """
    for source in sources:
        if source.is_file():
            yield source, Path(source.stem + ENDING)
            continue
        if not source.is_dir():
            entries.append(Entry(source, error="There is no such file or folder."))
            continue
        found = [
            path
            for path in sorted(source.rglob("*"))
            if path.suffix.lower() in SUFFIXES
            and path.is_file()
            and wiremock.FILES not in path.relative_to(source).parts
        ]
        made = [path for path in found if _is_below(path, to) and is_cassette(path)]
        found = [path for path in found if path not in set(made)]
        if not found and not made:
            entries.append(Entry(source, error=f"The folder holds no {', '.join(SUFFIXES)} file."))
        yield from zip(found, _names([path.relative_to(source) for path in found]), strict=True)


def _names(files: list[Path]) -> list[Path]:
    """The paths of the cassettes of these files; where two differ in their endings alone, YAML keeps the name."""
    shared = Counter(path.with_suffix("") for path in files)
    return [
        path.with_name(path.name + ENDING)
        if shared[path.with_suffix("")] > 1 and path.suffix not in YAML
        else path.with_suffix(ENDING)
        for path in files
    ]


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a file lies in the folder that the cassettes go to."""
    return path.resolve().is_relative_to(folder.resolve())


def _imported(source: Path, target: Path, force: bool, redaction: Redaction | None) -> Entry:
    """One file made into one cassette."""
    try:
        text = source.read_bytes().decode("utf-8-sig")
        format = recognise(text)
        found = format.read(text, source.parent)
    except OSError as error:
        return Entry(source, error=f"It cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return Entry(source, error="It is not text in UTF-8.")
    except ForeignFormatError as error:
        return Entry(source, error=str(error))
    if any(isinstance(each, Scripted) for each in found):
        return _scripted(source, target.with_suffix(STUBS), format.NAME, found, force, redaction)
    cleaned, lost, redacted = _cleaned(found, redaction)
    notes = Counter(note for each in found if isinstance(each, Kept) for note in each.notes)
    entry = Entry(source, format.NAME, None, len(cleaned), lost, redacted, dict(sorted(notes.items())))
    if not cleaned:
        return entry
    try:
        if target.exists() and not force:
            if target.samefile(source):
                return Entry(source, error=f"Its cassette would replace it. {REPLACES}")
            if not _says_the_same(target, cleaned):
                return Entry(source, error=f"{target} is there and says something else. --force replaces it.")
        else:
            recorded = {"by": f"mockai {__version__}", "imported_from": format.NAME}
            save(Tape(cleaned, recorded=recorded, redacted=redacted), target, _keys(found))
    except CassetteError as error:
        return Entry(source, error=str(error))
    return replace(entry, cassette=target)


def _scripted(
    source: Path,
    target: Path,
    name: str,
    found: Sequence[Kept | Lost | Scripted],
    force: bool,
    redaction: Redaction | None,
) -> Entry:
    """One file made into one stub file; a stub that cannot be is lost, alone."""
    from ..mock import MockAI
    from ..stubfile import declare

    lost = [each for each in found if isinstance(each, Lost)]
    entries, notes = [], Counter[str]()
    for each in (each for each in found if isinstance(each, Scripted)):
        try:
            declare(MockAI(), [each.entry])
        except StubError as error:
            lost.append(Lost(each.what, f"As a stub: {str(error).removeprefix('Stub 1: ')}"))
            continue
        entries.append(each.entry)
        notes.update(each.notes)
    entry = Entry(source, name, lost=tuple(lost), notes=dict(sorted(notes.items())), scripted=len(entries))
    if not entries:
        return entry
    text = f"# Made from {source.name} ({name}). The last stub that matches answers.\n{dump(entries)}"
    text = text if redaction is None else Cover(redaction).text(text)  # a stub has no bodies to point into
    try:
        if target.exists() and not force and target.read_text("utf-8") != text:
            return Entry(source, error=f"{target} is there and says something else. --force replaces it.")
        guard(text.encode(), (), f"the stubs of {source.name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, text, {})
    except OSError as error:
        return Entry(source, error=f"{target} cannot be written: {error.strerror}.")
    except MockaiError as error:
        return Entry(source, error=str(error))
    return replace(entry, stubs=target)


def _keys(found: Iterable[Kept | Lost | Scripted]) -> set[str]:
    """Every key the requests of a file carry."""
    return {key for each in found if isinstance(each, Kept) for key in keys(each.exchange.request)}


def _cleaned(
    found: Sequence[Kept | Lost | Scripted], redaction: Redaction | None
) -> tuple[tuple[Exchange, ...], tuple[Lost, ...], dict[str, int]]:
    """The exchanges as they may be written, all that are lost, and what was redacted.

    An exchange that holds a key where it cannot be taken out is lost, alone.
    """
    known = _keys(found)
    kept: list[Exchange] = []
    lost: list[Lost] = []
    redacted: Counter[str] = Counter()
    for number, each in enumerate(found, 1):
        if isinstance(each, Lost):
            lost.append(each)
        if not isinstance(each, Kept):
            continue
        try:
            exchange, removed = writable(each.exchange, known, redaction)
        except SecretFound as error:
            request = each.exchange.request
            path = request.path if redaction is None else Cover(redaction).text(request.path)
            lost.append(Lost(f"interaction {number}, {request.method} {path}", str(error)))
            continue
        redacted += removed
        if exchange is not None:
            kept.append(replace(rounded(exchange), number=len(kept) + 1))
    return tuple(kept), tuple(lost), dict(sorted(redacted.items()))


def _says_the_same(cassette: Path, exchanges: tuple[Exchange, ...]) -> bool:
    """Whether a cassette that is there holds these exchanges and no others."""
    return load(cassette).exchanges == exchanges
