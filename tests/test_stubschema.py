"""The schema of stub files takes what stub files may say, and nothing that the words do not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from asking import CHAT
from click.testing import CliRunner
from test_stubfile import ELSEWHERE, SAME

from mockai.cli import app
from mockai.stubschema import schema

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "schemas" / "stubs.schema.json"
GIVEN = [
    *({"on": CHAT, **entry} for entry, _ in SAME),
    *({"on": operation, **entry} for operation, entry, _ in ELSEWHERE),
    {"on": "POST /v1/odd", "fail": 503, "fault": {"close": {"chunks": 3}}, "times": 2},
    {"on": CHAT, "fault": "close"},
    {"on": CHAT, "where": {"last_user": {"contains": "x"}, "anything": 1}, "forward": "http://127.0.0.1:9/v1"},
    {
        "on": CHAT,
        "conversation": [{"user": "Hi.", "reply": "Hello!"}, {"tool_result": "f", "answers": [{"fail": 500}]}],
    },
    {"inject": [503, {"slow_head": 2}], "operation": "embeddings.create", "every": 3},
]
WRONG: list[Any] = [
    {"reply": "Hello!"},
    {"on": "chat.completion.create", "reply": "Hello!"},
    {"on": CHAT},
    {"on": CHAT, "replay": "Hello!"},
    {"on": CHAT, "reply": "Hello!", "times": 0},
    {"on": CHAT, "fail": {"code": "x"}},
    {"on": CHAT, "fault": "shrink"},
    {"on": CHAT, "answers": []},
    {"on": CHAT, "conversation": [{"reply": "Hello!"}]},
    {"inject": "close", "sometimes": True},
]


@pytest.fixture(scope="module")
def valid() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema())


def test_it_takes_what_stub_files_say(valid: jsonschema_rs.Validator) -> None:
    assert [error.message for error in valid.iter_errors(GIVEN)] == []


@pytest.mark.parametrize("entry", WRONG, ids=str)
def test_it_takes_nothing_else(entry: Any, valid: jsonschema_rs.Validator) -> None:
    assert not valid.is_valid([entry])


def test_every_stub_file_of_the_docs_fits(valid: jsonschema_rs.Validator) -> None:
    pages = [(ROOT / "docs" / "stubs.md").read_text("utf-8"), (ROOT / "docs" / "faults.md").read_text("utf-8")]
    blocks = [block.partition("```")[0] for page in pages for block in page.split("```yaml stubs.yaml\n")[1:]]
    assert blocks
    for block in blocks:
        read = yaml.load(block.replace("- on:", '- "on":'), yaml.SafeLoader)
        assert [error.message for error in valid.iter_errors(read)] == []


def test_it_is_shipped_as_a_file_and_printed(request: pytest.FixtureRequest) -> None:
    printed = CliRunner().invoke(app, ["schema", "stubs"]).output
    if request.config.getoption("--update-golden"):
        SHIPPED.write_text(printed, "utf-8")
    assert SHIPPED.read_text("utf-8") == printed, "Write it again: mockai schema stubs > schemas/stubs.schema.json"
    assert json.loads(printed) == schema()
