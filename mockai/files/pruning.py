"""`mockai cassette prune`: what nobody needs any more, told first and taken away when asked to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from ..errors import CassetteError, ConfigError
from ..http import Exchange
from ..match import key
from ..wording import many
from . import sidefiles
from .below import ENDINGS, cassettes_below
from .entries import find, stamp
from .listing import recorded_at
from .tape import Tape, compose, loads, text_of

DRAFT = re.compile(r"\..+\.[0-9a-f]{12}\.draft")
AGE = re.compile(r"(\d+)\s*(d|w|mo|y)")
DAYS = {"d": 1, "w": 7, "mo": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that can go: a `file` (number 0), or one exchange of it, and why."""

    file: str
    number: int
    what: str
    reason: str

    def __str__(self) -> str:
        exchange = f", exchange {self.number}, {self.what}" if self.number else ""
        return f"{self.file}{exchange}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What may go: exchanges that no traced test asked for, what nobody owns, doubles, what is older (in seconds)."""

    unused: bool = False
    orphans: bool = False
    duplicates: bool = False
    older: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go, what is left alone although it was looked at, and the state of each file when it was read."""

    removals: tuple[Removal, ...]
    notes: tuple[str, ...]
    stamps: dict[Path, tuple[int, int, int] | None]

    def text(self, done: bool) -> str:
        """The plan for people, before or after it was carried out."""
        exchanges = sum(removal.number > 0 for removal in self.removals)
        files = len(self.removals) - exchanges
        told = f"{many(exchanges, 'exchange')} and {many(files, 'file')}"
        if not self.removals:
            last = "There is nothing to take away."
        else:
            last = f"{told} taken away." if done else f"{told} would be taken away; --yes does it."
        return "\n".join([*map(str, self.removals), *self.notes, last])

    def json(self, done: bool) -> str:
        """The plan for programs, as JSON text."""
        told = {"done": done, "removals": [asdict(removal) for removal in self.removals], "notes": self.notes}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


@dataclass(frozen=True, slots=True)
class Traced:
    """What the traces of a run say: the numbers that answered by file, when that was (unix seconds), and whose tests
    did not come to their end."""

    used: dict[Path, set[int]]
    since: dict[Path, float]
    cut: frozenset[Path]


def plan(paths: Iterable[Path], wish: Wish, now: float, traces: Path | None = None) -> Plan:
    """What can go of some cassettes. Nothing is changed.

    Raises ConfigError for a wish that says nothing, or needs traces that are not there.
    """
    paths = tuple(paths)
    if not (wish.unused or wish.orphans or wish.duplicates or wish.older is not None):
        raise ConfigError("Say what may go: --unused, --orphans, --duplicates or --older-than 180d.")
    if wish.unused and traces is None:
        raise ConfigError(
            "What no test asks for is known from a run: pytest --mockai-trace=on, and then prune --unused --traces "
            ".mockai/traces."
        )
    traced = None if traces is None else traced_in(traces)
    removals: list[Removal] = []
    notes: list[str] = []
    files = cassettes_below(paths)
    stamps = {file: stamp(file) for file in files}
    for file in files:
        try:
            tape = loads(text_of(file), file)
        except CassetteError as error:
            notes.append(f"{error} It was left alone.")
            continue
        found, note = _of_file(file, tape, wish, now, traced)
        removals += found
        notes += note
    if wish.orphans:
        gone = {Path(removal.file) for removal in removals if not removal.number}
        folders = {file.parent for file in files} | {path for path in paths if path.is_dir()}
        removals += (removal for folder in sorted(folders) for removal in _left_over(folder, gone))
    return Plan(tuple(removals), tuple(notes), stamps)


def carry_out(plan: Plan) -> None:
    """Take away what a plan names. A cassette is whole before and after, and never names a file that is not there.

    Raises CassetteError for a file that has changed since the plan was made, or cannot be written.
    """
    by_file: dict[Path, set[int]] = {}
    for removal in plan.removals:
        by_file.setdefault(Path(removal.file), set()).add(removal.number)
    for file, numbers in by_file.items():
        if file not in plan.stamps:
            _unlink(file)
            continue
        with sidefiles.locked(file):
            if stamp(file) != plan.stamps[file]:
                raise CassetteError(
                    f"{file} has changed since it was looked at: prune again. Files before it are done."
                )
            before = text_of(file)
            tape = loads(before, file)
            kept = [exchange for exchange in tape.exchanges if exchange.number not in numbers]
            if 0 in numbers or not kept:
                _unlink(file)
            else:
                _rewritten(file, numbers, kept)
        _freed(file.parent, before)


def traced_in(folder: Path) -> Traced:
    """What the traces below a folder say. Raises ConfigError where there are none, or only those of failed tests."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.jsonl"))
    used: dict[Path, set[int]] = {}
    since: dict[Path, float] = {}
    cut: set[Path] = set()
    known = False
    for file in files:
        try:
            with file.open("rb") as lines:
                told = orjson.loads(lines.readline())
            played = {Path(name): set(numbers) for name, numbers in told["cassettes"].items()}
            whole = told["trace"] == "on"
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        known = True
        if not whole:
            raise ConfigError(
                f"{file} is of a run that kept the traces of failed tests only, so nobody knows what the others asked "
                "for: run pytest --mockai-trace=on."
            )
        for path, numbers in played.items():
            used.setdefault(path, set()).update(numbers)
            since[path] = min(since.get(path, float("inf")), file.stat().st_mtime)
            if told.get("outcome") != "passed":
                cut.add(path)
    if not known:
        raise ConfigError(f"There is no trace of a run at {folder}: make them with pytest --mockai-trace=on.")
    return Traced(used, since, frozenset(cut))


