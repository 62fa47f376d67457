"""What the plugin can be told: each setting an option of the command line and, with the same name, of the ini file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

import pytest

MODES = ("none", "once", "new_episodes", "all", "rewrite", "verify")
Scope: TypeAlias = Literal["function", "class", "module", "session"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Setting:
    """`--mockai-NAME` and `mockai_NAME`; one of `choices`, a text (`metavar`), or a switch where it has neither."""

    name: str
    help: str
    default: str = ""
    choices: tuple[str, ...] = ()
    metavar: str = ""

    @property
    def option(self) -> str:
        """On the command line."""
        return f"--mockai-{self.name.replace('_', '-')}"

    @property
    def ini(self) -> str:
        """In the ini file; and where argparse keeps the option."""
        return f"mockai_{self.name}"

    @property
    def switch(self) -> bool:
        """Whether it is on or off."""
        return not self.choices and not self.metavar


SETTINGS = (
    Setting("record", "record cassettes; none never touches the network", "none", MODES),
    Setting("upstream", "the API to record from", "https://api.openai.com/v1", metavar="URL"),
    Setting("live", "run the tests marked mockai_live, against the upstream; they are skipped otherwise"),
    Setting("vcr", "tests marked vcr run on the mock, and play the cassettes that pytest-recording had for them"),
    Setting("unused", "a stub that was never used fails its test, is warned of, or is passed over", "error",
            ("error", "warn", "ignore")),
    Setting("scope", "how many tests share the mock of the fixture", "function", SCOPES),
    Setting("block_network", "let no test connect to anything beyond this machine"),
    Setting("allow_hosts", "hosts that a blocked network lets through, with commas between them", metavar="HOSTS"),
    Setting("check", "hold the cassettes and stub files beside the tests against what the API could say"),
    Setting("baseline", "findings of a check that were there before (mockai check --update-baseline)", metavar="FILE"),
    Setting("trace", "write the exchanges of each test, or of failed ones, to .mockai/traces", "off",
            ("on", "off", "retain-on-failure")),
)  # fmt: skip
VALUES = pytest.StashKey[dict[str, str]]()


def add(parser: pytest.Parser) -> None:
    """Declare them all; an option that is not given is None, so that the ini file can speak."""
    group = parser.getgroup("mockai", "a mock OpenAI API")
    for each in SETTINGS:
        said = f"{each.help} (default: {each.default})" if each.default else each.help
        if each.switch:
            group.addoption(each.option, dest=each.ini, action="store_true", default=None, help=said)
        elif each.choices:
            group.addoption(each.option, dest=each.ini, choices=each.choices, default=None, help=said)
        else:
            group.addoption(each.option, dest=each.ini, metavar=each.metavar, default=None, help=said)
        kind: Literal["bool", "string"] = "bool" if each.switch else "string"
        parser.addini(each.ini, f"the default of {each.option}", type=kind, default=None)


def read(config: pytest.Config) -> None:
    """Read them all: of the command line, of the ini file, or the default.

    Raises UsageError for a value in the ini file that is none of the choices, and for recording in a build.
    """
    values = config.stash[VALUES] = {each.name: _given(config, each) for each in SETTINGS}
    for each in SETTINGS:
        value = values[each.name]
        if each.choices and value not in each.choices:
            choices = ", ".join(each.choices)
            raise pytest.UsageError(f"{each.ini} in the ini file is {value!r}. Choose one of {choices}.")
    mode = values["record"]
    if mode not in ("none", "verify") and in_ci():
        raise pytest.UsageError(
            f"--mockai-record={mode} is forbidden where CI is set: a build must not depend on "
            "the real API. Record on your machine and commit the cassettes."
        )


def setting(config: pytest.Config, name: str) -> str:
    """The value of a setting; empty for a switch that is off."""
    return config.stash[VALUES][name]


def _given(config: pytest.Config, each: Setting) -> str:
    given = config.getoption(each.ini)
    value = given if given is not None else config.getini(each.ini)
    return ("on" if value else "") if each.switch else str(value or each.default)


def scope_of(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest names what it passes
    """The scope of the fixtures that make a mock."""
    return cast("Scope", setting(config, "scope"))


def folder_scope(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest names what it passes
    """The scope of the folder of cassettes, which the tests of a module share."""
    return "session" if setting(config, "scope") == "session" else "module"


def in_ci() -> bool:
    """Whether this is a build, which only ever replays."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
