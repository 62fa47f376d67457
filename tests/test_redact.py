"""A key that is planted anywhere never reaches the disk: the written bytes are searched for it."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.clock import ManualClock
from mockai.errors import SecretFound
from mockai.files.recorder import Recorder
from mockai.files.redact import clean, clean_request, guard
from mockai.files.tape import load
from mockai.http import Break, Chunk, Exchange, Headers, Reply, Request
from mockai.match import key
from mockai.secrets import SHORTEST, forms, keys

KEY = "live+key/Zz0-0123456789abcdef"
OTHER = "sk-proj-" + "aB3dE6gH9jK2mN5pQ8sT" * 2
RAW = KEY.encode()
JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream"),)
GZIP: Headers = (*JSON, ("content-encoding", "gzip"))
TEXT: Headers = (("content-type", "text/plain"),)
UPLOAD: Headers = (("content-type", "multipart/form-data; boundary=b"),)
AUTH: Headers = (("authorization", f"Bearer {KEY}"), ("user-agent", "OpenAI/Python 3.52.0"))
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n%b\r\n--b\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n%b\r\n--b--\r\n'
)


def asked(
    body: bytes = b'{"model":"gpt-x"}', headers: Headers = JSON, path: str = "/v1/chat/completions", query: str = ""
) -> Request:
    return Request("POST", path, query, (*AUTH, *headers), body)


def answered(*pieces: bytes, headers: Headers = JSON, status: int = 200) -> Reply:
    return Reply(status, headers, tuple(Chunk(0.1, piece) for piece in pieces))


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(text: str, index: int = 0) -> bytes:
    return event({"choices": [{"index": index, "delta": {"content": text}}]})


def output(text: str, item: str) -> bytes:
    return event({"type": "response.output_text.delta", "item_id": item, "delta": text})


FINE = answered(b'{"ok":true}')
COMPRESSED_FORM = FORM % (b"x", gzip.compress(b"data " + RAW))
REPLACED = {
    "header": Exchange(asked(headers=(*JSON, ("x-key", KEY), ("openai-beta", KEY))), FINE),
    "query": Exchange(asked(query=f"api-key={quote(KEY, safe='')}&x={KEY}"), FINE),
    "path": Exchange(asked(path=f"/v1/files/{quote(KEY, safe='')}"), FINE),
    "json body": Exchange(asked(b'{"messages":[{"content":"my key is %b"}]}' % RAW), FINE),
    "slashes escaped": Exchange(asked(b"{}"), answered(json.dumps({"a": KEY}).encode())),
    "form": Exchange(asked(FORM % (RAW, b"\xff" * 2000 + RAW), UPLOAD), FINE),
    "response header": Exchange(asked(), answered(b"{}", headers=(("x-echo", f"Bearer {KEY}"), ("set-cookie", "a=b")))),
    "error text": Exchange(asked(), answered(b'{"error":{"message":"Wrong API key: %b."}}' % RAW, status=401)),
    "one event": Exchange(asked(), answered(delta(f"it is {KEY}"), headers=STREAM)),
    "across a cut": Exchange(asked(), answered(b"text: " + RAW[:9], RAW[9:] + b"!", headers=TEXT)),
    "across a cut of a stream": Exchange(asked(), answered(delta(KEY)[:70], delta(KEY)[70:], headers=STREAM)),
    "a key nobody named": Exchange(asked(b'{"tools":["%b"]}' % OTHER.encode()), answered(OTHER.encode())),
    "a large binary": Exchange(asked(), answered(b"\xff" * 3000 + RAW, headers=(("content-type", "audio/mpeg"),))),
}  # fmt: skip
REFUSED = {
    "gzip": Exchange(asked(), answered(gzip.compress(b'{"a":"%b"}' % RAW), headers=GZIP)),
    "brotli": Exchange(asked(), answered(brotli.compress(b"key %b" % RAW), headers=(("content-encoding", "br"),))),
    "gzip cut off": Exchange(asked(), answered(gzip.compress(RAW * 99)[:-9], headers=GZIP)),
    "gzip request": Exchange(asked(gzip.compress(RAW), GZIP), FINE),
    "two deltas": Exchange(asked(), answered(delta("it is " + KEY[:7]), delta(KEY[7:] + "."), headers=STREAM)),
    "many deltas, one choice of two": Exchange(
        asked(), answered(*(delta(text, n) for letter in KEY for n, text in ((0, "x"), (1, letter))), headers=STREAM)
    ),
    "deltas of one item among two": Exchange(
        asked(), answered(*(output(text, i) for text in (KEY[:5], KEY[5:]) for i in ("msg_1", "msg_2")), headers=STREAM)
    ),
    "deltas in gzip": Exchange(
        asked(), answered(gzip.compress(delta(KEY[:7]) + delta(KEY[7:])), headers=STREAM + GZIP[1:])
    ),
    "base64": Exchange(asked(), answered(b'{"a":"%b"}' % base64.b64encode(b"user:" + RAW))),
    "base64 in the request": Exchange(asked(b'{"file":"%b"}' % base64.urlsafe_b64encode(b"ab" + RAW + b"cd")), FINE),
    "JSON escapes": Exchange(asked(), answered(b'{"a":"\\u006c%b"}' % RAW[1:])),
    "JSON escapes in the request": Exchange(asked(b'{"a":"\\u006c%b"}' % RAW[1:]), FINE),
    "JSON escapes in a name": Exchange(asked(), answered(b'{"\\u006c%b":1}' % RAW[1:])),
    "JSON escapes in an event": Exchange(asked(), answered(b'data: {"a":"\\u006c%b"}\n\n' % RAW[1:], headers=STREAM)),
    "pieces that are not JSON": Exchange(
        asked(), answered(b"data: %b\n\ndata: %b\n\n" % (RAW[:9], RAW[9:]), headers=STREAM)
    ),
    "a coding nobody can undo": Exchange(
        asked(), answered(b"\x28\xb5\x2f\xfd", headers=(("content-encoding", "zstd"),))
    ),
    "gzip that is none": Exchange(asked(), answered(b"\x1f\x8b\x08\xff garbage", headers=GZIP)),
    "an upload that is no gzip": Exchange(asked(FORM % (b"x", b"\x1f\x8b\x08\xff"), UPLOAD), FINE),
    "a compressed upload": Exchange(asked(COMPRESSED_FORM, UPLOAD), FINE),
    "percent escapes": Exchange(asked(query="x=%6C" + KEY[1:]), FINE),
}  # fmt: skip


def written(folder: Path) -> bytes:
    """All bytes in a folder, whatever the file, and what gzip hides in side files."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def leaks(data: bytes) -> list[bytes]:
    spellings = [
        RAW,
        quote(KEY, safe="").encode(),
        base64.b64encode(RAW)[:-4],
        KEY.replace("/", "\\/").encode(),
        OTHER.encode(),
    ]
    return [spelling for spelling in spellings if spelling in data]


