"""The window of a model: a request, with all that was said before it, must fit, or may be cut until it does."""

from __future__ import annotations

import orjson

from .. import catalogue
from .responses_asking import Asking
from .responses_input import input_tokens

CODE = "context_length_exceeded"
TOO_LONG = "Your input exceeds the context window of this model. Please adjust your input and try again."


def too_long(wanted: Asking) -> bool:
    """Whether a request does not fit its model, and may not be cut. What models nobody knows can read is not known."""
    model = catalogue.find(wanted.model)
    if model is None or wanted.body.get("truncation") == "auto":
        return False
    window = model.family.reads
    if not window or len(orjson.dumps([dict(wanted.body), wanted.items])) <= window:
        return False  # no token is shorter than a byte, and counting takes its time
    return input_tokens(wanted.body, wanted.items, wanted.model) > window
