"""Recording: exchanges go into a cassette file as they happen, whole, in order and clean, or not at all."""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from .. import __version__
from ..clock import Clock
from ..covering import Cover
from ..errors import CassetteError
from ..http import Exchange
from ..match import key
from ..matching import PLAIN, Rule
from ..redaction import Redaction
from ..secrets import keys
from . import sidefiles, yamltext
from .entries import Entry, Found, compare, entry_of, find, guarded, stamp
from .redact import writable
from .tape import Tape, compose, dumps, instant, load, rounded

REST = 9
"""Seconds of rest for each second of saving: a growing file costs a tenth of the time, however large it gets."""


def save(tape: Tape, path: Path, secrets: Iterable[str] = (), redaction: Redaction | None = None) -> Tape:
    """Write a whole cassette, cleaned, checked and at once; returns what was written.

    Raises SecretFound or CassetteError, and the file is what it was before.
    """
    known = {*secrets, *(secret for exchange in tape.exchanges for secret in keys(exchange.request))}
    counts = Counter(dict(tape.redacted))
    exchanges = []
    for exchange in tape.exchanges:
        cleaned, removed = writable(exchange, known, redaction)
        counts += removed
        if cleaned is not None:
            exchanges.append(rounded(cleaned))
    tape = replace(tape, exchanges=tuple(exchanges), redacted=dict(counts))
    text, sides = dumps(tape)
    for exchange, item in zip(exchanges, yamltext.load(text, str(path)).value["exchanges"], strict=True):
        compare(exchange, item, sides)
    guarded(text, sides, known, path)
    with sidefiles.locked(path):
        sidefiles.put(path, text, sides)
    return tape


