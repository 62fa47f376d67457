"""mockai in pytest: a doorway. Options, two marks, a few fixtures, what is reported; all else lives in `mockai`."""

from __future__ import annotations

import pytest

from . import settings, vcr
from .fixtures import (
    async_openai_client,
    mockai,
    mockai_cassette_dir,
    mockai_cassette_name,
    mockai_config,
    mockai_server,
    openai_client,
)
from .reports import (
    pytest_deselected,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
    pytest_runtest_setup,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from .session import TAPES, WATCH
from .settings import setting
from .tapes import Tapes
from .vcr import _mockai_suite

__all__ = [
    "_mockai_suite",
    "async_openai_client",
    "mockai",
    "mockai_cassette_dir",
    "mockai_cassette_name",
    "mockai_config",
    "mockai_server",
    "openai_client",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_deselected",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

MARKS = (
    "mockai(cassette=…, record_mode=…, seed=…, …): options of this test's MockAI; cassette is a path beside the "
    "test file, all others are MockAI's own.",
    "mockai_live(reason): this test needs the real API; it is skipped unless --mockai-live asks for it.",
)
ADVICE = (
    "Let the client take its address from OPENAI_BASE_URL, which is the mock's where a test has the fixture `mockai`; "
    "mark a test that needs the real API mockai_live; or allow the host with --mockai-allow-hosts={host}."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every setting is an option and stands in the ini file as well."""
    settings.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, refuse what cannot be, block the network if asked to."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    config.stash[TAPES] = Tapes()
    settings.read(config)
    if setting(config, "check"):
        from .checks import Check

        config.pluginmanager.register(Check(config), "mockai-check")
    vcr.configure(config)
    if setting(config, "block_network"):
        from contextlib import ExitStack

        from mockai.edges.blocking import Watch, installed

        hosts = [host.strip() for host in setting(config, "allow_hosts").split(",") if host.strip()]
        stack = ExitStack()
        config.stash[WATCH] = stack.enter_context(installed(Watch(block=True, allow=hosts, advice=ADVICE)))
        config.add_cleanup(stack.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests that need the real API, unless they are asked for; let those marked vcr have the mock."""
    vcr.adopt(items)
    for item in items:
        mark = item.get_closest_marker("mockai_live")
        if mark is None:
            continue
        reason = next(iter(mark.args), mark.kwargs.get("reason"))
        if not isinstance(reason, str):
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.mockai_live needs a reason: why does this test need the real API?"
            )
        if not setting(config, "live"):
            item.add_marker(pytest.mark.skip(f"needs the real API: {reason} (--mockai-live runs it)"))
