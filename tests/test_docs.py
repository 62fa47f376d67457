"""What README and docs show is run: files are written, Python is executed, commands are given to a shell.

Each page is one reader with an empty folder and one terminal. How a block is read, by its language and the name behind:

    ```python test_x.py      a file, as are ```yaml stubs.yaml and ```toml pyproject.toml
    ```python                executed
    ```yaml                  read by the code that reads such files
    ```console               `$ command` and, below, lines that its output has in this order; `…` stands for any text

A server stays until the page starts the next one. Port 4010 becomes a free one, and https://api.openai.com/v1 an
upstream of our own. `make` and `pip` commands are held against the Makefile and pyproject.toml instead of run.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_mockai.settings import SETTINGS

from mockai import MockAI
from mockai.cli import app
from mockai.control import ACTIONS
from mockai.files import stubs, tape

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UPSTREAM = "https://api.openai.com/v1"
SERVERS = ("serve", "record", "replay")
COMMANDS = app.commands


def ids(path: Path) -> str:
    return path.name


@dataclass
class Reader:
    """Somebody who types in what a page shows."""

    folder: Path
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=dict)
    port: str = ""
    server: subprocess.Popen[str] | None = None
    upstream: str = ""

    def __post_init__(self) -> None:
        scripts = str(Path(sys.executable).parent)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("MOCKAI_", "OPENAI_", "PYTEST_"))
        }
        kept.pop("CI", None)
        local = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "COLUMNS": "120"}
        self.environment = kept | local | {"PATH": f"{scripts}{os.pathsep}{kept['PATH']}"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.environment["MOCKAI_PORT"] = self.port
        # Other plugins cost a second for each `$ pytest`.
        self.environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p pytest_mockai -W error"}
        self.stack.callback(self.stop)

    def typed(self, text: str) -> str:
        """What the page shows, for this machine."""
        if UPSTREAM in text and not self.upstream:
            self.upstream = self._upstream()
        return text.replace("4010", self.port).replace(UPSTREAM, self.upstream)

    def seen(self, text: str) -> str:
        """What this machine says, for the page."""
        text = text.replace(self.upstream, UPSTREAM) if self.upstream else text
        return text.replace(self.port, "4010")

    def command(self, line: str, expected: list[str]) -> None:
        words = shlex.split(line)
        if words[0] in ("make", "pip"):
            offered(words)
            return
        if words[0] == "export":
            self.environment |= dict(word.split("=", 1) for word in shlex.split(self.typed(line))[1:])
            return
        if words[:1] == ["mockai"] and words[1] in SERVERS:
            said = self._serve(shlex.split(self.typed(line)))
        else:
            done = subprocess.run(
                self.typed(line), shell=True, cwd=self.folder, env=self.environment,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
            )  # fmt: skip
            said = done.stdout
        assert has(self.seen(said), expected), f"$ {line}\n{self.seen(said)}\n-- and the page shows --\n" + "\n".join(
            expected
        )

    def stop(self) -> None:
        """End the server as Ctrl-C does."""
        if self.server is not None:
            self.server.terminate()
            assert self.server.wait(15) == 0
            assert self.server.stdout is not None
            self.server.stdout.close()
            self.server = None

    def _serve(self, words: list[str]) -> str:
        self.stop()
        self.server = subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.server.stdout is not None
        return self.server.stdout.readline()

    def _upstream(self) -> str:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "slow_upstream.py"), "0.01"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        self.stack.callback(process.stdout.close)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process.stdout.readline().strip()


def offered(words: list[str]) -> None:
    """Hold a command that is not run against what the project offers."""
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
    else:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert words[:2] == ["pip", "install"]
        assert project["name"] in words


def has(text: str, expected: list[str]) -> bool:
    """Whether all lines stand in the text in this order, `…` being anything."""
    pattern = ".*".join(".*".join(map(re.escape, line.strip().split("…"))) for line in expected if line.strip())
    return re.search(pattern, text, re.DOTALL) is not None


def session(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block with the lines shown below each."""
    for part in re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        yield line, shown


