"""`mockai doctor | init | wait`: what they say of a machine, what they write, and how long they wait."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from suites import OTHERS
from wires import mockai as served

from mockai import MockAI
from mockai.cli import app
from mockai.edges import doctor
from mockai.edges.doctor import diagnosis
from mockai.edges.waiting import wait
from mockai.errors import ConfigError, EnvironmentFailed
from mockai.files.starting import begin
from mockai.files.stubs import load_stubs

WELL = {"OPENAI_BASE_URL": "http://127.0.0.1:4010/v1", "OPENAI_API_KEY": "sk-any"}


@pytest.fixture(autouse=True)
def port(monkeypatch):
    """A port that is free, whatever else runs on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setattr(doctor, "PORT", probe.getsockname()[1])


def wrong(folder: Path, **environment: str) -> str:
    return "\n".join(str(check) for check in diagnosis(folder, environment).checks if check.state == "wrong")


def test_all_is_well_here(tmp_path):
    found = diagnosis(tmp_path, WELL)
    assert not found.wrong
    assert found.text().endswith("All is well.")
    assert "with libyaml" in found.text()
    assert '"well": true' in found.json()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (WELL | {"OPENAI_BASE_URL": "http://127.0.0.1:4010"}, "lacks /v1, which SDKs do not add"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:4010/v1"}, "OPENAI_API_KEY: SDKs refuse to start without one"),
        (WELL | {"http_proxy": "http://proxy:3128"}, "export NO_PROXY=127.0.0.1,localhost"),
        (WELL | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, "pytest -p pytest_mockai"),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(tmp_path, environment, words):
    assert words in wrong(tmp_path, **environment)


def test_a_proxy_that_spares_this_machine_is_let_be(tmp_path):
    environment = WELL | {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost, internal"}
    assert wrong(tmp_path, **environment) == ""


def test_broken_cassettes_and_taken_ports_are_told(tmp_path):
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "a.yaml").write_text("mockai: 7\n")
    assert "has version 7, and this mockai reads up to" in wrong(tmp_path, **WELL)
    with socket.socket() as other:
        other.bind(("127.0.0.1", doctor.PORT))
        told = diagnosis(tmp_path, WELL).text()
    assert "another program has it" in told
    assert "1 thing to be done." in told


def test_what_it_does_not_find(tmp_path, monkeypatch):
    def nowhere(name: str) -> str:
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", nowhere)
    told = diagnosis(tmp_path, {}).text()
    assert "openai: the Python SDK is not installed here" in told
    assert "pytest: it is not installed here." in told
    monkeypatch.setattr(doctor, "version", lambda name: {"openai": "0.28.1"}.get(name, "9.0"))
    monkeypatch.setattr(doctor, "entry_points", lambda **_: [])
    told = wrong(tmp_path)
    assert "0.28.1 does not read OPENAI_BASE_URL" in told
    assert "does not find the plugin" in told


def test_the_command_says_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mockai.yaml").write_text("seed: 1\n")
    for name in ("OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 0, done.output
    assert "mockai.yaml is read." in done.output


def test_a_project_begins_with_files_that_work(tmp_path, pytester):
    done = CliRunner().invoke(app, ["init", str(pytester.path)])
    assert done.exit_code == 0
    load_stubs(mock := MockAI(), pytester.path / "stubs.yaml")
    assert len(mock.stubs) == 2
    pytester.runpytest_inprocess(*OTHERS, "-p", "pytest_mockai").assert_outcomes(passed=1)
    (pytester.path / "mockai.yaml").write_text("seed: 9\n")
    begun = begin(pytester.path)
    assert (begun.written, len(begun.kept)) == ((), 3)
    assert (pytester.path / "mockai.yaml").read_text() == "seed: 9\n"
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="cannot be a folder"):
        begin(blocked)


def test_waiting_ends_when_the_server_is_there_and_when_it_never_is():
    with served("serve") as process:
        wait(process.url, 10)
    with pytest.raises(EnvironmentFailed, match=r"No server answers at .* Nothing changed in 0.1 seconds\."):
        wait(process.url, 0.1)
    with pytest.raises(ConfigError, match="is not the URL of a server"):
        wait("nonsense", 0.1)
