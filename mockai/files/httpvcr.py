"""Cassettes of VCR for Ruby and of vcr for R, which took its form over: YAML or JSON, `http_interactions`.

What differs: Ruby writes `status: {code, message}`, R `status: 200` or `status: {status_code}`. Bodies are text in
`string`, bytes under Ruby's tag `!binary`, or `base64_string`; R also has `raw_gzip` (base64 of gzip) and `file: yes`,
where `string` is the path of a file beside the cassette.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ForeignFormatError
from .foreign import Kept, Lost, Message, beside, headers_of, line, part, restore, restored, unbase64
from .vcrpy import body as body_of
from .vcrpy import document, fields

NAME = "VCR"
LOOKED_FOR = "`http_interactions:`, as Ruby's and R's write it"

MARKS = re.compile(r'^http_interactions:|^\s*\{\s*"http_interactions"\s*:', re.MULTILINE)


def recognise(text: str) -> bool:
    """Whether the text holds `http_interactions`."""
    return MARKS.search(text) is not None


def read(text: str, folder: Path | None = None) -> list[Kept | Lost]:
    """Every interaction, restored or lost, in its order; raises ForeignFormatError if the file cannot be read."""
    return restored(part(document(text)).get("http_interactions"), line, lambda each: interaction(each, folder))


def interaction(recorded: Any, folder: Path | None) -> Kept:
    """One interaction; ForeignFormatError says why it cannot be restored."""
    request, response = part(recorded, "request"), part(recorded, "response")
    asked, answered = (
        Message(headers_of(fields(half)), stored(half.get("body"), folder)) for half in (request, response)
    )
    status = response.get("status")
    if isinstance(status, Mapping):
        status = status.get("code", status.get("status_code"))
    return restore(*line(recorded), asked, status, answered)


def stored(body: Any, folder: Path | None) -> bytes | None:
    """The bytes of a body in any of its forms."""
    if isinstance(body, Mapping):
        if body.get("file"):
            return beside(folder, str(body.get("string")))
        if "raw_gzip" in body:
            try:
                return gzip.decompress(unbase64(body["raw_gzip"]))
            except (OSError, EOFError, zlib.error) as error:
                raise ForeignFormatError(f"A body is not gzip: {error}.") from error
    return body_of(body)
