"""YAML in the one dialect cassettes are written in: plain data, every string exact, readable in a review.

Scalars are read as JSON's types alone: dates, `yes`, `0x10` and `1:30` are text. Keys are always text. What mockai has
written itself is read without PyYAML, which is imported where it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import CassetteError
from . import lines
from .lines import DEEPEST as DEEPEST


class FlowList(list[Any]):
    """A list that is written on one line."""


class FlowDict(dict[str, Any]):
    """A mapping that is written on one line."""


class Bare(str):
    """Text that is written without quotes although it could be mistaken: instants in time."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and the line (from 0) on which each entry of its top-level lists begins.

    `lines["exchanges"]` has one number more than the list has entries: the line after the last one. `lines[""]` are
    those of a file that is nothing but a list.
    """

    value: Any
    lines: dict[str, list[int]] = field(default_factory=dict)


def dump(value: Any) -> str:
    """`value` as a YAML document, read back and compared before it is returned.

    Raises CassetteError if the value cannot be written exactly, or PyYAML came without libyaml.
    """
    from . import libyaml

    libyaml.check()
    wanted = repr(value)
    for pretty in (True, False):
        try:
            text = libyaml.emitted(value, pretty)
            if repr(load(text, "the text just written").value) == wanted:
                return text
        except (CassetteError, libyaml.YAMLError, UnicodeEncodeError):
            continue
    raise CassetteError("An exchange holds text that YAML cannot carry exactly (an unpaired surrogate, perhaps).")


def load(text: str, name: str) -> Document:
    """The one document in `text`. `name` is how messages call the file.

    Raises CassetteError, with the line, for what is not YAML and for what this dialect leaves out: aliases, tags,
    duplicate keys, several documents, nesting beyond `DEEPEST`.
    """
    try:
        quick = lines.read(text) if lines.clean(text.encode()) else None
    except UnicodeEncodeError:
        raise CassetteError(f"{name}: unpaired surrogates are not text.") from None
    if quick is not None:
        return Document(*quick)
    from .libyaml import parsed

    return parsed(text, name)
