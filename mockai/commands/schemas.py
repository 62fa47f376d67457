"""`mockai schema`: JSON Schemas on standard output."""

from __future__ import annotations

import click
import orjson


@click.group(short_help="JSON Schemas, for editors and programs.")
def schema() -> None:
    """JSON Schemas on standard output."""


@schema.command("stubs", short_help="The schema of stub files.")
def schema_stubs() -> None:
    """The JSON Schema of stub files, by which an editor completes and checks them."""
    from ..stubschema import schema as made

    click.echo(orjson.dumps(made(), option=orjson.OPT_INDENT_2).decode())
