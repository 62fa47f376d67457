"""Hand-written answers, where an operation's answer means something: found by the operation's id.

A module of this package registers its functions with `behaviour` and `renderer` when it is imported, and it is
imported only when one of its operations is asked for, so that a server starts without reading them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from ..call import Call
from ..clock import Clock
from ..http import Reply, Request

if TYPE_CHECKING:
    from ..journal import Journal
    from ..resources import Resource, ResourceStore
    from ..voice import Utterance, Voice


class Mock(Protocol):
    """What a behaviour may use of the mock it answers for."""

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def missing(self) -> Literal["error", "conjure"]:
        """Whether an id that was never created is an error or made up."""
        ...

    @property
    def speaker(self) -> Voice:
        """What is said when nobody has scripted it."""
        ...

    @property
    def resources(self) -> ResourceStore:
        """The objects that earlier calls have created."""
        ...

    @property
    def journal(self) -> Journal:
        """What was asked and answered so far."""
        ...

    def watch(self, resource: Resource) -> bool:
        """Let time pass for a client that keeps looking at `resource`; False once there is nothing left to look at."""
        ...

    def ask(self, request: Request) -> Reply:
        """Answer a request that is part of another one, such as a line of a batch, as if a client had sent it."""
        ...


Behaviour: TypeAlias = Callable[[Call, Mock], Reply]
"""The answer to a Call."""

Renderer: TypeAlias = "Callable[[Call, Sequence[Utterance], Mock], Reply]"
"""The answer that says given words, one Utterance a choice: what a stub uses that scripts words and not bytes."""

MODULES = {
    "admin.": "admin",
    "admin.organization.usage.": "usage",
    "audio.": "audio",
    "audio.transcriptions.": "transcriptions",
    "audio.translations.": "transcriptions",
    "batches.": "batches",
    "beta.agents.": "agents",
    "beta.agents.sessions.": "agent_sessions",
    "beta.assistants.": "assistants",
    "beta.chatkit.": "chatkit",
    "beta.realtime.": "realtime",
    "beta.responses.": "responses",
    "beta.threads.": "threads",
    "beta.threads.create_and_run": "runs",
    "beta.threads.messages.": "messages",
    "beta.threads.runs.": "runs",
    "beta.threads.runs.steps.": "run_steps",
    "chat.completions.": "chat",
    "completions.": "completions",
    "containers.": "containers",
    "content_provenance_checks.": "provenance",
    "conversations.": "conversations",
    "decisions.": "decisions",
    "embeddings.": "embeddings",
    "evals.": "evals",
    "evals.runs.": "eval_runs",
    "files.": "files",
    "fine_tuning.alpha.graders.": "graders",
    "fine_tuning.": "fine_tuning",
    "images.": "images",
    "live.": "live",
    "models.": "models",
    "moderations.": "moderations",
    "realtime.": "realtime",
    "responses.": "responses",
    "skills.": "skills",
    "uploads.": "uploads",
    "vector_stores.": "vector_stores",
    "vector_stores.file_batches.": "vector_batches",
    "vector_stores.files.": "vector_files",
    "vector_stores.search": "vector_search",
    "videos.": "videos",
    "webhooks.": "webhooks",
}
"""Which module of this package answers for which operations, by the beginning of their ids: every one that fits."""

_behaviours: dict[str, Behaviour] = {}
_renderers: dict[str, Renderer] = {}
_Function = TypeVar("_Function", bound="Callable[..., Reply]")


def behaviour(operation_id: str) -> Callable[[_Function], _Function]:
    """Register a function as the answer to one operation; a misspelled id fails at import, naming the nearest."""
    return _register(operation_id, _behaviours)


def renderer(operation_id: str) -> Callable[[_Function], _Function]:
    """Register a function as the one that says given words in the shape of one operation."""
    return _register(operation_id, _renderers)


def find(operation_id: str) -> Behaviour | None:
    """The behaviour of an operation, or None where there is none."""
    _load(operation_id)
    return _behaviours.get(operation_id)


def renderer_of(operation_id: str) -> Renderer | None:
    """The renderer of an operation, or None where its answers do not consist of words."""
    _load(operation_id)
    return _renderers.get(operation_id)


def _register(operation_id: str, table: dict[str, Callable[..., Reply]]) -> Callable[[_Function], _Function]:
    from ..operations import operation

    operation(operation_id)

    def register(function: _Function) -> _Function:
        table[operation_id] = function
        return function

    return register


@cache
def _load(operation_id: str) -> None:
    for start, module in MODULES.items():
        if operation_id.startswith(start):
            import_module(f"{__name__}.{module}")
