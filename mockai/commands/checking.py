"""`mockai check`: files against what the API could say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from .options import FOUND, JSON, PATH, choice, flag, option


@click.command(short_help="Cassettes and stub files against what the API could say.")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@choice("--level", "error", "warning", default="error", help="Least level that ends with 1; warnings are told anyway.")
@option("--baseline", PATH, help="File of findings that were there before; only new ones are told, and fail.")
@flag("--update-baseline", "Write all that is found to the baseline, and end with 0.")
@option("--sarif", PATH, help="File for the findings as SARIF 2.1.0, which code reviews show.")
@JSON
def check(
    paths: tuple[Path, ...],
    level: Literal["error", "warning"],
    baseline: Path | None,
    update_baseline: bool,
    sarif: Path | None,
    json: bool,
) -> None:
    """Hold every exchange and stub against the API's schemas, and every stream against the order of its events.

    PATHS… are cassettes and stub files, or folders of them. Ends with 1 if anything is wrong, with 2 if there is
    nothing to check.
    """
    from ..files.baselines import held_against
    from ..files.checking import check_paths

    outcome = held_against(check_paths(paths, level), baseline, update=update_baseline)
    if sarif is not None:
        from ..files.baselines import written

        written(sarif, outcome.sarif())
    click.echo(outcome.json() if json else outcome.text())
    sys.exit(FOUND if outcome.failing else 0)
