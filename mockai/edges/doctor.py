"""`mockai doctor`: whether this machine and this folder are fit for mockai, and what to do where they are not."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import orjson

from .. import __version__
from ..data import data
from ..errors import EnvironmentFailed, MockaiError
from ..wording import many
from .remote import asked

OLDEST_SDK = (1, 0, 0)
"""The first `openai` package that reads OPENAI_BASE_URL."""
PORT = 4010
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: all right (`ok`), worth knowing (`note`), or `wrong`, and then what to do."""

    state: Literal["ok", "note", "wrong"]
    what: str
    told: str

    def __str__(self) -> str:
        return f"{self.state:<6}{self.what}: {self.told}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked at."""

    checks: tuple[Check, ...]

    @property
    def wrong(self) -> bool:
        """Whether anything is to be done."""
        return any(check.state == "wrong" for check in self.checks)

    def text(self) -> str:
        """The diagnosis for people."""
        count = sum(check.state == "wrong" for check in self.checks)
        return "\n".join([*map(str, self.checks), f"{many(count, 'thing')} to be done." if count else "All is well."])

    def json(self) -> str:
        """The diagnosis for programs, as JSON text."""
        told = {"well": not self.wrong, "checks": [asdict(check) for check in self.checks]}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def diagnosis(folder: Path, environment: Mapping[str, str] = os.environ) -> Diagnosis:
    """Look at everything. Nothing is changed, and nothing is sent beyond this machine."""
    looks: tuple[Callable[[], Iterator[Check]], ...] = (
        _installed,
        _yaml,
        _schemas,
        lambda: _options(folder),
        lambda: _cassettes(folder),
        _sdk,
        lambda: _plugin(environment),
        lambda: _address(environment),
        lambda: _proxies(environment),
        _port,
    )
    return Diagnosis(tuple(check for look in looks for check in look()))


def _installed() -> Iterator[Check]:
    python = platform.python_version()
    yield Check("ok", "mockai", f"{__version__}, in Python {python} at {sys.prefix}.")


def _yaml() -> Iterator[Check]:
    import yaml

    if hasattr(yaml, "CSafeDumper"):
        yield Check("ok", "PyYAML", f"{yaml.__version__} with libyaml.")
    else:
        yield Check(
            "wrong", "PyYAML",
            "it was built without libyaml, so no cassette can be written. "
            "pip install --force-reinstall --only-binary :all: pyyaml",
        )  # fmt: skip


def _schemas() -> Iterator[Check]:
    try:
        from ..operations import operations

        yield Check("ok", "schemas", f"{many(len(operations()), 'operation')} from {data('schemas')}.")
    except (OSError, ValueError) as error:
        yield Check("wrong", "schemas", f"those that belong to mockai cannot be read ({error}). Install it again.")


def _options(folder: Path) -> Iterator[Check]:
    from ..files.config import TABLE

    project = folder / "pyproject.toml"
    if (folder / "mockai.yaml").is_file():
        yield Check("ok", "options", f"{folder / 'mockai.yaml'} is read.")
    elif project.is_file() and TABLE in project.read_text("utf-8", "replace"):
        yield Check("ok", "options", f"[tool.mockai] in {project} is read.")
    else:
        yield Check("note", "options", "there is no mockai.yaml here, so the defaults hold. mockai init makes one.")


def _cassettes(folder: Path) -> Iterator[Check]:
    from ..files.below import is_cassette, yaml_below
    from ..files.tape import load

    found = [
        file
        for place in ("cassettes", "tapes", "tests/cassettes")
        for file in yaml_below(folder / place)
        if is_cassette(file)
    ]
    broken = 0
    for file in found:
        try:
            load(file)
        except MockaiError as error:
            broken += 1
            yield Check("wrong", "cassettes", str(error))
    if found and not broken:
        yield Check("ok", "cassettes", f"{many(len(found), 'file')} can be read.")


def _sdk() -> Iterator[Check]:
    try:
        installed = version("openai")
    except PackageNotFoundError:
        yield Check("note", "openai", "the Python SDK is not installed here; mockai does not need it.")
        return
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdecimal())
    if numbers < OLDEST_SDK:
        yield Check("wrong", "openai", f"{installed} does not read OPENAI_BASE_URL. pip install -U openai")
    else:
        yield Check("ok", "openai", f"{installed}.")


def _plugin(environment: Mapping[str, str]) -> Iterator[Check]:
    try:
        pytest = version("pytest")
    except PackageNotFoundError:
        yield Check("note", "pytest", "it is not installed here.")
        return
    named = [point.name for point in entry_points(group="pytest11")]
    if "pytest_mockai" not in named:
        yield Check("wrong", "pytest", f"{pytest} does not find the plugin. Install mockai-server in this environment.")
    elif environment.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        yield Check(
            "wrong", "pytest", "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set, so no plugin is loaded. pytest -p pytest_mockai"
        )
    else:
        yield Check("ok", "pytest", f"{pytest} with the plugin.")


def _address(environment: Mapping[str, str]) -> Iterator[Check]:
    base = environment.get("OPENAI_BASE_URL")
    if not base:
        yield Check("note", "OPENAI_BASE_URL", "it is not set, so clients ask the real API unless they are told.")
    elif urlsplit(base).hostname in LOOPBACK and urlsplit(base).path.rstrip("/") == "":
        yield Check("wrong", "OPENAI_BASE_URL", f"{base} lacks /v1, which SDKs do not add. export it with /v1")
    else:
        yield Check("ok", "OPENAI_BASE_URL", f"{base}.")
    if base and not environment.get("OPENAI_API_KEY"):
        yield Check("wrong", "OPENAI_API_KEY", "SDKs refuse to start without one. export OPENAI_API_KEY=sk-any")


def _proxies(environment: Mapping[str, str]) -> Iterator[Check]:
    """A proxy that would be asked for the mock."""
    lower = {name.lower(): value for name, value in environment.items()}
    proxy = next((name for name in ("http_proxy", "all_proxy") if lower.get(name)), None)
    spared = {host.strip() for host in lower.get("no_proxy", "").split(",")}
    if proxy is not None and "*" not in spared and not spared & set(LOOPBACK):
        yield Check(
            "wrong", proxy.upper(),
            "clients ask the proxy for the mock, which it cannot reach. export NO_PROXY=127.0.0.1,localhost",
        )  # fmt: skip


def _port() -> Iterator[Check]:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            pass
        else:
            yield Check("ok", f"port {PORT}", "it is free.")
            return
    try:
        asked(f"http://127.0.0.1:{PORT}", "ready")
    except (EnvironmentFailed, MockaiError):
        yield Check("note", f"port {PORT}", "another program has it. mockai serve --port 0 takes any that is free.")
    else:
        yield Check("ok", f"port {PORT}", "mockai is listening there.")
