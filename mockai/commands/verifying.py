"""`mockai verify`: whether the API still answers as it was recorded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ..errors import ConfigError
from .options import FAILED, FOUND, JSON, PATH, choice, flag, option

if TYPE_CHECKING:
    from ..drift import Severity
    from ..verified import Estimate


@click.command(short_help="Recorded requests sent to the API again: does it still answer in this shape?")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@option("--upstream", required=True, help="Base URL of the real API.")
@option("--api-key", help="Key for it. [default: OPENAI_API_KEY of the environment]")
@option("--max-requests", click.IntRange(1), help="Requests to send at most.")
@option("--max-tokens", click.IntRange(1), help="Tokens to use at most, of input and output.")
@choice("--severity", "breaking", "warning", "note", default="warning", help="Differences below this are not told.")
@flag("--yes", "Do not ask before requests that cost money.")
@JSON
def verify(
    paths: tuple[Path, ...],
    upstream: str,
    api_key: str | None,
    max_requests: int | None,
    max_tokens: int | None,
    severity: str,
    yes: bool,
    json: bool,
) -> None:
    """Send the requests of cassettes to the API again and compare the answers by shape: fields, types, words of
    vocabularies, the order of events, status, headers, models that are no more. Nothing is written.

    PATHS… are cassettes, or folders of them. Ends with 1 if there are differences at or above --severity, with 3 if
    nobody answers.
    """
    from ..edges.verifying import Limits, Verifier, cost_of, recorded_in
    from ..options import RecordMode
    from ..options import upstream as base_of
    from ..secrets import hidden

    base, limits = base_of(upstream, RecordMode.VERIFY), Limits(max_requests, max_tokens)
    several = recorded_in(paths)
    cost = cost_of(several, limits)
    if cost.paid and not yes:
        _asked(cost, base or "")
    key = api_key or os.environ.get("OPENAI_API_KEY") or None
    with _progress(len(several)) as done:
        report = Verifier(base or "", key, limits).verify(several, done)
    told = report.json(cast("Severity", severity)) if json else report.text(cast("Severity", severity))
    from collections import Counter

    click.echo(hidden(told.encode(), [key] if key else [], Counter(), same_length=False).decode())
    sys.exit(FAILED if report.failed else FOUND if report.findings(cast("Severity", severity)) else 0)


def _asked(cost: Estimate, base: str) -> None:
    """Ask whether this may cost money; nobody who cannot answer is asked."""
    if not somebody_is_there():
        raise ConfigError(
            f"Verifying sends requests that cost money to {base} ({cost}). There is no terminal to ask at: say --yes, "
            "and --max-requests or --max-tokens for a limit."
        )
    click.echo(f"To {base}: {cost}.", err=True)
    click.confirm("Send them?", abort=True, err=True)


def somebody_is_there() -> bool:
    """Whether a question would be answered."""
    return sys.stdin.isatty()


@contextmanager
def _progress(length: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where somebody looks."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label="Verifying", file=sys.stderr) as bar:
        yield lambda: bar.update(1)
