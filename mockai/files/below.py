"""Which files are mockai's own: the YAML below a folder, and whether a file is a cassette or a stub file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from ..errors import ConfigError

Kind = Literal["cassette", "stubs"]

ENDINGS = (".yaml", ".yml")

CASSETTE = re.compile(r"""^\ufeff?(?:\{\s*)?["']?mockai["']?:\s*\d""", re.M)
STUBS = re.compile(r"""^\ufeff?(?:-\s|\[)\s*(?:\{\s*)?["']?on["']?:""", re.M)
"""What the two begin with, as YAML or as JSON; they are known by it even where the rest is broken."""

BEGINNING = 4096
"""Bytes of a file that are looked at: what stands above may be a comment."""


def yaml_below(folder: Path) -> list[Path]:
    """Every YAML file below a folder, in the order of their names."""
    return sorted(file for file in folder.rglob("*") if file.suffix in ENDINGS and file.is_file())


def kind_of(text: str) -> Kind | None:
    """What a file with this text is; None for what is neither."""
    if CASSETTE.search(text):
        return "cassette"
    return "stubs" if STUBS.search(text) else None


def is_cassette(path: Path) -> bool:
    """Whether a file begins as a cassette does."""
    try:
        with path.open("rb") as file:
            return CASSETTE.search(file.read(BEGINNING).decode("utf-8", "replace")) is not None
    except OSError:
        return path.is_file()  # what nobody may read is told of, not passed over


def cassettes_below(paths: Iterable[Path]) -> list[Path]:
    """Every cassette of these files and folders, each once; files of other kinds in a folder are passed over.

    Raises ConfigError for a path where there is none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise ConfigError(f"There is no file or folder {path}.")
        inside = [file for file in yaml_below(path) if is_cassette(file)] if path.is_dir() else [path]
        if not inside:
            raise ConfigError(
                f"There is no cassette at {path}. A cassette is a .yaml that begins with `mockai: 1`; `mockai record` "
                "makes one, and `mockai import` makes them of the recordings of other tools."
            )
        found |= dict.fromkeys(inside)
    return list(found)
