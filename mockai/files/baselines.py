"""Reading and writing what a check leaves behind: its baseline, its report."""

from __future__ import annotations

from pathlib import Path

from ..baseline import Baseline
from ..errors import ConfigError, EnvironmentFailed
from .checking import Outcome


def held_against(outcome: Outcome, file: Path | None, *, update: bool = False) -> Outcome:
    """The outcome with what the baseline in `file` knows marked; `update` writes all of it there first.

    Raises ConfigError for a baseline that is not there or none.
    """
    if file is None:
        if update:
            raise ConfigError("--update-baseline needs to know where to: name a file with --baseline.")
        return outcome
    if update:
        baseline = outcome.baseline(file.parent)
        written(file, baseline.dumps())
    else:
        try:
            text = file.read_bytes()
        except FileNotFoundError:
            raise ConfigError(f"There is no baseline {file}. Write it with --update-baseline.") from None
        except OSError as error:
            raise ConfigError(f"The baseline {file} cannot be read ({error.strerror}).") from None
        baseline = Baseline.loads(text, f"The baseline {file}")
    return outcome.against(baseline, file.parent)


def written(file: Path, data: bytes) -> None:
    """Write a report, and the folders above it. Raises EnvironmentFailed where that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise EnvironmentFailed(f"{file} cannot be written ({error.strerror}).") from None