def recorder(folder: Path) -> Recorder:
    return Recorder(
        folder / "c.yaml",
        upstream=f"https://user:{quote(KEY, safe='')}@api.openai.com/v1?key={KEY}",
        clock=ManualClock(),
    )


@pytest.mark.parametrize("exchange", REPLACED.values(), ids=REPLACED)
def test_a_key_that_can_be_replaced_is(tmp_path: Path, exchange: Exchange) -> None:
    tape = recorder(tmp_path)
    tape.add(exchange)
    tape.close()
    assert leaks(written(tmp_path)) == []
    (kept,) = load(tmp_path / "c.yaml").exchanges
    assert len(kept.reply.content) == len(exchange.reply.content)
    assert "REDACTED" in written(tmp_path).decode("latin-1")
    assert load(tmp_path / "c.yaml").redacted["request_headers"] >= 2


@pytest.mark.parametrize("exchange", REFUSED.values(), ids=REFUSED)
def test_a_key_that_cannot_be_replaced_is_refused_and_the_others_are_kept(tmp_path: Path, exchange: Exchange) -> None:
    tape = recorder(tmp_path)
    tape.add(Exchange(asked(b'{"n":1}'), FINE))
    tape.add(exchange)
    with pytest.raises(SecretFound, match=r"nothing of it was written") as caught:
        tape.close()
    assert leaks(str(caught.value).encode()) == []
    assert leaks(written(tmp_path)) == []
    assert [kept.request.body for kept in load(tmp_path / "c.yaml").exchanges] == [b'{"n":1}']


