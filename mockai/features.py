"""The features of an answer: what kinds of values stand at which places of it, whatever their content.

A place is a tuple of steps: a field's name, `[]` for an item of an array, `<message>` for the variant of an object (its
`type` or `object`; `<>` where it has none), `{response.created}` for a kind of event. Volatile values (ids, texts,
times, counts) leave no trace in them; the words of a vocabulary (`status`, `finish_reason`) do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .ground import Ground

Place: TypeAlias = tuple[str, ...]
Features: TypeAlias = dict[Place, "Spot"]

KIND_OF: dict[type, str] = dict(
    zip(
        (type(None), bool, int, float, str, list, dict),
        ("null", "boolean", "integer", "number", "string", "array", "object"),
        strict=True,
    )
)

DEEPEST = 40
"""Levels of nesting that are looked at."""

VOCABULARY = frozenset(("object", "type", "role", "status", "finish_reason", "event"))
"""Fields whose values are words of the API also where the schemas let any text stand."""


@dataclass(slots=True)
class Spot:
    """What stood at one place.

    `count` says how often something was there; of an object's variant, how many objects. `accepted` and `produced` are
    what the schemas say of the place in their two readings; None where they do not know it.
    """

    kinds: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    count: int = 0
    accepted: Ground | None = None
    produced: Ground | None = None


def features(
    value: Any, accepted: Ground | None, produced: Ground | None, start: Place = (), found: Features | None = None
) -> Features:
    """The features of one JSON value that stands at `start`, added to those that were `found` before."""
    found = {} if found is None else found
    _walk(found, value, start, accepted, produced)
    return found


def _walk(found: Features, value: Any, place: Place, accepted: Ground | None, produced: Ground | None) -> None:
    spot = found.setdefault(place, Spot(accepted=accepted, produced=produced))
    spot.kinds.add(kind_of(value))
    spot.count += 1
    if isinstance(value, str):
        if (accepted is not None and accepted.words is not None) or (place and place[-1] in VOCABULARY):
            spot.words.add(value)
    elif (accepted is not None and accepted.free) or len(place) > DEEPEST:
        return
    elif isinstance(value, dict):
        own, made = (ground and ground.narrowed(value) for ground in (accepted, produced))
        below = (*place, f"<{tag(value, own)}>")
        variant = found.setdefault(below, Spot(accepted=own, produced=made))
        variant.count += 1
        for name, inner in value.items():
            _walk(found, inner, (*below, name), own and own.member(name), made and made.member(name))
    elif isinstance(value, list):
        for inner in value if any(isinstance(each, _TELLING) for each in value) else _kinds_of(value):
            _walk(found, inner, (*place, "[]"), accepted and accepted.items, produced and produced.items)


_TELLING = (str, dict, list)


def _kinds_of(values: list[Any]) -> Iterable[Any]:
    """A value of each type: of a thousand numbers, one says as much."""
    return {type(each): each for each in values}.values()


def kind_of(value: Any) -> str:
    """The JSON type of a value, `integer` for numbers that are written without a fraction."""
    return KIND_OF[type(value)]


def tag(value: dict[str, Any], ground: Ground | None = None) -> str:
    """What tells an object from its siblings; `?` for a word that no schema knows there, empty where there is none."""
    for name in ("type", "object"):
        word = value.get(name)
        if isinstance(word, str):
            known = ground.member(name) if ground is not None else None
            if known is None:
                return word
            if known.words is not None:
                return word if word in known.words else "?"
    return ""


def merged(several: Iterable[Features]) -> Features:
    """The features of several answers together."""
    found: Features = {}
    for each in several:
        for place, spot in each.items():
            known = found.setdefault(place, Spot(accepted=spot.accepted, produced=spot.produced))
            known.kinds |= spot.kinds
            known.words |= spot.words
            known.count += spot.count
    return found


def owner(place: Place) -> Place | None:
    """The variant of the object whose field this place is; None for what is no field."""
    return place[:-1] if len(place) > 1 and place[-2].startswith("<") else None


def always(found: Features, place: Place) -> bool:
    """Whether every object that could have had this field had it."""
    above = owner(place)
    return above is not None and place in found and found[place].count == found[above].count


def shown(place: Place) -> str:
    """A place as people write it: `output[message].content[output_text].text`, `response.created: response.id`."""
    text, before = "", ""
    for index, step in enumerate(place):
        if step.startswith("{"):
            text = f"{step[1:-1]}: "
        elif step == "[]":
            named = place[index + 1][1:-1] if len(place) > index + 1 and place[index + 1].startswith("<") else ""
            text += f"[{named}]"
        elif not step.startswith("<"):
            text += f".{step}" if text and not text.endswith(": ") else step
        before = step
    return text.removesuffix(": ") if before.startswith("{") else text
