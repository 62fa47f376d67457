"""Stub files: YAML in the words of `mockai.stubfile`, read as cassettes are, so that `on` is a word and not `true`."""

from __future__ import annotations

from pathlib import Path

from ..errors import CassetteError, StubError
from ..mock import MockAI
from ..stubfile import declare
from . import yamltext


def load_stubs(mock: MockAI, path: Path) -> None:
    """Declare the stubs of a file. Raises StubError naming the file and the place in it."""
    try:
        entries = yamltext.load(path.read_text("utf-8"), f"The stub file {path}").value
    except OSError as error:
        raise StubError(f"The stub file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise StubError(f"The stub file {path} is not UTF-8: {error}.") from None
    except CassetteError as error:
        raise StubError(str(error)) from None
    if not isinstance(entries, list):
        raise StubError(f"The stub file {path} must be a list of stubs, each beginning with `- on: OPERATION`.")
    try:
        declare(mock, entries)
    except StubError as error:
        raise StubError(f"{path}: {error}") from None
