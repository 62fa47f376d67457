"""One server for many mocks, each with an address of its own, and what a client finds in its environment there."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..mock import MockAI
from ..scopes import Scopes
from .server import serving

if TYPE_CHECKING:
    from .blocking import Reach

LOOPBACK = "127.0.0.1,localhost,::1"
KEY = "sk-mockai"
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "NO_PROXY", "no_proxy")
REAL = (".openai.com", ".openai.azure.com")


class Host:
    """The running server: `url` is its base URL; mocks are opened on it, each under a name of its own."""

    def __init__(self, root: str, scopes: Scopes) -> None:
        self.root = root
        self.url = f"{root}/v1"
        self.scopes = scopes
        self.count = 0

    def open(self, mock: MockAI) -> tuple[str, str]:
        """Let `mock` answer under a name of its own; gives that name and the base URL for its clients."""
        self.count += 1
        name = f"test-{self.count}"
        self.scopes.open(name, mock)
        return name, f"{self.root}/t/{name}/v1"

    @property
    def port(self) -> int:
        """Where it listens on this machine."""
        return urlsplit(self.root).port or 80


@contextmanager
def hosting() -> Iterator[Host]:
    """A server while the block runs."""
    scopes = Scopes(MockAI())
    with serving(scopes) as url:
        yield Host(url.removesuffix("/v1"), scopes)


@cache
def host() -> Host:
    """The server of this process: it starts when it is first asked for, and stays."""
    stack = ExitStack()
    found = stack.enter_context(hosting())
    atexit.register(stack.close)
    return found


@contextmanager
def environment(mock: MockAI) -> Iterator[None]:
    """What clients find while the block runs: the mock's address, a key it takes, and no proxy on the way to it.

    While an upstream is asked, a key that is there already stays, for it may be the real one.
    """
    before = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    key = before.get("OPENAI_API_KEY") if mock.forwards else None
    direct = {name: ",".join(filter(None, (before.get(name), LOOPBACK))) for name in ("NO_PROXY", "no_proxy")}
    ours = {"OPENAI_BASE_URL": mock.url, "OPENAI_API_KEY": key or next(iter(mock.api_key), KEY), **direct}
    for name, value in ours.items():
        os.environ[name] = value
    try:
        yield
    finally:
        for name in VARIABLES:
            if name in before:
                os.environ[name] = before[name]
            elif name in os.environ:
                del os.environ[name]


def bypassed(mock: MockAI, reaches: Sequence[Reach], what: str) -> str:
    """What to say of a client that went past the mock it should have asked; nothing if none did.

    `reaches` are the connections made meanwhile, `what` names the user's promise, e.g. "the fixture `mockai`".
    """
    if not mock.number and not mock.heard:
        return _unasked(mock, reaches, what)
    if mock.forwards:
        return ""
    real = [str(reach) for reach in reaches if f".{reach.host}".endswith(REAL)]
    if not real:
        return ""
    return (
        f"This test has {what}, and went past it, to {_listed(real)}. Let every client take its address from "
        f"OPENAI_BASE_URL ({mock.url}) when the test runs, not at import."
    )


def _unasked(mock: MockAI, reaches: Sequence[Reach], what: str) -> str:
    if reaches:
        went = (
            f"Its client went to {_listed([str(reach) for reach in reaches])}: it has another base URL, or was made "
            f"before the test began."
        )
    else:
        went = (
            "No connection was opened either: the client's transport is patched (respx, pytest-httpx, vcrpy, a "
            "MockTransport of its own), or nothing was asked."
        )
    return (
        f"This test has {what}, and made no request through it. {went} Let the client take its address from "
        f"OPENAI_BASE_URL ({mock.url}) when the test runs, not at import, and do not patch its transport; or do "
        f"without {what}."
    )


def _listed(texts: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(texts[:3]))
    return f"{shown} and {len(texts) - 3} more" if len(texts) > 3 else shown
