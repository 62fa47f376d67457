"""The command line: `mockai serve | record | replay | import | check`.

Every option is also read from the environment (`MOCKAI_PORT=…`), and from `mockai.yaml` or `[tool.mockai]` in
pyproject.toml; what stands on the command line counts most. Exit codes: 0 done, 1 findings, 2 wrong use, 3 the
environment failed.

What a command needs is imported when it runs: a server is to be there at once, and most of mockai is not about import.
Click rather than Typer, which loads pydantic at every start; uvicorn brings Click along anyway.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import orjson

from . import __version__
from .errors import ConfigError, EnvironmentFailed, MockaiError

FOUND, MISUSED, FAILED = 1, 2, 3
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MODES = ("none", "once", "new_episodes", "all", "rewrite")
PATH = click.Path(path_type=Path)

_Command = TypeVar("_Command", bound=Callable[..., Any])


def option(name: str, kind: Any = None, **more: Any) -> Callable[[_Command], _Command]:
    """An option that is an environment variable as well, the same one for every command."""
    variable = "MOCKAI_" + name.removeprefix("--").replace("-", "_").upper()
    shown = more.get("default") is not None and not more.get("is_flag")
    return click.option(name, type=kind, envvar=variable, show_default=shown, show_envvar=True, **more)


def choice(name: str, *values: str, **more: Any) -> Callable[[_Command], _Command]:
    """An option with a few possible values."""
    return option(name, click.Choice(values), **more)


def flag(name: str, text: str) -> Callable[[_Command], _Command]:
    """An option that is there or not."""
    return option(name, is_flag=True, default=False, help=text)


def options(*several: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Options that belong together, in the order in which help lists them."""

    def apply(command: _Command) -> _Command:
        for each in reversed(several):
            command = each(command)
        return command

    return apply


ADDRESS: Callable[[Any], Any] = options(
    option("--host", default="127.0.0.1", help="Address to listen on."),
    option("--port", click.IntRange(0, 65535), default=4010, help="Port to listen on; 0 is any free one."),
    option("--admin-token", help="Token for the control surface; needed for any --host but loopback."),
)
IGNORE: Callable[[Any], Any] = option(
    "--ignore",
    multiple=True,
    help="JSON pointer into the body that matching leaves out, such as /user; repeatable.",
)
PLAYBACK: Callable[[Any], Any] = options(
    option("--replay-speed", default="instant", help="instant, recorded, or a factor on the recorded delays."),
    flag("--exact-pieces", "Keep recorded pieces apart at any speed."),
    flag("--allow-playback-repeats", "The last recording of a request goes on answering it."),
    IGNORE,
)
JSON: Callable[[Any], Any] = option("--json", is_flag=True, default=False, help="The outcome as JSON.")


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


@app.command(short_help="A fake OpenAI server: scripted, recorded or made-up answers.")
@ADDRESS
@option("--cassette", PATH, multiple=True, help="Cassette file or folder to answer from; repeatable.")
@choice("--record-mode", *MODES, default="none", help="What may be recorded into the cassette.")
@option("--upstream", help="Base URL of the real API, to record from.")
@option("--stubs", PATH, help="Stub file (YAML); read again when it changes.")
@choice(
    "--unmatched",
    "synthesize",
    "error",
    help="What to do with requests nobody scripted or recorded. [default: error where a stub or a cassette speaks for "
    "the operation, else synthesize]",
)
@choice("--missing", "error", "conjure", default="error", help="Ids that were never created: a 404, or made up.")
@option("--lifecycle", default="instant", help="When stored objects move on: instant, looks=N or seconds=S.")
@choice(
    "--admission",
    *("off", "schema", "cross-field", "semantic"),
    help="How strictly requests are read. [default: schema]",
)
@PLAYBACK
@option("--ttft", click.FloatRange(min=0), default=0.0, help="Seconds to the first chunk.")
@option("--tps", click.FloatRange(min=0.001), help="Chunks a second.")
@option("--jitter", click.FloatRange(0, 1), default=0.0, help="Spread of the delays, as a fraction.")
@option("--seed", int, default=0, help="Rules every free choice.")
@option("--voice", default="plain", help="What is said unscripted: plain, echo, lorem or template:TEXT.")
@choice(
    "--values", "plausible", "smallest", "varied", default="plausible", help="How values by a JSON Schema are chosen."
)
@option("--words", click.IntRange(min=1), help="How many words that has.")
@option("--rate-limit", help="Tier (free, tier-1 … tier-5) or rpm=N,rpd=N,tpm=N,tpd=N,ipm=N; or MODEL*:… by model.")
@option("--api-key", multiple=True, help="Key to accept; repeatable. [default: any]")
def serve(**given: Any) -> None:
    """A fake OpenAI server: the first that has an answer gives it, of stubs, cassettes, the upstream (with a record
    mode), and what mockai makes up by the API's schemas.

    The first line on standard output is MOCKAI_URL=http://HOST:PORT/v1, once connections are accepted.
    """
    _serve(**given)


