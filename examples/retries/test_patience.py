import openai
import pytest
from patience import patiently

from mockai.faults import drop

CHAT = "chat.completions.create"
HELLO = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hello!"}]}


@pytest.fixture
def ask(openai_client):
    client = openai_client.with_options(max_retries=0)
    return lambda: client.chat.completions.create(**HELLO).choices[0].message.content


@pytest.mark.mockai(rate_limit="rpm=2")
def test_five_calls_under_a_limit_of_two_a_minute(mockai, ask):
    waited = []

    def sleep(seconds):  # nobody waits: the mock's clock is put on
        waited.append(seconds)
        mockai.clock.advance(seconds)

    assert all(patiently(ask, sleep=sleep) for _ in range(5))
    assert sum(waited) == pytest.approx(90, abs=5)  # a request is free again every 30 seconds
    assert len(mockai.calls(CHAT)) == 8  # three were refused, none of them twice


def test_pauses_grow_where_nothing_is_said(mockai, ask):
    waited = []
    mockai.on(CHAT).fail(503).times(3).then.reply("Hello!")
    assert patiently(ask, sleep=waited.append) == "Hello!"
    assert waited == [0.5, 1, 2]


def test_a_lost_connection(mockai, ask):
    mockai.inject(drop(), times=1)
    assert patiently(ask, sleep=mockai.clock.advance)
    assert len(mockai.calls(CHAT)) == 2


@pytest.mark.parametrize("reason", ["insufficient_quota", "invalid_api_key"])
def test_what_is_in_vain_is_not_repeated(mockai, ask, reason):
    mockai.on(CHAT).fail(reason)
    with pytest.raises(openai.APIStatusError):
        patiently(ask, sleep=pytest.fail)
    assert len(mockai.calls(CHAT)) == 1
