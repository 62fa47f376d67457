"""Several clients on one server, each with its own stubs, journal and state: `/t/{scope}/v1/…` or `X-Mockai-Scope`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .http import Request
from .mock import MockAI

PREFIX = "/t/"
HEADER = "x-mockai-scope"


@dataclass(slots=True)
class Scopes:
    """The mocks of one server by name; `main` answers where no scope is named.

    A scope nobody has opened begins with the options of `main`.
    """

    main: MockAI
    named: dict[str, MockAI] = field(default_factory=dict)

    def resolve(self, request: Request) -> tuple[MockAI, Request]:
        """The mock that a request is for, and the request without the scope in its path: a header names it then."""
        if request.path.startswith(PREFIX):
            name, slash, rest = request.path[len(PREFIX) :].partition("/")
            return self.get(name), replace(request, path=slash + rest, headers=((HEADER, name), *request.headers))
        name = request.header(HEADER) or ""
        return (self.get(name) if name else self.main), request

    def get(self, name: str) -> MockAI:
        """The scope of that name, opened if need be."""
        mock = self.named.get(name)
        if mock is None:
            self.open(name, mock := self.main.scope())
        return mock

    def open(self, name: str, mock: MockAI) -> None:
        """Let `mock` answer as this scope."""
        self.named[name], mock.connections = mock, self.main.connections

    def close(self, name: str) -> None:
        """Forget a scope."""
        self.named.pop(name, None)

    def all(self) -> list[MockAI]:
        """Every mock, `main` first."""
        return [self.main, *self.named.values()]
