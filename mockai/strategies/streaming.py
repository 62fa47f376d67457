"""Streams that the API may answer with: lists of events in its grammar and its order."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ..behaviours.responses_stream import events as told
from ..errors import StubError
from ..operations import Operation, operation
from ..registry import registry
from .answering import MADE, MEANT, RESPONSES, begun, responded, varied
from .asking import row_of
from .speaking import ASKED, answers, events_of
from .values import Draw, Strategy, values

PICTURES = {"images.generate": "image_generation", "images.edit": "image_edit"}


def streams(operation: Operation | str, /, **members: Strategy) -> st.SearchStrategy[list[Any]]:
    """Streams of an operation, as lists of events: `mock.on(id, stream=True).reply(exact=events)`.

    Chat: the role first, deltas, a finish reason for each choice, perhaps usage. Responses: numbered from `created` to
    `completed`, `incomplete` or `failed`. Events of the assistants' runs are `{event, data}`. `[DONE]` is no value, and
    is added where the list is written. `members` say what stands in members of those names, at any depth.
    Raises StubError for an operation that does not exist, or does not stream over HTTP.
    """
    row = row_of(operation, members)
    if row.stream is None or row.answer == "websocket":
        raise StubError(f"{row.id} does not stream over HTTP. Draw its requests, or its errors.")
    id = MADE.get(row.id, row.id)
    found: Strategy = _pictures(id) if id in PICTURES else answers(id, True).map(events_of)
    if id in RESPONSES:
        found |= _happened(id)
    if id == "chat.completions.create":
        found = _turned(found)
    return varied(row.stream, found, members)


def streamed(operation: Operation) -> bool:
    """Whether there are streams of an operation."""
    id = MADE.get(operation.id, operation.id)
    return operation.stream is not None and (id in PICTURES or id in ASKED or id.endswith(".submit_tool_outputs"))


@st.composite
def _happened(draw: Draw, id: str) -> list[Any]:
    """All that happens to a response with items of any kind."""
    final = draw(responded(id, ended=True))
    return [*told(begun(final), final, model=final["model"], padded=draw(st.booleans()))]


@st.composite
def _turned(draw: Draw, drawn: Strategy) -> list[Any]:
    """Chunks of a chat, one choice after the other instead of by turns, and with deltas of nothing among them."""
    chunks = draw(drawn)
    if draw(st.booleans()):
        chunks = sorted(chunks, key=lambda chunk: chunk["choices"][0]["index"] if chunk["choices"] else 99)
    going = [at for at, chunk in enumerate(chunks) if chunk["choices"] and "role" not in chunk["choices"][0]["delta"]]
    for at in sorted(draw(st.lists(st.sampled_from(going), max_size=2)), reverse=True) if going else ():
        chunk = chunks[at]
        choice = {**chunk["choices"][0], "delta": {}, "finish_reason": None}
        chunks.insert(at, {**chunk, "choices": [choice | ({"logprobs": None} if "logprobs" in choice else {})]})
    return list(chunks)


@st.composite
def _pictures(draw: Draw, id: str) -> list[Any]:
    """A picture on its way: up to three looks at it, and what it has become."""
    schema = registry().schema(operation(id).stream or "", "produce")
    kinds = {each["properties"]["type"]["const"]: each for each in schema["$defs"].values() if _typed(each)}
    made = {kind: values({**each, "$defs": schema["$defs"]}, MEANT, frozenset()) for kind, each in kinds.items()}
    looks = draw(st.lists(made[f"{PICTURES[id]}.partial_image"], max_size=3))
    return [
        *({**look, "partial_image_index": place} for place, look in enumerate(looks)),
        draw(made[f"{PICTURES[id]}.completed"]),
    ]


def _typed(schema: Any) -> bool:
    return "const" in schema.get("properties", {}).get("type", {})
