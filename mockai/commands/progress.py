"""A bar on standard error while something takes long: where somebody looks, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

import click

FEW = 20
"""Things that are done before anybody would look."""

_Each = TypeVar("_Each")


def progress(several: Sequence[_Each], label: str) -> Iterator[_Each]:
    """Each of several things in order, counted on a terminal."""
    if len(several) <= FEW or not sys.stderr.isatty():
        yield from several
        return
    with click.progressbar(several, label=label, file=sys.stderr) as bar:
        yield from bar
