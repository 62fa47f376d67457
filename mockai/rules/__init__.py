"""What a schema cannot say of a request: fields that exclude each other, models that refuse a parameter.

A rule is a function that takes a Call whose body fits its schema and raises the ApiError that the API would answer
with; a look takes the mock as well, and raises what is said of objects that are not there. What is wrong with a single
parameter is told where the API looks at it: among what its schema says (`placed`), or in place of that (`retold`).
A family adds a module with its functions, each under the id of its operation; it is read when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..call import Call
from ..errors import ApiError
from ..operations import operation

if TYPE_CHECKING:
    from ..behaviours import Mock

Rule: TypeAlias = Callable[[Call, dict[str, Any]], None]
"""Looks at a call and its body (Azure's deployment filled in as the model) and raises what is wrong with it."""

Look: TypeAlias = "Callable[[Call, dict[str, Any], Mock], None]"
"""Looks for what a body names among the objects of a mock: behind what the API asks of any request (`cross-field`) and
before what it asks of this one's model (`semantic`), where nobody but the mock itself would answer."""

Placed: TypeAlias = Callable[[Call, dict[str, Any]], Iterator[ApiError]]
"""What is wrong with parameters one by one, beside what a schema says of them. The body may have any shape."""

Retold: TypeAlias = Callable[[Call, dict[str, Any], ApiError], ApiError | None]
"""What the API says where a schema has said something; None where a rule says it later."""

Kind: TypeAlias = Literal["first", "schema", "cross-field", "semantic", "last"]
"""From which level of admission on a rule holds; a schema's own where the API refuses in words of another kind.

The first hold from `cross-field` on, and before the schema: their bodies may have any shape. The last hold from
`schema` on, behind all others.
"""

MODULES = {
    "audio.speech.create": "validators audio",
    "audio.transcriptions.create": "validators audio",
    "audio.translations.create": "validators audio",
    "beta.agents.sessions.create": "agents",
    "beta.assistants.create": "assistants",
    "beta.assistants.update": "assistants",
    "beta.responses.compact": "responses_parts",
    "beta.responses.create": "responses_first responses_parts responses responses_items lookaround tiers seen",
    "beta.threads.create_and_run": "assistants",
    "beta.threads.runs.create": "assistants",
    "chat.completions.create": "chat_first chat chat_models tiers seen",
    "completions.create": "older",
    "embeddings.create": "validators older",
    "files.create": "files",
    "fine_tuning.jobs.create": "fine_tuning",
    "images.create_variation": "images",
    "images.edit": "images",
    "images.generate": "images",
    "moderations.create": "validators older",
    "responses.compact": "responses_parts",
    "responses.create": "responses_first responses_parts responses responses_items lookaround tiers seen",
    "uploads.create": "validators",
    "vector_stores.file_batches.create": "vector_stores",
}
"""Which modules of this package have the rules of which operation."""

_rules: dict[tuple[str, Kind], list[Rule]] = {}
_looks: dict[str, list[Look]] = {}
_placed: dict[tuple[str, Kind], list[Placed]] = {}
_retold: dict[str, Retold] = {}


def rule(operation_id: str, kind: Kind) -> Callable[[Rule], Rule]:
    """Register a function as a rule of one operation; a misspelled id fails at import, naming the nearest."""
    operation(operation_id)

    def register(function: Rule) -> Rule:
        _rules.setdefault((operation_id, kind), []).append(function)
        return function

    return register


def rules(operation_id: str, kind: Kind) -> list[Rule]:
    """The rules of an operation, in the order in which the API applies them."""
    _load(operation_id)
    return _rules.get((operation_id, kind), [])


def look(operation_id: str) -> Callable[[Look], Look]:
    """Register a function as a look of one operation; a misspelled id fails at import, naming the nearest."""
    operation(operation_id)

    def register(function: Look) -> Look:
        _looks.setdefault(operation_id, []).append(function)
        return function

    return register


def looks(operation_id: str) -> list[Look]:
    """The looks of an operation."""
    _load(operation_id)
    return _looks.get(operation_id, [])


def placing(operation_id: str, kind: Kind) -> Callable[[Placed], Placed]:
    """Register a function that finds faults of single parameters; a misspelled id fails at import."""
    operation(operation_id)

    def register(function: Placed) -> Placed:
        _placed.setdefault((operation_id, kind), []).append(function)
        return function

    return register


def placed(operation_id: str, kind: Kind) -> list[Placed]:
    """What finds faults of single parameters of an operation, beside its schema."""
    _load(operation_id)
    return _placed.get((operation_id, kind), [])


def retell(operation_id: str) -> Callable[[Retold], Retold]:
    """Register the function that says an operation's faults in other words; a misspelled id fails at import."""
    operation(operation_id)

    def register(function: Retold) -> Retold:
        _retold[operation_id] = function
        return function

    return register


def retold(operation_id: str) -> Retold | None:
    """What says the faults that a schema finds in other words, if anything does."""
    _load(operation_id)
    return _retold.get(operation_id)


@cache
def _load(operation_id: str) -> None:
    for module in MODULES.get(operation_id, "").split():
        import_module(f"{__name__}.{module}")
