"""Asking afterwards: which calls were made, how often, in which order, at what cost; and what is said if not so."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import openai
import pytest
from asking import CHAT, ask, chat, request
from hypothesis import given
from hypothesis import strategies as some

from mockai import MockAI, MockaiError, VerificationError, calling, contains
from mockai.errors import ConfigError, StubError
from mockai.hindsight import Calling, PastCall, matched, past
from mockai.requirements import last_user

EMBED = "embeddings.create"
LONG = "\n".join(f"{number}: a line that is long enough to need a diff" for number in range(5))


def embed(text: str = "a") -> Any:
    return request("/v1/embeddings", model="text-embedding-3-small", input=text)


@pytest.fixture
def mock() -> MockAI:
    """Asked four times: two chats, a question for an embedding, another chat."""
    mock = MockAI()
    for sent in (chat("Hi."), chat("How is the weather?", model="gpt-4o"), embed(), chat(LONG)):
        ask(mock, sent)
    return mock


# -- which


def test_calls_are_chosen_in_the_words_of_stubs(mock: MockAI) -> None:
    def numbers(calls: Sequence[PastCall]) -> list[int]:
        return [call.number for call in calls]

    assert numbers(mock.calls()) == [1, 2, 3, 4]
    assert numbers(mock.calls(CHAT)) == numbers(mock.calls("POST /v1/chat/completions")) == [1, 2, 4]
    assert numbers(mock.calls(CHAT, model="gpt-5")) == [1, 4]
    assert numbers(mock.calls(CHAT, messages=contains("weather"))) == [2]
    assert numbers(mock.calls(CHAT, last_user(contains("weather")))) == [2]
    assert numbers(mock.calls(last_user("Hi."))) == [1]
    assert numbers(mock.calls(lambda call: call.number > 2)) == [3, 4]
    assert numbers(mock.calls(model="text-embedding-3-small")) == [3]
    assert numbers(mock.calls({"/messages/0/content": "Hi."})) == [1]
    assert mock.calls("files.list") == []


def test_a_call_knows_what_became_of_it(mock: MockAI) -> None:
    (call,) = mock.calls(EMBED)
    assert (call.body["input"], call.params["input"], call.reply.status, call.source) == ("a", "a", 200, "behaviour")
    assert call.exchange is list(mock.journal)[2]
    assert repr(call) == "<call 3: embeddings.create(model='text-embedding-3-small', input='a')>"


def test_what_no_call_could_be_is_a_mistake(mock: MockAI) -> None:
    for asks in (
        lambda: mock.calls("chat.completion.create"),
        lambda: mock.assert_not_called(CHAT, modle="gpt-5"),
        lambda: mock.calls(modle="gpt-5"),
        lambda: mock.assert_called(EMBED, last_user("a")),
    ):
        with pytest.raises(StubError):
            asks()


# -- how often


def test_what_is_so_passes_and_gives_the_calls(mock: MockAI) -> None:
    assert mock.assert_called(CHAT) == mock.calls(CHAT)
    assert mock.assert_called(CHAT, times=2, model="gpt-5") == mock.calls(CHAT, model="gpt-5")
    assert mock.assert_called_once(EMBED) == mock.assert_called_once_with(EMBED, input="a") == mock.calls()[2]
    assert mock.assert_called_once(CHAT, model="gpt-4o").number == 2
    mock.assert_not_called("files.list")
    mock.assert_not_called(CHAT, model="gpt-6")
    MockAI().assert_not_called()


def test_an_sdk_that_asks_again_has_called_again() -> None:
    mock = MockAI()
    mock.on(CHAT).fail(503, retry_after=0).then.reply("Hello!")
    with openai.OpenAI(api_key="sk-any", http_client=httpx2.Client(transport=mock.transport(httpx2))) as client:
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi."}])
    assert [call.reply.status for call in mock.assert_called(CHAT, times=2)] == [503, 200]


FAILING: dict[str, Callable[[MockAI], Any]] = {
    "asked-never": lambda mock: mock.assert_called(CHAT, model="gpt-5", messages=contains("weather")),
    "asked-never-operation": lambda mock: mock.assert_called("files.list"),
    "asked-never-times": lambda mock: mock.assert_called(CHAT, model="gpt-6", times=2),
    "asked-any-operation": lambda mock: mock.assert_called(model="gpt-6"),
    "asked-function": lambda mock: mock.assert_called(CHAT, LATE),
    "asked-too-few": lambda mock: mock.assert_called(CHAT, model="gpt-5", times=3),
    "asked-too-many": lambda mock: mock.assert_called_once(CHAT),
    "asked-and-should-not": lambda mock: mock.assert_not_called(CHAT, model="gpt-4o"),
    "asked-once-otherwise": lambda mock: mock.assert_called_once_with(EMBED, input="b"),
    "asked-not-once": lambda mock: mock.assert_called_once_with(CHAT, model="gpt-5"),
    "asked-diff-text": lambda mock: mock.assert_called(CHAT, messages___1__content=LONG.replace("3:", "4:")),
    "asked-diff-line": lambda mock: mock.assert_called(CHAT, messages___1__content="many words " * 20),
    "asked-diff-value": lambda mock: mock.assert_called(CHAT, model="gpt-5", messages=TALK),
    "asked-order": lambda mock: mock.assert_has_calls([EMBED, CHAT, calling(CHAT, model="gpt-4o")]),
    "asked-exactly": lambda mock: mock.assert_calls([CHAT, EMBED, CHAT, CHAT]),
    "asked-exactly-more": lambda mock: mock.assert_calls([CHAT, CHAT, EMBED]),
    "asked-exactly-fewer": lambda mock: mock.assert_calls([CHAT, CHAT, EMBED, CHAT, EMBED]),
    "asked-any-order": lambda mock: mock.assert_calls([EMBED, CHAT, "files.list", CHAT], any_order=True),
}
TALK = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello, what can I do for you today?"}]


def LATE(call: Any) -> bool:
    return bool(call.number > 10)


@pytest.mark.parametrize("name", FAILING)
def test_what_is_not_so_is_told_with_the_nearest(
    name: str, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    with pytest.raises(VerificationError) as failed:
        FAILING[name](mock)
    golden(name, failed.value)


WRONG: dict[str, Callable[[MockAI], Any]] = {
    "asked-odd-times": lambda mock: mock.assert_called(CHAT, times="3"),  # type: ignore[arg-type]
    "asked-one-for-a-list": lambda mock: mock.assert_calls(CHAT),
    "asked-odd-expectation": lambda mock: mock.assert_has_calls([(CHAT, {"model": "gpt-5"})]),  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_asked_is_told(name: str, mock: MockAI, golden: Callable[[str, object], None]) -> None:
    with pytest.raises(StubError) as refused:
        WRONG[name](mock)
    golden(name, refused.value)


def test_where_nothing_came_the_client_went_elsewhere(golden: Callable[[str, object], None]) -> None:
    with pytest.raises(VerificationError) as failed:
        MockAI().assert_called(CHAT)
    golden("asked-no-request", failed.value)
    with pytest.raises(VerificationError) as failed:
        MockAI().assert_calls([CHAT])
    golden("asked-no-requests", failed.value)


def test_messages_hide_keys_and_say_what_is_forgotten(golden: Callable[[str, object], None]) -> None:
    mock = MockAI()
    ask(mock, chat("my key is sk-test, and sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"))
    mock.journal.forgotten = 3
    with pytest.raises(VerificationError) as failed:
        mock.assert_called(CHAT, messages=contains("weather"))
    golden("asked-forgotten", failed.value)


# -- in which order


def test_calls_in_order(mock: MockAI) -> None:
    assert mock.assert_calls([CHAT, calling(CHAT, model="gpt-4o"), EMBED, CHAT]) == mock.calls()
    assert [call.number for call in mock.assert_has_calls([CHAT, EMBED])] == [1, 3]
    assert [call.number for call in mock.assert_has_calls([EMBED, calling(CHAT, model="gpt-4o")], any_order=True)] == [
        3,
        2,
    ]
    mock.assert_calls([EMBED, CHAT, CHAT, calling(model="gpt-5")], any_order=True)
    assert MockAI().assert_calls([]) == []


WANTED = [calling(CHAT), calling(EMBED), calling(CHAT, model="gpt-5"), calling(model=contains("gpt-"))]
SENT = [chat(), chat(model="gpt-4o"), embed()]


@given(some.lists(some.sampled_from(SENT), max_size=4), some.lists(some.sampled_from(WANTED), max_size=4))
def test_descriptions_are_matched_whenever_they_can_be(sent: Sequence[Any], wanted: Sequence[Calling]) -> None:
    """As if every way to give a call to each description had been tried."""
    mock = MockAI()
    for each in sent:
        ask(mock, each)
    made = past(mock)
    fits = [each.among(made, mock) for each in wanted]
    ways = list(itertools.permutations(made, len(wanted)))

    def possible(ways: Sequence[tuple[Any, ...]]) -> bool:
        return any(all(call in fit for call, fit in zip(way, fits, strict=True)) for way in ways)

    def found(any_order: bool, alone: bool) -> bool:
        calls = matched(wanted, made, mock, any_order=any_order, alone=alone)
        kept = [call for call in calls if call is not None]
        assert len({call.number for call in kept}) == len(kept)
        return None not in calls

    ordered = [way for way in ways if [call.number for call in way] == sorted(call.number for call in way)]
    assert found(True, False) is possible(ways)
    assert found(False, False) is possible(ordered)
    assert found(False, True) is possible([tuple(made[: len(wanted)])] if len(made) >= len(wanted) else [])


# -- at what cost


def test_usage_is_what_the_answers_said(mock: MockAI) -> None:
    used = mock.usage()
    assert used.requests == 4
    assert set(used.models) == {"gpt-5-2025-08-07", "gpt-4o-2024-08-06", "text-embedding-3-small"}
    told = [told_usage(call) for call in mock.calls(CHAT)]
    embedded = used.models["text-embedding-3-small"]
    assert used.input_tokens == sum(each["prompt_tokens"] for each in told) + embedded.input_tokens
    assert used.output_tokens == sum(each["completion_tokens"] for each in told)
    assert used.total_tokens == used.input_tokens + used.output_tokens
    assert used.models["gpt-5-2025-08-07"].requests == 2
    assert MockAI().usage() == type(used)()


def told_usage(call: Any) -> Any:
    return json.loads(call.reply.content)["usage"]


def test_cost_is_by_the_list_prices(mock: MockAI) -> None:
    used = mock.usage().models
    dollars = 0.0
    for model, (input_price, output_price) in {
        "gpt-5-2025-08-07": (1.25, 10),
        "gpt-4o-2024-08-06": (2.5, 10),
        "text-embedding-3-small": (0.02, 0),
    }.items():
        dollars += (used[model].input_tokens * input_price + used[model].output_tokens * output_price) / 1e6
    assert mock.cost() == pytest.approx(dollars)
    free = mock.cost(prices={"gpt-5": (0, 0, 0), "gpt-4o-2024-08-06": (0, 0, 0)})
    assert free == pytest.approx(used["text-embedding-3-small"].input_tokens * 0.02 / 1e6)
    assert MockAI().cost() == 0


def test_a_price_that_nobody_knows_is_not_made_up(golden: Callable[[str, object], None]) -> None:
    mock = MockAI(admission="off")
    ask(mock, chat(model="gpt-5.4"))
    with pytest.raises(ConfigError) as refused:
        mock.cost()
    assert isinstance(refused.value, MockaiError)
    golden("asked-no-price", refused.value)
    with pytest.raises(ConfigError) as refused:
        mock.cost(prices={"gpt-5.4": (2, 15)})  # type: ignore[dict-item]
    golden("asked-odd-price", refused.value)
    assert mock.cost(prices={"gpt-5.4": (2, 0.2, 15)}) > 0
