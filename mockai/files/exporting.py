"""Cassettes written again in the formats of other tools: the way through all of them, and what could not go along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import orjson

from ..coding import coding_of, undone
from ..errors import CassetteError, ConfigError
from ..http import Break, Exchange, Headers
from ..wording import many
from . import har, tohar, tovcrpy, vcrpy
from .below import cassettes_below
from .bodies import is_stream
from .foreign import Format, Kept
from .importing import Files
from .redact import clean
from .sidefiles import put
from .tape import load

ORIGIN = "https://api.openai.com"
"""What stands before a path where the cassette does not say which API it was recorded from."""


class Target(Protocol):
    """A module that writes one foreign format."""

    NAME: str
    ENDING: str

    def written(self, exchanges: Sequence[Exchange], origin: str, /) -> str:
        """The text of a file with these exchanges, below this origin."""


TARGETS: dict[str, tuple[Target, Format]] = {"har": (tohar, har), "vcrpy": (tovcrpy, vcrpy)}
"""Every format that can be written, with the one that reads it again."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one cassette. `file` is what was written, None if `error` says why nothing was.

    `left` says what the format does not hold, and how often.
    """

    source: Path
    file: Path | None = None
    exchanges: int = 0
    left: dict[str, int] = field(default_factory=dict)
    error: str | None = None

    def lines(self) -> Iterator[str]:
        """For people."""
        if self.error is not None:
            yield f"{self.source}: not exported. {self.error}"
            return
        yield f"{self.source} -> {self.file}: {many(self.exchanges, 'exchange')}"
        if self.left:
            yield f"    left out: {', '.join(f'{what} ({count})' for what, count in self.left.items())}"


@dataclass(frozen=True, slots=True)
class Exports:
    """What became of every cassette, in order."""

    files: tuple[Exported, ...]

    @property
    def failed(self) -> bool:
        """Whether a cassette could not be exported."""
        return any(each.error is not None for each in self.files)

    def text(self) -> str:
        """The report for people."""
        wrong = sum(each.error is not None for each in self.files)
        total = sum(each.exchanges for each in self.files)
        last = f"{many(len(self.files), 'file')}: {many(total, 'exchange')} exported, {many(wrong, 'file')} not."
        return "\n".join([*(line for each in self.files for line in each.lines()), last])

    def json(self) -> str:
        """The report for programs, as JSON text."""
        told: list[dict[str, Any]] = [asdict(each) for each in self.files]
        return orjson.dumps({"failed": self.failed, "files": told}, default=str, option=orjson.OPT_INDENT_2).decode()


def export(
    sources: Iterable[Path],
    to: Path,
    format: str,
    *,
    force: bool = False,
    progress: Callable[[Files], Iterable[tuple[Path, Path]]] = iter,
) -> Exports:
    """Write every cassette of these files and folders in another format, below `to` in the same relative path.

    A file that is there and says something else is left alone unless `force`. Raises ConfigError for a path that holds
    no cassette. `progress` goes through the files, and may tell how far it is.
    """
    files: Files = []
    for source in sources:
        for path in cassettes_below([source]):
            name = path.relative_to(source) if source.is_dir() else Path(path.name)
            files.append((path, (to / name).with_suffix(TARGETS[format][0].ENDING)))
    return Exports(tuple(_exported(path, target, format, force) for path, target in progress(files)))


def _exported(source: Path, target: Path, format: str, force: bool) -> Exported:
    """One cassette made into one file."""
    try:
        tape = load(source)
        origin = origin_of(tape.recorded.get("upstream"))
        exchanges = [clean(each)[0] for each in tape.exchanges if 100 <= each.reply.status < 600]
        text = written(exchanges, format, origin)
        if target.exists() and not force and target.read_bytes() != text.encode():
            raise ConfigError(f"{target} is there and says something else. --force replaces it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, text, {})
    except OSError as error:
        return Exported(source, error=f"{target} cannot be written ({error.strerror}).")
    except (CassetteError, ConfigError) as error:
        return Exported(source, error=str(error))
    left = _left(exchanges, format)
    left["an answer whose status is beyond HTTP's"] = len(tape.exchanges) - len(exchanges)
    return Exported(source, target, len(exchanges), dict(sorted((+left).items())))


def written(exchanges: Sequence[Exchange], format: str, origin: str = ORIGIN) -> str:
    """The text of a file in a format, read again and compared; CassetteError where it would say something else."""
    target, reader = TARGETS[format]
    text = target.written(exchanges, origin)
    ours = text if origin == ORIGIN else target.written(exchanges, ORIGIN)  # other addresses may mean other services
    again = reader.read(ours)
    for exchange, found in zip(exchanges, again, strict=True):
        if not isinstance(found, Kept) or not _alike(exchange, found.exchange):
            what = f"{exchange.request.method} {exchange.request.path}"
            raise CassetteError(f"As {format}, {what} would say something else, so nothing was written.")
    return text


def _alike(exchange: Exchange, again: Exchange) -> bool:
    """Whether both say the same, but for the coding of their bodies."""
    one, other = exchange.request, again.request
    return (
        (one.method.upper(), unquote(one.path), unquote(one.query), exchange.reply.status)
        == (other.method, unquote(other.path), unquote(other.query), again.reply.status)
        and other.body in _codings(one.headers, one.body)
        and again.reply.content in _codings(exchange.reply.headers, exchange.reply.content)
    )


def _codings(headers: Headers, body: bytes) -> tuple[bytes | None, ...]:
    """A body as it is, and without its coding."""
    return body, undone(body, coding_of(headers) or "")


def origin_of(upstream: Any) -> str:
    """What stands before the paths of a cassette: its upstream's base URL without the version, which paths have."""
    if not isinstance(upstream, str) or "://" not in upstream:
        return ORIGIN
    return upstream.rstrip("/").removesuffix("/v1").rstrip("/")


def _left(exchanges: Sequence[Exchange], format: str) -> Counter[str]:
    """What of these exchanges a format does not hold."""
    left: Counter[str] = Counter()
    for exchange in exchanges:
        steps = exchange.reply.body
        left["the break that ended an answer"] += any(isinstance(step, Break) for step in steps)
        left["the delays of a stream"] += is_stream(exchange.reply.headers) and any(step.after for step in steps)
        left["when it was recorded"] += format == "vcrpy" and exchange.at > 0
    return left