def test_cuts_stay_where_they_were() -> None:
    cleaned, counts = clean(REPLACED["across a cut of a stream"])
    assert [len(step.data) for step in cleaned.reply.body if isinstance(step, Chunk)] == [70, len(delta(KEY)) - 70]
    assert counts == {"api_key": 1, "request_headers": 2}


@pytest.mark.parametrize("name", ["header", "query", "path", "json body", "form", "a key nobody named"])
def test_a_redacted_request_still_matches_the_same_request_with_another_key(name: str) -> None:
    recorded = clean(REPLACED[name])[0].request
    sent = REPLACED[name].request
    other = "another-key-of-another-length"
    replayed = Request(
        sent.method,
        *(text.replace(quote(KEY, safe=""), other).replace(KEY, other) for text in (sent.path, sent.query)),
        tuple((head, value.replace(KEY, other)) for head, value in sent.headers),
        sent.body.replace(RAW, other.encode()),
    )
    assert key(clean_request(replayed)[0]) == key(recorded)
    assert clean_request(recorded) == (recorded, Counter())


def test_what_needs_no_change_has_none() -> None:
    lying = answered(b'{"plain":"\\u00e9"}', headers=GZIP)
    broken = Request("POST", "/v1/files", "", UPLOAD, b"no form \\u00e9")
    cleaned, counts = clean(Exchange(broken, lying))
    assert cleaned == Exchange(broken, lying)
    assert not counts
    stream = Reply(200, STREAM, (Chunk(0, delta(KEY)), Break(1, "reset")))
    assert clean(Exchange(asked(), stream))[0].reply.body[-1] == Break(1, "reset")


def test_what_proves_who_asks() -> None:
    basic = base64.b64encode(b"user:pass-word-1").decode()
    headers = (("authorization", f"Basic {basic}"), ("api-key", "azure-key-0"), ("authorization", "Bearer short"))
    assert keys(Request("GET", "/", "sig=a%2Bbcdefgh&x=1", headers)) == (
        basic,
        "pass-word-1",
        "azure-key-0",
        "a+bcdefgh",
    )
    assert keys(Request("GET", "/", "", (("authorization", "Basic !"),))) == ()


def test_dummies_and_masked_keys_are_left_alone() -> None:
    text = b"sk-test, sk-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX, sk-ab****cd, sk-learn-makes-machine-learning-easy"
    exchange = Exchange(Request("POST", "/v1/x", "", (("authorization", "Bearer x"),), text), answered(text))
    cleaned, counts = clean(exchange)
    assert cleaned.request.body == text
    assert cleaned.reply.content == text
    assert counts == {"request_headers": 1}


@given(
    secret=st.text(min_size=SHORTEST, max_size=40).filter(lambda text: text.isprintable()),
    before=st.binary(max_size=5),
    after=st.binary(max_size=5),
)
def test_every_form_of_a_secret_is_found(secret: str, before: bytes, after: bytes) -> None:
    raw = secret.encode()
    for text in (raw, quote(secret).encode(), base64.b64encode(before + raw + after), json.dumps(secret).encode()):
        with pytest.raises(SecretFound):
            guard(b"x" + text + b"y", [secret], "here")
    assert all(len(text) >= SHORTEST for group in forms(secret) for text in group)


def test_a_key_that_becomes_known_later_is_looked_for_in_what_was_taken_before(tmp_path: Path) -> None:
    tape = recorder(tmp_path)
    tape.add(Exchange(Request("GET", "/v1/models"), answered(b"the next key will be %b" % RAW), at=1))
    tape.flush()
    tape.add(Exchange(asked(), FINE, at=2))
    with pytest.raises(SecretFound, match="about to be written"):
        tape.close()
