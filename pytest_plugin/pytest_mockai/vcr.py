"""Suites of pytest-recording on the mock: what its marks mean, and where its cassettes lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .settings import setting

MARKS = (
    "vcr(*cassettes, **options): this test runs on the mock, and plays its own cassette and these.",
    "default_cassette(name): the name of this test's cassette.",
    "block_network: of pytest-recording; --mockai-block-network blocks it for all tests.",
    "allowed_hosts: of pytest-recording; --mockai-allow-hosts names them.",
)
FORBIDDEN = re.compile(r"""[<>?%*:|"'/\\]""")
"""What stands as a hyphen in the name of a file."""


def configure(config: pytest.Config) -> None:
    """Take the place of pytest-recording, if that is asked for; raises UsageError where it is there itself."""
    if not setting(config, "vcr"):
        return
    if config.pluginmanager.has_plugin("recording"):
        raise pytest.UsageError(
            "--mockai-vcr takes the place of pytest-recording, and pytest-recording is here as well. Leave it out with "
            "`-p no:recording`, beside --mockai-vcr, or uninstall it."
        )
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


def marked(node: pytest.Item | pytest.Collector) -> bool:
    """Whether a test has the mark of pytest-recording, and that is to mean the mock."""
    return bool(setting(node.config, "vcr")) and node.get_closest_marker("vcr") is not None


def adopt(items: Iterable[pytest.Item]) -> None:
    """Let marked tests take the fixture `mockai`, before any other."""
    for item in items:
        if isinstance(item, pytest.Function) and "mockai" not in item.fixturenames and marked(item):
            item.fixturenames.insert(0, "mockai")


def cassettes(request: pytest.FixtureRequest, tape: Path) -> list[Path]:
    """The cassettes of a test, its own first: `tape`, or for a marked test those of pytest-recording's names."""
    node = request.node
    if not isinstance(node, pytest.Function) or not marked(node):
        return [tape]
    folder = Path(overridden(request, "vcr_cassette_dir") or tape.parent)
    chosen = node.get_closest_marker("default_cassette")
    owner = f"{node.cls.__name__}." if node.cls else ""
    name = str(chosen.args[0]) if chosen and chosen.args else FORBIDDEN.sub("-", f"{owner}{node.name}")
    named = [str(argument) for mark in node.iter_markers("vcr") for argument in mark.args]
    return [folder / (name if name.endswith(".yaml") else f"{name}.yaml"), *(folder / each for each in named)]


def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of a marked test that mean something here: `allow_playback_repeats`, of `vcr_config` or the mark."""
    if not marked(request.node):
        return {}
    given = dict(overridden(request, "vcr_config") or {})
    for mark in reversed(list(request.node.iter_markers("vcr"))):
        given |= mark.kwargs
    return {name: given[name] for name in ("allow_playback_repeats",) if name in given}


def overridden(request: pytest.FixtureRequest, name: str) -> Any:
    """The value of a fixture that a suite of pytest-recording may have; None if it has none."""
    try:
        return request.getfixturevalue(name)
    except pytest.FixtureLookupError:
        return None
