"""The cassettes of one mock on disk: which files answer, and which one new exchanges are taped to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..cassette import Cassette
from ..errors import CassetteError, ConfigError, SecretFound
from ..http import Exchange, Reply, Request
from ..options import RecordMode
from .below import ENDINGS, yaml_below
from .unread import shelved

if TYPE_CHECKING:  # imported when first needed: a replay records nothing
    from ..mock import MockAI
    from ..redaction import Redaction
    from .recorder import Recorder

STUBS = ".stubs"
REPLACES: dict[RecordMode, Literal["same", "all"]] = {RecordMode.ALL: "same", RecordMode.REWRITE: "all"}
RECORDING = "recording.yaml"  # the name of the tape when only a folder was given


class Shelf:
    """The files that a mock's options name, as Cassettes (one for each rule of matching), and the Recorder, if any.

    Raises CassetteError for a file that cannot be read, ConfigError where it is unclear which file to record to.
    """

    def __init__(self, mock: MockAI) -> None:
        paths = [Path(path) for path in ([mock.cassette] if isinstance(mock.cassette, str | Path) else mock.cassette)]
        tape = None if mock.mode in (RecordMode.NONE, RecordMode.VERIFY) else _tape(paths, mock.record_to)
        if tape is not None and tape not in paths:
            paths.append(tape)
        by_rule: dict[str, Cassette] = {}
        clean = cleaned if mock.redaction is None else partial(cleaned, redaction=mock.redaction)
        for found in shelved(_files(paths, optional=tape)):
            own = found.rule.within(mock.rule)
            cassette = by_rule.setdefault(own.name, Cassette(own, mock.allow_playback_repeats, clean, mock.ordered))
            found.fill(cassette)
        self.cassettes = list(by_rule.values())
        self.recorder: Recorder | None = None
        if tape is not None and mock.upstream is not None:
            from .recorder import Recorder

            self.recorder = Recorder(
                tape,
                upstream=mock.upstream,
                clock=mock.clock,
                rule=mock.rule,
                replaces=REPLACES.get(mock.mode, "none"),
                redaction=mock.redaction,
            )

    def record(self, exchange: Exchange) -> None:
        """Tape a new exchange; it is on disk shortly after, at the latest when `close` returns."""
        if self.recorder is not None:
            self.recorder.add(exchange)

    def close(self) -> None:
        """Write what is not written yet. Raises CassetteError if that fails."""
        if self.recorder is not None:
            self.recorder.close()


def cleaned(request: Request, redaction: Redaction | None = None) -> Request:
    """The request as a recorder would have written it; itself where it would have written nothing.

    Raises RedactionFailed where the user's filter fails.
    """
    from .redact import clean_request

    if redaction is not None and redaction.filter is not None:
        left = redaction.filtered(Exchange(request, Reply(0)))
        if left is None:
            return request
        request = left.request
    try:
        return clean_request(request, (), redaction)[0]
    except SecretFound:
        return request


def _is_named_so(file: Path) -> bool:
    """Whether a YAML file is named as a cassette; the stub files beside them (`*.stubs.yaml`) are not."""
    return not file.stem.endswith(STUBS)


def _tape(paths: Sequence[Path], record_to: str | Path | None) -> Path:
    if record_to is None:
        if len(paths) != 1:
            raise ConfigError(
                "Recording needs to know where to: name one cassette, or the file or folder to record to."
            )
        record_to = paths[0]
    tape = Path(record_to)
    return tape if tape.suffix in ENDINGS else tape / RECORDING


def _files(paths: Sequence[Path], optional: Path | None) -> list[Path]:
    """Every cassette file of these files and folders, sorted within a folder; `optional` need not exist yet."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in yaml_below(path) if _is_named_so(file)]
            if not inside and path not in (optional, optional and optional.parent):
                raise CassetteError(
                    f"The folder {path} holds no cassette (*.yaml). Record one, or name another folder."
                )
            found += inside
        elif path.exists():
            found.append(path)
        elif path != optional and path != (optional and optional.parent):
            raise CassetteError(f"There is no cassette {path}. Record it with `mockai record`, or correct the path.")
    return list(dict.fromkeys(found))
