"""Vector stores: in which of two ways a batch names its files."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import BadRequest
from . import rule


@rule("vector_stores.file_batches.create", "cross-field")
def named_once(_call: Call, body: dict[str, Any]) -> None:
    """Files are named by their ids, or with what goes with each, and not both ways."""
    listed, told = body.get("file_ids") is not None, body.get("files") is not None
    if listed and told:
        raise BadRequest("You cannot specify both 'file_ids' and 'files'.", param="files")
    if not listed and not told:
        words = "Missing required parameter: 'file_ids'. Give 'file_ids' or 'files'."
        raise BadRequest(words, param="file_ids", code="missing_required_parameter")
