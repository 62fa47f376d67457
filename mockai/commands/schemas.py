"""`mockai schema`: JSON Schemas on standard output, and what changed between two editions of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import orjson

from .options import FOUND, JSON, PATH, choice


@click.group(short_help="JSON Schemas, for editors and programs; what changed in them.")
def schema() -> None:
    """JSON Schemas on standard output, and what changed between two editions of them."""


@schema.command("stubs", short_help="The schema of stub files.")
def schema_stubs() -> None:
    """The JSON Schema of stub files, by which an editor completes and checks them."""
    from ..stubschema import schema as made

    click.echo(orjson.dumps(made(), option=orjson.OPT_INDENT_2).decode())


@schema.command("show", short_help="What an operation takes and sends.")
@click.argument("operation")
@choice("--part", "body", "query", "result", "stream", help="This one alone: it is a JSON Schema then.")
@choice("--reading", "accept", "produce", default="accept", help="What the API takes or ever sent, or sends today.")
def schema_show(operation: str, part: str | None, reading: Any) -> None:
    """The row of an OPERATION, such as chat.completions.create, and its JSON Schemas: those of what it takes (body,
    query) and of what it sends (result, or one event of a stream)."""
    from ..errors import ConfigError
    from ..operations import operation as found
    from ..registry import registry

    row = found(operation)
    names = {each: getattr(row, each) for each in ("body", "query", "result", "stream")}
    if part is not None:
        if names[part] is None:
            has = ", ".join(each for each, name in names.items() if name) or "none of them"
            raise ConfigError(f"{row.id} has no {part}; it has {has}.")
        told: Any = registry().schema(names[part], reading)
    else:
        told = {
            "id": row.id,
            "route": f"{row.method} {row.path}",
            "kind": row.kind,
            **{each: registry().schema(name, reading) for each, name in names.items() if name},
        }
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


@schema.command("diff", short_help="What changed between two SDK versions, and what that breaks.")
@click.argument("old", type=PATH)
@click.argument("paths", type=PATH, nargs=-1, metavar="[NEW] [PATH]...")
@JSON
def schema_diff(old: Path, paths: tuple[Path, ...], json: bool) -> None:
    """Name the operations and types that changed between two editions of the schemas, and those of the cassettes and
    stub files at PATH… that were right by OLD and are wrong by NEW.

    OLD and NEW are folders that `make schemas SDK=VERSION` has made, checkouts or wheels of mockai, or the word
    shipped; without NEW it is that. Ends with 1 if a file would break; without PATH…, if a change is breaking.
    """
    from ..files.editions import SHIPPED, broken, is_edition, opened
    from ..schemadiff import changes

    new, files = (paths[0], paths[1:]) if paths and is_edition(paths[0]) else (Path(SHIPPED), paths)
    with opened(old) as before, opened(new) as after:
        found = changes(before, after)
        count, wrong = broken(files, before, after)
    grave = [each for each in found if each.breaking]
    if json:
        told = {"changes": found, "broken": wrong, "checked": count}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo("\n".join(_lines(found, wrong, count, bool(files))))
    sys.exit(FOUND if (wrong if files else grave) else 0)


def _lines(found: list[Any], wrong: list[Any], count: int, asked: bool) -> list[str]:
    """The outcome for people: a line for each change below the type it is in, then what it breaks, then totals."""
    from ..schemadiff import concerned
    from ..wording import many

    lines: list[str] = []
    last = ""
    for each in found:
        if each.schema and each.schema != last:
            lines.append(f"{each.schema}, {concerned(each)}:")
        last = each.schema
        lines.append(f"  {each}" if each.schema else str(each))
    lines += map(str, wrong)
    grave = sum(each.breaking for each in found)
    total = f"{many(len(found), 'change')}, {grave} breaking"
    held = f"; of {count} exchanges and stubs, {len({(each.file, each.number) for each in wrong})} broken"
    return [*lines, total + (held if asked else "") + "."]
