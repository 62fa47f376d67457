"""Assistants and their runs: which models they can be."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest
from . import rule

IDS = ("beta.assistants.create", "beta.assistants.update", "beta.threads.create_and_run", "beta.threads.runs.create")


def known_model(call: Call, body: dict[str, Any]) -> None:
    """The model exists and answers chats; on Azure a deployment may have any name."""
    name = body.get("model")
    model = catalogue.find(name) if name is not None else None
    if name is not None and model is None and not call.request.path.startswith("/openai/"):
        raise BadRequest(f"The requested model '{name}' does not exist.", param="model", code="model_not_found")
    if model is not None and not model.takes("chat"):
        words = f"The requested model '{name}' cannot be used with the Assistants API."
        raise BadRequest(words, param="model", code="unsupported_model")


for _id in IDS:
    rule(_id, "semantic")(known_model)
