"""Findings as SARIF 2.1.0 (OASIS, 2020), the format in which code reviews show what tools have found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULES = {
    "request": "A recorded request is one that the API takes.",
    "query": "A recorded query is one that the API takes.",
    "response": "A recorded answer is one that the API could give.",
    "event": "Each event of a recorded stream is one that the API could send.",
    "order": "The events of a recorded stream stand in the order in which the API sends them.",
    "stub": "A stub is well-formed, and its answer is one that the API could give.",
    "exchange": "A recorded exchange can be read.",
    "file": "A cassette or stub file can be read.",
}
"""What is checked, by the part of a finding."""


class Found(Protocol):
    """What SARIF wants to know of a finding."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int | None: ...
    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def told(self) -> str: ...
    @property
    def known(self) -> bool: ...
    @property
    def pointer(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


def sarif(findings: Iterable[Found], version: str) -> dict[str, Any]:
    """One run of `mockai check` of this version; what the baseline knows is `unchanged`, and suppressed by it."""
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in RULES.items()]
    driver = {"name": "mockai check", "version": version, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [*map(_result, findings)]}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Found) -> Mapping[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.level,
        "message": {"text": finding.told},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"mockai/v1": finding.fingerprint},
        "baselineState": "unchanged" if finding.known else "new",
    }
    if finding.known:
        told["suppressions"] = [{"kind": "external"}]
    if finding.pointer:
        told["properties"] = {"pointer": finding.pointer}
    return told


def _uri(file: str) -> str:
    """A path as a URI reference: relative to where the check ran, or a file's."""
    from urllib.parse import quote

    plain = quote(file.replace("\\", "/"))
    return f"file://{plain}" if plain.startswith("/") else plain
