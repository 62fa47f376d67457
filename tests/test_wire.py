"""The main promise, end to end with the real processes and the real SDKs: a replay is the recording is the upstream."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from local_upstream import Upstream, eight, scripts, serving
from wires import Answer, Raw, ask, chat, environment, mockai, request

from mockai import MockAI
from mockai.files.tape import load
from mockai.http import Break, Chunk

DRIVER = Path(__file__).with_name("sdk_driver.py")
STREAMS = ("pieces", "fin", "reset", "eof", "error-event", "gzip-stream", "br-stream", "unframed")
WHOLE = ("plain", "halves", "cut-short", "gzip", "br", "limited", "overloaded")
SDKS = {"3": None, "2": "openai-2", "1": "openai-1"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with serving(gap=0.002) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def recorded(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Answer]]:
    """A cassette with every script once, recorded by a raw client, and what that client heard."""
    path = tmp_path_factory.mktemp("tape") / "c.yaml"
    with mockai("record", "--upstream", upstream.url, "--to", path) as process:
        heard = {name: ask(process.url, name, name in STREAMS) for name in (*STREAMS, *WHOLE)}
    return path, heard


@contextmanager
def driver(sdk: str) -> Iterator[Callable[..., Any]]:
    """A process with the SDK of that major version; call it with `kind, where, *names`."""
    folder = SDKS[sdk]
    if folder is not None and not Path(sys.prefix, "sdk", folder).is_dir():
        pytest.skip(f"There is no {sys.prefix}/sdk/{folder}; `make test` puts it there.")
    with subprocess.Popen(
        [sys.executable, str(DRIVER)],
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline().startswith(f"{sdk}.")

        def drive(*asked: object) -> Any:
            print(json.dumps([str(word) for word in asked]), file=running.stdin, flush=True)
            return json.loads(running.stdout.readline())

        yield drive
        running.stdin.close()
    assert running.returncode == 0


@pytest.mark.parametrize("sdk", SDKS)
def test_an_sdk_sees_the_same_from_upstream_recorder_replay_and_in_process(
    sdk: str, upstream: Upstream, tmp_path: Path
) -> None:
    names = (*STREAMS, *WHOLE)
    path = tmp_path / "c.yaml"
    with driver(sdk) as drive:
        direct = drive("url", upstream.url, *names)
        with mockai("record", "--upstream", upstream.url, "--to", path) as process:
            recorded = drive("url", process.url, *names)
        with mockai("replay", path) as process:
            replayed = drive("url", process.url, *names)
        inside = drive("cassette", path, *names)
        proxied = drive("upstream", upstream.url, *names)
    for seen in (recorded, replayed, inside, proxied):
        assert seen == direct
    by_name = {seen["name"]: seen for seen in direct["sync"]}
    assert "".join(by_name["pieces"]["texts"]) == "Hello, café and more"
    assert by_name["fin"]["texts"] == ["Hel", "lo, "]
    assert by_name["fin"]["cause"] == "RemoteProtocolError"
    assert by_name["reset"]["cause"] == "ReadError"
    assert by_name["limited"]["headers"]["retry-after-ms"] == "12"
    assert by_name["limited"]["error"] == "RateLimitError"


def test_the_recorder_passes_on_every_piece_as_it_is(recorded: tuple[Path, dict[str, Answer]]) -> None:
    _, heard = recorded
    for name in STREAMS:
        script = scripts()[name]
        assert heard[name].body == b"".join(script.pieces), name
        if script.framing == "chunked":
            assert heard[name].pieces == list(script.pieces), name
        assert heard[name].ended == {"fin": "fin", "reset": "reset"}.get(script.ending, "end"), name
        assert set(script.headers) <= set(heard[name].headers), name
    assert [len(piece) for piece in heard["pieces"].pieces] == [len(piece) for piece in eight()]
    for name in WHOLE:
        script = scripts()[name]
        assert (heard[name].status, heard[name].body) == (script.status, b"".join(script.pieces)) or name == "cut-short"
        assert set(script.headers) <= set(heard[name].headers), name
        assert heard[name].header("x-mockai-source") == "upstream"


def test_the_cassette_holds_pieces_gaps_and_endings(recorded: tuple[Path, dict[str, Answer]]) -> None:
    path, _ = recorded
    tape = {json.loads(exchange.request.body)["model"]: exchange for exchange in load(path).exchanges}
    assert list(tape) == [*STREAMS, *WHOLE]
    text = path.read_text()
    assert [text.count(f"ended: {how}\n") for how in ("complete", "eof", "error_event")] == [4, 1, 1]
    assert text.count("ended: aborted") == 3
    for name in STREAMS:
        script, reply = scripts()[name], tape[name].reply
        pieces = [step.data for step in reply.body if isinstance(step, Chunk)]
        assert b"".join(pieces) == b"".join(script.pieces)
        if script.framing == "chunked":
            assert pieces == list(script.pieces)
        assert sum(step.after for step in reply.body) > 0
    assert tape["fin"].reply.body[4] == Break(tape["fin"].reply.body[4].after, "close")
    assert tape["reset"].reply.body[4] == Break(tape["reset"].reply.body[4].after, "reset")
    assert tape["limited"].reply.status == 429
    assert "café" in text
    assert "sk-none" not in text
    assert "127.0.0.1" not in text.split("exchanges:")[1]


@pytest.mark.parametrize("options", [("--exact-pieces",), ("--replay-speed", "recorded"), ("--replay-speed", "0.5")])
def test_a_replay_sends_the_same_pieces(options: tuple[str, ...], recorded: tuple[Path, dict[str, Answer]]) -> None:
    path, heard = recorded
    with mockai("replay", path, *options) as process:
        again = {name: ask(process.url, name, name in STREAMS) for name in (*STREAMS, *WHOLE)}
    for name, before in heard.items():
        assert again[name].status == before.status
        assert again[name].pieces == before.pieces, name
        assert again[name].ended == before.ended, name
        assert lasting(again[name]) == lasting(before), name
        assert again[name].header("x-mockai-source") == "cassette"


def test_an_instant_replay_sends_the_same_bytes_at_once(recorded: tuple[Path, dict[str, Answer]]) -> None:
    path, heard = recorded
    with mockai("replay", path) as process:
        for name, before in heard.items():
            again = ask(process.url, name, name in STREAMS)
            assert (again.status, again.body, again.ended) == (before.status, before.body, before.ended), name
            assert len(again.pieces) <= 1
            assert lasting(again) == lasting(before)


def lasting(answer: Answer) -> list[tuple[str, str]]:
    """The headers that do not say which mock answered, or how the body is framed: a replay knows its length."""
    framing = ("content-length", "transfer-encoding", "connection")
    return [pair for pair in answer.headers if not pair[0].startswith("x-mockai") and pair[0] not in framing]


def test_gaps_come_back_at_recorded_speed_as_data(recorded: tuple[Path, dict[str, Answer]]) -> None:
    path, _ = recorded
    taped = next(exchange for exchange in load(path).exchanges if b'"pieces"' in exchange.request.body)
    for speed, factor in (("recorded", 1), (0.5, 0.5)):
        with MockAI(cassette=path, replay_speed=speed) as mock:
            reply = mock.handle(taped.request)
        assert [step.after for step in reply.body] == [step.after * factor for step in taped.reply.body]  # type: ignore[union-attr]


def test_each_recording_answers_once_and_a_miss_explains_itself(recorded: tuple[Path, dict[str, Answer]]) -> None:
    path, _ = recorded
    with mockai("replay", path) as process:
        assert ask(process.url, "plain", False).json["choices"][0]["message"]["content"] == "café"
        again = ask(process.url, "plain", False)
        assert again.status == 404
        assert again.header("x-should-retry") == "false"
        assert again.json["error"]["code"] == "cassette_miss"
        assert "has been played already" in again.json["error"]["message"]
        other = ask(process.url, "plane", False).json["error"]["message"]
        assert other.count(str(path)) == 3
        assert "'plane'" in other
        with Raw(process.url) as raw:
            assert len(raw.ask("GET", "/__mockai/journal").json["misses"]) == 2
    with mockai("replay", path, "--allow-playback-repeats") as process:
        assert [ask(process.url, "plain", False).status for _ in range(3)] == [200, 200, 200]


@contextmanager
def recording(upstream: Upstream, path: Path, mode: str = "new_episodes") -> Iterator[str]:
    """A recorder in this process, while the block runs; gives its URL."""
    with MockAI(upstream=upstream.url, record_to=path, record_mode=mode) as mock, mock.serve() as url:
        yield url


@contextmanager
def replaying(path: Path) -> Iterator[str]:
    """A replay in this process, while the block runs; gives its URL."""
    with MockAI(cassette=path, unmatched="error", admission="off") as mock, mock.serve() as url:
        yield url


def test_any_path_and_method_is_proxied_and_replayed(upstream: Upstream, tmp_path: Path) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--b--\r\n'
    asked: list[tuple[str, str, bytes, dict[str, str]]] = [
        ("GET", "/v1/nobody/knows?a=1&a=2", b"", {}),
        ("GET", "/v1/plain", b"", {}),
        ("GET", "/somewhere/else", b"", {}),
        ("HEAD", "/v1/plain", b"", {}),
        ("DELETE", "/v1/files/deleted", b"", {}),
        ("POST", "/v1/plain", form, {"content_type": "multipart/form-data; boundary=b"}),
        ("POST", "/v1/plain", b"\xff\xfe{", {}),
        ("PATCH", "/v1/plain", b"[", {}),
    ]
    before_all = len(upstream.heard)
    with recording(upstream, tmp_path) as url, Raw(url) as raw:
        before = [raw.ask(method, path, body, **headers) for method, path, body, headers in asked]
    heard = upstream.heard[before_all:]
    assert [one.method for one in heard] == [method for method, *_ in asked]
    assert [one.target for one in heard][:3] == ["/v1/nobody/knows?a=1&a=2", "/v1/plain", "/v1/somewhere/else"]
    assert [one.body for one in heard] == [body for _, _, body, _ in asked]
    assert [answer.status for answer in before] == [404, 200, 404, 200, 204, 200, 200, 200]
    with replaying(tmp_path) as url, Raw(url) as raw:
        again = [raw.ask(method, path, body, **headers) for method, path, body, headers in asked]
    assert [(answer.status, answer.body) for answer in again] == [(answer.status, answer.body) for answer in before]
    assert [lasting(answer) for answer in again] == [lasting(answer) for answer in before]


def test_a_redirect_is_passed_on_and_kept(upstream: Upstream, tmp_path: Path) -> None:
    with recording(upstream, tmp_path) as url:
        assert ask(url, "moved").header("location") == "/v1/chat/completions"
    with replaying(tmp_path) as url:
        again = ask(url, "moved")
    assert (again.status, again.header("location")) == (307, "/v1/chat/completions")


def test_the_upstream_hears_what_the_client_sent_and_nothing_of_others(upstream: Upstream, tmp_path: Path) -> None:
    with recording(upstream, tmp_path) as url:
        cookies = ask(url, "cookie", False, cookie="mine=1").headers
        ask(url, "plain", False, accept_encoding="gzip, zstd, br;q=0.5", x_mockai_seed="3", x_own="1")
    assert [value for name, value in cookies if name == "set-cookie"] == ["a=1; Path=/", "b=2"]
    first, second = upstream.heard[-2:]
    assert first.headers["cookie"] == "mine=1"
    assert "cookie" not in second.headers
    assert second.headers["authorization"] == "Bearer sk-none"
    assert second.headers["accept-encoding"] == "gzip, br;q=0.5"
    assert second.headers["x-own"] == "1"
    assert "x-mockai-seed" not in second.headers
    assert second.headers["host"] in upstream.url


def test_a_second_run_appends_and_answers_what_it_knows(upstream: Upstream, tmp_path: Path) -> None:
    def run(*names: str, mode: str) -> list[str | None]:
        with recording(upstream, tmp_path / "c.yaml", mode) as url:
            return [ask(url, name, name in STREAMS).header("x-mockai-source") for name in names]

    def taped() -> list[str]:
        return [json.loads(one.request.body)["model"] for one in load(tmp_path / "c.yaml").exchanges]

    assert run("plain", "limited", mode="once") == ["upstream", "upstream"]
    assert run("plain", "gzip", mode="once") == ["cassette", "mockai"]
    assert taped() == ["plain", "limited"]
    assert run("plain", "plain", "gzip", mode="new_episodes") == ["cassette", "upstream", "upstream"]
    assert taped() == ["plain", "limited", "plain", "gzip"]
    assert run("plain", mode="all") == ["upstream"]
    assert taped() == ["limited", "gzip", "plain"]
    assert run("br", mode="rewrite") == ["upstream"]
    assert taped() == ["br"]


def test_what_one_client_leaves_unheard_is_taped_whole(upstream: Upstream, tmp_path: Path) -> None:
    with mockai("record", "--upstream", upstream.url, "--to", tmp_path / "c.yaml") as process:
        with Raw(process.url) as raw:
            raw.send(request_for("slow"))
            raw.until(b"Hel")
        with Raw(process.url) as raw:
            raw.send(request_for("slow"))
        assert ask(process.url, "plain", False).status == 200
    taped = load(tmp_path / "c.yaml").exchanges
    assert len(taped) == 3
    for exchange in taped:
        if b'"slow"' in exchange.request.body:
            assert [step.data for step in exchange.reply.body if isinstance(step, Chunk)] == list(eight())


def request_for(model: str) -> bytes:
    return request("POST", "/v1/chat/completions", chat(model))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_open_stream_end(sign: int, upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with mockai("record", "--upstream", upstream.url, "--to", path) as process, Raw(process.url) as raw:
        raw.send(request_for("slow"))
        raw.until(b"Hel")
        process.running.send_signal(sign)
        raw.until(b"[DONE]")
        assert process.end() == 0
    with mockai("replay", path, "--replay-speed", "recorded") as process, Raw(process.url) as raw:
        raw.send(request_for("slow"))
        raw.until(b"Hel")
        process.running.send_signal(sign)
        raw.until(b"[DONE]\n\n\r\n0\r\n\r\n")
        assert process.end() == 0
