"""`make bench-loading`: how long folders of 10,000 and 100,000 exchanges take to load, and what they weigh.

Files hold 1, 10 or 100 exchanges: conversations of several kinds and lengths, a fifth of them streams of 50 events.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import load
import orjson
from run import HEAD, HEADERS, resident, server
from samples import pieces, wire

from mockai.files.tape import Tape, compose, encode
from mockai.files.yamltext import dump
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.match import key

KINDS = 1_000
NUMBER, KEY = "20000000001", "0123abcd"  # stand for an exchange's own in the text of its kind
WORDS = Path(__file__).parents[1].joinpath("docs", "recording.md").read_text(encoding="utf-8").split()
GATEWAY = (
    ("date", "Sat, 21 Nov 2026 02:15:12 GMT"),
    ("content-type", "application/json"),
    ("cf-cache-status", "DYNAMIC"),
    ("x-content-type-options", "nosniff"),
    ("server", "cloudflare"),
    ("cf-ray", "9a1e0b0c0d0e0f00-FRA"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
    ("alt-svc", 'h3=":443"; ma=86400'),
)


def main() -> None:
    for wanted in (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            size = write(Path(folder), wanted)
            print(f"{wanted:,} exchanges, {size / 1e6:.0f} MB in {sum(1 for _ in Path(folder).iterdir()):,} files")
            measure(Path(folder), wanted)


def measure(folder: Path, wanted: int) -> None:
    """Load in a process of its own, then serve: from the start of the process to the first answer, and after many."""
    code = (
        "import sys, time, mockai; began = time.perf_counter(), time.process_time(); "
        "mock = mockai.MockAI(cassette=sys.argv[1]); "
        "print(time.perf_counter() - began[0], time.process_time() - began[1])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True
    ).stdout.split()
    print(f"  loaded in {float(told[0]):.2f} s ({float(told[1]):.2f} s of CPU; wanted: 10,000 in 2 s)", flush=True)
    start = time.perf_counter()
    with server("-m", "mockai.cli", "serve", "--cassette", str(folder), "--port", "0") as (port, pid):
        listening = time.perf_counter() - start
        sizes = [resident(pid)]
        asked = [wire(body) for body in bodies(wanted, 5_000)]
        began = time.perf_counter()
        load.answer(port, asked, len(asked))
        each = (time.perf_counter() - began) / len(asked)
        sizes.append(resident(pid))
    print(
        f"  served in {listening:.2f} s with {sizes[0]:.0f} MB (wanted: 100,000 in 10 s with 1,000 MB); "
        f"{len(asked):,} answers at {each * 1e6:.0f} µs, {sizes[1]:.0f} MB then",
        flush=True,
    )


def write(folder: Path, wanted: int) -> int:
    """Cassettes of `wanted` exchanges in all; gives their size in bytes."""
    kinds = [kind(number) for number in range(KINDS)]
    numbers, size = count(), 0
    for each in sizes(wanted):
        texts = []
        for number in (next(numbers) for _ in range(each)):
            text, request = kinds[number % KINDS]
            own = str(20000000001 + number)
            told = Request(
                request.method, request.path, "", request.headers, request.body.replace(NUMBER.encode(), own.encode())
            )
            texts.append(text.replace(NUMBER, own).replace(KEY, key(told)[:8]))
        data = compose(Tape(recorded={"at": "2026-11-21T02:15:12Z", "by": "mockai"}), texts).encode()
        (folder / f"{next(iter(texts))[8:16]}-{size}.yaml").write_bytes(data)
        size += len(data)
    return size


def sizes(wanted: int) -> Iterator[int]:
    """Exchanges of each file: a fifth of all stand alone, three tenths by ten, a half by a hundred."""
    yield from [1] * (wanted // 5) + [10] * (wanted * 3 // 100) + [100] * (wanted // 200)


def kind(number: int) -> tuple[str, Request]:
    """One kind of exchange: the text of its item, and its request, which both hold `NUMBER`."""
    rng = random.Random(number)
    stream = number % 5 == 4
    request = Request("POST", "/v1/chat/completions", "", HEADERS[-11:-10], question(rng, stream))
    media = "text/event-stream; charset=utf-8" if stream else "application/json"
    headers = tuple((name, media if name == "content-type" else value) for name, value in (*GATEWAY, *HEAD))
    body = tuple(Chunk(0.02, piece) for piece in pieces()) if stream else (Chunk(0.0, completion(rng)),)
    exchange = Exchange(request, Reply(200, headers, body, 0.4), "chat.completions.create", at=1_795_230_000.0 + number)
    item, _ = encode(exchange)
    return dump([{**item, "key": KEY}]), request


def question(rng: random.Random, stream: bool) -> bytes:
    wanted = {"type": "object", "properties": {"city": {"type": "string"}}}
    names = [f"tool_{number}" for number in range(rng.choice((0, 0, 1, 3)))]
    tools = [{"type": "function", "function": {"name": name, "parameters": wanted}} for name in names]
    turns = [{"role": role, "content": prose(rng)} for _ in range(rng.randint(1, 3)) for role in ("user", "assistant")]
    messages = [*turns, {"role": "user", "content": f"Question {NUMBER}: {prose(rng)}"}]
    body = {"model": rng.choice(("gpt-5", "gpt-4o-mini")), "messages": messages, "temperature": 0.5}
    return orjson.dumps(body | ({"tools": tools} if tools else {}) | ({"stream": True} if stream else {}))


def completion(rng: random.Random) -> bytes:
    message = {"role": "assistant", "content": prose(rng, 80), "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 60, "completion_tokens": 90, "total_tokens": 150}
    body = {
        "id": f"chatcmpl-{NUMBER}",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "gpt-5-2025-08-07",
    }
    return orjson.dumps({**body, "choices": [choice], "usage": usage}, option=orjson.OPT_INDENT_2)


def prose(rng: random.Random, most: int = 40) -> str:
    text = " ".join(rng.choices(WORDS, k=rng.randint(3, most)))
    return text.replace(". ", ".\n") if rng.random() < 0.3 else text


def bodies(wanted: int, few: int) -> list[bytes]:
    """The bodies of some of the requests, from all over the folder."""
    kinds = [question(random.Random(number), number % 5 == 4) for number in range(KINDS)]
    numbers = [number for number in range(0, wanted, wanted // few) if number % 5 != 4]  # the client hears no streams
    return [kinds[number % KINDS].replace(NUMBER.encode(), str(20000000001 + number).encode()) for number in numbers]


if __name__ == "__main__":
    main()
