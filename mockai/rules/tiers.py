"""Tiers of service: who wants to wait for an answer, or to have it sooner, asks a model that has the tier.

Measured in August 2026 of four models, and reported since 2025: flex is for models that reason.
"""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from . import rule


@rule("beta.responses.create", "semantic")
@rule("responses.create", "semantic")
@rule("chat.completions.create", "semantic")
def known_tier(call: Call, body: dict[str, Any]) -> None:
    """Answers that may take their time are thought about."""
    model = catalogue.find(str(body.get("model")))
    if body.get("service_tier") == "flex" and model is not None and not model.reasoning and not call.azure:
        raise BadRequest("Invalid service_tier argument", param="service_tier")
