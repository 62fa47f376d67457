"""`mockai import`: recordings of other tools."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .options import FOUND, JSON, PATH, REDACT, flag, option
from .progress import progress


@click.command("import", short_help="Recordings of other tools into cassettes.")
@click.argument("sources", type=PATH, nargs=-1, required=True)
@option("--to", PATH, required=True, help="Folder for the cassettes.")
@flag("--force", "Replace files that are there and differ.")
@REDACT
@JSON
def import_(sources: tuple[Path, ...], to: Path, force: bool, redact: tuple[str, ...], json: bool) -> None:
    """Recordings of other tools into cassettes, with a report of what was kept, lost and redacted.

    SOURCES… are files or folders; the format of each file is recognised. Ends with 1 if anything could not be read.
    """
    from ..files.importing import import_sources
    from ..redaction import redaction

    report = import_sources(
        sources, to, force=force, redaction=redaction(redact), progress=lambda files: progress(files, "Importing")
    )
    click.echo(report.json() if json else report.text())
    sys.exit(FOUND if report.failed else 0)
