"""A request that has been understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from .http import Reply, Request
from .value import value

if TYPE_CHECKING:
    from .faults import Fault
    from .operations import Operation


AZURE = ("openai/", "models/chat/")
"""Beginnings of Azure's own paths."""


@value(frozen=True, slots=True)
class Call:
    """A Request whose operation, path values and body are known.

    `operation` is None for a path that is not in the API (a proxy passes those on, too).
    `body` is the parsed JSON; a tuple of multipart Parts; or None where there is no body or it is not JSON.
    `deployment` is Azure's, from the path; `media` is the content type of the body as sent;
    `number` counts the calls of the scope from 1; `seed` rules every choice.
    """

    request: Request
    operation: Operation | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    deployment: str | None = None
    number: int = 0
    seed: int = 0
    media: str = ""
    keys: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The match keys computed so far, by the name of their rule (see `mockai.match.key_of`)."""
    counted: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    """How many tokens its prompt has, by the model that was asked about."""

    @property
    def name(self) -> str:
        """The operation's id, or method and path where there is none: what messages call this call."""
        return self.operation.id if self.operation else f"{self.request.method} {self.request.path}"

    @property
    def azure(self) -> bool:
        """Whether it came by one of Azure's paths: a deployment's, or below `/openai`."""
        path = self.request.path
        return self.deployment is not None or (not path.startswith("/v1/") and path.lstrip("/").startswith(AZURE))


@value(frozen=True, slots=True)
class Forward:
    """The core's only way to want IO: an edge sends `call.request` to the upstream at `base`, a URL.

    The edge plays the answer to the client as it comes and hands the whole of it to `MockAI.finish`. Where `faults`
    strike, it is heard to its end first, and then played as `finish` gives it back.
    """

    call: Call
    base: str
    faults: tuple[Fault, ...] = ()


@value(frozen=True, slots=True)
class Decision:
    """What answers a call, and which source it came from (`stub`, `cassette`, `upstream`, `behaviour`, …).

    `faults` are those that the source itself asks for.
    """

    source: str
    answer: Reply | Forward
    faults: tuple[Fault, ...] = ()
