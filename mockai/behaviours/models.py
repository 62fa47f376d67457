"""The list of models, and one of them."""

from __future__ import annotations

from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..errors import Forbidden, NotFound
from ..http import Chunk, Reply
from . import Mock, behaviour


@behaviour("models.list")
def list_models(_call: Call, _mock: Mock) -> Reply:
    """Every model in service."""
    return _json({"object": "list", "data": [_model(model) for model in catalogue.models()]})


@behaviour("models.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """One model of the catalogue, retired ones and fine-tunes too; where unknown ids are conjured, any."""
    return _json(_found(call, mock))


@behaviour("models.delete")
def delete(call: Call, mock: Mock) -> Reply:
    """A fine-tune can be deleted; OpenAI's own models belong to someone else."""
    model = _found(call, mock)
    if ":" not in model["id"]:
        raise Forbidden("You have insufficient permissions for this operation. Missing scopes: api.delete.")
    return _json({"object": "model", "id": model["id"], "deleted": True})


def _found(call: Call, mock: Mock) -> dict[str, Any]:
    name = call.values["model"]
    model = catalogue.find(name)
    if model is not None:
        return _model(model)
    if mock.missing == "conjure":
        return {"id": name, "object": "model", "created": int(mock.clock.now()), "owned_by": "system"}
    raise NotFound(f"The model '{name}' does not exist", param="model", code="model_not_found")


def _model(model: catalogue.Model) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": model.owned_by}


def _json(value: Any) -> Reply:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(200, (("content-type", "application/json"),), (Chunk(0.0, body),))
