"""Playing a reply to a client: the one place of the socket edge that waits.

Every piece has an absolute due time, counted from the start of the answer, so lateness never adds up. All pieces of
all answers wait in one queue with one timer, since a timer and a task switch for each would cost more than sending.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from ..http import Break, Chunk, Headers, Reply, Timeline, raw
from ..ongoing import Ongoing, played
from .connection import await_the_end, cycle_of, frame, hang_up, is_chunked, outstanding, reset, whole

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

EARLY = 0.0005  # seconds: the loop's timers count whole milliseconds, so what is this close is due
RETRY = 0.005  # seconds until a reader that was too slow is looked at again
PRESENCE = 1.0  # seconds after which a silent answer looks whether its client is still there
MOST_LOOKS = 2_000  # how often, before a connection is reset although not everything has arrived


class Metronome:
    """Calls back at given times of one event loop; what is due together costs one timer."""

    def __init__(self, loop: AbstractEventLoop, now: Callable[[], float] | None = None) -> None:
        self.loop = loop
        self.now = now or loop.time
        self.waiting: list[tuple[float, int, Callable[[float], None]]] = []
        self.order = count()
        self.timer: asyncio.Handle | None = None
        self.wakes = float("inf")

    def at(self, due: float, call: Callable[[float], None]) -> None:
        """Call `call` with the loop's time at `due`, or as soon as possible after it."""
        heapq.heappush(self.waiting, (due, next(self.order), call))
        if due < self.wakes:
            self._wind(due)

    def catch_up(self) -> None:
        """Call back what is due by now, without waiting for the loop to come round."""
        if self.waiting and self.waiting[0][0] <= self.now():
            if self.timer is not None:
                self.timer.cancel()
            self._tick()

    def _wind(self, due: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.wakes, self.timer = due, self.loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self.wakes, self.timer = float("-inf"), None  # while calling, nothing winds the timer
        now = self.now()
        while self.waiting and self.waiting[0][0] <= now + EARLY:
            call = heapq.heappop(self.waiting)[2]
            try:
                call(now)
            except Exception as error:  # one answer's fault must not silence all the others
                self.loop.call_exception_handler({"message": "an answer could not be played", "exception": error})
        self.wakes = float("inf")
        if self.waiting:
            self._wind(self.waiting[0][0])


_metronomes: WeakKeyDictionary[AbstractEventLoop, Metronome] = WeakKeyDictionary()


def metronome() -> Metronome:
    """The metronome of the running loop. It asks the system for the time: uvloop's clock stands still in a round."""
    loop = asyncio.get_running_loop()
    found = _metronomes.get(loop)
    if found is None:
        found = _metronomes[loop] = Metronome(loop, time.monotonic)
    return found


def catch_up() -> None:
    """Play what is due before turning to anything else: a crowd of new requests must not make open streams late."""
    if _metronomes:
        metronome().catch_up()


class Player:
    """Writes the pieces of one started answer straight to its connection, each at its time.

    `done` resolves with the Break that ends the timeline, or None; it also ends when the client leaves.
    """

    def __init__(self, body: Iterator[Chunk | Break], begin: float, cycle: Any, beat: Metronome) -> None:
        self.body, self.due, self.cycle, self.beat = body, begin, cycle, beat
        self.closing = cycle.transport.is_closing  # asked for each piece
        self.done: Future[Break | None] = beat.loop.create_future()
        self.next: Chunk | Break | None = None
        self._advance(begin)

    def _advance(self, now: float) -> None:
        """Write everything that is due, then wait for the rest."""
        cycle = self.cycle
        while not self.done.done():
            if self.next is None:
                self.next = next(self.body, None)
                if self.next is None:
                    self.done.set_result(None)
                    return
                self.due += self.next.after
            if cycle.disconnected or self.closing():
                self.done.set_result(None)
            elif self.due > now + EARLY:
                self.beat.at(self.due if self.due - now < PRESENCE else now + PRESENCE, self._advance)
                return
            elif cycle.flow.write_paused:
                self.beat.at(now + RETRY, self._advance)
                return
            elif isinstance(self.next, Break):
                self.done.set_result(self.next)
            else:
                cycle.transport.write(frame(self.next.data))
                self.next = None


async def play(reply: Reply, send: Send, receive: Receive) -> None:
    """Send a reply in its time."""
    begin = time.monotonic() + reply.after
    if reply.after and not await stayed(reply.after, receive):
        return
    if reply.status == 0:
        await no_answer(reply.body[0], send, receive)
        return
    match reply.body:
        case Ongoing():
            pass
        case []:
            await at_once(reply, b"", send)
            return
        case [Chunk(after=0, data=data)]:
            await at_once(reply, data, send)
            return
    await send(start(reply.status, reply.headers))
    cycle = cycle_of(send)
    if is_chunked(cycle):
        broken = await Player(played(reply.body), begin, cycle, metronome()).done
    else:
        broken = await spoken(reply.body, begin, send)
    if broken is not None:
        await end_badly(broken, send, receive)
    else:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def stayed(seconds: float, receive: Receive) -> bool:
    """Wait, unless the client leaves."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return True
    return False


async def spoken(body: Timeline, due: float, send: Send) -> Break | None:
    """Play the pieces as ASGI messages; what the Player does, for any server."""
    loop = asyncio.get_running_loop()
    for chunk in played(body):
        due += chunk.after
        if (pause := due - loop.time()) > EARLY:
            await asyncio.sleep(pause)
        if isinstance(chunk, Break):
            return chunk
        await send({"type": "http.response.body", "body": chunk.data, "more_body": True})
    return None


async def at_once(reply: Reply, data: bytes, send: Send) -> None:
    """Send a reply that waits for nothing. An event stream has no length, however short it is, as with the real API."""
    if (reply.header("content-type") or "").startswith("text/event-stream"):
        if whole(send, reply.status, (*reply.headers, ("transfer-encoding", "chunked")), frame(data) + b"0\r\n\r\n"):
            return
        headers = reply.headers
    elif reply.status in (204, 304):  # these have no body, nor may they say how long it is (RFC 9110, 8.6)
        headers, data = reply.headers, b""
    else:
        headers = (*reply.headers, ("content-length", str(len(data))))
        if whole(send, reply.status, headers, data):
            return
    await send(start(reply.status, headers))
    await send({"type": "http.response.body", "body": data, "more_body": False})


def start(status: int, headers: Headers) -> Message:
    """The ASGI message that opens an answer."""
    return {"type": "http.response.start", "status": status, "headers": raw(headers)}


async def no_answer(how: Chunk | Break, send: Send, receive: Receive) -> None:
    """End the connection, or let it hang, before a head."""
    assert isinstance(how, Break)
    await end_badly(how, send, receive)
    hang_up(send)


async def end_badly(how: Break, send: Send, receive: Receive) -> None:
    """Leave the body unfinished. Returning early makes the server close; a stall lasts until the client gives up."""
    if how.how == "stall":
        await_the_end(send)
        while (await receive())["type"] != "http.disconnect":
            pass
    elif how.how == "reset":
        for _ in range(MOST_LOOKS):
            if not outstanding(send):
                break
            await asyncio.sleep(RETRY / 10)
        reset(send)
