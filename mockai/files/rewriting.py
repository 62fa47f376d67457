"""`mockai cassette rewrite`: cassettes in the newest version and in the form in which mockai writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from ..errors import CassetteError
from ..wording import many
from . import sidefiles
from .tape import dumps, loads, text_of


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of one file: `same`, `changed` (or would be), or `broken`, and then why."""

    file: str
    state: Literal["same", "changed", "broken"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all of them; `written` says that changes are on disk."""

    files: tuple[Rewritten, ...]
    written: bool

    def having(self, state: str) -> list[Rewritten]:
        """The files in a state."""
        return [file for file in self.files if file.state == state]

    def text(self) -> str:
        """The outcome for people."""
        changed, broken, same = (self.having(state) for state in ("changed", "broken", "same"))
        said = "rewritten" if self.written else "to be rewritten"
        lines = [f"{file.file}: {said}" for file in changed] + [file.reason for file in broken]
        last = f"{many(len(changed), 'file')} {said}, {len(same)} left as they are, {len(broken)} cannot be read."
        return "\n".join([*lines, last])

    def json(self) -> str:
        """The outcome for programs, as JSON text."""
        told = {"written": self.written, "files": self.files}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def rewritten(file: Path, *, write: bool = True) -> Rewritten:
    """Write a cassette anew, or only tell whether it would change. One that is in its form already is not touched.

    Exchanges, facts and keys that nobody knows stay; comments and people's own line breaks go.
    """
    try:
        before = text_of(file)
        tape = loads(before, file)
        text, sides = dumps(tape)
        if text == before:
            return Rewritten(str(file), "same")
        if write:
            with sidefiles.locked(file):
                if text_of(file) != before:
                    raise CassetteError(f"{file} was changed by another process meanwhile: rewrite it again.")
                sidefiles.beside(file, sides)
                if loads(text, file) != tape:
                    raise CassetteError(
                        f"{file} would be read back differently, so it is as it was. Please report this."
                    )
                sidefiles.put(file, text, {})
        return Rewritten(str(file), "changed")
    except CassetteError as error:
        return Rewritten(str(file), "broken", str(error))
