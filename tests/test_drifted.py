"""Record mode `verify`: the client hears today's API, and drift from the recording fails its test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from drifting import Plant, drifting
from suites import OTHERS
from test_verify import CHAT, KEY, answered, ask, at, files, on, taped

from mockai import MockAI, VerificationError
from mockai.errors import ConfigError


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def script(client: Any) -> None:
        client("POST", "/chat/completions", CHAT)
        client("POST", "/chat/completions", {**CHAT, "stream": True})

    return taped(tmp_path_factory.mktemp("tape") / "t.yaml", script)


def heard(
    tape: Path, url: str, *requests: tuple[str, str, Any], **options: Any
) -> tuple[MockAI, list[httpx2.Response]]:
    with MockAI(cassette=tape, record_mode="verify", upstream=url, **options) as mock, mock.serve() as own:
        return mock, [ask(own, *request) for request in requests]


BOTH = (("POST", "/chat/completions", CHAT), ("POST", "/chat/completions", {**CHAT, "stream": True}))


@pytest.mark.parametrize("mood", range(3))
def test_the_client_hears_today_s_answers_and_nothing_is_wrong(tape, mood):
    before = tape.read_bytes()
    with drifting(mood) as (up, url):
        mock, answers = heard(tape, url, *BOTH)
        assert [request.header("authorization") for request in up.asked] == [f"Bearer {KEY}"] * 2
    assert {answer.headers["x-mockai-source"] for answer in answers} == {"upstream"}
    assert [each for each in mock.drift if each.severity != "note"] == []
    mock.verify()
    assert tape.read_bytes() == before, "nothing is written"
    assert [take for cassette in mock.cassettes for take in cassette.unused()] == []


def test_a_server_logs_it(tape, caplog):
    with drifting(1, on(at(mood="x"))) as (_, url):
        heard(tape, url, BOTH[0])
    [said] = [record.message for record in caplog.records if "mood" in record.message]
    assert said.startswith(f"mockai: call 1 (chat.completions.create), recorded as {tape} #1: warning: mood is new")


def test_drift_fails_the_test_at_its_end(tape, golden):
    with drifting(1, on(at(created=..., mood="x"))) as (_, url):
        mock, answers = heard(tape, url, *BOTH)
    assert answers[0].json()["mood"] == "x"
    with pytest.raises(VerificationError) as caught:
        mock.verify()
    golden("verify-mode", str(caught.value).replace(str(tape), "t.yaml"))
    assert (mock.drift[0].call, mock.drift[0].number) == ("chat.completions.create", 1)
    mock.reset()
    mock.verify()


def test_what_was_not_recorded_cannot_be_compared(tape, golden):
    with drifting() as (_, url):
        mock, _ = heard(tape, url, ("POST", "/chat/completions", {**CHAT, "seed": 7}))
    with pytest.raises(VerificationError) as caught:
        mock.verify()
    golden("verify-mode-unrecorded", str(caught.value).replace(str(tape), "t.yaml"))


@pytest.mark.parametrize("status", [429, 500, 401])
def test_errors_of_the_moment_are_not_drift(tape, status):
    plant: Plant = answered(status, message="Not now.")
    with drifting(0, plant) as (up, url):
        mock = MockAI(cassette=tape, record_mode="verify", upstream=url)
        with mock, mock.serve() as own:
            assert ask(own, *BOTH[0]).status_code == status
            up.plant = None
            assert ask(own, *BOTH[0]).status_code == 200
    assert [each for each in mock.drift if each.severity != "note"] == []


def test_ids_of_today_stand_for_the_recorded_ones(tmp_path):
    tape = taped(tmp_path / "t.yaml", files)
    with MockAI(seed=9) as up, up.serve() as url:
        mock = MockAI(cassette=tape, record_mode="verify", upstream=url)
        with mock, mock.serve() as own:
            files(lambda *request: ask(own, *request))
        assert [each for each in mock.drift if each.severity != "note"] == []


def test_each_scope_has_its_own_drift(tape):
    with drifting(0, on(at(mood=1))) as (_, url), MockAI(cassette=tape, record_mode="verify", upstream=url) as mock:
        one, other = mock.scope(), mock.scope()
        client = httpx2.Client(transport=one.transport(httpx2), base_url="http://mock/v1", trust_env=False)
        with client:
            client.post("/chat/completions", json=CHAT, headers={"authorization": f"Bearer {KEY}"})
        assert [each.severity for each in one.drift if each.drift.kind == "new"][:1] == ["warning"]
        assert (other.drift, mock.drift) == ([], [])


def test_it_needs_an_upstream(tape):
    with pytest.raises(ConfigError, match="needs an upstream"):
        MockAI(cassette=tape, record_mode="verify")


SUITE = """
import httpx2

def test_hello(mockai):
    key = {"authorization": "Bearer sk-anything"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}
    httpx2.post(mockai.url + "/chat/completions", json=body, headers=key, trust_env=False)
"""


def test_the_plugin_verifies_in_builds_too(pytester, monkeypatch):
    monkeypatch.setenv("CI", "true")
    test = pytester.makepyfile(test_it=SUITE)
    cassette = test.parent / "cassettes" / "test_it" / "test_hello.yaml"
    cassette.parent.mkdir(parents=True)
    taped(cassette, lambda client: client("POST", "/chat/completions", CHAT))
    with drifting() as (up, url):
        arguments = ("--mockai-record=verify", f"--mockai-upstream={url}", *OTHERS)
        pytester.runpytest(*arguments).assert_outcomes(passed=1)
        up.plant = on(at(mood="x"))
        done = pytester.runpytest(*arguments)
        done.assert_outcomes(passed=1, errors=1)
        done.stdout.fnmatch_lines(["*The API does not answer any more as it was recorded:*", "*mood is new, and the*"])
