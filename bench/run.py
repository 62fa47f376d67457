"""`make bench`: mockai beside a bare uvicorn app, in one run on one machine. It prints ratios; nothing is asserted.

The two servers take turns in several short rounds, so that what else the machine does meets both alike; the round in
the middle counts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import load
from samples import HEADERS, completion, pieces, question, wire

from mockai.http import Chunk, Exchange, Reply, Request

HERE = Path(__file__).parent
ROUNDS, SECONDS, REQUESTS = 7, 1.0, 100
STREAMS, CHUNKS, GAP = 1000, 50, 0.020
LIMITS = tuple(
    (f"x-ratelimit-{what}-{of}", "10000") for what in ("limit", "remaining", "reset") for of in ("requests", "tokens")
)
# As on a user's machine: compiled once, as pip does it, and not anew at each start.
ENVIRONMENT = {**os.environ, "NO_PROXY": "*"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
HEAD = (
    ("x-request-id", "req_0123456789abcdef0123456789abcdef"),
    ("openai-version", "2020-10-01"),
    ("openai-processing-ms", "321"),
    ("openai-organization", "acme"),
    *LIMITS,
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder) / "bench.yaml"
        write(tape, REQUESTS)
        report("replayed chat completions", *throughput(tape, streamed=False), "answers/s", "≥ 0.45")
        report("streams without delay", *throughput(tape, streamed=True), "streams/s", "≥ 2.0")
        generated(tape)
        paced(tape)
        hits()
        write(small := Path(folder) / "small.yaml", 1)
        starts(small)
        imports()
        memory(tape)


def report(what: str, bare: float, ours: float, unit: str, wanted: str) -> None:
    print(f"{what}: {ours:,.0f} of {bare:,.0f} {unit}, ratio {ours / bare:.2f} (wanted {wanted})", flush=True)


def recorded(number: int, *, stream: bool, gap: float = 0.0) -> Exchange:
    media = "text/event-stream; charset=utf-8" if stream else "application/json"
    body = tuple(Chunk(gap, piece) for piece in pieces()) if stream else (Chunk(0.0, completion()),)
    sent = tuple(pair for pair in HEADERS if pair[0] in ("accept", "content-type"))
    request = Request("POST", "/v1/chat/completions", "", sent, question(number, stream))
    return Exchange(request, Reply(200, (("content-type", media), *HEAD), body), "chat.completions.create")


def write(tape: Path, count: int) -> None:
    from mockai.files.recorder import save
    from mockai.files.tape import Tape

    exchanges = [
        recorded(number, stream=stream, gap=GAP if stream else 0.0)
        for number in range(count)
        for stream in (False, True)
    ]
    save(Tape(exchanges=tuple(exchanges)), tape)


@contextmanager
def server(*command: str) -> Iterator[tuple[int, int]]:
    """A server process; gives its port and process id once it listens."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().strip().rsplit(":", 1)[1].split("/")[0]), process.pid
    finally:
        process.terminate()
        process.wait()


def bare(kind: str):
    return server(str(HERE / "bare.py"), kind)


def replay(tape: Path, *options: str):
    return server("-m", "mockai.cli", "replay", str(tape), "--port", "0", "--allow-playback-repeats", *options)


def throughput(tape: Path, *, streamed: bool) -> tuple[float, float]:
    """Answers a second of both, in the round whose ratio is the median: the rounds differ as the machine does."""
    requests = [wire(question(number, streamed)) for number in range(REQUESTS)]
    with bare("sse" if streamed else "json") as (yard, _), replay(tape) as (ours, _):
        rounds = [
            tuple(load.rate(port, requests, seconds=SECONDS, streamed=streamed) for port in (yard, ours))
            for _ in range(ROUNDS)
        ]
    return sorted(rounds, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]


