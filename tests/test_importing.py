"""`mockai import`: which format, which files, what is written, what is reported."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockai.errors import ForeignFormatError
from mockai.files import vcrpy
from mockai.files.foreign import Kept
from mockai.files.importing import Report, import_sources, recognise
from mockai.files.redact import clean
from mockai.files.tape import load, rounded

SAMPLES = Path(__file__).parent / "data" / "vcrpy"
KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"


def vcr(path: Path, *, request: str = "{}", headers: dict[str, str] | None = None, answer: str = "{}") -> Path:
    """A small vcrpy cassette with one chat completion."""
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = {
        "method": "POST",
        "uri": "https://api.openai.com/v1/chat/completions",
        "headers": headers or {"content-type": "application/json"},
        "body": request,
    }
    answered = {"status": {"code": 200}, "headers": {"content-type": "application/json"}, "body": {"string": answer}}
    path.write_text(json.dumps({"version": 1, "interactions": [{"request": asked, "response": answered}]}), "utf-8")
    return path


def error(report: Report) -> str:
    [entry] = report.entries
    assert report.failed
    assert entry.cassette is None
    return entry.error or ""


def test_every_file_of_a_folder_becomes_a_cassette_with_its_name(tmp_path):
    report = import_sources([SAMPLES], tmp_path)
    names = ["binary.yaml", "httpx_old.yaml", "parsed_body.yaml", "plain.yaml", "serialised.yaml", "stream.yaml"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert report.summary() == {
        "files": 6, "files_not_imported": 0, "kept": 9, "stubs": 0, "lost": 3, "lost_of_other_services": 1,
    }  # fmt: skip
    assert report.failed, "an exchange with the API that is lost is a failure"
    assert not import_sources([SAMPLES / "plain.yaml"], tmp_path / "again").failed, "one with another service is not"


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_what_is_written_is_read_again_as_it_was_imported(sample, tmp_path):
    [entry] = import_sources([sample], tmp_path).entries
    wanted = [rounded(clean(each.exchange)[0]) for each in vcrpy.read(sample.read_text()) if isinstance(each, Kept)]
    found = load(entry.cassette).exchanges
    assert [(each.request, each.reply, each.operation) for each in found] == [
        (each.request, each.reply, each.operation) for each in wanted
    ]
    assert entry.kept == len(found)


def test_unknown_timing_is_written_as_unknown(tmp_path):
    import_sources([SAMPLES / "stream.yaml"], tmp_path)
    written = (tmp_path / "stream.yaml").read_text()
    assert "delays_ms: null" in written
    assert "cuts: [" in written


def test_folders_keep_their_shape_and_the_report_says_what_happened(tmp_path):
    vcr(tmp_path / "in" / "a" / "one.yml", headers={"Authorization": f"Bearer {KEY}"})
    (tmp_path / "in" / "b").mkdir()
    (tmp_path / "in" / "b" / "plain.yaml").write_bytes((SAMPLES / "plain.yaml").read_bytes())
    (tmp_path / "in" / "b" / "notes.txt").write_text("not a recording, and not looked at")
    out = tmp_path / "in" / "out"
    report = import_sources([tmp_path / "in"], out)
    assert (out / "a" / "one.yaml").is_file()
    assert (out / "b" / "plain.yaml").is_file()
    assert report.text().replace(str(tmp_path), "") == (
        "/in/a/one.yml -> /in/out/a/one.yaml (vcrpy): 1 kept, 0 lost\n"
        "    redacted: request_headers (1)\n"
        "/in/b/plain.yaml -> /in/out/b/plain.yaml (vcrpy): 2 kept, 1 lost\n"
        "    lost: interaction 3, GET https://weather.example/today. weather.example is not OpenAI's, and GET /today "
        "is not a route of its API.\n"
        "    redacted: request_headers (1), response_headers (2)\n"
        "    noted: response body was stored decoded (1)\n"
        "2 files: 3 exchanges kept, 1 lost (1 of them with other services than the OpenAI API), 0 files not imported."
    )
    assert json.loads(report.json()) == report.as_dict()
    assert report.as_dict()["entries"][1]["lost"][0]["elsewhere"] is True
    assert not report.failed
    assert len(import_sources([tmp_path / "in"], out).entries) == 2, "what was imported is not imported again"


def test_a_cassette_that_says_the_same_is_not_touched_and_another_one_is_not_replaced(tmp_path):
    source = vcr(tmp_path / "one.yaml", answer='{"a": 1}')
    [entry] = import_sources([source], tmp_path / "out").entries
    assert entry.cassette is not None
    first = entry.cassette.read_text()
    entry.cassette.write_text(f"# reviewed\n{first}")
    assert not import_sources([source], tmp_path / "out").failed
    assert entry.cassette.read_text().startswith("# reviewed")

    vcr(source, answer='{"a": 2}')
    assert "says something else. --force replaces it." in error(import_sources([source], tmp_path / "out"))
    assert entry.cassette.read_text().startswith("# reviewed")

    assert not import_sources([source], tmp_path / "out", force=True).failed
    assert load(entry.cassette).exchanges[0].reply.content == b'{"a": 2}'


def test_a_target_that_is_no_cassette_is_not_replaced_either(tmp_path):
    source = vcr(tmp_path / "one.yaml")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "one.yaml").write_text("services: {}\n")
    assert "is not a cassette" in error(import_sources([source], tmp_path / "out"))
    assert (tmp_path / "out" / "one.yaml").read_text() == "services: {}\n"


def test_two_files_never_share_a_cassette(tmp_path):
    vcr(tmp_path / "in" / "one.json", answer='{"a": 1}')
    vcr(tmp_path / "in" / "one.yaml", answer='{"a": 2}')
    vcr(tmp_path / "in" / "one.yml", answer='{"a": 3}')
    first, second, third = import_sources([tmp_path / "in"], tmp_path / "out", force=True).entries
    assert (first.cassette, second.cassette) == (tmp_path / "out" / "one.json.yaml", tmp_path / "out" / "one.yaml")
    assert third.error is not None
    assert f"was just made from {second.source}" in third.error
    assert load(tmp_path / "out" / "one.yaml").exchanges[0].reply.content == b'{"a": 2}'


def test_secrets_are_taken_out_and_what_cannot_be_cleaned_is_lost_alone(tmp_path):
    key = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    source = vcr(
        tmp_path / "one.json", headers=key, request=json.dumps({"user": KEY}), answer=json.dumps({"said": KEY})
    )
    tape = json.loads(source.read_text())
    hidden = base64.b64encode(KEY.encode()).decode()
    tape["interactions"].append(json.loads(json.dumps(tape["interactions"][0]).replace(f'"{KEY}', f'"{hidden}')))
    tape["interactions"][1]["response"]["body"]["string"] = json.dumps({"said": hidden})
    source.write_text(json.dumps(tape))
    [entry] = import_sources([source], tmp_path / "out").entries
    assert entry.kept == 1
    assert entry.redacted["api_key"] == 2
    [lost] = entry.lost
    assert lost.what == "interaction 2, POST /v1/chat/completions"
    assert "live key in base64" in lost.reason
    assert not lost.elsewhere
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert KEY.encode() not in written
    assert hidden.encode() not in written


def test_a_file_without_exchanges_of_the_api_leaves_no_cassette(tmp_path):
    (tmp_path / "none.yaml").write_text("interactions: []\nversion: 1\n")
    [entry] = import_sources([tmp_path / "none.yaml"], tmp_path / "out").entries
    assert (entry.format, entry.kept, entry.cassette, entry.error) == ("vcrpy", 0, None, None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"services: {web: {}}\n", "It is in no format that can be read."),
        (b"# mine\n---\nmockai: 1\nexchanges: []\n", "It is a cassette of mockai's already"),
        (b"\xff\xfe\x00", "It is not text in UTF-8."),
        (b"", "It is in no format that can be read."),
        (b"interactions: [\n  uri: x\n", "It is not readable YAML: while parsing"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why_and_stops_no_other(content, why, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.yaml").write_bytes(content)
    vcr(tmp_path / "in" / "good.yaml")
    bad, good = import_sources([tmp_path / "in"], tmp_path / "out").entries
    assert why in (bad.error or "")
    assert good.cassette == tmp_path / "out" / "good.yaml"
    assert f"bad.yaml: not imported. {bad.error}" in Report((bad, good)).text()


def test_sources_that_hold_nothing_say_so(tmp_path):
    assert error(import_sources([tmp_path / "absent"], tmp_path)) == "There is no such file or folder."
    (tmp_path / "empty").mkdir()
    assert error(import_sources([tmp_path / "empty"], tmp_path)) == (
        "The folder holds no .har, .json, .jsonl, .ndjson, .toml, .yaml, .yml file."
    )
    unnamed = vcr(tmp_path / "empty" / "cassette")
    assert import_sources([unnamed], tmp_path / "out").entries[0].cassette == tmp_path / "out" / "cassette.yaml"


def test_a_file_that_cannot_be_opened_says_so(tmp_path, monkeypatch):
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    source = vcr(tmp_path / "one.yaml")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert error(import_sources([source], tmp_path / "out")) == "It cannot be read: Permission denied."


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary() | st.text().map(lambda text: f"interactions:\n- uri: {text}\n".encode()))
def test_any_file_ends_as_an_entry(tmp_path, content):
    (tmp_path / "any.yaml").write_bytes(content)
    [entry] = import_sources([tmp_path / "any.yaml"], tmp_path / "out").entries
    assert entry.error or entry.lost or entry.kept == 0


def test_every_format_is_recognised_by_its_own_samples():
    for sample in SAMPLES.iterdir():
        assert recognise(sample.read_text()) is vcrpy
    with pytest.raises(ForeignFormatError, match="in no format that can be read"):
        recognise("nothing")


def test_a_recording_is_replaced_by_its_own_cassette_only_if_that_is_wanted(tmp_path):
    source = vcr(tmp_path / "cassettes" / "test_a" / "test_one[x].yaml")
    before = source.read_bytes()
    told = error(import_sources([tmp_path], tmp_path))
    assert told == "Its cassette would replace it. --force does that; --to may name another folder."
    assert source.read_bytes() == before
    assert not import_sources([tmp_path], tmp_path, force=True).failed
    assert len(load(source).exchanges) == 1
    assert import_sources([tmp_path], tmp_path).entries == (), "a cassette is no recording of another tool"


def test_formats_never_seen_before_are_refused_and_change_nothing(tmp_path, golden, monkeypatch):
    monkeypatch.chdir(tmp_path)
    strange = {
        "compose.yaml": "services: {web: {image: nginx}}\n",
        "new.json": json.dumps({"tape": 3, "calls": [{"ask": {}, "answer": {}}]}),
        "old.har": '{"entries": []}',
    }
    for name, text in strange.items():
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "compose.yaml").write_text("mockai: 1\nexchanges: []\n")
    report = import_sources([Path("in")], Path("out"), force=True)
    assert report.failed
    golden("import-unknown", report.text())
    assert {path.name: path.read_text() for path in (tmp_path / "in").iterdir()} == strange
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "compose.yaml": "mockai: 1\nexchanges: []\n"
    }


def test_a_legacy_recording_is_imported_with_a_note(tmp_path):
    source = vcr(tmp_path / "old.json", request='{"prompt": "Hi"}', answer='{"object": "text_completion"}')
    source.write_text(source.read_text().replace("/v1/chat/completions", "/v1/engines/davinci/completions"))
    [entry] = import_sources([source], tmp_path / "out").entries
    assert (entry.kept, entry.lost) == (1, ())
    assert entry.notes == {"not a route of today's API": 1}
    assert load(entry.cassette).exchanges[0].operation is None
