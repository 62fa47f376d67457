"""Options from a file: `mockai.yaml` in the working folder, else `[tool.mockai]` in its pyproject.toml.

Keys are the options of the command line, at the top for every command or below a command's name:

    seed: 7
    serve: {port: 4020}
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import ConfigError

COMMANDS = ("serve", "record", "replay", "import", "check")


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """The defaults of each command. Raises ConfigError, naming the file, for a file that cannot be read."""
    options = _read(folder)
    shared = {_name(key): value for key, value in options.items() if key not in COMMANDS}
    return {
        command: shared | {_name(key): value for key, value in (options.get(command) or {}).items()}
        for command in COMMANDS
    }


def _name(key: str) -> str:
    return key.replace("-", "_")


def _read(folder: Path) -> dict[str, Any]:
    file = folder / "mockai.yaml"
    if file.is_file():
        import yaml

        try:
            found = yaml.safe_load(file.read_text("utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}") from None
    else:
        file = folder / "pyproject.toml"
        if not file.is_file():
            return {}
        try:
            found = tomllib.loads(file.read_text("utf-8")).get("tool", {}).get("mockai", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(command, {}), dict) for command in COMMANDS):
        raise ConfigError(f"{file} must hold options and, below a command's name, that command's options.")
    return found
