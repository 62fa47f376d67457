"""Embeddings: texts as vectors whose angles mean something (see `mockai.embedding`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from struct import pack
from typing import Any

from .. import catalogue, tokens
from ..answers import answer
from ..call import Call
from ..embedding import DIMENSIONS, embed
from ..errors import BadRequest
from ..http import Reply
from ..kinds import fields
from . import Mock, behaviour
from .chat_parts import named_model
from .letter import by_type
from .token_input import texts

MOST_TOKENS = 300_000
"""Tokens that all inputs of a request may have together, as the API says when it refuses more."""


@behaviour("embeddings.create")
def create(call: Call, mock: Mock) -> Reply:
    """A vector for each input, by what it means."""
    return placed(call, mock, lambda _index, text, model, dimensions: embed(text, model, dimensions))


def placed(call: Call, mock: Mock, vector: Callable[[int, str, str, int | None], list[float]]) -> Reply:
    """A vector for each input: `vector` gives that of the so-maniest text, for a model and a number of dimensions.

    Raises BadRequest for inputs without text or with too much of it, and for more dimensions than the model has.
    """
    body, model = fields(call), named_model(call)
    given = body["input"]
    inputs = texts(given, model, "input")
    used = counted(given, inputs, model)
    check_dimensions(body.get("dimensions"), model)
    packed = body.get("encoding_format") == "base64" and not by_type(mock)
    vectors = (vector(index, text, model, body.get("dimensions")) for index, text in enumerate(inputs))
    data = [
        {"object": "embedding", "index": index, "embedding": in_base64(each) if packed else each}
        for index, each in enumerate(vectors)
    ]
    return answer(
        {
            "object": "list",
            "data": data,
            "model": catalogue.answers_as(model),
            "usage": {"prompt_tokens": used, "total_tokens": used},
        },
        newline=True,
    )


def counted(given: Any, inputs: list[str], model: str) -> int:
    """How many tokens the inputs are. Raises BadRequest where one is empty or too long, or all together are."""
    if not all(inputs):
        where = f"input[{inputs.index('')}]" if isinstance(given, list) else "input"
        raise BadRequest(f"Invalid '{where}': input cannot be an empty string.", param="input")
    most = catalogue.like(model).context
    total = 0
    for used in _lengths(given, inputs, model):
        if 0 < most < used:
            words = f"This model's maximum context length is {most} tokens, however you requested {used} tokens"
            advice = "Please reduce your prompt; or completion length."
            raise BadRequest(f"{words} ({used} in your prompt; 0 for the completion). {advice}")
        total += used
    if total > MOST_TOKENS:
        kind = "max_tokens_per_request"
        raise BadRequest(f"Requested {total} tokens, max {MOST_TOKENS} tokens per request", type=kind, code=kind)
    return total


def _lengths(given: Any, inputs: list[str], model: str) -> Iterator[int]:
    """The tokens of each input: as many as were given where they were given as numbers."""
    if isinstance(given, list) and given and isinstance(given[0], int):
        given = [given]
    for index, text in enumerate(inputs):
        numbers = given[index] if isinstance(given, list) else None
        yield len(numbers) if isinstance(numbers, list) else tokens.count(text, model)


def check_dimensions(dimensions: int | None, model: str) -> None:
    """Raise BadRequest where a model cannot shorten its vectors, or has not that many dimensions."""
    most = DIMENSIONS.get(model)
    if dimensions is None or most is None:
        return
    if model == "text-embedding-ada-002":
        raise BadRequest("This model does not support specifying dimensions.")
    if dimensions > most:
        words = f"Invalid value for 'dimensions' = {dimensions}. Must be less than or equal to {most}."
        raise BadRequest(words)


def in_base64(vector: list[float]) -> str:
    """A vector as the API packs it: little-endian floats of four bytes, in base64."""
    return b64encode(pack(f"<{len(vector)}f", *vector)).decode()
