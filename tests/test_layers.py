"""Imports point down: core, files, edges, faces; and the core neither waits nor listens.

The imports are read from the source, those inside functions too: an arrow that points up only now and then points up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("core", "files", "edges", "faces")
FACES = {"mockai.cli", "mockai.commands", "pytest_mockai"}
FORBIDDEN = (
    "asyncio", "socket", "ssl", "http.client", "urllib.request", "starlette", "uvicorn", "httpx", "httpx2", "yaml",
    "typer", "click", "time.sleep", "requests", "aiohttp", "selectors", "pydantic", "openai", "pytest",
)  # fmt: skip
ALLOWED = {
    "core": set[str](),
    "files": {"yaml"},
    "edges": {"asyncio", "socket", "ssl", "uvicorn", "starlette", "httpx", "httpx2", "http.client", "time.sleep"},
    "faces": {"click", "pytest", "openai"},
}
DOORS = {
    ("mockai.mock", "MockAI.transport", "mockai.edges.transport"),
    ("mockai.mock", "MockAI.serve", "mockai.edges.server"),
    ("mockai.mock", "MockAI._open", "mockai.files.shelf"),
    ("mockai.given", "recorded", "mockai.files.tape"),
}
"""The verbs of MockAI and of stubs that lead out of the core: each imports, when it is called, what does the work."""


def modules() -> dict[str, Path]:
    """Every module of the package and the plugin by its name."""
    found = {}
    for root in (ROOT, ROOT / "pytest_plugin"):
        for package in ("mockai", "pytest_mockai"):
            for file in sorted((root / package).rglob("*.py")):
                name = ".".join(file.relative_to(root).with_suffix("").parts)
                found[name.removesuffix(".__init__")] = file
    return found


def layer(module: str) -> str:
    parts = module.split(".")
    if {module, parts[0], ".".join(parts[:2])} & FACES:
        return "faces"
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else "core"


def imports(tree: ast.Module, module: str, package: bool) -> Iterator[tuple[str, str]]:
    """What a module imports, and the function in which it does (empty at the top); not what only type checkers see."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{inside}.{node.name}".removeprefix(".")
        if isinstance(node, ast.Import):
            yield from ((name.name, inside) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: len(module.split(".")) - node.level + package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                full = f"{base}.{name.name}"
                yield (full if full in MODULES or full in FORBIDDEN else base), inside
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep":
            yield "time.sleep", inside
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, "")


def wrong(source: str, module: str, package: bool = False) -> Iterator[str]:
    """Every import of a module that must not be, in words."""
    own = layer(module)
    for name, inside in imports(ast.parse(source), module, package):
        if (module, inside, name) in DOORS:
            continue
        bad = next((each for each in FORBIDDEN if name == each or name.startswith(f"{each}.")), None)
        if name.split(".")[0] in ("mockai", "pytest_mockai"):
            if LAYERS.index(layer(name)) > LAYERS.index(own):
                yield f"{module} ({own}) imports {name} ({layer(name)}): the arrow points up"
        elif bad and not any(bad in ALLOWED[each] for each in LAYERS[: LAYERS.index(own) + 1]):
            yield f"{module} ({own}) imports {name}: not a thing of its layer"


MODULES = modules()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    file = MODULES[module]
    assert list(wrong(file.read_text("utf-8"), module, file.name == "__init__.py")) == []


def test_every_door_is_one():
    for module, inside, name in DOORS:
        source = MODULES[module].read_text("utf-8")
        assert (name, inside) in list(imports(ast.parse(source), module, False)), f"{inside} is a door no more"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mockai.match", "from .files import tape"),
        ("mockai.match", "from .files.tape import load"),
        ("mockai.match", "def f():\n    from mockai.edges.server import run"),
        ("mockai.match", "from . import cli"),
        ("mockai.match", "import time\nasync def f():\n    time.sleep(1)"),
        ("mockai.match", "from time import sleep"),
        ("mockai.match", "import asyncio.events"),
        ("mockai.match", "from urllib import request"),
        ("mockai.match", "import http.client as c"),
        ("mockai.match", "try:\n    import yaml\nexcept ImportError:\n    pass"),
        ("mockai.behaviours.chat", "from ..files import tape"),
        ("mockai.mock", "from .edges.server import serving"),
        ("mockai.mock", "class MockAI:\n    def transport(self):\n        from .edges.server import serving"),
        ("mockai.files.tape", "from ..edges.server import run"),
        ("mockai.files.tape", "import httpx2"),
        ("mockai.edges.server", "from ..cli import main"),
        ("mockai.edges.server", "import pytest_mockai"),
    ],
)
def test_an_arrow_that_points_up_is_seen(module, source):
    assert len(list(wrong(source, module))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mockai.match", "from urllib.parse import urlsplit\nimport time\ntime.time()"),
        ("mockai.match", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .files import tape"),
        ("mockai.mock", "class MockAI:\n    def transport(self):\n        from .edges.transport import transport"),
        ("mockai.edges.server", "import asyncio, yaml\nfrom ..files import tape"),
        ("mockai.cli", "from .edges.server import run"),
    ],
)
def test_what_points_down_is_let_be(module, source):
    assert list(wrong(source, module)) == []
