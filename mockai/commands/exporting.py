"""`mockai export`: cassettes in the formats of other tools."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .options import FOUND, JSON, PATH, choice, flag, option
from .progress import progress


@click.command(short_help="Cassettes into the formats of other tools.")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@option("--to", PATH, required=True, help="Folder for the files.")
@choice("--format", "har", "vcrpy", required=True, help="What to write: HAR 1.2, or a cassette of vcrpy.")
@flag("--force", "Replace files that are there and differ.")
@JSON
def export(paths: tuple[Path, ...], to: Path, format: str, force: bool, json: bool) -> None:
    """Cassettes in the formats of other tools, with a report of what these do not hold.

    PATHS… are cassettes, or folders of them. Ends with 1 if anything could not be written.
    """
    from ..files.exporting import export as exported

    report = exported(paths, to, format, force=force, progress=lambda files: progress(files, "Exporting"))
    click.echo(report.json() if json else report.text())
    sys.exit(FOUND if report.failed else 0)
