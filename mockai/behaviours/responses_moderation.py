"""What a moderation finds in a request for a response and in its answer, where the request asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .moderations import judged

MODEL = "omni-moderation-latest"


def moderated(asked: Mapping[str, Any], topic: str, said: str) -> dict[str, Any]:
    """The `moderation` of a response: the results for what was asked last, and for what was said."""
    model = asked.get("model") or MODEL
    both = {"input": topic, "output": said}
    return {side: {"type": "moderation_result", **judged(text), "model": model} for side, text in both.items()}
