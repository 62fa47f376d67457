"""Bodies that the API may answer with: what it says in the grammar of its endpoint, or whatever its schema allows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ..errors import StubError
from ..operations import Operation, operation
from ..registry import registry
from .asking import row_of
from .speaking import ASKED, SELDOM, answers, value_of
from .values import NAMES, TEXTS, Draw, Strategy, values

MADE = {"responses.retrieve": "responses.create", "beta.responses.retrieve": "beta.responses.create"} | {
    "beta.agents.sessions.events.stream": "beta.agents.sessions.create",
    "beta.chat.completions.create": "chat.completions.create",
}
"""Operations that give what another one has made."""

RESPONSES = ("responses.create", "beta.responses.create")

SPARE = (
    "service_tier", "system_fingerprint", "usage", "logprobs", "annotations", "refusal", "obfuscation", "moderation",
    "prompt_tokens_details", "completion_tokens_details", "top_logprobs", "bytes",
)  # fmt: skip
"""Members that some models and services leave out, or say are null; which of it, the schema decides."""

CHANGES = st.lists(st.tuples(st.sampled_from(SPARE), SELDOM), max_size=3)

MEANT: Mapping[str, Strategy] = {
    "id": st.text(NAMES, min_size=1, max_size=12),
    "created": st.integers(1_500_000_000, 2_000_000_000),
    "created_at": st.integers(1_500_000_000, 2_000_000_000),
    "b64_json": st.just("aGVsbG8="),
    "arguments": st.sampled_from(("{}", '{"city":"Zürich"}', "")),
}
"""What members of a name are, where their schema leaves it open."""

WRONG = st.fixed_dictionaries(
    {"code": st.sampled_from(("server_error", "rate_limit_exceeded", "invalid_prompt")), "message": TEXTS}
)


def responses(operation: Operation | str, /, **members: Strategy) -> Strategy:
    """Bodies that an operation may answer with, as JSON values: `mock.on(id).reply(exact=body)`.

    Every finish reason, status and kind of item; what may be null or missing is so at times. `members` say what stands
    in members of those names, at any depth. Raises StubError for an operation that does not exist, or has no JSON body.
    """
    row = row_of(operation, members)
    if row.result is None or row.answer != "json":
        raise StubError(f"{row.id} has no JSON body to draw. Draw its requests, or its errors.")
    id = MADE.get(row.id, row.id)
    if id in RESPONSES:
        found: Strategy = responded(id)
    elif id.startswith(("chat.", "completions.")) and id in ASKED:
        found = answers(id, False).map(value_of)
    else:
        return values(registry().schema(row.result, "produce"), {**MEANT, **members}, frozenset(members))
    return varied(row.result, found.map(lambda value: [value]), members).map(lambda made: made[0])


@st.composite
def responded(draw: Draw, id: str, ended: bool = False) -> Any:
    """A response: words, items of all kinds, and how it came out; `ended` leaves out those that are still worked on."""
    value = value_of(draw(answers(id, False)))
    items = draw(st.lists(_items(id), max_size=2))
    value["output"] += [_done(item, f"{item['type']}_{place}") for place, item in enumerate(items)]
    status = draw(st.sampled_from((None, None, "failed", *(() if ended else ("queued", "in_progress", "cancelled")))))
    if status is not None:
        value |= begun(value) | {"status": status, "error": draw(WRONG) if status == "failed" else None}
    return value


def begun(value: Mapping[str, Any]) -> dict[str, Any]:
    """A response as it is before anything has come of it."""
    nothing: dict[str, Any] = {"status": "in_progress", "output": [], "usage": None, "error": None}
    return {**value, **nothing, "incomplete_details": None, "completed_at": None}


@cache
def _items(id: str) -> Strategy:
    """The items of a response's output; those written in code have their code."""
    schema = registry().schema(operation(id).result or "", "produce")
    item = {**schema["properties"]["output"]["items"], "$defs": schema["$defs"]}
    return values(item, {**MEANT, "code": TEXTS}, frozenset({"code"}))


def _done(item: dict[str, Any], id: str) -> dict[str, Any]:
    return item | ({"id": id} if "id" in item else {}) | ({"status": "completed"} if "status" in item else {})


@st.composite
def varied(draw: Draw, schema: str, drawn: Strategy, members: Mapping[str, Strategy]) -> list[Any]:
    """Values of `schema`, with members left out, null, or as told, wherever the schema takes it."""
    made: list[Any] = draw(drawn)
    changes: list[tuple[str, dict[str, Any]]] = [(name, {name: None} if null else {}) for name, null in draw(CHANGES)]
    changes += [(name, {name: draw(each)}) for name, each in members.items()]
    for name, instead in changes:
        changed = [_with(value, name, instead) for value in made]
        if all(registry().valid(schema, value, "produce") for value in changed):
            made = changed
    return made


def _with(value: Any, name: str, instead: dict[str, Any]) -> Any:
    """A value with something else in place of its members of a name, at any depth."""
    if isinstance(value, list):
        return [_with(each, name, instead) for each in value]
    if not isinstance(value, dict):
        return value
    if name in value:
        value = {key: each for key, each in value.items() if key != name} | instead
    return {key: each if key == name else _with(each, name, instead) for key, each in value.items()}
