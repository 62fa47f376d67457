"""The whole journey in a few seconds: serve, record, replay, miss. Everything it says has been checked.

    python examples/demo.py [FOLDER]      FOLDER keeps the cassette; without it nothing is left behind

Ends with 0, or with 1 and the reason as soon as something is not as it should be.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

HERE = Path(__file__).resolve().parent
LOOPBACK = "127.0.0.1,localhost,::1"
GAP = 0.1  # seconds between two pieces of the upstream
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CITY: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "city",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "inhabitants": {"type": "integer", "minimum": 1}},
            "required": ["name", "inhabitants"],
            "additionalProperties": False,
        },
    },
}


class Unexpected(Exception):
    """Something is not as the demo says."""


def say(text: str = "") -> None:
    print(text, flush=True)


def check(true: object, text: str) -> None:
    """Say `text` if it is true; end the demo with it if not."""
    if not true:
        raise Unexpected(f"not so: {text}")
    say(f"   ok  {text}")


def ask(prompt: str, **more: Any) -> dict[str, Any]:
    """The arguments of a chat completion."""
    return {"model": "gpt-5", "messages": [{"role": "user", "content": prompt}], **more}


def told(error: openai.APIStatusError) -> str:
    """The message of an error's body."""
    return str(error.body["message"]) if isinstance(error.body, dict) else ""


