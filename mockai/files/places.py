"""Where in a YAML file something stands: the lines of places in it, for messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]


def lines_of(text: str, places: Iterable[Place]) -> Mapping[Place, int]:
    """The line, from 1, of each place, or of the nearest one around it that the file has.

    A key's line is where the key stands. `text` is well-formed YAML, in the dialect of `yamltext`.
    """
    wanted = set(places)
    around = {place[:length] for place in wanted for length in range(len(place) + 1)}
    found: dict[Place, int] = {(): 1}
    stack: list[_Open] = []
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            line = _line(event.start_mark)
            above = stack[-1] if stack else None
            if above is not None and above.takes_key():
                above.key = event.value if isinstance(event, yaml.ScalarEvent) else None
                above.line = line
                continue
            place = None if above is None else above.next()
            if above is not None and place in around:
                found[place] = line if above.items is not None else above.line
            if isinstance(event, yaml.CollectionStartEvent):
                is_list = isinstance(event, yaml.SequenceStartEvent)
                whole = () if above is None else place if place in around else None
                stack.append(_Open(whole, 0 if is_list else None))
    return {place: next(found[place[:n]] for n in range(len(place), -1, -1) if place[:n] in found) for place in wanted}


class _Open:
    """A collection that is being read: its place (None where nobody asks), and the index or the key that is next."""

    __slots__ = ("items", "key", "line", "place", "waiting")

    def __init__(self, place: Place | None, items: int | None) -> None:
        self.place, self.items = place, items
        self.key: Any = None
        self.line = 0
        self.waiting = True

    def takes_key(self) -> bool:
        """Whether the next event is a key; it is only then when it was not the one before."""
        if self.items is not None or not self.waiting:
            return False
        self.waiting = False
        return True

    def next(self) -> Place | None:
        """The place of the next value."""
        self.waiting = True
        if self.items is not None:
            self.items += 1
            step: Any = self.items - 1
        else:
            step = self.key
        return None if self.place is None else (*self.place, step)


def _line(mark: Any) -> int:
    line: int = mark.line + 1
    return line
