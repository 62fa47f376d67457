"""Options from a file: `mockai.yaml` in the working folder, else `[tool.mockai]` in its pyproject.toml.

Keys are the options of the command line, at the top for every command that has them, or below a command's name:

    seed: 7
    serve: {port: 4020, cassette: [tapes, more.yaml]}
    ignore: {"*": [/user], chat.completions.create: [/seed]}
    redact: {json: [/user], patterns: [emails]}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import CassetteError, ConfigError
from ..pointers import listed

TABLE = "[tool.mockai"

Options: TypeAlias = "Mapping[str, bool | Options]"
"""The options of a command, and whether each may be repeated; or commands by name, and the options of each."""


def load(folder: Path, commands: Options) -> dict[str, Any]:
    """The options a file gives each command, in the shape of `commands`.

    Raises ConfigError, naming the file and the nearest option, for a file that cannot be read or says what nobody asks.
    """
    file, found = _read(folder)
    return _given(found, commands, {}, f"{file}")


def _given(found: Mapping[str, Any], commands: Options, above: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What is said for one command or for a group of them; what stands `above` holds below, too."""
    found = {_name(key): value for key, value in found.items()}
    groups = {name: below for name, below in commands.items() if isinstance(below, Mapping)}
    every = _every(commands)
    # `cassette` is a command and an option of others: a mapping is for the command.
    own = {key: value for key, value in found.items() if key not in groups or (key in every and not _mapping(value))}
    shared = {**above, **_checked(own, every, where, groups)}
    given: dict[str, Any] = {name: shared[name] for name in commands if name not in groups and name in shared}
    for name, below in groups.items():
        inner = {} if name in own else found.get(name) or {}
        if not _mapping(inner):
            raise ConfigError(f"{where}: {name} must hold the options of that command, such as {{port: 4020}}.")
        given[name] = _given(inner, below, shared, f"{where}: {name}")
    return given


def _every(commands: Options) -> dict[str, bool]:
    """All options of some commands, and of those below them."""
    every: dict[str, bool] = {}
    for name, below in commands.items():
        every |= {name: below} if isinstance(below, bool) else _every(below)
    return every


def _checked(
    given: Mapping[str, Any], options: Mapping[str, bool], where: str, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Values under names that are options; one value of a repeatable option is a list of one. Null is nothing said."""
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name not in options:
            import difflib

            near = difflib.get_close_matches(name, [*options, *(more or ())], 1)
            hint = (
                f"Did you mean {_shown(near[0])}?" if near else f"There are: {', '.join(map(_shown, sorted(options)))}."
            )
            raise ConfigError(f"{where}: there is no option {_shown(name)}. {hint}")
        value = _spelt(name, value)
        if isinstance(value, dict) or (isinstance(value, list) and not options[name]):
            raise ConfigError(f"{where}: {_shown(name)} takes one value, not {value!r}.")
        if value is not None:
            checked[name] = [value] if options[name] and not isinstance(value, list) else value
    return checked


def _spelt(name: str, value: Any) -> Any:
    """A value as the texts of the command line, for the options that a file may give as mappings."""
    if name in ("ignore", "match_on") and isinstance(value, Mapping):
        return list(listed(value))
    if name == "normalise" and value is not None:
        given = value if isinstance(value, list) else [value]
        return [
            text
            for each in given
            for text in ([f"{key}=>{said}" for key, said in each.items()] if isinstance(each, Mapping) else [each])
        ]
    if name == "redact" and isinstance(value, Mapping):
        from ..redaction import texts

        return texts(value)
    return value


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _name(key: str) -> str:
    return key.replace("-", "_")


def _shown(name: str) -> str:
    return name.replace("_", "-")


def _read(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The file that holds options, and what it says; nothing where there is none."""
    file = folder / "mockai.yaml"
    if not file.is_file():
        file = folder / "pyproject.toml"
        if not file.is_file():
            return file, {}
    try:
        text = file.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8: byte {error.start}.") from None
    found = _yaml(file, text) if file.suffix == ".yaml" else _toml(file, text)
    if not isinstance(found, dict):
        raise ConfigError(f"{file} must hold options, such as `port: 4020`, and no {type(found).__name__}.")
    return file, found


def _yaml(file: Path, text: str) -> Any:
    from . import yamltext  # YAML 1.1 would read `admission: off` as false

    try:
        return yamltext.load(text, str(file)).value or {}
    except CassetteError as error:
        raise ConfigError(str(error)) from None


def _toml(file: Path, text: str) -> Any:
    if TABLE not in text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)["tool"].get("mockai", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}.") from None
