"""The list of models, and one of them: OpenAI's own, and what this server has fine-tuned."""

from __future__ import annotations

from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..errors import Forbidden, NotFound
from ..http import Chunk, Reply
from . import Mock, behaviour

PLACE = "/models"
"""Where the models stand that this server has fine-tuned."""

GONE = "/models/gone"
"""Where it is noted which fine-tunes were deleted: a name may mean one that was made elsewhere, until it is."""


@behaviour("models.list")
def list_models(_call: Call, mock: Mock) -> Reply:
    """Every model in service, and those fine-tuned here."""
    tuned = [resource.value for resource in mock.resources.all(PLACE)]
    return _json({"object": "list", "data": [*map(_model, catalogue.models()), *tuned]})


@behaviour("models.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """One model of the catalogue, retired ones and fine-tunes too; where unknown ids are conjured, any."""
    return _json(_found(call, mock))


@behaviour("models.delete")
def delete(call: Call, mock: Mock) -> Reply:
    """A fine-tune can be deleted; OpenAI's own models belong to someone else."""
    model = _found(call, mock)
    if ":" not in model["id"] and catalogue.find(model["id"]) is not None:
        raise Forbidden("You have insufficient permissions for this operation. Missing scopes: api.delete.")
    tuned = mock.resources.find(PLACE, model["id"])
    if tuned is not None:
        mock.resources.remove(tuned)
    mock.resources.add(GONE, {}, id=model["id"])
    return _json({"object": "model", "id": model["id"], "deleted": True})


def available(name: str, mock: Mock) -> None:
    """Raise the NotFound of the endpoints that ask a model, for a fine-tune that was deleted."""
    if ":" in name and mock.resources.find(GONE, name) is not None:
        words = f"The model `{name}` does not exist or you do not have access to it."
        raise NotFound(words, code="model_not_found")


def _found(call: Call, mock: Mock) -> dict[str, Any]:
    name = call.values["model"]
    tuned = mock.resources.find(PLACE, name)
    if tuned is not None:
        return tuned.value
    model = catalogue.find(name)
    if model is not None and mock.resources.find(GONE, name) is None:
        return _model(model)
    if mock.missing == "conjure":
        return {"id": name, "object": "model", "created": int(mock.clock.now()), "owned_by": "system"}
    raise NotFound(f"The model '{name}' does not exist", param="model", code="model_not_found")


def _model(model: catalogue.Model) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": model.owned_by}


def _json(value: Any) -> Reply:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(200, (("content-type", "application/json"),), (Chunk(0.0, body),))
