"""A suite of pytest-recording goes over to mockai: its cassettes are imported where they lie, and one line changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from suites import OTHERS, shown

from mockai.files.importing import import_sources
from mockai.files.tape import load

BEFORE = "addopts = --record-mode=none"
AFTER = "addopts = --mockai-vcr -p no:recording"
SUITE = """
import pytest
from openai import OpenAI

def ask(question):
    with OpenAI(api_key="sk-any", max_retries=0) as client:
        messages = [{"role": "user", "content": question}]
        return client.chat.completions.create(model="gpt-5", messages=messages).choices[0].message.content

@pytest.mark.vcr
def test_plain():
    assert ask("plain") == "plain?"

@pytest.mark.vcr
@pytest.mark.parametrize("what", ["a b", "x/y", "é"])
def test_each(what):
    assert ask(what) == what + "?"

class TestClass:
    class TestDeep:
        @pytest.mark.vcr("shared.yaml", match_on=["method", "uri"])
        def test_both(self):
            assert ask("own") == "own?"
            assert ask("shared") == "shared?"

@pytest.mark.default_cassette("named.yaml")
@pytest.mark.vcr(allow_playback_repeats=True)
@pytest.mark.block_network
def test_named():
    assert [ask("named") for _ in range(3)] == ["named?"] * 3

@pytest.mark.vcr
def test_that_asks_nothing():
    pass

def test_without_the_mark():
    import os
    assert "OPENAI_BASE_URL" not in os.environ
"""
TAPES = {
    "test_plain": ["plain"],
    "test_each[a b]": ["a b"],
    "test_each[x-y]": ["x/y"],
    r"test_each[-xe9]": ["é"],
    "TestDeep.test_both": ["own"],
    "shared": ["shared"],
    "named": ["named"],
}
"""The cassettes as pytest-recording names them, and what is asked in each."""


def tape(*questions: str) -> str:
    """A cassette of vcrpy with these questions."""

    def one(question: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": f"{question}?", "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        said = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5", "choices": [choice]}
        asked = {"messages": [{"role": "user", "content": question}], "model": "gpt-5"}
        headers = {"content-type": ["application/json"]}
        url = "https://api.openai.com/v1/chat/completions"
        return {
            "request": {"body": json.dumps(asked), "headers": headers, "method": "POST", "uri": url},
            "response": {
                "body": {"string": json.dumps(said)}, "headers": headers, "status": {"code": 200, "message": "OK"},
            },
        }  # fmt: skip

    return str(yaml.safe_dump({"interactions": [one(question) for question in questions], "version": 1}))


@pytest.fixture
def recorded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the suite, with its cassettes."""
    for name in ("CI", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_it.py").write_text(SUITE, "utf-8")
    folder = pytester.path / "tests" / "cassettes" / "test_it"
    folder.mkdir(parents=True)
    for name, questions in TAPES.items():
        (folder / f"{name}.yaml").write_text(tape(*questions), "utf-8")
    return pytester.path


def test_one_line_changes(recorded: Path, pytester: pytest.Pytester):
    ini = f"[pytest]\nfilterwarnings = error\n{BEFORE}\n"
    report = import_sources([recorded / "tests" / "cassettes"], recorded / "tests" / "cassettes", force=True)
    assert not report.failed
    assert len(load(recorded / "tests" / "cassettes" / "test_it" / "test_plain.yaml").exchanges) == 1
    pytester.makeini(ini.replace(BEFORE, AFTER) + "strict_markers = true\n")
    result = pytester.runpytest_inprocess(*OTHERS, "--strict-markers", "tests")
    result.assert_outcomes(passed=8)
    result.stdout.no_fnmatch_line("*mockai: cassettes*")


def test_the_names_are_those_of_pytest_recording(recorded: Path, pytester: pytest.Pytester):
    import_sources([recorded / "tests" / "cassettes"], recorded / "elsewhere")
    (recorded / "tests" / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture(scope='module')\n"
        f"def vcr_cassette_dir(): return {str(recorded / 'elsewhere' / 'test_it')!r}\n"
        "@pytest.fixture\ndef vcr_config(): return {'filter_headers': ['authorization']}\n"
    )
    pytester.makeini(f"[pytest]\nfilterwarnings = error\n{AFTER}\n")
    pytester.runpytest_inprocess(*OTHERS, "tests").assert_outcomes(passed=8)


def test_without_the_setting_the_mark_means_nothing(recorded: Path, pytester: pytest.Pytester):
    pytester.makeini("[pytest]\nmarkers =\n    vcr\n    default_cassette\n    block_network\n")
    (recorded / "tests" / "test_it.py").write_text(
        "import os, pytest\n@pytest.mark.vcr\ndef test_one(): assert 'OPENAI_BASE_URL' not in os.environ\n"
    )
    pytester.runpytest_inprocess(*OTHERS, "tests").assert_outcomes(passed=1)


def test_what_is_not_recorded_fails_and_says_so(recorded: Path, pytester: pytest.Pytester):
    import_sources([recorded / "tests" / "cassettes"], recorded / "tests" / "cassettes", force=True)
    pytester.makeini(f"[pytest]\nfilterwarnings = error\n{AFTER}\n")
    path = recorded / "tests" / "test_it.py"
    path.write_text(path.read_text("utf-8").replace('ask("plain")', 'ask("else")'), "utf-8")
    result = pytester.runpytest_inprocess(*OTHERS, "tests", "-k", "plain", "--tb=line")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*messages?0?.content: wanted 'plain', got 'else'*"])


def test_both_plugins_at_once_are_refused(
    recorded: Path, pytester: pytest.Pytester, golden: Callable[[str, object], None]
):
    (recorded / "recording.py").write_text("")
    pytester.syspathinsert(recorded)
    result = pytester.runpytest_inprocess(*OTHERS, "-p", "recording", "--mockai-vcr", "tests")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    golden("plugin-vcr-both", str(result.stderr).strip())


def test_a_client_that_goes_elsewhere_is_noticed(recorded: Path, pytester: pytest.Pytester):
    pytester.makeini(f"[pytest]\nfilterwarnings = error\n{AFTER}\n")
    (recorded / "tests" / "test_it.py").write_text(
        "import contextlib, pytest, urllib.request\n@pytest.mark.vcr\ndef test_one():\n"
        "    with contextlib.suppress(OSError):\n"
        "        urllib.request.urlopen('http://127.0.0.1:9/v1/models')\n"
    )
    result = pytester.runpytest_inprocess(*OTHERS, "tests")
    result.assert_outcomes(passed=1, errors=1)
    assert "made no request through it" in shown(result)
