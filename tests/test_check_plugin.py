"""`pytest --mockai-check`: which files of a session are checked, what is said, and what that does to the session."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mockai.files.baselines import held_against
from mockai.files.checking import check_paths

PASSING = "def test_one(mockai): mockai.on(CHAT).reply('Hello!'); ask()\n"
GOOD = """\
mockai: 1
exchanges:
- request: {method: GET, path: /v1/models/gpt-5}
  response:
    status: 200
    headers: [[content-type, application/json]]
    json: {id: gpt-5, object: model, created: 1, owned_by: openai}
"""
BAD = GOOD.replace("object: model", "object: modle")
STUBS = "- on: chat.completions.create\n  reply: {exact: {id: 1}}\n"
Suite = Callable[..., pytest.RunResult]


def told(result: pytest.RunResult) -> str:
    """What the check says at the end of a session."""
    text = re.search(r"^=+ mockai: check =+\n(.*?)(?=^=)", str(result.stdout) + "\n=", re.MULTILINE | re.DOTALL)
    return text[1].strip() if text else ""


def lay(pytester: pytest.Pytester, **texts: str) -> Path:
    """Files in the cassette folder of the suite's module."""
    folder = pytester.path / "cassettes" / "test_it"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_findings_fail_a_session_whose_tests_passed(
    suite: Suite, pytester: pytest.Pytester, golden: Callable[[str, object], None]
) -> None:
    lay(pytester, test_one=GOOD, bad=BAD, stubs=STUBS, foreign="interactions: []\n")
    assert suite(PASSING).ret == 0, "nobody asked for a check"
    result = suite(None, "--mockai-check")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    golden("plugin-check", told(result))


def test_what_is_right_is_told_in_a_line(suite: Suite, pytester: pytest.Pytester) -> None:
    lay(pytester, test_one=GOOD)
    result = suite(PASSING, "--mockai-check")
    assert result.ret == 0
    assert told(result) == "1 file, 1 exchange, 0 events, 0 stubs: 0 findings, 0 passed over."


def test_a_baseline_lets_old_findings_pass(suite: Suite, pytester: pytest.Pytester) -> None:
    folder = lay(pytester, test_one=BAD)
    baseline = pytester.path / "old.json"
    held_against(check_paths([folder]), baseline, update=True)
    result = suite(PASSING, "--mockai-check", "--mockai-baseline=old.json")
    assert result.ret == 0
    assert "The baseline: 1 still there, 0 gone." in told(result)
    lay(pytester, other=BAD)
    assert suite(None, "--mockai-check", "--mockai-baseline=old.json").ret == 1


def test_a_baseline_that_is_not_there_is_said_before_any_test(suite: Suite) -> None:
    result = suite(PASSING, "--mockai-check", "--mockai-baseline=none.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --mockai-baseline: There is no baseline *none.json. Write it with *"])


@pytest.mark.usefixtures("suite")
def test_several_workers_check_once(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    lay(pytester, bad=BAD)
    result = pytester.runpytest_subprocess(
        pytester.makepyfile(test_it="def test_one(): pass\ndef test_two(): pass\n"),
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-n", "2", "--mockai-check",
    )  # fmt: skip
    assert result.ret == 1
    assert told(result).count("Invalid value: 'modle'") == 1
