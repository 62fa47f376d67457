"""Completions, embeddings and moderations: which models answer them, and which parameters go together."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..call import Call
from ..errors import BadRequest, Forbidden, NotFound
from . import rule


@rule("completions.create", "cross-field")
def together(_call: Call, body: dict[str, Any]) -> None:
    """Parameters that need or exclude another."""
    if body.get("stream_options") is not None and not body.get("stream"):
        words = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise BadRequest(words, param="stream_options")
    best_of, wanted = body.get("best_of"), body.get("n") or 1
    if best_of and best_of < wanted:
        hint = "(HINT: 'best_of' must be at least 'n', or left out.)"
        raise BadRequest(f"You requested that the server return more choices than it will generate {hint}")
    if (best_of or 1) > wanted and body.get("stream"):
        raise BadRequest("You cannot stream back results when 'best_of' is greater than 'n'.")


@rule("completions.create", "semantic")
def completing(call: Call, body: dict[str, Any]) -> None:
    """The model exists, completes texts, and takes what is asked of it."""
    model = _known(call, body["model"])
    if model is None:
        return
    if not model.takes("completions"):
        words = "This is a chat model and not supported in the v1/completions endpoint."
        raise NotFound(f"{words} Did you mean to use v1/chat/completions?", param="model")
    if model.family.name == "instruct" and body.get("echo") and body.get("logprobs") is not None:
        raise BadRequest("Setting 'echo' and 'logprobs' at the same time is not supported for this model.")
    if model.family.name != "instruct" and body.get("suffix"):
        raise BadRequest("This model does not support the 'suffix' parameter.", param="suffix")


@rule("embeddings.create", "semantic")
def embedding(call: Call, body: dict[str, Any]) -> None:
    """The model exists and makes embeddings."""
    model = _known(call, body["model"])
    if model is not None and not model.takes("embeddings"):
        raise Forbidden("You are not allowed to generate embeddings from this model")


@rule("moderations.create", "semantic")
def moderating(_call: Call, body: dict[str, Any]) -> None:
    """The model is one for moderation."""
    name = body.get("model")
    model = catalogue.find(name) if name else None
    if name and (model is None or not model.takes("moderation")):
        raise BadRequest(f"Invalid value for 'model' = {name}. Please check the OpenAI documentation and try again.")


def _known(call: Call, name: str) -> catalogue.Model | None:
    """The model called `name`; None for an Azure deployment of a name of its own. Raises NotFound for any other."""
    model = catalogue.find(name)
    if model is None and call.deployment is None and not call.request.path.startswith("/openai/"):
        words = f"The model `{name}` does not exist or you do not have access to it."
        raise NotFound(words, code="model_not_found")
    return model
