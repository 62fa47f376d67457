"""The sample cassettes in `cassettes/`, written by the mock itself: the same bytes every time.

python examples/samples.py [FOLDER]      default: cassettes/ of this checkout
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockai import ManualClock, MockAI, __version__, contains
from mockai.files.recorder import save
from mockai.files.tape import Tape, instant
from mockai.http import Chunk, Exchange, Reply, Request

CHAT = "chat.completions.create"
BEGAN = 1_795_230_000.0  # unix seconds
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def say(role: str, content: str, **more: Any) -> dict[str, Any]:
    """A message."""
    return {"role": role, "content": content, **more}


def ask(*messages: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a chat completion."""
    return {"model": "gpt-4.1-mini", "messages": list(messages), **more}


def exchange(mock: MockAI, body: Mapping[str, Any]) -> Exchange:
    """Send one request to `mock`, two seconds after the one before; the exchange as the wire would have had it."""
    assert isinstance(mock.clock, ManualClock)
    mock.clock.advance(2)
    headers = (("accept", "application/json"), ("content-type", "application/json"), ("authorization", "Bearer sk-any"))
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()  # as the SDK spells it
    request = Request("POST", "/v1/chat/completions", headers=headers, body=data)
    reply = mock.handle(request)
    assert isinstance(reply, Reply)
    plain = tuple(pair for pair in reply.headers if not pair[0].startswith("x-mockai-"))
    last = list(mock.journal)[-1]
    return replace(last, request=request, reply=replace(reply, headers=plain, after=0.312))


def chat(mock: MockAI) -> list[Exchange]:
    """One question, one answer."""
    mock.on(CHAT).reply("Paris is the capital of France.")
    return [exchange(mock, ask(say("user", "What is the capital of France?"), temperature=0))]


def chat_stream(mock: MockAI) -> list[Exchange]:
    """A stream with one cut inside the two bytes of `é`: the second piece has the first byte, the third the other."""
    mock.on(CHAT).stream(["The", " café", " is", " open", "."], ttft=0.4, tps=20)
    options = {"stream": True, "stream_options": {"include_usage": True}}
    found = exchange(mock, ask(say("user", "Is the café open?"), **options))
    return [replace(found, reply=replace(found.reply, body=cut_inside("é".encode(), found.reply)))]


def tool_call(mock: MockAI) -> list[Exchange]:
    """A tool call, and the answer once its result is known."""
    mock.on(CHAT).call_tool("get_weather", city="Paris")
    mock.on(CHAT, messages=contains("18 °C")).reply("It is 18 °C in Paris.")
    question = say("user", "How is the weather in Paris?")
    first = exchange(mock, ask(question, tools=[TOOL]))
    call = json.loads(first.reply.content)["choices"][0]["message"]["tool_calls"][0]
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = say("tool", "18 °C", tool_call_id=call["id"])
    return [first, exchange(mock, ask(question, asked, result, tools=[TOOL]))]


def rate_limit(mock: MockAI) -> list[Exchange]:
    """The same request twice: refused for 120 ms, then answered."""
    left = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}
    mock.on(CHAT).fail(429, retry_after=0.12, headers=left).then.reply("Here I am.")
    body = ask(say("user", "Are you there?"))
    return [exchange(mock, body), exchange(mock, body)]


def cut_inside(character: bytes, reply: Reply) -> tuple[Chunk, ...]:
    """The body with the cut before the event that has `character` moved behind the first byte of it."""
    chunks = [chunk for chunk in reply.body if isinstance(chunk, Chunk)]
    index = next(number for number, chunk in enumerate(chunks) if character in chunk.data)
    early, late = chunks[index - 1], chunks[index]
    at = late.data.index(character) + 1
    chunks[index - 1 : index + 1] = replace(early, data=early.data + late.data[:at]), replace(late, data=late.data[at:])
    return tuple(chunks)


def write(folder: Path) -> list[Path]:
    """Write every sample into `folder`; the files."""
    facts = {"at": f"{instant(BEGAN)[:-5]}Z", "by": f"mockai {__version__}"}
    files = []
    for make in (chat, chat_stream, tool_call, rate_limit):
        mock = MockAI(seed=1, clock=ManualClock(BEGAN), exact_pieces=True)
        file = folder / f"{make.__name__.replace('_', '-')}.yaml"
        save(Tape(tuple(make(mock)), recorded=facts), file)
        files.append(file)
    return files


if __name__ == "__main__":
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "cassettes"
    print(*write(home), sep="\n")
