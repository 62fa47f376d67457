"""`mockai doctor | init | wait`: the small helps."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .options import FOUND, JSON, PATH, option


@click.command(short_help="Is this machine and this folder fit for mockai?")
@JSON
def doctor(json: bool) -> None:
    """Look at what usually goes wrong: installation, options, cassettes, addresses, proxies, the port.

    Nothing is changed. Ends with 1 if something is to be done, and says what.
    """
    from ..edges.doctor import diagnosis

    found = diagnosis(Path.cwd())
    click.echo(found.json() if json else found.text())
    sys.exit(FOUND if found.wrong else 0)


@click.command(short_help="The files with which a project begins.")
@click.argument("folder", type=PATH, default=Path())
def init(folder: Path) -> None:
    """Write mockai.yaml, stubs.yaml and a first test into FOLDER, those that are not there yet."""
    from ..files.starting import begin

    click.echo(begin(folder).text())


@click.command(short_help="Until a server is there.")
@click.argument("url", default="http://127.0.0.1:4010")
@option("--timeout", click.FloatRange(min=0), default=30.0, help="Seconds to wait at most.")
@option("--admin-token", help="Token for the control surface.")
def wait(url: str, timeout: float, admin_token: str | None) -> None:
    """Wait until the mockai at URL accepts connections. Ends with 3 if it does not."""
    from ..edges.waiting import wait as until_ready

    until_ready(url, timeout, admin_token)
