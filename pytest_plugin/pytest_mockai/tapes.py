"""Where the cassettes of tests live, and which of them, or of their exchanges, nobody asks for any more."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .session import Node
from .settings import setting

if TYPE_CHECKING:
    from mockai import MockAI

FOLDER = "cassettes"
ODD = re.compile(r"[^A-Za-z0-9._-]+")
"""What stands as a hyphen in the name of a cassette."""
MOST_NAMED = 5
NARROWING = ("lf", "ignore", "ignore_glob", "collectonly", "continue_on_collection_errors")


def folder_of(node: Node) -> Path:
    """`cassettes/{module}` beside a test's file; `cassettes` in the root folder for a session."""
    file = next((each for each in node.listchain() if isinstance(each, pytest.File)), None)
    return node.path / FOLDER if file is None else file.path.parent / FOLDER / file.path.stem


def name_of(node: Node) -> str:
    """The name of a test, a class, a module or a session without an ending: no two of a folder share one."""
    names: list[str] = []
    each: Node | None = node
    while each is not None and not isinstance(each, pytest.File):
        names.append(each.name)
        each = each.parent
    if each is None or not names:
        return type(node).__name__.lower()
    name = ".".join(reversed(names))
    plain = ODD.sub("-", name).strip("-")
    if plain == name and len(name) <= 100:
        return plain
    return f"{plain[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def tape_of(node: Node) -> Path:
    """The cassette of a test that has overridden nothing."""
    return folder_of(node) / f"{name_of(node)}.yaml"


@dataclass(slots=True)
class Played:
    """The exchanges of a cassette file by number, in words, and the numbers of those that answered.

    `cut` says that a test which played it did not come to its end; `own`, that it is the cassette of one test.
    """

    exchanges: dict[int, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    cut: bool = False
    own: bool = False

    def told(self, file: str) -> str:
        """What was not asked for; nothing if all was."""
        left = [words for number, words in sorted(self.exchanges.items()) if number not in self.used]
        if not left or self.cut:
            return ""
        count = len(self.exchanges)
        if len(left) == count:
            return f"{file}: no test asked for {'its exchange' if count == 1 else f'any of its {count} exchanges'}"
        named = ", ".join(left[:MOST_NAMED]) + (", …" if len(left) > MOST_NAMED else "")
        return f"{file}: {len(left)} of {count} exchanges {'was' if len(left) == 1 else 'were'} not asked for: {named}"


@dataclass(slots=True)
class Tapes:
    """What a session, or one worker of it, knows of its cassettes.

    `owned` are the files and folders that tests play from or record to, `places` the folders to look for others in,
    `taken` are the tests that had a mock and their cassettes, `ran` the ids of all that ran, `usual` the file of each
    test that was collected, `moved` that some are others, `partial` that not every test was collected.
    """

    played: dict[str, Played] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    taken: list[tuple[Node, Path]] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)
    usual: dict[str, str] = field(default_factory=dict)
    moved: bool = False
    partial: bool = False

    def note(self, node: Node, tape: Path, mock: MockAI, cut: bool) -> None:
        """A test is done with its mock, whose cassette is, or would be, `tape`."""
        self.taken.append((node, tape))
        if not mock.cassettes or mock.mode.value in ("all", "rewrite"):
            return
        unused = {(take.name, take.number) for cassette in mock.cassettes for take in cassette.unused()}
        for take in (take for cassette in mock.cassettes for takes in cassette.takes.values() for take in takes):
            request = take.request
            found = self.played.setdefault(take.name, Played())
            found.exchanges[take.number] = f"#{take.number} {request.method} {request.path}"
            found.used |= set() if (take.name, take.number) in unused else {take.number}
            found.cut, found.own = found.cut or cut, take.name == str(tape)

    def collected(self, config: pytest.Config, items: Iterable[pytest.Item]) -> None:
        """The whole session is over: which folders could hold cassettes that nobody owns?"""
        items = list(items)
        narrowed = [config.getoption(name, None) for name in NARROWING]
        chosen = [Path(argument).resolve() for argument in config.args if "::" not in argument]
        self.partial = self.partial or any(narrowed) or len(chosen) < len(config.args)

        def within(path: Path) -> bool:
            return any(path.is_relative_to(folder) for folder in chosen if folder.is_dir())

        self.owned |= {str(tape) for _, tape in self.taken}
        self.places |= {str(folder) for folder in {tape.parent for _, tape in self.taken} if within(folder)}
        for file in {item.path for item in items}:
            self.places.add(str(file.parent / FOLDER if within(file) else file.parent / FOLDER / file.stem))
        if not any(Path(place).is_dir() for place in self.places):
            return
        self.moved = any(tape != tape_of(node) for node, tape in self.taken)
        for item in items:
            self.usual[item.nodeid] = str(tape_of(item))
            if setting(config, "scope") != "function":
                self.owned |= {str(tape_of(node)) for node in item.listchain() if isinstance(node, Node)}
            for marker in item.iter_markers("mockai"):
                if isinstance(marker.kwargs.get("cassette"), str):
                    self.owned.add(os.path.normpath(item.path.parent / marker.kwargs["cassette"]))

    def add(self, other: dict[str, Any]) -> None:
        """Take in what another worker knows."""
        for file, (exchanges, used, cut, own) in other["played"].items():
            mine = self.played.setdefault(file, Played())
            mine.exchanges |= {int(number): words for number, words in exchanges.items()}
            mine.used |= set(used)
            mine.cut, mine.own = mine.cut or cut, own
        self.owned |= set(other["owned"])
        self.places |= set(other["places"])
        self.ran |= set(other["ran"])
        self.usual |= other["usual"]
        self.moved = self.moved or other["moved"]
        self.partial = self.partial or other["partial"]

    def sent(self) -> dict[str, Any]:
        """Itself for another process."""
        played = {
            file: (
                {str(number): words for number, words in each.exchanges.items()},
                sorted(each.used),
                each.cut,
                each.own,
            )
            for file, each in self.played.items()
        }
        return {
            "played": played,
            "owned": sorted(self.owned),
            "places": sorted(self.places),
            "ran": sorted(self.ran),
            "usual": self.usual,
            "moved": self.moved,
            "partial": self.partial,
        }

    def told(self, root: Path) -> Iterator[str]:
        """A line for each cassette that has something nobody asked for, and for each that no test owns any more."""
        for name, played in sorted(self.played.items()):
            if played.own or not self.partial:
                words = played.told(shown(Path(name), root))
                if words:
                    yield words
        if not self.partial:
            for file in self.orphans():
                yield f"{shown(file, root)}: no test has it any more"

    def orphans(self) -> list[Path]:
        """The cassette files that no test owns; one that did not run may own what it would have as a rule."""
        idle = self.usual.keys() - self.ran
        if idle and self.moved:
            return []
        owned = [Path(each) for each in self.owned.union(self.played, (self.usual[nodeid] for nodeid in idle))]
        found = {file for place in self.places for file in Path(place).rglob("*.yaml")}
        return sorted(
            file
            for file in found
            if not any(file.is_relative_to(each) for each in owned) and file.read_bytes()[:7] == b"mockai:"
        )


def shown(path: Path, root: Path) -> str:
    """A path for a reader."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
