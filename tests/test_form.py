"""Forms and queries become the JSON that their schema expects."""

from __future__ import annotations

from typing import Any

import pytest

from mockai.form import FILE, form, query
from mockai.multipart import Part

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "image": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "files": {"type": "array", "items": {"type": "string"}},
        "stream": {"type": ["boolean", "null"]},
        "temperature": {"type": "number"},
        "limit": {"type": "integer"},
        "title": {"type": "string"},
        "model": {"anyOf": [{"type": "string"}, {"enum": ["m"]}]},
        "seconds": {"anyOf": [{"enum": ["4", "8"]}, {"type": "integer"}]},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "session": {"$ref": "#/$defs/session"},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "expires_after": {
            "type": "object",
            "properties": {"anchor": {"const": "created_at"}, "seconds": {"type": "integer"}},
        },
    },
    "$defs": {"session": {"type": "object", "properties": {"voice": {"type": "string"}}}},
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("title=7&model=7", {"title": "7", "model": "7"}),
        ("stream=true", {"stream": True}),
        ("stream=False", {"stream": False}),
        ("stream=0", {"stream": False}),
        ("stream=null", {"stream": None}),
        ("stream=maybe", {"stream": "maybe"}),
        ("temperature=0.5&limit=20", {"temperature": 0.5, "limit": 20}),
        ("limit=many", {"limit": "many"}),
        ("limit=", {"limit": ""}),
        ("seconds=8", {"seconds": "8"}),
        ("seconds=9", {"seconds": 9}),
        ("sizes=1", {"sizes": [1]}),
        ("sizes=1&sizes=2", {"sizes": [1, 2]}),
        ("sizes[]=1&sizes[]=2", {"sizes": [1, 2]}),
        ("sizes[0]=1&sizes[1]=2", {"sizes": [1, 2]}),
        ("sizes=[1,2]", {"sizes": [1, 2]}),
        ("image=a", {"image": "a"}),
        ("image[]=a", {"image": ["a"]}),
        ("image=a&image=b", {"image": ["a", "b"]}),
        ("metadata[team]=7&metadata[x]=true", {"metadata": {"team": "7", "x": "true"}}),
        ("expires_after[anchor]=created_at&expires_after[seconds]=60",
         {"expires_after": {"anchor": "created_at", "seconds": 60}}),
        ("session=%7B%22voice%22:%22a%22%7D", {"session": {"voice": "a"}}),
        ("unknown=1", {"unknown": "1"}),
        ("a=1&a[b]=2", {"a": "1"}),
        ("a[b]=1&a[b][c]=2", {"a": "1"}),
        ("a[b]=1&a=2", {"a": "1"}),
    ],
)  # fmt: skip
def test_a_text_is_read_as_what_its_schema_takes(text, meant):
    assert query(text, SCHEMA) == meant


def test_a_file_stands_for_itself():
    parts = [Part("file", "a.bin", data=b"\xff"), Part("files[]", "b"), Part("files[]", "c"), Part("stream", data=b"1")]
    assert form(parts, SCHEMA) == {"file": FILE, "files": [FILE, FILE], "stream": True}


def test_a_union_of_bodies_is_read_by_all_of_them():
    either = {"anyOf": [{"properties": {"n": {"type": "integer"}}}, {"properties": {"ok": {"type": "boolean"}}}]}
    assert query("n=1&ok=true", either) == {"n": 1, "ok": True}
