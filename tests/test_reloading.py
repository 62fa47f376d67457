"""A stub file that changes while a server runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from asking import CHAT, said

from mockai import MockAI
from mockai.edges.asgi import App
from mockai.errors import StubError
from mockai.files.reloading import StubFile
from mockai.scopes import Scopes


class Watched:
    """A stub file, a server's scopes, and a clock that is put on by hand."""

    def __init__(self, file: Path) -> None:
        self.file, self.time, self.scopes = file, 0.0, Scopes(MockAI())
        self.write("first")
        self.stubs = StubFile(file, self.scopes, lambda: self.time)

    def write(self, words: str, more: str = "") -> None:
        self.file.write_text(f"- on: {CHAT}\n  reply: {words}\n{more}", "utf-8")
        os.utime(self.file, ns=(0, int(self.time * 1e9) + len(words)))

    def later(self) -> None:
        self.time += 1
        self.stubs()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "stubs.yaml")


def test_a_changed_file_is_read_again_in_every_scope(watched: Watched) -> None:
    one, other = watched.scopes.main, watched.scopes.get("other")
    one.on("models.list").fail(503)
    watched.write("second", "- inject: close\n  operation: models.list\n")
    watched.stubs()  # not a second later yet
    assert (said(one), said(other)) == ("first", "first")
    watched.later()
    assert (said(one), said(other)) == ("second", "second")
    assert [stub.operation for stub in one.stubs] == [CHAT, "models.list"]
    assert [str(each) for each in other.injections] == ["inject(close(), operation='models.list')"]
    watched.write("third")
    watched.later()
    assert (said(one), said(other), one.injections) == ("third", "third", [])
    assert said(watched.scopes.get("later")) == "third"


def test_what_has_not_changed_is_not_read_again(watched: Watched) -> None:
    stub = watched.scopes.main.stubs[0]
    watched.later()
    assert watched.scopes.main.stubs == [stub]


def test_a_broken_file_changes_nothing_and_says_so(
    watched: Watched, golden: Callable[[str, object], None], caplog: pytest.LogCaptureFixture
) -> None:
    mock = watched.scopes.main
    watched.write("second", "- on: chat.completion.create\n")
    watched.later()
    assert said(mock) == "first"
    golden("stubs-broken-later", mock.misses[0].replace(str(watched.file), "stubs.yaml"))
    assert mock.misses[0] in caplog.text
    watched.later()
    assert len(mock.misses) == 1
    watched.file.unlink()
    watched.later()
    assert (len(mock.misses), said(mock)) == (2, "first")
    watched.write("mended")
    watched.later()
    assert said(mock) == "mended"


def test_a_file_that_is_broken_from_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StubError):
        StubFile(tmp_path / "none.yaml", Scopes(MockAI()))


def test_a_server_looks_before_each_request(watched: Watched) -> None:
    app = App(watched.scopes, refresh=watched.stubs)

    async def ask() -> str:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://mockai/v1") as client:
            body = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi."}]}
            reply = await client.post("/chat/completions", json=body, headers={"authorization": "Bearer sk-test"})
            return str(reply.json()["choices"][0]["message"]["content"])

    assert asyncio.run(ask()) == "first"
    watched.write("second")
    watched.time += 1
    assert asyncio.run(ask()) == "second"
