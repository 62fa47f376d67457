"""Corrections of schemas, one kind at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from mockai import overlay

TEXT = {"type": "string"}


def thing() -> dict[str, Any]:
    return {
        "a.A": {
            "type": "object",
            "properties": {
                "name": {**TEXT, "enum": ["x"]},
                "with/slash": TEXT,
                "list": {"type": "array", "items": {"anyOf": [TEXT, {"type": "null"}]}},
                "map": {"anyOf": [{"type": "object", "additionalProperties": {"type": "integer"}}, {"type": "null"}]},
            },
            "required": ["name", "with/slash"],
            "additionalProperties": False,
        },
        "a.B": {"anyOf": [{"$ref": "x/y.Z"}, {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}]},
    }


def corrected(**entry: Any) -> dict[str, Any]:
    schemas = thing()
    overlay.correct(schemas, entry, "test.json")
    return schemas


def test_optional_and_required() -> None:
    assert corrected(optional=["a.A/name"])["a.A"]["required"] == ["with/slash"]
    assert corrected(optional=["a.A/with~1slash"])["a.A"]["required"] == ["name"]
    assert corrected(optional=["a.A/map"]) == thing()
    assert corrected(required=["a.A/map"])["a.A"]["required"] == ["map", "name", "with/slash"]
    assert corrected(optional=["a.B/name"])["a.B"]["anyOf"][1]["required"] == []


def test_open() -> None:
    assert "additionalProperties" not in corrected(open=["a.A"])["a.A"]
    assert corrected(open=["a.A/name"])["a.A"]["properties"]["name"] == TEXT


def test_nullable_and_variants() -> None:
    null = {"type": "null"}
    assert corrected(nullable=["a.A/name"])["a.A"]["properties"]["name"] == {"anyOf": [{**TEXT, "enum": ["x"]}, null]}
    assert corrected(variants={"a.B": [TEXT]})["a.B"]["anyOf"][2] == TEXT
    assert corrected(variants={"a.A/list/[]": [{"type": "integer"}]})["a.A"]["properties"]["list"]["items"] == {
        "anyOf": [TEXT, null, {"type": "integer"}]
    }


def test_keywords_reach_into_arrays_and_maps() -> None:
    changed = corrected(keywords={"a.A/map/{}": {"minimum": 1}, "a.A/list": {"maxItems": 2}})["a.A"]["properties"]
    assert changed["map"]["anyOf"][0]["additionalProperties"] == {"type": "integer", "minimum": 1}
    assert changed["list"]["maxItems"] == 2


def test_order_is_of_the_fields_that_are_there() -> None:
    changed = corrected(order={"a.A": ["map", "nothing", "list"]})["a.A"]["properties"]
    assert list(changed)[:3] == ["map", "list", "name"]


def test_fields_are_copies() -> None:
    changed = corrected(fields={"a.*/new": TEXT})
    new = [changed["a.A"]["properties"]["new"], changed["a.B"]["anyOf"][1]["properties"]["new"]]
    assert new == [TEXT, TEXT]
    assert new[0] is not new[1]


@pytest.mark.parametrize(
    "entry",
    [
        {"optional": ["a.C/name"]},
        {"required": ["a.A/nothing"]},
        {"nullable": ["a.A/name/[]"]},
        {"keywords": {"a.A/list/{}": {"minimum": 1}}},
        {"fields": {"a.A/name/new": TEXT}},
        {"open": ["a.A/nothing"]},
    ],
)
def test_a_place_that_is_not_there_is_an_error(entry: dict[str, Any]) -> None:
    with pytest.raises(LookupError, match=r"overlay/test.json: \w+ finds no 'a\."):
        corrected(**entry)


def test_a_star_means_wherever_there_is_one() -> None:
    assert corrected(optional=["*/map"], open=["*/nothing"]) == thing()
    assert corrected(optional=["*/name"])["a.A"]["required"] == ["with/slash"]


def test_a_file_corrects_after_everywhere_and_in_its_reading_alone(tmp_path: Path) -> None:
    everywhere = [{"why": "All have it.", "fields": {"a.A/new": TEXT}}]
    own = [{"why": "Always there today.", "reading": "produce", "required": ["a.A/new"]}]
    (tmp_path / "everywhere.json").write_bytes(orjson.dumps(everywhere))
    (tmp_path / "own.json").write_bytes(orjson.dumps(own))
    for reading, needed in (("accept", False), ("produce", True)):
        schemas = thing()
        overlay.apply(tmp_path, "own", reading, schemas)
        assert schemas["a.A"]["properties"]["new"] == TEXT
        assert ("new" in schemas["a.A"]["required"]) == needed
