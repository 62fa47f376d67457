"""The process: its first line, its exit codes, its end."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from wires import Raw, ask, chat, environment, mockai, request

from mockai import MockAI, faults
from mockai.edges.asgi import App
from mockai.edges.connection import PROTOCOL
from mockai.edges.server import Server, bind, serving, url
from mockai.errors import EnvironmentFailed
from mockai.http import Chunk, Reply
from mockai.scopes import Scopes


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mockai.cli", *map(str, arguments)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=30, check=False)


def test_a_port_in_use_is_exit_3_with_a_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "--port", port)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        f"mockai: Port {port} on 127.0.0.1 is in use. Choose another with --port, or --port 0 for any free one.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("serve", "--host", "198.51.100.7", "--admin-token", "t", "--port", "0"),
            3,
            "Cannot listen on 198.51.100.7:0",
        ),
        (("serve", "--host", "0.0.0.0", "--port", "0"), 2, "--admin-token"),
        (("replay", "/nowhere/c.yaml", "--port", "0"), 2, "There is no cassette /nowhere/c.yaml"),
    ],
)
def test_what_cannot_be_served_is_said_without_a_traceback(arguments: tuple[str, ...], code: int, words: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert words in ended.stderr
    assert ended.stderr.startswith("mockai: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_server_with_0_although_clients_stay_connected(sign: int) -> None:
    with mockai("serve") as process, Raw(process.url) as raw:
        assert raw.ask("GET", "/v1/models").status == 200
        assert process.stop(sign) == 0


def test_clients_that_leave_say_nothing(tmp_path: Path) -> None:
    with mockai("record", "--upstream", "http://127.0.0.1:9/v1", "--to", tmp_path) as process:
        for part in (request("POST", "/v1/x", b"abc")[:-1], b"garbage\r\n\r\n", b"GET / HT"):
            with Raw(process.url) as raw:
                raw.send(part)
        assert ask(process.url, "any").status == 502


def test_a_server_in_a_thread_ends_with_its_block() -> None:
    before = set(threading.enumerate())  # a server that others share may run
    with MockAI() as mock:
        with mock.serve() as base:
            assert ask(base, "gpt-4o").status == 200
        with pytest.raises(ConnectionRefusedError):
            Raw(base)
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(PROTOCOL == "auto", reason="uvicorn speaks h11 here, whose connections are not ours")
def test_requests_are_not_logged_and_no_logger_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    access = logging.getLogger("uvicorn.access")
    monkeypatch.setattr(access, "propagate", True)
    with caplog.at_level(logging.INFO), serving(MockAI()) as base:
        assert ask(base, "gpt-4o").status == 200
    assert [record.name for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert access.propagate
    assert access.handlers == []


def test_a_port_in_use_is_told_to_python_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EnvironmentFailed, match="is in use"):
        MockAI().serve(port=taken.getsockname()[1]).__enter__()
    with pytest.raises(EnvironmentFailed, match="Cannot listen"):
        bind("127.0.0.1", 99999)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    try:
        listener = bind("::1", 0)
    except EnvironmentFailed as error:
        pytest.skip(str(error))
    with listener:
        assert url(listener) == f"http://[::1]:{listener.getsockname()[1]}/v1"


def test_several_scopes_are_served_at_once() -> None:
    main, other = MockAI(), MockAI()
    for mock, text in ((main, b"main"), (other, b"other")):
        reply = Reply(200, (), (Chunk(0, text),))
        mock.handle = lambda _, reply=reply: reply  # type: ignore[method-assign, misc]
    scopes = Scopes(main)
    scopes.open("o", other)
    with serving(scopes) as base, Raw(base) as raw:
        assert raw.ask("GET", "/v1/models").body == b"main"
        assert raw.ask("GET", "/t/o/v1/models").body == b"other"


def test_a_server_that_stops_waits_for_no_stall() -> None:
    mock, listener, started = MockAI(), bind("127.0.0.1", 0), threading.Event()
    mock.inject(faults.stall())
    server = Server(App(Scopes(mock)), started.set)
    server.config.timeout_graceful_shutdown = None  # it would wait for ever
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    started.wait()
    with Raw(url(listener)) as raw:
        raw.send(request("POST", "/v1/chat/completions", chat("any")))
        raw.until(b"200 OK")
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()
