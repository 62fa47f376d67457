"""Stub files: YAML in the words of `mockai.stubfile`."""

from __future__ import annotations

from pathlib import Path

from ..errors import StubError
from ..mock import MockAI
from ..stubfile import declare


def load_stubs(mock: MockAI, path: Path) -> None:
    """Declare the stubs of a file. Raises StubError naming the file and the place in it."""
    import yaml

    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise StubError(f"The stub file {path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StubError(f"The stub file {path} is not YAML: {error}") from None
    if not isinstance(entries, list):
        raise StubError(f"The stub file {path} must be a list of stubs, each beginning with `- on: OPERATION`.")
    try:
        declare(mock, entries)
    except StubError as error:
        raise StubError(f"{path}: {error}") from None
