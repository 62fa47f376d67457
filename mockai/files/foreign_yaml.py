"""YAML as other tools write it: tags of languages become plain values, and no file can run code or eat the machine.

libyaml composes by recursion and crashes the process on deep nesting, and aliases let a small file stand for an
endless one; both are measured on the event stream, before anything is built.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from ..errors import ForeignFormatError

try:
    from yaml import CSafeLoader as FastLoader
except ImportError:  # PyYAML built without libyaml: ten times slower, the same values
    from yaml import SafeLoader as FastLoader  # type: ignore[assignment]

DEEPEST = 200
"""Nesting of a file that is still read; JSON bodies parsed into YAML stay below 40."""

LARGEST = 5_000_000
"""Values a file may stand for once its aliases are written out."""

BROKEN = (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What PyYAML raises at malformed files; its constructors of scalars let Python's own errors through."""

Node: TypeAlias = "yaml.Node"


@dataclass(frozen=True, slots=True)
class Unread:
    """A value whose tag no importer knows: harmless unless the exchange needs it."""

    tag: str

    def __str__(self) -> str:
        return f"a value tagged {self.tag!r}"


class ForeignLoader(FastLoader):
    """PyYAML's safe loader, with plain values for the tags that recorders are known to leave behind."""


def load(text: str) -> Any:
    """The one document in `text` as plain values; bytes where the file has binary, text where it has dates.

    Raises ForeignFormatError if it is not YAML, holds several documents, nests deeper than `DEEPEST` or expands
    beyond `LARGEST` values.
    """
    try:
        measure(text)
        return yaml.load(text, ForeignLoader)
    except BROKEN as error:
        said = re.sub(r"\s+", " ", str(error)).replace("<unicode string>", "the file")
        raise ForeignFormatError(f"It is not readable YAML: {said or type(error).__name__}.") from error


def measure(text: str) -> None:
    """Refuse a document that would nest too deep, refer to itself or grow without end."""
    sizes = [0]
    anchors: list[str | None] = [None]
    finished: dict[str, int] = {}
    for event in yaml.parse(text, ForeignLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            sizes.append(1)
            anchors.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            size, anchor = sizes.pop(), anchors.pop()
            sizes[-1] += size
            if anchor is not None:
                finished[anchor] = size
        elif isinstance(event, yaml.ScalarEvent):
            sizes[-1] += 1
            if event.anchor is not None:
                finished[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in anchors:
                raise ForeignFormatError(f"The alias *{event.anchor} refers to the value it stands in.")
            sizes[-1] += finished.get(str(event.anchor), 1)
        if len(sizes) > DEEPEST:
            raise ForeignFormatError(f"It nests deeper than {DEEPEST} levels.")
        if sizes[-1] > LARGEST:
            raise ForeignFormatError(f"It expands to more than {LARGEST:,} values.")


def text_of(loader: yaml.SafeLoader, node: Node) -> str:
    """A tagged scalar, or the only argument of a tagged constructor, as text."""
    return str(only(sequence_of(loader, node)) if isinstance(node, yaml.SequenceNode) else node.value)


def bytes_of(loader: yaml.SafeLoader, node: Node) -> bytes:
    """Base64 as Ruby tags it (`!binary`)."""
    try:
        return base64.b64decode("".join(text_of(loader, node).split()), validate=True)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, f"broken base64: {error}", node.start_mark) from error


def bytes_io(loader: yaml.SafeLoader, node: Node) -> bytes:
    """What an `io.BytesIO` held: its pickled state is (content, position, attributes)."""
    if isinstance(node, yaml.MappingNode):
        state = loader.construct_mapping(node, deep=True)
        held = only(state.get("state") or state.get("args") or [])
    else:
        held = only(sequence_of(loader, node))
    if not isinstance(held, bytes | str):
        raise yaml.constructor.ConstructorError(None, None, "a BytesIO without its content", node.start_mark)
    return held.encode() if isinstance(held, str) else held


def sequence_of(loader: yaml.SafeLoader, node: Node) -> list[Any]:
    """A pickled tuple, as a list."""
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.constructor.ConstructorError(None, None, f"{node.tag} is not a sequence", node.start_mark)
    return list(loader.construct_sequence(node, deep=True))


def only(values: Any) -> Any:
    """The first of some arguments, an empty text if there is none."""
    return values[0] if isinstance(values, list) and values else ""


def unread(_: yaml.SafeLoader, suffix: str, node: Node) -> Unread:
    """The mark of a tag nobody knows."""
    del suffix
    return Unread(node.tag)


PYTHON = "tag:yaml.org,2002:python/"
TEXTS = (
    "tag:yaml.org,2002:timestamp",  # a date in a recorded body was text on the wire
    f"{PYTHON}str",
    f"{PYTHON}unicode",
    *(
        f"{PYTHON}object/{how}:multidict.{module}istr"
        for how in ("apply", "new")
        for module in ("", "_multidict.", "_multidict_py.")
    ),
)
for tag in TEXTS:
    ForeignLoader.add_constructor(tag, text_of)
for how in ("apply", "new"):
    ForeignLoader.add_constructor(f"{PYTHON}object/{how}:_io.BytesIO", bytes_io)
ForeignLoader.add_constructor(f"{PYTHON}tuple", sequence_of)
ForeignLoader.add_constructor("!binary", bytes_of)
ForeignLoader.add_multi_constructor(None, unread)