def seconds(text: str) -> float:
    """An age in seconds: `180d`, `12w`, `6mo`, `1y`. Raises ConfigError for anything else."""
    match = AGE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"Not an age: {text!r}. Say days, weeks, months or years, such as 180d, 12w, 6mo or 1y.")
    return int(match[1]) * DAYS[match[2]] * 86400.0


def _of_file(file: Path, tape: Tape, wish: Wish, now: float, traced: Traced | None) -> tuple[list[Removal], list[str]]:
    own = None if traced is None else traced.used.get(file.resolve())
    if traced is not None and own is None and wish.orphans:
        return [Removal(str(file), 0, "", "no traced test has played from it.")], []
    notes = []
    if wish.unused and traced is not None and own is not None:
        path = file.resolve()
        if path in traced.cut:
            own, why = None, "a test that plays from it failed, so nobody knows what else it would have asked for"
        elif file.stat().st_mtime > traced.since[path]:
            own, why = None, "it was written after the traces were: run the tests again"
        else:
            why = ""
        notes += [f"{file}: what is unused was left alone: {why}."] if why else []
    removals = []
    seen: set[tuple[object, ...]] = set()
    for exchange in tape.exchanges:
        twice = _answer(exchange, tape)
        reason = ""
        if wish.unused and own is not None and exchange.number not in own:
            reason = "no traced test asked for it."
        elif wish.duplicates and twice in seen:
            reason = "an earlier one has the same request and answer (replay with --allow-playback-repeats)."
        elif wish.older is not None:
            at = exchange.at or recorded_at(tape)
            reason = f"recorded {int((now - at) // 86400)} days ago." if at and now - at > wish.older else ""
        seen.add(twice)
        if reason:
            what = f"{exchange.request.method} {exchange.request.path}"
            removals.append(Removal(str(file), exchange.number, what, reason))
    return removals, notes


def _answer(exchange: Exchange, tape: Tape) -> tuple[object, ...]:
    """What two exchanges have in common that are one too many."""
    return key(exchange.request, tape.rule), exchange.reply.status, exchange.reply.content


def _left_over(folder: Path, gone: Collection[Path]) -> Iterator[Removal]:
    """Side files that no cassette of their folder names, and drafts of writers that were killed."""
    named = set().union(*(_named(file) for file in _yaml(folder) if file not in gone))
    for file in sorted(folder.iterdir()):
        if sidefiles.NAME.fullmatch(file.name) and file.name not in named:
            yield Removal(str(file), 0, "", "no cassette names this side file.")
        elif DRAFT.fullmatch(file.name) and not file.with_name(f"{file.name[:-19]}.lock").exists():
            yield Removal(str(file), 0, "", "a draft that its writer never finished.")


def _freed(folder: Path, before: str) -> None:
    """Take away the side files that a cassette named, and nobody does any more."""
    named = set().union(*(_named(file) for file in _yaml(folder)))
    for match in sidefiles.NAME.finditer(before):
        if match[0] not in named:
            _unlink(folder / match[0])


def _named(file: Path) -> set[str]:
    """The side files that a file names, be it a whole cassette or not."""
    try:
        return {match[0] for match in sidefiles.NAME.finditer(file.read_bytes().decode("utf-8", "replace"))}
    except OSError as error:
        raise CassetteError(f"{file} cannot be read ({error.strerror}), so nobody knows what it needs.") from None


def _yaml(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix in ENDINGS and file.is_file()]


def _rewritten(file: Path, numbers: Collection[int], kept: list[Exchange]) -> None:
    """The file without some of its exchanges, the others word for word; read back before it replaces the old one."""
    found = find(file)
    texts = [entry.text for number, entry in enumerate(found.entries, 1) if number not in numbers]
    text = compose(found.facts, texts)
    again = loads(text, file).exchanges
    if [(each.request, each.reply, each.at) for each in again] != [
        (each.request, each.reply, each.at) for each in kept
    ]:
        raise CassetteError(f"{file} would be read back differently, so it was not written. Please report this.")
    sidefiles.put(file, text, {})


def _unlink(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise CassetteError(f"{file} cannot be taken away ({error.strerror}).") from None
