"""The command line: `mockai serve | record | replay | import | check`.

Every option is also read from the environment (`MOCKAI_PORT=…`), from `mockai.yaml`, and from `[tool.mockai]` in
pyproject.toml, in this order. Exit codes: 0 done, 1 findings, 2 wrong use, 3 the environment failed.
"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import EnvironmentFailed, MockaiError

FOUND, MISUSED, FAILED = 1, 2, 3

app = typer.Typer(
    name="mockai",
    help="A mock OpenAI server that cannot lie.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"auto_envvar_prefix": "MOCKAI", "help_option_names": ["-h", "--help"]},
)


class Mode(str, Enum):
    """Where an answer may come from, and whether it is kept."""

    none = "none"
    once = "once"
    new_episodes = "new_episodes"
    all = "all"
    rewrite = "rewrite"


class Unmatched(str, Enum):
    """What nobody scripted or recorded."""

    synthesize = "synthesize"
    error = "error"


class Missing(str, Enum):
    """Unknown ids."""

    error = "error"
    conjure = "conjure"


class Level(str, Enum):
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
    list[str], typer.Option(help="JSON pointer into the body that matching leaves out.", envvar=env("IGNORE"))
]
Upstream = Annotated[str, typer.Option(help="Base URL of the real API.", envvar=env("UPSTREAM"))]


@app.callback()
def configured(context: typer.Context) -> None:
    """Read the configuration file before any command."""
    from .files.config import load

    context.default_map = load(Path.cwd())


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 4010,
    cassette: Annotated[
        list[Path], typer.Option(help="Cassette file or folder to answer from.", envvar=env("CASSETTE"))
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
    api_key: Annotated[list[str], typer.Option(help="Key to accept. [default: any]", envvar=env("API_KEY"))] = [],  # noqa: B006
    admin_token: Token = None,
) -> None:
    """A fake OpenAI server."""
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


@app.command()
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


@app.command()
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


@app.command("import")
def import_(
    sources: Annotated[list[Path], typer.Argument(help="Recordings of other tools: files or folders.")],
    to: Annotated[Path, typer.Option(help="Folder for the cassettes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace cassettes that are there and differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Recordings of other tools into cassettes, with a report of what was kept, lost and redacted."""
    from .files.importing import import_sources

    with _said():
        report = import_sources(sources, to, force=force)
        typer.echo(report.json() if as_json else report.text())
        raise typer.Exit(FOUND if report.failed else 0)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Cassettes and stub files, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Hold every exchange and stub against the API's schemas, event by event."""
    from .files.checking import check_paths

    with _said():
        outcome = check_paths(paths)
        typer.echo(outcome.json() if as_json else outcome.text())
        raise typer.Exit(FOUND if outcome.findings else 0)


class _said:
    """Turns a MockaiError inside the block into its text on standard error and an exit code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MockaiError):
            typer.echo(f"mockai: {error}", err=True)
            raise typer.Exit(FAILED if isinstance(error, EnvironmentFailed) else MISUSED) from None


def _serve(host: str, port: int, admin_token: str | None, stubs: Path | None, **options: Any) -> None:
    """Serve until a signal; the first line on standard output is the URL."""
    from .control import LOOPBACK
    from .edges.server import run
    from .errors import ConfigError
    from .mock import MockAI
    from .scopes import Scopes

    def ready(url: str) -> None:
        print(f"MOCKAI_URL={url}", flush=True)

    with _said():
        if host not in LOOPBACK and host != "::1" and admin_token is None:
            raise ConfigError(
                f"--host {host} lets other machines in, so the control surface needs --admin-token TOKEN."
            )
        with MockAI(**options) as mock:
            if stubs is not None:
                from .files.stubs import load_stubs

                load_stubs(mock, stubs)
            run(Scopes(mock), host, port, ready, admin_token)


def main() -> None:
    """The `mockai` command."""
    app()


if __name__ == "__main__":
    sys.exit(main())
