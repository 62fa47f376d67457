"""Suites of pytest-recording on the mock: what its marks mean, and where its cassettes lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .session import Node, owner
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


def marked(node: Node) -> bool:
    """Whether a test has the mark of pytest-recording, and that is to mean the mock."""
    return bool(setting(node.config, "vcr")) and node.get_closest_marker("vcr") is not None


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite's own fixtures say of a test: `folder` is that of its cassettes, if they name one."""

    folder: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


SUITE = pytest.StashKey[Suite]()


@pytest.fixture
def _mockai_suite(request: pytest.FixtureRequest) -> None:
    """What the fixtures of pytest-recording say of a marked test."""
    owner().stash[SUITE] = Suite(overridden(request, "vcr_cassette_dir"), overridden(request, "vcr_config") or {})


def adopt(items: Iterable[pytest.Item]) -> None:
    """Let marked tests take the fixture `mockai`, before any other, and before that what their suite says of them."""
    for item in items:
        if isinstance(item, pytest.Function) and marked(item):
            names = ("_mockai_suite", "mockai")
            item.fixturenames[:] = [*names, *(name for name in item.fixturenames if name not in names)]


def suite(node: Node) -> Suite:
    """What the suite says of a marked test; nothing of one that was marked after it had been collected."""
    return node.stash.get(SUITE, Suite())


def cassettes(node: Node, tape: Path) -> list[Path]:
    """The cassettes of a test, its own first: `tape`, or for a marked test those of pytest-recording's names."""
    if not isinstance(node, pytest.Function) or not marked(node):
        return [tape]
    folder = Path(suite(node).folder or tape.parent)
    chosen = node.get_closest_marker("default_cassette")
    within = f"{node.cls.__name__}." if node.cls else ""
    name = str(chosen.args[0]) if chosen and chosen.args else FORBIDDEN.sub("-", f"{within}{node.name}")
    named = [str(argument) for mark in node.iter_markers("vcr") for argument in mark.args]
    return [folder / (name if name.endswith(".yaml") else f"{name}.yaml"), *(folder / each for each in named)]


def options(node: Node) -> dict[str, Any]:
    """The options of a marked test that mean something here: `allow_playback_repeats`, of `vcr_config` or the mark."""
    if not marked(node):
        return {}
    given = dict(suite(node).config)
    for mark in reversed(list(node.iter_markers("vcr"))):
        given |= mark.kwargs
    return {name: given[name] for name in ("allow_playback_repeats",) if name in given}


def overridden(request: pytest.FixtureRequest, name: str) -> Any:
    """The value of a fixture that a suite of pytest-recording may have; None if it has none."""
    try:
        return request.getfixturevalue(name)
    except pytest.FixtureLookupError:
        return None
