"""What users write in types: `make lint` checks tests/user_code.py with the rest; here it runs as their suite."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

CODE = Path(__file__).with_name("user_code.py")
PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_a_users_code_runs_as_it_is_typed(
    suite: Callable[..., pytest.RunResult], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HTTP_PROXY")  # it serves by itself, without the fixture that lets clients go past proxies
    pytester.makepyfile(test_user_code=CODE.read_text("utf-8"))
    suite().assert_outcomes(passed=5)


def test_mypy_is_strict_with_a_users_code() -> None:
    with PROJECT.open("rb") as file:
        mypy = tomllib.load(file)["tool"]["mypy"]
    assert mypy["strict"] is True
    assert "tests/user_code.py" in mypy["files"]
    assert CODE.read_text("utf-8").count("# type: ignore[") == 9  # one in what it says of itself
