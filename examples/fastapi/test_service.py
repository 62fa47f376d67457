import pytest
from fastapi.testclient import TestClient
from service import app

from mockai.faults import close

CHAT = "chat.completions.create"
HELLO = {"text": "Hello?"}


@pytest.fixture
def web():
    with TestClient(app) as client:
        yield client


def test_an_answer(mockai, web):
    mockai.on(CHAT, messages__0__content="Hello?").reply("Hello!")
    assert web.post("/answer", json=HELLO).json() == {"answer": "Hello!"}


def test_a_limit_is_passed_on(mockai, web):
    mockai.on(CHAT).fail(429, retry_after=7)
    refused = web.post("/answer", json=HELLO)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "7")


def test_a_stream(mockai, web):
    mockai.on(CHAT).stream(["Hel", "lo!"])
    assert web.post("/stream", json=HELLO).text == "Hello!"


def test_a_stream_that_breaks_off(mockai, web):
    mockai.on(CHAT).stream(["Hel", "lo!"]).fault(close(chunks=2))
    assert web.post("/stream", json=HELLO).text == "Hel [the answer broke off]"
