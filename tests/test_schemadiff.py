"""`mockai schema diff` and `show`: what changed between two editions of the schemas is named, and what that breaks."""

# ruff: noqa: E501 - a table reads better by lines

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from test_verify import ask

from mockai import MockAI
from mockai.cli import app
from mockai.data import data
from mockai.edition import edition, shipped
from mockai.errors import ConfigError, StubError
from mockai.files.editions import Broken, broken, is_edition, opened
from mockai.schemadiff import Change, changes, compared, concerned

SHIPPED = data("schemas")
STUBS = """\
- on: chat.completions.create
  where: {model: gpt-4o, seed: 7}
  reply: Hello!
- on: chat.completions.create
  reply:
    exact:
      id: chatcmpl-1
      object: chat.completion
      created: 1
      model: gpt-4o
      system_fingerprint: null
      choices:
      - {index: 0, finish_reason: stop, logprobs: null, message: {role: assistant, content: Hi, refusal: null}}
      usage: {prompt_tokens: 1, completion_tokens: 1, total_tokens: 2}
- on: videos.remix
  fail: 500
- on: embeddings.create
  where: {encoding_format: base64}
  answer: true
"""


def edited(folder: Path) -> Path:
    """The shipped schemas as they might be in a while."""
    shutil.copytree(SHIPPED / "generated", folder / "generated")
    change(folder, "chat", chat)
    change(folder, "openai", others)
    rows = [orjson.loads(line) for line in (SHIPPED / "operations.jsonl").read_bytes().splitlines()]
    rows = [row for row in rows if row["id"] != "videos.remix"]
    for row in rows:
        if row["id"] == "moderations.create":
            row["route"] = "POST /moderation"
    rows.append({"id": "moods.create", "route": "POST /moods", "kind": "behaviour"})
    (folder / "operations.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return folder


def change(folder: Path, file: str, by: Any) -> None:
    path = folder / "generated" / f"{file}.json"
    schemas = orjson.loads(path.read_bytes())
    by(schemas)
    path.write_bytes(orjson.dumps(schemas))


def chat(schemas: dict[str, Any]) -> None:
    completion = schemas["chat_completion.ChatCompletion"]
    del completion["properties"]["service_tier"]
    completion["properties"]["created"] = {"type": "string"}
    choice = schemas["chat_completion.Choice"]
    choice["properties"]["finish_reason"]["enum"].append("bored")
    message = schemas["chat_completion_message.ChatCompletionMessage"]
    message["properties"]["mood"] = {"type": "string"}
    asked = schemas["completion_create_params.CompletionCreateParams"]
    del asked["properties"]["seed"]
    asked["properties"]["mood"] = {"type": "string"}
    asked["required"].append("mood")


def others(schemas: dict[str, Any]) -> None:
    usage = schemas["completion_usage.CompletionUsage"]
    details = schemas["completion_usage.PromptTokensDetails"]
    details["required"] = ["cached_tokens"]
    del usage["properties"]["total_tokens"]
    usage["required"].remove("total_tokens")
    asked = schemas["embedding_create_params.EmbeddingCreateParams"]
    asked["properties"]["encoding_format"] = {"type": "string", "const": "float"}
    asked["required"] = [*asked["required"], "user"]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return edited(tmp_path_factory.mktemp("later"))


@pytest.fixture(scope="module")
def found(later: Path) -> list[Change]:
    after = edition(later)
    assert after is not None
    return changes(shipped(), after)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cassettes and stubs that are right by the shipped schemas."""
    folder: Path = tmp_path_factory.mktemp("recorded")
    (folder / "stubs.yaml").write_text(STUBS)
    with MockAI() as up, up.serve() as upstream:
        tape = folder / "tape.yaml"
        with MockAI(cassette=tape, record_mode="all", upstream=upstream) as mock, mock.serve() as url:
            hello = [{"role": "user", "content": "Hello!"}]
            ask(url, "POST", "/chat/completions", {"model": "gpt-4o", "messages": hello, "seed": 7})
            ask(url, "POST", "/chat/completions", {"model": "gpt-4o", "messages": hello, "stream": True})
            ask(
                url,
                "POST",
                "/embeddings",
                {"model": "text-embedding-3-small", "input": "x", "encoding_format": "base64"},
            )
            ask(url, "GET", "/models", None)
            ask(url, "POST", "/chat/completions", {"model": "gpt-4o"})
    return folder


CHANGED = [
    ("", "videos.remix is gone (POST /videos/{video_id}/remix).", True),
    ("", "moods.create is new (POST /moods).", False),
    ("", "moderations.create was POST /moderations and is POST /moderation.", True),
    ("chat.chat_completion.ChatCompletion", "service_tier is gone.", False),
    ("chat.chat_completion.ChatCompletion", "created was an integer and is a string.", True),
    ("chat.chat_completion.Choice", "finish_reason may be 'bored' now.", False),
    ("chat.chat_completion_message.ChatCompletionMessage", "mood is new.", False),
    ("chat.completion_create_params.CompletionCreateParams", "seed is gone.", True),
    ("chat.completion_create_params.CompletionCreateParams", "mood is new, and required.", True),
    ("openai.completion_usage.PromptTokensDetails", "cached_tokens is required now.", True),
    ("openai.completion_usage.CompletionUsage", "total_tokens is gone.", True),
    ("openai.embedding_create_params.EmbeddingCreateParams", "encoding_format has 'base64' no more.", True),
    ("openai.embedding_create_params.EmbeddingCreateParams", "user is required now.", True),
]


def test_what_changed_is_named_type_by_type(found):
    assert sorted((each.schema, each.message, each.breaking) for each in found) == sorted(CHANGED)


TEXT, NUMBER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
A, B = {"$ref": "#/$defs/x.A"}, {"$ref": "#/$defs/x.B"}


def tagged(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"type": "string", "const": kind}, **properties}}


BOTH = ("request", "answer")


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        (TEXT, TEXT, []),
        (TEXT, NUMBER, [("it was a string and is an integer.", BOTH)]),
        (TEXT, {"type": ["string", "integer"]}, [("it was a string and is one of a string or an integer.", ())]),
        (TEXT, {"type": ["string", "null"]}, [("it was a string and is one of a string or null.", ())]),
        (TEXT, {"anyOf": [TEXT, NULL]}, [("it may be null now.", ())]),
        ({"anyOf": [TEXT, A, NULL]}, {"anyOf": [TEXT, A, B]}, [("it is null no more.", BOTH), ("it may be B now.", ())]),
        ({"anyOf": [TEXT, NUMBER]}, {"type": ["string", "null"]}, [("it was an integer and is null.", BOTH)]),
        (A, B, [("it was A and is B.", BOTH)]),
        (True, TEXT, [("it was anything and is a string.", BOTH)]),
        ({"type": "string", "enum": ["a", "b"]}, TEXT, [("it may be any text now.", ())]),
        (TEXT, {"type": "string", "enum": ["a", "b"]}, [("it may be only one of 'a' or 'b' now.", BOTH)]),
        ({"type": "string", "const": "a"}, {"type": "string", "enum": ["a", "b"]}, [("it may be 'b' now.", ())]),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": NUMBER}, [("[] was a string and is an integer.", BOTH)]),
        ({"type": "array", "items": TEXT}, TEXT, [("it was an array of a string and is a string.", BOTH)]),
        ({"type": "object", "additionalProperties": TEXT}, {"type": "object", "additionalProperties": NUMBER}, [(".* was a string and is an integer.", BOTH)]),
        ({**NUMBER, "maximum": 4}, {**NUMBER, "maximum": 2}, [("it: maximum was 4 and is 2.", ("request",))]),
        ({"anyOf": [tagged("a", x=TEXT), tagged("b")]}, {"anyOf": [tagged("a", x=NUMBER), tagged("b")]}, [("x was a string and is an integer.", BOTH)]),
        ({"anyOf": [tagged("a"), tagged("b")]}, {"anyOf": [tagged("a"), tagged("b"), tagged("c", y=TEXT)]}, [("it may be an object of type, y now.", ())]),
        ({"type": "array", "items": {"anyOf": [A, NULL]}}, {"type": "array", "items": {"anyOf": [A, B, NULL]}}, [("[] may be B now.", ())]),
    ],
)  # fmt: skip
def test_two_types_are_compared_place_by_place(old, new, steps):
    assert [(step.message, step.breaks) for step in compared(old, new, "")] == steps


def test_what_an_operation_takes_and_sends_may_be_another_type(tmp_path, later):
    shutil.copytree(later / "generated", tmp_path / "generated")
    row = {"id": "moods.create", "route": "POST /moods", "kind": "behaviour"}
    (tmp_path / "operations.jsonl").write_bytes(orjson.dumps(row | {"result": "chat/chat_completion.ChatCompletion"}))
    one = edition(tmp_path)
    (tmp_path / "later").mkdir()
    shutil.copytree(later / "generated", tmp_path / "later" / "generated")
    (tmp_path / "later" / "operations.jsonl").write_bytes(
        orjson.dumps(row | {"body": "openai/embedding_create_params.EmbeddingCreateParams"})
    )
    other = edition(tmp_path / "later")
    assert one is not None
    assert other is not None
    assert [(each.message, each.breaking) for each in changes(one, other)] == [
        ("moods.create: its body was nothing and is EmbeddingCreateParams.", False),
        ("moods.create: its answer was ChatCompletion and is nothing.", True),
    ]


def test_it_is_said_who_is_concerned(found):
    seed = next(each for each in found if each.message == "seed is gone.")
    assert concerned(seed) == "in requests of chat.completions.create"
    usage = next(each for each in found if each.place == "total_tokens")
    assert concerned(usage).startswith("in answers of chat.completions.create, chat.completions.")


def test_the_same_schemas_do_not_differ():
    assert changes(shipped(), shipped()) == []


def test_what_that_breaks_is_named(recorded, later):
    after = edition(later)
    assert after is not None
    count, wrong = broken([recorded], shipped(), after)
    assert count == 9
    assert [(Path(each.file).name, each.number, each.what, each.part, each.path) for each in wrong] == [
        ("stubs.yaml", 1, "stub", "where", "seed"),
        ("stubs.yaml", 2, "stub", "reply", "created"),
        ("stubs.yaml", 3, "stub", "on", ""),
        ("tape.yaml", 1, "exchange", "request", "mood"),
        ("tape.yaml", 1, "exchange", "request", "seed"),
        ("tape.yaml", 1, "exchange", "response", "created"),
        ("tape.yaml", 2, "exchange", "request", "mood"),
        ("tape.yaml", 3, "exchange", "request", "user"),
        ("tape.yaml", 3, "exchange", "request", "encoding_format"),
    ]
    assert broken([recorded], shipped(), shipped()) == (9, [])
    assert str(wrong[0]) == (
        f"{recorded}/stubs.yaml, stub 1, where, seed: chat.completions.create has no parameter 'seed' any more."
    )
    assert str(Broken("t.yaml", 4, "exchange", "", "", "x is gone.")) == "t.yaml, exchange 4: x is gone."


def test_exchanges_of_operations_that_are_gone_or_moved(tmp_path, later):
    tape = tmp_path / "t.yaml"
    tape.write_text(
        """\
mockai: 1
exchanges:
- request: {method: POST, path: /v1/videos/video_1/remix, json: {prompt: x}}
  response: {status: 200, json: {}}
- request: {method: GET, path: /v1/elsewhere}
  response: {status: 200, json: {}}
- request: {method: POST, path: /v1/chat/completions, json: [1]}
  response: {status: 200, headers: [[content-type, application/json]], text: '{'}
- request: {method: POST, path: /v1/chat/completions, json: {model: x}}
  response: {status: 500, text: Oops}
"""
    )
    after = edition(later)
    assert after is not None
    count, [wrong] = broken([tape], shipped(), after)
    assert count == 4
    assert (wrong.number, wrong.part) == (1, "")
    assert wrong.message.startswith("videos.remix is gone (")


def test_stubs_that_are_none_are_passed_over(tmp_path, later):
    (tmp_path / "s.yaml").write_text(
        "- on: no.such.operation\n  reply: x\n- inject: {slow_head: 0.5}\n- on: chat.completions.create\n  nonsense: 1\n"
        "- on: chat.completions.create\n  reply: [{object: chat.completion.chunk}]\n"
        "- on: files.list\n  where: {limit: 3}\n  reply: {text: x}\n"
    )
    (tmp_path / "note.txt").write_text("none of ours")
    after = edition(later)
    assert after is not None
    assert broken([tmp_path], shipped(), after) == (5, [])


def test_nothing_to_check_is_no_clean_bill(tmp_path):
    with pytest.raises(ConfigError, match="neither a cassette nor a stub file"):
        broken([tmp_path], shipped(), shipped())


def test_editions_are_folders_checkouts_and_wheels(tmp_path, later, golden):
    checkout = tmp_path / "checkout"
    shutil.copytree(later, checkout / "schemas")
    wheel = tmp_path / "mockai_server-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for file in later.rglob("*"):
            packed.write(file, Path("mockai", "schemas", file.relative_to(later)))
    for path in (later, checkout, wheel):
        with opened(path) as one:
            assert "videos.remix" not in one.operations
            assert (
                "seed" not in one.registry.schema("chat/completion_create_params.CompletionCreateParams")["properties"]
            )
            assert one.name == str(path)
        assert is_edition(path)
    with opened(Path("shipped")) as one:
        assert "videos.remix" in one.operations
    assert not is_edition(tmp_path)
    with zipfile.ZipFile(empty := tmp_path / "empty.zip", "w"):
        pass
    for path in (tmp_path, empty, tmp_path / "none"):
        with pytest.raises(ConfigError) as caught, opened(path):
            pass
    golden("schema-diff-none", str(caught.value).replace(str(tmp_path), "FOLDER"))


def test_a_table_of_later_make_is_refused(tmp_path):
    (tmp_path / "generated").mkdir()
    (tmp_path / "operations.jsonl").write_text('{"id": "x", "route": "GET /x", "kind": "list", "novelty": 1}\n')
    one = edition(tmp_path)
    assert one is not None
    with pytest.raises(ConfigError, match="line 1: this is no operation that mockai can read"):
        _ = one.operations


def schema(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["schema", *arguments])


def test_the_command_tells_it_all(recorded, later, golden):
    done = schema("diff", "shipped", str(later), str(recorded))
    assert done.exit_code == 1
    golden("schema-diff", done.stdout.replace(str(recorded), "recorded").strip())
    done = schema("diff", str(later), "--json")
    told = orjson.loads(done.stdout)
    assert (done.exit_code, told["checked"]) == (1, 0), "breaking changes alone are findings"
    assert {each["message"] for each in told["changes"]} >= {"videos.remix is new (POST /videos/{video_id}/remix)."}
    assert schema("diff", "shipped").exit_code == 0


def test_show_gives_what_an_operation_takes_and_sends():
    told = orjson.loads(schema("show", "chat.completions.create").stdout)
    assert (told["id"], told["route"]) == ("chat.completions.create", "POST /chat/completions")
    assert told["body"]["required"] == ["messages", "model"]
    assert {"id", "choices"} <= set(told["result"]["required"])
    assert "stream" in told
    produced = orjson.loads(schema("show", "chat.completions.create", "--part=result", "--reading=produce").stdout)
    assert "usage" in produced["required"]
    done = schema("show", "chat.completion.create")
    assert isinstance(done.exception, StubError)
    assert "chat.completions.create" in str(done.exception)
    done = schema("show", "models.list", "--part", "body")
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception) == "models.list has no body; it has result."
