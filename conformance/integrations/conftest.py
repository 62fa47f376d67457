"""A scope of its own on the running server for each test, with the environment in which clients find it."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Mock:
    """One scope of a server: `root` is its address without the API's version."""

    root: str

    def on(self, operation: str, /, where: dict[str, Any] | None = None, **answer: Any) -> None:
        """Declare a stub in the words of a stub file: `on("responses.create", reply="Hello!")`."""
        self._control("stubs", {"on": operation, "where": where or {}, **answer})

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """The bodies of the requests so far."""
        exchanges = self._control(f"journal?operation={operation}")["exchanges"]
        return [json.loads(each["request"]["body"]) for each in exchanges]

    def unused(self) -> list[str]:
        """The stubs that nothing asked for."""
        return [each["stub"] for each in self._control("stubs")["stubs"] if not each["used"]]

    def _control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with DIRECT.open(urllib.request.Request(f"{self.root}/__mockai/{path}", data), timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(autouse=True)
def mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """A fresh scope; a stub that was not used fails the test at its end."""
    name = re.sub(r"\W+", "-", f"{request.module.__name__}-{request.node.name}")
    mock = Mock(f"{os.environ['MOCKAI_URL'].removesuffix('/v1')}/t/{name}")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{mock.root}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mockai")
    yield mock
    assert mock.unused() == []
