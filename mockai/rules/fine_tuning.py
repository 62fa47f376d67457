"""Fine-tuning: which models can be tuned, and by which method."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from . import rule

TUNABLE = frozenset(("gpt-3.5", "gpt-3.5-old", "gpt-4", "gpt-4o", "gpt-4.1", "completion"))
REASONING = "o4-mini"


@rule("fine_tuning.jobs.create", "semantic")
def tunable(_call: Call, body: dict[str, Any]) -> None:
    """The model exists and can be tuned; reasoning models learn by reinforcement alone, and they alone do."""
    name = str(body["model"])
    model = catalogue.find(name)
    reasons = name.removeprefix("ft:").startswith(REASONING)
    if model is None or not (model.family.name in TUNABLE or reasons):
        words = f"Model {name} is not available for fine-tuning or does not exist."
        raise BadRequest(words, code="model_not_available")
    method = (body.get("method") or {}).get("type") or "supervised"
    if reasons != (method == "reinforcement"):
        words = f"Model {name} does not support fine-tuning with the method '{method}'."
        raise BadRequest(words, param="method")
