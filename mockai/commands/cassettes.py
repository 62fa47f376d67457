"""`mockai cassette`: what is in cassettes, what differs between them, what must not be in them, what can go."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .options import FOUND, JSON, MISUSED, PATH, choice, flag, option
from .progress import progress

PATHS: Callable[[Any], Any] = click.argument("paths", type=PATH, nargs=-1, required=True)
ORDERS = ("file", "operation", "model", "status", "age", "size")


@click.group(short_help="Look after cassettes: ls, show, diff, scan, prune, rewrite, stats.")
def cassette() -> None:
    """Look after cassettes: what is in them, what differs, what must not be in them, what can go."""


@cassette.command(short_help="What is in cassettes, a line for each exchange.")
@PATHS
@option("--operation", help="Only exchanges of operations like this, such as 'chat.*'.")
@option("--model", help="Only those with models like this, such as 'gpt-4*'.")
@option("--status", help="Only those with statuses like this, such as '4??'.")
@choice("--sort", *ORDERS, default="file", help="What comes first; for age and size the oldest and the largest.")
@JSON
def ls(
    paths: tuple[Path, ...], operation: str | None, model: str | None, status: str | None, sort: str, json: bool
) -> None:
    """A line for each exchange: operation, model, status, events of a stream, age, size.

    PATHS… are cassettes, or folders of them. Ends with 2 if one cannot be read; the others are listed.
    """
    found = _listed(paths).where(operation=operation, model=model, status=status)
    click.echo(found.json() if json else found.text(time.time(), sort))
    sys.exit(MISUSED if found.broken else 0)


@cassette.command(short_help="Totals: exchanges, operations, models, tokens, sizes, ages.")
@PATHS
@JSON
def stats(paths: tuple[Path, ...], json: bool) -> None:
    """Totals over cassettes: exchanges, operations, models, tokens, streams, sizes, ages, statuses.

    PATHS… are cassettes, or folders of them. Ends with 2 if one cannot be read; the others are counted.
    """
    import orjson

    found = _listed(paths)
    told = orjson.dumps(found.stats(), option=orjson.OPT_INDENT_2).decode() if json else found.summary(time.time())
    click.echo(told)
    sys.exit(MISUSED if found.broken else 0)


@cassette.command(short_help="An exchange as a conversation, a stream with its timing.")
@click.argument("path", type=PATH)
@option("--exchange", help="Only this one: its number, or the beginning of its key.")
@JSON
def show(path: Path, exchange: str | None, json: bool) -> None:
    """The exchanges of the cassette PATH as a person reads them: who said what, which tools were called, why the
    answer ended, and, with --exchange, each piece of a stream with its time.
    """
    from ..files.showing import shown, shown_json

    click.echo(shown_json(path, exchange) if json else shown(path, exchange))


@cassette.command(short_help="What differs between two cassettes, by what they mean.")
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@flag("--volatile", "Tell also what differs from run to run: ids, times, fingerprints.")
@JSON
def diff(before: Path, after: Path, volatile: bool, json: bool) -> None:
    """Which exchanges of the cassette BEFORE are gone, new or changed in AFTER, and where; or of two folders of them.

    Ids, times, fingerprints and the like count for nothing. Ends with 1 if anything else differs, with 2 if a
    cassette cannot be read.
    """
    from ..files.comparing import compare

    outcome = compare(before, after)
    click.echo(outcome.json() if json else outcome.text(volatile))
    sys.exit(MISUSED if outcome.broken else FOUND if outcome.differ else 0)


@cassette.command(short_help="Secrets in files of any kind; ends with 1 if there are any.")
@PATHS
@flag("--emails", "E-mail addresses count as well.")
@option("--skip", multiple=True, help="A kind that does not count, such as organization; repeatable.")
@JSON
def scan(paths: tuple[Path, ...], emails: bool, skip: tuple[str, ...], json: bool) -> None:
    """Keys, tokens, cookies, passwords, signed addresses, organizations and projects, wherever they stand.

    PATHS… are files of any kind, or folders: cassettes, stub files, recordings of other tools, traces, logs. It looks
    into JSON, base64, compressed bodies, forms and the pieces of streams. Ends with 1 if anything is found, with 2 if
    a file cannot be read.
    """
    from ..files.scanning import Outcome, files_below, kinds_known, scan_file

    kinds_known(skip)
    files = files_below(paths)
    outcome = Outcome(tuple(scan_file(file, emails=emails, skip=skip) for file in progress(files, "Searching")))
    click.echo(outcome.json() if json else outcome.text())
    sys.exit(FOUND if outcome.findings else MISUSED if outcome.unread else 0)


@cassette.command(short_help="What nobody needs any more; told first, taken away with --yes.")
@PATHS
@flag("--unused", "Exchanges that no test of the traced run asked for.")
@flag("--orphans", "Side files that no cassette names; with --traces also cassettes that no test played from.")
@flag("--duplicates", "Exchanges whose request and answer stand in the file already.")
@option("--older-than", help="Exchanges recorded longer ago than this: 180d, 12w, 6mo, 1y.")
@option("--traces", PATH, help="Traces of a whole run: pytest --mockai-trace=on writes them to .mockai/traces.")
@flag("--yes", "Do it.")
@JSON
def prune(
    paths: tuple[Path, ...],
    unused: bool,
    orphans: bool,
    duplicates: bool,
    older_than: str | None,
    traces: Path | None,
    yes: bool,
    json: bool,
) -> None:
    """Tell what can go, and take it away with --yes. Without it nothing is changed, and the end is 1 if anything
    could go.
    """
    from ..files.pruning import Wish, carry_out, plan, seconds

    older = None if older_than is None else seconds(older_than)
    found = plan(paths, Wish(unused, orphans, duplicates, older), time.time(), traces)
    if yes:
        carry_out(found)
    click.echo(found.json(yes) if json else found.text(yes))
    sys.exit(FOUND if found.removals and not yes else 0)


@cassette.command(short_help="Cassettes in the newest version, and in the form in which mockai writes them.")
@PATHS
@flag("--check", "Only tell which would change; ends with 1 if any would.")
@JSON
def rewrite(paths: tuple[Path, ...], check: bool, json: bool) -> None:
    """Write cassettes anew: the newest version, the form in which mockai records. What means something stays, also
    keys that nobody knows; comments go. A cassette in that form already is not touched.

    Ends with 2 if one cannot be read; the others are written.
    """
    from ..files.below import cassettes_below
    from ..files.rewriting import Outcome, rewritten

    files = cassettes_below(paths)
    outcome = Outcome(tuple(rewritten(file, write=not check) for file in progress(files, "Rewriting")), not check)
    click.echo(outcome.json() if json else outcome.text())
    changed = outcome.having("changed") and check
    sys.exit(MISUSED if outcome.having("broken") else FOUND if changed else 0)


def _listed(paths: tuple[Path, ...]) -> Any:
    from ..files.below import cassettes_below
    from ..files.listing import listed

    return listed(progress(cassettes_below(paths), "Reading"))
