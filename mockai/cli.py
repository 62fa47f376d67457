"""The command line: `mockai serve | record | replay | import | check`.

Every option is also read from the environment (`MOCKAI_PORT=…`), and from `mockai.yaml` or `[tool.mockai]` in
pyproject.toml; what stands on the command line counts most. Exit codes: 0 done, 1 findings, 2 wrong use, 3 the
environment failed.

What a command needs is imported when it runs: a server is to be there at once, and most of mockai is not about import.
"""

from __future__ import annotations

import gc
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from . import __version__
from .errors import ConfigError, EnvironmentFailed, MockaiError

FOUND, MISUSED, FAILED = 1, 2, 3
LOOPBACK = ("127.0.0.1", "localhost", "::1")

app = typer.Typer(
    name="mockai",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


class Mode(StrEnum):
    """Where an answer may come from, and whether it is kept."""

    none = "none"
    once = "once"
    new_episodes = "new_episodes"
    all = "all"
    rewrite = "rewrite"


class Unmatched(StrEnum):
    """What nobody scripted or recorded."""

    synthesize = "synthesize"
    error = "error"


class Missing(StrEnum):
    """Unknown ids."""

    error = "error"
    conjure = "conjure"


class Level(StrEnum):
    """How strictly requests are read."""

    off = "off"
    schema = "schema"
    cross_field = "cross-field"
    semantic = "semantic"


def env(name: str) -> str:
    """The environment variable of an option; the same one for every command."""
    return "MOCKAI_" + name


Host = Annotated[str, typer.Option(help="Address to listen on.", envvar=env("HOST"))]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 is any free one.", min=0, max=65535, envvar=env("PORT"))]
Token = Annotated[
    str | None,
    typer.Option(help="Token for the control surface; needed for any --host but loopback.", envvar=env("ADMIN_TOKEN")),
]
Speed = Annotated[
    str, typer.Option(help="instant, recorded, or a factor on the recorded delays.", envvar=env("REPLAY_SPEED"))
]
Exact = Annotated[
    bool, typer.Option("--exact-pieces", help="Keep recorded pieces apart at any speed.", envvar=env("EXACT_PIECES"))
]
Repeats = Annotated[
    bool,
    typer.Option(
        "--allow-playback-repeats",
        help="The last recording of a request goes on answering it.",
        envvar=env("ALLOW_PLAYBACK_REPEATS"),
    ),
]
Ignore = Annotated[
    list[str],
    typer.Option(
        help="JSON pointer into the body that matching leaves out, such as /user; repeatable.", envvar=env("IGNORE")
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The outcome as JSON.", envvar=env("JSON"))]
Upstream = Annotated[str, typer.Option(help="Base URL of the real API.", envvar=env("UPSTREAM"))]


def told_version(asked: bool) -> None:
    """Answer --version, and nothing else."""
    if asked:
        typer.echo(f"mockai {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Options may stand in the environment (MOCKAI_PORT=4020) and in mockai.yaml or [tool.mockai] of "
    "pyproject.toml (port: 4020, or serve: {port: 4020}). Exit codes: 0 done, 1 findings, 2 wrong use, 3 the "
    "environment failed."
)
def configured(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Say the version and stop.", is_eager=True, callback=told_version)
    ] = False,
) -> None:
    """A mock OpenAI server that cannot lie: serve, record, replay, import, check."""
    from .files.config import load

    context.default_map = load(Path.cwd(), {name: _options(context, name) for name in _commands(context)})


@app.command(short_help="A fake OpenAI server: scripted, recorded or made-up answers.")
def serve(
    host: Host = "127.0.0.1",
    port: Port = 4010,
    cassette: Annotated[
        list[Path], typer.Option(help="Cassette file or folder to answer from; repeatable.", envvar=env("CASSETTE"))
    ] = [],  # noqa: B006
    record_mode: Annotated[
        Mode, typer.Option(help="What may be recorded into the cassette.", envvar=env("RECORD_MODE"))
    ] = Mode.none,
    upstream: Annotated[
        str | None, typer.Option(help="Base URL of the real API, to record from.", envvar=env("UPSTREAM"))
    ] = None,
    stubs: Annotated[Path | None, typer.Option(help="Stub file (YAML).", envvar=env("STUBS"))] = None,
    unmatched: Annotated[
        Unmatched | None,
        typer.Option(
            help="What to do with requests nobody scripted or recorded. [default: error where a stub or a cassette "
            "speaks for the operation, else synthesize]",
            envvar=env("UNMATCHED"),
        ),
    ] = None,
    missing: Annotated[
        Missing, typer.Option(help="Ids that were never created: a 404, or made up.", envvar=env("MISSING"))
    ] = Missing.error,
    admission: Annotated[
        Level | None,
        typer.Option(help="How strictly requests are read. [default: schema]", envvar=env("ADMISSION")),
    ] = None,
    replay_speed: Speed = "instant",
    exact_pieces: Exact = False,
    allow_playback_repeats: Repeats = False,
    ignore: Ignore = [],  # noqa: B006
    ttft: Annotated[float, typer.Option(help="Seconds to the first chunk.", min=0, envvar=env("TTFT"))] = 0.0,
    tps: Annotated[float | None, typer.Option(help="Chunks a second.", min=0.001, envvar=env("TPS"))] = None,
    jitter: Annotated[
        float, typer.Option(help="Spread of the delays, as a fraction.", min=0, max=1, envvar=env("JITTER"))
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Rules every free choice.", envvar=env("SEED"))] = 0,
    rate_limit: Annotated[
        str | None, typer.Option(help="Tier (free, tier-1 … tier-5) or rpm=N,tpm=N.", envvar=env("RATE_LIMIT"))
    ] = None,
    api_key: Annotated[
        list[str], typer.Option(help="Key to accept; repeatable. [default: any]", envvar=env("API_KEY"))
    ] = [],  # noqa: B006
    admin_token: Token = None,
) -> None:
    """A fake OpenAI server: the first that has an answer gives it, of stubs, cassettes, the upstream (with a record
    mode), and what mockai makes up by the API's schemas.

    The first line on standard output is MOCKAI_URL=http://HOST:PORT/v1, once connections are accepted.
    """
    _serve(
        host,
        port,
        admin_token,
        stubs,
        cassette=cassette,
        record_mode=record_mode.value,
        upstream=upstream,
        unmatched=unmatched.value if unmatched else None,
        missing=missing.value,
        admission=admission.value if admission else None,
        replay_speed=replay_speed,
        exact_pieces=exact_pieces,
        allow_playback_repeats=allow_playback_repeats,
        ignore=ignore,
        ttft=ttft,
        tps=tps,
        jitter=jitter,
        seed=seed,
        rate_limit=rate_limit,
        api_key=api_key,
    )


@app.command(short_help="A recording proxy: what the real API answers is heard at once, and taped.")
def record(
    upstream: Upstream,
    to: Annotated[Path, typer.Option(help="Cassette file or folder to write.", envvar=env("TO"))],
    host: Host = "127.0.0.1",
    port: Port = 4010,
    record_mode: Annotated[
        Mode, typer.Option(help="What is kept of earlier recordings.", envvar=env("RECORD_MODE"))
    ] = Mode.new_episodes,
    ignore: Ignore = [],  # noqa: B006
    admin_token: Token = None,
) -> None:
    """A recording proxy: every request is sent upstream, heard as it comes, and taped."""
    _serve(
        host, port, admin_token, None, record_to=to, record_mode=record_mode.value, upstream=upstream, ignore=ignore
    )  # fmt: skip


@app.command(short_help="A server that answers from cassettes alone, offline.")
def replay(
    path: Annotated[list[Path], typer.Argument(help="Cassette files or folders.")],
    host: Host = "127.0.0.1",
    port: Port = 4010,
    replay_speed: Speed = "instant",
    exact_pieces: Exact = False,
    allow_playback_repeats: Repeats = False,
    ignore: Ignore = [],  # noqa: B006
    admin_token: Token = None,
) -> None:
    """A server whose only source is the cassette; it never touches the network."""
    _serve(
        host,
        port,
        admin_token,
        None,
        cassette=path,
        unmatched="error",
        admission="off",
        replay_speed=replay_speed,
        exact_pieces=exact_pieces,
        allow_playback_repeats=allow_playback_repeats,
        ignore=ignore,
    )


@app.command("import", short_help="Recordings of other tools into cassettes.")
def import_(
    sources: Annotated[list[Path], typer.Argument(help="Recordings of other tools: files or folders.")],
    to: Annotated[Path, typer.Option(help="Folder for the cassettes.", envvar=env("TO"))],
    force: Annotated[
        bool, typer.Option("--force", help="Replace cassettes that are there and differ.", envvar=env("FORCE"))
    ] = False,
    json: Json = False,
) -> None:
    """Recordings of other tools into cassettes, with a report of what was kept, lost and redacted.

    The format of each file is recognised. Ends with 1 if anything could not be read.
    """
    from .files.importing import import_sources

    report = import_sources(sources, to, force=force)
    typer.echo(report.json() if json else report.text())
    raise typer.Exit(FOUND if report.failed else 0)


@app.command(short_help="Cassettes and stub files against the API's schemas.")
def check(
    paths: Annotated[list[Path], typer.Argument(help="Cassettes and stub files, or folders of them.")],
    json: Json = False,
) -> None:
    """Hold every exchange and stub against the API's schemas, event by event.

    Ends with 1 if anything is wrong, with 2 if there is nothing to check.
    """
    from .files.checking import check_paths

    outcome = check_paths(paths)
    typer.echo(outcome.json() if json else outcome.text())
    raise typer.Exit(FOUND if outcome.findings else 0)


def _serve(host: str, port: int, admin_token: str | None, stubs: Path | None, **options: Any) -> None:
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
    with MockAI(**options) as mock:
        if stubs is not None:
            from .files.stubs import load_stubs

            load_stubs(mock, stubs)
        gc.enable()
        run(Scopes(mock), host, port, ready, admin_token)


def _stopped(_sign: int, _frame: object) -> NoReturn:
    """A signal before the server listens, or after it stopped, is an orderly end as well."""
    raise SystemExit(0)


def _commands(context: typer.Context) -> list[str]:
    """The names of the commands."""
    return context.command.list_commands(context)  # type: ignore[attr-defined, no-any-return]


def _options(context: typer.Context, command: str) -> dict[str, bool]:
    """The options of a command, and whether each may be given several times."""
    found = context.command.get_command(context, command)  # type: ignore[attr-defined]
    return {option.name: option.multiple for option in found.params if option.param_type_name == "option"}


def main() -> None:
    """The `mockai` command. What went wrong is said on standard error in a sentence, never as a traceback."""
    try:
        app(prog_name="mockai")
    except MockaiError as error:
        typer.echo(f"mockai: {error}", err=True)
        sys.exit(FAILED if isinstance(error, EnvironmentFailed) else MISUSED)


if __name__ == "__main__":
    main()
