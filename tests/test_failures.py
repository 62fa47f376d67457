"""Errors on demand: each as the API writes it, and as an SDK understands it."""

from __future__ import annotations

import json

import httpx2
import openai
import pytest
from asking import CHAT

from mockai import MockAI
from mockai.errors import StubError
from mockai.failures import CODES, FAILURES, failure


@pytest.mark.parametrize("status", [status for status in FAILURES if status != 502])
def test_an_error_has_the_shape_of_the_api(status: int) -> None:
    reply = failure(status).reply()
    kind, code, message = FAILURES[status]
    assert reply.status == status
    assert json.loads(reply.content) == {"error": {"message": message, "type": kind, "param": None, "code": code}}


def test_a_status_without_words_of_its_own_borrows_those_of_its_class() -> None:
    assert failure(418).message != failure(499).message == failure(400).message
    assert failure(599).reply().content == failure(500).reply().content


def test_a_bad_gateway_answers_with_a_page_unless_told_what_to_say() -> None:
    assert failure(502).reply().header("content-type") == "text/html"
    assert json.loads(failure(502, code="upstream").reply().content)["error"]["code"] == "upstream"


def test_how_long_to_wait_is_said_twice() -> None:
    reply = failure(429, retry_after=1.25, headers=(("x-one", "1"),)).reply()
    assert [reply.header(name) for name in ("retry-after-ms", "retry-after", "x-one")] == ["1250", "2", "1"]


@pytest.mark.parametrize("name", CODES)
def test_an_error_has_a_name(name: str) -> None:
    reply = failure(name).reply()
    status, kind, param, message = CODES[name]
    error = {"message": message, "type": kind, "param": param, "code": name}
    assert (reply.status, json.loads(reply.content)) == (status, {"error": error})
    assert (reply.header("x-should-retry") == "false") is (kind == "insufficient_quota")
    assert failure(status, code=name).reply() == reply
    stubborn = failure(name, headers=(("x-should-retry", "true"),)).reply()
    assert [value for header, value in stubborn.headers if header == "x-should-retry"] == ["true"]


@pytest.mark.parametrize("status", [200, 399, 600])
def test_an_error_is_from_400_to_599(status: int) -> None:
    with pytest.raises(StubError, match="from 400 to 599"):
        failure(status)


@pytest.mark.parametrize("seconds", [-0.1, float("inf"), float("nan")])
def test_a_wait_can_be_kept(seconds: float) -> None:
    with pytest.raises(StubError, match="from 0 to"):
        failure(429, retry_after=seconds)


ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
}


@pytest.mark.parametrize("status", ERRORS)
def test_the_sdk_raises_the_error_of_that_status(status: int) -> None:
    mock = MockAI()
    mock.on(CHAT).fail(status)
    http_client = httpx2.Client(transport=mock.transport(httpx2))
    with openai.OpenAI(api_key="sk", max_retries=0, http_client=http_client) as client, pytest.raises(ERRORS[status]):
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hi"}])


def test_the_sdk_waits_as_long_as_it_is_told_and_asks_again() -> None:
    mock = MockAI()
    mock.on(CHAT).fail(503, retry_after=0.001).times(2).then.reply("at last")
    http_client = httpx2.Client(transport=mock.transport(httpx2))
    with openai.OpenAI(api_key="sk", max_retries=2, http_client=http_client) as client:
        answer = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hi"}])
    assert answer.choices[0].message.content == "at last"
    mock.verify()


@pytest.mark.parametrize("header", [("", "x"), ("é", "x"), ("a b", "x"), ("x", "a\r\nb: c"), ("x", "日本")])
def test_a_header_can_be_sent(header: tuple[str, str]) -> None:
    with pytest.raises(StubError, match="no header can be"):
        failure(429, headers=(header,))
