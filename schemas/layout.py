"""JSON for reviewers: sorted, one line as long as it is short, one level deeper per line otherwise."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 118


def layout(value: Any, depth: int = 0, taken: int = 0) -> str:
    """The text of a JSON value at an indentation of `depth`, `taken` columns of its first line being used."""
    short = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(short) + depth + taken <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    pad = " " * (depth + 1)
    if isinstance(value, list):
        lines = [pad + layout(each, depth + 1) for each in value]
        return "[\n" + ",\n".join(lines) + "\n" + " " * depth + "]"
    keys = {json.dumps(key, ensure_ascii=False) + ": ": each for key, each in sorted(value.items())}
    lines = [pad + key + layout(each, depth + 1, len(key)) for key, each in keys.items()]
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
