"""What is a secret and what only stands for one; that every kind is known by its looks, and none is told."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from planted import BY_NAME, LETTERS, SECRETS, drawn

from mockai.cli import app
from mockai.errors import MockaiError
from mockai.files.redact import clean
from mockai.files.scanning import Outcome, scan_file
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.layers import Layer, layers
from mockai.leaks import KINDS, LABELS, TOLERATED, found, labelled, likely
from mockai.outline import of_json


@pytest.mark.parametrize("name", SECRETS)
def test_every_kind_is_known_by_its_looks(name):
    kind, secret = SECRETS[name]
    for text in (secret, f"it is {secret}.", f'"{secret}"', f"a={secret}&b"):
        (leak,) = found(text.encode())
        assert leak.kind.name == kind
        assert leak.secret.decode() in secret
        assert secret[-8:] not in leak.masked


def test_every_kind_has_a_planted_one_or_is_a_variant():
    planted = {kind for kind, _ in SECRETS.values()}
    named = {kind.name for kind in KINDS} - planted
    assert named == {
        "aws-secret", "digitalocean-token", "google-secret", "langfuse-key", "langsmith-key", "nvidia-key",
        "perplexity-key", "pinecone-key", "pypi-token", "replicate-token", "sendgrid-key", "tavily-key",
        "together-key", "xai-key",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("aws-secret", f"aws_secret_access_key = {drawn(60, 40, LETTERS + '/+')}"),
        ("azure-key", f"DefaultEndpointsProtocol=https;AccountKey={drawn(61, 86)}=="),
        ("azure-key", f"api-key: {drawn(62, 32, '0123456789abcdef')}"),
        ("digitalocean-token", f"dop_v1_{drawn(63, 64, '0123456789abcdef')}"),
        ("google-secret", f"GOCSPX-{drawn(64, 28)}"),
        ("langfuse-key", f"sk-lf-{drawn(65, 8, '0123456789abcdef')}-{drawn(66, 27, '0123456789abcdef')}"),
        ("langsmith-key", f"lsv2_pt_{drawn(67, 32)}_{drawn(68, 10)}"),
        ("nvidia-key", f"nvapi-{drawn(69, 64)}"),
        ("openai-key", f"sk-{drawn(70, 48)}"),
        ("perplexity-key", f"pplx-{drawn(71, 48)}"),
        ("pinecone-key", f"pcsk_{drawn(72, 60)}"),
        ("pypi-token", f"pypi-AgE{drawn(73, 120)}"),
        ("replicate-token", f"r8_{drawn(74, 37)}"),
        ("sendgrid-key", f"SG.{drawn(75, 22)}.{drawn(76, 43)}"),
        ("slack-token", f"xapp-1-{drawn(77, 40)}"),
        ("stripe-key", f"rk_live_{drawn(78, 24)}"),
        ("tavily-key", f"tvly-dev-{drawn(79, 32)}"),
        ("together-key", f"tgp_v1_{drawn(80, 43)}"),
        ("xai-key", f"xai-{drawn(81, 80)}"),
    ],
)
def test_other_keys_are_known_as_well(kind, text):
    assert [leak.kind.name for leak in found(text.encode())] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "sk-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "Bearer <OPENAI_ACCESS_TOKEN>",
        "Bearer test_openai_api_key",
        "Authorization: Bearer ${OPENAI_API_KEY}",
        "sk-proj-your-key-goes-here-0123456789",
        "sk-1234567890abcdef1234567890abcdef",
        "sk-fake-key-for-tests-only-0000000",
        "AKIAIOSFODNN7EXAMPLE",
        "org-XXXXXXXXXXXXXXXXXXXXXXXX",
        "proj_XXXXXXXXXXXXXXXXXXXXXXXX",
        "__cf_bm=REDACTED",
        "Incorrect API key provided: sk-inval**************-key.",
        "the WWW-Authenticate header says Bearer realm=x",
        "task-3f9c2a71b5d84e0fa3f9c2a71b5d84e0f",
        "disk-0123456789abcdef0123456789",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
        "X-Amz-Signature=XXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "gAAAAABpIDk" + drawn(90, 300) + "sk-" + drawn(91, 40),
        "ghp_short",
        "an organization: org-name",
        "eyJhbGciOiJIUzI1NiJ9",
    ],
)  # fmt: skip
def test_what_stands_for_a_secret_or_only_looks_like_one_is_none(text):
    assert list(found(text.encode())) == []


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_a_secret_by_its_name(name):
    header, value, kind = BY_NAME[name]
    (leak,) = labelled(header.upper().replace("-", "_"), value)
    assert leak.kind.name == kind
    assert value[-10:] not in leak.masked
    assert not list(labelled("content-type", value))


@pytest.mark.parametrize("value", ["", "XXXXXXXX", "<ORG>", "test-org", "REDACTED", "Bearer None", "fake"])
@pytest.mark.parametrize("name", sorted(LABELS))
def test_what_was_taken_out_is_none(name, value):
    assert list(labelled(name, value)) == []


@given(st.binary(max_size=400), st.sampled_from(sorted(SECRETS)))
def test_a_secret_is_found_within_any_bytes(noise, name):
    kind, secret = SECRETS[name]
    leaks = list(found(noise.replace(b"-", b" ") + b" " + secret.encode() + b" " + noise))
    assert kind in {leak.kind.name for leak in leaks}


@given(st.recursive(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()) | st.integers(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12),
       st.integers(0, 40))  # fmt: skip
def test_any_json_whole_or_cut_can_be_looked_into(value, cut):
    text = json.dumps(value)
    wanted = []

    def walk(inner):
        if isinstance(inner, str):
            wanted.append(inner)
        for child in inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ():
            walk(child)

    walk(value)
    told = [each.value for each in of_json(text)]
    assert not [each for each in wanted if each not in told]
    list(of_json(text[: len(text) - cut]))


@given(st.binary(max_size=300))
def test_layers_end_whatever_the_bytes_are(data):
    assert next(iter(layers(Layer(data)))).data == data
    assert len(list(layers(Layer(gzip.compress(data))))) >= 1


@given(st.binary(max_size=500))
def test_no_file_is_too_odd_to_be_searched(tmp_path_factory, data):
    for suffix in (".yaml", ".json", ".txt"):
        file = tmp_path_factory.getbasetemp() / f"odd{suffix}"
        file.write_bytes(data)
        assert scan_file(file).unread == ""


# -- what the command says


def scan(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["cassette", "scan", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    project, mail, azure = SECRETS["project key"][1], "ada@lovelace.org", BY_NAME["azure"][1]
    told = {"on": "responses.create", "headers": {"api-key": azure}, "reply": f"Ask {mail}\nwith {project}\n"}
    Path("stubs.yaml").write_text(f"# {SECRETS['github'][1]}\n" + yaml.dump([told], default_style="|"), "utf-8")
    lines = [{"note": "none"}, {"body": f"{project} and {project}"}, {"body": f"again {project}"}]
    Path("trace.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    Path("run.log").write_text(f"started\ncookie: sid={drawn(95, 24)}; theme=dark\n", "utf-8")
    Path("dump.gz").write_bytes(gzip.compress(f"Authorization: Basic {BY_NAME['basic'][1][6:]}".encode()))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_what_is_found_is_told_without_the_secret(golden):
    code, text = scan("stubs.yaml", "trace.jsonl", "run.log", "dump.gz")
    assert code == 1
    golden("cassette-scan", text)
    assert not [secret for _, secret in SECRETS.values() if secret in text]


@pytest.mark.usefixtures("folder")
def test_kinds_can_be_left_out_and_addresses_asked_for():
    told = json.loads(scan("stubs.yaml", "--emails", "--skip", "openai-key", "--skip", "github-token", "--json")[1])
    assert [(each["line"], each["kind"], each["masked"]) for each in told["findings"]] == [
        (4, "api-key", "… (32 characters)"),
        (8, "email", "…@lovelace.org (16 characters)"),
    ]
    with pytest.raises(MockaiError, match=r"There is no kind of secret 'openai'\. Did you mean openai-key\?"):
        scan("stubs.yaml", "--skip", "openai")
    with pytest.raises(MockaiError, match="There is no file or folder nowhere"):
        scan("nowhere")


def test_a_clean_folder_ends_with_0_and_git_is_passed_over(folder):
    for file in folder.iterdir():
        file.unlink()
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(SECRETS["github"][1])
    (folder / "a.txt").write_text("nothing\n")
    assert scan(".") == (0, "1 file: 0 secrets found.\n")


def test_a_file_that_cannot_be_read_is_told(folder, monkeypatch):
    (folder / "pipe").mkdir()
    assert Outcome((scan_file(folder / "pipe"),)).unread == (f"{folder / 'pipe'}: cannot be read (Is a directory).",)
    monkeypatch.setattr("mockai.files.scanning.LARGEST", 10)
    assert "not searched" in scan_file(folder / "run.log").unread


# -- what recording does with the same patterns


@pytest.mark.parametrize("name", SECRETS)
def test_a_key_of_any_kind_is_taken_out_before_it_is_written(name):
    kind, secret = SECRETS[name]
    said = json.dumps({"text": f"Use {secret} for it"}, ensure_ascii=False).encode()
    headers = (("content-type", "application/json"),)
    exchange = Exchange(Request("POST", "/v1/responses", "", headers, said), Reply(200, headers, (Chunk(0, said),)))
    cleaned, counts = clean(exchange)
    written = (cleaned.request.body, cleaned.reply.content)
    if kind in TOLERATED:
        assert written == (said, said), "an answer may hold these by right"
        return
    assert counts["api_key"] == 2
    assert len(written[1]) == len(said)
    if kind != "private-key":  # of which this one has no end
        assert not [body for body in written if secret[-12:].encode() in body]
    assert not any(likely(body) for body in written)


def test_a_private_key_goes_as_a_whole():
    lines = "\n".join([drawn(96, 64), drawn(97, 64), drawn(98, 20)])
    text = f"Here:\n-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\nDone."
    for data in (text.encode(), json.dumps(text).encode()):
        (leak,) = likely(data)
        assert leak.secret.endswith(b"-----END PRIVATE KEY-----")
        assert leak.secret.startswith(b"-----BEGIN")
