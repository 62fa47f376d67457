"""Every error and early fault × every official SDK: what the user catches, and how often the SDK asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import errors_driver
import pytest
from asking import CHAT
from sdks import driven, node

from mockai import MockAI
from mockai.failures import CODES, FAILURES

SDKS = ("3", "2", "1", "node")
SOON = 0.001  # seconds: `retry-after-ms: 1`, which every SDK obeys
BRIEF = 1.0  # seconds of patience with what never answers
CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
IN_MID_STREAM = {"close": "RemoteProtocolError", "reset": "ReadError"}
IN_TYPESCRIPT = {"APIStatusError": "APIError", "APITimeoutError": "APIConnectionTimeoutError"}
NOTHING = dict.fromkeys(("status_code", "code", "param", "type"))


@dataclass(frozen=True)
class Case:
    """One call, and what comes of it: `tries` requests, `count` events and `caught`, whose class is `error`.

    `error` is `close` or `reset` where SDKs differ in how they tell it. An `own` model is a stub's, which no two
    clients share.
    """

    name: str
    fault: str
    error: str | None
    tries: int
    caught: tuple[tuple[str, Any], ...] = tuple(NOTHING.items())
    retries: int = 0
    api: str = "chat"
    model: str = "gpt-4.1"
    own: bool = False
    stream: bool = False
    timeout: float = 30.0
    count: int = 0


def raised(status: int) -> str:
    """The class that an SDK raises for a status."""
    return "InternalServerError" if status >= 500 else CLASSES.get(status, "APIStatusError")


def fields(asked: int | str) -> dict[str, Any]:
    """What an SDK reads from the error of a status or name."""
    if asked == 502:  # a page
        return {**NOTHING, "status_code": 502}
    if isinstance(asked, str):
        status, kind, param, _ = CODES[asked]
        return {"status_code": status, "code": asked, "param": param, "type": kind}
    kind, code, _ = FAILURES[asked]
    return {"status_code": asked, "code": code, "param": None, "type": kind}


def asks_again(status: int) -> bool:
    """Whether a status alone makes an SDK ask again, as all of their sources say."""
    return status in (408, 409, 429) or status >= 500


def errors() -> Iterator[Case]:
    """Each status and each name, with and without retries, in both APIs, streamed or not."""
    table: list[int | str] = [*FAILURES, *CODES]
    for asked in table:
        about = fields(asked)
        status, told = about["status_code"], tuple(about.items())
        again = asks_again(status) and about["type"] != "insufficient_quota"
        fault = f"fail({asked}, retry_after={SOON})"
        for api, retries, stream in (("chat", 0, False), ("chat", 2, True), ("responses", 2, False)):
            tries = 1 + retries * again
            name = f"{asked}-{api}-{retries}"
            yield Case(name, fault, raised(status), tries, told, retries, api, stream=stream)


def told_otherwise() -> Iterator[Case]:
    """What a server says about retrying wins over its status."""
    for word, status, tries in (("true", 400, 2), ("true", 409, 2), ("false", 429, 1), ("false", 503, 1)):
        told = tuple(fields(status).items())
        yield Case(f"should-{word}-{status}", "", raised(status), tries, told, 1, model=f"should-{word}-{status}")


def connections() -> Iterator[Case]:
    """What ends before an answer's head is asked for again; what ends in mid-stream is not."""
    for fault in ("drop", "drop(reset)"):
        for retries in (0, 1):
            yield Case(f"{fault}-{retries}", fault, "APIConnectionError", 1 + retries, retries=retries)
    for retries in (0, 1):
        told: Any = {"retries": retries, "timeout": BRIEF}
        yield Case(f"never-{retries}", "never", "APITimeoutError", 1 + retries, **told)
    streamed: Any = {"retries": 2, "stream": True}
    about = tuple((NOTHING | {"type": "server_error", "code": "x"}).items())
    yield Case("error-chat", "error_event(chunks=2, code=x)", "APIError", 1, about, count=2, **streamed)
    for api in ("chat", "responses"):
        for how in ("close", "reset"):
            name = f"{how}-{api}"
            yield Case(name, f"{how}(chunks=2)", how, 1, api=api, count=2, **streamed)


