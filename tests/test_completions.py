"""Legacy completions: prompts of every form, limits, log probabilities, streams, and words of a stub."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from asking import ask, request
from hypothesis import given
from hypothesis import strategies as st

from mockai import MockAI, sse, tokens
from mockai.behaviours.completion_logprobs import listed
from mockai.clock import ManualClock
from mockai.registry import registry

MODEL = "gpt-3.5-turbo-instruct"
RESULT = "openai/completion.Completion"


def create(mock: MockAI | None = None, **body: Any) -> Any:
    sent = request("/v1/completions", **({"model": MODEL, "prompt": "Tell me of otters"} | body))
    reply = ask(mock or MockAI(clock=ManualClock()), sent)
    if body.get("stream") and reply.status == 200:
        assert reply.header("content-type") == "text/event-stream"
        events = list(sse.parse(reply.content))
        assert events.pop().data == sse.DONE
        chunks = [event.value for event in events]
        assert all(registry().valid(RESULT, chunk, "produce") for chunk in chunks)
        return chunks
    value = orjson.loads(reply.content)
    if reply.status == 200:
        assert reply.content.endswith(b"\n}\n")
        assert registry().valid(RESULT, value, "produce"), value
    return value


def refused(**body: Any) -> str:
    message: str = create(MockAI(admission="semantic"), **body)["error"]["message"]
    return message


def test_a_completion_is_cut_after_16_tokens() -> None:
    value = create()
    assert list(value) == ["id", "object", "created", "model", "choices", "usage"]
    assert value["id"].startswith("cmpl-")
    assert len(value["id"]) == 34
    assert value["model"] == "gpt-3.5-turbo-instruct:20230824-v2"
    (choice,) = value["choices"]
    assert list(choice) == ["text", "index", "logprobs", "finish_reason"]
    assert choice["finish_reason"] == "length"
    assert value["usage"] == {"prompt_tokens": 5, "completion_tokens": 16, "total_tokens": 21}


def test_with_room_enough_it_stops_by_itself() -> None:
    value = create(max_tokens=400)
    assert value["choices"][0]["finish_reason"] == "stop"
    assert "otters" in value["choices"][0]["text"]


def test_it_ends_before_a_stop() -> None:
    whole = create(max_tokens=400)["choices"][0]["text"]
    cut = create(max_tokens=400, stop=["otters", "nowhere"])["choices"][0]
    assert cut["text"] == whole[: whole.index("otters")]
    assert cut["finish_reason"] == "stop"
    assert create(max_tokens=400, stop=cut["text"][-3:])["choices"][0]["finish_reason"] == "stop"


def test_each_prompt_has_n_choices() -> None:
    value = create(prompt=["one", "two"], n=2, best_of=3, max_tokens=5)
    assert [choice["index"] for choice in value["choices"]] == [0, 1, 2, 3]
    assert value["usage"]["completion_tokens"] == 2 * 3 * 5  # all drafts count, those not shown too


@pytest.mark.parametrize(("prompt", "used"), [([15339, 1917], 2), ([[15339], [1917]], 2), (None, 0), (["hello"], 1)])
def test_prompts_of_every_form(prompt: Any, used: int) -> None:
    assert create(prompt=prompt)["usage"]["prompt_tokens"] == used


def test_echo_and_log_probabilities() -> None:
    value = create(model="davinci-002", prompt="Hé there", echo=True, logprobs=2, max_tokens=3)["choices"][0]
    told = value["logprobs"]
    assert list(told) == ["tokens", "token_logprobs", "top_logprobs", "text_offset"]
    assert value["text"].startswith("Hé there")
    assert "".join(told["tokens"]) == value["text"]
    assert told["text_offset"][:3] == [0, 1, 2]
    assert told["token_logprobs"][0] is told["top_logprobs"][0] is None
    assert all(len(each) == 2 for each in told["top_logprobs"][1:])
    alone = create(prompt="Hé there", logprobs=0)["choices"][0]["logprobs"]
    assert alone["text_offset"][0] == 8
    assert alone["top_logprobs"] is None
    typed = create(MockAI(missing="conjure"), prompt="a", echo=True, logprobs=1)["choices"][0]["logprobs"]
    assert None not in typed["token_logprobs"]


def test_a_token_inside_a_character_is_shown_by_its_bytes() -> None:
    told = listed("🦖!", MODEL, 0, 5)
    assert told["tokens"][0].startswith("bytes:\\xf0\\x9f")
    assert told["text_offset"] == [5, *[6] * (len(told["tokens"]) - 1)]


@given(
    st.sampled_from([1, 2]),
    st.sampled_from([0, 1, 7, 300]),
    st.booleans(),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_a_stream_adds_up_to_the_body(n: int, limit: int, echo: bool, logprobs: int | None, usage: bool) -> None:
    asked: Any = {"n": n, "max_tokens": limit, "echo": echo, "logprobs": logprobs, "model": "davinci-002"}
    whole = create(**asked)
    chunks = create(**asked, stream=True, stream_options={"include_usage": usage})
    if usage:
        last = chunks.pop()
        assert last["choices"] == []
        assert last["usage"] == whole["usage"]
        assert all(chunk["usage"] is None for chunk in chunks)
    else:
        assert all("usage" not in chunk for chunk in chunks)
    for choice in whole["choices"]:
        heard = [each for chunk in chunks for each in chunk["choices"] if each["index"] == choice["index"]]
        assert "".join(each["text"] for each in heard) == choice["text"]
        assert [each["finish_reason"] for each in heard] == [None] * (len(heard) - 1) + [choice["finish_reason"]]
        if logprobs is not None and choice["text"]:
            told = [each["logprobs"]["text_offset"][0] for each in heard if each["logprobs"]]
            assert told == sorted(told)
            assert set(told) <= set(choice["logprobs"]["text_offset"])


def test_the_words_of_a_stub() -> None:
    mock = MockAI()
    mock.on("completions.create").reply("Otters hold hands.")
    value = create(mock, prompt=["a", "b"], n=2)
    assert [choice["text"] for choice in value["choices"]] == ["Otters hold hands."] * 4
    assert {choice["finish_reason"] for choice in value["choices"]} == {"stop"}
    assert value["usage"]["completion_tokens"] == 4 * tokens.count("Otters hold hands.", MODEL)
    spoken = MockAI()
    spoken.on("completions.create").stream(["Ot", "ters"])
    assert [chunk["choices"][0]["text"] for chunk in create(spoken, stream=True)] == ["Ot", "ters", ""]


def test_a_stub_cannot_call_tools_here() -> None:
    mock = MockAI()
    mock.on("completions.create").call_tool("f")
    assert "completions.create cannot call tools" in create(mock)["error"]["message"]


def test_what_is_refused() -> None:
    wrong = "Invalid token in prompt: 123456. Minimum value is 0, maximum value is 100257 (inclusive)."
    assert refused(prompt=[12345, 123456]) == wrong
    assert refused(prompt=" a" * 5000).startswith("This model's maximum context length is 4096 tokens, however you")
    assert refused(model="gpt-4o").startswith("This is a chat model and not supported in the v1/completions endpoint.")
    assert refused(model="nope") == "The model `nope` does not exist or you do not have access to it."
    assert refused(echo=True, logprobs=1).startswith("Setting 'echo' and 'logprobs' at the same time")
    assert refused(model="davinci-002", suffix="x") == "This model does not support the 'suffix' parameter."
    assert refused(n=3, best_of=2).startswith("You requested that the server return more choices than it will")
    assert refused(best_of=2, stream=True) == "You cannot stream back results when 'best_of' is greater than 'n'."
    assert refused(stream_options={}) == "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    assert create(model="nope")["model"] == "nope"
    deployed = request("/openai/deployments/mine/completions", prompt="a")
    assert orjson.loads(ask(MockAI(admission="semantic"), deployed).content)["object"] == "text_completion"