def environment() -> dict[str, str]:
    """What processes inherit: everything but options of mockai, and no buffering."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MOCKAI_")}
    return plain | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def running(folder: Path, *command: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process that prints its URL first; it is stopped at the end of the block, and must end well if it is mockai."""
    errors = folder / "stderr.txt"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder, env=environment(),
        )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip().removeprefix("MOCKAI_URL=")
        if not url.startswith("http"):
            process.wait(10)
            raise Unexpected(f"{' '.join(map(str, command))} did not start.\n{errors.read_text()}")
        yield url, process
        process.terminate()
        if process.wait(15) != 0 and command[0] == "-m":
            raise Unexpected(f"{' '.join(map(str, command))} ended with {process.returncode}.\n{errors.read_text()}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@dataclass
class Heard:
    """What a client heard of the four requests that are recorded: `pieces` with the unix time of each, and the rest."""

    pieces: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    whole: str = ""
    limited: dict[str, str] = field(default_factory=dict)
    before_break: list[bytes] = field(default_factory=list)
    broken: str = ""

    @property
    def text(self) -> str:
        """The words of the stream."""
        events = b"".join(self.pieces).decode().removesuffix("data: [DONE]\n\n").split("\n\n")
        chunks = [json.loads(event.removeprefix("data: ")) for event in events if event]
        return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


def listen(url: str) -> Heard:
    """Send the four requests and note every byte."""
    heard = Heard()
    with openai.OpenAI(base_url=url, api_key="sk-demo-0123456789abcdef", max_retries=0) as client:
        raw = client.chat.completions.with_streaming_response
        with raw.create(**ask("Is the café open?", stream=True)) as response:
            for piece in response.iter_bytes():
                heard.pieces.append(piece)
                heard.times.append(time.time())
        heard.whole = str(client.chat.completions.create(**ask("Is the café open?")).choices[0].message.content)
        try:
            client.chat.completions.create(**ask("Too fast?"))
        except openai.RateLimitError as error:
            names = ("retry-after-ms", "retry-after", "x-ratelimit-remaining-requests", "x-request-id")
            heard.limited = {name: error.response.headers.get(name, "") for name in names}
        try:
            with raw.create(**ask("Break off.", stream=True)) as response:
                for piece in response.iter_bytes():
                    heard.before_break.append(piece)
        except Exception as error:  # which one it is is what we want to know
            heard.broken = f"{type(error).__name__}: {error}"
    return heard


def serve(folder: Path) -> None:
    """Act 1: the fake server and the official SDK."""
    say("\n1. A fake server, and the official SDK")
    say("   $ mockai serve --port 0 --stubs examples/stubs.yaml --unmatched synthesize")
    options = ("--port", 0, "--stubs", HERE / "stubs.yaml", "--unmatched", "synthesize")
    with running(folder, "-m", "mockai.cli", "serve", *options) as (url, _):
        with openai.OpenAI(base_url=url, api_key="sk-any") as client:
            create = client.chat.completions.create
            plain = create(**ask("Why is the sky blue?"))
            words = plain.choices[0].message.content
            check(words and plain.usage, f"plain        {words!r}")
            chunks = list(create(**ask("Why is the sky blue?", stream=True)))
            streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            check(streamed == words, f"streamed     the same words in {len(chunks)} chunks")
            calls = create(**ask("How is the weather?", tools=[WEATHER])).choices[0].message.tool_calls or []
            check(
                [call.function.arguments for call in calls] == ['{"city":"Paris"}'],
                "tool call    get_weather({'city': 'Paris'}), as examples/stubs.yaml says",
            )
            shaped = json.loads(create(**ask("Name a city.", response_format=CITY)).choices[0].message.content or "")
            check(sorted(shaped) == ["inhabitants", "name"], f"structured   {shaped}")
            check(create(**ask("Are you busy?")).choices[0].message.content == "Here I am.", "retried      a 429 first")
            try:
                create(**ask(7))
            except openai.BadRequestError as error:
                check(error.param == "messages[0].content", f"refused      {told(error)}")
            else:
                raise Unexpected("a content of 7 was taken.")
        check(asyncio.run(at_once(url)) == [words] * 8, "async        8 streams at once, all with the same words")


async def at_once(url: str) -> list[str]:
    """The words of eight streams that run side by side."""
    async with openai.AsyncOpenAI(base_url=url, api_key="sk-any") as client:

        async def one() -> str:
            stream = await client.chat.completions.create(**ask("Why is the sky blue?", stream=True))
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        return await asyncio.gather(*(one() for _ in range(8)))


def record(folder: Path, tape: Path) -> Heard:
    """Act 2: the recording proxy between the SDK and a slow upstream."""
    say(f"\n2. A recording\n   $ mockai record --upstream URL --to {tape.name}")
    with running(folder, HERE / "slow_upstream.py", GAP) as (upstream, process):
        command = ("-m", "mockai.cli", "record", "--port", 0, "--upstream", upstream, "--to", tape)
        with running(folder, *command) as (url, _):
            heard = listen(url)
        process.terminate()
        assert process.stdout is not None
        sent = [float(line) for line in process.stdout.read().split()]
    check(
        len(heard.pieces) == 8, f"8 pieces of {[len(piece) for piece in heard.pieces]} bytes, {GAP * 1000:.0f} ms apart"
    )
    check(heard.pieces[2].endswith("é".encode()[:1]), "the third ends inside the two bytes of é")
    lag = (heard.times[0] - sent[0]) * 1000
    check(
        heard.times[0] < sent[7],
        f"the client had the first {lag:.1f} ms after the upstream sent it, {(sent[7] - heard.times[0]) * 1000:.0f} ms "
        "before the last was sent",
    )
    check(heard.text == heard.whole == "Le café est ouvert.", f"the answer, streamed and whole: {heard.text!r}")
    check(heard.limited["retry-after-ms"] == "120", f"a 429 with {heard.limited}")
    check(
        heard.broken and len(heard.before_break) == 4,
        f"a stream that broke off after 4 pieces: {heard.broken.partition(' (')[0]}",
    )
    return heard


def replay(folder: Path, tape: Path, recorded: Heard) -> None:
    """Act 3: the upstream is gone, and nobody notices."""
    say(f"\n3. The replay; the upstream is gone\n   $ mockai replay {tape.name} --replay-speed recorded")
    with running(folder, "-m", "mockai.cli", "replay", tape, "--port", 0, "--replay-speed", "recorded") as (url, _):
        slow = listen(url)
    check(slow.pieces == recorded.pieces, f"the same {sum(map(len, slow.pieces))} bytes in the same 8 pieces")
    gaps = [f"{(late - early) * 1000:.0f}" for early, late in zip(slow.times, slow.times[1:], strict=False)]
    check(slow.times[-1] - slow.times[0] > 3 * GAP, f"in their time: {', '.join(gaps)} ms between them")
    check((slow.whole, slow.limited) == (recorded.whole, recorded.limited), "the same whole answer; the same 429")
    check(
        (slow.before_break, slow.broken) == (recorded.before_break, recorded.broken),
        "the same break after 4 pieces, the same exception",
    )
    say(f"   $ mockai replay {tape.name} --exact-pieces")
    with running(folder, "-m", "mockai.cli", "replay", tape, "--port", 0, "--exact-pieces") as (url, _):
        fast = listen(url)
        check(
            fast.pieces == recorded.pieces, f"at once: all 8 pieces in {(fast.times[-1] - fast.times[0]) * 1000:.1f} ms"
        )
        miss(url)


def miss(url: str) -> None:
    """Act 4: a request that nobody recorded."""
    say("\n4. A request that differs in one word")
    with openai.OpenAI(base_url=url, api_key="sk-any") as client:
        try:
            client.chat.completions.create(**ask("Is the bar open?"))
        except openai.NotFoundError as error:
            said = told(error)
            check("messages[0].content" in said, "no recording is bent to fit; the SDK raises NotFoundError and says")
            say("\n".join(f"       | {line}" for line in said.splitlines()))
        else:
            raise Unexpected("a request that was never recorded has been answered.")


def show(folder: Path, tape: Path) -> None:
    """Act 5: the cassette, held against the API's schemas, and that no key is in it."""
    text = tape.read_text("utf-8")
    say(f"\n5. The cassette: {tape}")
    check("sk-demo" not in text, "the key of the client is not in it")
    command = [sys.executable, "-m", "mockai.cli", "check", str(tape)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment(), check=False)
    check(done.returncode == 0, f"mockai check: {(done.stdout or done.stderr).strip()}")
    lines = [line for line in text.splitlines() if line.strip()]
    starts = [number for number, line in enumerate(lines) if line.startswith("- key:")]
    events = [number for number, line in enumerate(lines[: starts[1]]) if line.endswith("- |+")]
    excerpt = [*lines[: events[3]], "      …", *lines[starts[1] - 2 : starts[1]]]
    short = [line if len(line) <= 110 else f"{line[:48]} … {line[-59:]}" for line in excerpt]
    say("\n".join(f"       | {line}" for line in short))


def main() -> int:
    """Play all acts; 0 if everything was as expected."""
    began = time.monotonic()
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), LOOPBACK)))
    with tempfile.TemporaryDirectory(prefix="mockai-demo-") as scratch:
        folder = Path(scratch)
        home = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else folder
        tape = home / "demo.yaml"
        try:
            if tape.exists():
                raise Unexpected(f"{tape} exists already, and the demo wants to record it. Name another folder.")
            serve(folder)
            heard = record(folder, tape)
            replay(folder, tape, heard)
            show(folder, tape)
        except (Unexpected, openai.OpenAIError) as error:
            say(f"\nThe demo stops here: {error}")
            return 1
        kept = "Kept" if home != folder else "Removed"
        say(f"\nEverything is as it should be ({time.monotonic() - began:.1f} s). {kept}: {tape}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
