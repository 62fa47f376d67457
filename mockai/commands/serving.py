"""`mockai serve | record | replay`: a server until a signal."""

from __future__ import annotations

import gc
import signal
from pathlib import Path
from typing import Any, NoReturn

import click

from ..errors import ConfigError
from .options import ADDRESS, MODES, PATH, PLAYBACK, RULES, choice, option

RECORDING = tuple(mode for mode in MODES if mode != "verify")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command(short_help="A fake OpenAI server: scripted, recorded or made-up answers.")
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


@click.command(short_help="A recording proxy: what the real API answers is heard at once, and taped.")
@option("--upstream", required=True, help="Base URL of the real API.")
@option("--to", PATH, required=True, help="Cassette file or folder to write.")
@ADDRESS
@choice("--record-mode", *RECORDING, default="new_episodes", help="What is kept of earlier recordings.")
@RULES
def record(to: Path, **given: Any) -> None:
    """A recording proxy: every request is sent upstream, heard as it comes, and taped."""
    _serve(record_to=to, **given)


@click.command(short_help="A server that answers from cassettes alone, offline.")
@click.argument("path", type=PATH, nargs=-1, required=True)
@ADDRESS
@PLAYBACK
def replay(path: tuple[Path, ...], **given: Any) -> None:
    """A server whose only source is the cassette; it never touches the network.

    PATH… are cassette files or folders of them.
    """
    _serve(cassette=path, unmatched="error", admission="off", **given)


def _serve(host: str, port: int, admin_token: str | None, stubs: Path | None = None, **given: Any) -> None:
    """Serve until a signal; the first line on standard output is the URL."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _stopped)
    gc.disable()  # the half of a start is imports, and nothing of them is garbage
    from ..edges.server import run
    from ..mock import MockAI
    from ..scopes import Scopes

    def ready(url: str) -> None:
        print(f"MOCKAI_URL={url}", flush=True)

    if host not in LOOPBACK and admin_token is None:
        raise ConfigError(f"--host {host} lets other machines in, so the control surface needs --admin-token TOKEN.")
    with MockAI(**given) as mock:
        scopes, refresh = Scopes(mock), None
        if stubs is not None:
            from ..files.reloading import StubFile

            refresh = StubFile(stubs, scopes)
        gc.enable()
        run(scopes, host, port, ready, admin_token, refresh)


def _stopped(_sign: int, _frame: object) -> NoReturn:
    """A signal before the server listens, or after it stopped, is an orderly end as well."""
    raise SystemExit(0)
