"""What a moderation finds in a chat and in its answer, where the request asks for one beside the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .moderations import judged

USUAL = "omni-moderation-latest"


def moderated(asked: Mapping[str, Any], topic: str, said: Sequence[str]) -> dict[str, Any]:
    """The `moderation` of a completion: a result for what was asked, and one for each choice."""
    model = asked.get("model") or USUAL
    return {"input": _results(model, [topic]), "output": _results(model, said)}


def _results(model: str, texts: Sequence[str]) -> dict[str, Any]:
    results = [{"type": "moderation_result", "model": model, **judged(text)} for text in texts]
    return {"type": "moderation_results", "model": model, "results": results}
