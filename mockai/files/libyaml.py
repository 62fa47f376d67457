"""All of YAML, by PyYAML: for what mockai has not written itself, and for writing.

Reading and writing go through libyaml's events and never through its tree of nodes: the tree is built by recursion and
takes the process down on deep nesting, and aliases would let a small file stand for an endless one. Both are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import YAMLError as YAMLError

from ..errors import CassetteError
from . import lines
from .lines import DEEPEST
from .yamltext import Bare, Document, FlowDict, FlowList

# Text that some reader of YAML would take for something else: numbers, dates, times, constants, merge keys.
MISTAKABLE = re.compile(
    r"[-+.]*[0-9][0-9a-z_.:+ \t-]*|[-+]?\.(?:inf|nan)|~|null|true|false|yes|no|on|off|y|n|=|<<|", re.IGNORECASE
)
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


def check() -> None:
    """Raise CassetteError if PyYAML came without libyaml."""
    if not hasattr(yaml, "CSafeDumper"):
        raise CassetteError(
            "This PyYAML was built without libyaml, and its own writer damages text (U+0085 becomes a line break). "
            "Install a PyYAML wheel for this Python (pip install --force-reinstall pyyaml)."
        )


def parsed(text: str, name: str) -> Document:
    """What `yamltext.load` gives."""
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _built(yaml.parse(text, Loader=parser), name)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}, line {mark.line + 1}" if mark else name
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
        raise CassetteError(f"{place}: this is not YAML ({said}).") from None


def _built(events: Iterator[Any], name: str) -> Document:
    """Containers on a stack instead of the machine's own: nesting costs a check, not a crash."""
    root: list[Any] = []
    stack: list[list[Any] | dict[str, Any]] = [root]
    keys: list[str | None] = [None]  # the key each open mapping waits to fill
    section: str | None = None  # the top-level key that was filled last
    begins: dict[str, list[int]] = {}

    def refuse(event: Any, what: str) -> CassetteError:
        return CassetteError(f"{name}, line {_line(event.start_mark) + 1}: {what}")

    def place(value: Any, event: Any) -> None:
        nonlocal section
        holder = stack[-1]
        if isinstance(holder, list):
            holder.append(value)
            if len(stack) == 2:
                begins.setdefault("", []).append(_line(event.start_mark))
            elif len(stack) == 3 and section is not None:
                begins.setdefault(section, []).append(_line(event.start_mark))
            return
        key = keys[-1]
        if key is None:
            if not isinstance(value, str):
                raise refuse(event, "a key must be plain text.")
            if value in holder:
                raise refuse(event, f"the key {value!r} stands here twice.")
            keys[-1] = value
        else:
            holder[key] = value
            keys[-1] = None
            section = key if len(stack) == 2 else section

    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            if event.tag not in TEXT_TAGS:
                raise refuse(event, f"the tag {event.tag} has no meaning here.")
            is_key = isinstance(stack[-1], dict) and keys[-1] is None
            plain = event.implicit[0] and event.tag is None and not is_key
            place(lines.plain(event.value) if plain else event.value, event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.anchor or event.tag is not None:
                raise refuse(event, "anchors and tags have no meaning here.")
            if len(stack) > DEEPEST:
                raise refuse(event, f"nested more than {DEEPEST} levels deep.")
            value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            if isinstance(stack[-1], dict) and keys[-1] is None:
                raise refuse(event, "a key must be plain text.")
            place(value, event)
            stack.append(value)
            keys.append(None)
        elif isinstance(event, yaml.CollectionEndEvent):
            if len(stack) == 3 and isinstance(stack[-1], list) and section is not None:
                begins.setdefault(section, []).append(_line(event.end_mark))
            stack.pop()
            keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise refuse(event, "aliases have no meaning here; write the value out.")
        elif isinstance(event, yaml.DocumentStartEvent) and root:
            raise refuse(event, "a cassette is one document, and here a second one begins.")
    return Document(root[0] if root else None, begins)


def _line(mark: Any) -> int:
    line: int = mark.line
    return line


class _Disguise(dict[int, int]):
    """Characters beyond the basic plane as private-use ones: libyaml takes the former for unprintable."""

    def __missing__(self, code: int) -> int:
        if code <= 0xFFFF or len(self) >= 6400:
            return code
        self[code] = 0xE000 + len(self)
        return self[code]


def emitted(value: Any, pretty: bool) -> str:
    """`value` as a document, to be read back by whoever writes it; if not `pretty`, every text is in double quotes."""
    disguise = _Disguise()
    head = (yaml.StreamStartEvent(), yaml.DocumentStartEvent(explicit=False))
    foot = (yaml.DocumentEndEvent(explicit=False), yaml.StreamEndEvent())
    events = (*head, *_events(value, disguise if pretty else None), *foot)
    text: str = yaml.emit(events, Dumper=yaml.CSafeDumper, allow_unicode=True, width=1 << 30)
    text = text.removesuffix("...\n")
    if disguise:
        text = text.translate({stand_in: code for code, stand_in in disguise.items()})
    return text


def _events(value: Any, disguise: _Disguise | None) -> Iterator[Any]:
    if isinstance(value, dict):
        yield yaml.MappingStartEvent(None, None, True, flow_style=isinstance(value, FlowDict) or not value)
        for key, entry in value.items():
            yield _scalar(key, disguise, key=True)
            yield from _events(entry, disguise)
        yield yaml.MappingEndEvent()
    elif isinstance(value, list):
        yield yaml.SequenceStartEvent(None, None, True, flow_style=isinstance(value, FlowList) or not value)
        for entry in value:
            yield from _events(entry, disguise)
        yield yaml.SequenceEndEvent()
    elif isinstance(value, str):
        yield _scalar(value, disguise)
    else:
        yield yaml.ScalarEvent(None, None, (True, False), _word(value))


def _scalar(text: str, disguise: _Disguise | None, key: bool = False) -> Any:
    style = None
    if isinstance(text, Bare):
        text = str(text)
    elif disguise is None:
        style = '"'
    elif "\n" in text and not key:
        style = "|"
    elif MISTAKABLE.fullmatch(text):
        style = "'"
    if disguise is not None and ASTRAL.search(text):
        text = text.translate(disguise)
    return yaml.ScalarEvent(None, None, (style is None, True), text, style=style)


def _word(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        word = repr(value)
        return word if "." in word else word.replace("e", ".0e", 1)
    return str(int(value))
