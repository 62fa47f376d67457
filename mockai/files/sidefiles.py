"""Files that are replaced whole or not at all, and the binary bodies that lie beside a cassette."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

from ..errors import CassetteError

NAME = re.compile(r"sha256-([0-9a-f]{16,64})\.[a-z0-9]+")

PATIENCE = 60
"""Seconds to wait for another writer of the same cassette."""


def name_of(data: bytes) -> str:
    """The name of the side file that holds `data`: its digest."""
    return f"sha256-{hashlib.sha256(data).hexdigest()[:32]}.bin"


def read(folder: Path, name: str, size: int | None, where: str) -> bytes:
    """A side file, checked. Raises CassetteError if it is absent or another than was recorded."""
    match = NAME.fullmatch(name)
    if not match:
        raise CassetteError(f"{where}: {name!r} is not the name of a side file (sha256-….bin, beside the cassette).")
    try:
        data = (folder / name).read_bytes()
    except FileNotFoundError:
        raise CassetteError(f"{where}: the side file {name} is missing. Bring it back, or record again.") from None
    except OSError as error:
        raise CassetteError(f"{where}: the side file {name} cannot be read ({error.strerror}).") from None
    if size is not None and len(data) != size:
        raise CassetteError(f"{where}: the side file {name} has {len(data)} bytes, and {size} were recorded.")
    if not hashlib.sha256(data).hexdigest().startswith(match[1]):
        raise CassetteError(f"{where}: the side file {name} is not what was recorded (its digest differs).")
    return data


def put(path: Path, text: str, sides: Mapping[str, bytes]) -> None:
    """Write a cassette: its side files first, so that it never names one that is not there."""
    beside(path, sides)
    write(path, text.encode())


def beside(path: Path, sides: Mapping[str, bytes]) -> None:
    """Write the side files of a cassette, those that are not there yet."""
    for name, data in sides.items():
        side = path.with_name(name)
        if not (side.is_file() and side.read_bytes() == data):
            write(side, data, path.name)


def write(path: Path, data: bytes, owner: str = "") -> None:
    """Put `data` at `path` so that a reader, or a crash at any moment, finds the old file or the new one.

    `owner` is the cassette a side file belongs to: its name marks the draft, so that its next writer clears it away.
    Raises CassetteError where the disk or its permissions refuse; the old file is untouched then.
    """
    draft = path.with_name(f".{owner or path.name}.{uuid4().hex[:12]}.draft")
    try:
        _write_through(draft, data)
        if draft.read_bytes() != data:
            raise CassetteError(f"{path}: the disk gave back other bytes than were written; the old file stands.")
        os.replace(draft, path)  # noqa: PTH105 - the step that kill tests count
        _settle(path.parent)
    except OSError as error:
        raise CassetteError(
            f"{path} cannot be written ({error.strerror}); what was there before is untouched. "
            "Free some space or allow writing to the folder, and record again."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the one right to write `path` among all threads and processes; leaves no lock file behind.

    Drafts found then belong to writers that were killed, and go.
    """
    from filelock import FileLock

    lock = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        holder = FileLock(lock, timeout=PATIENCE)
        holder.acquire(poll_interval=0.005)
    except TimeoutError:
        raise CassetteError(
            f"{path} has been locked by another process for {PATIENCE} s; end it and record again."
        ) from None
    except OSError as error:
        raise CassetteError(f"{path.parent} cannot be written ({error.strerror}); nothing was recorded.") from None
    try:
        for name in os.listdir(path.parent):  # noqa: PTH208 - names may hold what glob takes for a pattern
            if name.startswith(f".{path.name}.") and name.endswith(".draft"):
                (path.parent / name).unlink(missing_ok=True)
        yield
    finally:
        # Whoever waited for this inode finds it unlinked when it is their turn, and locks the next one.
        with contextlib.suppress(OSError):
            lock.unlink(missing_ok=True)
        holder.release()


def _write_through(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _settle(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be opened (not on Windows)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems refuse; the rename itself has happened
    finally:
        os.close(handle)