def generated(tape: Path) -> None:
    """Completions of 50 tokens (40 words) that are made up, beside replayed ones."""
    requests = [wire(question(number)) for number in range(REQUESTS)]
    with replay(tape) as (yard, _), server("-m", "mockai.cli", "serve", "--port", "0", "--words", "40") as (ours, _):
        rounds = [tuple(load.rate(port, requests, seconds=SECONDS) for port in (yard, ours)) for _ in range(ROUNDS)]
    told, made = sorted(rounds, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    rates = f"{made:,.0f} answers/s to {told:,.0f} replayed"
    print(f"synthesised chat completions: {rates}, ratio {made / told:.2f} (wanted ≥ 0.60)", flush=True)


def paced(tape: Path) -> None:
    """How late the pieces of many concurrent streams are, at the client: three rounds, the one in the middle counts."""
    request = wire(question(1, True))
    with replay(tape, "--replay-speed", "recorded") as (port, _):
        lost, gap, drift = sorted(lateness(load.listen(port, request, STREAMS)) for _ in range(3))[1]
    print(
        f"{STREAMS} concurrent streams of {CHUNKS} chunks at {GAP * 1000:.0f} ms: {lost} lost, "
        f"gap error p99 {gap:.1f} ms (wanted ≤ 15), drift p99 {drift:.1f} ms (wanted ≤ 10)",
        flush=True,
    )


def lateness(heard: list[list[tuple[float, bytes]]]) -> tuple[int, float, float]:
    """Streams that are not whole, and the 99th percentiles of the error of a gap and of a whole stream, in ms."""
    lost = sum(b"".join(data for _, data in stream).count(b"data: {") != CHUNKS for stream in heard)
    gaps: list[float] = []
    drifts: list[float] = []
    for stream in heard:
        times = [at for at, data in stream for _ in range(data.count(b"data: {"))]
        gaps += [abs(after - before - GAP) for before, after in pairwise(times)]
        drifts.append(abs(times[-1] - times[0] - GAP * (CHUNKS - 1)))
    return lost, percentile(gaps), percentile(drifts)


def percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000


def hits() -> None:
    """The cost of a hit in a large cassette against one in a small one: the same ten requests, in turns."""
    from mockai.cassette import Cassette
    from mockai.mock import MockAI

    def holding(count: int) -> MockAI:
        mock = MockAI(admission="off")
        cassette = Cassette(repeats=True)
        cassette.add((recorded(number, stream=False) for number in range(count)), "bench")
        mock.cassettes.append(cassette)
        return mock

    def cost(mock: MockAI, requests: list[Request]) -> float:
        start = time.perf_counter()
        for request in requests:
            mock.handle(request)
        return (time.perf_counter() - start) / len(requests)

    sizes = (10, 100_000)
    mocks = {size: holding(size) for size in sizes}
    asked = {
        size: [recorded(number * size // 10, stream=False).request for number in range(10)] * 200 for size in sizes
    }
    costs = {size: min(cost(mocks[size], asked[size]) for _ in range(9)) for size in sizes}
    small, large = (costs[size] * 1e6 for size in sizes)
    ratio = f"ratio {large / small:.2f} (wanted ≤ 1.2)"
    print(f"a hit: {small:.1f} µs with 10 exchanges, {large:.1f} µs with 100,000, {ratio}", flush=True)


def starts(tape: Path) -> None:
    """Process start until the first answer."""

    def first(make, request: bytes) -> float:
        start = time.perf_counter()
        with make() as (port, _):
            load.once(port, request)
            return time.perf_counter() - start

    request = wire(question(0))  # the one that was recorded
    times = [(first(lambda: bare("json"), request), first(lambda: replay(tape), request)) for _ in range(ROUNDS)]
    yard, ours = (min(column) for column in zip(*times, strict=True))
    print(f"start to first answer: {ours * 1000:.0f} of {yard * 1000:.0f} ms, ratio {ours / yard:.2f} (wanted ≤ 1.5)")


def imports() -> None:
    def seconds(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
        return time.perf_counter() - start

    cost = min(seconds("import mockai; mockai.MockAI") for _ in range(ROUNDS)) - min(
        seconds("pass") for _ in range(ROUNDS)
    )
    print(f"import mockai with MockAI: {cost:.3f} s (wanted < 0.15)")


def memory(tape: Path) -> None:
    requests = [wire(question(number)) for number in range(REQUESTS)]
    with replay(tape) as (port, pid):
        sizes = []
        for _ in range(4):
            load.answer(port, requests, 10_000)
            sizes.append(resident(pid))
    told = " · ".join(f"{size:.0f}" for size in sizes)
    print(f"resident after 10,000 · 20,000 · 30,000 · 40,000 requests: {told} MB (wanted < 100 and flat)", flush=True)


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
