"""Files: what each purpose takes, and how the service says what is wrong with a form."""

from __future__ import annotations

from typing import Any

from ..behaviours.files import sent
from ..call import Call
from ..errors import ApiError, BadRequest
from . import retell, rule

PURPOSES = ("fine-tune", "assistants", "batch", "user_data", "responses", "vision", "evals")
"""What a file may be for, as the service lists it (seen in 2025)."""


@rule("files.create", "semantic")
def lines_for_a_batch(call: Call, body: dict[str, Any]) -> None:
    """A batch is told line by line, as the name of its file says; the lines are read when the batch is made."""
    if body.get("purpose") == "batch" and any(not str(part.filename).endswith(".jsonl") for part in sent(call)):
        raise BadRequest("Invalid file format for Batch API: the file's name must end in .jsonl.")


@retell("files.create")
def as_a_schema_of_the_form(_call: Call, body: dict[str, Any], error: ApiError) -> ApiError:
    """The service holds a form against a schema of its own and answers in the words of Python's jsonschema, twice.

    Recorded in July 2026 for an `expires_after` without its brackets, quoted by users for purposes.
    """
    name, code = str(error.error["param"]), error.error["code"]
    if code == "missing_required_parameter":
        words = f"'{name}' is a required property"
    elif code == "unknown_parameter" or (name == "expires_after" and code == "invalid_type"):
        words = f"Additional properties are not allowed ('{name}' was unexpected)"
    elif name == "purpose":
        words = f"{body['purpose']!r} is not one of {list(PURPOSES)} - 'purpose'"
    else:
        return error
    return BadRequest(words, beside={"detail": {"message": words, "code": None}})
