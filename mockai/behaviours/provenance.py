"""Content provenance: whether a file says that a model made it."""

from __future__ import annotations

from ..answers import answer
from ..call import Call
from ..http import Reply
from . import Mock, behaviour

MANIFEST = b"c2pa"
"""The label of the box in which a C2PA manifest lies, whatever the format of the file."""


@behaviour("content_provenance_checks.create")
def create(call: Call, mock: Mock) -> Reply:
    """What is in the file: a C2PA manifest, if there is one (nobody checks its signature), and never a watermark."""
    data = next((part.data for part in call.body if part.name == "file"), b"") if isinstance(call.body, tuple) else b""
    there = MANIFEST in data
    return answer(
        {
            "object": "content_provenance_check",
            "created_at": int(mock.clock.now()),
            "results": [
                {
                    "type": "c2pa",
                    "outcome": "detected" if there else "not_detected",
                    "validation_state": "valid" if there else "not_present",
                    "issuer": None,
                    "model": None,
                    "generated_at": None,
                },
                {"type": "synthid", "outcome": "not_detected", "model": None, "generated_at": None},
            ],
        }
    )
