"""The verdict: each finding in a client that has exactly that fault, and none in the official SDKs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import product
from typing import Any

import httpx2
import openai
import pytest
import verdict_driver
from sdks import driven, node

from mockai import ManualClock, MockAI
from mockai.errors import VerificationError
from mockai.faults import FAULTS
from mockai.verdict import ADVICE

CHAT = "/chat/completions"
BODY = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Tell me of the sea, please."}]}
STREAM = {**BODY, "stream": True}


class Client:
    """A client of one connection pool that does what it is told, and nothing that an SDK would."""

    def __init__(self, mock: MockAI, url: str = "") -> None:
        self.mock = mock
        self.http = httpx2.Client(
            base_url=url or "http://mock/v1",
            transport=None if url else mock.transport(httpx2),
            headers={"authorization": "Bearer sk-any", "user-agent": "careless/1"},
            timeout=5,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, fault: str = "", body: Any = BODY, **more: Any) -> Any:
        """One request and its whole answer, or None where none came."""
        try:
            return self.http.post(CHAT, json=body, headers={"x-mockai-fault": fault} if fault else {}, **more)
        except httpx2.TransportError:
            return None

    def tries(self, *faults: str, waits: float = 0.0) -> None:
        """The same request again and again, with so many seconds between."""
        for fault in faults:
            self.ask(fault)
            self.mock.clock.advance(waits)

    def repeats(self, answer: Any) -> None:
        """Go on with the words of an answer."""
        words = ""
        for line in answer.text.splitlines():
            if line.startswith("data: {") and '"choices"' in line:
                try:
                    words += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
                except ValueError:
                    continue
        more = [*BODY["messages"], {"role": "assistant", "content": words}, {"role": "user", "content": "Go on."}]
        self.ask(body={**BODY, "messages": more})


def hasty(client: Client) -> None:
    client.tries("fail(429, retry_after=20)", "", waits=5)


def stubborn(client: Client) -> None:
    client.tries("fail(400)", "fail(400)", waits=1)


def stubborn_without_money(client: Client) -> None:
    client.tries("fail(insufficient_quota)", "fail(insufficient_quota)", waits=1)


def stormy(client: Client) -> None:
    for attempt in range(12):
        client.tries("503", waits=0.5 * 1.3**attempt)
    client.ask()


def breathless(client: Client) -> None:
    client.tries("503", "503", "")


def monotonous(client: Client) -> None:
    client.tries("503", "503", "503", "", waits=1)


def faint_hearted(client: Client) -> None:
    client.ask("503")


def cut_off(client: Client) -> None:
    client.ask("drop")


def credulous(client: Client) -> None:
    client.repeats(client.ask("truncate(chunks=9)", STREAM))


def blind(client: Client) -> None:
    client.repeats(client.ask("garble(chunk=9)", STREAM))


def deaf(client: Client) -> None:
    client.repeats(client.ask("error_event(chunks=9)", STREAM))


def patient(client: Client) -> None:
    client.ask("never", timeout=None)


ALIKE: dict[Callable[[Client], None], set[str]] = {
    hasty: {"retry-after-ignored"},
    stubborn: {"retried-in-vain"},
    stubborn_without_money: {"retried-in-vain"},
    stormy: {"storm"},
    breathless: {"no-backoff"},
    monotonous: {"no-backoff"},
    faint_hearted: {"gave-up"},
    cut_off: {"gave-up"},
    credulous: {"truncated-accepted"},
    blind: {"malformed-ignored"},
    deaf: {"error-swallowed"},
}


def kinds(mock: MockAI, patience: float = 600) -> set[str]:
    return {finding.kind for finding in mock.verdict(patience).findings}


@pytest.mark.parametrize("fault", ALIKE, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("far", [True, False], ids=["socket", "process"])
def test_a_client_with_one_fault_has_one_finding(fault: Callable[[Client], None], far: bool) -> None:
    mock = MockAI()
    with mock.serve() as url, Client(mock, url if far else "") as client:
        fault(client)
        assert kinds(mock) == ALIKE[fault]


def test_a_client_in_process_that_would_wait_for_ever() -> None:
    mock = MockAI()
    patient(Client(mock))
    assert kinds(mock) == {"no-timeout", "gave-up"}


def test_a_client_on_a_socket_that_waits_longer_than_anyone_should() -> None:
    mock = MockAI()
    with mock.serve() as url, Client(mock, url) as client, ExitStack() as stack:
        stack.enter_context(client.http.stream("POST", CHAT, json=STREAM, headers={"x-mockai-fault": "stall(3)"}))
        assert kinds(mock) == set()
        mock.clock.advance(700)
        assert kinds(mock) == {"no-timeout"}
        assert kinds(mock, patience=1_000) == set()


def test_an_sdk_told_to_wait_for_ever() -> None:
    mock = MockAI()
    with openai.OpenAI(api_key="k", timeout=None, http_client=near(mock)) as client:
        client.chat.completions.create(**BODY)  # type: ignore[call-overload]
    assert kinds(mock) == {"no-timeout"}


def test_a_stream_that_is_never_closed() -> None:
    mock = MockAI()
    client = Client(mock)
    answer = client.http.send(client.http.build_request("POST", CHAT, json=STREAM), stream=True)
    next(pieces := answer.iter_raw(20))
    assert kinds(mock) == {"leaked-connection"}
    pieces.close()
    answer.close()
    assert kinds(mock) == set()


def test_a_new_client_for_every_call_leaks_connections() -> None:
    mock = MockAI()
    with mock.serve() as url:
        clients = [Client(mock, url) for _ in range(5)]
        for client in clients:
            client.ask()
            time.sleep(0.02)
        assert kinds(mock) == {"leaked-connection"}
        for client in clients:
            client.http.close()
        patiently(lambda: kinds(mock) == set())


def patiently(holds: Callable[[], bool]) -> None:
    """Wait for what another thread brings about."""
    for _ in range(200):
        if holds():
            return
        time.sleep(0.01)
    assert holds()


def near(mock: MockAI) -> httpx2.Client:
    return httpx2.Client(transport=mock.transport(httpx2))


# -- clients that do nothing wrong


@pytest.mark.parametrize("sdk", ["3", "2", "1"])
def test_the_sdk_has_no_findings_whatever_it_meets(sdk: str) -> None:
    mock = MockAI(words=8)
    with mock.serve() as url:
        driven(verdict_driver, sdk, url, *FAULTS)
        assert str(mock.verdict()) == f"The client dealt well with all it met in {mock.number} exchanges."
    assert mock.number > 4 * len(FAULTS)


def test_the_typescript_sdk_has_no_findings_either() -> None:
    """Its timeout ends with the head: a body that stalls it would hear for ever."""
    mock = MockAI(words=8)
    names = [name for name in FAULTS if name != "stall"]
    with mock.serve() as url:
        assert node("faults.mjs", url, json.dumps(names)) == {"met": len(names)}
        assert str(mock.verdict()) == f"The client dealt well with all it met in {mock.number} exchanges."
    assert mock.number > 4 * len(FAULTS)


def test_in_process_it_has_none_either() -> None:
    mock = MockAI(words=8)

    async def everything() -> None:
        http_client = httpx2.AsyncClient(transport=mock.transport(httpx2))
        async with openai.AsyncOpenAI(api_key="sk-any", http_client=http_client) as client:
            await asyncio.gather(*(verdict_driver.meets(client, *one) for one in product(FAULTS, (True, False))))
            assert str(mock.verdict()) == f"The client dealt well with all it met in {mock.number} exchanges."

    asyncio.run(everything())


def test_the_same_asked_twice_is_no_retry() -> None:
    mock = MockAI()
    http_client = near(mock)
    with openai.OpenAI(api_key="sk-any", http_client=http_client) as client:
        for status in (400, 401, 404, 422):
            with pytest.raises(openai.APIStatusError):
                client.chat.completions.create(**BODY, extra_headers={"x-mockai-fault": str(status)})  # type: ignore[call-overload]
    assert kinds(mock) == set()


def test_code_around_an_sdk_that_asks_again_and_again() -> None:
    mock = MockAI()
    with openai.OpenAI(api_key="sk-any", max_retries=0, http_client=near(mock)) as client:
        for _ in range(5):
            with pytest.raises(openai.BadRequestError):
                client.chat.completions.create(**BODY, extra_headers={"x-mockai-fault": "400"})  # type: ignore[call-overload]
    assert kinds(mock) == {"retried-in-vain"}


def test_code_around_an_sdk_that_waits_and_asks_again() -> None:
    """A retry policy of one's own, as tenacity has them: the SDK counts from nothing each time."""
    mock = MockAI(clock=ManualClock())
    mock.on("chat.completions.create").fail(429, retry_after=20).times(2).then.reply("At last.")
    with openai.OpenAI(api_key="sk-any", max_retries=0, http_client=near(mock)) as client:
        for _ in range(2):
            with pytest.raises(openai.RateLimitError):
                client.chat.completions.create(**BODY)  # type: ignore[call-overload]
            mock.clock.advance(20)
        client.chat.completions.create(**BODY)  # type: ignore[call-overload]
    assert kinds(mock) == set()


