"""One suite, run by one process, by two and by four workers, and in random orders: it says and writes the same."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import local_upstream
import pytest
from suites import OTHERS, summary

WHOLE = local_upstream.Script((b"".join(local_upstream.eight()),))
SHUFFLED = """
import os, random

def pytest_collection_modifyitems(items):
    if os.environ.get("SEED"):
        random.Random(int(os.environ["SEED"])).shuffle(items)
"""
ASKED = """
import json, os, urllib.request
from urllib.error import HTTPError
import pytest
from mockai import contains

CHAT = "chat.completions.create"
CHANGED = "CHANGED" in os.environ

def asked(text, model="plain", **more):  # without an SDK, which takes longer to import than everything else
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **more}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()
"""
RECORDED = """
@pytest.mark.parametrize("what", ["a/b", "a:b", "ä", "A", "a", ""])
def test_each(mockai, what):
    assert asked("Another question." if CHANGED and what == "A" else what)

@pytest.mark.mockai(cassette="shared.yaml")
class TestShared:
    def test_first(self, mockai): assert asked("first")
    def test_second(self, mockai): assert CHANGED or asked("second", "gzip"); CHANGED and asked("first")
    @pytest.mark.parametrize("n", range(3))
    def test_more(self, mockai, n): assert asked(f"more {n}", "whole", stream=True).strip().endswith("[DONE]")

def test_limited(mockai):
    for _ in range(2):
        with pytest.raises(HTTPError):
            asked("How much?", "limited")

def test_fewer(mockai):
    asked("one")
    if not CHANGED: asked("two")

def test_swallowed(mockai):
    try: asked("something else" if CHANGED else "something")
    except HTTPError: pass

if not CHANGED:
    def test_gone(mockai): asked("gone")

@pytest.mark.skip("not now")
def test_skipped(mockai): asked("skipped")

@pytest.mark.xfail(strict=True)
def test_expected(mockai): assert not asked("expected")
"""
SCRIPTED = """
def test_answer(mockai):
    mockai.on(CHAT).reply("Hello")
    assert '"content":"Hello"' in asked("hi").replace(": ", ":")

def test_near(mockai):
    mockai.on(CHAT, model="gpt-5", messages=contains("weather")).reply("rain")
    mockai.on(CHAT, model="gpt-4o", messages=contains("news")).reply("none").times(2)
    asked("weather today", "gpt-5")
    asked("weather tomorrow", "gpt-4o")

def test_unused(mockai):
    mockai.on(CHAT, model="gpt-4o").reply("never")
    mockai.on(CHAT).reply("always")
    asked("hi")

def test_elsewhere(mockai):
    mockai.on(CHAT).reply("never")

def test_wrong(mockai):
    mockai.on(CHAT).reply("It rains.")
    assert "The sun shines." in asked("How is the weather?")

@pytest.mark.mockai(zzz=1, seed=2)
@pytest.mark.skipif(CHANGED, reason="said once")
def test_misspelt(mockai): pass

@pytest.fixture
def broken(mockai):
    raise RuntimeError("elsewhere")

def test_setup(broken): pass
"""
Run = tuple[str, str]
RECORDING: list[Run] = [("0", ""), ("4", "8")]
REPLAYING: list[Run] = [("0", "9"), ("2", "")]
if os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
    RECORDING += [("0", "5"), ("2", "6")]
    REPLAYING += [("0", ""), ("4", "3")]


@pytest.fixture
def runs(pytester: pytest.Pytester, suite: Callable[..., pytest.RunResult]) -> Callable[..., pytest.RunResult]:
    """Runs the suite on so many workers and in an order drawn from a seed."""
    assert suite  # which has cleaned the environment
    pytester.makeconftest(SHUFFLED)
    pytester.makepyfile(**{"one/test_recorded": ASKED + RECORDED, "two/test_scripted": ASKED + SCRIPTED})

    def run(workers: str, seed: str, *options: str) -> pytest.RunResult:
        pytester._monkeypatch.setenv("SEED", seed)
        if workers == "0":
            return pytester.runpytest_inprocess(*OTHERS, "-rA", *options)
        return pytester.runpytest_subprocess(*OTHERS, "-n", workers, "-rA", *options)

    return run


def test_workers_and_order_change_neither_reports_nor_cassettes(
    runs: Callable[..., pytest.RunResult], pytester: pytest.Pytester
) -> None:
    with local_upstream.serving() as upstream:
        upstream.scripts["whole"] = WHOLE
        options = ("--mockai-record=rewrite", f"--mockai-upstream={upstream.url}")
        recorded = []
        for workers, seed in RECORDING:
            (pytester.path / "one" / "shared.yaml").unlink(missing_ok=True)
            result = runs(workers, seed, "one", *options)
            recorded.append((*reported(result), tapes(pytester.path)))
    for found in recorded[1:]:
        assert found == recorded[0]
    assert len(recorded[0][2]) == 12

    pytester._monkeypatch.setenv("CHANGED", "1")
    options = ("--mockai-trace=retain-on-failure",)
    replayed = [(*reported(result := runs(workers, seed, *options)), summary(result), traces(pytester.path))
                for workers, seed in REPLAYING]  # fmt: skip
    for found in replayed[1:]:
        assert found == replayed[0]
    outcomes, told, left, written = replayed[0]
    assert outcomes["one/test_recorded.py::test_each[A]"] == "FAILED"
    assert outcomes["one/test_recorded.py::test_swallowed"] == "ERROR"
    assert "test_gone.yaml: no test has it any more" in left
    assert "shared.yaml: 1 of 5 exchanges was not asked for" in left
    assert len(told) >= 7
    assert len(written) >= 7


def reported(result: pytest.RunResult) -> tuple[dict[str, str], dict[str, str]]:
    """The outcome of each test, and what is said of each that failed."""
    text = str(result.stdout)
    found = {name: outcome for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR|XFAIL) (\S+)", text, re.MULTILINE)}
    body = re.search(r"^=+ (?:ERRORS|FAILURES) =+\n(.*?)^=+ (?:PASSES|short|mockai)", text, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^(?:_{3,} (.*?) _{3,}|=+ FAILURES =+)\n", body[1] if body else "", flags=re.MULTILINE)
    told = {title: same(said) for title, said in zip(parts[1::2], parts[2::2], strict=True) if title}
    return found, told


def same(text: str) -> str:
    """What pytest says of a test, without what differs from run to run by nature."""
    text = re.sub(r"^\[gw\d\] .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"127\.0\.0\.1:\d+(/t/test-\d+)?|0x[0-9a-f]+|(?<=\"created\": )\d+", "…", text)


def tapes(folder: Path) -> dict[str, list[str]]:
    """The parts of every cassette without its times. Of one that tests share, the order is that of the tests."""
    times = re.compile(r"(?<=\bat: )[^,}\n]+|(?<=after_ms: )\d+|(?<=delays_ms: ).*")
    found = {}
    for file in sorted(folder.rglob("*.yaml")):
        parts = re.split("^(?=- key:)", times.sub("…", file.read_text("utf-8")), flags=re.MULTILINE)
        found[str(file.relative_to(folder))] = sorted(parts) if file.name == "shared.yaml" else parts
    return found


def traces(folder: Path) -> dict[str, object]:
    """What was asked and answered in every trace."""
    found: dict[str, object] = {}
    for file in sorted((folder / ".mockai").rglob("*.jsonl")):
        head, *rest = map(json.loads, file.read_text("utf-8").splitlines())
        found[str(file.relative_to(folder))] = (
            head,
            [(each["request"]["path"], each["request"]["body"], each["reply"]["status"]) for each in rest],
        )
    return found
