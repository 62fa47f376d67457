"""The Synthesizer: a valid value of any JSON Schema, the same every time for the same dice.

What a Maker makes is checked as a whole by jsonschema-rs before it is handed out: an invalid value never leaves.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from . import compiled
from .conjunction import Node
from .document import Document, absolute
from .errors import MockaiError
from .expected import Schema
from .maker import PATIENCE, Maker, Optionals, Values, Wish
from .strict import lost

if TYPE_CHECKING:
    from jsonschema_rs import Validator


OPTIONAL: dict[Values, Optionals] = {"full": "all", "plausible": "some", "smallest": "none", "varied": "some"}
"""What each manner does with members that need not be there."""


class Unsatisfiable(MockaiError):
    """No value was found for a schema; the message names the place that could not be filled.

    `tool` is the name of the function whose parameters the schema describes, if it is one's.
    """

    def __init__(self, message: str, *, tool: str | None = None) -> None:
        super().__init__(message)
        self.tool = tool


def synthesize(
    schema: Schema,
    rng: random.Random,
    *,
    values: Values = "full",
    root: Schema | None = None,
    optional: Optionals | None = None,
    nulls: bool = False,
    items: int | None = None,
    validator: Validator | None = None,
) -> Any:
    """A value that is valid against `schema` (draft 2020-12; older drafts by their `$schema`), formats included.

    `values` is the manner of what the schema leaves open (see maker.Values). `optional` members are filled, left out
    or thrown for, as the manner has it if not given; recursion ends early in any case. `nulls` prefers null where it
    is allowed, `items` is how many items a list gets if it may. `root` is the document the schema's references lead
    into, itself if none is given; `validator` is the schema's, compiled, if at hand.
    Raises Unsatisfiable if no value is found, or if the schema is not one.
    """
    wish = Wish(values, optional or OPTIONAL[values], (values != "smallest") if items is None else items, nulls)
    whole = schema
    if validator is None:
        whole, validator = _alone(schema) if root is None else (schema, _within(schema, root))
    document = Document(whole if root is None else root)
    closest: Maker | None = None
    small = replace(wish, optional="none", items=0)
    others = (replace(small, values="plausible"), replace(wish, values="plausible"), replace(small, values="full"))
    for attempt in (wish, *others):
        maker = Maker(document, rng, attempt, turns=2 if attempt is wish else 5)
        closest = closest or maker
        try:
            for value in islice(maker.values(Node((whole,))), 60):
                if validator.is_valid(value):
                    return value
        except RecursionError:
            maker.dead = maker.dead or ((), "it is nested too deeply")
        if maker.steps >= PATIENCE:
            break
    for path, reference in compiled.outward(schema) if whole is not schema else ():
        raise _elsewhere(path, reference)
    raise Unsatisfiable(closest.verdict() if closest else "")


def _alone(schema: Schema) -> tuple[Schema, Validator]:
    """A schema that needs no other document, and its validator: the schema itself, unless it refers to others.

    Raises Unsatisfiable if there is none.
    """
    try:
        return _read(schema)
    except RecursionError as error:
        raise Unsatisfiable("This schema is nested too deeply. Put parts of it into $defs.") from error


def _read(schema: Schema) -> tuple[Schema, Validator]:
    try:
        return schema, compiled.validator(schema)
    except RecursionError:
        raise
    except Exception as error:  # the binding has no public class above its errors
        closed = compiled.enclosed(schema)
        for path, reference in compiled.outward(schema) if closed is None else ():
            raise _elsewhere(path, reference) from error
        if closed is not None and closed != schema:
            return _read(closed)
        raise _no_schema(error) from error


def _within(schema: Schema, root: Schema) -> Validator:
    """The validator of a part of a document. Raises Unsatisfiable if it is no schema."""
    try:
        return compiled.validator(absolute(schema), root)
    except Exception as error:  # the binding has no public class above its errors
        raise _no_schema(error) from error


def _elsewhere(path: tuple[str, ...], reference: str) -> Unsatisfiable:
    """What is to be said of a document that is not there, in the words of strict mode."""
    words = f"In context={path!r}, {lost(reference)}"
    return Unsatisfiable(f"{words} Nothing is fetched: put it into $defs and refer to it there.")


def _no_schema(error: Exception) -> Unsatisfiable:
    return Unsatisfiable(f"This is not a JSON Schema: {str(error).splitlines()[0]}. Correct the schema.")
