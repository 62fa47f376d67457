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
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from ..call import Call
from ..errors import ApiError
from ..operations import operation
from ..value import value

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

LEVELS: tuple[Kind, ...] = ("schema", "cross-field", "semantic")
"""The levels of admission, each with those before it."""

_RESPONSES = "responses_first responses_parts addresses responses responses_items lookaround tiers seen"

MODULES = {
    "audio.speech.create": "validators audio",
    "audio.transcriptions.create": "validators audio",
    "audio.translations.create": "validators audio",
    "beta.agents.sessions.create": "agents",
    "beta.assistants.create": "assistants",
    "beta.assistants.update": "assistants",
    "beta.responses.compact": "responses_parts",
    "beta.responses.create": _RESPONSES,
    "beta.threads.create_and_run": "assistants",
    "beta.threads.runs.create": "assistants",
    "chat.completions.create": "chat_first addresses chat chat_models tiers seen",
    "completions.create": "older",
    "embeddings.create": "validators older",
    "files.create": "files",
    "fine_tuning.jobs.create": "fine_tuning",
    "images.create_variation": "images",
    "images.edit": "images",
    "images.generate": "images",
    "moderations.create": "validators older",
    "responses.compact": "responses_parts",
    "responses.create": _RESPONSES,
    "uploads.create": "validators",
    "vector_stores.file_batches.create": "vector_stores",
}
"""Which modules of this package have the rules of which operation."""

F = TypeVar("F", bound=Callable[..., Any])

_functions: dict[tuple[str, str, Kind], list[Any]] = {}
"""What was registered, by the operation's id, the decorator's name and the kind."""


def rule(operation_id: str, kind: Kind) -> Callable[[Rule], Rule]:
    """Register a function as a rule of one operation; a misspelled id fails at import, naming the nearest."""
    return _registering("rule", operation_id, kind)


def look(operation_id: str) -> Callable[[Look], Look]:
    """Register a function as a look of one operation."""
    return _registering("look", operation_id, "semantic")


def placing(operation_id: str, kind: Kind) -> Callable[[Placed], Placed]:
    """Register a function that finds faults of single parameters of one operation."""
    return _registering("placing", operation_id, kind)


def retell(operation_id: str) -> Callable[[Retold], Retold]:
    """Register the function that says in other words what an operation's schema finds."""
    return _registering("retell", operation_id, "schema")


def _registering(form: str, operation_id: str, kind: Kind) -> Callable[[F], F]:
    operation(operation_id)

    def register(function: F) -> F:
        _functions.setdefault((operation_id, form, kind), []).append(function)
        return function

    return register


@value(frozen=True, slots=True)
class Course:
    """What is asked of the requests of an operation at one level of admission, in the order of its fields.

    What `placed` finds stands among what the schema finds, which `retold` puts in other words.
    """

    first: tuple[Rule, ...]
    placed: tuple[Placed, ...]
    retold: Retold | None
    rules: tuple[Rule, ...]
    looks: tuple[Look, ...]
    last: tuple[Rule, ...]


@cache
def course(operation_id: str, level: Kind) -> Course:
    """The course of an operation at `level`, which is one of LEVELS."""
    for module in MODULES.get(operation_id, "").split():
        import_module(f"{__name__}.{module}")
    levels = LEVELS[: LEVELS.index(level) + 1]

    def of(form: str, *kinds: Kind) -> tuple[Any, ...]:
        return tuple(each for kind in kinds for each in _functions.get((operation_id, form, kind), ()))

    return Course(
        first=of("rule", "first") if level != "schema" else (),
        placed=of("placing", *levels),
        retold=next(iter(of("retell", "schema")), None),
        rules=of("rule", *levels[:2]),
        looks=of("look", *levels[2:]),
        last=of("rule", *levels[2:], "last"),
    )
