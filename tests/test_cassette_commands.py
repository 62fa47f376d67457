"""`mockai cassette ls | stats | show | diff | prune | rewrite`: what they say and what they change, on real files."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from suites import OTHERS

from mockai.cli import app
from mockai.errors import MockaiError
from mockai.files import sidefiles, tape
from mockai.files.listing import age, bytes_told, listed
from mockai.files.pruning import Wish, carry_out, plan, seconds
from mockai.http import Break, Chunk, Exchange, Reply, Request

AT = 1_763_690_400.0  # 2025-11-21T02:00:00Z
JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream"), ("x-request-id", "req_1"))


def request(body: object, path: str = "/v1/chat/completions") -> Request:
    return Request("POST", path, "", JSON, orjson.dumps(body))


def answer(body: object, status: int = 200, after: float = 0.25) -> Reply:
    return Reply(status, JSON, (Chunk(0, orjson.dumps(body)),), after)


def event(**delta: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": delta.pop("finish", None)}
    value = {"id": "chatcmpl-A1b2C3d4E5f6", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5",
             "choices": [choice]}  # fmt: skip
    return b"data: " + orjson.dumps(value) + b"\n\n"


CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
ASKED = {
    "model": "gpt-5",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it cold\nin Oslo?"}],
    "tools": [{"type": "function", "function": {"name": "get_weather"}}],
}
CALLED = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5-2025-08-07",
    "system_fingerprint": "fp_1",
    "choices": [{"index": 0, "finish_reason": "tool_calls",
                 "message": {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL]}}],
    "usage": {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49},
}  # fmt: skip
TOLD = {
    **ASKED,
    "stream": True,
    "messages": [*ASKED["messages"], {"role": "assistant", "content": None, "tool_calls": [CALL]},  # type: ignore[misc]
                 {"role": "tool", "tool_call_id": "call_1", "content": "-4 °C"}],
}  # fmt: skip
EXCHANGES = (
    Exchange(request(ASKED), answer(CALLED), "chat.completions.create", at=AT, number=1),
    Exchange(
        request(TOLD),
        Reply(
            200,
            STREAM,
            (
                Chunk(0.4, event(role="assistant", content="")),
                Chunk(0.1, event(content="Yes, -4")[:60]),
                Chunk(0.02, event(content="Yes, -4")[60:] + event(content=" °C.")),
                Chunk(0.1, event(finish="stop") + b"data: [DONE]\n\n"),
            ),
            0.3,
        ),
        "chat.completions.create",
        at=AT + 1,
        number=2,
    ),
    Exchange(
        request({"model": "gpt-4", "input": "x"}, "/v1/responses"),
        answer({"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}, 404),
        "responses.create",
        at=AT + 2,
        number=3,
    ),
    Exchange(
        request({"model": "tts-1", "input": "Hello", "voice": "alloy"}, "/v1/audio/speech"),
        Reply(200, (("content-type", "audio/mpeg"),), (Chunk(0, bytes(range(256)) * 8), Break(0.5))),
        "audio.speech.create",
        at=AT + 3,
        number=4,
    ),
)


def written(path: Path, exchanges: tuple[Exchange, ...] = EXCHANGES) -> Path:
    text, sides = tape.dumps(tape.Tape(exchanges, recorded={"at": "2025-11-21T02:00:00Z", "by": "mockai 0.1.0"}))
    path.parent.mkdir(parents=True, exist_ok=True)
    sidefiles.put(path, text, sides)
    return path


def said(*arguments: object) -> Result:
    done = CliRunner().invoke(app, ["cassette", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# -- ls, stats, show


def test_a_table_for_people(golden):
    tape = written(Path("tapes/a.yaml"))
    golden("cassette-ls", listed([tape]).text(AT + 90 * 86400))


def test_totals_for_people(golden):
    golden("cassette-stats", listed([written(Path("tapes/a.yaml"))]).summary(AT + 90 * 86400))


def test_rows_are_chosen_and_sorted():
    written(Path("tapes/a.yaml"))
    told = json.loads(said("ls", "tapes", "--operation", "chat.*", "--json").stdout)
    assert [row["number"] for row in told["exchanges"]] == [1, 2]
    told = json.loads(said("ls", "tapes", "--status", "4??", "--json").stdout)
    assert [(row["model"], row["status"]) for row in told["exchanges"]] == [("gpt-4", 404)]
    assert "tts-1" in said("ls", "tapes", "--model", "tts*").stdout
    first = said("ls", "tapes", "--sort", "size").stdout.splitlines()[1]
    assert first.startswith("4 ")
    totals = json.loads(said("stats", "tapes", "--json").stdout)
    assert (totals["exchanges"], totals["streams"], totals["events"]) == (4, 1, 5)
    assert totals["tokens"]["gpt-5"]["output_tokens"] > 9, "the stream does not say, so it is counted"


def test_a_broken_cassette_is_told_and_the_others_are_listed():
    written(Path("tapes/a.yaml"))
    Path("tapes/b.yaml").write_text("mockai: 1\nexchanges:\n- request: {method: GET}\n  response: {status: 200}\n")
    Path("tapes/notes.yaml").write_text("just: notes\n")
    for command in ("ls", "stats"):
        done = said(command, "tapes")
        assert done.exit_code == 2
        assert "tapes/b.yaml, exchange 1, line 3.request: path is missing." in done.stdout
        assert "gpt-5" in done.stdout
    with pytest.raises(MockaiError, match="There is no file or folder nowhere"):
        said("ls", "nowhere")


def test_a_conversation_as_people_read_it(golden):
    golden("cassette-show", said("show", written(Path("a.yaml"))).stdout)


def test_a_stream_with_its_timing(golden):
    golden("cassette-show-stream", said("show", written(Path("a.yaml")), "--exchange", "2").stdout)


def test_an_exchange_is_found_by_its_key_and_told_to_programs():
    tape = written(Path("a.yaml"))
    known = json.loads(said("ls", tape, "--json").stdout)["exchanges"][3]["key"]
    (told,) = json.loads(said("show", tape, "--exchange", known, "--json").stdout)
    assert told["response"]["body"]["base64"].startswith("AAECAwQF")
    assert told["request"]["body"]["voice"] == "alloy"
    (told,) = json.loads(said("show", tape, "--exchange", "2", "--json").stdout)
    assert [piece["at_ms"] for piece in told["response"]["pieces"]] == [700, 800, 820, 920]
    with pytest.raises(MockaiError, match=r"a.yaml has no exchange 9. There are: 1 \(\w{8}\), 2 "):
        said("show", tape, "--exchange", "9")


# -- diff


def changed() -> tuple[Exchange, ...]:
    """The same recorded again, with a word more, an answer less, and what differs in every run."""
    one, two, _, four = EXCHANGES
    again = {**CALLED, "id": "chatcmpl-2", "created": 2, "system_fingerprint": "fp_2"}
    other = orjson.loads(two.request.body) | {"temperature": 0}
    return (
        replace(one, reply=answer(again, after=1), at=AT + 99),
        replace(two, request=request(other)),
        replace(four, number=3),
        Exchange(request({"model": "m", "input": "y"}, "/v1/embeddings"), answer({}), "embeddings.create", number=4),
    )


def test_what_differs(golden):
    before, after = written(Path("a.yaml")), written(Path("b.yaml"), changed())
    done = said("diff", before, after)
    assert done.exit_code == 1
    golden("cassette-diff", done.stdout + "\n-- --volatile --\n" + said("diff", before, after, "--volatile").stdout)
    told = json.loads(said("diff", before, after, "--json").stdout)
    assert told["counts"] | {"volatile": 0} == {"same": 2, "changed": 1, "added": 1, "removed": 1, "volatile": 0}


def test_what_differs_in_every_run_counts_for_nothing():
    before, after = written(Path("a.yaml")), written(Path("b.yaml"), (changed()[0],))
    only = written(Path("c.yaml"), EXCHANGES[:1])
    assert said("diff", only, after).exit_code == 0
    assert said("diff", before, before).exit_code == 0
    assert said("diff", before, before).stdout == "4 same, 0 changed, 0 added, 0 removed.\n"


def test_folders_are_compared_file_by_file():
    written(Path("old/a.yaml"))
    written(Path("old/gone.yaml"), EXCHANGES[:1])
    written(Path("new/a.yaml"))
    done = said("diff", "old", "new")
    assert (done.exit_code, "--- old/gone.yaml\n+++ nothing\n- #1" in done.stdout) == (1, True)
    Path("new/b.yaml").write_text("mockai: 99\n", "utf-8")
    done = said("diff", "old", "new")
    assert (done.exit_code, "new/b.yaml has version 99" in done.stdout, "- #1" in done.stdout) == (2, True, True)
    with pytest.raises(MockaiError, match="are a file and a folder"):
        said("diff", "old", "new/a.yaml")


# -- prune


def test_a_wish_is_needed():
    written(Path("a.yaml"))
    with pytest.raises(MockaiError, match="Say what may go"):
        said("prune", ".")
    with pytest.raises(MockaiError, match="pytest --mockai-trace=on"):
        said("prune", ".", "--unused")
    with pytest.raises(MockaiError, match=r"There is no trace of a run at \."):
        said("prune", ".", "--unused", "--traces", ".")
    with pytest.raises(MockaiError, match="Not an age: 'old'"):
        said("prune", ".", "--older-than", "old")


def test_what_could_go_is_told_first_and_taken_away_when_asked(golden):
    twice = (*EXCHANGES, replace(EXCHANGES[3], number=5, at=AT + 50))
    tape_file = written(Path("tapes/a.yaml"), twice)
    text = tape_file.read_text("utf-8").replace("- key:", "# a remark\n- key:", 1)
    tape_file.write_text(text, "utf-8")
    stray = Path("tapes") / sidefiles.name_of(b"stray")
    stray.write_bytes(b"stray")
    Path("tapes/.a.yaml.0123456789ab.draft").write_text("x")
    done = said("prune", "tapes", "--orphans", "--duplicates")
    golden("cassette-prune", done.stdout)
    assert (done.exit_code, stray.exists()) == (1, True)
    assert tape_file.read_text("utf-8") == text
    done = said("prune", "tapes", "--orphans", "--duplicates", "--yes")
    assert done.exit_code == 0
    assert sorted(file.name for file in Path("tapes").iterdir()) == ["a.yaml", sidefiles.name_of(bytes(range(256)) * 8)]
    assert [each.at for each in tape.load(tape_file).exchanges] == [AT, AT + 1, AT + 2, AT + 3]
    assert said("prune", "tapes", "--orphans", "--duplicates").stdout == "There is nothing to take away.\n"


def test_side_files_go_with_the_last_exchange_that_names_them():
    shared = written(Path("tapes/a.yaml"))
    side = Path("tapes") / sidefiles.name_of(bytes(range(256)) * 8)
    other = written(Path("tapes/b.yaml"), (replace(EXCHANGES[3], number=1, at=AT + 400 * 86400),))
    now = AT + 500 * 86400
    carry_out(plan([Path("tapes")], Wish(older=seconds("1y")), now))
    assert (shared.exists(), other.exists(), side.exists()) == (False, True, True)
    carry_out(plan([Path("tapes")], Wish(older=seconds("12w")), now))
    assert list(Path("tapes").iterdir()) == []


def test_a_broken_cassette_is_left_alone_and_keeps_its_side_files():
    written(Path("tapes/a.yaml"))
    text = Path("tapes/a.yaml").read_text("utf-8")
    Path("tapes/a.yaml").write_text(text.replace("status: 404", "status: none"), "utf-8")
    done = said("prune", "tapes", "--orphans", "--older-than", "1d", "--yes")
    assert "It was left alone." in done.stdout
    assert len(list(Path("tapes").iterdir())) == 2


def test_a_cassette_that_changed_meanwhile_is_not_touched():
    file = written(Path("a.yaml"))
    found = plan([file], Wish(older=1.0), AT + 86400)
    written(file, EXCHANGES[:2])
    with pytest.raises(MockaiError, match="has changed since it was looked at"):
        carry_out(found)
    assert len(tape.load(file).exchanges) == 2


def trace(name: str, played: dict[Path, list[int]], outcome: str = "passed", mode: str = "on") -> None:
    file = Path("traces") / f"{name}.jsonl"
    file.parent.mkdir(exist_ok=True)
    told = {str(path.resolve()): numbers for path, numbers in played.items()}
    file.write_bytes(orjson.dumps({"test": name, "outcome": outcome, "trace": mode, "cassettes": told}) + b"\n")
    later = max(path.stat().st_mtime for path in played) + 1
    os.utime(file, (later, later))


def test_what_no_traced_test_asked_for_goes():
    used, failed, nobodys = (written(Path(f"tapes/{name}.yaml")) for name in ("a", "b", "c"))
    trace("test_one", {used: [1]})
    trace("test_two", {used: [3]})
    trace("test_three", {failed: []}, "failed")
    done = said("prune", "tapes", "--unused", "--traces", "traces", "--yes")
    assert "tapes/b.yaml: what is unused was left alone: a test that plays from it failed" in done.stdout
    assert [each.operation for each in tape.load(used).exchanges] == ["chat.completions.create", "responses.create"]
    assert [len(tape.load(file).exchanges) for file in (failed, nobodys)] == [4, 4]
    done = said("prune", "tapes", "--orphans", "--traces", "traces", "--yes")
    assert "tapes/c.yaml: no traced test has played from it." in done.stdout
    assert not nobodys.exists()


def test_old_traces_and_those_of_failed_tests_say_nothing():
    file = written(Path("tapes/a.yaml"))
    trace("test_one", {file: [1]})
    os.utime(file, (file.stat().st_mtime + 60,) * 2)
    done = said("prune", "tapes", "--unused", "--traces", "traces")
    assert (done.exit_code, "it was written after the traces were" in done.stdout) == (0, True)
    trace("test_two", {file: [1]}, mode="retain-on-failure")
    with pytest.raises(MockaiError, match="kept the traces of failed tests only"):
        said("prune", "tapes", "--unused", "--traces", "traces")


def test_the_plugin_traces_what_was_played(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(
        test_it="""
        import httpx2

        def test_one(mockai):
            httpx2.post(mockai.url + "/responses", json={"model": "gpt-4", "input": "x"}, trust_env=False)
        """
    )
    file = written(pytester.path / "cassettes" / "test_it" / "test_one.yaml")
    pytester.runpytest_inprocess("--mockai-trace=on", "-p", "pytest_mockai", *OTHERS, "-q")
    done = said("prune", file, "--unused", "--traces", pytester.path / ".mockai" / "traces", "--yes")
    assert "3 exchanges and 0 files taken away." in done.stdout
    assert [each.operation for each in tape.load(file).exchanges] == ["responses.create"]


# -- rewrite


def test_rewriting_is_the_identity_on_what_mockai_wrote():
    file = written(Path("a.yaml"))
    before = file.stat()
    done = said("rewrite", ".")
    assert done.stdout == "0 files rewritten, 1 left as they are, 0 cannot be read.\n"
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_cassette_of_people_gets_its_form_and_keeps_what_nobody_knows():
    Path("a.yaml").write_text(
        "# mine\nmockai: 1\nnote: keep me\nexchanges:\n- request: {path: /v1/models, method: GET, mine: 1}\n"
        "  response:\n    json: {data: []}\n    status: 200\n",
        "utf-8",
    )
    Path("b.yaml").write_text("mockai: 99\nexchanges: []\n", "utf-8")
    done = said("rewrite", ".", "--check")
    assert (done.exit_code, "a.yaml: to be rewritten" in done.stdout) == (2, True)
    done = said("rewrite", "a.yaml")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "a.yaml: rewritten")
    text = Path("a.yaml").read_text("utf-8")
    assert text.startswith("mockai: 1\n")
    assert all(words in text for words in ("note: keep me", "mine: 1", "key: "))
    assert json.loads(said("rewrite", "a.yaml", "--json").stdout)["files"][0]["state"] == "same"
    assert said("rewrite", "a.yaml", "--check").exit_code == 0


@pytest.mark.parametrize(("ago", "words"), [(5, "5s"), (7200, "2h"), (86400 * 40, "1mo"), (86400 * 800, "2y")])
def test_ages(ago, words):
    assert age(1000.0, 1000.0 + ago) == words


@pytest.mark.parametrize(("size", "words"), [(0, "0 B"), (2048, "2.0 KiB"), (300_000, "293 KiB"), (1 << 31, "2.0 GiB")])
def test_sizes(size, words):
    assert bytes_told(size) == words
