"""Stub files: YAML in the words of `mockai.stubfile`, read as cassettes are, so that `on` is a word and not `true`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import CassetteError, StubError
from ..mock import MockAI
from ..stubfile import declare_one
from . import yamltext


def load_stubs(mock: MockAI, path: Path) -> None:
    """Declare the stubs of a file; files that it names stand beside it. Raises StubError naming file and line."""
    stubs, injections = len(mock.stubs), len(mock.injections)
    for line, entry in entries(path):
        try:
            declare_one(mock, entry, lambda name: str(path.parent / name))
        except StubError as error:
            raise StubError(f"{path}, line {line}: {error}") from None
    for stub in mock.stubs[stubs:]:
        stub.origin = str(path)
    for injection in mock.injections[injections:]:
        injection.origin = str(path)


def entries(path: Path) -> list[tuple[int, Any]]:
    """The stubs of a file, each with the line it begins on. Raises StubError for what is no list of stubs."""
    try:
        document = yamltext.load(path.read_bytes().decode(), f"The stub file {path}")
    except OSError as error:
        raise StubError(f"The stub file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise StubError(f"The stub file {path} is not UTF-8: byte {error.start}.") from None
    except CassetteError as error:
        raise StubError(str(error)) from None
    if not isinstance(document.value, list):
        raise StubError(f"The stub file {path} must be a list of stubs, each beginning with `- on: OPERATION`.")
    starts = [line + 1 for line in document.lines.get("", [])]
    return list(zip(starts, document.value, strict=True))
