"""What the plugin says: sections of failed tests, traces, and what nobody asked for at the end of the session."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .session import RUNNING, TAKEN, TAPES, WATCH, is_live
from .settings import setting
from .tapes import Tapes, name_of, shown

if TYPE_CHECKING:
    from .taken import Taken

TRACES = Path(".mockai") / "traces"
OURS = ("mockai.", "contextlib")
"""Modules at the end of a traceback in which no user looks for a mistake."""

_used: pytest.StashKey[Taken] = pytest.StashKey()
_began = pytest.StashKey[float]()
_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test runs, from the set-up of its fixtures to their end."""
    RUNNING.append(item)
    try:
        return (yield)
    finally:
        RUNNING.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test begins."""
    item.stash[_began] = time.monotonic()
    if (watch := item.config.stash.get(WATCH, None)) is not None:
        watch.open = is_live(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what went wrong unseen, remember whether the test came to its end, show what a failed one did."""
    mistaken = call.excinfo is not None and _trimmed(item, call.excinfo)
    report = yield
    own = item.config.stash.get(TAKEN, None)
    if own is not None:
        item.stash[_used] = own
        _missed(own, report)
    _blocked(item, report)
    if own is not None and not report.passed:
        own.cut = True
    if report.failed:
        item.stash[_failed] = True
    used = item.stash.get(_used, None)
    if used is not None:
        if report.failed:
            _told(item, used, report, mistaken)
        if report.when == "teardown":
            _traced(item, used)
            del item.stash[_used]  # a session keeps its items, which need not keep all that their tests exchanged
    if report.when == "call" and not report.skipped:
        item.config.stash[TAPES].ran.add(item.nodeid)
    return report


def _missed(own: Taken, report: pytest.TestReport) -> None:
    """A mock that tests share: each is failed for what it asked itself."""
    if own.wide and own.missed() and report.when == "call":
        if report.passed:
            report.outcome, report.longrepr = "failed", "\n".join(own.missed())
        own.told = len(own.mock.misses)


def _blocked(item: pytest.Item, report: pytest.TestReport) -> None:
    """A connection that must not be fails the test, whoever swallowed that, and without the client's traceback."""
    watch = item.config.stash.get(WATCH, None)
    if watch is not None and watch.stopped:
        report.outcome, report.longrepr = "failed", "\n\n".join(dict.fromkeys(watch.stopped))
        watch.stopped.clear()


def _trimmed(item: pytest.Item, raised: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether a user's mistake was told; its traceback then ends where the user's own code does."""
    if type(raised.value).__module__ != "mockai.errors":
        return False
    last = step = raised.tb
    while step.tb_next is not None:
        step = step.tb_next
        last = last if step.tb_frame.f_globals["__name__"].startswith(OURS) else step
    if not item.config.getoption("fulltrace"):
        last.tb_next = None
    return True


def _told(item: pytest.Item, used: Taken, report: pytest.TestReport, mistaken: bool) -> None:
    """The sections of a failed test."""
    journal = used.mock.journal
    if report.when != "teardown":
        missed = "\n".join(used.mock.misses)
        if missed and missed != report.longrepr:
            text = journal.text(missed.encode("utf-8", "replace"), len(missed))
            report.sections.append(("mockai: requests that nobody answered", text))
        if report.when == "call" and not used.wide and not mistaken and (past := used.past()):
            report.sections.append(("mockai: not asked", past))
    exchanges = journal.told(item.stash[_began]) or "none"
    if setting(item.config, "trace") != "off":
        exchanges += f"\nThe whole of them: {shown(_trace(item), item.config.rootpath)}"
    report.sections.append(("mockai: exchanges of this test", exchanges))


def _trace(item: pytest.Item) -> Path:
    root = item.config.rootpath
    module = item.path.relative_to(root) if item.path.is_relative_to(root) else Path(item.path.name)
    return root / TRACES / module.with_suffix("") / f"{name_of(item)}.jsonl"


def _traced(item: pytest.Item, used: Taken) -> None:
    """Write the trace of a test that is over, or take away the one of an earlier failure."""
    mode, failed = setting(item.config, "trace"), item.stash.get(_failed, False)
    if mode == "off":
        return
    path = _trace(item)
    if mode == "on" or failed:
        from mockai.edges.trace import write

        outcome = "failed" if failed else "passed"
        write(path, used.mock, item.stash[_began], test=item.nodeid, outcome=outcome, trace=mode)
        (item.config.rootpath / TRACES.parent / ".gitignore").write_text("*\n", "utf-8")
    else:
        path.unlink(missing_ok=True)


# -- the end of the session


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Some tests are left out, so what their cassettes hold cannot be judged."""
    if items:
        items[0].config.stash[TAPES].partial = True


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Look for what nobody owns; a worker tells the one that reports."""
    if session.config.pluginmanager.hasplugin("dsession"):
        return
    tapes = session.config.stash[TAPES]
    tapes.collected(session.config, session.items)
    tapes.partial = tapes.partial or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    sent: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent["mockai"] = tapes.sent()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist is done: what it knows of cassettes is ours."""
    tapes: Tapes = node.config.stash[TAPES]
    output = getattr(node, "workeroutput", {})
    if "mockai" in output:
        tapes.add(output["mockai"])
    else:
        tapes.partial = True  # it crashed


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What no test asked for, a line for each cassette."""
    if setting(config, "unused") == "ignore":
        return
    lines = list(config.stash[TAPES].told(config.rootpath))
    if lines:
        terminalreporter.section("mockai: cassettes")
        for line in lines:
            terminalreporter.write_line(line)
        terminalreporter.write_line(
            "Record anew what is to stay (--mockai-record=rewrite), and delete what is not needed any more."
        )
