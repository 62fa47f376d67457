"""Moderations: what texts say that one would mind, in the categories of the model that is asked."""

from __future__ import annotations

from typing import Any

from .. import moderating
from ..answers import answer
from ..call import Call
from ..catalogue import answers_as
from ..dice import dice, token
from ..http import Reply
from ..kinds import fields
from . import Mock, behaviour

USUAL = "omni-moderation-latest"

SEEN = frozenset(("sexual", "self-harm", "self-harm/intent", "self-harm/instructions", "violence", "violence/graphic"))
"""The categories that pictures are looked at for."""

OLDER = (
    "sexual",
    "hate",
    "harassment",
    "self-harm",
    "sexual/minors",
    "hate/threatening",
    "violence/graphic",
    "self-harm/intent",
    "self-harm/instructions",
    "harassment/threatening",
    "violence",
)
"""The categories of the models before omni, which look at texts only, in the order of their answers."""


@behaviour("moderations.create")
def create(call: Call, _mock: Mock) -> Reply:
    """A result for each text; texts and pictures that come as parts have one together."""
    body = fields(call)
    model, given = body.get("model") or USUAL, body["input"]
    omni = not model.startswith("text-")
    texts = [given] if isinstance(given, str) else given
    if any(isinstance(each, dict) for each in texts):
        texts = [texts]
    rng = dice(call.seed, call.number)
    id = f"modr-{token(rng, 4, '0123456789') if omni else token(rng, 29)}"
    results = [judged(each) if omni else _older(judged(each)) for each in texts]
    return answer({"id": id, "model": answers_as(model), "results": results})


def judged(given: str | list[dict[str, Any]]) -> dict[str, Any]:
    """The result for a text or for the parts of one input; no picture is ever minded, as none can be seen here."""
    parts = [{"type": "text", "text": given}] if isinstance(given, str) else given
    texts = [str(part.get("text") or "") for part in parts if part.get("type") == "text"]
    pictured = len(texts) < len(parts)
    found = moderating.scores("\n".join(texts))
    applied = {
        category: [*(["text"] if texts else []), *(["image"] if pictured and category in SEEN else [])]
        for category in moderating.CATEGORIES
    }
    told = {category: score if applied[category] else 0.0 for category, score in found.items()}
    categories = {category: score >= moderating.FLAGGED for category, score in told.items()}
    return {
        "flagged": any(categories.values()),
        "categories": categories,
        "category_scores": told,
        "category_applied_input_types": applied,
    }


def _older(result: dict[str, Any]) -> dict[str, Any]:
    """A result as the models before omni put it."""
    categories = {category: result["categories"][category] for category in OLDER}
    told = {category: result["category_scores"][category] for category in OLDER}
    return {"flagged": any(categories.values()), "categories": categories, "category_scores": told}
