"""A stub file that is read again when it has changed, while a server runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ..errors import StubError
from ..mock import MockAI
from ..scopes import Scopes
from .stubs import load_stubs

LOG = logging.getLogger("mockai")
PAUSE_SECONDS = 1.0


class StubFile:
    """The stubs of a file in all scopes of a server: call it before a request, and they are those of the file now.

    It looks at the file at most once a second. A changed file's stubs take the place of its old ones, unused again;
    stubs that were declared otherwise stay, and count more. A file that cannot be read changes nothing: the old stubs
    stay, and the reason is logged and remembered as a miss.
    """

    def __init__(self, path: Path, scopes: Scopes, now: Callable[[], float] = time.monotonic) -> None:
        self.path, self.scopes, self.now = path, scopes, now
        self.seen = self._state()
        self.next = now() + PAUSE_SECONDS
        load_stubs(scopes.main, path)

    def __call__(self) -> None:
        """Read the file again if it is time to, and if it has changed."""
        now = self.now()
        if now < self.next:
            return
        self.next = now + PAUSE_SECONDS
        state = self._state()
        if state != self.seen:
            self.seen = state
            self._read()

    def _read(self) -> None:
        fresh = MockAI()
        try:
            load_stubs(fresh, self.path)
        except StubError as error:
            told = f"{error} The stubs it held before stay until it is mended."
            LOG.error("mockai: %s", told)
            for mock in self.scopes.all():
                mock.misses.append(told)
            return
        for mock in self.scopes.all():
            with mock.lock:
                others = [stub for stub in mock.stubs if stub.origin != str(self.path)]
                mock.stubs[:] = [*(stub.fresh(mock) for stub in fresh.stubs), *others]
                waiting = [injection for injection in mock.injections if injection.origin != str(self.path)]
                mock.injections[:] = [*(injection.fresh() for injection in fresh.injections), *waiting]
        LOG.warning("mockai: %s has changed and was read again.", self.path)

    def _state(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
