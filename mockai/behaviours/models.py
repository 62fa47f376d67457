"""The list of models, and one of them: OpenAI's own, and what this server has fine-tuned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..errors import Forbidden, NotFound
from ..http import Chunk, Reply
from . import Mock, behaviour

PLACE = "/models"
"""Where the models stand that this server has fine-tuned."""

SHUTDOWNS = {
    "2024-09-13": "gpt-3.5-turbo-16k-0613",
    "2024-12-06": "gpt-4-vision-preview",
    "2025-07-28": "o1-preview",
    "2025-10-10": "gpt-4o-audio-preview-2024-10-01",
    "2025-10-27": "o1-mini",
    "2026-02-12": "codex-mini-latest",
    "2026-02-17": "chatgpt-4o-latest",
    "2026-03-26": "gpt-4-0125-preview gpt-4-turbo-preview gpt-4-0314",
    "2026-05-07": "gpt-4o-audio-preview gpt-4o-mini-audio-preview",
    "2026-05-12": "dall-e-2 dall-e-3",
    "2026-07-23": "gpt-5.1-codex gpt-5.1-chat-latest gpt-5-chat-latest gpt-4o-search-preview gpt-4o-mini-search-preview"
    " gpt-4o-mini-tts-2025-03-20",
    "2026-08-10": "gpt-5.3-chat-latest gpt-5.2-chat-latest",
    "2026-09-28": "gpt-3.5-turbo-1106",
    "2026-10-23": "gpt-4.1-nano o4-mini o3-mini o1 o1-pro gpt-4o-2024-05-13 gpt-4-turbo gpt-4-1106-preview gpt-4"
    " gpt-4-0613 gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-image-1",
    "2026-12-11": "gpt-5 gpt-5-mini gpt-5-nano o3",
    "2027-01-06": "tts-1 tts-1-hd gpt-4o-mini-tts",
    "2027-01-14": "gpt-4.1 gpt-4.1-mini gpt-4o gpt-4o-mini",
    "2027-01-20": "gpt-audio-mini gpt-realtime gpt-realtime-mini",
    "2027-02-26": "whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-transcribe-diarize",
    "2027-04-01": "gpt-5.4-nano gpt-5.1",
}
"""The day each model is shut down, as OpenAI's deprecations of autumn 2026 have it; dated snapshots go with theirs."""

GONE = "/models/gone"
"""Where it is noted which fine-tunes were deleted: a name may mean one that was made elsewhere, until it is."""


@behaviour("models.list")
def list_models(_call: Call, mock: Mock) -> Reply:
    """Every model in service, and those fine-tuned here."""
    tuned = [_lasting(resource.value) for resource in mock.resources.all(PLACE)]
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
        return _lasting(tuned.value)
    model = catalogue.find(name)
    if model is not None and mock.resources.find(GONE, name) is None:
        return _model(model)
    if mock.missing == "conjure":
        return _lasting({"id": name, "object": "model", "created": int(mock.clock.now()), "owned_by": "system"})
    raise NotFound(f"The model '{name}' does not exist", param="model", code="model_not_found")


def _lasting(model: Mapping[str, Any]) -> dict[str, Any]:
    """A model that nobody has announced the end of."""
    return {**model, "shutdown_date": None}


def _model(model: catalogue.Model) -> dict[str, Any]:
    ends = _shutdowns()
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": model.owned_by,
        "shutdown_date": ends.get(model.id) or ends.get(_DAY.sub("", model.id)),
    }


_DAY = re.compile(r"-\d{4}-\d\d-\d\d$")


@cache
def _shutdowns() -> Mapping[str, str]:
    return {name: day for day, names in SHUTDOWNS.items() for name in names.split()}


def _json(value: Any) -> Reply:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Reply(200, (("content-type", "application/json"),), (Chunk(0.0, body),))