@app.command(short_help="A recording proxy: what the real API answers is heard at once, and taped.")
@option("--upstream", required=True, help="Base URL of the real API.")
@option("--to", PATH, required=True, help="Cassette file or folder to write.")
@ADDRESS
@choice("--record-mode", *MODES, default="new_episodes", help="What is kept of earlier recordings.")
@IGNORE
def record(to: Path, **given: Any) -> None:
    """A recording proxy: every request is sent upstream, heard as it comes, and taped."""
    _serve(record_to=to, **given)


@app.command(short_help="A server that answers from cassettes alone, offline.")
@click.argument("path", type=PATH, nargs=-1, required=True)
@ADDRESS
@PLAYBACK
def replay(path: tuple[Path, ...], **given: Any) -> None:
    """A server whose only source is the cassette; it never touches the network.

    PATH… are cassette files or folders of them.
    """
    _serve(cassette=path, unmatched="error", admission="off", **given)


@app.command("import", short_help="Recordings of other tools into cassettes.")
@click.argument("sources", type=PATH, nargs=-1, required=True)
@option("--to", PATH, required=True, help="Folder for the cassettes.")
@flag("--force", "Replace cassettes that are there and differ.")
@JSON
def import_(sources: tuple[Path, ...], to: Path, force: bool, json: bool) -> None:
    """Recordings of other tools into cassettes, with a report of what was kept, lost and redacted.

    SOURCES… are files or folders; the format of each file is recognised. Ends with 1 if anything could not be read.
    """
    from .files.importing import import_sources

    report = import_sources(sources, to, force=force)
    click.echo(report.json() if json else report.text())
    sys.exit(FOUND if report.failed else 0)


@app.command(short_help="Cassettes and stub files against the API's schemas.")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@JSON
def check(paths: tuple[Path, ...], json: bool) -> None:
    """Hold every exchange and stub against the API's schemas, event by event.

    PATHS… are cassettes and stub files, or folders of them. Ends with 1 if anything is wrong, with 2 if there is
    nothing to check.
    """
    from .files.checking import check_paths

    outcome = check_paths(paths)
    click.echo(outcome.json() if json else outcome.text())
    sys.exit(FOUND if outcome.findings else 0)


@app.command(short_help="What a running server says of the client it met.")
@click.argument("url", default="http://127.0.0.1:4010")
@option("--patience", click.IntRange(0), default=600, help="Seconds that a client may wait for an answer.")
@option("--admin-token", help="Token for the control surface.")
@JSON
def verdict(url: str, patience: int, admin_token: str | None, json: bool) -> None:
    """Say how the client of the server at URL dealt with errors, waits, retries and broken streams.

    Ends with 1 if there are findings.
    """
    from .edges.remote import asked
    from .verdict import read

    told = asked(url, f"verdict?patience={patience}", admin_token)
    outcome = read(told)
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() if json else str(outcome))
    sys.exit(FOUND if outcome.findings else 0)


@app.group(short_help="JSON Schemas, for editors and programs.")
def schema() -> None:
    """JSON Schemas on standard output."""


@schema.command("stubs", short_help="The schema of stub files.")
def schema_stubs() -> None:
    """The JSON Schema of stub files, by which an editor completes and checks them."""
    from .stubschema import schema as made

    click.echo(orjson.dumps(made(), option=orjson.OPT_INDENT_2).decode())


def _serve(host: str, port: int, admin_token: str | None, stubs: Path | None = None, **given: Any) -> None:
    """Serve until a signal; the first line on standard output is the URL."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _stopped)
    gc.disable()  # the half of a start is imports, and nothing of them is garbage
    from .edges.server import run
    from .mock import MockAI
    from .scopes import Scopes

    def ready(url: str) -> None:
        print(f"MOCKAI_URL={url}", flush=True)

    if host not in LOOPBACK and admin_token is None:
        raise ConfigError(f"--host {host} lets other machines in, so the control surface needs --admin-token TOKEN.")
    with MockAI(**given) as mock:
        scopes, refresh = Scopes(mock), None
        if stubs is not None:
            from .files.reloading import StubFile

            refresh = StubFile(stubs, scopes)
        gc.enable()
        run(scopes, host, port, ready, admin_token, refresh)


def _stopped(_sign: int, _frame: object) -> NoReturn:
    """A signal before the server listens, or after it stopped, is an orderly end as well."""
    raise SystemExit(0)


def _options(command: click.Command) -> dict[str, bool]:
    """The options of a command, and whether each may be given several times."""
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
