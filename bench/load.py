"""A load generator that is not the bottleneck: raw protocols on uvloop that only look for the end of an answer."""

from __future__ import annotations

import asyncio
import socket
import time
from itertools import count

import uvloop

LENGTH = b"content-length: "
END = b"0\r\n\r\n"


class Client(asyncio.Protocol):
    """One keep-alive connection that sends the next request as soon as an answer is whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.left = -1
        self.tail = b""

    def connection_made(self, transport):
        self.transport = transport
        self.next()

    def next(self):
        if time.perf_counter() < self.run.until and self.run.done < self.run.most:
            self.left = -1
            self.transport.write(self.run.requests[next(self.run.turn) % len(self.run.requests)])
        else:
            self.transport.close()
            self.run.left()

    def data_received(self, data):
        if self.run.streamed:
            self.tail = (self.tail + data)[-5:]
            if self.tail == END:
                self.tail = b""
                self.run.done += 1
                self.next()
            return
        if self.left < 0:
            place = data.find(LENGTH)
            stop = data.find(b"\r\n", place)
            body = data.find(b"\r\n\r\n", place - 2) + 4
            self.left = int(data[place + len(LENGTH) : stop]) - (len(data) - body)
        else:
            self.left -= len(data)
        if self.left == 0:
            self.run.done += 1
            self.next()


class Run:
    """Closed-loop load with `connections` clients for `seconds`."""

    def __init__(self, requests, connections, seconds, streamed, most=float("inf")):
        self.most = most
        self.requests, self.connections, self.streamed = requests, connections, streamed
        self.turn, self.done, self.open = count(), 0, connections
        self.start = time.perf_counter()
        self.until = self.start + seconds

    def left(self):
        self.open -= 1
        if not self.open:
            self.over.set_result(None)

    async def go(self, port):
        loop = asyncio.get_running_loop()
        self.over = loop.create_future()
        for _ in range(self.connections):
            await loop.create_connection(lambda: Client(self), "127.0.0.1", port)
        await self.over
        return self.done / (time.perf_counter() - self.start)


def rate(
    port: int, requests: list[bytes], *, connections: int = 32, seconds: float = 3.0, streamed: bool = False
) -> float:
    """Answers a second."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Run(requests, connections, seconds, streamed).go(port))


def answer(port: int, requests: list[bytes], number: int) -> None:
    """Have `number` requests answered."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Run(requests, 8, 600.0, False, number).go(port))


def once(port: int, request: bytes) -> None:
    """One request on a connection of its own, tried until the server listens and answers."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
                connection.recv(65536)
                return
        except ConnectionRefusedError:
            time.sleep(0.001)


class Listener(asyncio.Protocol):
    """One stream whose pieces are stamped as they arrive."""

    def __init__(self, request, over):
        self.request, self.over, self.heard = request, over, []

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        self.heard.append((time.perf_counter(), data))
        if data.endswith(END):
            self.transport.close()

    def connection_lost(self, _error):
        self.over.set_result(None)


def listen(port: int, request: bytes, streams: int) -> list[list[tuple[float, bytes]]]:
    """What `streams` clients that ask at once hear, with times in seconds."""

    async def go():
        loop = asyncio.get_running_loop()
        overs = [loop.create_future() for _ in range(streams)]
        made = [
            await loop.create_connection(lambda over=over: Listener(request, over), "127.0.0.1", port) for over in overs
        ]
        await asyncio.wait_for(asyncio.gather(*overs), 60)
        return [protocol.heard for _, protocol in made]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(go())
