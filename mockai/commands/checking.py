"""`mockai check`: files against the API's schemas."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .options import FOUND, JSON, PATH


@click.command(short_help="Cassettes and stub files against the API's schemas.")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@JSON
def check(paths: tuple[Path, ...], json: bool) -> None:
    """Hold every exchange and stub against the API's schemas, event by event.

    PATHS… are cassettes and stub files, or folders of them. Ends with 1 if anything is wrong, with 2 if there is
    nothing to check.
    """
    from ..files.checking import check_paths

    outcome = check_paths(paths)
    click.echo(outcome.json() if json else outcome.text())
    sys.exit(FOUND if outcome.findings else 0)
