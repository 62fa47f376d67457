"""Writes operations.jsonl and generated/ from the official SDK: `python schemas/generate.py [FOLDER]`.

Needs the version of `openai` that pyproject.toml pins. What it writes depends on nothing else.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import names
import sdk
import table
from convert import Library, Schema
from layout import layout


def main(folder: Path) -> None:
    """Replace the generated files in `folder`."""
    methods = sdk.methods()
    lines = [json.dumps(row, separators=(",", ":")) + "\n" for row in table.rows(methods)]
    shutil.rmtree(folder / "generated", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "operations.jsonl").write_text("".join(lines))
    for name, schemas in files(methods).items():
        path = folder / "generated" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(layout(schemas) + "\n")


def files(methods: list[sdk.Method]) -> dict[str, dict[str, Schema]]:
    """The schemas of all methods and of the webhooks, by file."""
    library = Library()
    for method in methods:
        library.add(method)
    webhooks = names.modules()["openai.types.webhooks.unwrap_webhook_event"]
    library.convert(webhooks.UnwrapWebhookEvent, webhooks.__name__)
    library.finish()
    split: dict[str, dict[str, Schema]] = defaultdict(dict)
    for name, schema in sorted(library.schemas.items()):
        file, _, key = name.rpartition("/")
        split[file][key] = schema
    return split


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
