"""Where the shipped files are: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def data(name: str) -> Path:
    """A shipped folder, `schemas` or `cassettes`."""
    package = Path(__file__).parent
    packaged = package / name
    return packaged if packaged.is_dir() else package.parent / name
