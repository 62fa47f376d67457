"""A baseline: the findings that were there already, so that only new ones fail.

{
  "mockai_baseline": 1,
  "files": {"cassettes/chat.yaml": {"0f3a9c21d4e8b7aa": {"count": 1, "message": "…"}}}
}

A finding is known by its fingerprint, which does not change when lines move or exchanges are added; equal ones are
counted. Paths are relative to the baseline's folder, with slashes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from .errors import ConfigError

VERSION = 1


def fingerprint(*parts: str) -> str:
    """16 digits that stand for these texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding, by file and fingerprint, was there; and what it said, for whoever reads the file."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Iterable[tuple[str, str, str]]) -> Baseline:
        """The baseline of findings: file, fingerprint, message."""
        listed = list(findings)
        return cls(Counter((file, print) for file, print, _ in listed), {(f, p): message for f, p, message in listed})

    @classmethod
    def loads(cls, text: bytes, name: str) -> Baseline:
        """Read a baseline. Raises ConfigError, calling the file `name`, for anything else."""
        try:
            value = orjson.loads(text)
            version = value["mockai_baseline"]
            if version != VERSION:
                raise ConfigError(f"{name} has version {version!r}, and this mockai reads {VERSION}. Upgrade mockai.")
            listed = {(file, print): each for file, all in value["files"].items() for print, each in all.items()}
            counts = Counter({key: int(each["count"]) for key, each in listed.items()})
            return cls(counts, {key: str(each["message"]) for key, each in listed.items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ConfigError(f"{name} is no baseline. Write it anew with --update-baseline.") from None

    def dumps(self) -> bytes:
        """Its text: sorted, so that a change of it can be reviewed."""
        files: dict[str, dict[str, Any]] = {}
        for (file, print), count in sorted(self.counts.items()):
            files.setdefault(file, {})[print] = {"count": count, "message": self.messages[file, print]}
        value = {"mockai_baseline": VERSION, "files": files}
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def known(self, findings: Iterable[tuple[str, str]]) -> tuple[list[bool], int]:
        """For each finding, file and fingerprint, whether it is an old one; and how many old ones are no more."""
        left = Counter(self.counts)
        known = []
        for each in findings:
            known.append(left[each] > 0)
            left[each] -= known[-1]
        return known, sum(count for count in left.values() if count > 0)
