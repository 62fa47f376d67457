"""Searches: the passages of vector stores that are nearest to a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

from .. import kinds
from ..answers import answer
from ..attributes import passes
from ..call import Call
from ..chunking import MODEL
from ..collection import collections
from ..embedding import embed, keywords, similarity
from ..http import Reply
from ..resources import Resource
from ..value import value
from . import Mock, behaviour
from .vector_files import passages, store_of
from .vector_state import files_of, used
from .vector_stores import PLACE

MOST_RESULTS = 10
"""Passages found where a request does not say how many it wants."""

DIMENSIONS = 1024
"""The components of a passage's vector."""


@value(frozen=True, slots=True)
class Hit:
    """A passage that was found: its `score` is from 0 to 1, `attributes` are those of its file in the store."""

    score: float
    file_id: str
    filename: str
    text: str
    attributes: Mapping[str, Any]
    vector_store_id: str


@behaviour("vector_stores.search")
def find(call: Call, mock: Mock) -> Reply:
    """The passages of a store that are nearest to one of the queries, the nearest first."""
    body, store = kinds.fields(call), store_of(call, mock)
    asked = body["query"]
    queries = [asked] if isinstance(asked, str) else list(asked)
    if body.get("rewrite_query"):
        queries = [keywords(query) or query for query in queries]
    used(mock, store)
    hits = search(
        mock,
        [store.id],
        queries,
        most=body.get("max_num_results") or MOST_RESULTS,
        filters=body.get("filters"),
        threshold=(body.get("ranking_options") or {}).get("score_threshold") or 0.0,
    )
    data = [
        {
            "file_id": hit.file_id,
            "filename": hit.filename,
            "score": hit.score,
            "attributes": hit.attributes,
            "content": [{"type": "text", "text": hit.text}],
        }
        for hit in hits
    ]
    return answer(
        {
            "object": "vector_store.search_results.page",
            "search_query": queries,
            "data": data,
            "has_more": False,
            "next_page": None,
        }
    )


def search(
    mock: Mock,
    vector_store_ids: Iterable[str],
    queries: Sequence[str],
    *,
    most: int = MOST_RESULTS,
    filters: Mapping[str, Any] | None = None,
    threshold: float = 0.0,
) -> list[Hit]:
    """The `most` passages of several stores with the best scores for any of the queries, from `threshold` on.

    `filters` is the API's filter by the attributes of files. Raises NotFound for a store that does not exist (where
    unknown ids are conjured, it has no passages), and BadRequest for one that is expired.
    """
    asked = [embed(query, MODEL, DIMENSIONS) for query in queries]
    hits: list[Hit] = []
    for id in vector_store_ids:
        store = mock.resources.find(PLACE, id)
        if store is None:
            if mock.missing == "error":
                raise collections()[PLACE].not_found(id)
            continue
        used(mock, store)
        for file in files_of(mock, store):
            if file.value["status"] == "completed" and passes(file.value["attributes"] or {}, filters):
                hits += _hits(file, asked, id)
    best = sorted((hit for hit in hits if hit.score >= threshold), key=lambda hit: -hit.score)
    return best[:most]


def _hits(file: Resource, asked: Sequence[Sequence[float]], store: str) -> list[Hit]:
    texts = passages(file)
    vectors = file.private.get("vectors")
    if vectors is None:
        vectors = file.private["vectors"] = [embed(text, MODEL, DIMENSIONS) for text in texts]
    name, attributes = file.private.get("filename", ""), file.value["attributes"] or {}
    return [
        Hit(max((_score(vector, one) for one in asked), default=0.0), file.id, name, text, attributes, store)
        for text, vector in zip(texts, vectors, strict=True)
    ]


def _score(passage: Sequence[float], question: Sequence[float]) -> float:
    """How near two vectors are, from 0 to 1: the root of their cosine, as few words never weigh much in a passage."""
    return round(sqrt(min(max(similarity(passage, question), 0.0), 1.0)), 6)
