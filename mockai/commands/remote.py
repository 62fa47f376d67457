"""`mockai verdict`: what is asked of a server that runs."""

from __future__ import annotations

import sys

import click
import orjson

from .options import FOUND, JSON, option


@click.command(short_help="What a running server says of the client it met.")
@click.argument("url", default="http://127.0.0.1:4010")
@option("--patience", click.IntRange(0), default=600, help="Seconds that a client may wait for an answer.")
@option("--admin-token", help="Token for the control surface.")
@JSON
def verdict(url: str, patience: int, admin_token: str | None, json: bool) -> None:
    """Say how the client of the server at URL dealt with errors, waits, retries and broken streams.

    Ends with 1 if there are findings.
    """
    from ..edges.remote import asked
    from ..verdict import read

    told = asked(url, f"verdict?patience={patience}", admin_token)
    outcome = read(told)
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() if json else str(outcome))
    sys.exit(FOUND if outcome.findings else 0)
