"""What `mockai check` leaves behind: exit codes by level, baselines, SARIF, and the lines it points at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from mockai.baseline import Baseline
from mockai.cli import app
from mockai.errors import ConfigError, MockaiError
from mockai.files.baselines import held_against
from mockai.files.checking import check_paths
from mockai.files.places import lines_of
from mockai.sarif import RULES

BAD = """\
mockai: 1
exchanges:
- key: 0a1b2c3d
  request: {method: GET, path: /v1/models/gpt-5}
  response:
    status: 200
    headers: [[content-type, application/json]]
    json:
      id: gpt-5
      object: modle
      created: 1
      owned_by: openai
"""
EMPTY = """\
mockai: 1
exchanges:
- request:
    method: POST
    path: /v1/responses
    headers: {content-type: application/json}
    json: {model: gpt-5, input: hi, stream: true}
  response: {status: 200, headers: [[content-type, text/event-stream]], stream: {ended: eof, events: []}}
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, words)], catch_exceptions=True)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A cassette with one error."""
    file = tmp_path / "tapes" / "bad.yaml"
    file.parent.mkdir()
    file.write_text(BAD, "utf-8")
    return file


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A cassette with one warning."""
    file = tmp_path / "empty.yaml"
    file.write_text(EMPTY, "utf-8")
    return file


def test_errors_fail_and_warnings_fail_where_they_are_to(bad: Path, empty: Path) -> None:
    assert run(bad).exit_code == 1
    told = run(empty)
    assert told.exit_code == 0
    assert f"{empty}:8: warning, exchange 1 (" in told.output
    assert "1 finding (0 errors, 1 warning)" in told.output
    assert run(empty, "--level", "warning").exit_code == 1
    assert orjson.loads(run(empty, "--json").output)["clean"] is True
    assert orjson.loads(run(empty, "--json", "--level", "warning").output)["clean"] is False


def test_a_baseline_lets_pass_what_it_knows_wherever_that_has_moved(bad: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    written = run(bad, "--baseline", file, "--update-baseline")
    assert (written.exit_code, file.exists()) == (0, True)
    assert orjson.loads(file.read_bytes())["files"].keys() == {"tapes/bad.yaml"}
    bad.write_text("# a comment\n\n" + BAD.replace("created: 1", "created: 2"), "utf-8")
    assert run(bad, "--baseline", file).exit_code == 0
    told = orjson.loads(run(bad, "--baseline", file, "--json").output)
    assert (told["clean"], told["counts"]["findings"], told["counts"]["known"]) == (True, 0, 1)
    assert [(each["line"], each["known"]) for each in told["findings"]] == [(12, True)]

    bad.write_text(BAD.replace("created: 1", "created: yesterday"), "utf-8")
    new = run(bad, "--baseline", file)
    assert new.exit_code == 1
    assert "object" not in new.output.splitlines()[0]

    bad.write_text(BAD.replace("modle", "model"), "utf-8")
    assert "The baseline: 0 still there, 1 gone; --update-baseline drops those." in run(bad, "--baseline", file).output


def test_the_same_fault_twice_is_one_more_than_once(bad: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    run(bad, "--baseline", file, "--update-baseline")
    head, _, item = BAD.partition("exchanges:\n")
    bad.write_text(f"{head}exchanges:\n{item}{item}", "utf-8")
    told = orjson.loads(run(bad, "--baseline", file, "--json").output)
    assert (told["counts"]["findings"], told["counts"]["known"]) == (1, 1)


def test_a_baseline_is_the_same_for_whoever_writes_it(bad: Path, tmp_path: Path, monkeypatch: Any) -> None:
    run(bad, "--baseline", tmp_path / "one.json", "--update-baseline")
    monkeypatch.chdir(tmp_path)
    run("tapes", "--baseline", "two.json", "--update-baseline")
    one, two = (Path(name).read_bytes() for name in ("one.json", "two.json"))
    assert one == two
    assert Baseline.loads(one, "one").dumps() == one


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("check-no-baseline", None),
        ("check-broken-baseline", b"{"),
        ("check-foreign-baseline", b'{"files": []}'),
        ("check-newer-baseline", b'{"mockai_baseline": 2}'),
    ],
)
def test_a_baseline_that_cannot_be_read_is_said(
    name: str, text: bytes | None, bad: Path, tmp_path: Path, golden: Callable[[str, object], None]
) -> None:
    file = tmp_path / "old.json"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(ConfigError) as refused:
        held_against(check_paths([bad]), file)
    golden(name, str(refused.value).replace(str(tmp_path), "."))


def test_what_cannot_be_written_is_said(bad: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name a file with --baseline"):
        held_against(check_paths([bad]), None, update=True)
    with pytest.raises(MockaiError, match="cannot be written"):
        held_against(check_paths([bad]), tmp_path, update=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        held_against(check_paths([bad]), tmp_path)


@pytest.mark.usefixtures("bad")
def test_sarif_has_what_the_standard_asks_for(empty: Path, tmp_path: Path) -> None:
    """SARIF 2.1.0: 3.13 (log), 3.14 (run), 3.18-3.19 (tool), 3.27 (result), 3.28-3.30 (locations and regions)."""
    file, old = tmp_path / "reports" / "check.sarif", tmp_path / "old.json"
    run(empty, "--baseline", old, "--update-baseline")
    assert run(tmp_path, "--sarif", file, "--baseline", old).exit_code == 1
    log = orjson.loads(file.read_bytes())
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (only,) = log["runs"]
    driver = only["tool"]["driver"]
    assert isinstance(driver["name"], str)
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == list(RULES)
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in driver["rules"])
    known, new = only["results"]
    for result in (known, new):
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert all(isinstance(each, str) for each in result["partialFingerprints"].values())
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"].startswith("file:///")
        assert physical["region"]["startLine"] >= 1
    assert (known["baselineState"], known["level"], known["suppressions"]) == (
        "unchanged", "warning", [{"kind": "external"}],
    )  # fmt: skip
    assert (new["baselineState"], new["level"], "suppressions" in new) == ("new", "error", False)
    assert new["properties"] == {"pointer": "/object"}


def test_sarif_names_files_as_the_reviewed_folder_has_them(bad: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    bad.rename(bad.with_name("bad one.yaml"))
    run("tapes", "--sarif", "x.sarif")
    (result,) = orjson.loads(Path("x.sarif").read_bytes())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "tapes/bad%20one.yaml"


def test_lines_are_those_of_keys_items_and_what_is_around_them() -> None:
    places = [
        (),
        ("exchanges", 0),
        ("exchanges", 0, "response", "json", "object"),
        ("exchanges", 0, "response", "x", 3),
    ]
    assert lines_of(BAD, places) == {(): 1, places[1]: 3, places[2]: 10, places[3]: 5}


VALUES = st.recursive(
    st.integers() | st.text("abc: -", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_every_place_has_the_line_on_which_it_stands(value: Any, flow: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, width=10_000)
    found: list[tuple[Any, ...]] = []

    def walk(part: Any, path: tuple[Any, ...]) -> None:
        found.append(path)
        for step, inner in (
            part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        ):
            walk(inner, (*path, step))

    walk(value, ())
    lines = lines_of(text, found)
    assert lines.keys() == set(found)
    count = len(text.splitlines())
    for path in found:
        assert 1 <= lines[path] <= count
        assert lines[path] >= lines[path[:-1]] if path else lines[path] == 1
        if path and isinstance(path[-1], str) and path[-1] and not flow:
            assert path[-1] in text.splitlines()[lines[path] - 1]
