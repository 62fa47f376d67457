"""Options from mockai.yaml and pyproject.toml: where they apply, and what is said of those that nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockai.errors import ConfigError
from mockai.files.config import load

COMMANDS = {
    "serve": {"port": False, "seed": False, "cassette": True, "admission": False, "exact_pieces": False},
    "record": {"port": False, "to": False},
}


def given(folder: Path, text: str, name: str = "mockai.yaml") -> dict[str, dict[str, Any]]:
    (folder / name).write_text(text, "utf-8")
    return load(folder, COMMANDS)


def test_no_file_says_nothing(tmp_path):
    assert load(tmp_path, COMMANDS) == {"serve": {}, "record": {}}
    assert given(tmp_path, "", "mockai.yaml") == {"serve": {}, "record": {}}


def test_an_option_at_the_top_is_for_every_command_that_has_it(tmp_path):
    assert given(tmp_path, "seed: 7\nport: 1\n") == {"serve": {"seed": 7, "port": 1}, "record": {"port": 1}}


def test_what_stands_below_a_command_counts_more(tmp_path):
    assert given(tmp_path, "port: 1\nrecord: {port: 2, to: tapes}\n") == {
        "serve": {"port": 1},
        "record": {"port": 2, "to": "tapes"},
    }


def test_names_may_have_dashes_and_words_stay_words(tmp_path):
    assert given(tmp_path, "exact-pieces: true\nadmission: off\n")["serve"] == {
        "exact_pieces": True,
        "admission": "off",
    }


def test_one_value_of_many_and_null(tmp_path):
    assert given(tmp_path, "cassette: tapes\n")["serve"] == {"cassette": ["tapes"]}
    assert given(tmp_path, "cassette: [a, b]\nport: null\n")["serve"] == {"cassette": ["a", "b"]}


def test_pyproject_has_a_table(tmp_path):
    text = "[project]\nname = 'x'\n[tool.mockai]\nseed = 7\n[tool.mockai.serve]\nport = 2\n"
    assert given(tmp_path, text, "pyproject.toml") == {"serve": {"seed": 7, "port": 2}, "record": {}}
    assert given(tmp_path, "seed: 8\n")["serve"] == {"seed": 8}, "mockai.yaml counts alone where it is"


def test_a_pyproject_without_it_is_nobodys_business(tmp_path):
    assert given(tmp_path, "[broken", "pyproject.toml") == {"serve": {}, "record": {}}


RULES = {"serve": {"ignore": True, "match_on": True, "normalise": True, "redact": True}}


def test_rules_may_be_mappings(tmp_path):
    (tmp_path / "mockai.yaml").write_text(
        "ignore: {'*': [/user], chat.completions.create: /seed}\nmatch_on: {embeddings.create: [path]}\n"
        "normalise: [dates, {'run-[0-9]+': run}]\n"
        "redact: {json: {/user: somebody}, patterns: [emails], salt: s}\n",
        "utf-8",
    )
    assert load(tmp_path, RULES)["serve"] == {
        "ignore": ["/user", "chat.completions.create:/seed"],
        "match_on": ["embeddings.create:path"],
        "normalise": ["dates", "run-[0-9]+=>run"],
        "redact": ["json=/user=>somebody", "patterns=emails", "salt=s"],
    }


def test_rules_may_be_texts(tmp_path):
    (tmp_path / "mockai.yaml").write_text("ignore: /user\nnormalise: dates\nredact: [json=/user]\n", "utf-8")
    assert load(tmp_path, RULES)["serve"] == {"ignore": ["/user"], "normalise": ["dates"], "redact": ["json=/user"]}
    (tmp_path / "mockai.yaml").write_text("normalise: {a: b}\n", "utf-8")
    assert load(tmp_path, RULES)["serve"] == {"normalise": ["a=>b"]}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("mockai.yaml", "sede: 1", "there is no option sede. Did you mean seed?"),
        ("mockai.yaml", "srve: {port: 1}", "there is no option srve. Did you mean serve?"),
        ("mockai.yaml", "serve: {to: x}", "serve: there is no option to. There are: admission, cassette, exact-pieces"),
        ("mockai.yaml", "record: {prot: x}", "record: there is no option prot. Did you mean port?"),
        ("mockai.yaml", "serve: 7", "serve must hold the options of that command"),
        ("mockai.yaml", "port: [1]", "port takes one value, not [1]."),
        ("mockai.yaml", "cassette: {a: b}", "cassette takes one value"),
        ("mockai.yaml", "- a", "must hold options, such as `port: 4020`, and no list."),
        ("mockai.yaml", "a: [", "line 2: this is not YAML"),
        ("pyproject.toml", "[tool.mockai]\nsede = 1", "there is no option sede. Did you mean seed?"),
        ("pyproject.toml", "[tool.mockai\n", "is not TOML: Expected ']'"),
        ("pyproject.toml", "tool.mockai = 7 # [tool.mockai]", "must hold options"),
    ],
)
def test_what_cannot_be_is_said_with_the_file(tmp_path, name, text, words):
    with pytest.raises(ConfigError) as error:
        given(tmp_path, text, name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert words in str(error.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "mockai.yaml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is not UTF-8: byte 0"):
        load(tmp_path, COMMANDS)


GROUPS = {
    "serve": {"cassette": True, "seed": False},
    "cassette": {"ls": {"sort": False, "json": False}, "scan": {"emails": False, "json": False}},
    "check": {"json": False},
}


def test_a_group_has_its_commands_below_it(tmp_path):
    (tmp_path / "mockai.yaml").write_text("cassette: {json: true, ls: {sort: size, json: false}}\nseed: 1\n", "utf-8")
    assert load(tmp_path, GROUPS) == {
        "serve": {"seed": 1},
        "cassette": {"ls": {"sort": "size", "json": False}, "scan": {"json": True}},
        "check": {},
    }


def test_what_is_a_group_and_an_option_is_told_apart_by_its_value(tmp_path):
    for text in ("cassette: tapes\n", "cassette: [tapes]\n", "serve: {cassette: tapes}\ncassette: {scan: {}}\n"):
        (tmp_path / "mockai.yaml").write_text(text, "utf-8")
        assert load(tmp_path, GROUPS) == {
            "serve": {"cassette": ["tapes"]},
            "cassette": {"ls": {}, "scan": {}},
            "check": {},
        }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cassette: {scann: {}}", "cassette: there is no option scann. Did you mean scan?"),
        ("cassette: {ls: {sorted: size}}", "cassette: ls: there is no option sorted. Did you mean sort?"),
        ("cassette: {ls: size}", "cassette: ls must hold the options of that command"),
        ("cassete: {}", "there is no option cassete. Did you mean cassette?"),
    ],
)
def test_mistakes_below_a_group_are_said_with_the_way_to_them(tmp_path, text, words):
    (tmp_path / "mockai.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, GROUPS)
    assert words in str(raised.value)