def test_a_whole_answer_may_be_said_again_after_a_half_one() -> None:
    mock = MockAI()
    client = Client(mock)
    client.ask("truncate(chunks=9)", STREAM)
    client.repeats(client.ask(body=STREAM))
    assert kinds(mock) == set()


def test_scopes_are_judged_apart() -> None:
    mock = MockAI()
    with mock.serve() as url:
        for name in ("one", "two"):
            with Client(mock, url.replace("/v1", f"/t/{name}/v1")) as client:
                client.ask("400")
            verdict = httpx2.get(url.replace("/v1", f"/t/{name}/__mockai/verdict")).json()
            assert verdict == {"resilient": True, "exchanges": 1, "forgotten": 0, "findings": []}
        assert kinds(mock) == set()


# -- in words


def test_the_verdict_in_words(golden: Callable[[str, object], None]) -> None:
    mock = MockAI(clock=ManualClock())
    client = Client(mock)
    client.tries("503", "503", "503", "", waits=1)
    hasty(client)
    stubborn(client)
    credulous(client)
    with pytest.raises(VerificationError) as found:
        mock.assert_resilient()
    golden("verdict", found.value)
    assert mock.verdict().told()["resilient"] is False


def test_every_kind_has_advice_and_a_test() -> None:
    assert set().union(*ALIKE.values()) | {"no-timeout", "leaked-connection"} == set(ADVICE)


def test_an_hour_of_the_limit_is_judged_without_waiting() -> None:
    mock = MockAI(clock=ManualClock(), rate_limit="rpm=60")
    client = Client(mock)
    for _ in range(3600):
        assert client.ask().status_code == 200
        mock.clock.advance(1)
    assert kinds(mock) == set()


# -- the command


def command(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "mockai.cli", "verdict", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_command_ends_with_one_where_there_are_findings() -> None:
    mock = MockAI()
    with mock.serve() as url:
        assert command(url) == (0, "The client dealt well with all it met in 0 exchanges.\n")
        with Client(mock, url) as client:
            faint_hearted(client)
        assert command(url) == (1, f"{mock.verdict()}\n")
        code, told = command(url.removesuffix("/v1"), "--json")
        assert (code, json.loads(told)) == (1, json.loads(json.dumps(mock.verdict().told())))


def test_the_command_says_where_it_found_no_server(golden: Callable[[str, object], None]) -> None:
    code, told = command("http://127.0.0.1:1/v1")
    assert code == 3
    golden("verdict-no-server", told)
    code, told = command("localhost")
    assert code == 2
    golden("verdict-no-url", told)
