"""Files: what each purpose takes."""

from __future__ import annotations

from typing import Any

from ..behaviours.files import sent
from ..call import Call
from ..errors import BadRequest
from . import rule


@rule("files.create", "semantic")
def lines_for_a_batch(call: Call, body: dict[str, Any]) -> None:
    """A batch is told line by line, as the name of its file says; the lines are read when the batch is made."""
    if body.get("purpose") == "batch" and any(not str(part.filename).endswith(".jsonl") for part in sent(call)):
        raise BadRequest("Invalid file format for Batch API: the file's name must end in .jsonl.")
