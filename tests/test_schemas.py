"""The generated files are what the official SDK's types say, all of them, and nothing more."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import orjson
import pytest

from mockai.operations import operations
from mockai.registry import registry

SCHEMAS = Path(__file__).parents[1] / "schemas"
FILES = {path.relative_to(SCHEMAS / "generated") for path in (SCHEMAS / "generated").rglob("*.json")}
GENERATED = {str(file.with_suffix("")): orjson.loads((SCHEMAS / "generated" / file).read_bytes()) for file in FILES}


@pytest.fixture(scope="module")
def generator() -> Iterator[ModuleType]:
    project = tomllib.loads((SCHEMAS.parent / "pyproject.toml").read_text())
    pinned = next(each for each in project["dependency-groups"]["dev"] if each.startswith("openai==")).partition("==")[
        2
    ]
    try:
        installed = importlib.metadata.version("openai")
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed != pinned:
        pytest.skip(f"the generator reads openai {pinned}; installed: {installed}")
    sys.path.insert(0, str(SCHEMAS))
    yield importlib.import_module("generate")
    sys.path.remove(str(SCHEMAS))


def test_generating_again_gives_the_same_files(generator: ModuleType, tmp_path: Path) -> None:
    # In a process of its own: `typing` remembers a Literal in the order in which whoever was first has written it.
    program = "import sys; from pathlib import Path; import generate; generate.main(Path(sys.argv[1]))"
    folder = Path(generator.__file__ or "").parent
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=folder, check=True, timeout=120)
    assert (tmp_path / "operations.jsonl").read_bytes() == (SCHEMAS / "operations.jsonl").read_bytes()
    assert {path.relative_to(tmp_path / "generated") for path in (tmp_path / "generated").rglob("*.json")} == FILES
    for file in FILES:
        again = (tmp_path / "generated" / file).read_bytes()
        assert again == (SCHEMAS / "generated" / file).read_bytes(), f"{file}: run `make schemas`"


def test_every_method_of_the_sdk_is_a_row(generator: ModuleType) -> None:
    methods = generator.sdk.methods()
    assert [method.id for method in methods] == list(operations())
    sockets = [method for method in methods if method.answer == "websocket"]
    calls = [method for method in methods if method.answer != "websocket"]
    assert (len(calls), len(sockets)) == (396, 8)
    assert len({(method.method, method.path) for method in calls}) == 388


def test_every_request_in_the_source_of_the_sdk_has_a_row(generator: ModuleType) -> None:
    """Counted another way: whatever calls `self._post` or its like in any module, reachable from the client or not."""
    import openai.resources
    from openai._resource import SyncAPIResource

    written: set[tuple[str, str]] = set()
    for info in pkgutil.walk_packages(openai.resources.__path__, "openai.resources."):
        for resource in vars(importlib.import_module(info.name)).values():
            if isinstance(resource, type) and issubclass(resource, SyncAPIResource):
                functions = [each for each in vars(resource).values() if inspect.isfunction(each)]
                found = [generator.sdk.request("", each) for each in functions if not each.__name__.startswith("_")]
                written |= {(method.method, method.path) for method in found if method}
    rows = {(row.method, row.path + ("?beta=true" if row.beta else "")) for row in operations().values()}
    assert len(written) == 388
    assert written <= rows


def test_every_type_of_the_sdk_converts(generator: ModuleType) -> None:
    names, library = generator.names, generator.Library()
    classes = aliases = 0
    for name, module in names.modules().items():
        if ".websocket_" in name or ".parsed_" in name:  # the Python client's own settings and results: never sent
            continue
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == name and names.lineage(each):
                library.convert(each, name)
                classes += 1
        for _, each in names.aliases().get(name, ()):
            library.convert(each, name)
            aliases += 1
    library.finish()
    assert classes > 4_300
    assert aliases > 700
    assert len(library.schemas) >= classes


def test_the_four_repairs() -> None:
    files = GENERATED["openai"]
    upload = files["file_create_params.FileCreateParams"]["properties"]
    assert upload["file"] == {"type": "string", "format": "binary"}  # a file type
    moderation = files["moderation.CategoryScores"]["properties"]
    assert "harassment/threatening" in moderation  # an alias
    update = GENERATED["beta/threads"]["message_update_params.MessageUpdateParams"]["properties"]
    assert set(update) == {"metadata"}  # no path parameters
    items = GENERATED["conversations"]
    assert set(items["item_create_params.ItemCreateParams"]["properties"]) == {"items"}  # the body
    assert set(items["item_create_params.ItemCreateParams.query"]["properties"]) == {"include"}  # and the query
    spoken = GENERATED["audio"]["transcription_create_response.TranscriptionCreateResponse"]
    assert len(spoken["anyOf"]) == 3  # one shape for each response_format that is JSON


def test_only_facts_are_kept() -> None:
    words = {key for file in GENERATED.values() for schema in file.values() for key in keywords(schema)}
    assert words == {
        "$ref", "additionalProperties", "anyOf", "const", "enum", "examples", "format", "items", "properties",
        "required", "type",
    }  # fmt: skip


def keywords(schema: Any) -> Iterator[str]:
    for key, value in schema.items():
        yield key
        inner = value.values() if key == "properties" else value if key == "anyOf" else [value]
        for each in inner:
            if isinstance(each, dict):
                yield from keywords(each)


def test_every_reference_leads_somewhere() -> None:
    names = {f"{file}/{key}" for file, schemas in GENERATED.items() for key in schemas}
    for file in GENERATED.values():
        for schema in file.values():
            assert names.issuperset(references(schema))


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from references(each)


@pytest.mark.parametrize("reading", ["accept", "produce"])
@pytest.mark.parametrize("file", sorted(GENERATED))
def test_corrected_files_are_json_schema(file: str, reading: Any) -> None:
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    name = f"{file}/{next(iter(GENERATED[file]))}"
    registry().schema(name, reading)
    corrected = registry().files[file, reading]
    assert corrected.keys() == GENERATED[file].keys()
    sample = dict(list(corrected.items())[:: max(1, len(corrected) // 40)])
    assert list(meta.iter_errors({"$defs": sample})) == []


def test_every_file_of_the_overlay_corrects_something() -> None:
    overlay = SCHEMAS / "overlay"
    for path in overlay.rglob("*.json"):
        file = str(path.relative_to(overlay).with_suffix(""))
        assert file == "everywhere" or file in GENERATED
        for entry in orjson.loads(path.read_bytes()):
            assert entry["why"].endswith(".")
            assert set(entry) - {"why", "reading"}
            assert entry.get("reading") in (None, "accept", "produce")


def test_webhooks_and_websocket_messages_are_there() -> None:
    events = registry().schema("webhooks/unwrap_webhook_event.UnwrapWebhookEvent")["anyOf"]
    assert len(events) > 30
    sockets = [row for row in operations().values() if row.kind == "websocket"]
    for row in sockets:
        assert row.body
        assert row.stream
        assert registry().schema(row.body)
        assert registry().schema(row.stream)
