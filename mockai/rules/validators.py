"""What services say that have validators of their own: without a param and a code, mostly.

Measured in September 2026: sounds and moderations answer with a list of pydantic's faults, of which the first stands
here, embeddings with a sentence for each parameter, uploads in the words of Python's jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..call import Call
from ..errors import ApiError, BadRequest
from ..expected import Resolver, alternatives, choices, kinds
from . import retell
from .audio import no_format

TYPES = {
    "string": ("string", ""),
    "integer": ("int", "unable to parse string as an integer"),
    "number": ("float", "unable to parse string as a number"),
    "boolean": ("bool", "unable to interpret input"),
}
"""Pydantic's names of types and what it says of a string that is none of one, by JSON Schema's."""

BOUNDS = {
    "minimum": ("greater_than_equal", "greater than or equal to", "ge"),
    "maximum": ("less_than_equal", "less than or equal to", "le"),
}
"""Pydantic's names of a number out of bounds, its words, and its name of the limit, by JSON Schema's keyword."""


@retell("moderations.create")
@retell("audio.translations.create")
@retell("audio.transcriptions.create")
@retell("audio.speech.create")
def listed(call: Call, body: dict[str, Any], error: ApiError) -> ApiError:
    """A list of one fault; formats have words of their own, of speech and of transcripts."""
    name, code = str(error.error["param"]), str(error.error["code"])
    if name == "response_format":
        if call.operation and call.operation.id == "audio.speech.create":
            return BadRequest("Invalid response_format.", param=name, code="unsupported_value")
        return no_format(body["model"], body[name])
    if code == "missing_required_parameter":
        sent = ", 'input': None" if isinstance(call.body, tuple) else ""
        return _fault("missing", name, "Field required", sent)
    wanted = _type(call, name)
    if code == "invalid_type" and wanted in TYPES:
        (kind, unread), words = TYPES[wanted], f"Input should be a valid {wanted}"
        if isinstance(body.get(name), str):
            return _fault(f"{kind}_parsing", name, f"{words}, {unread}")
        return _fault(f"{kind}_type", name, words)
    bound = "minimum" if "below_min" in code else "maximum"
    limits = [part[bound] for part in _parts(call, name) if bound in part and code.endswith("_value")]
    if limits:
        kind, words, short = BOUNDS[bound]
        return _fault(kind, name, f"Input should be {words} {limits[0]:g}", f", 'ctx': {{'{short}': {limits[0]}}}")
    return error


@retell("embeddings.create")
def in_a_sentence(call: Call, body: dict[str, Any], error: ApiError) -> ApiError | None:
    """A sentence for each parameter."""
    name, code = str(error.error["param"]), str(error.error["code"])
    if code == "missing_required_parameter":
        return BadRequest("Please submit an `input`.")
    if code == "invalid_type" and name.startswith("input"):
        return BadRequest("Invalid 'input': expected a string or token array.")
    if code == "integer_below_min_value":
        return BadRequest(f"Invalid value for '{name}' = {body[name]}. Must be greater than 0.")
    if code == "invalid_value":
        return BadRequest(f"Invalid value for '{name}' = {body[name]}. Supported values: {_offered(call, name)}.")
    return in_json_schema(call, body, error) if code == "invalid_type" else error


@retell("uploads.create")
def in_json_schema(call: Call, body: dict[str, Any], error: ApiError) -> ApiError:
    """The words of Python's jsonschema; a purpose is named as well."""
    name, code = str(error.error["param"]), str(error.error["code"])
    if code == "missing_required_parameter":
        return BadRequest(f"'{name}' is a required property")
    if code == "invalid_type" and name in body:
        return BadRequest(f"{body[name]!r} is not of type '{_type(call, name)}' - '{name}'")
    if code == "invalid_value" and name == "purpose":
        return BadRequest(f"{body[name]!r} is not one of {_offered(call, name)} - '{name}'", param=name)
    return error


def _fault(kind: str, name: str, words: str, more: str = "") -> ApiError:
    return BadRequest(f"[{{'type': '{kind}', 'loc': ('body', '{name}'), 'msg': '{words}'{more}}}]")


def _parts(call: Call, name: str) -> Iterator[dict[str, Any]]:
    """What the schema says of a parameter, of a union each branch."""
    from ..registry import registry

    schema = registry().schema(str(call.operation and call.operation.body))
    resolver = Resolver(schema)
    plain: Any = resolver.plain(schema)
    part = plain["properties"].get(name)
    yield from (each for each in alternatives(resolver, [part] if part else []) if isinstance(each, dict))


def _type(call: Call, name: str) -> str:
    """The one type that a parameter has besides null; nothing where it has several."""
    found = {kind for part in _parts(call, name) for kind in kinds(Resolver(part), part)} - {"null"}
    found -= {"integer"} if "number" in found else set()
    return found.pop() if len(found) == 1 else ""


def _offered(call: Call, name: str) -> list[Any]:
    return [each for part in _parts(call, name) for each in choices(Resolver(part), part) or () if each is not None]
