"""Options that are environment variables as well, and those that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

FOUND, MISUSED, FAILED = 1, 2, 3
"""What a command ends with: findings, wrong use, an environment that failed."""
MODES = ("none", "once", "new_episodes", "all", "rewrite", "verify")
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
REDACT: Callable[[Any], Any] = option(
    "--redact",
    multiple=True,
    help="What is taken out of all that is written, beside keys: json=/user, patterns=REGEX, query=NAME, headers=NAME, "
    "multipart=FIELD, filter=MODULE:FUNCTION, keep=HEADER, salt=TEXT; repeatable.",
)
RULES: Callable[[Any], Any] = options(
    option(
        "--ignore",
        multiple=True,
        help="JSON pointer into the body that matching leaves out, such as /user or OPERATION:/seed; repeatable.",
    ),
    option(
        "--match-on",
        multiple=True,
        help="What counts when requests are compared: method, path, query, body, a header, a JSON pointer instead of "
        "the whole body; repeatable. [default: method, path, query, body]",
    ),
    option(
        "--normalise",
        multiple=True,
        help="Text that varies: dates, timestamps, uuids, paths, tool_call_ids or REGEX=>PLACEHOLDER; repeatable.",
    ),
    REDACT,
)
PLAYBACK: Callable[[Any], Any] = options(
    option("--replay-speed", default="instant", help="instant, recorded, or a factor on the recorded delays."),
    flag("--exact-pieces", "Keep recorded pieces apart at any speed."),
    flag("--allow-playback-repeats", "The last recording of a request goes on answering it."),
    choice("--playback", "unordered", "ordered", default="unordered", help="Whether recordings answer in their order."),
    RULES,
)
JSON: Callable[[Any], Any] = option("--json", is_flag=True, default=False, help="The outcome as JSON.")
