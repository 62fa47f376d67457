"""MockAI: the straight line from a request to its answer, and the verbs that look after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from . import refusing, sources
from .admit import Admission, admit
from .asked import Asked
from .call import Call, Forward
from .errors import ApiError, Refusal
from .http import Exchange, Reply, Request
from .journal import Journal
from .keys import check_key
from .lifecycle import lifecycle
from .matching import rule
from .options import Options, RecordMode, playback, record_mode, sound, speed, upstream, values, voice
from .resources import Resource, ResourceStore
from .scripted import Scripted
from .shape import shaped
from .spoiling import at_once, instead, spoilt, without_wire
from .understand import understand

if TYPE_CHECKING:  # imported when first needed: a replay speaks no words and has no stubs, a script has no cassettes
    from .cassette import Cassette
    from .drifted import Drifted
    from .faults import Fault
    from .files.shelf import Shelf
    from .injections import Injection
    from .ratelimit import RateLimit
    from .redaction import Redaction
    from .stubs import Stub
    from .voice import Voice

HEARD_OUT_SECONDS = 10.0


@dataclass(eq=False, repr=False)
class MockAI(Options, Scripted, Asked):
    """A fake OpenAI API with its own stubs, cassettes, journal and limits; many may live at once.

    What it can be told is in `mockai.options.Options`, option by option.
    """

    def __post_init__(self) -> None:
        sound(self)
        self.api_key = (self.api_key,) if isinstance(self.api_key, str) else self.api_key
        self.mode = record_mode(self.record_mode)
        self.speed = speed(self.replay_speed)
        self.upstream = upstream(self.upstream, self.mode)
        self.redaction: Redaction | None = None
        if self.redact:
            from .redaction import redaction

            self.redaction = redaction(self.redact)
        kept = self.redaction.keep if self.redaction else ()
        self.rule = rule(self.ignore, self.match_on, self.normalise, kept)
        self.ordered = playback(self.playback)
        voice(self.voice, self.words)
        values(self.values)
        self.resources = ResourceStore(self.clock, lifecycle(self.lifecycle))
        self.stubs: list[Stub] = []
        self.injections: list[Injection] = []
        self.journal = Journal(self.redaction)
        self.lock = threading.RLock()
        self.heard_out = threading.Condition(self.lock)
        self.forwarded = 0  # calls whose upstream still speaks
        self.misses: list[str] = []
        self.drift: list[Drifted] = []
        self.ids: dict[str, str] = {}  # of objects upstream, with those that were recorded
        self.number = 0
        self.heard = False  # whether a request came before the last reset
        self.url = ""
        self.connections: Callable[[], dict[str, float]] = dict  # open on its server, and the moment each was opened
        self.stopping = False  # whether its server stops, so that nobody can go on listening
        self.shelf: Shelf | None = self._open()
        self.cassettes: list[Cassette] = self.shelf.cassettes if self.shelf else []
        self.forwards = self.upstream is not None and not (
            self.mode is RecordMode.ONCE and any(cassette.takes for cassette in self.cassettes)
        )
        self.level: Admission = self.admission or ("off" if self.forwards else "schema")
        self._limit: RateLimit | None = None
        if self.rate_limit:
            _ = self.limit  # which says what cannot be
        self.sources = sources.ORDER

    # -- the straight line

    def handle(self, request: Request) -> Reply | Forward:
        """Answer a request, or ask an edge to forward it and hand the outcome to `finish`."""
        return self._handle(request, self._admit, tuple)

    def ask(self, request: Request) -> Reply:
        """Answer a request that is part of another one, such as a line of a batch: no key is asked for, no limit spent.

        Stubs, cassettes and behaviours apply, faults that need no connection as well, and the journal notes it. An
        upstream is not asked: a batch that one runs never comes here.
        """
        reply = self._handle(request, self._read, without_wire)
        if isinstance(reply, Forward):
            return self.refuse(
                reply.call, Refusal("Part of another request cannot be forwarded.", code="mockai_failed")
            )
        return reply

    def _handle(
        self,
        request: Request,
        admitted: Callable[[Call, float], None],
        possible: Callable[[Iterable[Fault]], tuple[Fault, ...]],
    ) -> Reply | Forward:
        """Answer a request that `admitted` lets through; of the faults that are due, the `possible` ones strike."""
        with self.lock:
            self._settle(request)
            self.number += 1
            at = self.clock.now()
            call = understand(request, self.number, self.seed)
            faults: tuple[Fault, ...] = ()
            try:
                faults = possible(self._due(call))
                decision = instead(faults, call) if faults else None
                if decision is None:
                    admitted(call, at)
                    decision = sources.first(self.sources, call, self)
                    own = possible(decision.faults)
                    faults += own
                    decision = (instead(own, call) if own else None) or decision
            except Exception as error:
                decision = refusing.refused(self, call, error)
            if isinstance(decision.answer, Forward):
                return replace(decision.answer, faults=faults) if faults else decision.answer
            reply = shaped(self, call, decision, at)
            return self._note(call, spoilt(reply, faults) if faults else reply, decision.source, at, faults)

    def _due(self, call: Call) -> tuple[Fault, ...]:
        """What goes wrong with this call, because its header says so or a fault waits for it."""
        if not self.injections and call.request.header("x-mockai-fault") is None:
            return ()
        from .injections import due

        return due(self.injections, call)

    def _settle(self, request: Request | None) -> None:
        """Move stored objects on before a request; one whose step fails stays where it is, and is remembered."""
        if not self.resources.moving:
            return
        from .collection import stopped

        try:
            self.resources.settle(stopped(request) if request is not None else "")
        except Exception as error:
            refusing.LOG.error("mockai: moving a stored object on failed", exc_info=error)
            refusing.remember(self, f"Moving a stored object on failed with {type(error).__name__}: {error}")

    def watch(self, resource: Resource) -> bool:
        """Let time pass for a client that keeps looking at `resource`; False once there is nothing left to look at."""
        with self.lock:
            self._settle(None)
            self.resources.look(resource)
            return not self.stopping and self.resources.find(resource.place, resource.id) is resource

    def finish(self, forward: Forward, reply: Reply, at: float) -> Reply:
        """Note and tape what the upstream answered to a forwarded call that came in at unix time `at`.

        Gives what the client hears of it: the tape knows nothing of faults.
        """
        heard = spoilt(at_once(reply), forward.faults) if forward.faults else reply
        with self.lock:
            self._note(forward.call, heard, "upstream", at, forward.faults)
        if self.shelf is not None:
            name = forward.call.operation.id if forward.call.operation else None
            self.shelf.record(Exchange(forward.call.request, reply, name, "upstream", at, forward.call.number))
        if self.mode is RecordMode.VERIFY:
            from .drifted import compare

            compare(self, forward.call, reply)
        return heard

    @contextmanager
    def forwarding(self) -> Iterator[None]:
        """Surrounds the asking of an upstream: `close` waits for its end, which a client that leaves does not bring."""
        with self.lock:
            self.forwarded += 1
        try:
            yield
        finally:
            with self.lock:
                self.forwarded -= 1
                self.heard_out.notify_all()

    def refuse(self, call: Call, error: ApiError) -> Reply:
        """Answer a call with an error that an edge met on its behalf, e.g. an upstream that cannot be reached."""
        with self.lock:
            at = self.clock.now()
            return self._note(call, shaped(self, call, refusing.refused(self, call, error), at), "mockai", at)

    def _admit(self, call: Call, now: float) -> None:
        """Raise what the API says to a request that it does not take. What was recorded is always let through."""
        for cassette in self.cassettes:
            if cassette.knows(call):
                return
        if sources.linked(call, self):
            return
        if self.level != "off" or self.api_key:
            check_key(call.request, self.api_key)
        silent = self.forwards or (not self.stubs and sources.strict(call, self))
        if self.rate_limit or not silent:  # what is forwarded, or refused, tells of no limits, so nobody counts tokens
            self.limit.spend(call, now)
        self._read(call, now)

    def _read(self, call: Call, _now: float) -> None:
        if call.operation is not None and self.level != "off":
            admit(call, self.level, self if self.level == "semantic" and sources.alone(call, self) else None)

    def _note(self, call: Call, reply: Reply, source: str, at: float, faults: tuple[Fault, ...] = ()) -> Reply:
        name = call.operation.id if call.operation else None
        self.journal.note(call.request, reply, name, source, at, call.number, tuple(map(str, faults)) if faults else ())
        return reply

    @property
    def limit(self) -> RateLimit:
        """What clients may still ask for: made when the first of them asks, as a replay needs none."""
        if self._limit is None:
            from .ratelimit import RateLimit

            self._limit = RateLimit(self.rate_limit)
        return self._limit

    @cached_property
    def speaker(self) -> Voice:
        """What is said when nobody has scripted it."""
        from .voice import Voice

        return Voice(self.voice, self.words, self.values)

    # -- the verbs that look after it

    def reset(self) -> None:
        """Forget stubs, faults, stored objects, journal and misses; rewind the cassettes; fill the rate limits."""
        with self.lock:
            self.resources.clear()
            self.stubs.clear()
            self.injections.clear()
            self.misses.clear()
            self.drift.clear()
            self.ids.clear()
            self.journal.clear()
            self.heard = self.heard or self.number > 0
            self.number = 0
            self._limit = None
            self.cassettes[:] = [cassette.rewound() for cassette in self.cassettes]

    def scope(self) -> MockAI:
        """A mock with the same options, stubs and faults, and with its own state; it shares the tape."""
        own = {option.name: getattr(self, option.name) for option in fields(self)}
        mock = MockAI(**(own | {"cassette": (), "record_to": None}))
        mock.stubs = [stub.fresh(mock) for stub in self.stubs]
        mock.injections = [injection.fresh() for injection in self.injections]
        mock.shelf, mock.forwards, mock.level = self.shelf, self.forwards, self.level
        mock.cassettes = [cassette.rewound() for cassette in self.cassettes]
        return mock

    def transport(self, library: Any) -> Any:
        """An in-process transport for `httpx2` or `httpx` (pass the module), for sync and async clients alike."""
        from .edges.transport import transport

        return transport(self, library)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[str]:
        """A real server in a thread: `with mock.serve() as url:` gives the base URL, `http://127.0.0.1:PORT/v1`.

        Raises EnvironmentFailed if the port is taken.
        """
        from .edges.server import serving

        return serving(self, host, port)

    def close(self) -> None:
        """Write what was recorded and let go of the cassettes. Raises CassetteError if that fails.

        Waits for upstreams that still speak, at most 10 seconds.
        """
        if self.shelf is not None:
            with self.lock:
                self.heard_out.wait_for(lambda: not self.forwarded, HEARD_OUT_SECONDS)
            self.shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- set-up

    def _open(self) -> Shelf | None:
        if not self.cassette and self.record_to is None:
            return None
        from .files.shelf import Shelf

        return Shelf(self)
