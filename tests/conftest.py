"""What holds for every test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "suites"]

GOLDEN = Path(__file__).parent / "golden"

# How long an example takes says something about the machine, nothing about the code.
settings.register_profile("mockai", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=2_000)  # twenty times as many as usual
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mockai"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the messages of this run to tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Holds a message against tests/golden/NAME.txt, so that every change of wording shows in a review."""

    def check(name: str, message: object) -> None:
        file = GOLDEN / f"{name}.txt"
        text = f"{message}\n"
        if request.config.getoption("--update-golden"):
            file.write_text(text, "utf-8")
        assert file.exists(), f"{file.name} is not there. Run pytest --update-golden and read what it wrote."
        assert text == file.read_text("utf-8")

    return check
