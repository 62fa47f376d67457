"""What Azure adds to a response: the results of its content filter, of the prompt and of the answer."""

from __future__ import annotations

from typing import Any

from .responses_body import ordered

_SAFE = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "sexual", "violence", "self_harm")}
_ABSENT = {"detected": False, "filtered": False}
_RESULTS = {
    "prompt": {**_SAFE, "jailbreak": _ABSENT},
    "completion": {"protected_material_code": _ABSENT, "protected_material_text": _ABSENT, **_SAFE},
}


def unfiltered(value: dict[str, Any]) -> dict[str, Any]:
    """A response that has only begun, as Azure sends it."""
    return ordered({**value, "content_filters": None})


def filtered(value: dict[str, Any]) -> dict[str, Any]:
    """A response as Azure sends it."""
    filters = [
        {
            "blocked": False,
            "source_type": source,
            "content_filter_raw": [],
            "content_filter_results": results,
            "content_filter_offsets": {"start_offset": 0, "end_offset": 0, "check_offset": 0},
        }
        for source, results in _RESULTS.items()
    ]
    return ordered({**value, "content_filters": filters})
