"""`--mockai-check`: the cassettes and stub files beside a session's tests, held against what the API could say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .session import TAPES
from .settings import setting
from .tapes import shown

if TYPE_CHECKING:
    from mockai.files.checking import Outcome

ENDINGS = (".yaml", ".yml")
JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class Check:
    """Checks once, when all tests (of all workers) are over; a session with findings has failed."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises UsageError for a baseline that is not there or none."""
        from mockai import MockaiError
        from mockai.files.baselines import held_against
        from mockai.files.checking import Outcome

        self.config = config
        self.outcome: Outcome | None = None
        named = setting(config, "baseline")
        self.baseline = config.rootpath / named if named else None
        try:
            held_against(Outcome(()), self.baseline)
        except MockaiError as error:
            raise pytest.UsageError(f"--mockai-baseline: {error}") from None

    def files(self) -> list[Path]:
        """The YAML files in the cassette folders of the tests that were collected, and those that marks name."""
        tapes = self.config.stash[TAPES]
        found = {Path(each) for each in tapes.owned if Path(each).is_file()}
        for place in tapes.places:
            found |= {file for file in Path(place).rglob("*") if file.suffix in ENDINGS and file.is_file()}
        return [Path(shown(file, Path.cwd())) for file in sorted(found)]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Everything has run, and every worker has told which folders it knows."""
        if hasattr(self.config, "workerinput") or exitstatus not in JUDGED:
            return
        from mockai.files.baselines import held_against
        from mockai.files.checking import check_files

        self.outcome = held_against(check_files(self.files()), self.baseline)
        if self.outcome.failing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What was found, and the totals."""
        if self.outcome is None:
            return
        terminalreporter.section("mockai: check", red=bool(self.outcome.failing))
        for finding in self.outcome.new:
            terminalreporter.write_line(str(finding))
        for line in self.outcome.totals():
            terminalreporter.write_line(line)
        if self.outcome.failing:
            terminalreporter.write_line(
                "The API could not say this. Record anew what is wrong (--mockai-record=rewrite), mend it by hand, or "
                "keep it in a baseline (mockai check PATH --baseline FILE --update-baseline; --mockai-baseline=FILE)."
            )