class Recorder:
    """Adds exchanges to the cassette at `path`, from any number of threads and processes at once.

    Exchanges stand in the order in which their requests began; those of one millisecond in the order of their
    numbers. What other processes, or people, put into the file meanwhile stays in it, word for word. One thread
    saves in the background, `flush` and `close` save at once and raise CassetteError as long as anything that was
    added is not in the file. An exchange with a key that cannot be removed is left out and raised as SecretFound;
    the others are kept.

    `replaces` says what goes of what the file held before, once there is something new: `none`, the exchanges of the
    `same` requests, or `all`.
    """

    def __init__(
        self,
        path: Path,
        *,
        upstream: str,
        clock: Clock,
        rule: Rule = PLAIN,
        replaces: Literal["none", "same", "all"] = "none",
        redaction: Redaction | None = None,
    ) -> None:
        self.path = path
        self._facts: dict[str, Any] = {
            "at": f"{instant(clock.now())[:-5]}Z",
            "by": f"mockai {__version__}",
            "upstream": _bare(upstream),
        }
        self._wake = threading.Condition()
        self._saving = threading.Lock()
        self._pending: list[Exchange] = []
        self._closed = False
        self._thread: threading.Thread | None = None
        self._news: CassetteError | None = None  # not yet told to anyone who adds
        self._lost: CassetteError | None = None  # an exchange that will never be in the file
        self._failed: CassetteError | None = None  # the last save, until one succeeds

        self._own: list[Entry] = []
        self._saved = 0  # so many of our own are in the file
        self._searched = 0  # so many of our own were searched for all the keys known now
        self._known: set[str] = set()
        self._removed: Counter[str] = Counter()
        self._found = Found()
        self._replaces = replaces
        self._former: list[tuple[str, str]] = []  # text and match key of what may have to go
        self._outdated: Tape | None = None  # the facts that go with it
        self._again: set[str] = set()  # match keys of our own
        self._rule = rule
        self._redaction = redaction
        if path.exists():
            self._begin()

    def add(self, exchange: Exchange) -> None:
        """Take an exchange in; it is saved soon. Raises what went wrong with earlier ones, once, after taking it."""
        with self._wake:
            if self._closed:
                raise CassetteError(f"{self.path} is closed; nothing more can be recorded into it.")
            self._pending.append(exchange)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"mockai saves {self.path.name}", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._wake.notify()
            news, self._news = self._news, None
        if news is not None:
            raise news

    def flush(self) -> None:
        """Save now. Raises CassetteError if anything that was added is not in the file."""
        self._save()
        with self._wake:
            self._news = None
            error = self._failed or self._lost
        if error is not None:
            raise error

    def close(self) -> None:
        """Save and end; raises as `flush` does. Closing again does nothing."""
        with self._wake:
            closed, self._closed = self._closed, True
            self._wake.notify()
        if closed:
            return
        if self._thread is not None:
            self._thread.join()
            atexit.unregister(self.close)
        self.flush()

    def _begin(self) -> None:
        """Read what is there: a file that is no cassette is better refused now than after an hour of recording."""
        former = load(self.path)
        self._rule = former.rule.within(self._rule)
        if self._replaces != "none":
            texts = (entry.text for entry in find(self.path).entries)
            matched = (key(exchange.request, self._rule) for exchange in former.exchanges)
            self._former = list(zip(texts, matched, strict=True))
        if self._replaces == "all":
            self._outdated = former

    def _work(self) -> None:
        rest = 0.0
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed, timeout=rest)
                self._wake.wait_for(lambda: self._closed or bool(self._pending))
                if self._closed:
                    return
            began = time.monotonic()
            self._save()
            rest = (time.monotonic() - began) * REST

    def _save(self) -> None:
        with self._saving:
            with self._wake:
                fresh, self._pending = self._pending, []
            for exchange in fresh:
                try:
                    self._take(exchange)
                except CassetteError as error:
                    self._lost = self._lost or error
                    self._tell(error)
            if self._saved == len(self._own):
                return
            try:
                self._write()
                self._failed = None
            except CassetteError as error:
                self._failed = error
                self._tell(error)

    def _tell(self, error: CassetteError) -> None:
        with self._wake:
            self._news = error

    def _take(self, exchange: Exchange) -> None:
        """Clean and encode an exchange: once, however often the file is written."""
        secrets = set(keys(exchange.request)) - self._known
        if secrets:
            self._known |= secrets
            self._searched = 0
        cleaned, removed = writable(exchange, self._known, self._redaction)
        self._removed += removed
        if cleaned is None:
            return
        self._own.append(entry_of(cleaned, self._rule))
        self._again.add(key(cleaned.request, self._rule))
        client = exchange.request.header("user-agent")
        if client is None:
            return
        if self._redaction is None:
            self._facts.setdefault("client", client)
        elif "user-agent" not in self._redaction.headers:
            self._facts.setdefault("client", Cover(self._redaction).text(client))

    def _write(self) -> None:
        with sidefiles.locked(self.path):
            if stamp(self.path) != self._found.stamp:
                gone = Counter(entry.text for entry in self._own[: self._saved])
                self._found = find(self.path).without(gone)
            leaving = Counter(
                text for text, matched in self._former if self._replaces == "all" or matched in self._again
            )
            others = self._found.without(leaving)
            facts = self._merged(others.facts)
            own = sorted(self._own, key=lambda entry: (entry.at, entry.number))
            entries = sorted([*others.entries, *own], key=lambda entry: entry.at)
            text = compose(facts, [entry.text for entry in entries])
            self._guard(facts)
            fresh = self._own[self._saved :]
            sidefiles.put(self.path, text, {name: data for entry in fresh for name, data in entry.sides.items()})
            self._found = Found(stamp(self.path), facts, others.entries)
            self._former = [(text, matched) for text, matched in self._former if text not in leaving]
            self._saved, self._outdated, self._removed = len(self._own), None, Counter()

    def _merged(self, facts: Tape) -> Tape:
        redacted = Counter(dict(facts.redacted)) + self._removed
        recorded = facts.recorded
        if self._outdated is not None:
            redacted -= Counter(dict(self._outdated.redacted))
            recorded = {} if recorded == self._outdated.recorded else recorded
        return replace(facts, rule=self._rule, recorded=recorded or self._facts, redacted=dict(redacted))

    def _guard(self, facts: Tape) -> None:
        """The last look: at everything that was not yet searched for every key known by now."""
        unsearched = self._own[self._searched :]
        guarded(compose(facts, [entry.text for entry in unsearched]), {}, self._known, self.path)
        for entry in unsearched:
            guarded("", entry.sides, self._known, self.path)
        self._searched = len(self._own)


def _bare(url: str) -> str:
    """A URL without user, password and query."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}{split.path}"