def azure() -> Iterator[Case]:
    """Azure's front door says the status as a code and nothing else; what it filters, as the API does."""
    for status in (401, 429):
        about = tuple({**NOTHING, "status_code": status, "code": str(status)}.items())
        fault = f"fail({status}, retry_after={SOON})"
        yield Case(f"azure-{status}", fault, raised(status), 1 + asks_again(status), about, 1, "azure")
    for name, change in (("model_not_found", {"code": "DeploymentNotFound"}), ("content_filter", {"type": None})):
        about = tuple((fields(name) | change).items())
        yield Case(f"azure-{name}", f"fail({name})", raised(CODES[name][0]), 1, about, 2, "azure")


CASES = [
    Case("too-long", "fail(503, retry_after=121)", "InternalServerError", 1, tuple(fields(503).items()), 1),
    *connections(),
    *told_otherwise(),
    *errors(),
    *azure(),
    Case("recovers", "", None, 3, retries=2, model="recovers", own=True),
]
"""Those that some SDK sleeps in come first, so that the others pass the time."""

Told = tuple[str, dict[str, Any], dict[str, list[Any]]]


@pytest.fixture(scope="module", params=SDKS)
def told(request: pytest.FixtureRequest) -> Told:
    """An SDK, what its clients saw by case, and the exchanges of each case and client."""
    sdk = request.param
    cases = json.dumps([asdict(case) for case in CASES])
    with MockAI(words=8) as mock, mock.serve() as url:
        mock.on(CHAT).answer()
        for word, status in (("true", 400), ("true", 409), ("false", 429), ("false", 503)):
            headers = {"x-should-retry": word, "retry-after-ms": "1"}
            mock.on(CHAT, model=f"should-{word}-{status}").fail(status, headers=headers)
        for who in ("sync", "async", "node"):
            stub = mock.on(CHAT, model=f"recovers-{who}")
            stub.fail(503, retry_after=SOON).times(1).then.fail(429, retry_after=SOON).times(1).then.reply("At last.")
        seen = node("errors.mjs", url, cases) if sdk == "node" else driven(errors_driver, sdk, url, cases)
        exchanges: dict[str, list[Any]] = {}
        for exchange in mock.journal:
            exchanges.setdefault(exchange.request.header("x-case") or "", []).append(exchange)
    return sdk, seen, exchanges


def wanted(case: Case, sdk: str) -> tuple[dict[str, Any], int]:
    """What a user of an SDK catches, and how many requests it makes."""
    error, tries = case.error, case.tries
    if error in IN_MID_STREAM:  # only the newest SDK wraps what ends a stream
        error = {"3": "APIConnectionError", "node": "TypeError"}.get(sdk, IN_MID_STREAM[error])
    if sdk == "node":
        error = IN_TYPESCRIPT.get(error or "", error)
    if case.name == "too-long":  # no wait for it; SDKs that cap a wait at a minute ask again all the same
        tries = 1 if sdk in ("3", "2") else 2
    return {**dict(case.caught), "error": error, "count": case.count}, tries


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_error_reaches_the_user_as_it_is(told: Told, case: Case) -> None:
    sdk, seen, exchanges = told
    caught, tries = wanted(case, sdk)
    for who in ("node",) if sdk == "node" else ("sync", "async"):
        mine = exchanges[f"{case.name} {who}"]
        named = caught["status_code"] or (sdk, caught["error"]) == ("node", "APIError")
        last = mine[-1].reply.header("x-request-id") if named else None
        assert seen[who][case.name] == {**caught, "request_id": last}, who
        counts = [exchange.request.header("x-stainless-retry-count") for exchange in mine]
        assert counts == [str(number) for number in range(tries)], who
        answered = [identity for exchange in mine if (identity := exchange.reply.header("x-request-id"))]
        assert len(set(answered)) == len(answered), who
