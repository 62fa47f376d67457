"""Admission: whether the API would take a request, asked before anything answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import rules
from .call import Call
from .errors import ApiError, BadRequest, PayloadTooLarge

if TYPE_CHECKING:
    from .behaviours import Mock
    from .operations import Operation
    from .registry import SchemaRegistry

Admission: TypeAlias = Literal["off", "schema", "cross-field", "semantic"]
"""How strictly requests are read, each level with those before it.

`schema`: types, required and unknown parameters, ranges. `cross-field`: parameters that need or exclude each other.
`semantic`: models that exist and take what is asked of them, messages that may follow each other.
"""

NAMELESS = frozenset(("chat.completions.create", "completions.create", "embeddings.create"))
"""Operations whose gateway asks for a model before anyone reads the rest, in words of its own."""

FIRST = ("missing_required_parameter", "unknown_parameter")
"""Faults of whole parameters that are told before those of any value."""

HEARD = frozenset(("audio.speech.create", "audio.transcriptions.create", "audio.translations.create"))
"""Operations of sounds, whose gateway asks for a model first, too."""

MOST_BYTES = 512 << 20
"""The most bytes of a request that is no form (the guide to images; forms have a limit for each of their files)."""

OFFER = "application/sdp"
"""What a realtime call's body is that is no form: the offer itself."""

URL_FIELDS = frozenset(("api-version", "beta"))
"""Query fields of the route and not of the operation: Azure's version, and the switch to a beta twin."""


def admit(call: Call, level: Admission, mock: Mock | None = None) -> None:
    """Raise what the API says to a request it does not take: BadRequest mostly, NotFound for an unknown model.

    A call without an operation, and a body of a media type that no schema describes, are let through. `mock` is the one
    whose objects the request can name, where nobody else knows any.
    """
    row = call.operation
    if level == "off" or row is None or row.kind == "websocket":
        return
    fields = query_of(call, row)
    if row.query is not None and fields is not None:
        for error in _found(row.query, fields):
            raise error
    body = body_of(call, row)
    if body is None or row.body is None:
        return
    if row.id in NAMELESS or row.id in HEARD:
        if not body.get("model"):
            raise BadRequest("you must provide a model parameter")
        if not isinstance(body["model"], str):
            raise _unreadable()
    course = rules.course(row.id, level)
    for rule in course.first:
        rule(call, body)
    for error in _faults(call, body, row.body, course):
        raise error
    for rule in course.rules:
        rule(call, body)
    if mock is not None:
        for look in course.looks:
            look(call, body, mock)
    for rule in course.last:
        rule(call, body)


def _faults(call: Call, body: dict[str, Any], name: str, course: rules.Course) -> Sequence[ApiError]:
    """What is wrong with the parameters of a body, in the order in which the API looks at them."""
    placed = [error for placing in course.placed for error in placing(call, body)]
    found = _found(name, body)
    if found and course.retold is not None:
        retold = (course.retold(call, body, error) for error in found)
        found = [error for error in retold if error is not None]
    if not placed:
        return found
    from .expected import Resolver

    schema = _registry().schema(name)
    plain: Any = Resolver(schema).plain(schema)
    order = {field: place for place, field in enumerate(plain["properties"])}
    return sorted((*placed, *found), key=lambda error: _place(error, order))


def _place(error: ApiError, order: Mapping[str, int]) -> int:
    """Where among the parameters a fault is told: before all others what must be there, and what there is not."""
    param, code = str(error.error["param"]), error.error["code"]
    if param.isidentifier() and code in FIRST:
        return FIRST.index(code) - len(FIRST)
    return order.get(re.split(r"[.\[]", param)[0], 0)


def _found(name: str, value: dict[str, Any]) -> Sequence[ApiError]:
    """What is wrong with a value by the schema called `name`, in the order in which the API tells it."""
    registry = _registry()
    if registry.valid(name, value):
        return ()
    from .complaint import complaints

    return complaints(registry.schema(name), value, registry.validator(name))


@cache
def _registry() -> SchemaRegistry:
    """The schemas: imported when a request is first held against one, as a replay has none."""
    from .registry import registry

    return registry()


def query_of(call: Call, row: Operation) -> dict[str, Any] | None:
    """The query fields that the operation knows (the others are none of its business); None if there is no query."""
    if row.query is None or not call.request.query:
        return None
    from .expected import Resolver
    from .form import query

    schema = _registry().schema(row.query)
    plain = Resolver(schema).plain(schema)
    known = plain.get("properties", {}) if isinstance(plain, dict) else {}
    fields = query(call.request.query, schema)
    return {key: value for key, value in fields.items() if key in known and key not in URL_FIELDS}


def body_of(call: Call, row: Operation) -> dict[str, Any] | None:
    """The body as an object, {} if it is empty; None if there is nothing to check.

    Raises BadRequest for what should be a form or a JSON object and is none, PayloadTooLarge for what is too long.
    """
    if row.body is None:
        return None
    body = call.body
    media = (call.media or "application/json").partition(";")[0].strip().lower()
    if row.media == "json" and call.request.body:
        if len(call.request.body) > MOST_BYTES:
            raise PayloadTooLarge(f"The request is longer than {MOST_BYTES} bytes.", code="request_too_large")
        if not media.endswith("json"):
            if row.id in NAMELESS:  # its gateway reads nothing else, and then looks for the model
                return {}
            raise _unsupported(media, "application/json")
    if isinstance(body, tuple) or media == "application/x-www-form-urlencoded":
        from .form import form, query

        schema = _registry().schema(row.body)
        return form(body, schema) if isinstance(body, tuple) else query(call.request.body.decode("latin-1"), schema)
    if not call.request.body:
        body = {}
    elif media.startswith("multipart/"):
        raise BadRequest("Could not parse multipart form.")
    elif body is None and media == OFFER:
        return None
    elif body is None and not media.endswith("json"):
        raise _unsupported(media, "multipart/form-data")
    if not isinstance(body, dict):
        raise _unreadable()
    return {**body, "model": call.deployment} if call.deployment and not body.get("model") else body


def _unreadable() -> BadRequest:
    hint = "(HINT: The API expects a JSON object, and what was sent is not one.)"
    return BadRequest(f"We could not parse the JSON body of your request. {hint}")


def _unsupported(media: str, wanted: str) -> BadRequest:
    return BadRequest(
        f"Unsupported content type: '{media}'. Send the request as '{wanted}'.", code="unsupported_content_type"
    )
