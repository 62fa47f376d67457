"""Serving on a real socket: in a thread for tests, or as the process itself for the command line."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from ..errors import EnvironmentFailed
from ..mock import MockAI
from ..scopes import Scopes
from .asgi import App
from .connection import PROTOCOL, let_go, opened

# Longer than an SDK's connection pool keeps an idle connection (5 s), so that no request meets a closing socket.
KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 10

# The journal holds some hundred thousand objects that are no garbage; Python's own thresholds (700, 10, 10) look
# through them so often that a busy server spends 6 % of its time on it.
GC_THRESHOLDS = (20_000, 20, 20)


class Server(uvicorn.Server):
    """uvicorn, told apart in two points: it says when it is ready, and a signal is an orderly end, not an error."""

    def __init__(self, app: App, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="auto",
                http=PROTOCOL,
                ws="none",
                lifespan="on",
                log_config=None,
                log_level="critical",
                # Where false, uvicorn keeps its logger from propagating, and pytest puts two handlers on each such
                # logger three times a test. Our own connections log nothing anyway.
                access_log=PROTOCOL != "auto",
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self.ready, self.scopes = ready, app.scopes

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._stopping(False)
            self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the bodies that would go on for ever, finish the others."""
        self._stopping(True)
        for protocol in tuple(self.server_state.connections):
            let_go(protocol)
        await super().shutdown(sockets)

    def _stopping(self, stopping: bool) -> None:
        self.scopes.main.connections = dict if stopping else self.open_connections
        for mock in self.scopes.all():
            mock.stopping, mock.connections = stopping, self.scopes.main.connections

    def open_connections(self) -> dict[str, float]:
        """The clients that are connected, as requests name them, and the moment of each connection's beginning."""
        return dict(pair for protocol in tuple(self.server_state.connections) if (pair := opened(protocol)))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM without raising them again afterwards, as uvicorn would."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sign: signal.signal(sign, self._stop) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def _stop(self, _sign: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit  # a second signal does not wait for open answers
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises EnvironmentFailed, saying what to do, if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise EnvironmentFailed(
                f"Port {port} on {host} is in use. Choose another with --port, or --port 0 for any free one."
            ) from None
        raise EnvironmentFailed(f"Cannot listen on {host}:{port}: {error}.") from None
    return listener


def url(listener: socket.socket) -> str:
    """The base URL that a client of this listener uses."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


def run(
    scopes: Scopes,
    host: str,
    port: int,
    ready: Callable[[str], None],
    admin_token: str | None = None,
    refresh: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` gets the base URL once connections are accepted.

    `refresh` is called before each request.
    Open responses are finished first, for at most 10 seconds.
    """
    listener = bind(host, port)
    base = url(listener)
    gc.freeze()  # what is loaded by now stays: cassettes and code need not be looked through again and again
    gc.set_threshold(*GC_THRESHOLDS)
    Server(App(scopes, admin_token, refresh), lambda: ready(base)).run(sockets=[listener])


@contextmanager
def serving(mock: MockAI | Scopes, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """A server in a thread while the block runs; gives its base URL."""
    scopes = mock if isinstance(mock, Scopes) else Scopes(mock)
    listener = bind(host, port)
    started = threading.Event()
    server = Server(App(scopes), started.set)
    server.config.timeout_graceful_shutdown = 1
    thread = threading.Thread(target=_run, args=(server, listener), name="mockai", daemon=True)
    thread.start()
    while not started.wait(0.05):
        if not thread.is_alive():
            raise EnvironmentFailed("The server could not start.")
    try:
        yield url(listener)
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)


def _run(server: Server, listener: socket.socket) -> Any:
    factory = server.config.get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(server.serve(sockets=[listener]))
