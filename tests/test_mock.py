"""The straight line: who answers, what is remembered, what is refused; also with the real SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import openai
import pytest
from asking import CHAT, HEADERS, ask, chat, exchange, request, said, taped

from mockai import ManualClock, MockAI, MockaiError, VerificationError
from mockai.call import Forward
from mockai.errors import Refusal
from mockai.http import Chunk, Reply, Request

MESSAGES: Any = [{"role": "user", "content": "hi"}]


@contextmanager
def sdk(mock: MockAI) -> Iterator[openai.OpenAI]:
    http_client = httpx2.Client(transport=mock.transport(httpx2))
    with openai.OpenAI(api_key="sk-test", http_client=http_client, max_retries=2) as client:
        yield client


# -- who answers


def test_sources_answer_in_their_order(tmp_path: Path) -> None:
    mock = MockAI(cassette=taped(tmp_path / "tape.yaml", exchange(chat("taped"))), unmatched="synthesize")
    mock.on(CHAT, user="scripted").reply("scripted")
    sent = [
        chat("taped", user="scripted"),
        chat("taped"),
        chat("free"),
        request("/v1/organization/groups", name="team"),
        request("/v1/nowhere", a=1),
    ]
    replies = [ask(mock, each) for each in sent]
    told = [(reply.status, reply.header("x-mockai-source"), reply.header("x-mockai-exchange")) for reply in replies]
    assert told == [
        (200, "stub", "1"),
        (200, "cassette", "2"),
        (200, "behaviour", "3"),
        (200, "resource", "4"),
        (404, "mockai", "5"),
    ]
    assert [each.source for each in mock.journal] == ["stub", "cassette", "behaviour", "resource", "mockai"]
    mock.verify()


def test_an_answer_wears_what_the_api_wears() -> None:
    mock = MockAI(clock=ManualClock(1_750_000_000))
    mock.on(CHAT).fail(400, headers={"x-request-id": "req_mine"})
    headers = dict(ask(mock, chat()).headers)
    assert headers["date"] == "Sun, 15 Jun 2025 15:06:40 GMT"
    assert headers["x-request-id"] == "req_mine"
    assert {"openai-version", "openai-organization", "openai-processing-ms"} < set(headers)
    assert int(headers["x-ratelimit-remaining-requests"]) == int(headers["x-ratelimit-limit-requests"]) - 1


def test_a_generated_stream_is_paced() -> None:
    body = [chunk for chunk in ask(MockAI(ttft=0.5, tps=20), chat(stream=True)).body if isinstance(chunk, Chunk)]
    assert (body[0].after, {chunk.after for chunk in body[1:]}) == (0.5, {0.05})


@pytest.mark.parametrize(
    ("keys", "headers", "status"),
    [
        ((), (), 401),
        ((), (("authorization", "Bearer "),), 401),
        ((), (("authorization", "Bearer any"),), 200),
        ((), (("api-key", "any"),), 200),
        (["right-key"], (("authorization", "Bearer right-key"),), 200),
        (["right-key"], (("authorization", "Bearer wrong-key-of-some-length"),), 401),
        (["right-key"], (("authorization", "Bearer right"),), 401),
        ("right-key", (("authorization", "Bearer right"),), 401),
    ],
)
def test_a_key_is_asked_for(keys: Any, headers: Any, status: int) -> None:
    reply = ask(MockAI(api_key=keys), Request("GET", "/v1/models", "", headers))
    assert reply.status == status
    assert b"wrong-key-of-some-length" not in reply.content


# -- what is remembered


def test_calls_are_told_as_they_were_understood() -> None:
    mock = MockAI()
    ask(mock, chat("first"))
    ask(mock, request("/v1/models/gpt-5", method="GET"))
    assert [call.name for call in mock.calls()] == [CHAT, "models.retrieve"]
    (call,) = mock.calls(CHAT)
    assert (call.number, call.body["messages"][0]["content"]) == (1, "first")
    assert mock.calls()[1].values == {"model": "gpt-5"}
    assert call.request.header("authorization") is None


def test_a_miss_is_asked_once_by_the_sdk_and_fails_the_test_though_it_was_swallowed(
    golden: Callable[[str, object], None],
) -> None:
    mock = MockAI()
    mock.on(CHAT, model="gpt-4o", messages__0__role="system").reply("one")
    mock.on(CHAT, seed=1).reply("two").times(1)
    with sdk(mock) as client:
        assert client.chat.completions.create(model="gpt-5", messages=MESSAGES, seed=1)
        with pytest.raises(openai.NotFoundError) as missed:
            client.chat.completions.create(model="gpt-5", messages=MESSAGES, seed=1)
    assert len(mock.calls()) == 2
    assert missed.value.response.headers["x-should-retry"] == "false"
    golden("unmatched", missed.value.body["message"])  # type: ignore[index]
    with pytest.raises(VerificationError) as wrong:
        mock.verify()
    golden("verify", wrong.value)
    with pytest.raises(VerificationError) as wrong:
        mock.verify(unused=False)
    assert "never used" not in str(wrong.value)
    mock.reset()
    mock.verify()


def test_an_operation_without_stubs_is_answered_unless_errors_are_asked_for(
    golden: Callable[[str, object], None],
) -> None:
    mock = MockAI()
    mock.on("models.list").answer()
    assert said(mock)
    strict = MockAI(unmatched="error")
    golden("unmatched-no-stubs", said(strict))
    strict.on("models.list")
    golden("unmatched-other-operation", said(strict))


def test_what_a_users_function_breaks_is_told_once_and_remembered() -> None:
    mock = MockAI()
    mock.on(CHAT, model=lambda value: value["no"]).reply("never")
    assert "which raised TypeError" in said(mock)
    assert len(mock.misses) == 1


def test_reset_forgets_all_but_the_tape(tmp_path: Path) -> None:
    mock = MockAI(cassette=taped(tmp_path / "tape.yaml", exchange(chat())))
    mock.on("models.list").answer()
    assert (ask(mock, chat()).status, ask(mock, chat()).status) == (200, 404)
    assert not mock.heard
    mock.reset()
    assert (mock.stubs, mock.misses, mock.calls(), mock.heard) == ([], [], [], True)
    assert ask(mock, chat()).header("x-mockai-exchange") == "1"


# -- three ways in


def test_the_same_answer_by_every_way_in() -> None:
    body = {"model": "gpt-5", "messages": MESSAGES}
    mock = MockAI(clock=ManualClock())
    heard = []
    for library in (httpx2, httpx):
        with library.Client(transport=mock.transport(library), base_url="http://x/v1") as client:
            mock.reset()
            heard.append(client.post("/chat/completions", json=body, headers=dict(HEADERS)).content)
    with mock.serve() as url, httpx2.Client(trust_env=False) as client:
        mock.reset()
        heard.append(client.post(f"{url}/chat/completions", json=body, headers=dict(HEADERS)).content)
    mock.reset()
    heard.append(ask(mock, Request("POST", "/v1/chat/completions", "", HEADERS, json.dumps(body).encode())).content)
    assert len({json.loads(each)["choices"][0]["message"]["content"] for each in heard}) == 1
    assert len(set(heard)) == 1


def test_many_mocks_live_at_once() -> None:
    mocks = [MockAI() for _ in range(3)]
    for number, mock in enumerate(mocks):
        mock.on(CHAT).reply(str(number))
    with mocks[0].serve() as one, mocks[1].serve() as other:
        assert one != other
        for number, url in enumerate((one, other)):
            with openai.OpenAI(api_key="sk", base_url=url, http_client=httpx2.Client(trust_env=False)) as client:
                answer = client.chat.completions.create(model="gpt-5", messages=MESSAGES)
                assert answer.choices[0].message.content == str(number)
    assert said(mocks[2]) == "2"


# -- the upstream


def test_a_call_is_forwarded_noted_and_taped(tmp_path: Path) -> None:
    file = tmp_path / "tape.yaml"
    with MockAI(upstream="http://up/v1/", record_mode="new_episodes", record_to=file) as mock:
        forward = mock.handle(chat())
        assert isinstance(forward, Forward)
        assert forward.base == "http://up/v1"
        mock.finish(forward, exchange(chat(), {"from": "upstream"}).reply, 1.0)
        assert [each.source for each in mock.journal] == ["upstream"]
        refused = mock.refuse(forward.call, Refusal("gone", code="upstream_unreachable", status=502))
        assert (refused.status, mock.misses) == (502, ["gone"])
    again = MockAI(cassette=file, upstream="http://up/v1", record_mode="once")
    assert json.loads(ask(again, chat()).content) == {"from": "upstream"}
    assert ask(again, chat("new")).status == 404  # `once`: a cassette that is there is not added to


def test_closing_waits_for_an_upstream_that_still_speaks(tmp_path: Path) -> None:
    import threading

    mock = MockAI(upstream="http://up/v1", record_mode="all", record_to=tmp_path / "tape.yaml")
    closed = threading.Thread(target=mock.close)
    with mock.forwarding():
        forward = mock.handle(chat())
        assert isinstance(forward, Forward)
        closed.start()
        mock.finish(forward, exchange(chat()).reply, 1.0)
    closed.join()
    assert "taped" in (tmp_path / "tape.yaml").read_text("utf-8")


# -- options


OPTIONS: dict[str, dict[str, Any]] = {
    "option-mode": {"record_mode": "always"},
    "option-speed": {"replay_speed": "fast"},
    "option-speed-negative": {"replay_speed": -1},
    "option-mode-without-upstream": {"record_mode": "once"},
    "option-upstream-without-mode": {"upstream": "http://up/v1"},
    "option-rate-limit": {"rate_limit": "much"},
    "option-admission": {"admission": "strict"},
    "option-missing": {"missing": None},
    "option-pace": {"ttft": "fast"},
    "option-jitter": {"jitter": 2},
    "option-seed": {"seed": "x"},
    "option-no-tape": {"upstream": "http://up/v1", "record_mode": "all", "cassette": ["a.yaml", "b.yaml"]},
    "option-cassette-missing": {"cassette": "nowhere.yaml"},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_cannot_be_are_refused_at_once(name: str, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(MockaiError) as wrong:
        MockAI(**OPTIONS[name])
    golden(name, wrong.value)


def test_a_reply_says_who_gave_it() -> None:
    reply = ask(MockAI(admission="off"), request("/v1/nowhere"))
    assert isinstance(reply, Reply)
    assert reply.header("x-mockai-source") == "mockai"
