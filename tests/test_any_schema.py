"""Any JSON Schema a user may pass: a valid value is made for nearly all, the rest refused, none answered wrongly."""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tarfile
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field, TypeAdapter, create_model

from mockai.synthesize import Unsatisfiable, synthesize

SUITE = Path(sys.prefix) / "suite" / "jsonschema-4.26.0.tar.gz"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
FOLDER = "json/tests/draft2020-12/"
ELSEWHERE = "http://localhost:1234/"
"""Where the suite serves documents of its own, which nobody serves here."""

LEAST = 0.98
"""The part of the schemas that can be satisfied for which a value must be found."""


def outcome(schema: Any, seed: int = 0) -> str:
    """`generated`, `refused`, `absent` (a document that is not there, and is named) or `invalid`."""
    try:
        value = synthesize(schema, random.Random(seed))
    except Unsatisfiable as error:
        return "absent" if ELSEWHERE in str(error) else "refused"
    valid = jsonschema_rs.validator_for(schema, validate_formats=True, offline=True).is_valid(value)
    return "generated" if valid else "invalid"


def official() -> Iterator[tuple[str, Any]]:
    """The suite's schemas of draft 2020-12 that have a valid instance."""
    assert hashlib.sha256(SUITE.read_bytes()).hexdigest() == SHA256
    with tarfile.open(SUITE) as archive:
        for member in archive:
            _, found, name = member.name.partition(FOLDER)
            if not found or "/" in name or not name.endswith(".json"):
                continue
            text = archive.extractfile(member)
            assert text is not None
            for group in json.load(text):
                if any(test["valid"] for test in group["tests"]):
                    yield f"{name}: {group['description']}", group["schema"]


def held(found: list[tuple[str, Any]]) -> None:
    """Fail if a value is invalid, or too many schemas go without one; name those."""
    results = [(name, outcome(schema, seed)) for name, schema in found for seed in (0, 1)]
    print(
        {word: sum(result == word for _, result in results) for word in ("generated", "refused", "absent", "invalid")}
    )
    assert [name for name, result in results if result == "invalid"] == []
    refused = [name for name, result in results if result == "refused"]
    at_hand = sum(result != "absent" for _, result in results)
    assert at_hand > 0.9 * len(results)
    assert len(refused) <= (1 - LEAST) * at_hand, refused


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=0, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field(pattern=r"^[A-Z][a-z]+$", max_length=12)


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


LEAVES: tuple[Any, ...] = (
    int, float, bool, str, date, datetime, UUID, Shade, Node, Literal["a", 1, None],
    Annotated[int, Field(gt=3, lt=9, multiple_of=2)],
    Annotated[float, Field(ge=-1, lt=0.5)],
    Annotated[str, Field(min_length=3, max_length=5)],
    Annotated[str, Field(pattern=r"^[a-f0-9]{8}(-[0-9]{2})?$")],
    Annotated[Cat | Dog, Field(discriminator="kind")],
)  # fmt: skip
"""Types that others are made of."""

WRAPS: dict[str, Any] = {
    "plain": lambda leaf: leaf,
    "optional": lambda leaf: leaf | None,
    "union": lambda leaf: leaf | Cat,
    "list": lambda leaf: list[leaf],
    "some": lambda leaf: Annotated[list[leaf], Field(min_length=1, max_length=3)],
    "set": lambda leaf: set[leaf],
    "dict": lambda leaf: dict[str, leaf],
    "tuple": lambda leaf: tuple[leaf, int],
    "nested": lambda leaf: create_model("Inner", __config__={"extra": "forbid"}, item=(leaf, ...), more=list[leaf]),
    "deep": lambda leaf: create_model("Deep", inner=(dict[str, list[leaf]], ...), other=(leaf | None, None)),
}


def test_pydantic_models():
    held([(f"{wrap}: {leaf}", TypeAdapter(WRAPS[wrap](leaf)).json_schema()) for wrap in WRAPS for leaf in LEAVES])


@pytest.mark.skipif(not SUITE.exists(), reason="the official suite is fetched by `make test`")
def test_the_official_suite_of_json_schema():
    found = list(official())
    assert len(found) > 300
    held(found)
