"""What a request takes of the limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import ask, chat, request
from hypothesis import given
from hypothesis import strategies as some

from mockai import ManualClock, MockAI
from mockai.costs import COSTS, REQUEST, cost, model_of
from mockai.http import Request
from mockai.understand import understand

EMBED, COMPLETE, RESPOND = "/v1/embeddings", "/v1/completions", "/v1/responses"
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}
FORM = (("authorization", "Bearer sk-test"), ("content-type", "multipart/form-data; boundary=x"))


def form(path: str, **parts: str) -> Request:
    lines = [f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts.items()]
    return Request("POST", path, "", FORM, ("".join(lines) + "--x--\r\n").encode())


def tokens(sent: Request) -> int:
    return cost(understand(sent))["tokens"]


@pytest.mark.parametrize(
    "sent",
    [
        chat("Say something about the sea.", model="gpt-4o"),
        chat("Say something.", model="gpt-5", tools=[{"type": "function", "function": {"name": "f"}}]),
        request(EMBED, model="text-embedding-3-small", input=["one two three", "four"]),
        request(EMBED, model="text-embedding-3-small", input=[1, 2, 3]),
        request(EMBED, model="text-embedding-3-small", input=[[1, 2], [3]]),
        request(COMPLETE, model="gpt-3.5-turbo-instruct", prompt="Once upon a time"),
        request(RESPOND, model="gpt-4o", input="Say something.", instructions="Be brief."),
        request(RESPOND, model="gpt-4o", input=[{"role": "user", "content": "Say something."}]),
    ],
)
def test_the_input_costs_what_the_answers_usage_tells(sent: Request) -> None:
    reply = ask(MockAI(clock=ManualClock()), sent)
    usage = json.loads(reply.content)["usage"]
    read = usage.get("prompt_tokens") or usage["input_tokens"]
    assert tokens(sent) == read
    assert reply.header("x-ratelimit-remaining-tokens") == str(10_000_000 - read)


@pytest.mark.parametrize(
    ("more", "reserved"),
    [
        ({}, 0),
        ({"max_tokens": 50}, 50),
        ({"max_completion_tokens": 70}, 70),
        ({"max_completion_tokens": 70, "max_tokens": 50}, 70),
        ({"max_tokens": 50, "n": 3}, 150),
        ({"max_tokens": None, "n": None}, 0),
        ({"max_tokens": -5}, 0),
    ],
)
def test_the_output_that_is_allowed_is_reserved(more: dict[str, Any], reserved: int) -> None:
    assert tokens(chat(**more)) == tokens(chat()) + reserved


def test_responses_and_completions_reserve_theirs() -> None:
    said = {"model": "gpt-4o", "input": "hi"}
    assert tokens(request(RESPOND, **said, max_output_tokens=40)) == tokens(request(RESPOND, **said)) + 40
    told = {"model": "gpt-3.5-turbo-instruct", "prompt": "hi"}
    more = request(COMPLETE, **told, max_tokens=10, best_of=3)
    assert tokens(more) == tokens(request(COMPLETE, **told)) + 30


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (chat(messages=[{"role": "user", "content": [PICTURE, PICTURE]}]), 2),
        (request(RESPOND, model="gpt-4o", input=[{"role": "user", "content": [{"type": "input_image"}]}]), 1),
        (request("/v1/images/generations", model="gpt-image-1", prompt="a"), 1),
        (request("/v1/images/generations", model="gpt-image-1", prompt="a", n=4), 4),
        (form("/v1/images/edits", model="gpt-image-1", prompt="a", n="3"), 3),
    ],
)
def test_pictures_are_counted_that_are_shown_or_made(sent: Request, shown: int) -> None:
    assert cost(understand(sent))["input-images"] == shown


def test_sound_costs_a_request() -> None:
    assert cost(understand(form("/v1/audio/transcriptions", model="whisper-1"))) == REQUEST


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (chat(), "gpt-5"),
        (chat(model=5), "default"),
        (form("/v1/audio/transcriptions", model="whisper-1"), "whisper-1"),
        (form("/v1/audio/transcriptions"), "default"),
        (Request("POST", "/openai/deployments/mine/chat/completions", body=b"{}"), "mine"),
        (Request("POST", "/v1/chat/completions", body=b"no json"), "default"),
    ],
)
def test_the_model_is_found(sent: Request, named: str) -> None:
    assert model_of(understand(sent)) == named


values = some.recursive(
    some.none() | some.booleans() | some.integers(-3, 10**30) | some.text(max_size=3),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["role", "content", "type", "text", "tool_calls", "n"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
FIELDS = ["messages", "input", "prompt", "n", "best_of", "max_tokens", "max_output_tokens", "model", "tools", "text"]
PATHS = {
    "chat.completions.create": "/v1/chat/completions",
    "completions.create": COMPLETE,
    "embeddings.create": EMBED,
    "responses.create": RESPOND,
    "images.generate": "/v1/images/generations",
    "audio.speech.create": "/v1/audio/speech",
}


@given(some.sampled_from(sorted(PATHS)), some.dictionaries(some.sampled_from(FIELDS), values) | values)
def test_whatever_is_sent_costs_something(name: str, body: Any) -> None:
    sent = Request("POST", PATHS[name], "", chat().headers, json.dumps(body).encode())
    call = understand(sent)
    taken = cost(call)
    assert call.name == name in COSTS
    assert taken["requests"] == 1
    assert all(isinstance(amount, int) and amount >= 0 for amount in taken.values())
    assert ask(MockAI(), sent).status < 500