def parsed(path: Path) -> Any:
    """What mockai reads out of a file; raises where it cannot."""
    if path.name in ("mockai.yaml", "pyproject.toml"):  # every command reads it in the folder where it stands
        done = CliRunner().invoke(app, ["check", str(ROOT / "cassettes")])
        assert done.exit_code == 0, done.output
        return done.output
    if path.read_text("utf-8").startswith("interactions:"):
        return None  # of another tool: the page imports it
    if path.read_text("utf-8").startswith("mockai:"):
        return tape.load(path)
    return stubs.load_stubs(MockAI(), path)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_what_a_page_shows_is_so(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        reader = Reader(tmp_path, stack)
        for language, name, text in BLOCK.findall(page.read_text("utf-8")):
            match language:
                case "python" if name:
                    Path(name).write_text(text, "utf-8")
                case "python":
                    for variable in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "NO_PROXY"):
                        if variable in reader.environment:
                            monkeypatch.setenv(variable, reader.environment[variable])
                    exec(compile(reader.typed(text), f"{page.name}: {text.splitlines()[0]}", "exec"), {})
                case "yaml" | "toml":
                    file = tmp_path / (name or "unnamed.yaml")
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, "utf-8")
                    parsed(file)
                case "console":
                    for line, shown in session(text):
                        reader.command(line, shown)
                case "text":
                    pass
                case _:
                    pytest.fail(f"{page.name} has a block in {language}, which nobody tests.")


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_a_page_points_at_what_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def rows(page: Path, heading: str) -> list[list[str]]:
    """The table below a heading, without its head; cells without backticks."""
    below = page.read_text("utf-8").partition(f"{heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert lines, f"{page.name} has no table below {heading}"
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[0].splitlines()[2:]]
    return [[cell.strip().replace("`", "").replace("\\|", "|") for cell in row] for row in cells]


def default_of(option: Any) -> str:
    """The default of an option as the tables write it: nothing for none, off, and no entries."""
    value = option.to_info_dict()["default"]  # where nothing is said, click has a mark of its own
    if option.required or value is None or value is False or value == []:
        return "—"
    return str(getattr(value, "value", value))


def leaves(command: Any) -> list[Any]:
    """A command, or those of a group."""
    return (
        [leaf for below in command.commands.values() for leaf in leaves(below)]
        if hasattr(command, "commands")
        else [command]
    )


def test_the_options_of_the_readme_are_those_of_the_command_line() -> None:
    real: dict[str, dict[str, str]] = {}
    for command, row in COMMANDS.items():
        for option in [each for leaf in leaves(row) for each in leaf.params]:
            if option.opts[0].startswith("--"):
                real.setdefault(option.opts[0], {})[command] = default_of(option)
    shown = {name: [" ".join(on), ", ".join(dict.fromkeys(on.values()))] for name, on in real.items()}
    assert {row[0]: row[1:3] for row in rows(PAGES[0], "## Options")} == shown


def test_python_takes_the_options_of_serve() -> None:
    of_the_process = {"host", "port", "stubs", "admin_token"}
    assert {option.name for option in COMMANDS["serve"].params} - of_the_process <= {one.name for one in fields(MockAI)}


def test_the_readme_names_every_command() -> None:
    shown = [row[0].split() for row in rows(PAGES[0], "## Commands")]
    assert {words[1] for words in shown} == set(COMMANDS)
    for name, command in COMMANDS.items():
        below = {word for words in shown if words[1] == name for word in " ".join(words[2:3]).split("|")}
        assert set(getattr(command, "commands", ())) <= below, name


def test_the_pytest_page_names_every_option_and_fixture() -> None:
    source = (ROOT / "pytest_plugin" / "pytest_mockai" / "fixtures.py").read_text("utf-8")
    page = ROOT / "docs" / "pytest.md"
    options = {(each.option, each.default or "—") for each in SETTINGS}
    fixtures = set(re.findall(r"@pytest\.fixture.*\ndef (\w+)", source))
    assert {(row[0].partition("=")[0], row[1]) for row in rows(page, "## Options")} == options
    assert {row[0] for row in rows(page, "## Fixtures")} == fixtures


def test_the_stub_page_names_every_path_of_the_control_surface() -> None:
    named = {row[0].replace("/__mockai/", "") for row in rows(ROOT / "docs" / "stubs.md", "## From outside")}
    assert named == set(ACTIONS)
