"""The command line, `mockai COMMAND`; the commands are in `mockai.commands`.

Every option is also read from the environment (`MOCKAI_PORT=…`), and from `mockai.yaml` or `[tool.mockai]` in
pyproject.toml; what stands on the command line counts most. Exit codes: 0 done, 1 findings, 2 wrong use, 3 the
environment failed.

What a command needs is imported when it runs: a server is to be there at once, and most of mockai is not about import.
Click rather than Typer, which loads pydantic at every start; uvicorn brings Click along anyway.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from . import __version__
from .commands.cassettes import cassette
from .commands.checking import check
from .commands.exporting import export
from .commands.helps import doctor, init, wait
from .commands.importing import import_
from .commands.options import FAILED, MISUSED
from .commands.remote import verdict
from .commands.schemas import schema
from .commands.serving import record, replay, serve
from .commands.verifying import verify
from .errors import EnvironmentFailed, MockaiError


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Options may stand in the environment (MOCKAI_PORT=4020) and in mockai.yaml or [tool.mockai] of "
    "pyproject.toml (port: 4020, or serve: {port: 4020}). Exit codes: 0 done, 1 findings, 2 wrong use, 3 the "
    "environment failed.",
)
@click.version_option(__version__, message="mockai %(version)s", help="Say the version and stop.")
@click.pass_context
def app(context: click.Context) -> None:
    """A mock OpenAI server that cannot lie: serve, record, replay, import, check."""
    from .files.config import load

    context.default_map = load(Path.cwd(), {name: _options(command) for name, command in app.commands.items()})


for command in (serve, record, replay, import_, export, check, verify, cassette, verdict, schema, doctor, init, wait):
    app.add_command(command)


def _options(command: click.Command) -> dict[str, Any]:
    """The options of a command, and whether each may be given several times; those of a group by command."""
    if isinstance(command, click.Group):
        return {name: _options(below) for name, below in command.commands.items()}
    return {each.name: each.multiple for each in command.params if isinstance(each, click.Option) and each.name}


def main() -> None:
    """The `mockai` command. What went wrong is said on standard error in a sentence, never as a traceback."""
    try:
        app(prog_name="mockai")
    except MockaiError as error:
        click.echo(f"mockai: {error}", err=True)
        sys.exit(FAILED if isinstance(error, EnvironmentFailed) else MISUSED)


if __name__ == "__main__":
    main()
